# SPDX-License-Identifier: Apache-2.0
"""How much memory a cycle needs."""

import os
import subprocess
import sys

from world import NBSYNC

SANITIZED = b"__asan_init" in NBSYNC.read_bytes()


def most(plain, sanitized):
    """The bound for this build."""
    return sanitized if SANITIZED else plain


# The most memory a process ever had is inherited by what it starts, so a small one starts ours.
LAUNCH = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""


def peak_mib(world):
    """Runs one cycle and returns the most memory that its process ever had."""
    argv = [sys.executable, "-I", "-S", "-c", LAUNCH,
            str(NBSYNC), "sync", "--once", "--config", str(world.config)]
    quarantine = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1"
    done = subprocess.run(argv, capture_output=True, text=True, check=True,
                          env={**os.environ, "ASAN_OPTIONS": quarantine})
    peak, code = done.stdout.split()[-2:]
    assert code == "0", done.stdout + done.stderr
    return int(peak) / 1024
