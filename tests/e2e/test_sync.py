# SPDX-License-Identifier: Apache-2.0
"""Foreground cycles over three real sides: what arrives where, and what must never happen.

Row numbers in names are those of the scenario table that the tests follow.
"""

import json
import os
import re

import pytest

from world import ABC as A
from world import World, ipynb, notebook


# ---- arriving ----

def test_local_notebooks_arrive_everywhere(world):
    sql = "-- Databricks notebook source\nSELECT 1\n"
    world.write("etl/load.py", A)
    world.write("etl/totals.sql", sql)
    world.write("chart.ipynb", ipynb("display(1)", output="1\n"))
    result = world.sync()
    assert result["counts"]["written"] == {"git": 3, "workspace": 3, "local": 0}
    world.everywhere("etl/load", A)
    assert world.in_git("etl/totals.sql") == sql
    assert world.ws("etl/totals").rstrip("\n") == sql.rstrip("\n")
    assert world.ws_status("etl/totals")["language"] == "SQL"
    assert world.in_git("chart.py") == notebook("display(1)")
    assert world.subjects() == ["Add 3 notebooks"]
    world.quiet()
    world.fsck()


def test_workspace_and_git_notebooks_arrive_everywhere(world):
    world.ws_edit("from_ws", A)
    world.git_commit("first", {"notebooks/deep/from_git.py": A, "README.md": "hello\n"})
    world.sync()
    world.everywhere("deep/from_git", A)
    assert world.read("from_ws.py").rstrip("\n") == A.rstrip("\n")
    assert world.in_git("from_ws.py") is not None
    assert world.in_git("README.md", folder="") == "hello\n"
    world.quiet()


@pytest.mark.parametrize("side", ["local", "workspace", "git"])
def test_an_edit_arrives_on_the_other_two(agreed, side):
    b = A.replace("'b'", "'changed'")
    {"local": lambda: agreed.write("load.py", b),
     "workspace": lambda: agreed.ws_edit("load", b),
     "git": lambda: agreed.git_commit("by Ana", {"notebooks/load.py": b})}[side]()
    agreed.sync()
    agreed.everywhere("load", b)
    if side != "git":
        assert agreed.subjects()[0] == "Update load"
        body = agreed.git("log", "-1", "--format=%B", "main")
        assert "Nbsync-Mapping: etl" in body and f"Nbsync-Side: {side}" in body
    agreed.quiet()
    agreed.fsck()


def test_a_commit_names_the_sides_that_a_merge_came_from(agreed):
    agreed.write("load.py", A.replace("'b'", "'local'"))
    agreed.ws_edit("load", A.replace("'c'", "'workspace'"))
    agreed.sync()
    body = agreed.git("log", "-1", "--format=%B", "main")
    assert "\nNbsync-Side: workspace\nNbsync-Side: local\n" in body, body


@pytest.mark.parametrize("side", ["local", "workspace", "git"])
def test_a_deletion_arrives_on_the_other_two(agreed, side):
    agreed.write("stays.py", A)
    agreed.sync()
    {"local": lambda: (agreed.local / "load.py").unlink(),
     "workspace": lambda: agreed.ws_delete("load"),
     "git": lambda: agreed.git_commit("away", {"notebooks/load.py": None})}[side]()
    agreed.sync()
    assert agreed.read("load.py") is None
    assert agreed.ws("load") is None
    assert agreed.in_git("load.py") is None
    agreed.everywhere("stays", A)
    # No version is ever destroyed.
    assert agreed.hub("show", "refs/nbsync/agreed~1:load.py") == A
    agreed.quiet()


def test_ipynb_locally_and_source_in_git(tmp_path, emulator):
    world = World(tmp_path, emulator, local_format="ipynb")
    world.ws_edit("x", A)
    world.sync()
    nb = json.loads(world.read("x.ipynb"))
    assert ["".join(c["source"]) for c in nb["cells"]] == [f"print('{x}')" for x in "abc"]
    assert world.in_git("x.py") == A
    world.quiet()
    # An edit keeps the outputs of the cells that did not change.
    nb["cells"][1]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["b\n"]}]
    world.write("x.ipynb", json.dumps(nb, indent=1) + "\n")
    world.quiet()
    world.ws_edit("x", A.replace("'c'", "'new'"))
    world.sync()
    nb = json.loads(world.read("x.ipynb"))
    assert nb["cells"][1]["outputs"] and nb["cells"][2]["source"] == ["print('new')"]
    world.quiet()


# ---- A: two-sided content ----

def test_row_1_edit_and_edit_of_one_cell_keeps_both(agreed):
    ours, theirs = A.replace("'b'", "'local'"), A.replace("'b'", "'workspace'")
    agreed.write("load.py", ours)
    agreed.ws_edit("load", theirs)
    result = agreed.sync(code=5)
    agreed.everywhere("load", theirs)
    copies = [f for f in agreed.local_files() if ".conflict-local-" in f]
    assert len(copies) == 1 and re.fullmatch(r"load\.conflict-local-\d{8}T\d{6}Z\.py", copies[0])
    assert agreed.read(copies[0]) == ours
    assert result["conflicts"][0]["path"] == "load"
    assert not [f for f in agreed.git_files() if "conflict" in f]
    # Still listed, never travelling, until it is removed; then all is well.
    assert agreed.quiet()["conflicts"]
    (agreed.local / copies[0]).unlink()
    assert agreed.sync()["conflicts"] == []


def test_row_2_edit_and_edit_same_bytes_agree(agreed):
    b = A.replace("'b'", "'same'")
    agreed.write("load.py", b)
    agreed.ws_edit("load", b)
    agreed.sync()
    agreed.everywhere("load", b)
    agreed.quiet()


def test_row_4_edits_of_different_cells_merge(agreed):
    agreed.write("load.py", A.replace("'a'", "'local'"))
    agreed.ws_edit("load", A.replace("'c'", "'workspace'"))
    agreed.sync()
    agreed.everywhere("load", notebook("print('local')", "print('b')", "print('workspace')"))
    agreed.quiet()


def test_row_5_local_edit_beats_workspace_deletion(agreed):
    agreed.write("stays.py", A)
    agreed.sync()
    b = A.replace("'b'", "'edited'")
    agreed.write("load.py", b)
    agreed.ws_delete("load")
    agreed.sync()
    agreed.everywhere("load", b)


def test_row_6_workspace_edit_beats_local_deletion(agreed):
    agreed.write("stays.py", A)
    agreed.sync()
    b = A.replace("'b'", "'edited'")
    (agreed.local / "load.py").unlink()
    agreed.ws_edit("load", b)
    agreed.sync()
    assert agreed.read("load.py").rstrip("\n") == b.rstrip("\n")
    agreed.quiet()


def test_row_8_create_and_create_different_keeps_both(world):
    world.write("new.py", notebook("1"))
    world.ws_edit("new", notebook("2"))
    world.sync(code=5)
    assert world.ws("new").rstrip("\n") == notebook("2").rstrip("\n")
    copies = [f for f in world.local_files() if ".conflict-local-" in f]
    assert world.read(copies[0]) == notebook("1")


def test_row_10_first_contact_of_equal_notebooks_writes_nothing(world):
    world.write("load.py", A)
    world.ws_edit("load", A)
    world.git_commit("first", {"notebooks/load.py": A})
    commits, requests = len(world.subjects()), world.changing_requests()
    result = world.sync()
    assert result["counts"]["written"] == {"git": 0, "workspace": 0, "local": 0}
    assert len(world.subjects()) == commits and world.changing_requests() == requests


def test_row_11_a_touch_is_no_change(agreed):
    os.utime(agreed.local / "load.py")
    agreed.quiet()


def test_row_15_swapping_two_notebooks_by_rename(world):
    world.write("a.py", notebook("a"))
    world.write("b.py", notebook("b"))
    world.sync()
    (world.local / "a.py").rename(world.local / "t")
    (world.local / "b.py").rename(world.local / "a.py")
    (world.local / "t").rename(world.local / "b.py")
    world.sync()
    world.everywhere("a", notebook("b"))
    world.everywhere("b", notebook("a"))


def test_row_27_one_conflict_does_not_stop_the_others(agreed):
    agreed.write("load.py", A.replace("'b'", "1"))
    agreed.ws_edit("load", A.replace("'b'", "2"))
    agreed.write("other.py", A)
    agreed.sync(code=5)
    agreed.everywhere("other", A)


# ---- B: names and types ----

def test_row_34_35_awkward_names(world):
    names = ["New Notebook 2026-05-04 13:54:24", "a+b #1 50%?", "ünïcödé", "a.b.c", "x&y=z",
             "sp  ace/inner dir/n"]
    for name in names:
        world.write(f"{name}.py", A)
    world.sync()
    for name in names:
        world.everywhere(name, A)
    for name in names:
        world.ws_edit(name, A.replace("'a'", "'z'"))
    world.sync()
    for name in names:
        world.everywhere(name, A.replace("'a'", "'z'"))
    world.quiet()


def test_row_40_two_files_for_one_notebook_hold_only_that_one(agreed):
    agreed.write("load.ipynb", ipynb("print(1)"))
    agreed.write("fine.py", A)
    result = agreed.sync(code=5)
    assert result["held"][0]["reason"] == "collision"
    assert "'load.py' and 'load.ipynb'" in result["held"][0]["sentence"] or \
           "'load.ipynb' and 'load.py'" in result["held"][0]["sentence"]
    agreed.everywhere("fine", A)
    assert agreed.in_git("load.py") == A
    (agreed.local / "load.ipynb").unlink()
    agreed.sync()
    agreed.everywhere("load", A)


def test_row_43_a_lost_header_is_held_not_deleted(agreed):
    agreed.write("load.py", "print('plain')\n")
    result = agreed.sync(code=5)
    assert "lost its first line" in result["held"][0]["sentence"]
    assert agreed.in_git("load.py") == A and agreed.ws("load") is not None
    agreed.write("load.py", A)
    agreed.sync()


def test_row_45_source_becomes_ipynb_in_place(agreed):
    object_id = agreed.ws_status("load")["object_id"]
    (agreed.local / "load.py").unlink()
    agreed.write("load.ipynb", ipynb("print('a')", "print('b')", "print('new')"))
    agreed.sync()
    assert agreed.in_git("load.py") == A.replace("'c'", "'new'")
    assert agreed.ws_status("load")["object_id"] == object_id
    assert agreed.local_files() == ["load.ipynb"]
    agreed.quiet()


def test_row_46_a_language_change_overwrites_in_place(agreed):
    object_id = agreed.ws_status("load")["object_id"]
    sql = "-- Databricks notebook source\nSELECT 1\n"
    (agreed.local / "load.py").unlink()
    agreed.write("load.sql", sql)
    agreed.sync()
    assert agreed.in_git("load.sql") == sql and agreed.in_git("load.py") is None
    status = agreed.ws_status("load")
    assert status["language"] == "SQL" and status["object_id"] == object_id
    agreed.quiet()


@pytest.mark.parametrize("row,text,reason", [
    ("55 empty ipynb", "", "unparsable"),
    ("56 truncated ipynb", ipynb("print(1)")[:-30], "unparsable"),
    ("57 conflict markers", "<<<<<<< ours\n" + ipynb("1") + "=======\n>>>>>>> theirs\n", "unparsable"),
    ("58 nbformat 3", '{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
     "unparsable"),
])
def test_rows_55_to_58_bad_ipynb_is_held(tmp_path, emulator, row, text, reason):
    world = World(tmp_path, emulator, local_format="ipynb")
    world.write("x.ipynb", ipynb("print('good')"))
    world.write("fine.py", A)
    world.sync()
    world.write("x.ipynb", text)
    world.write("fine.py", A.replace("'a'", "2"))
    result = world.sync(code=5)
    assert [h["reason"] for h in result["held"]] == [reason], row
    assert world.in_git("x.py") == notebook("print('good')")
    assert world.ws("x") is not None
    world.everywhere("fine", A.replace("'a'", "2"))
    world.write("x.ipynb", ipynb("print('better')"))
    world.sync()
    assert world.in_git("x.py") == notebook("print('better')")


def test_row_47_49_a_link_is_neither_followed_nor_a_deletion(agreed):
    agreed.write("target.py", A.replace("'a'", "'secret'"))
    outside = agreed.path / "outside.py"
    outside.write_text(A.replace("'a'", "'outside'"))
    (agreed.local / "load.py").unlink()
    (agreed.local / "load.py").symlink_to(outside)
    result = agreed.sync(code=5)
    assert result["held"][0]["reason"] == "kind"
    assert agreed.in_git("load.py") == A
    assert "outside" not in agreed.ws("load")


def test_row_51_a_fifo_does_not_hang(agreed):
    os.mkfifo(agreed.local / "pipe.py")
    result = agreed.sync(code=5)
    assert result["held"][0]["path"] == "pipe"


def test_row_54_line_ends_stay(world):
    crlf = A.replace("\n", "\r\n")
    world.write("win.py", crlf.encode())
    world.sync()
    assert world.git("show", "main:notebooks/win.py").count("\n") == crlf.count("\n")
    world.quiet()
    assert (world.local / "win.py").read_bytes() == crlf.encode()


def test_row_61_another_repository_inside_is_not_entered(agreed):
    agreed.write("sub/.git/config", "")
    agreed.write("sub/inner.py", A)
    agreed.sync()
    assert agreed.ws("sub/inner") is None


def test_row_62_the_mode_stays(agreed):
    (agreed.local / "load.py").chmod(0o640)
    agreed.ws_edit("load", A.replace("'a'", "2"))
    agreed.sync()
    assert (agreed.local / "load.py").stat().st_mode & 0o777 == 0o640


def test_plain_scripts_and_other_files_stay_where_they_are(agreed):
    agreed.write("helper.py", "def f(): pass\n")
    agreed.write("data.csv", "1,2\n")
    agreed.quiet()
    assert agreed.ws("helper") is None and agreed.in_git("helper.py") is None


# ---- C: local file system ----

# Root reads everything, unless it is told not to.
WITHOUT_DAC = (["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
               if os.geteuid() == 0 else [])


def test_row_63_64_unreadable_is_held(agreed):
    agreed.write("dir/in.py", A)
    agreed.sync()
    agreed.write("fine.py", A)
    (agreed.local / "load.py").chmod(0)
    (agreed.local / "dir").chmod(0)
    try:
        result = agreed.sync(code=5, prefix=WITHOUT_DAC)
    finally:
        (agreed.local / "dir").chmod(0o755)
    held = {h["path"]: h for h in result["held"]}
    assert set(held) == {"dir", "dir/in", "load"}
    assert {h["reason"] for h in held.values()} == {"unreadable"}
    assert "'load.py'" in held["load"]["sentence"] and "denied" in held["load"]["sentence"]
    assert "'dir'" in held["dir"]["sentence"]
    assert agreed.in_git("load.py") == A and agreed.in_git("dir/in.py") == A
    assert agreed.ws("load") is not None and agreed.ws("dir/in") is not None
    agreed.everywhere("fine", A)
    (agreed.local / "load.py").chmod(0o644)
    agreed.quiet()


def test_row_65_a_missing_root_deletes_nothing(agreed):
    agreed.local.rename(agreed.path / "unmounted")
    result = agreed.sync(code=5)
    assert result["sides"]["local"]["state"] == "held"
    assert "is missing although it held 1 notebooks" in result["sides"]["local"]["sentence"]
    assert agreed.in_git("load.py") == A and agreed.ws("load") is not None
    (agreed.path / "unmounted").rename(agreed.local)
    agreed.sync()


def test_row_65_an_emptied_root_deletes_nothing(agreed):
    agreed.write("two.py", A)
    agreed.sync()
    for name in agreed.local_files():
        (agreed.local / name).unlink()
    result = agreed.sync(code=5)
    assert "shows none of the 2 notebooks it held" in result["sides"]["local"]["sentence"]
    assert agreed.in_git("load.py") == A and agreed.ws("two") is not None


def test_row_76_77_mtime_never_decides(agreed):
    b = A.replace("'a'", "'old time'")
    agreed.write("load.py", b)
    os.utime(agreed.local / "load.py", (1, 1))
    agreed.sync()
    agreed.everywhere("load", b)
    os.utime(agreed.local / "load.py", (2**32, 2**32))
    agreed.quiet()
    agreed.write("load.py", A)
    os.utime(agreed.local / "load.py", (2**31, 2**31))
    agreed.sync()
    agreed.everywhere("load", A)


# ---- D: state ----

def test_row_92_lost_state_adopts_what_is_equal(agreed):
    import shutil
    shutil.rmtree(agreed.state)
    commits, requests = len(agreed.subjects()), agreed.changing_requests()
    agreed.sync()
    assert len(agreed.subjects()) == commits and agreed.changing_requests() == requests


def test_row_93_a_torn_cache_costs_only_reading(agreed):
    cache = agreed.state / "etl" / "look.cache"
    text = cache.read_bytes()
    for broken in [b"", text[:len(text) // 2], text.replace(b"local", b"lokal"), b"\0" * 100]:
        cache.write_bytes(broken)
        agreed.quiet()


def test_row_96_a_second_process_refuses(agreed):
    import fcntl
    with open(agreed.state / "etl" / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = agreed.run("sync", "--once", "--config", agreed.config)
    assert done.returncode == 75 and "mapping 'etl'" in done.stderr


def test_row_104_a_filter_un_manages_and_deletes_nothing(agreed):
    agreed.write("scratch/x.py", A)
    agreed.sync()
    agreed.configure(exclude="scratch/")
    agreed.sync()
    assert agreed.read("scratch/x.py") == A
    assert agreed.in_git("scratch/x.py") == A and agreed.ws("scratch/x") is not None
    agreed.write("scratch/x.py", A.replace("'a'", "2"))
    agreed.quiet()
    agreed.configure(exclude=None)
    agreed.sync()
    assert agreed.in_git("scratch/x.py") == A.replace("'a'", "2")


def test_row_105_a_mass_deletion_waits_for_a_human(world):
    for i in range(20):
        world.write(f"n{i:02}.py", notebook(str(i)))
    world.sync()
    for i in range(15):
        (world.local / f"n{i:02}.py").unlink()
    world.write("n19.py", notebook("edited"))
    result = world.sync(code=5)
    assert {h["reason"] for h in result["held"]} == {"deletions"} and result["held_total"] == 15
    assert f"nbsync confirm etl {result['confirm']}" in " ".join(result["notes"])
    (world.local / "n15.py").unlink()
    done = world.run("confirm", "etl", result["confirm"], "--once", "--config", world.config, check=1)
    assert f"plan {result['confirm']} is not what waits now" in done.stderr
    done = world.run("confirm", "--once", "--config", world.config, check=0)
    assert done.stdout.count("  delete 'n") == 16
    assert len(world.git_files()) == 4 and world.ws("n00") is None
    world.quiet()


def test_one_way_from_git_to_the_workspace(tmp_path, emulator):
    world = World(tmp_path, emulator, local=None, direction="git->workspace")
    world.git_commit("first", {"notebooks/job.py": A})
    world.sync()
    assert world.ws("job").rstrip("\n") == A.rstrip("\n")
    world.ws_edit("mine", A)
    world.ws_edit("job", A.replace("'a'", "'hotfix'"))
    world.sync()
    assert world.ws("job").rstrip("\n") == A.rstrip("\n")
    assert world.ws("mine") is not None and world.in_git("mine.py") is None
    # What was overwritten stands in the hub.
    assert "hotfix" in world.hub("log", "-p", "refs/nbsync/seen/workspace")


@pytest.mark.parametrize("missing", ["local", "workspace", "git"])
def test_any_two_sides_are_enough(tmp_path, emulator, missing):
    world = World(tmp_path, emulator, **{missing: None})
    if missing == "local":
        world.ws_edit("x", A)
    else:
        world.write("x.py", A)
    world.sync()
    assert missing == "local" or world.read("x.py") == A
    assert missing == "workspace" or world.ws("x").rstrip("\n") == A.rstrip("\n")
    assert missing == "git" or world.in_git("x.py").rstrip("\n") == A.rstrip("\n")
    world.quiet()


# ---- E: the workspace misbehaves ----

def test_wrong_token_holds_only_the_workspace(world):
    world.token.write_text("dapi" + "0" * 32 + "\n")
    world.write("x.py", A)
    result = world.sync(code=5)
    sentence = result["sides"]["workspace"]["sentence"]
    assert "workspace 'dev' refused the token" in sentence and str(world.token) in sentence
    assert world.in_git("x.py") == A
    world.token.write_text(world.emulator.token + "\n")
    world.sync()
    world.everywhere("x", A)


def test_unreachable_workspace_holds_only_the_workspace(world):
    url, world.emulator.url = world.emulator.url, "http://127.0.0.1:1"
    world.configure()
    world.write("x.py", A)
    result = world.sync(code=5)
    assert "cannot reach 'http://127.0.0.1:1" in result["sides"]["workspace"]["sentence"]
    assert world.in_git("x.py") == A
    world.emulator.url = url
    world.configure()
    world.sync()
    world.everywhere("x", A)
