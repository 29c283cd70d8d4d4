# SPDX-License-Identifier: Apache-2.0
"""Section A of the scenario table: edits and deletions that meet. Rows 12 to 21 are in
test_scenarios_a_renames.

One test, or a few, for each row; the number of the row is in the name.
"""

import os
import re

import pytest

from scenario_between import moment  # noqa: F401 (a fixture)
from scenario_world import (BOTH_WAYS, FINE, KEEPS, SIDES, TWO, Scenario, begun,  # noqa: F401
                            edited, extension, scene, trim)
from world import ABC, ROOT, ipynb, notebook

both = pytest.mark.parametrize("here, there", BOTH_WAYS)
two = pytest.mark.parametrize("one, other", TWO)
each = pytest.mark.parametrize("side", SIDES)


# ---- edit and edit ----


@two
def test_row_001_edit_and_edit_of_one_cell(begun, one, other):
    begun.edit(one, "load", edited("b", one))
    begun.edit(other, "load", edited("b", other))
    result = begun.holds_back()
    loser = one if KEEPS[one, other] == other else other
    assert [c["path"] for c in result["conflicts"]] == ["load"]
    copies = begun.copies("load")
    assert list(copies.values()) == [edited("b", loser)]
    assert re.fullmatch(rf"load\.conflict-{loser}-\d{{8}}T\d{{6}}Z\.py", *copies)
    begun.ends_with(load=edited("b", KEEPS[one, other]))


def test_row_001_edits_of_one_cell_on_all_three_sides(begun):
    for side in SIDES:
        begun.edit(side, "load", edited("b", side))
    begun.holds_back()
    assert sorted(f.split("-")[1] for f in begun.copies("load")) == ["local", "workspace"]
    begun.ends_with(load=edited("b", "git"))


def test_row_002_the_same_edit_everywhere_is_nothing_to_do(begun):
    for side in SIDES:
        begun.edit(side, "load", edited("b", "same"))
    commits, changes = begun.subjects(), begun.changing_requests()
    result = begun.sync()
    assert begun.subjects() == commits and begun.changing_requests() == changes
    assert result["counts"]["written"] == {"git": 0, "workspace": 0, "local": 0}
    begun.ends_with(load=edited("b", "same"))


@two
def test_row_002_the_same_edit_on_two_sides_travels_to_the_third(begun, one, other):
    begun.edit(one, "load", edited("b", "same"))
    begun.edit(other, "load", edited("b", "same"))
    written = begun.sync()["counts"]["written"]
    assert written[one] == 0 and written[other] == 0 and sum(written.values()) == 1
    begun.ends_with(load=edited("b", "same"))


def test_row_003_another_spelling_is_no_edit(tmp_path, emulator):
    """Outputs, execution counts, key order, layout and the last newline are not the notebook."""
    scene = Scenario(tmp_path, emulator, local_format="ipynb")
    scene.write("load.ipynb", ipynb("print('a')", "print('b')"))
    scene.sync()
    scene.write("load.ipynb", ipynb("print('a')", "print('b')", output="a\n"))
    scene.quiet()
    scene.write("load.ipynb", ipynb("print('a')", "print('b')").replace("\n", "\r\n") + "\r\n\r\n")
    scene.quiet()
    scene.ws_edit("load", notebook("print('a')", "print('b')") + "\n\n")
    scene.quiet()


def test_row_003_the_same_edit_in_two_spellings_agrees(tmp_path, emulator):
    scene = Scenario(tmp_path, emulator, local_format="ipynb")
    scene.write("load.ipynb", ipynb("print('a')", "print('b')"))
    scene.sync()
    scene.write("load.ipynb", ipynb("print('new')", "print('b')", output="new\n"))
    scene.git_commit("by Ana", {"notebooks/load.py": notebook("print('new')", "print('b')")})
    commits = scene.subjects()
    scene.sync()
    assert scene.subjects() == commits
    assert trim(scene.ws("load")) == trim(notebook("print('new')", "print('b')"))
    assert "new\\n" in scene.read("load.ipynb"), "the output that was printed here is gone"


@two
def test_row_004_edits_of_different_cells_are_merged(begun, one, other):
    begun.edit(one, "load", edited("a", one))
    begun.edit(other, "load", edited("c", other))
    assert begun.sync()["conflicts"] == []
    body = begun.git("log", "-1", "--format=%B", "main")
    sides = [s for s in SIDES if f"\nNbsync-Side: {s}\n" in body]
    assert sides == [one, other], body
    begun.ends_with(load=edited("a", one, edited("c", other)))


def test_row_004_edits_of_three_cells_on_three_sides_are_merged(begun):
    for cell, side in zip("abc", SIDES):
        begun.edit(side, "load", edited(cell, side))
    assert begun.sync()["conflicts"] == []
    begun.ends_with(load=notebook("print('local')", "print('workspace')", "print('git')"))


# ---- edit and delete ----


def edit_meets_deletion(scene, editor, deleter):
    scene.holds(stays=FINE)
    scene.edit(editor, "load", edited("b", editor))
    scene.remove(deleter, "load")
    scene.sync()
    assert "'load': edited on one side and deleted on another; the edit stays" in scene.log
    scene.ends_with(load=edited("b", editor), stays=FINE)


@pytest.mark.parametrize("there", ["workspace", "git"])
def test_row_005_edit_here_delete_there(begun, there):
    edit_meets_deletion(begun, "local", there)


@pytest.mark.parametrize("there", ["workspace", "git"])
def test_row_006_delete_here_edit_there(begun, there):
    edit_meets_deletion(begun, there, "local")


@pytest.mark.parametrize("editor, deleter", [("workspace", "git"), ("git", "workspace")])
def test_row_006_workspace_and_git_edit_and_delete(begun, editor, deleter):
    edit_meets_deletion(begun, editor, deleter)


@two
def test_row_007_delete_and_delete_is_silent(begun, one, other):
    begun.holds(stays=FINE)
    begun.remove(one, "load")
    begun.remove(other, "load")
    result = begun.sync()
    assert result["counts"]["deleted"][one] == 0 and result["counts"]["deleted"][other] == 0
    assert "warning" not in begun.log
    begun.ends_with(stays=FINE)
    for state in ["agreed", *(f"base/{side}" for side in SIDES)]:
        files = begun.hub("ls-tree", "-r", "--name-only", f"refs/nbsync/{state}").split()
        assert [file for file in files if file not in (".format", ".place")] == ["stays.py"]


# ---- creations, first contact ----


@two
def test_row_008_create_and_create_different(scene, one, other):
    scene.edit(one, "new", notebook(one))
    scene.edit(other, "new", notebook(other))
    assert [c["path"] for c in scene.holds_back()["conflicts"]] == ["new"]
    loser = one if KEEPS[one, other] == other else other
    assert list(scene.copies("new").values()) == [notebook(loser)]
    scene.ends_with(new=notebook(KEEPS[one, other]))


@two
def test_row_009_create_and_create_the_same(scene, one, other):
    scene.edit(one, "new", ABC)
    scene.edit(other, "new", ABC)
    written = scene.sync()["counts"]["written"]
    assert written[one] == 0 and written[other] == 0
    scene.ends_with(new=ABC)


def test_row_010_first_contact_of_sides_that_are_full(scene):
    for side in SIDES:
        scene.edit(side, "same", ABC)
        scene.edit(side, f"only_{side}", notebook(side))
    scene.edit("local", "differs", notebook("local"))
    scene.edit("git", "differs", notebook("git"))
    before = (scene.local / "same.py").stat()
    result = scene.holds_back()
    after = (scene.local / "same.py").stat()
    assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)
    assert scene.git("log", "--format=%s", "main", "--", "notebooks/same.py").count("\n") == 1
    assert [c["path"] for c in result["conflicts"]] == ["differs"]
    assert ("import", "same") not in scene.changes()
    assert list(scene.copies("differs").values()) == [notebook("local")]
    scene.ends_with(same=ABC, differs=notebook("git"),
                    **{f"only_{side}": notebook(side) for side in SIDES})


@both
def test_row_011_a_touch_does_not_save_from_deletion(begun, here, there):
    """The same content again, with a new time: no edit that a deletion would have to respect."""
    begun.holds(stays=FINE)
    if here == "git":
        begun.git_commit("nothing here", {"README.md": "x\n"})
    else:
        begun.edit(here, "load", ABC)
    begun.remove(there, "load")
    begun.sync()
    begun.ends_with(stays=FINE)
    if here == "local":  # where a touch can be that and nothing else
        os.utime(begun.local / "stays.py")
        begun.quiet()


# ---- conflicts ----

PROD = "/Users/ana@acme.example/prod"


@pytest.fixture
def promoted(begun):
    """A second workspace folder that shares the branch, as a mapping of its own."""
    begun.more = "\n".join(["", "[mapping prod]", f"workspace = dev:{PROD}",
                            f"git = {begun.keys['git']}", "branch = main",
                            "git_path = notebooks", "commit_quiet = 200ms", ""])
    begun.configure()
    begun.sync()
    return begun


def prod(scene, name):
    return trim(scene.emulator.export(f"{PROD}/{name}", format="SOURCE").decode())


def test_row_022_different_cells_edited_in_two_workspaces(promoted):
    promoted.edit("workspace", "load", edited("a", "dev"))
    promoted.emulator.edit(f"{PROD}/load", edited("c", "prod"), format="SOURCE")
    promoted.sync()
    promoted.sync()
    merged = edited("a", "dev", edited("c", "prod"))
    assert prod(promoted, "load") == trim(merged)
    promoted.ends_with(load=merged)


def test_row_022_one_cell_edited_in_two_workspaces(promoted):
    """Git keeps what came first; the other one's version stays in sight of its author."""
    promoted.edit("workspace", "load", edited("b", "dev"))
    promoted.emulator.edit(f"{PROD}/load", edited("b", "prod"), format="SOURCE")
    result = promoted.holds_back()
    assert [c["path"] for c in result["conflicts"]] == ["load"]
    assert prod(promoted, "load") == trim(edited("b", "dev"))
    assert prod(promoted, result["conflicts"][0]["file"]) == trim(edited("b", "prod"))
    promoted.ends_with(load=edited("b", "dev"))


def clash(scene, cell="b", local="local", workspace="workspace"):
    """One cell edited on two sides; returns the file of the copy that keeps the local version."""
    text = scene.read("load.py")
    before = set(scene.copies("load"))
    scene.edit("local", "load", edited(cell, local, text))
    scene.edit("workspace", "load", edited(cell, workspace, text))
    scene.holds_back()
    return (set(scene.copies("load")) - before).pop()


@pytest.mark.parametrize("right", ["local", "workspace", "file"])
def test_row_023_resolve_says_which_version_is_right(begun, right):
    """It becomes the version of every side, the copies go, the history keeps all of them."""
    clash(begun)
    if right == "file":
        chosen = begun.path / "chosen.py"
        chosen.write_text(edited("b", "file"))
        begun.asks("resolve", "--file", chosen, "etl", "load")
    else:
        begun.asks("resolve", f"--{right}", "etl", "load")
    assert begun.copies("load") == {}
    assert begun.sync()["conflicts"] == []
    begun.ends_with(load=edited("b", right))


def test_row_023_resolve_on_three_sides(begun):
    for side in SIDES:
        begun.edit(side, "load", edited("b", side))
    begun.holds_back()
    begun.asks("resolve", "--workspace", "etl", "load")
    assert begun.copies("load") == {}
    begun.ends_with(load=edited("b", "workspace"))


def test_row_023_removing_the_copy_resolves(begun):
    copy = clash(begun)
    assert begun.quiet()["conflicts"], "it is listed until it is removed"
    (begun.local / copy).unlink()
    assert begun.sync()["conflicts"] == []
    begun.ends_with(load=edited("b", "workspace"))


def test_row_023_renaming_the_copy_over_the_notebook_resolves(begun):
    copy = clash(begun)
    (begun.local / copy).rename(begun.local / "load.py")
    assert begun.sync()["conflicts"] == []
    begun.ends_with(load=edited("b", "local"))


def test_row_023_giving_the_copy_a_name_of_its_own_resolves(begun):
    copy = clash(begun)
    (begun.local / copy).rename(begun.local / "mine.py")
    assert begun.sync()["conflicts"] == []
    begun.ends_with(load=edited("b", "workspace"), mine=edited("b", "local"))


def test_row_023_merging_by_hand_in_a_commit_resolves(begun):
    copy = clash(begun)
    begun.edit("git", "load", edited("b", "both"))
    begun.holds_back()
    begun.everywhere("load", edited("b", "both"))
    (begun.local / copy).unlink()
    assert begun.sync()["conflicts"] == []
    begun.ends_with(load=edited("b", "both"))


def test_row_024_edits_go_on_while_a_conflict_is_pending(begun):
    clash(begun)
    begun.edit("workspace", "load", edited("workspace", "later", edited("b", "workspace")))
    begun.holds_back()
    begun.everywhere("load", edited("b", "later"))
    begun.ends_with(load=edited("b", "later"))
    assert list(begun.copies("load").values()) == [edited("b", "local")]


def test_row_024_every_further_clash_keeps_a_copy_of_its_own(begun):
    """Also within one second, although the names of copies tell seconds."""
    files = [clash(begun)]
    for turn in "12":
        files.append(clash(begun, cell=begun.read("load.py").split("'")[3],
                           local=f"local{turn}", workspace=f"workspace{turn}"))
    texts = [begun.read(f) for f in files]
    assert texts[0] == edited("b", "local")
    assert texts[1] == edited("b", "local1") and texts[2] == edited("b", "local2")
    begun.ends_with(load=edited("b", "workspace2"))


def test_row_024_an_edited_copy_is_left_as_it_is(begun):
    copy = clash(begun)
    begun.write(copy, "only a note by now\n")
    begun.holds_back()
    begun.edit("workspace", "load", ABC)
    begun.holds_back()
    assert begun.read(copy) == "only a note by now\n"
    begun.ends_with(load=ABC)


@pytest.mark.parametrize("mine, theirs", [
    (notebook("print(1)"), notebook("print(2)")),
    ("-- Databricks notebook source\nSELECT 1\n", "-- Databricks notebook source\nSELECT 2\n"),
    ("// Databricks notebook source\nval x = 1\n", "// Databricks notebook source\nval x = 2\n"),
    (ipynb("print(1)", output="1\n"), notebook("print(2)")),
], ids=["py", "sql", "scala", "ipynb"])
def test_row_025_a_copy_is_what_it_was(scene, mine, theirs):
    """Extension, first line and, in a Jupyter notebook, even the outputs."""
    scene.write("x" + extension(mine), mine)
    scene.edit("git", "x", theirs)
    scene.holds_back()
    (file, text), = scene.copies("x").items()
    assert file.endswith(extension(mine)) and text == mine


@pytest.mark.parametrize("side", SIDES)
def test_row_026_no_setting_destroys_a_version(tmp_path, emulator, side):
    scene = Scenario(tmp_path, emulator, conflict=f"prefer-{side}")
    scene.holds(load=ABC)
    for editor in SIDES:
        scene.edit(editor, "load", edited("b", editor))
    scene.sync_whatever()
    scene.ends_with(load=edited("b", side))
    assert scene.copies("load") == {}


def test_row_027_one_conflict_does_not_stop_the_others(begun):
    begun.edit("local", "load", edited("b", "local"))
    begun.edit("workspace", "load", edited("b", "workspace"))
    for side in SIDES:
        begun.edit(side, f"from_{side}", notebook(side))
    begun.holds_back()
    begun.ends_with(load=edited("b", "workspace"), **{f"from_{s}": notebook(s) for s in SIDES})


# ---- between look and act ----


@each
def test_row_028_an_edit_on_a_side_that_is_about_to_be_written(moment, begun, side):
    """Whoever saves after the look and before the write is noticed; both edits survive."""
    news = "git" if side != "git" else "workspace"
    begun.edit(news, "load", edited("a", news))
    moment.at("workspace/list", lambda: begun.edit(side, "load", edited("c", "meanwhile")))
    begun.sync()
    begun.ends_with(load=edited("a", news, edited("c", "meanwhile")))


def test_row_028_both_sides_change_the_same_cell_meanwhile(moment, begun):
    def act():
        begun.edit("local", "load", edited("b", "local"))
        begun.edit("workspace", "load", edited("b", "workspace"))

    begun.edit("git", "load", edited("a", "git"))
    moment.at("workspace/list", act)
    begun.holds_back()
    assert list(begun.copies("load").values()) == [edited("b", "local")]
    begun.ends_with(load=edited("b", "workspace", edited("a", "git")))


@pytest.mark.parametrize("side", ["local", "workspace"])
def test_row_028_an_edit_of_what_is_about_to_be_deleted(moment, begun, side):
    begun.holds(stays=FINE)
    begun.remove("git", "load")
    moment.at("workspace/list", lambda: begun.edit(side, "load", edited("b", "meanwhile")))
    begun.sync()
    begun.ends_with(load=edited("b", "meanwhile"), stays=FINE)


def test_row_028_a_file_appears_where_a_notebook_is_about_to_go(moment, begun):
    begun.edit("local", "data", FINE)
    moment.at("workspace/list", lambda: begun.control("edit", path=f"{ROOT}/data",
                                                      content="1,2\n", format="RAW"))
    begun.holds_back()
    assert [o["object_type"] for o in begun.objects() if o["path"] == f"{ROOT}/data"] == ["FILE"]
