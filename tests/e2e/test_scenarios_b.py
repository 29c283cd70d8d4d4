# SPDX-License-Identifier: Apache-2.0
"""Section B of the scenario table, rows 29 to 39: names. The others are in
test_scenarios_b_types and test_scenarios_b_bytes.

One test, or a few, for each row; the number of the row is in the name.
"""

import json
import os
import re
import unicodedata

import pytest

from scenario_between import moment  # noqa: F401 (a fixture)
from scenario_world import (FINE, SIDES, begun, edited, held, others_go_on,  # noqa: F401
                            scene, sentence)
from world import ABC, ROOT, notebook

each = pytest.mark.parametrize("side", SIDES)
NFC, NFD = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
AWKWARD = ["New Notebook 2026-05-04 13:54:24", "a+b #1 50%?", "ünïcödé", "a.b.c", "x&y=z",
           "sp  ace/inner dir/n"]


def nowhere_else(scene, name, side):
    """Only one side has it."""
    assert [s for s in SIDES if name in scene.everything(s)] == [side]


# ---- names that look alike ----


@each
def test_row_029_a_rename_in_case_only(begun, side):
    begun.rename(side, "load", "Load")
    since = len(begun.requests())
    begun.sync()
    begun.ends_with(Load=ABC)
    if side != "workspace":
        assert begun.changes(since) == [("import", "Load"), ("delete", "load")], \
            "the old one was deleted before the new one was there"


@each
def test_row_029_a_folder_renamed_in_case_only(scene, side):
    scene.holds_all({"etl/x": notebook("print('x')"), "etl/y": notebook("print('y')")})
    scene.rename(side, "etl", "ETL")
    scene.sync()
    scene.ends_as({"ETL/x": notebook("print('x')"), "ETL/y": notebook("print('y')")})


@each
@pytest.mark.parametrize("old, new", [("load", "LOAD"), (NFC, NFD)], ids=["030 case", "031 nfd"])
def test_rows_030_and_031_the_second_of_two_names_that_look_alike_is_held(scene, side, old, new):
    scene.holds_all({old: ABC})
    scene.edit(side, new, notebook("print('second')"))
    result = others_go_on(scene)
    assert held(result) == {new: "collision"}
    nowhere_else(scene, new, side)
    scene.edit("local", old, edited("b", "goes on"))
    scene.holds_back()
    scene.everywhere(old, edited("b", "goes on"))
    scene.rename(side, new, "other")
    scene.sync()
    scene.ends_as({old: edited("b", "goes on"), "other": notebook("print('second')"), "fine": FINE})


def test_row_030_both_at_once_lose_nothing(scene):
    scene.edit("local", "load", notebook("print(1)"))
    scene.edit("workspace", "LOAD", notebook("print(2)"))
    assert set(held(scene.holds_back()).values()) == {"collision"}
    scene.rename("workspace", "LOAD", "other")
    scene.sync()
    scene.ends_with(load=notebook("print(1)"), other=notebook("print(2)"))


def test_row_031_the_report_shows_what_the_eye_cannot(scene):
    scene.holds_all({NFC: ABC})
    scene.edit("local", NFD, ABC)
    told = sentence(scene.holds_back(), NFD)
    assert r"\xcc\x81" in told, told


@each
def test_row_032_a_rename_in_spelling_only(scene, side):
    scene.holds_all({NFC: ABC})
    scene.rename(side, NFC, NFD)
    scene.sync()
    scene.ends_as({NFD: ABC})


# ---- names that may not travel ----


def test_row_033_invalid_utf_8_locally(begun):
    path = os.fsencode(begun.local) + b"/caf\xe9.py"
    with open(path, "wb") as file:
        file.write(ABC.encode())
    result = others_go_on(begun)
    assert [h["reason"] for h in result["held"]] == ["name"]
    assert r"caf\xe9" in result["held"][0]["sentence"]
    assert set(begun.everything("workspace")) == {"load", "fine"}
    os.unlink(path)
    begun.sync()
    begun.ends_with(load=ABC, fine=FINE)


def test_row_033_invalid_utf_8_in_git(begun):
    begun.git_raw([b"caf\xe9.py"])
    result = others_go_on(begun)
    assert [(h["reason"], h["side"]) for h in result["held"]] == [("name", "git")]
    assert set(begun.everything("workspace")) == {"load", "fine"}


@pytest.mark.parametrize("name", ["new\nline", "tab\there", "esc\x1b[31m", "del\x7f", "bidi\u202e",
                                  "back\\slash", "zero\u200bwidth"[:4] + "\u200d"])
def test_row_034_control_characters(begun, name):
    begun.write(f"{name}.py", ABC)
    result = others_go_on(begun)
    assert held(result) == {name: "name"}
    assert set(begun.everything("workspace")) == {"load", "fine"}
    for text in [begun.log, begun.run("sync", "--once", "--config", begun.config).stdout]:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text), "the terminal was reached"
        assert not re.search(r"^line", text, re.MULTILINE), "a log line was forged"


def test_row_034_control_characters_in_git(begun):
    begun.git_raw([b"new\nline.py", b"esc\x1b[31m.py"])
    result = others_go_on(begun)
    assert held(result) == {"new\nline": "name", "esc\x1b[31m": "name"}
    assert set(begun.everything("local")) == {"load", "fine"}


def test_rows_034_and_035_every_printable_character_and_awkward_names(scene):
    scene.configure(git_names="any")
    names = [f"n{ord(c)}{c}x" for c in map(chr, range(32, 127)) if c not in "/\\"]
    scene.holds_all({name: ABC for name in [*names[::2], *AWKWARD]})
    for name in names[1::2]:
        scene.edit("workspace", name, ABC)
    scene.sync()
    scene.ends_as({name: ABC for name in [*names, *AWKWARD]})
    for name in AWKWARD:
        scene.edit("workspace", name, edited("a", "z"))
    scene.sync()
    scene.ends_as({**dict.fromkeys(names, ABC), **dict.fromkeys(AWKWARD, edited("a", "z"))})


@pytest.mark.parametrize("side", ["workspace", "git"])
def test_row_036_a_name_that_is_too_long_with_its_extension(begun, side):
    name = "n" * 253
    if side == "git":
        begun.git_raw([name.encode() + b".py"])
    else:
        begun.edit(side, name, ABC)
    result = others_go_on(begun)
    assert set(held(result)) == {name} and re.search("255|long", sentence(result, name))
    assert set(begun.everything("local")) == {"load", "fine"}
    begun.ends_as({"load": ABC, "fine": FINE}, sides=["local"])


def test_row_036_the_longest_name_that_fits(scene):
    scene.edit("workspace", "n" * 252, ABC)
    scene.sync()
    scene.ends_as({"n" * 252: ABC})


def test_row_037_a_very_deep_path(scene):
    """60 folders of 60 bytes: a path from the root of the file system could not be much longer."""
    deep = "/".join(f"{i:02}" + "d" * 58 for i in range(60)) + "/x"
    scene.edit("local", deep, ABC)
    scene.sync()
    scene.ends_as({deep: ABC})
    scene.edit("workspace", deep, edited("b", "deep"))
    scene.sync()
    scene.ends_as({deep: edited("b", "deep")})


def test_row_037_a_path_that_is_too_deep_is_held(begun):
    deep = "/".join("d" * 65)
    begun.write(f"{deep}/x.py", ABC)
    result = others_go_on(begun)
    assert all(p.startswith("d/d/d") for p in held(result))
    assert set(begun.everything("workspace")) == {"load", "fine"}


@pytest.mark.parametrize("name", ["../evil", "../../../evil", "a/../../evil", "./x", "a//evil",
                                  "..", ".git/hooks/evil", "a/.GIT/evil", "evil ", "evil.",
                                  "a /evil"])
def test_row_038_names_that_the_workspace_invents(moment, begun, name):
    """A workspace that lists what it should not: nothing is written anywhere but below the root."""
    before = sorted(begun.path.rglob("*evil*"))

    def forge(body):
        listing = json.loads(body)
        listing["objects"].append({"object_type": "NOTEBOOK", "language": "PYTHON",
                                   "object_id": 4711, "modified_at": 1790000000000,
                                   "path": f"{ROOT}/{name}"})
        return json.dumps(listing).encode()

    moment.answers("workspace/list", forge)
    moment.answers("workspace/export", lambda body: ABC.encode(), count=5)
    begun.sync_whatever()
    moment.rest()
    assert begun.local_files() == ["load.py"] and begun.git_files() == ["notebooks/load.py"]
    assert sorted(begun.path.rglob("*evil*")) == before
    begun.ends_with(load=ABC)


@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"a/../evil.py", b"../evil.py",
                                  b"evil.py ", b".gitmodules"])
def test_row_038_names_that_git_invents(begun, name):
    begun.git_raw([name])
    begun.edit("local", "fine", FINE)
    begun.sync_whatever()
    assert begun.local_files() == ["fine.py", "load.py"]
    assert set(begun.everything("workspace")) == {"load", "fine"}
    assert list(begun.path.rglob("*evil*")) == []


@pytest.mark.parametrize("side", ["local", "workspace"])
def test_row_038_blanks_at_the_ends_of_names(begun, side):
    for name in ["trailing ", "trailing."]:
        begun.edit(side, name, ABC)
    begun.edit(side, " leading", ABC)
    result = others_go_on(begun)
    assert held(result) == {"trailing ": "name", "trailing.": "name"}
    begun.everywhere(" leading", ABC)


def test_row_039_names_that_windows_reserves_travel_with_a_warning(scene):
    """Where nobody is on Windows; test_names.py has the rest."""
    scene.configure(git_names="any")
    names = ["con", "AUX", "nul.daily", "etl/com1"]
    scene.holds_all({name: notebook(f"print('{name}')") for name in names})
    for name in names:
        assert re.search(rf"warning: .*'{name}'.*Windows", scene.log), name
    scene.ends_as({name: notebook(f"print('{name}')") for name in names})
