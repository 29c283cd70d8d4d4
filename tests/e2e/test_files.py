# SPDX-License-Identifier: Apache-2.0
"""files = all: what is no notebook travels byte for byte, over three real sides."""

import hashlib
import os

import pytest

from files_world import (BINARY, MODULE, SAMPLES, agreed_files, drop, everywhere,  # noqa: F401
                         files, git, git_mode, held, local, nowhere, put, ws, ws_put)
from memory import most, peak_mib
from world import ABC, ROOT, World, notebook, wait_for


# ---- arriving ----

@pytest.mark.parametrize("side", ["local", "workspace", "git"])
def test_files_arrive_everywhere(files, side):
    for name, data in SAMPLES.items():
        put(files, side, name, data)
    put(files, side, "load.py", ABC)
    files.sync()
    for name, data in SAMPLES.items():
        everywhere(files, name, data)
    assert files.ws_status("load")["object_type"] == "NOTEBOOK"
    files.quiet()
    files.fsck()


@pytest.mark.parametrize("side", ["local", "workspace", "git"])
def test_edits_and_deletions_arrive(agreed_files, side):
    put(agreed_files, side, "img/logo.png", BINARY[::-1])
    put(agreed_files, side, "data.csv", b"")
    put(agreed_files, side, "empty", b"no longer")
    drop(agreed_files, side, "etl/util.py")
    agreed_files.sync()
    everywhere(agreed_files, "img/logo.png", BINARY[::-1])
    everywhere(agreed_files, "data.csv", b"")
    everywhere(agreed_files, "empty", b"no longer")
    nowhere(agreed_files, "etl/util.py")
    agreed_files.quiet()
    agreed_files.fsck()


def test_a_restart_forgets_nothing(agreed_files):
    os.remove(agreed_files.state / "etl" / "look.cache")
    agreed_files.quiet()
    agreed_files.write("data.csv", "x")
    agreed_files.sync()
    everywhere(agreed_files, "data.csv", "x")


def test_the_executable_bit_stays_where_it_is(files):
    files.git_commit("first", {"notebooks/run.sh": "true\n"})
    clone = files.path / "clone"
    files.git_bare("update-index", "--chmod=+x", "notebooks/run.sh", cwd=clone)
    files.git_bare("commit", "-q", "-m", "mode", cwd=clone)
    files.git_bare("push", "-q", "origin", "main", cwd=clone)
    files.sync()
    (files.local / "run.sh").chmod(0o750)
    files.write("run.sh", "false\n", atomic=False)
    files.sync()
    assert git_mode(files, "run.sh") == "100755"
    ws_put(files, "run.sh", "exit 3\n")
    files.sync()
    everywhere(files, "run.sh", "exit 3\n")
    assert git_mode(files, "run.sh") == "100755"
    assert (files.local / "run.sh").stat().st_mode & 0o777 == 0o750
    (files.local / "run.sh").rename(files.local / "go.sh")
    files.sync()
    assert git_mode(files, "go.sh") == "100755"


def test_a_renamed_file_is_followed(agreed_files):
    (agreed_files.local / "data.csv").rename(agreed_files.local / "etl" / "table.csv")
    agreed_files.sync()
    nowhere(agreed_files, "data.csv")
    everywhere(agreed_files, "etl/table.csv", SAMPLES["data.csv"])
    agreed_files.quiet()


def test_names_that_never_travel(files):
    for name in [".env", ".gitignore", "__pycache__/a.pyc", "x~", "etl/.hidden/data.csv"]:
        files.write(name, "secret")
    files.write("data.csv", "1")
    files.sync()
    assert files.git_files() == ["notebooks/data.csv"]
    for name in [".env", "x~", "etl"]:
        assert ws(files, name) is None


def test_patterns_mean_whole_names(files):
    files.configure(include="*.csv, *.py", exclude="big.*")
    for name in ["a.csv", "big.csv", "a.txt", "m.py"]:
        files.write(name, "1")
    files.sync()
    assert files.git_files() == ["notebooks/a.csv", "notebooks/m.py"]
    files.quiet()


def test_ignore_files_mean_files_too(files):
    files.write(".nbsyncignore", "*.csv\n!keep.csv\nbuild/\nutil.py\n")
    for name in ["a.csv", "keep.csv", "build/lib.so", "util.py", "x.sql"]:
        files.write(name, "1")
    files.sync()
    assert files.git_files() == ["notebooks/keep.csv", "notebooks/x.sql"]
    files.quiet()
    files.write(".nbsyncignore", "keep.csv\n")
    files.write("keep.csv", "2")
    files.sync()
    assert git(files, "keep.csv") == ws(files, "keep.csv") == b"1"
    everywhere(files, "util.py", "1")
    files.quiet()


# ---- clashes ----

def test_clashing_edits_are_both_kept(agreed_files):
    agreed_files.write("data.csv", b"mine\x00")
    ws_put(agreed_files, "data.csv", b"theirs\x00")
    result = agreed_files.sync_any()
    everywhere(agreed_files, "data.csv", b"theirs\x00")
    copies = [f for f in agreed_files.local_files() if ".conflict-" in f]
    assert len(copies) == 1 and copies[0].startswith("data.conflict-local-")
    assert copies[0].endswith(".csv") and local(agreed_files, copies[0]) == b"mine\x00"
    assert [c["path"] for c in result["conflicts"]] == ["data.csv"]
    agreed_files.quiet()
    assert not any(".conflict-" in f for f in agreed_files.git_files())


def test_a_clash_without_a_local_side_is_kept_in_the_workspace(tmp_path, emulator):
    world = World(tmp_path, emulator, files="all", local=None)
    ws_put(world, "util.py", MODULE)
    world.sync()
    world.git_commit("by Ana", {"notebooks/util.py": "git = 1\n"})
    ws_put(world, "util.py", "workspace = 1\n")
    result = world.sync_any()
    assert git(world, "util.py") == ws(world, "util.py") == b"git = 1\n"
    assert [c["path"] for c in result["conflicts"]] == ["util.py"]
    name = result["conflicts"][0]["file"]
    assert name.startswith("util.conflict-workspace-") and ws(world, name) == b"workspace = 1\n"
    world.quiet()


def clash(world, name="etl/util.py"):
    world.write(name, "mine\n")
    ws_put(world, name, "theirs\n")
    world.sync_any()
    assert [f for f in world.local_files() if ".conflict-local-" in f]


@pytest.mark.parametrize("choice, text", [
    (["--local"], "mine\n"), (["--workspace"], "theirs\n"), (["--file", "merged"], "both\n")])
def test_a_clash_is_resolved(agreed_files, choice, text):
    clash(agreed_files)
    merged = agreed_files.path / "merged"
    merged.write_text("both\n")
    choice = [str(merged) if word == "merged" else word for word in choice]
    agreed_files.run("resolve", "etl", "etl/util.py", *choice, "--once", "--config",
                     agreed_files.config, check=0)
    agreed_files.sync()
    everywhere(agreed_files, "etl/util.py", text)
    assert not any(".conflict-" in f for f in agreed_files.local_files())
    seen = agreed_files.hub("log", "--format=", "-p", "refs/nbsync/seen/local")
    assert "+mine" in seen and "+theirs" in seen
    agreed_files.quiet()


@pytest.mark.parametrize("name", ["data.csv", "etl/util.py"])
def test_an_earlier_version_is_restored(agreed_files, name):
    revision = agreed_files.hub("rev-parse", "refs/nbsync/agreed").strip()
    agreed_files.write(name, "spoiled")
    agreed_files.sync()
    everywhere(agreed_files, name, "spoiled")
    agreed_files.run("restore", "etl", name, "--to", revision, "--once", "--config",
                     agreed_files.config, check=0)
    agreed_files.sync()
    everywhere(agreed_files, name, SAMPLES[name])
    agreed_files.quiet()


def test_an_edit_beats_a_deletion(agreed_files):
    drop(agreed_files, "local", "data.csv")
    ws_put(agreed_files, "data.csv", "edited")
    agreed_files.sync()
    everywhere(agreed_files, "data.csv", "edited")


def test_a_mass_deletion_waits(files):
    for i in range(20):
        files.write(f"f{i}.csv", str(i))
    files.sync()
    for i in range(20):
        drop(files, "workspace", f"f{i}.csv")
    ws_put(files, "other.csv", "new")
    files.sync_any()
    assert len(files.local_files()) >= 20
    assert len([f for f in files.git_files() if "/f" in f]) == 20


def test_a_notebook_and_a_file_of_one_name_are_held(files):
    files.write("a.py", ABC)
    files.sync()
    files.write("a", "no notebook")
    result = files.sync_any()
    assert ("a", "local", "collision") in held(result)
    assert files.in_git("a.py") == ABC and git(files, "a") is None
    drop(files, "local", "a")
    files.sync()
    files.everywhere("a", ABC)
    files.quiet()


def test_two_sides_disagree_about_the_kind(files):
    files.write("a.py", ABC)
    files.sync()
    files.git_commit("by Ana", {"notebooks/a.py": None, "notebooks/a": "plain"})
    result = files.sync_any()
    assert ("a", "git", "collision") in held(result)
    assert files.read("a.py") == ABC and files.ws("a") is not None
    files.git_commit("by Ana", {"notebooks/a.py": ABC, "notebooks/a": None})
    files.sync()
    files.everywhere("a", ABC)


def test_a_script_beside_the_notebook_of_its_name(files):
    """jupytext's pairs: the workspace cannot have both, the others can."""
    files.configure(local_format="ipynb", git_format="ipynb")
    files.write("a.py", MODULE)
    files.sync()
    files.ws_edit("b", ABC)
    files.sync()
    files.write("b.py", MODULE)
    result = files.sync_any()
    assert ("b.py", "workspace", "collision") in held(result)
    assert git(files, "b.py") == MODULE.encode()
    files.quiet()


# ---- files = none ----

def test_none_leaves_files_alone(world):
    world.write("data.csv", "1")
    world.write("util.py", MODULE)
    ws_put(world, "other.csv", "2")
    world.git_commit("by Ana", {"notebooks/third.csv": "3"})
    world.write("load.py", ABC)
    world.sync()
    assert sorted(world.git_files()) == ["notebooks/load.py", "notebooks/third.csv"]
    assert world.local_files() == ["data.csv", "load.py", "util.py"]
    assert ws(world, "data.csv") is None and ws(world, "other.csv") == b"2"
    world.quiet()


def test_going_back_to_none_deletes_nothing_and_all_goes_on(agreed_files):
    agreed_files.configure(files="none")
    drop(agreed_files, "local", "data.csv")
    agreed_files.write("etl/util.py", "edited = 1\n")
    agreed_files.write("load.py", notebook("print('d')"))
    agreed_files.sync()
    assert git(agreed_files, "data.csv") is not None and ws(agreed_files, "data.csv") is not None
    assert ws(agreed_files, "etl/util.py") == MODULE.encode()
    agreed_files.everywhere("load", notebook("print('d')"))
    agreed_files.quiet()
    agreed_files.configure(files="all")
    agreed_files.sync()
    nowhere(agreed_files, "data.csv")
    everywhere(agreed_files, "etl/util.py", "edited = 1\n")
    agreed_files.quiet()


# ---- what cannot travel ----

def test_what_a_workspace_would_take_for_something_else(files):
    files.write("board.lvdash.json", "{}")
    result = files.sync_any()
    assert ("board.lvdash.json", "workspace", "name") in held(result)
    assert git(files, "board.lvdash.json") == b"{}"
    files.quiet()


def test_a_file_that_is_too_large_is_held(files):
    with open(files.local / "huge.bin", "wb") as f:
        f.truncate(500 * 1024 * 1024 + 1)
    files.write("small.bin", "1")
    result = files.sync_any()
    assert ("huge.bin", "local", "too-large") in held(result)
    everywhere(files, "small.bin", "1")


def test_a_link_is_held(files):
    os.symlink("/etc/passwd", files.local / "link.csv")
    result = files.sync_any()
    assert ("link.csv", "local", "kind") in held(result)
    assert not files.git_files()


def test_a_file_that_is_being_written_waits(files):
    files.write("done.csv", "1")
    with open(files.local / "open.csv", "w") as f:
        f.write("half of it")
        f.flush()
        files.sync_any()
        assert ws(files, "open.csv") is None
    everywhere(files, "done.csv", "1")
    files.sync()
    everywhere(files, "open.csv", "half of it")


# ---- size ----

LARGE = 96 * 1024 * 1024


def make_large(path):
    """Random enough that no compression makes it small: a block longer than deflate's window."""
    block = os.urandom(256 * 1024)
    with open(path, "wb") as f:
        for i in range(LARGE // len(block)):
            f.write(i.to_bytes(8, "big") + block[8:])


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


@pytest.mark.memory
def test_a_large_file_is_never_whole_in_memory(tmp_path, emulator):
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    up = World(tmp_path / "up", emulator, files="all", git=None)
    make_large(up.local / "large.bin")
    sending = peak_mib(up)
    assert up.ws_status("large.bin")["object_type"] == "FILE"
    down = World(tmp_path / "down", emulator, files="all", git=None)
    receiving = peak_mib(down)
    assert digest(down.local / "large.bin") == digest(up.local / "large.bin")
    assert max(sending, receiving) < most(20, 60), (sending, receiving)


# ---- the daemon ----

def test_a_save_is_heard_of(files):
    """Not found by polling: that is far away."""
    files.configure(poll="1h", git_poll="1h")
    files.write("data.csv", "1")
    files.daemon()
    wait_for(lambda: ws(files, "data.csv") == b"1", what="the first cycle")
    files.write("data.csv", "2")
    wait_for(lambda: ws(files, "data.csv") == b"2", what="the save")
    (files.local / "data.csv").rename(files.local / "other.csv")
    wait_for(lambda: ws(files, "other.csv") == b"2" and ws(files, "data.csv") is None,
             what="the new name")


# ---- a server that misbehaves ----

@pytest.mark.parametrize("fault", [
    {"action": "reset", "bytes": 1000},
    {"action": "status", "status": 503, "content_type": "text/html", "body": "<html>busy</html>"},
    {"action": "status", "status": 200, "content_type": "text/html", "body": "<html>log in</html>"},
    {"action": "status", "status": 200, "body": '{"error_code":"MAX_NOTEBOOK_SIZE_EXCEEDED"}'},
])
def test_what_arrives_is_the_content_or_nothing(files, fault):
    ws_put(files, "logo.png", BINARY)
    files.control("faults", rules=[{"endpoint": "workspace/export", "count": 1, **fault}])
    files.sync_any()
    assert local(files, "logo.png") in (None, BINARY)
    files.sync()
    everywhere(files, "logo.png", BINARY)


@pytest.mark.parametrize("action", ["lost", "close", "reset"])
def test_a_lost_answer_to_an_import(files, action):
    files.write("logo.png", BINARY)
    files.control("faults", rules=[{"endpoint": "workspace/import", "count": 1, "action": action}])
    files.sync_any()
    files.sync()
    everywhere(files, "logo.png", BINARY)
    files.quiet()


def test_somebody_else_is_faster(agreed_files):
    agreed_files.control("faults", rules=[{
        "action": "user", "endpoint": "workspace/get-status", "path": "data.csv", "count": 1,
        "user": {"edit": {"path": f"{ROOT}/data.csv", "format": "AUTO", "content": "theirs"}}}])
    agreed_files.write("data.csv", "mine")
    agreed_files.sync_any()
    copies = [f for f in agreed_files.local_files() if ".conflict-workspace-" in f]
    assert [local(agreed_files, c) for c in copies] == [b"theirs"]
    everywhere(agreed_files, "data.csv", "mine")
    agreed_files.quiet()
