# SPDX-License-Identifier: Apache-2.0
"""Section C of the scenario table, rows 76 to 80: the time of files, and clocks.

One test, or a few, for each row; the number of the row is in the name.
"""

import os
import re
import time

import pytest

from scenario_between import moment  # noqa: F401 (a fixture)
from scenario_mounts import mounts
from scenario_world import begun, edited, scene, trim  # noqa: F401 (fixtures)
from world import ABC

FUTURE = [int(time.time()) + 3600, 2**32]


def set_time(scene, seconds, name="load.py"):
    os.utime(scene.local / name, (seconds, seconds))


@pytest.mark.parametrize("when", [1, -1, None], ids=["1970", "1969", "equal"])
def test_row_076_an_edit_with_an_older_or_equal_time_is_one(begun, when):
    before = (begun.local / "load.py").stat().st_mtime
    for text in "xy":
        begun.edit("local", "load", edited("b", text))
        set_time(begun, before if when is None else when)
        begun.sync()
        begun.ends_with(load=edited("b", text))


@pytest.mark.parametrize("when", FUTURE, ids=["in an hour", "2106"])
def test_row_077_a_time_in_the_future_hides_no_later_edit(begun, when):
    """Neither one with the same time, nor one with today's, wherever it is made."""
    begun.edit("local", "load", edited("b", "future"))
    set_time(begun, when)
    begun.sync()
    begun.ends_with(load=edited("b", "future"))
    begun.write("load.py", edited("b", "follow"), atomic=False)
    set_time(begun, when)
    begun.sync()
    begun.ends_with(load=edited("b", "follow"))
    begun.edit("local", "load", edited("b", "today"))
    begun.sync()
    begun.ends_with(load=edited("b", "today"))
    set_time(begun, when)
    begun.quiet()
    begun.edit("local", "load", edited("b", "in 2038"))
    set_time(begun, 2**31)
    begun.sync()
    begun.ends_with(load=edited("b", "in 2038"))
    begun.edit("workspace", "load", edited("b", "elsewhere"))
    begun.sync()
    begun.ends_with(load=edited("b", "elsewhere"))


@pytest.mark.parametrize("when", [1, *FUTURE], ids=["1970", "in an hour", "2106"])
def test_row_077_the_newer_time_wins_no_clash(begun, when):
    begun.edit("local", "load", edited("b", "local"))
    set_time(begun, when)
    begun.edit("git", "load", edited("b", "git"))
    begun.holds_back()
    assert list(begun.copies("load").values()) == [edited("b", "local")]
    begun.ends_with(load=edited("b", "git"))


@pytest.mark.parametrize("when", FUTURE, ids=["in an hour", "2106"])
def test_row_077_a_time_in_the_future_does_not_save_from_deletion(begun, when):
    begun.holds(stays=ABC)
    set_time(begun, when)
    begun.remove("workspace", "load")
    begun.sync()
    begun.ends_with(stays=ABC)


def test_row_078_the_clock_steps_back_between_edits(begun):
    """Each edit is older than the one before it, wherever it was made."""
    for year, side in zip(range(40, 10, -10), ["local", "git", "local"]):
        text = edited("b", f"in {year}")
        begun.edit(side, "load", text)
        if side == "local":
            os.utime(begun.local / "load.py", (year * 10**7, year * 10**7))
        begun.sync()
        begun.everywhere("load", text)
    begun.quiet()
    begun.loses_nothing()


def shifted(years, told):
    """Moves the times that the workspace tells, and counts in told how often."""
    def change(body):
        if b'"modified_at"' not in body:
            return None
        told.append(1)
        return re.sub(rb'("modified_at": ?)(\d+)',
                      lambda m: m[1] + b"%d" % (int(m[2]) + years * 31_536_000_000), body)
    return change


@pytest.mark.parametrize("years", [10, -10])
def test_row_079_the_clock_of_the_workspace_differs(moment, begun, years):
    told = []
    moment.answers("/workspace/", shifted(years, told), count=10_000)
    for turn, side in enumerate(["local", "workspace", "local"]):
        begun.edit(side, "load", edited("b", f"turn {turn}"))
        begun.sync()
        begun.everywhere("load", edited("b", f"turn {turn}"))
    moment.rest()
    assert len(told) >= 3
    begun.ends_with(load=edited("b", "turn 2"))


def test_row_079_the_clock_of_the_workspace_steps_back(moment, begun):
    told = []
    moment.answers("/workspace/", shifted(-1, told), count=10_000)
    begun.edit("workspace", "load", edited("b", "in the past"))
    begun.sync()
    begun.everywhere("load", edited("b", "in the past"))
    moment.rest()
    assert told
    begun.ends_with(load=edited("b", "in the past"))


def test_row_080_an_edit_that_changes_neither_size_nor_time(begun):
    for turn in "xyz":
        before = (begun.local / "load.py").stat().st_mtime_ns
        begun.write("load.py", edited("b", turn), atomic=False)
        os.utime(begun.local / "load.py", ns=(before, before))
        begun.sync()
        begun.everywhere("load", edited("b", turn))


# Seconds are all that its inodes have room for. Line by line, so that the first failure ends it.
COARSE = """truncate -s 16M {state}/disk
mkfs.ext4 -q -I 128 {state}/disk >/dev/null
mount -o loop {state}/disk {local}
chmod 777 {local}
rmdir {local}/lost+found"""


def test_row_080_an_edit_within_the_second_in_which_the_file_was_read(scene):
    """On a file system that tells seconds, nothing but the content may show that it was edited."""
    with mounts(scene, COARSE, own_user=False):
        scene.holds(load=ABC)
        assert (scene.local / "load.py").stat().st_ctime_ns % 1_000_000_000 == 0
        for turn in "xyz":
            scene.write("load.py", edited("b", turn), atomic=False)
            scene.sync()
            scene.everywhere("load", edited("b", turn))


@pytest.mark.slow
def test_row_080_an_edit_within_the_second_in_which_the_file_was_written(scene):
    """From elsewhere, by nbsync; afterwards the next one from elsewhere is written as well."""
    with mounts(scene, COARSE, own_user=False):
        scene.holds(load=ABC)
        for turn in "vx":
            scene.edit("git", "load", edited("b", turn))
            scene.sync()
            scene.write("load.py", edited("b", chr(ord(turn) + 1)), atomic=False)
            scene.sync()
            scene.everywhere("load", edited("b", chr(ord(turn) + 1)))
        for turn in "pq":
            scene.edit("git", "load", edited("b", turn))
            scene.sync()
        scene.ends_with(load=edited("b", "q"))
