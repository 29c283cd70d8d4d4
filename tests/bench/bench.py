# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks of the running daemon share: a world with an emulator of its own."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from world import BUILD, World, notebook, wait_for  # noqa: E402

__all__ = ["World", "memory_kib", "notebook", "start_emulator", "wait_for"]


def start_emulator(path):
    token = "dapi" + "b" * 32
    port = path / "port"
    process = subprocess.Popen([str(BUILD / "tests" / "emulator" / "nbsync-emulator"), "--dir",
                                str(path / "workspace"), "--port", "0", "--token", token,
                                "--port-file", str(port)], stdout=subprocess.DEVNULL)
    wait_for(lambda: port.exists() and port.read_text().strip())
    return SimpleNamespace(process=process, token=token,
                           url=f"http://127.0.0.1:{port.read_text().strip()}")


def memory_kib(pid):
    """What of a process is resident: its peak, and now."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {"peak": int(lines["VmHWM"].split()[0]), "now": int(lines["VmRSS"].split()[0])}
