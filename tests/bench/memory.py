#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much memory the daemon takes: the peaks of the supervisor and of the worker.

For each number of notebooks (3 KB each, in folders of 50) a local directory and an empty repository
are brought into agreement, which is the worst a worker has to do; then one notebook is edited. With
--workspace a workspace takes part as well, at the 28 imports a second that it allows.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from bench import World, memory_kib, notebook, start_emulator, wait_for


def fill(world, count):
    line = "frame_{i}_{n} = spark.table('sales.orders').limit({n})\n"
    for i in range(count):
        cells = ["".join(line.format(i=i, n=4 * cell + n) for n in range(4)).rstrip("\n")
                 for cell in range(12)]
        world.write(f"folder{i // 50:04}/notebook{i:06}.py", notebook(*cells), atomic=False)


def measure(path, count, with_workspace):
    emulator = start_emulator(path) if with_workspace else None
    world = World(path, emulator, poll="10s", git_poll="60s", **({} if emulator else
                                                                 {"workspace": None}))
    fill(world, count)
    began = time.monotonic()
    world.daemon()
    wait_for(lambda: len(world.git_files()) == count, seconds=60 + count, what="the first commit")
    wait_for(lambda: world.mapping_status()["state"].lower() == "idle", seconds=60 + count)
    took = time.monotonic() - began
    edited = notebook("print('edited')")
    world.write("folder0000/notebook000000.py", edited)
    wait_for(lambda: world.in_git("folder0000/notebook000000.py") == edited, seconds=60)
    supervisor = memory_kib(world.daemon_process.pid)
    print(json.dumps({"notebooks": count, "workspace": with_workspace, "first_s": round(took, 1),
                      "supervisor_kib": supervisor,
                      "workers_kib": [memory_kib(p) for p in world.worker_pids()]}), flush=True)
    world.stop()
    if emulator:
        emulator.process.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", action="store_true")
    parser.add_argument("notebooks", type=int, nargs="+")
    args = parser.parse_args()
    for count in args.notebooks:
        with tempfile.TemporaryDirectory(prefix="nbsync-memory-") as tmp:
            measure(Path(tmp), count, args.workspace)


if __name__ == "__main__":
    main()
