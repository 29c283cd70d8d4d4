# SPDX-License-Identifier: Apache-2.0
"""Section C of the scenario table, rows 71 to 75 and 81 to 85: what changes while it is looked at,
how people save, and events.

One test, or a few, for each row; the number of the row is in the name.
"""

import mmap
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from scenario_world import Scenario, begun, edited, scene, trim  # noqa: F401
from world import ABC, ipynb, notebook, wait_for


@pytest.fixture
def tmp_path(request, tmp_path):
    """On a disk for a test that is marked so: a file system in memory does not note the time when a
    mapped page is written to."""
    if not request.node.get_closest_marker("disk"):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="nbsync-") as path:
        yield Path(path)


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


@pytest.mark.disk
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
