# SPDX-License-Identifier: Apache-2.0
"""A formatter has changed 200 notebooks, and their imports take the seconds that the workspace's rate
allows. Meanwhile a person saves seven in the workspace that are not imported yet.
"""

import collections
import time

import pytest

from world import ROOT, notebook, wait_for

MANY, SAVES = 200, 7
NAMES = [f"etl/n{i:03}" for i in range(MANY)]
SAVED = NAMES[-5 * SAVES::5]  # their turn comes last
CLASHES = SAVED[::3]          # the person changes the very cell that the formatter changed


def mark(name):
    return f"saved = '{name} by a person'"


def text(name, first, second="b = 2"):
    return notebook(f"{first} # of {name}", second)


@pytest.fixture
def formatted(world):
    """All is agreed; then the formatter runs, and the person will save at every 20th import."""
    for name in NAMES:
        world.write(f"{name}.py", text(name, "a=1"))
        world.ws_edit(name, text(name, "a=1"))
    world.sync()
    assert world.changing_requests() == 0
    world.begun = max(r["seq"] for r in world.requests())
    for name in NAMES:
        world.write(f"{name}.py", text(name, "a = 1"))
    world.emulator.faults(*({
        "action": "user", "endpoint": "workspace/import", "skip": 20 * (i + 1), "count": 1,
        "user": {"edit": {"path": f"{ROOT}/{name}", "format": "SOURCE",
                          "content": text(name, mark(name)) if name in CLASHES
                          else text(name, "a=1", mark(name))}},
    } for i, name in enumerate(SAVED)))
    return world


def since(world, endpoint=None):
    return [r for r in world.requests(world.begun) if endpoint in (None, r["endpoint"])]


def imported(request):
    return request["path"].removeprefix(f"{ROOT}/").removesuffix(".py")


def check_moments(world):
    """Each was saved before its own import was sent, or the test says nothing."""
    imports = [imported(r) for r in since(world, "workspace/import")]
    for i, name in enumerate(SAVED):
        assert name not in imports[:20 * (i + 1) + 1]
    assert all(rule["hits"] == 1 for rule in world.emulator.look("faults")["rules"])


def live(world):
    """Everything that stands in the workspace or on the local side, conflict copies included."""
    there = [world.read(name) for name in world.local_files()]
    return "\n".join(there + [world.ws(name) or "" for name in SAVED])


def check_saves(world):
    there = live(world)
    for name in SAVED:
        assert mark(name) in there, f"the save of {name} is gone"
        logged = world.run("log", "--config", world.config, "etl", name, check=0).stdout
        assert "workspace" in logged, logged
        for where in (world.ws(name), world.read(f"{name}.py"), world.in_git(f"{name}.py")):
            assert name in CLASHES or (mark(name) in where and "a = 1 #" in where), where
    copies = [f for f in world.local_files() if ".conflict-" in f]
    assert len(copies) == len(CLASHES), copies
    for name in set(NAMES) - set(SAVED):
        assert "a = 1 #" in world.ws(name), name


def check_requests(world):
    """A write costs its last look and its reading back, no more."""
    count = collections.Counter(r["endpoint"].rpartition("/")[2] for r in since(world))
    print(count)
    writes = count["import"]
    assert MANY <= writes <= MANY + SAVES
    assert count["get-status"] <= 2 * (MANY + 2 * SAVES) + 4
    assert count["export"] <= MANY + 3 * SAVES


@pytest.mark.slow
def test_with_a_foreground_cycle(formatted):
    began = time.monotonic()
    formatted.sync_any()
    assert time.monotonic() - began > MANY / 40, "the rate is not kept: there was no meanwhile"
    check_moments(formatted)
    check_requests(formatted)
    for _ in range(3):
        formatted.sync_any()
    check_saves(formatted)
    formatted.emulator.faults(clear=True)
    formatted.quiet()


@pytest.mark.slow
def test_with_the_daemon(formatted):
    def arrived():
        return (len(since(formatted, "workspace/import")) >= MANY - SAVES
                and formatted.mapping_status()["state"] == "idle"
                and all(mark(n) in live(formatted) for n in SAVED)
                and all(mark(n) in (formatted.in_git(f"{n}.py") or "")
                        for n in SAVED if n not in CLASHES))
    formatted.daemon()
    wait_for(arrived, seconds=90, what="the formatter's and the person's work everywhere")
    formatted.stop()
    check_moments(formatted)
    check_saves(formatted)
