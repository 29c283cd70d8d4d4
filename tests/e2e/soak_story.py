# SPDX-License-Identifier: Apache-2.0
"""The story of a save that is nowhere any more: what everybody did around it."""

from world import ROOT

BEFORE, AFTER = 3, 15  # seconds around a save that are told
LINES = 120            # of one story at most


def concerns(text, stem):
    """Whether a log line is about a notebook, or about everything."""
    return stem in text or "kill" in text or "nbsyncd" in text


def last_look(world, save):
    """What nbsync asked about the notebook before it wrote over the save: (how long the gap between
    its last look and its write was, the write); None when no write of it followed."""
    path, looked = f"{ROOT}/{save.stem}", None
    for request in world.requests_seen:
        if request["path"].rsplit(".", 1)[0] != path and request["path"] != path:
            continue
        arrived = request["arrived_ns"] / 1e9
        if request["endpoint"].endswith(("export", "get-status")):
            looked = arrived if arrived <= save.ended else looked
            if save.ended < arrived and request["endpoint"].endswith("export"):
                return None  # it was seen
        elif request["endpoint"].endswith(("import", "delete")) and arrived >= save.began:
            return (arrived - looked if looked else None), request
    return None


def summary(world, save):
    """One line: how long before the write that destroyed it nbsync had looked."""
    gap = last_look(world, save) if save.who == "workspace" and save.ended else None
    how = "?"
    if gap:
        request = gap[1]
        how = (f"{request['endpoint']} {request['arrived_ns'] / 1e9 - save.ended:.3f} s after it, "
               f"last look {gap[0] if gap[0] is None else round(gap[0], 3)} s before that")
    return f"LOST {save}; {how}"


def lines_of(world, save):
    """[(when, who, what)] of everything that may have to do with it."""
    first, last = save.began - BEFORE, (save.ended or save.began) + AFTER
    found = [(when, who, what) for when, who, what, stem in world.book.events
             if first <= when <= last and (stem in (None, save.stem))]
    for other in list(world.book.saves.values()):
        if other.stem == save.stem and first <= other.began <= last:
            found.append((other.began, "save begins", str(other)))
            if other.ended:
                found.append((other.ended, "save ends", str(other)))
    for request in world.requests_seen:
        if request["path"].startswith(f"{ROOT}/{save.stem}"):
            for moment in "arrived", "replied":
                when = request[f"{moment}_ns"] / 1e9
                if first <= when <= last:
                    found.append((when, f"request {moment}", f"{request['method']} "
                                  f"{request['endpoint']} {request['path']}: {request['status']} "
                                  f"{request['fault']}"))
    for when, line in world.lines:
        if first <= when <= last and concerns(line, save.stem):
            found.append((when, "daemon", line))
    return sorted(found)


def story(world, save):
    """For people, with times relative to the save's beginning."""
    told = [f"STORY {save}"]
    for when, who, what in lines_of(world, save)[:LINES]:
        told.append(f"  {when - save.began:+8.3f} {who}: {what}")
    return "\n".join(told)
