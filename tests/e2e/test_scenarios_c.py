# SPDX-License-Identifier: Apache-2.0
"""Section C of the scenario table: the local file system. Rows 76 to 80 are in test_scenarios_c_time.

One test, or a few, for each row; the number of the row is in the name.
"""

import mmap
import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from scenario_mounts import mounts
from scenario_world import (AS_ANYBODY, FINE, Scenario, begun, edited, held,  # noqa: F401
                            scene, sentence, trim)
from world import ABC, ipynb, notebook, wait_for


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


# ---- what changes while it is looked at ----


class Busy:
    """Somebody who does the same again and again until the block ends."""

    def __init__(self, act):
        self.act = act
        self.done = threading.Event()
        self.rounds = 0
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.done.is_set():
            self.act(self.rounds)
            self.rounds += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def test_row_071_a_file_changes_while_it_is_read(tmp_path, emulator):
    """It is rewritten in place all the time; what travels is one of the complete versions."""
    scene = Scenario(tmp_path, emulator, local_format="ipynb")
    versions = {str(i): ipynb(*[f"print('{i}', {n})" for n in range(400)]) for i in range(2)}
    sources = {notebook(*[f"print('{i}', {n})" for n in range(400)]) for i in range(2)}

    def rewrite(turn):
        data = versions[str(turn % 2)].encode()
        with open(scene.local / "x.ipynb", "wb", buffering=0) as file:
            for at in range(0, len(data), 4096):
                file.write(data[at:at + 4096])

    rewrite(0)
    scene.sync()
    with Busy(rewrite) as writer:
        for _ in range(5):
            scene.sync_whatever()
            assert scene.in_git("x.py") in sources
    assert writer.rounds > 5
    rewrite(1)
    scene.sync()
    assert scene.in_git("x.py") == notebook(*[f"print('1', {n})" for n in range(400)])
    scene.quiet()


def test_row_072_the_tree_changes_while_it_is_walked(begun):
    """Folders come, go and move; notebooks that stay in their place are never taken for deleted."""
    stays = {f"{d}/{n}": notebook(f"print('{d}{n}')") for d in "am" for n in "xyz"}
    begun.holds_all(stays)
    folders = [begun.local / name for name in ("b", "a/new", "z")]

    def churn(turn):
        folder = folders[turn % 3]
        folder.mkdir()
        (folder / "t.py").write_text(notebook(f"print({turn})"))
        folder.rename(begun.local / "k")
        (begun.local / "k" / "t.py").unlink()
        (begun.local / "k").rmdir()

    with Busy(churn) as churner:
        for _ in range(5):
            begun.sync_whatever()
            assert begun.everything("git").items() >= {n: trim(t) for n, t in stays.items()}.items()
    assert churner.rounds > 5
    begun.sync()
    assert not {n for verb, n in begun.changes() if verb == "delete"} & set(stays)
    begun.ends_as({**stays, "load": ABC})


# ---- how people and their editors save ----


@pytest.fixture
def running(begun):
    """A daemon whose polls are too rare to help."""
    begun.configure(poll="1h", git_poll="1h")
    begun.daemon()
    begun.idle()
    return begun


TEMPORARY = {
    "vim": [".load.py.swp", "4913", "load.py~"],
    "emacs": ["#load.py#", ".#load.py", "load.py~"],
    "jetbrains": ["load.py___jb_tmp___", "load.py___jb_old___"],
    "jupyter": [".~load.py", ".ipynb_checkpoints/load-checkpoint.py"],
    "gnome": [".goutputstream-X1Y2Z3"],
    "kate": [".load.py.kate-swp", "load.py.XyZ123"],
}


@pytest.mark.parametrize("names", TEMPORARY.values(), ids=TEMPORARY)
def test_row_073_editors_that_save_by_rename(running, names):
    """The notebook arrives, once; the names that the editor used on the way never do."""
    text = edited("b", "saved")
    for name in names:
        path = running.local / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    os.replace(running.local / names[0], running.local / "load.py")
    running.arrives("load", text)
    running.idle()
    for name in names[1:]:
        (running.local / name).unlink()
    assert running.git("log", "--all", "--name-only", "--format=").split() == \
        ["notebooks/load.py"] * 2
    assert {n for _, n in running.changes()} == {"load"}


def test_row_074_a_save_in_pieces(tmp_path, emulator):
    """Half of a notebook is on the disk for as long as it takes to bring another one everywhere."""
    scene = Scenario(tmp_path, emulator, local_format="ipynb", poll="1h", git_poll="1h")
    scene.write("x.ipynb", ipynb("print('old')"))
    scene.sync()
    scene.daemon()
    text = ipynb("print('new')").encode()
    try:
        with open(scene.local / "x.ipynb", "wb", buffering=0) as file:
            file.write(text[:len(text) // 2])
            scene.write("other.ipynb", ipynb("print('other')"))
            wait_for(lambda: scene.in_git("other.py"), what="the other notebook")
            assert scene.in_git("x.py") == notebook("print('old')")
            assert trim(scene.ws("x")) == trim(notebook("print('old')"))
            file.write(text[len(text) // 2:])
        wait_for(lambda: scene.in_git("x.py") == notebook("print('new')"), what="the save")
        wait_for(lambda: scene.status_code() == 0, what="nothing held")
    finally:
        scene.stop()


def test_row_075_saves_without_a_pause(running):
    """They go on until a commit was made among them; afterwards the latest one is everywhere."""
    running.stop()
    running.configure(commit_quiet="1s", commit_max_wait="2s")
    running.daemon()
    count, commits = 0, len(running.subjects())

    def saved_and_committed():
        nonlocal count
        count += 1
        running.write("load.py", edited("b", f"save {count}"))
        return len(running.subjects()) > commits

    wait_for(saved_and_committed, seconds=60, what="a commit in the middle of the saves")
    running.arrives("load", edited("b", f"save {count}"))


# ---- events ----


def test_row_081_events_are_lost(running):
    """While the daemon cannot read them, more come than the kernel keeps; then a scan helps."""
    for name in ["one.txt", "two.txt"]:
        running.write(name, "noise\n")
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if kept > 1_000_000:
        pytest.skip("the kernel keeps too many events here")
    assert running.mapping_status()["watching"]["mode"] == "events"
    running.daemon_process.send_signal(signal.SIGSTOP)
    for turn in range(kept + 1000):  # of one file they would be joined
        os.utime(running.local / ("one.txt" if turn % 2 else "two.txt"))
    running.edit("local", "load", edited("b", "unheard of"))
    running.edit("local", "new/folder/x", ABC)
    running.daemon_process.send_signal(signal.SIGCONT)
    running.arrives("load", edited("b", "unheard of"))
    running.arrives("new/folder/x", ABC)
    running.edit("local", "new/folder/x", edited("b", "watched"))
    running.arrives("new/folder/x", edited("b", "watched"))


def test_row_082_no_watches_are_left(begun):
    folders = [f"d{i}/x" for i in range(8)]
    begun.holds_all(dict.fromkeys(folders, ABC))
    script = "echo 4 > /proc/sys/user/max_inotify_watches && exec \"$@\""
    limited = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"]
    if subprocess.run([*limited, "true"], capture_output=True).returncode:
        pytest.skip("user namespaces cannot be used here")
    begun.daemon("--allow-root", prefix=limited)  # as which it appears in there
    for name in folders:
        begun.edit("local", name, edited("b", name))
    for name in folders:
        begun.arrives(name, edited("b", name))
    watching = begun.mapping_status()["watching"]
    assert watching["mode"] == "polling" and "fs.inotify.max_user_watches" in watching["sentence"]


def test_row_083_an_edit_without_an_event_is_found(begun):
    """As on a network file system: what is written through a mapping of memory raises no event."""
    begun.daemon()
    begun.idle()
    with open(begun.local / "load.py", "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        file.close()
        begun.edit("workspace", "other", ABC)
        begun.arrives("other", ABC)
        at = memory.find(b"'b'")
        memory[at:at + 3] = b"'x'"
        memory.flush()
        begun.arrives("load", edited("b", "x"))


def test_row_083_a_file_system_without_events_is_polled(begun):
    """The kernel's answer is changed to that of NFS, by the hand of strace."""
    nfs = "statfs:poke_exit=@arg2=6969000000000000"  # f_type, its first member
    lying = ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-D", "-f", "-qq", "-o", "/dev/null",
             "--seccomp-bpf", "-e", "trace=statfs", "-e", f"inject={nfs}"]
    if not shutil.which("strace") or subprocess.run([*lying, "true"]).returncode:
        pytest.skip("there is no strace that can change answers")
    begun.daemon(prefix=lying)
    watching = begun.mapping_status()["watching"]
    assert watching["mode"] == "polling" and "is on nfs" in watching["sentence"]
    begun.edit("local", "load", edited("b", "x"))
    begun.arrives("load", edited("b", "x"))


def test_row_084_a_folder_is_filled_before_it_is_watched(running):
    names = [f"new/{a}/{b}/x" for a in "ab" for b in "c"]
    for name in names:
        running.edit("local", name, notebook(f"print('{name}')"))
    for name in names:
        running.arrives(name, notebook(f"print('{name}')"))
        running.edit("local", name, notebook(f"print('{name}')", "again"))
        running.arrives(name, notebook(f"print('{name}')", "again"))


def test_row_085_folders_are_moved_in_around_and_out(running):
    outside = running.path / "outside"
    (outside / "sub").mkdir(parents=True)
    (outside / "sub" / "x.py").write_text(ABC)
    outside.rename(running.local / "in")
    running.arrives("in/sub/x", ABC)
    (running.local / "in").rename(running.local / "around")
    running.arrives("around/sub/x", ABC)
    wait_for(lambda: running.ws("in/sub/x") is None, what="the end of the old name")
    running.edit("local", "around/sub/x", edited("b", "watched"))
    running.arrives("around/sub/x", edited("b", "watched"))
    (running.local / "around").rename(running.path / "out")
    wait_for(lambda: running.everything("git") == running.everything("workspace") ==
             {"load": trim(ABC)}, what="the deletion elsewhere")
    assert (running.path / "out" / "sub" / "x.py").read_text() == edited("b", "watched")


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
