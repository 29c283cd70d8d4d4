# SPDX-License-Identifier: Apache-2.0
"""The misbehaving workspace as tests: a spread of 40 modes; $NBSYNC_HOSTILE: how many, or all."""

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


@pytest.mark.parametrize("mode", CHOSEN, ids=lambda mode: mode.name)
def test_mode(mode, record_property):
    with tempfile.TemporaryDirectory(prefix="nbsync-hostile-") as directory:
        row, failures = scenario.play(mode, directory).row()
    record_property("row", row)
    assert not failures, "\n".join([row, *failures])


def test_judge(tmp_path):
    """What must not happen is noticed when it does."""
    one = scenario.Play(tmp_path, modes.named("500")[0])
    try:
        one.set_up()
        one.converge()
        before, outside = one.sides(), one.outside()
        (one.local.parent / "other" / "keep.py").unlink()
        (one.local / "clean.sql").unlink()
        (one.local / "stats.r").write_bytes(b"torn")
        one.versions.add(b"a version that only stood here")
        one.bad.workspace.drop(f"{scenario.ROOT}/report", "client")
        one.bad.workspace.make_folders("/Users/eve", "client")
        one.judge_sides(before, outside)
        one.judge_sentence("two\nlines")
        one.judge_output(99, b"", scenario.TOKEN.encode(), "")
    finally:
        one.close()
    found = "\n".join(one.outcome.failures)
    for words in ["deleted on the local side: clean stats", "deleted on the workspace side: report",
                  "other/keep.py", "lost for ever", "changed outside the folder", "/Users/eve",
                  "control characters", "exit code 99", "the token"]:
        assert words in found, words


def test_names():
    """Each mode is a row of its own, and each exception has a reason."""
    names = [mode.name for mode in modes.MODES]
    assert len(names) == len(set(names)) and len(names) >= 120
    assert all(mode.why for mode in modes.MODES if mode.heal or mode.deletes or mode.stops)
