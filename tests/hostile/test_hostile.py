# SPDX-License-Identifier: Apache-2.0
"""The misbehaving workspace as tests: a spread of 40 modes; $NBSYNC_HOSTILE: how many, or all."""

import concurrent.futures
import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import modes  # noqa: E402
import scenario  # noqa: E402

WANTED = os.environ.get("NBSYNC_HOSTILE", "40")
CHOSEN = modes.MODES if WANTED == "all" else modes.spread(int(WANTED))


def play(number):
    with tempfile.TemporaryDirectory(prefix="nbsync-hostile-") as directory:
        return scenario.play(CHOSEN[number], directory).row()


@pytest.fixture(scope="module")
def played():
    """All of them, two at a time; {name: its row and what is wrong, some day}."""
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        yield {mode.name: pool.submit(play, i) for i, mode in enumerate(CHOSEN)}


@pytest.mark.parametrize("name", [mode.name for mode in CHOSEN])
def test_mode(played, name, record_property):
    row, failures = played[name].result()
    record_property("hostile", row)
    assert not failures, "\n".join([row, *failures])


def test_names():
    """Each mode is a row of its own."""
    names = [mode.name for mode in modes.MODES]
    assert len(names) == len(set(names)) and len(names) >= 120
    assert all(mode.why for mode in modes.MODES if mode.heal or mode.deletes or mode.stops)
