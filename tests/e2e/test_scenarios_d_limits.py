# SPDX-License-Identifier: Apache-2.0
"""Section D of the scenario table, rows 91, 101 and 102, and row 88 of section C: power, memory,
other versions of the programs, and very many files.

One test, or a few, for each row; the number of the row is in the name. tests/fault cuts the power
and refuses memory at every step, tests/crash dies there.
"""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from memory import most, peak_mib
from scenario_between import moment  # noqa: F401 (a fixture)
from scenario_world import FINE, SIDES, Scenario, begun, edited, scene, trim  # noqa: F401
from world import ABC, NBSYNC, NBSYNCD, notebook, wait_for


def traced(path, calls):
    """The prefix that writes a process's calls of these kinds to a file."""
    prefix = ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-y", "-qq", "-o", path,
              "-e", f"trace={calls}"]
    if not shutil.which("strace") or subprocess.run([*prefix, "true"]).returncode:
        pytest.skip("strace is not here")
    return prefix


# ---- very many files ----


@pytest.mark.memory
def test_row_088_memory_and_reading_with_many_notebooks(tmp_path, emulator):
    """Little memory for each, and a look at 20,000 of which one was edited reads that one."""
    scene = Scenario(tmp_path, emulator, workspace=None)
    peaks, made = {}, 0
    for count in (2_000, 20_000):
        for i in range(made, count):
            scene.local.joinpath(f"d{i % 100}").mkdir(exist_ok=True)
            scene.local.joinpath(f"d{i % 100}/n{i}.py").write_text(notebook(f"print({i})"))
        made = count
        peaks[count] = peak_mib(scene)
    assert len(scene.git_files()) == 20_000
    each = (peaks[20_000] - peaks[2_000]) * 1024 / 18_000
    assert each < most(2.5, 8), f"KiB for each notebook: {peaks}"
    calls = tmp_path / "calls"
    prefix = traced(calls, "open,openat,openat2")
    scene.write("d7/n7.py", ABC)
    scene.sync(prefix=prefix)
    assert scene.in_git("d7/n7.py") == ABC
    opened = re.findall(r'"([^"]*\.py)"', calls.read_text())
    assert set(opened) == {"d7/n7.py"}


# ---- power ----


CALLS = "fsync,fdatasync,link,linkat,rename,renameat,renameat2,mkdir,mkdirat"


class Disk:
    """What of a trace would outlive a loss of power."""

    def __init__(self, local):
        self.local = str(local)
        self.flushed = set()  # files whose content is on the disk
        self.pending = set()  # folders with an entry that may not be
        self.placed = []      # every file that was given its name, in order

    def replay(self, line):
        found = re.fullmatch(r"\d+ +(\w+)\((.*)\) += 0", line)
        if not found:
            return  # it failed, or was interrupted
        call, words = found.groups()
        paths = [os.path.join(folder, name) for folder, name in
                 re.findall(r'(?:<([^>"]*)>, )?"([^"]*)"', words)]
        if call in ("fsync", "fdatasync"):
            path = re.fullmatch(r"(\d+)<(.*)>(?:\(deleted\))?", words)
            self.flushed |= {path[2], f"/proc/self/fd/{path[1]}"}
            self.pending.discard(path[2])
        elif call.startswith("mkdir"):
            self.pending.add(os.path.dirname(paths[0].rstrip("/")))
        else:
            self.place(*paths)

    def place(self, source, target):
        assert source in self.flushed, f"'{target}' has its name before its content is on the disk"
        folder = os.path.dirname(target)
        temporary = ".nbsyncd-" in os.path.basename(target) or target.endswith(".lock")
        if not temporary and ("/refs/" in target or target.startswith(self.local)):
            waits = self.pending - {folder}
            assert not waits, f"'{target}' relies on what may not be on the disk yet: {waits}"
        self.flushed.add(target)
        self.pending.add(folder)
        self.placed.append(target)


@pytest.mark.parametrize("side", SIDES)
def test_row_091_what_others_rely_on_is_on_the_disk_before(begun, side):
    """Contents before their names, folders before what relies on them: what was seen on a side
    before that is overwritten there, objects before the references to them, and in the end
    everything."""
    calls = begun.path / "calls"
    prefix = traced(calls, CALLS)
    begun.edit(side, "load", edited("b", side))
    begun.edit(side, "new/x", edited("b", "new"))
    begun.sync(prefix=prefix)
    disk = Disk(begun.local)
    for line in calls.read_text().splitlines():
        disk.replay(line)
    assert not disk.pending
    state = f"{begun.state}/etl/hub.git/refs/nbsync"
    assert {f"{state}/agreed", f"{state}/seen/{side}", f"{state}/base/git"} <= set(disk.placed)
    if side != "local":
        assert {f"{begun.local}/load.py", f"{begun.local}/new/x.py"} <= set(disk.placed)
        assert disk.placed.index(f"{state}/seen/{side}") < \
            disk.placed.index(f"{begun.local}/load.py")
    begun.ends_as({"load": edited("b", side), "new/x": edited("b", "new")})


# ---- memory ----


def large(count, word):
    """Notebooks of 4 MB each."""
    return {f"{word}{i:02}": notebook(f"# {word}{i:02}" * 700_000) for i in range(count)}


@pytest.mark.memory
def test_row_101_memory_is_that_of_a_few_notebooks(tmp_path, emulator):
    """However many large ones are saved at once."""
    scene = Scenario(tmp_path, emulator)
    peaks = []
    for texts in [large(6, "few"), large(18, "many")]:
        for name, text in texts.items():
            scene.edit("local", name, text)
        peaks.append(peak_mib(scene))
        for name in texts:
            assert trim(scene.ws(name)) == trim(texts[name]) and scene.in_git(f"{name}.py")
    assert peaks[1] < peaks[0] + 20 and peaks[1] < most(80, 160), peaks


@pytest.mark.memory
def test_row_101_memory_is_that_of_a_few_notebooks_from_git(tmp_path, emulator):
    scene = Scenario(tmp_path, emulator, workspace=None)
    peaks = []
    for texts in [large(12, "few"), large(24, "many")]:
        scene.git_commit("all", {f"notebooks/{n}.py": t for n, t in texts.items()})
        peaks.append(peak_mib(scene))
        assert all(scene.read(f"{n}.py") == t for n, t in texts.items())
    assert peaks[1] < peaks[0] + 20 and peaks[1] < most(180, 200), peaks


@pytest.mark.memory
def test_row_101_memory_is_that_of_a_few_notebooks_from_the_workspace(tmp_path, emulator):
    scene = Scenario(tmp_path, emulator)
    peaks = []
    for texts in [large(10, "few"), large(24, "many")]:
        for name, text in texts.items():
            scene.edit("workspace", name, text)
        peaks.append(peak_mib(scene))
        assert all(trim(scene.read(f"{n}.py")) == trim(t) for n, t in texts.items())
    assert peaks[1] < peaks[0] + 20 and peaks[1] < most(100, 200), peaks


def test_row_101_the_kernel_takes_the_worker_when_memory_is_short(moment, begun):
    """It costs one cycle of that mapping: nothing is torn, the daemon goes on and says what
    happened."""
    begun.configure(poll="1s")
    killed = []

    def kill():
        killed.extend(begun.worker_pids())
        for pid in killed:
            os.kill(pid, signal.SIGKILL)

    begun.daemon()
    begun.idle()
    moment.at("workspace/import", kill)
    begun.edit("local", "load", edited("b", "local"))
    begun.edit("git", "etl/new", FINE)
    begun.arrives("load", edited("b", "local"), seconds=60)
    begun.arrives("etl/new", FINE, seconds=60)
    assert killed and "was killed by signal 9" in begun.daemon_log()
    assert not set(killed) & set(begun.worker_pids())
    begun.stop()
    begun.sync()
    begun.ends_as({"load": edited("b", "local"), "etl/new": FINE})
    begun.fsck()


# ---- upgrades and downgrades ----


def later_version(scene):
    """What a version that knows more may have left in the state, which an older one must bear."""
    cache = scene.state / "etl" / "look.cache"
    if cache.exists():
        text = cache.read_bytes()
        cache.write_bytes(text.replace(b"nbsync-cache 3 ", b"nbsync-cache 4 ") + b"news of it\n")
    (scene.state / "etl" / "later.journal").write_text("unheard of\n")
    blob = scene.git_bare("hash-object", "-w", "--stdin", stdin=b"of a later version\n",
                          cwd=scene.state / "etl" / "hub.git").strip()
    scene.hub("update-ref", "refs/nbsync/later/thing", blob)


@pytest.mark.parametrize("endpoint", ["list", "import", "delete"])
def test_row_102_one_version_goes_on_where_another_was_killed(moment, begun, endpoint):
    """In the middle of a cycle, up or down: there is no journal that only one of them can read,
    and what the other one left beside it stays."""
    begun.holds(gone=FINE, stays=FINE)
    begun.edit("local", "load", edited("b", "local"))
    begun.edit("git", "etl/new", FINE)
    begun.remove("git", "gone")
    process = []
    moment.at(endpoint, lambda: process[0].kill())
    process.append(begun.start_sync())
    assert process[0].wait(timeout=60) == -signal.SIGKILL
    process[0].communicate()
    later_version(begun)
    begun.sync()
    begun.ends_as({"load": edited("b", "local"), "stays": FINE, "etl/new": FINE})
    assert begun.hub("cat-file", "blob", "refs/nbsync/later/thing") == "of a later version\n"
    assert (begun.state / "etl" / "later.journal").read_text() == "unheard of\n"
    begun.fsck()


@pytest.fixture
def installed(begun):
    """The programs in a folder of their own, as a package installs them."""
    folder = begun.path / "bin"
    folder.mkdir()
    install(folder)
    begun.daemon_binary = folder / NBSYNCD.name
    return begun


def install(folder):
    """As packages do: each file is written beside its place and renamed over the old one."""
    for program in [NBSYNCD, NBSYNCD.parent / "nbsyncd-worker"]:
        fresh = folder / f"{program.name}.new"
        shutil.copy2(program, fresh)
        fresh.rename(folder / program.name)


def start_installed(scene):
    path = scene.daemon_binary
    command = [str(path), "--config", str(scene.config)] + \
        (["--allow-root"] if os.geteuid() == 0 else [])
    log = open(scene.path / "daemon.log", "ab")
    scene.daemon_process = subprocess.Popen(command, stderr=log, stdout=log)
    wait_for(lambda: scene.status_code() != 4, what="the daemon's socket")


def test_row_102_the_programs_are_exchanged_while_they_run(installed):
    """The daemon goes on with the new worker until it is restarted, and then the new one does."""
    start_installed(installed)
    installed.idle()
    before = wait_for(installed.worker_pids, what="a worker")
    install(installed.daemon_binary.parent)
    for pid in before:  # it would have been recycled some time
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: set(before).isdisjoint(installed.worker_pids()), what="the old worker's end")
    installed.edit("local", "load", edited("b", "exchanged"))
    installed.arrives("load", edited("b", "exchanged"))
    worker = wait_for(installed.worker_pids, what="a worker")[0]
    assert "(deleted)" not in os.readlink(f"/proc/{worker}/exe")
    assert "(deleted)" in os.readlink(f"/proc/{installed.daemon_process.pid}/exe")
    installed.stop()
    start_installed(installed)
    installed.edit("git", "load", edited("b", "restarted"))
    installed.arrives("load", edited("b", "restarted"))
    installed.stop()
    installed.ends_with(load=edited("b", "restarted"))
