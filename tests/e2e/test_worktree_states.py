# SPDX-License-Identifier: Apache-2.0
"""The local directory is a Git working tree in which something is under way: nothing travels to or from
it, and nothing is lost when it has ended."""

import time

import pytest

from clone_world import make_rival
from world import ABC


# ---- while something is under way ----

def begin_merge(world):
    make_rival(world)
    world.work("merge", "rival", code=1)


def end_merge(world):
    settle_conflict(world)
    world.work("commit", "-qm", "merged")


def begin_rebase(world):
    make_rival(world)
    world.work("rebase", "rival", code=1)


def end_rebase(world):
    settle_conflict(world)
    world.work("rebase", "--continue")


def begin_rebase_apply(world):
    make_rival(world)
    world.work("rebase", "--apply", "rival", code=1)


def begin_am(world):
    make_rival(world)
    patch = world.path / "x.patch"
    patch.write_text(world.work("format-patch", "-1", "--stdout", "rival"))
    world.work("am", str(patch), code=128)


def end_am(world):
    world.work("am", "--abort")


def begin_pick(world):
    make_rival(world)
    world.work("cherry-pick", "rival", code=1)


def end_pick(world):
    settle_conflict(world)
    world.work("cherry-pick", "--continue")


def begin_revert(world):
    world.write("load.py", ABC.replace("'a'", "'first'"))
    world.work("commit", "-qam", "first")
    world.write("load.py", ABC.replace("'a'", "'second'"))
    world.work("commit", "-qam", "second")
    world.work("revert", "--no-edit", "HEAD~1", code=1)


def end_revert(world):
    settle_conflict(world)
    world.work("revert", "--continue")


def begin_bisect(world):
    make_rival(world)
    world.write("load.py", ABC.replace("'c'", "'third'"))
    world.work("commit", "-qam", "third")
    world.work("bisect", "start", "HEAD", "HEAD~2")


def end_bisect(world):
    world.work("bisect", "reset", "main")


def begin_detached(world):
    make_rival(world)
    world.work("checkout", "-q", "--detach", "rival")


def begin_branch(world):
    make_rival(world)
    world.work("checkout", "-q", "rival")


def end_branch(world):
    world.work("checkout", "-q", "main")


def begin_lock(world):
    (world.top / ".git" / "index.lock").touch()


def end_lock(world):
    (world.top / ".git" / "index.lock").unlink()


def begin_stash_conflict(world):
    world.write("load.py", ABC.replace("'a'", "'stashed'"))
    world.work("stash", "-q")
    world.write("load.py", ABC.replace("'a'", "'later'"))
    world.work("commit", "-qam", "later")
    world.work("stash", "pop", "-q", code=1)


def end_stash_conflict(world):
    settle_conflict(world)
    world.work("reset", "-q")
    world.work("stash", "drop", "-q")


def settle_conflict(world):
    world.write("load.py", ABC.replace("'a'", "'both'"))
    world.work("add", "-A")


STATES = {
    "merge": (begin_merge, "a merge is under way", end_merge),
    "rebase": (begin_rebase, "a rebase is under way", end_rebase),
    "rebase --apply": (begin_rebase_apply, "a rebase is under way", end_rebase),
    "am": (begin_am, "patches are being applied", end_am),
    "cherry-pick": (begin_pick, "a cherry-pick is under way", end_pick),
    "revert": (begin_revert, "a revert is under way", end_revert),
    "bisect": (begin_bisect, "a bisect is under way", end_bisect),
    "detached": (begin_detached, "no branch is checked out", end_branch),
    "other branch": (begin_branch, "'rival' is checked out there, and not branch 'main'",
                     end_branch),
    "index.lock": (begin_lock, "a command of Git is at work", end_lock),
    "conflicts": (begin_stash_conflict, "files with conflicts wait", end_stash_conflict),
}


@pytest.mark.parametrize("state", STATES)
def test_nothing_travels_while_something_is_under_way(clone, state):
    begin, reason, end = STATES[state]
    begin(clone)
    before = {name: clone.read(name) for name in clone.local_files()}
    index = (clone.top / ".git" / "index").read_bytes()
    workspace = clone.ws("load")
    result = clone.sync(code=5)
    assert reason in clone.local_held(result), clone.local_held(result)
    assert str(clone.top) in clone.local_held(result)
    assert {name: clone.read(name) for name in clone.local_files()} == before
    assert (clone.top / ".git" / "index").read_bytes() == index
    # The other sides go on.
    clone.ws_edit("browser", ABC)
    clone.sync(code=5)
    assert clone.ws("load") == workspace and clone.ws("r1") is None
    end(clone)
    (clone.top / "README.md").write_text("mine\n")
    clone.work("commit", "-qam", "more of mine")
    for _ in range(3):
        clone.sync_any()
        if clone.work("pull", "-q", "--no-rebase", code=None).returncode == 0:
            clone.work("push", "-q")
    clone.sync()
    for name in clone.local_files():
        clone.everywhere(name.removesuffix(".py"), clone.read(name))
    assert "browser.py" in clone.local_files()
    clone.is_clean()
    clone.fsck()


def test_a_checkout_that_begins_during_a_look(clone):
    """A checkout of many files while the daemon looks: they never count as edits of the branch."""
    make_rival(clone)
    clone.work("push", "-q")
    clone.sync()
    clone.daemon()
    before = clone.subjects()
    for i in range(40):
        clone.work("checkout", "-q", "rival" if i % 2 == 0 else "main")
        time.sleep(0.03 * (i % 7))
    clone.run("sync", "--wait", "--config", clone.config, check=0)
    clone.stop()
    assert clone.subjects() == before
    assert clone.ws("r1") is None
    clone.is_clean()
