# SPDX-License-Identifier: Apache-2.0
"""Everybody saves, everything fails, and every save is still somewhere in the end.

People on all sides edit, create, rename, delete, take back and tidy up for some time, all at once,
while processes are killed and places are gone or lie. Each save carries a mark of its own. In the
end every mark of a save that succeeded is in a place or in the hub, but for a few in the one window
that the workspace leaves open (soak_window.py); no notebook is gone that nobody deleted, all sides
come to rest, and the repositories are whole.

NBSYNC_SOAK_SECONDS: how long (default 20; 600 shows more); NBSYNC_SOAK_SEED: what people do (when
threads get their turn is the machine's business, so a seed brings back the mix, not the run).
"""

import os
import random
import time

import pytest

from soak_people import Colleague, Local, Operator, Workspace
from soak_story import story, summary
from soak_trouble import Trouble
from soak_window import is_excused, most_excused
from soak_world import SoakWorld, stem_of
from world import NBSYNC, wait_for

SECONDS = float(os.environ.get("NBSYNC_SOAK_SECONDS", "20"))
SEED = os.environ.get("NBSYNC_SOAK_SEED", "1")
NOTEBOOKS = 100
BULK = 60     # notebooks of one bulk edit: two seconds of imports
STORIES = 10  # that are told in full
CALM = 120    # seconds for which the daemon may work on when the people have gone home


@pytest.fixture
def soak(tmp_path, emulator):
    world = SoakWorld(tmp_path, emulator, random.Random(f"{SEED} marks"))
    world.nbsync, world.bulk, world.focus = NBSYNC, BULK, None
    yield world
    world.stop()


def begin(world):
    """Notebooks that all places agree on."""
    first = Local(world, "first", 0, SEED)
    for _ in range(NOTEBOOKS):
        first.create()
    world.sync_any()


def play(world):
    world.stop_at = time.monotonic() + SECONDS
    people = [Local(world, "local", 0.12, SEED), Workspace(world, "workspace", 0.12, SEED),
              Colleague(world, "git", 0.8, SEED), Operator(world, "operator", 1.5, SEED),
              Trouble(world, "trouble", 0.8, SEED)]
    for person in people:
        person.start()
    for person in people:
        person.join(SECONDS + 120)
        assert not person.is_alive(), f"{person.name} hangs"
    for person in people:
        assert not person.broke, f"{person.name}: {person.broke}"


def at_rest(world):
    """Whether the daemon has nothing to do, and every place answers."""
    mapping = world.mapping_status()
    return mapping["state"].lower() == "idle" and mapping["cycles"] and \
        all(side["state"] == "ok" for side in mapping["sides"].values())


def come_to_rest(world):
    """The troubles are over: the daemon ends what it has to do, and a cycle finds nothing more."""
    world.note_requests()
    try:
        wait_for(lambda: at_rest(world), seconds=CALM, what="a daemon at rest")
    finally:
        world.note_requests()
    world.stop()
    for _ in range(10):
        counts = world.result()["counts"]
        world.note_requests()
        if not any([*counts["written"].values(), *counts["deleted"].values(),
                    counts["commits"], counts["pushes"]]):
            return
    raise AssertionError("it does not come to rest")


def lost(world):
    """The saves whose marks are nowhere."""
    found = set().union(*world.places().values())
    return [save for save in world.book.saves.values()
            if save.outcome == "saved" and save.mark not in found]


def excused(world, missing):
    """Those that were written over in the one window that is known, and how many there may be."""
    saved = sum(s.who == "workspace" and s.outcome == "saved" for s in world.book.saves.values())
    return [s for s in missing if is_excused(world.requests_seen, s)], most_excused(saved)


def vanished(world):
    """Notebooks that nobody deleted or renamed and that are nowhere any more."""
    there = {stem_of(name) for name in world.local_files()} | set(world.workspace_texts())
    made = {save.stem for save in world.book.saves.values() if save.outcome == "saved"}
    return sorted(made - there - world.book.touched)


def numbers(world):
    saves = list(world.book.saves.values())
    of = {who: sum(s.who == who and s.outcome == "saved" for s in saves)
          for who in ("local", "workspace", "git")}
    kills = sum("kills" in what for _, _, what, _ in world.book.events)
    return f"{of} saved, {kills} kills, {len(world.book.events)} events"


@pytest.mark.slow
def test_every_save_is_somewhere(soak):
    print(f"NBSYNC_SOAK_SEED={SEED} NBSYNC_SOAK_SECONDS={SECONDS:g}")
    begin(soak)
    soak.start_daemon()
    play(soak)
    come_to_rest(soak)
    print(numbers(soak))
    missing = lost(soak)
    unseen, most = excused(soak, missing)
    print(f"{len(unseen)} saves in the workspace were written over unseen, {most} may be")
    for save in unseen:
        print(f"EXCUSED {summary(soak, save)}")
    missing = [save for save in missing if save not in unseen]
    for save in missing:
        print(f"LOST {summary(soak, save)}")
    for save in missing[:STORIES]:
        print(story(soak, save))
    assert not missing, f"{len(missing)} saves are nowhere"
    assert len(unseen) <= most, f"{len(unseen)} saves were written over unseen: that is no chance"
    assert not vanished(soak)
    log = "\n".join(line for _, line in soak.lines)
    assert "ERROR: " not in log and "runtime error" not in log and "Assertion" not in log
    soak.fsck()
