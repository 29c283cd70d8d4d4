#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bulk writes: what many changed notebooks cost when each request takes a round trip.

For each number of folders, --notebooks notebooks in them are uploaded by one foreground cycle, then all
are edited and updated by another; every answer of the workspace comes --round-trip ms late. Prints, of
both cycles, the seconds, the seconds from the first import to the last one's answer, and the requests
for each write. NBSYNC_BUILD chooses the build, as everywhere; the workspace's 28 imports a second are
what a fast line waits for.
"""

import argparse
import collections
import json
import tempfile
import time
from pathlib import Path

from bench import World, notebook, start_emulator


def write_all(world, count, folders, text):
    for i in range(count):
        world.write(f"folder{i % folders:02}/n{i:04}.py",
                    notebook(f"{text} = {i}", "frame = spark.table('sales.orders')\n" * 40))


def cycle(world):
    """One cycle, and what the emulator has seen of it."""
    since = max((r["seq"] for r in world.requests()), default=0)
    began = time.monotonic()
    world.sync()
    took = time.monotonic() - began
    requests = world.requests(since)
    names = collections.Counter(r["endpoint"].rpartition("/")[2] for r in requests)
    imports = [r for r in requests if r["endpoint"].endswith("/import")]
    span = max(r["replied_ns"] for r in imports) - min(r["arrived_ns"] for r in imports)
    return {"seconds": round(took, 2), "writing_s": round(span / 1e9, 2), "writes": len(imports),
            "requests": dict(names), "per_write": round(len(requests) / len(imports), 2)}


def measure(path, count, folders, delay_ms):
    emulator = start_emulator(path)
    world = World(path, emulator, git=None, branch=None, git_path=None, git_format=None)
    world.control("faults", clear=True, rules=[
        {"action": "delay", "endpoint": "workspace/", "delay_ms": delay_ms}])
    write_all(world, count, folders, "first")
    first = cycle(world)
    write_all(world, count, folders, "second")
    update = cycle(world)
    emulator.process.terminate()
    emulator.process.wait()
    for name, seen in ("upload", first), ("update", update):
        print(json.dumps({"what": name, "notebooks": count, "folders": folders,
                          "round_trip_ms": delay_ms, **seen}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=100)
    parser.add_argument("--round-trip", type=int, default=80, metavar="MS")
    parser.add_argument("folders", type=int, nargs="*", default=[1, 20])
    args = parser.parse_args()
    for folders in args.folders:
        with tempfile.TemporaryDirectory(prefix="nbsync-bulk-") as tmp:
            measure(Path(tmp), args.notebooks, folders, args.round_trip)


if __name__ == "__main__":
    main()
