# SPDX-License-Identifier: Apache-2.0
"""Section C of the scenario table: the local file system. Rows 71 to 75 and 81 to 85 are in
test_scenarios_c_events, 76 to 80 in test_scenarios_c_time.

One test, or a few, for each row; the number of the row is in the name.
"""

import os
import re
import shutil
import subprocess

import pytest

from scenario_mounts import mounts
from scenario_world import (AS_ANYBODY, FINE, begun, edited, held, scene,  # noqa: F401
                            sentence, trim)
from world import ABC, notebook


def many(count, size=20):
    return {f"n{i:02}": notebook(f"print({i})", "#" * size) for i in range(count)}


def temporaries(scene):
    return [f for f in scene.local_files() if ".nbsyncd-" in f]


def untouched(scene, **notebooks):
    """The workspace and Git hold exactly these."""
    for side in ["workspace", "git"]:
        assert scene.everything(side) == {n: trim(t) for n, t in notebooks.items()}, side


# ---- what cannot be read ----


def test_row_063_an_unreadable_file_is_held(begun):
    (begun.local / "load.py").chmod(0)
    begun.edit("git", "load", edited("b", "git"))
    begun.edit("local", "fine", FINE)
    result = begun.holds_back(prefix=AS_ANYBODY)
    assert held(result) == {"load": "unreadable"} and "denied" in sentence(result, "load")
    begun.everywhere("fine", FINE)
    assert trim(begun.ws("load")) == trim(edited("b", "git")), "the sides that can agree do"
    (begun.local / "load.py").chmod(0o644)
    assert begun.read("load.py") == ABC
    begun.sync()
    begun.ends_with(load=edited("b", "git"), fine=FINE)


def test_rows_063_and_064_an_unreadable_folder_and_file_are_held(begun):
    texts = {"dir/x": notebook("print('x')"), "dir/sub/y": notebook("print('y')")}
    begun.holds_all(texts)
    texts |= {"load": ABC, "fine": FINE}
    begun.edit("local", "fine", FINE)
    (begun.local / "load.py").chmod(0)
    (begun.local / "dir").chmod(0)
    try:
        result = begun.holds_back(prefix=AS_ANYBODY)
    finally:
        (begun.local / "dir").chmod(0o755)
    assert held(result) == dict.fromkeys(["dir", "dir/x", "dir/sub/y", "load"], "unreadable")
    for path, word in {"dir": "'dir'", "load": "'load.py'"}.items():
        assert word in sentence(result, path) and "denied" in sentence(result, path)
    untouched(begun, **texts)
    begun.everywhere("fine", FINE)
    (begun.local / "load.py").chmod(0o644)
    begun.quiet()
    begun.sync()
    begun.ends_as(texts)


# ---- the root ----


def root_is_held(scene, words):
    """The local side is held and says why; the others go on, and nothing is deleted."""
    scene.edit("workspace", "load", edited("b", "meanwhile"))
    local = scene.holds_back()["sides"]["local"]
    assert local["state"] == "held" and re.search(words, local["sentence"]), local
    untouched(scene, load=edited("b", "meanwhile"), two=notebook("print(2)"))


@pytest.fixture
def rooted(begun):
    begun.holds(two=notebook("print(2)"))
    return begun


def test_row_065_the_root_is_missing(rooted):
    rooted.local.rename(rooted.path / "away")
    root_is_held(rooted, "is missing although it held 2 notebooks")
    assert not rooted.local.exists()
    (rooted.path / "away").rename(rooted.local)
    rooted.sync()
    rooted.ends_with(load=edited("b", "meanwhile"), two=notebook("print(2)"))


def test_row_065_the_root_is_emptied(rooted):
    texts = {f: rooted.read(f) for f in rooted.local_files()}
    for file in texts:
        (rooted.local / file).unlink()
    root_is_held(rooted, "shows none of the 2 notebooks it held")
    for file, text in texts.items():
        rooted.write(file, text)
    rooted.sync()
    rooted.ends_with(load=edited("b", "meanwhile"), two=notebook("print(2)"))


def test_row_065_another_folder_stands_at_the_roots_place(rooted):
    """What is seen when a disk is not mounted: the folder below it, with something old in it."""
    rooted.local.rename(rooted.path / "away")
    rooted.write("old.py", notebook("print('old')"))
    root_is_held(rooted, "another|other|not the")
    assert rooted.local_files() == ["old.py"]
    (rooted.local / "old.py").unlink()
    rooted.local.rmdir()
    (rooted.path / "away").rename(rooted.local)
    rooted.sync()
    rooted.ends_with(load=edited("b", "meanwhile"), two=notebook("print(2)"))


def test_row_065_the_disk_is_not_mounted(scene):
    with mounts(scene, "mount -t tmpfs none {local}") as do:
        scene.holds(load=ABC, two=notebook("print(2)"))
        do("umount {local}")
        root_is_held(scene, ".")


def test_row_066_the_root_becomes_a_file(rooted):
    rooted.local.rename(rooted.path / "away")
    rooted.local.write_text("a file\n")
    root_is_held(rooted, "not a (directory|folder)")
    assert rooted.local.read_text() == "a file\n"
    rooted.local.unlink()
    (rooted.path / "away").rename(rooted.local)
    rooted.sync()
    rooted.ends_with(load=edited("b", "meanwhile"), two=notebook("print(2)"))


# ---- what cannot be written ----


def test_row_067_the_disk_is_full(scene):
    """Nothing torn, no temporary files, what fits arrives, and with space the rest does."""
    with mounts(scene, "mount -t tmpfs -o size=320k none {local}") as do:
        scene.edit("local", "own", ABC)
        scene.git_commit("many", {f"notebooks/{n}.py": t for n, t in many(8, 100_000).items()})
        result = scene.holds_back()
        told = " ".join([h["sentence"] for h in result["held"]] +
                        [result["sides"]["local"]["sentence"]])
        assert re.search("space|full", told), told
        assert temporaries(scene) == []
        texts = {n: trim(t) for n, t in many(8, 100_000).items()} | {"own": trim(ABC)}
        assert scene.everything("local").items() <= texts.items()
        assert scene.everything("workspace") == scene.everything("git") == texts
        do("mount -o remount,size=4m none {local}")
        scene.sync()
        scene.ends_as({**many(8, 100_000), "own": ABC})


def test_row_068_the_disk_of_the_state_is_full(scene):
    """What cannot be recorded is not done."""
    with mounts(scene, "mount -t tmpfs -o size=24m none {state}") as do:
        scene.holds(load=ABC)
        since = scene.changing_requests()
        do("cat /dev/zero > {state}/filler 2>&1 || true")
        scene.edit("local", "load", edited("b", "local"))
        scene.edit("git", "new", notebook("print('new')"))
        done = scene.run("sync", "--once", "--config", scene.config)
        assert done.returncode not in (0, -6, -11), done.stdout
        assert re.search("space|full", done.stdout + done.stderr), done.stdout + done.stderr
        assert scene.changing_requests() == since
        assert set(scene.everything("local")) == {"load"}
        assert scene.in_git("load.py") == ABC
        do("rm {state}/filler")
        scene.sync()
        scene.ends_with(load=edited("b", "local"), new=notebook("print('new')"))


def test_row_067_what_a_kill_left_while_writing_goes(begun):
    """Only what is our own: what others name alike stays."""
    for name in ["load.py", "dir/x.py"]:
        begun.write(name, ABC)
    begun.sync()
    for folder in [begun.local, begun.local / "dir"]:
        (folder / ".nbsyncd-0123456789abcdef.tmp").write_text("half a f")
        (folder / ".nbsyncd-notes.txt").write_text("mine\n")
    begun.edit("git", "load", edited("b", "git"))
    begun.edit("git", "dir/x", edited("b", "git"))
    begun.sync()
    assert temporaries(begun) == [".nbsyncd-notes.txt", "dir/.nbsyncd-notes.txt"]
    begun.ends_as({"load": edited("b", "git"), "dir/x": edited("b", "git")})


@pytest.mark.parametrize("how, words", [("mount -o remount,ro none {local}", "read-only"),
                                        ("mount -o remount,nr_inodes=2 none {local}",
                                         "inode|space|full")],
                         ids=["read-only", "no inodes"])
def test_row_069_the_local_side_takes_nothing(scene, how, words):
    with mounts(scene, "mount -t tmpfs none {local}") as do:
        scene.holds(load=ABC)
        do(how)
        scene.edit("git", "load", edited("b", "git"))
        scene.edit("git", "new", notebook("print('new')"))
        result = scene.holds_back()
        told = " ".join([h["sentence"] for h in result["held"]] +
                        [result["sides"]["local"]["sentence"]])
        assert re.search(words, told, re.IGNORECASE), told
        assert trim(scene.ws("load")) == trim(edited("b", "git"))
        do("mount -o remount,rw,nr_inodes=0 none {local}")
        scene.sync()
        scene.ends_with(load=edited("b", "git"), new=notebook("print('new')"))


def test_row_070_an_error_while_reading(begun):
    """A disk that breaks, by the hand of strace."""
    file = begun.local / "load.py"
    breaking = ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-o", "/dev/null", "-P", file,
                "-P", "load.py", "-e", "inject=read,pread64:error=EIO"]
    if not shutil.which("strace") or subprocess.run([*breaking, "true"]).returncode:
        pytest.skip("strace is not here")
    os.utime(file)
    begun.edit("local", "fine", FINE)
    result = begun.holds_back(prefix=breaking)
    assert held(result) == {"load": "unreadable"}
    assert re.search("'load.py'.*Input/output error", sentence(result, "load"))
    begun.everywhere("fine", FINE)
    assert trim(begun.ws("load")) == trim(ABC) and begun.in_git("load.py") == ABC
    begun.sync()
    begun.ends_with(load=ABC, fine=FINE)


# ---- other file systems, the state ----


@pytest.mark.parametrize("mount", ["mount -t tmpfs none {local}/sub",
                                   "mount --bind {local}/other {local}/sub"],
                         ids=["another file system", "bind mount"])
def test_row_086_something_is_mounted_inside_the_root(begun, mount):
    """It hides what was there: hidden is not deleted, and what hides it is not ours."""
    texts = {"sub/x": notebook("print('x')"), "sub/y": notebook("print('y')"), "load": ABC,
             "other/z": notebook("print('z')")}
    begun.holds_all(texts)
    with mounts(begun, mount):
        (begun.local / "sub" / "foreign.py").write_text(ABC)
        result = begun.holds_back()
        assert {"sub/x", "sub/y"} <= set(held(result))
        (begun.local / "sub" / "foreign.py").unlink()
    begun.sync()
    begun.ends_as(texts)


def test_row_087_the_state_cannot_be_written(begun):
    """Without its memory nbsync refuses to work, before it contacts anybody."""
    begun.edit("local", "load", edited("b", "x"))
    requests = len(begun.requests())
    for path in [begun.state / "etl", *(begun.state / "etl").rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    done = begun.run("sync", "--once", "--config", begun.config, prefix=AS_ANYBODY)
    for path in [begun.state / "etl", *(begun.state / "etl").rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert done.returncode == 78 and str(begun.state) in done.stderr, done.stderr
    assert len(begun.requests()) == requests
    begun.sync()
    begun.ends_with(load=edited("b", "x"))


def test_row_087_the_daemon_does_not_start_without_a_state(begun):
    begun.state.chmod(0o500)
    begun.configure()
    begun.config.write_text(begun.config.read_text().replace(f"state = {begun.state}",
                                                             f"state = {begun.state}/new"))
    command = [*AS_ANYBODY, str(begun.daemon_binary), "--config", str(begun.config)]
    done = subprocess.run([*command, "--allow-root"], capture_output=True, text=True, timeout=60)
    begun.state.chmod(0o700)
    assert done.returncode == 78 and str(begun.state) in done.stderr, done.stderr
