#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Outputs: what notebooks with large outputs in the workspace cost.

--notebooks JUPYTER notebooks with --bytes of output each (a picture that cannot be compressed) stand in
the workspace and meet an empty local folder. Foreground cycles: first contact, unchanged, one edited,
all edited (one cell of each, locally), unchanged, and with --again all edited once more. Prints, of
each, the seconds, the most memory that the process had, the requests, the megabytes of their bodies
("sent" by nbsync, "received" by it), and how large the hub is afterwards; and how many notebooks of a
sample still have their outputs in the workspace. --outputs-none says what the server makes of
outputs=NONE in an export. 10,000 notebooks with 1 MB need 30 GB of disk. NBSYNC_BUILD chooses the
build, as everywhere.
"""

import argparse
import base64
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import World, start_emulator
from memory import LAUNCH
from world import NBSYNC, ROOT

MARK = "value_of_"  # in the cell that is edited


def jupyter(number, size):
    """Two cells: one that people edit, one whose output is large. Its bytes are all its own."""
    picture = base64.b64encode(os.urandom(size * 3 // 4)).decode()
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1}
    return json.dumps({
        "cells": [{**cell, "outputs": [], "source": [f"{MARK}{number} = 1"]},
                  {**cell, "source": [f"display(figure_{number})"],
                   "outputs": [{"output_type": "display_data", "metadata": {},
                                "data": {"image/png": picture}}]}],
        "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 0})


def folder_of(number):
    return f"folder{number // 200:03}"


def seed(world, count, size):
    for i in range(count):
        world.control("edit", path=f"{ROOT}/{folder_of(i)}/n{i:05}", format="JUPYTER",
                      content_base64=base64.b64encode(jupyter(i, size).encode()).decode())


def disk_bytes(folder):
    return sum(p.lstat().st_blocks * 512 for p in folder.rglob("*"))


def local_notebooks(world):
    return sorted(p for p in world.local.rglob("n*") if p.suffix in (".py", ".ipynb"))


def edit(paths, text):
    """Saves as an editor does. The cell is found by its text, whatever the format is."""
    for path in paths:
        before = path.read_text()
        after = before.replace(MARK, text + MARK, 1)
        assert after != before, f"{path} has no cell to edit"
        temp = path.with_name(f".{path.name}.swp")
        temp.write_text(after)
        temp.rename(path)


def with_outputs(world, count, sample):
    """How many of up to sample notebooks the workspace gives with an output."""
    step = max(1, count // sample)
    chosen = range(0, count, step)
    texts = [world.ws(f"{folder_of(i)}/n{i:05}", "JUPYTER") or "" for i in chosen]
    return f"{sum('image/png' in text for text in texts)} of {len(texts)}"


def run_cycle(world, timeout):
    """One cycle: its report, its exit status, and the most memory in MiB that it had."""
    argv = [sys.executable, "-I", "-S", "-c", LAUNCH, str(NBSYNC), "sync", "--once", "--json",
            "--config", str(world.config)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=True)
    *_, report, last = done.stdout.splitlines()
    peak, code = map(int, last.split())
    assert code in (0, 5), done.stdout + done.stderr
    return json.loads(report), code, peak // 1024


def cycle(world, what, count, args):
    """One cycle, and what the emulator has seen of it."""
    since = max((r["seq"] for r in world.requests()), default=0)
    began = time.monotonic()
    report, code, peak = run_cycle(world, args.timeout)
    took = time.monotonic() - began
    seen = world.requests(since)
    names = collections.Counter(r["endpoint"].rpartition("/")[2] for r in seen)
    print(json.dumps({
        "what": what, "notebooks": count, "bytes_of_output": args.bytes, "seconds": round(took, 1),
        "peak_mib": peak, "code": code, "written": report["counts"]["written"],
        "requests": dict(sorted(names.items())), "all_requests": len(seen),
        "sent_mb": round(sum(r["received"] for r in seen) / 1e6, 1),
        "received_mb": round(sum(r["sent"] for r in seen) / 1e6, 1),
        "hub_mb": round(disk_bytes(world.state / "etl" / "hub.git") / 1e6, 1),
        "outputs_in_workspace": with_outputs(world, count, args.sample)}), flush=True)


def measure(path, args):
    emulator = start_emulator(path)
    keys = {"local_format": args.local_format, "outputs": args.outputs, "conflict": "prefer-local"}
    if not args.git:
        keys.update(git=None, branch=None, git_path=None, git_format=None)
    world = World(path, emulator, **keys)
    world.control("knobs", outputs_none=args.outputs_none)
    count = args.notebooks
    began = time.monotonic()
    seed(world, count, args.bytes)
    print(f"{count} notebooks made in {time.monotonic() - began:.1f} s", flush=True)
    try:
        cycle(world, "first contact", count, args)
        paths = local_notebooks(world)
        assert len(paths) == count, f"{len(paths)} of {count} notebooks arrived"
        cycle(world, "unchanged", count, args)
        edit(paths[:1], "one = ")
        cycle(world, "one edited", count, args)
        edit(paths, "all = ")
        cycle(world, "all edited", count, args)
        cycle(world, "unchanged again", count, args)
        if args.again:
            edit(paths, "again = ")
            cycle(world, "all edited again", count, args)
    finally:
        emulator.process.terminate()
        emulator.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=100)
    parser.add_argument("--bytes", type=int, default=100_000, help="of output in each")
    parser.add_argument("--local-format", default="ipynb", choices=["ipynb", "source", "keep"])
    parser.add_argument("--outputs", default="strip", choices=["strip", "keep"])
    parser.add_argument("--outputs-none", default="honour", choices=["honour", "ignore", "refuse"])
    parser.add_argument("--again", action="store_true", help="edit all a second time")
    parser.add_argument("--git", action="store_true", help="with a Git side, too")
    parser.add_argument("--sample", type=int, default=50, help="how many to look at for outputs")
    parser.add_argument("--timeout", type=int, default=7200, help="seconds for one cycle")
    parser.add_argument("--dir", help="where to put the world (default: the temporary directory)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nbsync-outputs-", dir=args.dir) as tmp:
        measure(Path(tmp), args)


if __name__ == "__main__":
    main()
