# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at random moments, of the real programs under load.

tests/crash dies at every step that nbsync knows of; here the moment is anywhere, inside libgit2 and
libcurl too. Each round, people edit, merge, clash, add, delete and rename on all sides; then
processes are killed; then one comes to its end. After that all sides hold what people made,
clashes have their copies, no version is lost, and a further cycle has nothing to do.

NBSYNC_KILLS: how many kills (default 25); NBSYNC_KILL_SEED: which ones.
"""

import hashlib
import os
import random
import signal
import subprocess
import time

import pytest

from world import HEADER, NBSYNC, SEPARATOR, notebook, wait_for

KILLS = int(os.environ.get("NBSYNC_KILLS", "25"))
SEED = os.environ.get("NBSYNC_KILL_SEED", "7")
SIDES = ("git", "workspace", "local")  # in order of precedence
CELLS = 4
# What happens in a round, each to another notebook; and beside a running daemon, where a second edit
# may come before or after the first has arrived.
ALONE = ["edit"] * 4 + ["merge"] * 2 + ["clash", "remove", "rename"]
BESIDE = ["edit"] * 6 + ["remove", "rename"]


def text_of(cells):
    return HEADER + SEPARATOR.join(cells) + "\n"


def trim(text):
    return text if text is None else text.rstrip("\n")


def blob(text):
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class People:
    """What they do on the sides, and what must become of it."""

    def __init__(self, world, rng):
        self.world = world
        self.rng = rng
        self.serial = 0
        self.notebooks = {}  # stem -> cells
        self.lost = []  # texts of clashes that had to yield
        self.versions = []  # every text that ever stood somewhere when a process began
        self.commit = {}  # of this round: path -> text

    def token(self):
        self.serial += 1
        return f"value_{self.serial} = {self.rng.randrange(10 ** 9)}"

    def put(self, side, stem, cells):
        text = text_of(cells)
        self.versions.append((stem, text))
        if side == "git":
            self.commit[f"notebooks/{stem}.py"] = text
        elif side == "workspace":
            self.world.ws_edit(stem, text)
        else:
            self.world.write(stem + ".py", text)

    def take(self, side, stem):
        if side == "git":
            self.commit[f"notebooks/{stem}.py"] = None
        elif side == "workspace":
            self.world.ws_delete(stem)
        else:
            (self.world.local / (stem + ".py")).unlink()

    def changed(self, stem, cell):
        cells = list(self.notebooks[stem])
        cells[cell] = self.token()
        return cells

    # ---- one notebook each ----

    def edit(self, stem):
        cells = self.changed(stem, self.rng.randrange(CELLS))
        self.put(self.rng.choice(SIDES), stem, cells)
        self.notebooks[stem] = cells

    def merge(self, stem):
        """Different cells on different sides."""
        merged = list(self.notebooks[stem])
        for side, cell in zip(self.rng.sample(SIDES, 2), self.rng.sample(range(CELLS), 2)):
            cells = self.changed(stem, cell)
            self.put(side, stem, cells)
            merged[cell] = cells[cell]
        self.notebooks[stem] = merged

    def clash(self, stem):
        """The same cell on two sides: precedence decides, the other version stays beside it."""
        first, second = sorted(self.rng.sample(SIDES, 2), key=SIDES.index)
        cell = self.rng.randrange(CELLS)
        winner, loser = self.changed(stem, cell), self.changed(stem, cell)
        self.put(first, stem, winner)
        self.put(second, stem, loser)
        self.notebooks[stem] = winner
        self.lost.append(text_of(loser))

    def remove(self, stem):
        self.take(self.rng.choice(SIDES), stem)
        del self.notebooks[stem]

    def rename(self, stem):
        folder = self.rng.choice(("", "etl/", "etl/deep/"))
        self.serial += 1
        new, side = f"{folder}r{self.serial:04}", self.rng.choice(SIDES)
        cells = self.notebooks.pop(stem)
        if side == "workspace":
            self.world.ws_rename(stem, new)
        else:
            self.put(side, new, cells)
            self.take(side, stem)
        self.notebooks[new] = cells

    def add(self):
        self.serial += 1
        stem = f"{self.rng.choice(('', 'etl/', 'new/'))}n{self.serial:04}"
        cells = [self.token() for _ in range(CELLS)]
        self.put(self.rng.choice(SIDES), stem, cells)
        self.notebooks[stem] = cells

    # ---- a round ----

    def act(self, acts):
        chosen = self.rng.sample(sorted(self.notebooks), min(len(acts), len(self.notebooks)))
        self.commit, self.lost = {}, []
        print(" ".join(f"{act} {stem}" for act, stem in zip(acts, chosen)))
        for act, stem in zip(acts, chosen):
            getattr(self, act)(stem)
        while len(self.notebooks) < 20:
            self.add()
        if self.commit:
            wait_for(self.push, what="a push that is not beaten by nbsync's")

    def push(self):
        try:
            self.world.git_commit("by a colleague", self.commit)
            return True
        except AssertionError as e:
            assert "rejected" in str(e) or "non-fast-forward" in str(e), e
            return False

    # ---- the judgement ----

    def copies(self):
        return [f for f in self.world.local_files() if ".conflict-" in f]

    def check_sides(self):
        world = self.world
        expected = {stem: trim(text_of(cells)) for stem, cells in self.notebooks.items()}
        names = {stem + ".py" for stem in expected}
        for side, found in (("local", set(world.local_files()) - set(self.copies())),
                            ("git", {name.removeprefix("notebooks/") for name in world.git_files()})):
            assert found == names, f"{side}: {found ^ names}"
        for stem, text in expected.items():
            assert trim(world.read(stem + ".py")) == text, f"{stem} on the local side"
            assert trim(world.ws(stem)) == text, f"{stem} in the workspace"
            assert trim(world.in_git(stem + ".py")) == text, f"{stem} in Git"

    def agree(self):
        try:
            self.check_sides()
            return True
        except AssertionError:
            return False

    def check_copies(self):
        """Every version that had to yield stands beside its notebook; then it is resolved."""
        lost = {trim(text) for text in self.lost}
        for name in self.copies():
            text = trim(self.world.read(name))
            assert text in lost, f"{name} is nobody's:\n{text}"
            lost.remove(text)
            (self.world.local / name).unlink()
        assert not lost, f"no copy of {lost}"

    def check_versions(self):
        """Every version that stood on a side can be read from the hub."""
        listed = self.world.hub("rev-list", "--objects", "--all").split("\n")
        ids = {line.split(" ")[0] for line in listed}
        for stem, text in self.versions:
            spellings = {blob(text), blob(trim(text))}
            assert spellings & ids, f"a version of {stem} is lost:\n{text}"


@pytest.fixture
def people(world):
    print(f"NBSYNC_KILL_SEED={SEED}")
    return People(world, random.Random(SEED))


def begin_sync(world):
    return subprocess.Popen([NBSYNC, "sync", "--once", "--json", "--config", world.config],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(process):
    error = process.communicate()[1]
    print(process.returncode, error, end="")
    assert "ERROR: " not in error, error
    assert process.returncode in (0, 5, -signal.SIGKILL), error


def killed(world, after):
    """Whether the process was still at work so many seconds after its start."""
    process = begin_sync(world)
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
    finish(process)
    return process.returncode == -signal.SIGKILL


def settle(world):
    """Foreground cycles until one has nothing to do."""
    for _ in range(8):
        result = world.sync_any()
        counts = result["counts"]
        for side in result["sides"].values():
            assert side["state"] == "ok", side["sentence"]
        if not any(counts["written"].values()) and not any(counts["deleted"].values()) \
                and not counts["commits"] and not counts["pushes"]:
            return
    raise AssertionError("it does not settle")


@pytest.mark.slow
def test_kill_9_of_a_foreground_cycle(world, people):
    """A cycle that is killed after a random part of the time that a whole one takes."""
    kills, whole = 0, 1.0
    for round_number in range(10 * KILLS):
        people.act(ALONE)
        if round_number % 4 == 0:  # nobody is killed: how long is a whole one?
            began = time.monotonic()
            finish(begin_sync(world))
            whole = time.monotonic() - began
        else:
            for _ in range(people.rng.randrange(1, 5)):
                kills += killed(world, people.rng.uniform(0, whole))
        settle(world)
        people.check_sides()
        people.check_copies()
        if kills >= KILLS:
            break
    assert kills >= KILLS
    people.check_versions()
    world.quiet()
    world.fsck()


def test_kill_9_under_the_daemon(world, people):
    """Workers and the daemon itself, while they do what they do by themselves."""
    kills, wanted = 0, max(4, KILLS // 5)
    world.daemon()
    while kills < wanted:
        people.act(BESIDE)
        for _ in range(people.rng.randrange(1, 4)):
            time.sleep(people.rng.uniform(0, 0.5))
            if people.rng.randrange(3) == 0:
                world.stop(signal.SIGKILL)
                world.daemon()
                kills += 1
                continue
            for pid in world.worker_pids():
                os.kill(pid, signal.SIGKILL)
                kills += 1
        # Six pushes a minute are all that a worker makes.
        wait_for(people.agree, seconds=120, what="the same on all sides")
    world.stop()
    settle(world)
    people.check_sides()
    people.check_versions()
    world.quiet()
    world.fsck()


def test_a_push_that_nobody_heard_of(world):
    """Killed after a push and before anything is noted of it; people go on from what was pushed."""
    first, second, third = (notebook("a = 1", f"b = {n}") for n in "123")
    for name in "edited", "deleted", "renamed", "back":
        world.write(f"{name}.py", first)
    world.sync()
    for name in "edited", "deleted", "renamed", "added":
        world.write(f"{name}.py", second)
    (world.local / "back.py").unlink()
    lock = world.remote / "refs" / "heads" / "main.lock"
    lock.touch()
    held = world.sync(code=5)
    assert "is locked by another program" in held["sides"]["git"]["sentence"]
    assert held["counts"]["commits"] == 1
    lock.unlink()
    world.hub("push", "--quiet", world.remote, "main")
    world.git_commit("by a colleague", {
        "notebooks/edited.py": third, "notebooks/deleted.py": None, "notebooks/added.py": None,
        "notebooks/renamed.py": None, "notebooks/new name.py": second, "notebooks/back.py": third})
    world.sync()
    assert world.local_files() == ["back.py", "edited.py", "new name.py"]
    for name, text in ("edited", third), ("new name", second), ("back", third):
        world.everywhere(name, text)
    for name in "deleted", "added", "renamed":
        assert world.ws(name) is None
    world.quiet()
