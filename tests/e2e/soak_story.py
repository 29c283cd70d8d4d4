# SPDX-License-Identifier: Apache-2.0
"""The story of a save that is nowhere any more: what everybody did around it."""

from soak_window import carried_out, last_question, next_change
from world import ROOT

BEFORE, AFTER = 3, 15  # seconds around a save that are told
LINES = 120            # of one story at most


def concerns(text, stem):
    """Whether a log line is about a notebook, or about everything."""
    return stem in text or "kill" in text or "nbsyncd" in text


def summary(world, save):
    """One line: how long before the write that destroyed it nbsync had looked."""
    moment = carried_out(world.requests_seen, save) if save.who == "workspace" else None
    path, how = f"{ROOT}/{save.stem}", "?"
    change = next_change(world.requests_seen, path, moment) if moment else None
    if change:
        question = last_question(world.requests_seen, path, change)
        looked = f"{(question['replied_ns'] - moment) / 1e9:+.3f} s" if question else "never"
        how = (f"{change['endpoint']} of {change['path']} arrived "
               f"{(change['arrived_ns'] - moment) / 1e9:+.3f} s after it, last question replied to "
               f"{looked}")
    return f"{save}; {how}"


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
