# SPDX-License-Identifier: Apache-2.0
"""Section A of the scenario table, rows 12 to 21: renames and folders that meet edits.

One test, or a few, for each row; the number of the row is in the name.
"""

import re

import pytest

from scenario_world import (BOTH_WAYS, FINE, KEEPS, SIDES, TWO, begun, edited, held,  # noqa: F401
                            scene, trim)
from world import ABC, notebook

both = pytest.mark.parametrize("here, there", BOTH_WAYS)
two = pytest.mark.parametrize("one, other", TWO)
each = pytest.mark.parametrize("side", SIDES)


# ---- renames ----


@both
def test_row_012_rename_here_edit_there(begun, here, there):
    begun.rename(here, "load", "etl/fetch")
    begun.edit(there, "load", edited("b", there))
    begun.sync()
    begun.ends_as({"etl/fetch": edited("b", there)})


@each
def test_row_012_a_rename_alone(begun, side):
    begun.rename(side, "load", "fetch")
    begun.sync()
    begun.ends_with(fetch=ABC)


@two
def test_row_013_renames_to_different_names_keep_both(begun, one, other):
    begun.rename(one, "load", "first")
    begun.rename(other, "load", "second")
    result = begun.sync_whatever()
    told = begun.log + " ".join(result["notes"])
    assert re.search("'first'.*'second'|'second'.*'first'", told), "nobody was warned"
    begun.ends_with(first=ABC, second=ABC)


@two
def test_row_014_two_notebooks_renamed_to_one_name(scene, one, other):
    """As two creations: the path keeps one, the other stands beside it, both old names are gone."""
    texts = {one: notebook("print(1)"), other: notebook("print(2)")}
    scene.holds_all({one: texts[one], other: texts[other], "stays": FINE})
    scene.rename(one, one, "both")
    scene.rename(other, other, "both")
    result = scene.holds_back()
    assert "both" in [c["path"] for c in result["conflicts"]] + list(held(result))
    keeps = KEEPS[one, other]
    loser = one if keeps == other else other
    assert [trim(t) for t in scene.copies("both").values()] == [trim(texts[loser])]
    scene.ends_with(both=texts[keeps], stays=FINE)


@each
def test_row_015_swapping_two_notebooks_by_rename(scene, side):
    scene.holds(a=notebook("print('a')"), b=notebook("print('b')"))
    scene.swap(side, "a", "b")
    scene.sync()
    scene.ends_with(a=notebook("print('b')"), b=notebook("print('a')"))


def test_row_015_a_swap_in_the_workspace_keeps_the_objects(scene):
    scene.holds(a=notebook("print('a')"), b=notebook("print('b')"))
    ids = scene.object_id("a"), scene.object_id("b")
    scene.swap("workspace", "a", "b")
    scene.sync()
    assert (scene.object_id("b"), scene.object_id("a")) == ids
    scene.ends_with(a=notebook("print('b')"), b=notebook("print('a')"))


@two
def test_row_016_a_folder_into_another_here_and_the_reverse_there(scene, one, other):
    scene.holds_all({"A/x": notebook("print('x')"), "B/y": notebook("print('y')")})
    scene.rename(one, "A", "B/A")
    scene.rename(other, "B", "A/B")
    scene.sync()
    scene.ends_as({"B/A/x": notebook("print('x')"), "A/B/y": notebook("print('y')")})


@both
def test_row_017_folder_renamed_here_child_edited_there(scene, here, there):
    scene.holds_all({f"old/{n}": notebook(f"print('{n}')", "2") for n in "xyz"})
    scene.rename(here, "old", "new")
    scene.edit(there, "old/y", notebook("print('edited')", "2"))
    scene.sync()
    scene.ends_as({"new/x": notebook("print('x')", "2"), "new/z": notebook("print('z')", "2"),
                   "new/y": notebook("print('edited')", "2")})


@both
def test_row_017_folder_renamed_here_child_created_there(scene, here, there):
    """Nobody renamed the new one, so it keeps the name that its author gave it."""
    scene.holds_all({"old/x": notebook("print('x')")})
    scene.rename(here, "old", "new")
    scene.edit(there, "old/fresh", notebook("print('fresh')"))
    scene.sync()
    scene.ends_as({"new/x": notebook("print('x')"), "old/fresh": notebook("print('fresh')")})


# ---- folders ----


@both
def test_row_018_folder_deleted_here_child_edited_there(begun, here, there):
    begun.holds_all({f"dir/{n}": notebook(f"print('{n}')") for n in "xyz"})
    begun.remove(here, "dir/x", "dir/y", "dir/z")
    begun.edit(there, "dir/y", notebook("print('edited')"))
    begun.sync()
    begun.ends_as({"load": ABC, "dir/y": notebook("print('edited')")})


@both
def test_row_019_folder_deleted_here_child_created_there(begun, here, there):
    begun.holds_all({"dir/x": notebook("print('x')"), "dir/y": notebook("print('y')")})
    begun.remove(here, "dir/x", "dir/y")
    begun.edit(there, "dir/fresh", notebook("print('fresh')"))
    begun.sync()
    begun.ends_as({"load": ABC, "dir/fresh": notebook("print('fresh')")})


@pytest.mark.parametrize("side", ["local", "git"])
def test_row_020_notebook_becomes_a_folder_here_and_is_edited_in_the_workspace(begun, side):
    """The edit keeps the name, so the folder has no place in the workspace until somebody moves
    one of them; then all is well."""
    begun.remove(side, "load")
    begun.edit(side, "load/inner", notebook("print('inner')"))
    begun.edit("workspace", "load", edited("b", "workspace"))
    begun.edit("local", "fine", FINE)
    result = begun.holds_back()
    assert held(result).get("load/inner", held(result).get("load")) == "collision"
    assert begun.everything("workspace") == {"load": trim(edited("b", "workspace")),
                                             "fine": trim(FINE)}
    assert begun.everything(side)["load/inner"] == trim(notebook("print('inner')"))
    begun.everywhere("fine", FINE)
    begun.loses_nothing()
    begun.rename("workspace", "load", "fetch")
    begun.sync()
    begun.ends_as({"fine": FINE, "fetch": edited("b", "workspace"),
                   "load/inner": notebook("print('inner')")})


@pytest.mark.parametrize("editor", ["local", "git"])
def test_row_020_notebook_becomes_a_folder_in_the_workspace_and_is_edited_here(begun, editor):
    """The edit has no place in the workspace, which keeps its folder; elsewhere both find room."""
    begun.remove("workspace", "load")
    begun.edit("workspace", "load/inner", notebook("print('inner')"))
    begun.edit(editor, "load", edited("b", editor))
    begun.edit("local", "fine", FINE)
    result = begun.holds_back()
    assert held(result) == {"load": "collision"}
    both = {"load": trim(edited("b", editor)), "load/inner": trim(notebook("print('inner')"))}
    assert begun.everything("local") == begun.everything("git") == {**both, "fine": trim(FINE)}
    assert set(begun.everything("workspace")) == {"load/inner", "fine"}
    begun.quiet()
    begun.remove(editor, "load")
    begun.edit(editor, "fetch", edited("b", editor))
    begun.sync()
    begun.ends_as({"fine": FINE, "fetch": edited("b", editor),
                   "load/inner": notebook("print('inner')")})


@each
def test_row_021_notebook_becomes_a_folder(begun, side):
    begun.holds(fine=FINE)
    begun.remove(side, "load")
    begun.edit(side, "load/inner", notebook("print('inner')"))
    begun.sync()
    begun.ends_as({"fine": FINE, "load/inner": notebook("print('inner')")})


@each
def test_row_021_folder_becomes_a_notebook(scene, side):
    scene.holds_all({"dir/x": notebook("print('x')"), "dir/y": notebook("print('y')"),
                     "fine": FINE})
    scene.remove(side, *(["dir"] if side == "workspace" else ["dir/x", "dir/y"]))
    scene.edit(side, "dir", notebook("print('a notebook now')"))
    scene.sync()
    scene.ends_with(fine=FINE, dir=notebook("print('a notebook now')"))
