#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Save to import: how long until the workspace receives an import after an editor saved a file.

A mapping of --notebooks notebooks, a warm worker, --saves saves by atomic rename, --gap seconds
apart. The clock starts just before the rename and stops when the emulator has received the import
request. Prints median, 95th percentile and maximum, and the supervisor's resident memory.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from bench import World, memory_kib, notebook, start_emulator, wait_for


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=1000)
    parser.add_argument("--saves", type=int, default=50)
    parser.add_argument("--gap", type=float, default=2.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nbsync-latency-") as tmp:
        path = Path(tmp)
        emulator = start_emulator(path)
        world = World(path, emulator, poll="10s", git_poll="60s", commit_quiet="30s",
                      commit_max_wait="5min")
        body = "x = 1\n" * 400
        for i in range(args.notebooks):
            world.write(f"d{i % 50:02}/n{i:04}.py", notebook(f"print({i})", body))
        started = time.monotonic()
        world.daemon()
        wait_for(lambda: sum(r["endpoint"].endswith("/import") for r in world.requests())
                 >= args.notebooks, seconds=600)
        print(f"first sync of {args.notebooks} notebooks: {time.monotonic() - started:.1f} s")
        wait_for(lambda: world.mapping_status()["state"].lower() == "idle", seconds=60)
        latencies = []
        for i in range(args.saves):
            time.sleep(args.gap)
            seen = max(r["seq"] for r in world.requests())
            name = f"d{i % 50:02}/n{i:04}.py"
            target = world.local / name
            temp = target.with_name(".save.swp")
            temp.write_text(notebook(f"print({i})", body, f"saved = {time.monotonic_ns()}"))
            start = time.monotonic_ns()
            temp.rename(target)

            def imported():
                return [r for r in world.requests(seen) if r["endpoint"].endswith("/import")]
            hits = wait_for(imported, seconds=30)
            latencies.append((hits[0]["arrived_ns"] - start) / 1e6)
        print(json.dumps({
            "saves": len(latencies), "median_ms": round(statistics.median(latencies), 1),
            "p95_ms": round(percentile(latencies, 0.95), 1), "max_ms": round(max(latencies), 1),
            "supervisor_kib": memory_kib(world.daemon_process.pid),
            "workers_kib": [memory_kib(p) for p in world.worker_pids()],
            "cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 2)}))
        world.stop()
        emulator.process.terminate()


if __name__ == "__main__":
    main()
