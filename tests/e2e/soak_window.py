# SPDX-License-Identifier: Apache-2.0
"""The one window in which a save in the workspace may be written over unseen.

The workspace has no compare-and-swap. nbsync asks about an object right before it replaces or
deletes it; what is saved after the workspace has replied to that question and before it carries out
the change is not seen (common/workspace/last_look.c). All that is judged by here is told by the
emulator, which does one thing after the other: its moments say what came first.

A save is excused if it was carried out in that window and nowhere else: not when nbsync asked about
the object once more after it, not when something else changed the object before nbsync did, and not
when the question is older than nbsync lets one become.
"""

from world import ROOT

ASKS = ("workspace/get-status", "workspace/export")
# A question is asked anew after two seconds (HTTP_AHEAD_MS), and a busy machine is slow to send.
OLDEST_NS = 3_000_000_000
# Of the saves in the workspace that may be excused; one always may.
SHARE = 0.01


def is_about(request, path):
    return request["path"] == path and request["endpoint"] in ASKS


def by_nbsync(request, path):
    """Whether it replaces or deletes that object, as only nbsync does: the imports of others name
    no extension, and nobody else deletes by the API."""
    if request["endpoint"] == "workspace/import":
        return request["path"] in (path + ".py", path + ".ipynb")
    return request["endpoint"] == "workspace/delete" and request["path"] == path


def changes(request, path):
    """Whether it was carried out, on that object."""
    done = request["status"] == 200 or request["fault"] == "lost"
    return done and (by_nbsync(request, path) or
                     request["endpoint"] == "workspace/import" and request["path"] == path)


def next_change(requests, path, saved_ns):
    """The first request that changed the object after that moment; None: there was none."""
    later = [r for r in requests if r["replied_ns"] > saved_ns and changes(r, path)]
    return min(later, key=lambda r: r["replied_ns"], default=None)


def last_question(requests, path, change):
    """What nbsync last asked about the object, and was told, before it sent that; or None."""
    asked = [r for r in requests if is_about(r, path) and r["replied_ns"] <= change["arrived_ns"]]
    return max(asked, key=lambda r: r["replied_ns"], default=None)


def is_unseen(requests, path, saved_ns):
    """Whether a save of the object at path, carried out at that moment, fell into the window."""
    change = next_change(requests, path, saved_ns)
    if not change or not by_nbsync(change, path):
        return False
    question = last_question(requests, path, change)
    return question is not None and question["status"] == 200 and \
        question["replied_ns"] < saved_ns and \
        change["arrived_ns"] - question["replied_ns"] <= OLDEST_NS


def carried_out(requests, save):
    """When a save in the workspace was carried out; None: the emulator does not say."""
    if save.carried_out_ns:
        return save.carried_out_ns
    found = [r["replied_ns"] for r in requests
             if r["endpoint"] == "workspace/import" and r["path"] == f"{ROOT}/{save.stem}" and
             r["status"] == 200 and
             save.began <= r["arrived_ns"] / 1e9 and r["replied_ns"] / 1e9 <= save.ended]
    return found[0] if len(found) == 1 else None


def is_excused(requests, save):
    moment = carried_out(requests, save) if save.who == "workspace" else None
    return moment is not None and is_unseen(requests, f"{ROOT}/{save.stem}", moment)


def most_excused(saves):
    """How many of so many saves in the workspace."""
    return max(1, int(saves * SHARE))
