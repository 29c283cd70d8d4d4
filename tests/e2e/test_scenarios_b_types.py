# SPDX-License-Identifier: Apache-2.0
"""Section B of the scenario table, rows 40 to 52, 61 and 62: types, and what is no plain file.

One test, or a few, for each row; the number of the row is in the name.
"""

import os
import re
import signal
import socket
import stat

import pytest

from scenario_between import moment  # noqa: F401 (a fixture)
from scenario_world import (FINE, SIDES, begun, edited, held, others_go_on,  # noqa: F401
                            scene, sentence, trim)
from world import ABC, HEADER, ROOT, ipynb, notebook

each = pytest.mark.parametrize("side", SIDES)
SQL = "-- Databricks notebook source\nSELECT 1\n"


# ---- two things of one name ----


@pytest.mark.parametrize("side", ["local", "git"])
def test_row_040_source_and_ipynb_of_one_name(begun, side):
    if side == "local":
        begun.write("load.ipynb", ipynb("print(1)"))
    else:
        begun.git_commit("both", {"notebooks/load.ipynb": ipynb("print(1)")})
    result = others_go_on(begun)
    assert held(result) == {"load": "collision"}
    assert re.search("'load.ipynb' and 'load.py'|'load.py' and 'load.ipynb'",
                     sentence(result, "load"))
    assert begun.in_git("load.py") == ABC and trim(begun.ws("load")) == trim(ABC)
    if side == "local":
        (begun.local / "load.ipynb").unlink()
    else:
        begun.git_commit("one", {"notebooks/load.ipynb": None})
    begun.sync()
    begun.ends_with(load=ABC, fine=FINE)


@pytest.mark.parametrize("side", ["local", "git"])
def test_row_041_notebook_and_folder_of_one_name(begun, side):
    """Files have extensions, so both exist here; the workspace could hold only one of them. That is
    known before it is asked; the sides that can have both do."""
    begun.edit(side, "load/inner", notebook("print('inner')"))
    since = len(begun.requests())
    result = others_go_on(begun)
    assert held(result) == {"load/inner": "collision"}
    assert [r for r in begun.requests(since) if r["changes"] and r["status"] >= 400] == []
    assert set(begun.everything("workspace")) == {"load", "fine"}
    begun.everywhere("fine", FINE)
    begun.rename(side, "load/inner", "etl/inner")
    begun.sync()
    begun.ends_as({"load": ABC, "fine": FINE, "etl/inner": notebook("print('inner')")})


def test_row_042_notebook_and_plain_file_of_one_name(begun):
    begun.write("load", "plain\n")
    begun.edit("workspace", "load", edited("b", "workspace"))
    begun.sync()
    begun.ends_with(load=edited("b", "workspace"))
    assert begun.read("load") == "plain\n"


def test_row_042_a_plain_file_of_the_workspace_is_in_the_way(begun):
    begun.control("edit", path=f"{ROOT}/data", content="1,2\n", format="RAW")
    begun.edit("local", "data", notebook("print('data')"))
    result = others_go_on(begun)
    assert set(held(result)) == {"data"}
    assert [o["object_type"] for o in begun.objects() if o["path"] == f"{ROOT}/data"] == ["FILE"]
    begun.ws_delete("data")
    begun.sync()
    begun.ends_with(load=ABC, fine=FINE, data=notebook("print('data')"))


# ---- from one type to another ----


def test_row_043_a_lost_header_is_held(begun):
    """Half-saved, or a plain script from now on? Nobody deletes a notebook for that."""
    plain = ABC.removeprefix(HEADER)
    begun.write("load.py", plain)
    result = others_go_on(begun)
    assert set(held(result)) == {"load"}
    assert "lost its first line" in sentence(result, "load")
    for s in SIDES:
        assert s == "local" or begun.everything(s)["load"] == trim(ABC)
    assert begun.read("load.py") == plain
    begun.edit("local", "load", edited("b", "again"))
    begun.sync()
    begun.ends_with(load=edited("b", "again"), fine=FINE)


def test_row_043_a_header_that_a_commit_takes_away_was_meant(begun):
    """A commit is never half-saved: the notebook goes as one that was deleted."""
    plain = ABC.removeprefix(HEADER)
    begun.git_commit("header", {"notebooks/load.py": plain})
    begun.edit("local", "fine", FINE)
    begun.sync()
    begun.everywhere("fine", FINE)
    assert begun.in_git("load.py") == plain
    for s in ["local", "workspace"]:
        assert "load" not in begun.everything(s)
    begun.git_commit("header", {"notebooks/load.py": edited("b", "again")})
    begun.sync()
    begun.ends_with(load=edited("b", "again"), fine=FINE)


@pytest.mark.parametrize("side", ["local", "git"])
def test_row_044_a_plain_script_becomes_a_notebook(begun, side):
    plain = "print('a')\n"
    if side == "local":
        begun.write("helper.py", plain)
    else:
        begun.git_commit("helper", {"notebooks/helper.py": plain})
    begun.sync()
    assert set(begun.everything("workspace")) == {"load"}
    begun.edit(side, "helper", HEADER + plain)
    begun.sync()
    begun.ends_with(load=ABC, helper=HEADER + plain)


@pytest.mark.parametrize("when, endpoint", [("at", "workspace/delete"),
                                            ("before", "workspace/import"),
                                            ("at", "workspace/import")])
def test_row_044_killed_between_the_file_and_the_notebook(moment, begun, when, endpoint):
    """With files = all both have been in the workspace, under names of their own. Whichever of them
    is there when the process dies, both are in the history, and the next one ends it."""
    plain = "print('a')\n"
    begun.configure(files="all")
    begun.write("helper.py", plain)
    begun.sync()
    assert f"{ROOT}/helper.py" in [o["path"] for o in begun.objects()]
    begun.edit("local", "helper", HEADER + plain)
    process = []
    getattr(moment, when)(endpoint, lambda: process[0].kill())
    process.append(begun.start_sync())
    process[0].communicate(timeout=60)
    assert process[0].returncode == -signal.SIGKILL
    assert {trim(plain), trim(HEADER + plain)} <= begun.hub_versions()
    begun.sync()
    assert [o["path"] for o in begun.objects() if "helper" in o["path"]] == [f"{ROOT}/helper"]
    begun.ends_with(load=ABC, helper=HEADER + plain)
    begun.fsck()


@pytest.mark.parametrize("side", ["local", "git"])
def test_row_045_source_becomes_ipynb_and_back(begun, side):
    """The workspace's object stays the same one, with its permissions and its history."""
    object_id = begun.object_id("load")
    texts = {".ipynb": ipynb("print('a')", "print('b')", "print('new')"), ".py": ABC}
    for old, new in [(".py", ".ipynb"), (".ipynb", ".py")]:
        if side == "local":
            (begun.local / f"load{old}").unlink()
            begun.write(f"load{new}", texts[new])
        else:
            begun.git_commit("format", {f"notebooks/load{old}": None,
                                        f"notebooks/load{new}": texts[new]})
        begun.sync()
        source = ABC if new == ".py" else edited("c", "new")
        assert begun.local_files() == [f"load{new}" if side == "local" else "load.py"]
        assert (begun.in_git("load.py") if side == "local" else begun.read("load.py")) == source
        assert trim(begun.ws("load")) == trim(source)
        assert begun.object_id("load") == object_id
        begun.quiet()


@each
def test_row_046_the_language_changes(begun, side):
    object_id = begun.object_id("load")
    if side == "workspace":
        begun.emulator.edit(f"{ROOT}/load", SQL, format="SOURCE", language="SQL")
    else:
        begun.remove(side, "load")
        begun.edit(side, "load", SQL)
    begun.sync()
    assert begun.local_files() == ["load.sql"] and begun.git_files() == ["notebooks/load.sql"]
    assert begun.ws_status("load")["language"] == "SQL"
    assert begun.object_id("load") == object_id
    begun.ends_with(load=SQL)


# ---- what is no plain file ----


def test_row_047_a_link_to_a_notebook(begun):
    (begun.local / "alias.py").symlink_to("load.py")
    begun.edit("local", "load", edited("b", "target"))
    result = others_go_on(begun)
    assert held(result) == {"alias": "kind"} and "'alias.py'" in sentence(result, "alias")
    assert set(begun.everything("workspace")) == {"load", "fine"}
    begun.everywhere("load", edited("b", "target"))
    assert (begun.local / "alias.py").is_symlink()


def test_row_048_links_in_circles_and_out_of_the_root(begun):
    outside = begun.path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text(ABC)
    (begun.local / "circle").symlink_to(".")
    (begun.local / "up").symlink_to("..")
    (begun.local / "out").symlink_to(outside)
    (begun.local / "etl").mkdir()
    (begun.local / "etl" / "circle").symlink_to("../etl")
    begun.edit("local", "etl/x", ABC)
    begun.sync()
    assert set(begun.everything("workspace")) == set(begun.everything("git")) == {"load", "etl/x"}


def test_row_048_nothing_is_written_through_a_link(begun):
    """The workspace has a folder where the local side has a link that leads outside."""
    outside = begun.path / "outside"
    outside.mkdir()
    (begun.local / "out").symlink_to(outside)
    begun.edit("workspace", "out/x", ABC)
    result = others_go_on(begun)
    assert "out/x" in held(result)
    assert list(outside.iterdir()) == [] and (begun.local / "out").is_symlink()
    assert begun.ws("out/x") is not None


def test_row_049_a_notebook_replaced_by_a_link(begun):
    """Neither followed nor a deletion, whether or not somebody edits it elsewhere."""
    begun.holds(two=notebook("print(2)"))
    outside = begun.path / "outside.py"
    outside.write_text(edited("a", "outside"))
    for name in ["load.py", "two.py"]:
        (begun.local / name).unlink()
        (begun.local / name).symlink_to(outside)
    begun.edit("git", "load", edited("c", "git"))
    result = others_go_on(begun)
    assert held(result) == {"load": "kind", "two": "kind"}
    for side in ["workspace", "git"]:
        assert begun.everything(side)["two"] == trim(notebook("print(2)"))
    assert trim(begun.ws("load")) == trim(edited("c", "git")), "the sides that can agree do"
    assert outside.read_text() == edited("a", "outside")
    for name, text in {"load.py": ABC, "two.py": notebook("print(2)")}.items():
        (begun.local / name).unlink()
        begun.write(name, text)
    begun.sync()
    begun.ends_with(load=edited("c", "git"), two=notebook("print(2)"), fine=FINE)


@pytest.mark.parametrize("what", ["edit", "remove"])
def test_row_050_a_folder_is_swapped_for_a_link_before_the_write(moment, scene, what):
    """A folder that was looked at becomes a link to somewhere else: nothing happens there."""
    scene.holds_all({"etl/x": notebook("print('x')"), "etl/y": notebook("print('y')"),
                     "fine": FINE})
    outside = scene.path / "outside"

    def swap():
        (scene.local / "etl").rename(outside)
        (scene.local / "etl").symlink_to(outside)

    if what == "edit":
        scene.edit("git", "etl/x", notebook("print('new')"))
    else:
        scene.remove("git", "etl/x")
    moment.at("workspace/list", swap)
    scene.sync_whatever()
    assert {f.name: f.read_text() for f in outside.iterdir()} == \
        {"x.py": notebook("print('x')"), "y.py": notebook("print('y')")}
    assert scene.ws("etl/y") is not None and scene.in_git("etl/y.py") is not None


def test_row_051_pipes_and_sockets(begun):
    """Opening such a thing could hang, or start something."""
    os.mkfifo(begun.local / "pipe.py")
    cwd = os.getcwd()
    os.chdir(begun.local)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.bind("socket.py")
    finally:
        os.chdir(cwd)
    os.mkfifo(begun.local / "pipe")
    result = others_go_on(begun)
    assert held(result) == {"pipe": "kind", "socket": "kind"}
    assert set(begun.everything("workspace")) == {"load", "fine"}


def test_row_051_devices(begun):
    try:
        os.mknod(begun.local / "null.py", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make a device")
    result = others_go_on(begun)
    assert held(result) == {"null": "kind"}
    assert set(begun.everything("workspace")) == {"load", "fine"}


def test_row_052_two_names_of_one_file(begun):
    """Two notebooks; a write from elsewhere replaces one and leaves the other as it was."""
    os.link(begun.local / "load.py", begun.local / "second.py")
    begun.sync()
    begun.ends_with(load=ABC, second=ABC)
    begun.write("second.py", edited("b", "in place"), atomic=False)
    begun.sync()
    begun.ends_with(load=edited("b", "in place"), second=edited("b", "in place"))
    begun.edit("workspace", "load", ABC)
    begun.sync()
    begun.ends_with(load=ABC, second=edited("b", "in place"))


# ---- repositories inside, modes ----


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_row_061_another_repository_inside_is_not_entered(begun, kind):
    """A clone has a folder .git, a submodule and a worktree have a file."""
    if kind == "folder":
        begun.write("sub/.git/config", "")
    else:
        begun.write("sub/.git", "gitdir: ../elsewhere\n")
    begun.edit("local", "sub/inner", ABC)
    begun.edit("local", "sub/deep/inner", ABC)
    begun.sync()
    assert set(begun.everything("workspace")) == {"load"}
    assert begun.git_files() == ["notebooks/load.py"]


def test_row_061_notebooks_in_a_folder_that_becomes_a_repository_stay(scene):
    scene.holds_all({"sub/x": notebook("print('x')"), "fine": FINE})
    scene.write("sub/.git/config", "")
    scene.edit("local", "sub/x", notebook("print('edited')"))
    result = scene.holds_back()
    assert "sub/x" in held(result)
    assert trim(scene.ws("sub/x")) == trim(notebook("print('x')"))


@pytest.mark.parametrize("mode", [0o640, 0o755, 0o600])
def test_row_062_the_mode_of_a_file_stays(begun, mode):
    (begun.local / "load.py").chmod(mode)
    begun.edit("workspace", "load", edited("b", "workspace"))
    begun.sync()
    assert (begun.local / "load.py").stat().st_mode & 0o777 == mode
    begun.ends_with(load=edited("b", "workspace"))
