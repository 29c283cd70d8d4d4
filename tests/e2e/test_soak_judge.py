# SPDX-License-Identifier: Apache-2.0
"""The judge of test_soak.py itself: which saves it excuses, by logs that are made up."""

import pytest

from soak_window import OLDEST_NS, is_excused, is_unseen, most_excused
from soak_world import Save
from world import ROOT

OBJECT = f"{ROOT}/etl/load"
MS = 1_000_000
SAVED = 1000 * MS


def request(endpoint, arrived_ms, replied_ms, path=OBJECT, status=200, fault=""):
    return {"endpoint": f"workspace/{endpoint}", "path": path, "status": status, "fault": fault,
            "arrived_ns": arrived_ms * MS, "replied_ns": replied_ms * MS}


LOOK = request("get-status", 997, 998)
READ = request("export", 997, 998)
IMPORT = request("import", 1002, 1004, OBJECT + ".py")
NOT_DONE = request("import", 1001, 1001, OBJECT + ".py", status=503)

EXCUSED = {
    "asked, saved, replaced": [LOOK, IMPORT],
    "read, saved, replaced": [READ, IMPORT],
    "a Jupyter notebook": [LOOK, request("import", 1002, 1004, OBJECT + ".ipynb")],
    "deleted": [LOOK, request("delete", 1002, 1003)],
    "while the import is on its way": [LOOK, request("import", 999, 1004, OBJECT + ".py")],
    "replaced, but the reply was lost":
        [LOOK, request("import", 1002, 1004, OBJECT + ".py", status=0, fault="lost")],
    "an attempt before it was refused": [LOOK, NOT_DONE, IMPORT],
    "others were asked about, and changed": [
        LOOK, request("get-status", 1001, 1001, OBJECT + "2"),
        request("import", 1001, 1001, OBJECT + "2.py"), IMPORT],
    "asked for once more afterwards": [LOOK, IMPORT, request("get-status", 1005, 1006)],
    "in another order of the log": [IMPORT, LOOK],
}

LOST = {
    "asked after it": [LOOK, request("get-status", 1001, 1001), IMPORT],
    "read after it": [LOOK, request("export", 1001, 1001), IMPORT],
    "asked before it, told after it": [request("get-status", 997, 1001), IMPORT],
    "asked once, replaced much later":
        [LOOK, request("import", 998 + OLDEST_NS // MS + 1, 9000, OBJECT + ".py")],
    "never asked": [IMPORT],
    "asked only when the import had been sent": [request("get-status", 1003, 1003), IMPORT],
    "the question was refused": [request("get-status", 997, 998, status=503), IMPORT],
    "no import of ours": [LOOK],
    "an import that was refused": [LOOK, NOT_DONE],
    "an import that never got there":
        [LOOK, request("import", 1002, 1002, OBJECT + ".py", status=0, fault="close")],
    "only an import before it": [LOOK, request("import", 998, 999, OBJECT + ".py")],
    "an import of another": [LOOK, request("import", 1002, 1004, OBJECT + "2.py")],
    "somebody else's import first": [LOOK, request("import", 1001, 1001), IMPORT],
    "somebody else's import only": [LOOK, request("import", 1001, 1001)],
}


@pytest.mark.parametrize("log", EXCUSED.values(), ids=EXCUSED)
def test_what_is_excused(log):
    assert is_unseen(log, OBJECT, SAVED)


@pytest.mark.parametrize("log", LOST.values(), ids=LOST)
def test_what_is_lost(log):
    assert not is_unseen(log, OBJECT, SAVED)


def test_the_ends_of_the_window():
    log = [LOOK, IMPORT]
    inside = [at for at in range(990, 1010) if is_unseen(log, OBJECT, at * MS)]
    assert inside == [999, 1000, 1001, 1002, 1003]


@pytest.mark.parametrize("saves, most", [(0, 1), (95, 1), (199, 1), (200, 2), (3000, 30)])
def test_how_many_are_excused(saves, most):
    assert most_excused(saves) == most


# ---- when a save was carried out ----


def judged(log, who="workspace", carried_out_ns=None, began_ms=999, ended_ms=1001):
    """Whether a save is excused by this log."""
    save = Save("mark-000000-00000000", who, "etl/load", "SOURCE")
    save.end("saved")
    save.began, save.ended = began_ms / 1000, ended_ms / 1000
    save.carried_out_ns = carried_out_ns
    return is_excused(log, save)


TOOL = request("import", 999, 1000)


def test_a_tools_save_is_carried_out_when_the_log_says_so():
    assert judged([LOOK, TOOL, IMPORT])
    assert not judged([LOOK, TOOL, request("get-status", 1001, 1001), IMPORT])
    assert not judged([LOOK, IMPORT]), "the log does not know of it"
    assert not judged([LOOK, TOOL, IMPORT], began_ms=1000), "that is another one"
    assert not judged([LOOK, request("import", 999, 1000, status=503), IMPORT])


def test_a_save_in_the_browser_is_carried_out_when_its_reply_says_so():
    assert judged([LOOK, IMPORT], carried_out_ns=SAVED)
    assert not judged([LOOK, IMPORT], carried_out_ns=997 * MS)
    assert not judged([LOOK, IMPORT])


@pytest.mark.parametrize("who", ["local", "git"])
def test_only_the_workspace_has_such_a_window(who):
    assert not judged([LOOK, IMPORT], who=who, carried_out_ns=SAVED)
