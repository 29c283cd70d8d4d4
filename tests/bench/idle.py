#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an idle supervisor costs: resident memory, and system calls per second under strace.

A mapping of --notebooks notebooks, polled every 10 s (the default); after it has come to rest the
supervisor is traced for --seconds. Every system call is a wake-up for a poll, a worker's answer or
the watchdog; there must be no others.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from bench import World, memory_kib, notebook, start_emulator, wait_for


def count_calls(pid, seconds):
    """System calls by name while the process was watched."""
    out = subprocess.run(["timeout", "-s", "INT", str(seconds), "strace", "-f", "-c", "-p", str(pid)],
                         capture_output=True, text=True).stderr
    calls = {}
    for line in out.splitlines():
        words = line.split()
        if len(words) >= 5 and words[3].isdigit():
            calls[words[-1]] = int(words[3])
    calls.pop("total", None)
    return calls


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=183)
    parser.add_argument("--seconds", type=int, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nbsync-idle-") as tmp:
        path = Path(tmp)
        emulator = start_emulator(path)
        world = World(path, emulator, poll="10s", git_poll="60s", commit_quiet="1s")
        for i in range(args.notebooks):
            world.write(f"d{i % 20:02}/n{i:04}.py", notebook(f"print({i})", "x = 1\n" * 400))
        world.daemon()
        wait_for(lambda: len(world.git_files()) == args.notebooks, seconds=600)
        wait_for(lambda: world.mapping_status()["state"].lower() == "idle", seconds=60)
        pid = world.daemon_process.pid
        calls = count_calls(pid, args.seconds)
        print(json.dumps({"notebooks": args.notebooks, "supervisor_kib": memory_kib(pid),
                          "workers_kib": [memory_kib(p) for p in world.worker_pids()],
                          "seconds": args.seconds, "calls": calls,
                          "calls_per_second": round(sum(calls.values()) / args.seconds, 2)}))
        world.stop()
        emulator.process.terminate()


if __name__ == "__main__":
    main()
