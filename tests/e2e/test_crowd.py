# SPDX-License-Identifier: Apache-2.0
"""The control socket when somebody hoards connections, or sends what is no call.

Hoarders are processes of our own user; whatever they do, a new `nbsync status` is answered soon.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import time

import pytest

from supervised import NBSYNC, daemon, receive, wait_for  # noqa: F401 (daemon is a fixture)

STATUS = b'{"method":"org.nbsync.Daemon.Status"}\0'
ONEWAY = b'{"method":"org.nbsync.Daemon.Status","oneway":true}\0'
BOUND = 5  # seconds; it takes milliseconds on a quiet machine

# One hoarder: connects COUNT times and never lets go. idle sends one byte, half the start of a call,
# deaf calls whose replies it does not read, again connects anew for ever.
HOARDER = """
import socket, sys, time
path, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
kept = []
def connect():
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
        s.settimeout(0.5)
        s.send({"half": b'{"method":"org.nbsync', "deaf": %r * 400}.get(kind, b"") or b"{")
    except OSError:
        pass
    kept.append(s)
for _ in range(count):
    connect()
print("there", flush=True)
while True:
    if kind == "again":
        kept.pop(0).close()
        connect()
    else:
        time.sleep(1)
""" % STATUS


@pytest.fixture
def hoard(daemon):
    processes = []

    def start(kind, count):
        processes.append(subprocess.Popen(
            [sys.executable, "-c", HOARDER, str(daemon.socket), kind, str(count)],
            stdout=subprocess.PIPE, text=True))

    def there():
        for process in processes:
            assert process.stdout.readline() == "there\n"

    start.there = there
    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def connect(daemon, seconds=BOUND):
    s = socket.socket(socket.AF_UNIX)
    s.connect(str(daemon.socket))  # without a time limit, it waits while the queue is full
    s.settimeout(seconds)
    return s


def ask_often(daemon, times=5):
    """What `nbsync status` says, several times; the longest that one took."""
    longest = 0
    for _ in range(times):
        begin = time.monotonic()
        done = subprocess.run([NBSYNC, "status", "--socket", daemon.socket], capture_output=True,
                              text=True, timeout=4 * BOUND)
        longest = max(longest, time.monotonic() - begin)
        assert done.returncode == 0, done.stderr
        assert "etl" in done.stdout
    assert longest < BOUND
    return longest


def test_a_thousand_idle_connections_of_one_process(daemon):
    daemon.started()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    kept = []
    try:
        for _ in range(1000):
            kept.append(connect(daemon))
        ask_often(daemon)
        with connect(daemon) as last:
            last.sendall(STATUS)
            assert "parameters" in receive(last), "who holds most loses the oldest, not the newest"
    finally:
        for s in kept:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_connections_of_many_processes(daemon, hoard):
    daemon.started()
    for kind in ["idle", "half", "deaf", "idle"]:
        for _ in range(5):
            hoard(kind, 50)
    hoard.there()
    ask_often(daemon)
    files = os.listdir(f"/proc/{daemon.process.pid}/fd")
    assert len(files) < 100


def test_hoarders_that_come_again_and_again(daemon, hoard):
    daemon.started()
    for _ in range(6):
        hoard("again", 20)
    hoard.there()
    ask_often(daemon)


def test_one_who_never_reads(daemon):
    daemon.started()
    with connect(daemon) as s:
        s.setblocking(False)
        try:
            while True:
                s.send(STATUS * 1000)
        except BlockingIOError:
            pass
        ask_often(daemon)


@pytest.mark.slow
def test_idle_connections_are_closed(daemon):
    daemon.started()
    with connect(daemon, 30) as idle, connect(daemon, 30) as half:
        half.sendall(STATUS[:20])
        begin = time.monotonic()
        assert idle.recv(1) == b"" and half.recv(1) == b""
        assert 5 < time.monotonic() - begin < 25


def test_pipelined_calls_are_answered_in_order(daemon):
    daemon.started()
    calls = [{"method": f"org.nbsync.Daemon.None{i}"} for i in range(2000)]
    with connect(daemon) as s:
        s.sendall(b"".join(json.dumps(c).encode() + b"\0" for c in calls))
        s.shutdown(socket.SHUT_WR)
        data = b""
        while part := s.recv(65536):
            data += part
    replies = [json.loads(text) for text in data.split(b"\0")[:-1]]
    assert [r["parameters"]["method"] for r in replies] == [c["method"] for c in calls]


def test_oneway_calls_leave_the_loop_to_others(daemon):
    daemon.started()
    with connect(daemon) as s:
        s.setblocking(False)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            try:
                s.send(ONEWAY * 500)
            except BlockingIOError:
                with connect(daemon) as other:
                    begin = time.monotonic()
                    other.sendall(STATUS)
                    receive(other)
                    assert time.monotonic() - begin < 1
        s.settimeout(60)
        s.shutdown(socket.SHUT_WR)
        assert s.recv(1) == b"", "no reply to any of them"


@pytest.mark.parametrize("sent", [
    b"\0", b"\0\0\0", b"{}\0", b"null\0", b"\xff\xfe\0", b'{"method":"\0', STATUS[:-1] + b"x\0",
    b"[" * 100000 + b"\0", b'{"method":' * 5000 + b"\0", b'{"method":"a","a":' + b"[" * 500 + b"\0",
    b"a" * (1024 * 1024 + 100), b'{"method":"' + b"a" * (1024 * 1024) + b'"}\0',
], ids=lambda sent: repr(sent[:12]) + str(len(sent)))
def test_what_is_no_call_ends_the_connection(daemon, sent):
    daemon.started()
    with connect(daemon) as s:
        try:
            s.sendall(sent)
            assert s.recv(100) == b""
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert daemon.status()["mappings"]


@pytest.mark.parametrize("more, reply", [
    ({"more": True}, True), ({"more": "yes"}, True), ({"oneway": False}, True),
    ({"more": True, "oneway": True}, False), ({"oneway": True, "parameters": 7}, False),
])
def test_flags_of_a_call(daemon, more, reply):
    daemon.started()
    with connect(daemon) as s:
        s.sendall(json.dumps({"method": "org.varlink.service.GetInfo", **more}).encode() + b"\0")
        s.sendall(b'{"method":"org.nbsync.Daemon.Last"}\0')
        first = receive_one(s)
        assert "continues" not in first
        assert (first["parameters"].get("product") == "nbsyncd") == reply


def receive_one(s):
    data = b""
    while not data.endswith(b"\0"):
        data += s.recv(1)
    return json.loads(data[:-1])


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes somebody else")
def test_a_foreign_user_is_refused_and_told_about_less_and_less(daemon):
    daemon.path.chmod(0o755)
    daemon.started()
    daemon.socket.parent.chmod(0o755)
    daemon.socket.chmod(0o666)
    script = ("import socket, sys\n"
              "for _ in range(200):\n"
              "    with socket.socket(socket.AF_UNIX) as s:\n"
              "        s.connect(sys.argv[1])\n"
              "        s.settimeout(10)\n"
              "        try:\n"
              f"            s.send({STATUS!r})\n"
              "            assert s.recv(1) == b''\n"
              "        except (BrokenPipeError, ConnectionResetError):\n"
              "            pass\n")
    subprocess.run([sys.executable, "-c", script, daemon.socket], check=True, user=65534, group=65534,
                   extra_groups=[], timeout=60, cwd="/")
    wait_for(lambda: "(refused so far: 128)" in daemon.log(), "the last line about it")
    lines = [line for line in daemon.log().splitlines() if "of user 65534 was refused" in line]
    assert len(lines) == 8, lines
    assert "(refused so far: 1)" in lines[0]
    ask_often(daemon, 1)
