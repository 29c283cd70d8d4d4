# SPDX-License-Identifier: Apache-2.0
"""The daemon and a person's Git work in one clone at the same time, for many rounds.

The person edits, commits everything, pulls with merge and with rebase, switches branches and has an
editor that asks for the status all the time; with NBSYNC_WORKTREE_STASH it stashes, too. A colleague pushes, and somebody edits in the
workspace. NBSYNC_WORKTREE_ROUNDS says for how many rounds.
"""

import os
import random
import re
import subprocess
import threading
import time

import pytest

from clone_world import ENVIRONMENT, CloneWorld
from world import notebook, wait_for

ROUNDS = int(os.environ.get("NBSYNC_WORKTREE_ROUNDS", "15"))
# Whoever stashes in a clone that is behind takes away what nbsync brought, and has the older version
# back for a moment, which counts as an edit: a colleague's next push clashes with it. So not by default.
STASH = ["stash"] if os.environ.get("NBSYNC_WORKTREE_STASH") else []
SEED = int(os.environ.get("NBSYNC_WORKTREE_SEED", "0")) or random.randrange(1, 1 << 30)
# What Git says when nbsync, or the editor, works in the same second: people run it again.
AGAIN = re.compile(r"index\.lock'?: File exists|cannot lock ref|is at .* but expected|/\.nbsyncd-")


class Person:
    """Works in the clone. Nothing that a command of Git refuses is forced."""

    def __init__(self, world, chance):
        self.world = world
        self.chance = chance
        self.mine = {}        # notebook -> text as saved last
        self.subjects = []    # of commits
        self.again = 0        # commands that had to be run again
        self.conflicts = 0

    def git(self, *argv):
        for _ in range(50):
            done = self.world.work(*argv, code=None)
            if done.returncode == 0 or not AGAIN.search(done.stderr):
                return done
            self.again += 1
            time.sleep(0.05)
        raise AssertionError((argv, done.stderr))

    def must(self, *argv):
        done = self.git(*argv)
        assert done.returncode == 0, (argv, done.stdout, done.stderr)
        return done.stdout

    def save(self, count, label):
        """Many files at once, as "save all" does."""
        for name in self.chance.sample(range(10), count):
            text = notebook(f"print('n{name}')", f"print('{label}')", "print('end')")
            self.world.write(f"n{name}.py", text)
            self.mine[f"n{name}"] = text

    def commit(self, label):
        self.save(self.chance.randint(1, 6), label)
        (self.world.top / "lib" / f"{label}.txt").write_text(label + "\n")
        self.must("add", "--", f"lib/{label}.txt")
        self.must("add", "--", "notebooks")
        done = self.git("commit", "-qam", label)
        assert done.returncode == 0, (done.stdout, done.stderr)
        self.subjects.append(label)

    def settle_conflicts(self):
        """In the person's own notebooks what was saved last is right, in others what was pushed."""
        for path in self.must("diff", "--name-only", "--diff-filter=U").split():
            self.conflicts += 1
            name = path.removeprefix("notebooks/").removesuffix(".py")
            if name in self.mine:
                (self.world.top / path).write_text(self.mine[name])
            elif self.world.git("ls-tree", "main", "--", path):
                (self.world.top / path).write_text(self.world.git("show", f"main:{path}"))
            self.must("add", "--", path)

    def finish(self):
        folder = self.world.top / ".git"
        for _ in range(50):
            if (folder / "rebase-merge").exists():
                self.settle_conflicts()
                done = self.git("rebase", "--continue")
                if "No changes - did you forget" in done.stdout + done.stderr:
                    self.git("rebase", "--skip") # one that only took along what was lying about
            elif (folder / "MERGE_HEAD").exists():
                self.settle_conflicts()
                self.must("commit", "-q", "--no-edit")
            else:
                return
        raise AssertionError(self.must("status"))

    def pull(self):
        how = self.chance.choice(["--rebase", "--no-rebase"])
        for _ in range(20):
            done = self.git("pull", "-q", how)
            if done.returncode == 0:
                return
            self.finish()
            if re.search("unstaged changes|uncommitted changes|would be overwritten|"
                         "untracked working tree", done.stderr):
                self.must("add", "--", "notebooks")
                self.git("commit", "-qam", "what was lying about")
        raise AssertionError((how, done.stdout, done.stderr, self.must("status")))

    def push(self):
        for _ in range(20):
            self.pull()
            if self.git("push", "-q").returncode == 0:
                return
        raise AssertionError("the remote moves all the time")

    def branch(self, label):
        if self.git("checkout", "-q", "-b", label).returncode:
            return
        self.commit(label)
        time.sleep(self.chance.choice([0, 0.5]))
        while self.git("checkout", "-q", "main").returncode:
            self.must("add", "--", "notebooks")
            self.must("commit", "-qam", "what was lying about")
        if self.git("merge", "-q", "--no-edit", label).returncode:
            self.finish()
        while self.git("merge-base", "--is-ancestor", label, "main").returncode:
            self.must("add", "--", "notebooks")
            self.git("commit", "-qam", "what was lying about")
            self.git("merge", "-q", "--no-edit", label)
            self.finish()

    def stash(self, label):
        self.save(3, label)
        before = len(self.must("stash", "list").splitlines())
        self.git("stash", "push", "-q")
        if len(self.must("stash", "list").splitlines()) == before:
            return
        time.sleep(self.chance.choice([0, 0.3]))
        while self.git("stash", "pop", "-q").returncode:
            if self.must("diff", "--name-only", "--diff-filter=U"):
                self.settle_conflicts()
                self.must("stash", "drop", "-q")
                break
            self.must("add", "--", "notebooks")
            self.git("commit", "-qam", "what was lying about")
        for name, text in self.mine.items():
            self.world.write(f"{name}.py", text)

    def round(self, label):
        what = self.chance.choice(["commit", "commit", "push", "push", "branch", "save", *STASH])
        if what == "commit":
            self.commit(label)
        elif what == "push":
            self.commit(label)
            self.push()
        elif what == "branch":
            self.branch(label)
        elif what == "stash":
            self.stash(label)
        else:
            self.save(6, label)


def ask_for_the_status(world, stop):
    """As the Git panel of an editor does."""
    while not stop.is_set():
        subprocess.run(["git", "status", "--porcelain"], cwd=world.top, capture_output=True,
                       env={**os.environ, **ENVIRONMENT})
        stop.wait(0.4)


def others(world, chance, label, theirs):
    name = f"{chance.choice('wc')}{chance.randrange(4)}"
    text = notebook(f"print('{name}')", f"print('{label}')")
    if name[0] == "w":
        world.ws_edit(name, text)
    else:
        for _ in range(20):
            try:
                world.git_commit(f"colleague {label}", {f"notebooks/{name}.py": text,
                                                        f"lib/colleague-{label}.txt": label})
                break
            except AssertionError: # somebody pushed meanwhile
                time.sleep(0.05)
    theirs[name] = text


@pytest.mark.slow
def test_the_daemon_and_a_person_work_in_one_clone(tmp_path, emulator):
    print(f"NBSYNC_WORKTREE_SEED={SEED} NBSYNC_WORKTREE_ROUNDS={ROUNDS}")
    chance = random.Random(SEED)
    world = CloneWorld(tmp_path, emulator, commit_quiet="300ms")
    world.sync()
    (world.top / "lib" / "x.py").write_text("x = 'stashed'\n")
    world.work("stash", "-q", "-m", "for later")
    stashed = world.head("stash@{0}")
    person, theirs, stop = Person(world, chance), {}, threading.Event()
    editor = threading.Thread(target=ask_for_the_status, args=(world, stop))
    world.daemon()
    editor.start()
    try:
        for i in range(ROUNDS):
            person.round(f"round-{i}")
            if chance.random() < 0.6:
                others(world, chance, f"round-{i}", theirs)
            time.sleep(chance.choice([0, 0.1, 0.8]))
        wait_for(lambda: quiet(world, person), seconds=60, what="rest")
    finally:
        stop.set()
        editor.join()
        world.stop()
    print(f"{person.again} commands were run again, {person.conflicts} conflicts")
    judge(world, person, theirs, stashed)


def quiet(world, person):
    """The person pushes what there is, and looks whether nothing more comes."""
    person.must("add", "--", "notebooks")
    person.git("commit", "-qam", "the rest")
    person.push()
    for _ in range(2):
        time.sleep(2)
        done = world.run("sync", "--wait", "--config", world.config)
        if done.returncode or world.porcelain() or world.head() != world.tip():
            return False
    return True


def judge(world, person, theirs, stashed):
    for name, text in (person.mine | theirs).items():
        world.everywhere(name, text)
    subjects = world.subjects()
    assert [s for s in person.subjects if s not in subjects] == []
    for label in person.subjects:
        assert world.in_git(f"{label}.txt", folder="lib") == label + "\n"
    assert world.work("stash", "list").count("\n") == 1 and world.head("stash@{0}") == stashed
    assert not [n for n in world.local_files() if ".conflict-" in n]
    world.is_clean()
    world.fsck()
