# SPDX-License-Identifier: Apache-2.0
"""The daemon stops or starts anew while a command talks to it. A server plays it that answers, or
ends a connection in one of the ways in which that can be seen from outside.
"""

import json
import os
import shutil
import socket
import subprocess
import threading

import pytest

from world import NBSYNC

NOT_KNOWN = "what became of it is not known: see 'nbsync log', then ask again\n"
ANEW = "nbsync: nbsyncd was started or configured anew meanwhile; " + NOT_KNOWN
STOPPED = "nbsync: nbsyncd stopped meanwhile; " + NOT_KNOWN
END, RESET, GONE = "end", "reset", "gone"  # after the call was read, before it was, for good


def status(started, cycles):
    return {"daemon": {"started_ms": started},
            "mappings": [{"name": "etl", "state": "idle", "cycles": cycles, "code": "ok",
                          "answers": [{"cycle": c, "code": "ok"} for c in range(cycles + 1)]}]}


class Played:
    """Answers one call a connection, by a list of replies; the last one is for all that follow."""

    def __init__(self, path, *replies):
        self.path, self.replies = path, list(replies)
        self.methods = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen(8)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.replies:
            connection, _ = self.socket.accept()
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            if reply == GONE:
                self.path.unlink()
                self.socket.close()
                return
            with connection:
                self.answer(connection, reply)

    def answer(self, connection, reply):
        if reply == RESET:  # what was sent and not read makes a reset of the end
            connection.recv(1)
            return
        call = b""
        while not call.endswith(b"\0"):
            part = connection.recv(65536)
            if not part:
                return
            call += part
        self.methods.append(json.loads(call[:-1])["method"].rpartition(".")[2])
        if reply != END:
            connection.sendall(json.dumps({"parameters": reply}).encode() + b"\0")


@pytest.fixture
def ask(tmp_path):
    def run(replies, *argv, prefix=()):
        daemon = Played(tmp_path / "s", *replies)
        done = subprocess.run([*prefix, str(NBSYNC), *argv, "--socket", str(tmp_path / "s")],
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr, daemon.methods
    return run


SYNC = ["sync", "--wait", "etl"]
ASKED = {"cycles": {"etl": 7}}


@pytest.mark.parametrize("end", [END, RESET])
def test_status_is_asked_for_once_more(ask, end):
    code, said, methods = ask([status(1, 6), ASKED, end, end, status(1, 7)], *SYNC)
    assert (code, said) == (0, "")
    assert methods[:2] == ["Status", "Sync"]


@pytest.mark.parametrize("end", [END, RESET])
@pytest.mark.parametrize("then, sentence", [(status(2, 9), ANEW), (GONE, STOPPED), (END, STOPPED)],
                         ids=["another", "none", "unwell"])
def test_while_a_command_waits(ask, end, then, sentence):
    code, said, _ = ask([status(1, 6), ASKED, status(1, 6), end, then], *SYNC)
    assert (code, said) == (75, sentence)


@pytest.mark.parametrize("end", [END, RESET])
def test_while_something_is_asked_for(ask, end):
    """It may have been heard: nobody asks for a change twice."""
    code, said, methods = ask([status(1, 6), end, status(2, 0)], *SYNC)
    assert (code, said) == (75, ANEW)
    assert methods.count("Sync") <= 1


@pytest.mark.parametrize("end", [END, RESET])
def test_while_the_status_is_shown(ask, end, tmp_path):
    code, said, _ = ask([end], "status")
    assert (code, said) == (
        75, f"nbsync: nbsyncd ended the connection on '{tmp_path}/s' before it answered, as when "
            "it is stopped or started anew: try again\n")


def test_before_anything_could_be_sent(ask):
    """EPIPE, which no server can time: by the hand of strace."""
    breaking = ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-o", "/dev/null",
                "-e", "trace=sendto", "-e", "inject=sendto:error=EPIPE:when=3"]
    if not shutil.which("strace") or subprocess.run([*breaking, "true"]).returncode:
        pytest.skip("strace is not here")
    code, said, methods = ask([status(1, 6), ASKED, END, status(1, 7)], *SYNC, prefix=breaking)
    assert (code, said) == (0, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_somebody_elses_daemon(ask, tmp_path):
    """One that ends every connection of ours is not stopping: it does not talk to us."""
    for folder in [tmp_path, *tmp_path.parents]:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o711)
    binary = tmp_path / "nbsync"
    shutil.copy(NBSYNC, binary)
    daemon = Played(tmp_path / "s", END)
    (tmp_path / "s").chmod(0o777)
    done = subprocess.run([binary, "status", "--socket", tmp_path / "s"], capture_output=True,
                          text=True, user=65534, group=65534, extra_groups=[], timeout=60)
    assert (done.returncode, done.stderr) == (
        78, f"nbsync: nbsyncd closed the connection on '{tmp_path}/s': only its own user and root "
            "may ask it\n")
    assert daemon.methods == ["Status"]
