# SPDX-License-Identifier: Apache-2.0
"""The control socket and `nbsync status`: what clients see, and what the daemon bears from them."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from supervised import NBSYNC, SOON, daemon, receive, wait_for  # noqa: F401 (daemon is a fixture)

TROUBLE = {
    "sides": {"git": {"state": "held", "sentence": "git refused the token", "notebooks": 181},
              "local": {"state": "ok", "sentence": "", "notebooks": 183}},
    "counts": {"written": {"git": 3, "local": 1}, "deleted": {"git": 0, "local": 2},
               "commits": 1, "pushes": 1, "requests": 0},
    "held": [{"path": "etl/x\u001b[2J", "side": "local", "reason": "unparsable",
              "sentence": "line 3, column 7: no value"}],
    "held_total": 1,
    "conflicts": [{"path": "etl/y", "file": "etl/y.conflict-git-20260101T000000Z.py",
                   "sentence": "cell 2 was changed on both sides"}],
    "waiting": {"paths": 3, "sentence": "3 notebooks wait for a commit in 20 s"},
    "notes": ["no policy file: restrict = none", "the clock was set back"],
    "confirm": "3f2a91c0",
}


def nbsync_status(daemon, *argv, check=None):
    done = subprocess.run([str(NBSYNC), "status", "--socket", str(daemon.socket), *argv],
                          capture_output=True, text=True, timeout=SOON)
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


# ---- nbsync status ----


def test_a_healthy_mapping(daemon):
    daemon.started()
    lines = nbsync_status(daemon, check=0).stdout.splitlines()
    assert lines[0].split() == ["MAPPING", "STATE", "GIT", "WORKSPACE", "LOCAL", "SYNCED", "NEXT"]
    assert re.fullmatch(r"etl +idle +2 +- +2 +\d+ s ago +in (59 min|1 h)", lines[1]), lines[1]
    assert len(lines) == 2


def test_a_mapping_that_needs_attention(daemon):
    daemon.plan(result=TROUBLE)
    daemon.started()
    text = nbsync_status(daemon, check=5).stdout
    lines = text.splitlines()
    assert re.fullmatch(r"etl +idle +held +- +183 .*", lines[1]), lines[1]
    assert lines[2:] == [
        "etl: git held: git refused the token",
        "etl: held 'etl/x\\x1b[2J' (local): line 3, column 7: no value",
        "etl: conflict in 'etl/y': cell 2 was changed on both sides; the other version is "
        "'etl/y.conflict-git-20260101T000000Z.py'",
        "etl: to resolve it: nbsync resolve etl etl/y --local (what is there now) or --git (the "
        "other version)",
        "etl: waiting: 3 notebooks wait for a commit in 20 s",
        "etl: note: the clock was set back",
        "etl: to confirm it: nbsync confirm etl 3f2a91c0",
        "nbsyncd: policy: no policy file: restrict = none",
    ]
    status = json.loads(nbsync_status(daemon, "--json", check=5).stdout)
    m = status["mappings"][0]
    for member in ["sides", "counts", "held", "conflicts", "waiting", "notes", "confirm"]:
        assert m[member] == TROUBLE[member], member
    assert m["totals"] == TROUBLE["counts"]
    assert status["daemon"]["policy"] == "no policy file: restrict = none"
    assert status["daemon"]["pid"] == daemon.process.pid
    assert status["daemon"]["config_file"] == str(daemon.config)
    now = time.time() * 1000
    assert now - 60000 < m["last_cycle_ms"] <= now
    assert m["last_success_ms"] == m["last_cycle_ms"]


def test_totals_add_up_over_cycles(daemon):
    daemon.plan(result=TROUBLE)
    daemon.started()
    daemon.call("org.nbsync.Daemon.Sync")
    wait_for(lambda: daemon.mapping()["cycles"] == 2, "the second cycle")
    m = daemon.mapping()
    assert m["totals"]["written"] == {"git": 6, "local": 2}
    assert m["totals"]["commits"] == 2 and m["counts"]["commits"] == 1


@pytest.mark.parametrize("result, code", [
    ({"code": "config", "sentence": "no token"}, 5),
    ({"code": "retry", "sentence": "503"}, 0),
    ({"held_total": 7}, 5),
    ({"conflicts": [{"path": "a", "file": "b", "sentence": ""}]}, 5),
])
def test_exit_codes(daemon, result, code):
    daemon.plan(result=result)
    daemon.start()
    wait_for(lambda: daemon.mapping()["cycles"], "the first cycle")
    done = nbsync_status(daemon, check=code)
    if "sentence" in result:
        assert f"etl: {daemon.mapping()['state']}: {result['sentence']}\n" in done.stdout


def test_progress(daemon):
    daemon.plan(steps=40, step_s=0.1)
    daemon.start()
    wait_for(lambda: daemon.mapping().get("progress", {}).get("done", 0) >= 2, "progress")
    text = nbsync_status(daemon, check=0).stdout
    assert re.search(r"^etl: look: \[#+\.+\] \d+ of 40$", text, re.M), text
    assert re.search(r"^etl +running +unknown +- +unknown +never +-$", text, re.M), text


def test_watch_repaints_and_survives_a_restart(daemon):
    daemon.started()
    watching = subprocess.Popen([str(NBSYNC), "status", "--watch", "--json", "--socket",
                                 str(daemon.socket)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
    try:
        first = json.loads(watching.stdout.readline())
        second = json.loads(watching.stdout.readline())
        assert first["daemon"]["pid"] == second["daemon"]["pid"] == daemon.process.pid
        daemon.stop()
        assert "nbsyncd is not running" in watching.stderr.readline()
        daemon.started()
        third = json.loads(watching.stdout.readline())
        assert third["daemon"]["pid"] == daemon.process.pid
    finally:
        watching.kill()
        watching.communicate()


def test_no_daemon(daemon):
    done = nbsync_status(daemon, check=4)
    assert done.stderr == (
        f"nbsync: nbsyncd is not running: nothing answers on '{daemon.socket}'; start it with "
        "'systemctl --user start nbsyncd'\n")
    assert nbsync_status(daemon, "--watch", check=4).stdout == ""
    socket_of_unit = "/run/nbsyncd-nobody-here/nbsyncd.sock"
    done = nbsync_status(daemon, "--socket", socket_of_unit, check=4)
    assert "'systemctl start nbsyncd@nobody-here'" in done.stderr


def test_the_socket_of_the_configuration(daemon):
    daemon.started()
    command = [str(NBSYNC), "status", "--config", str(daemon.config)]
    assert subprocess.run(command, capture_output=True, timeout=SOON).returncode == 0
    daemon.config.write_text("[daemon\n")
    done = subprocess.run(command, capture_output=True, text=True, timeout=SOON)
    assert done.returncode == 78 and "nbsyncd.ini:1: " in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write below /run")
def test_the_socket_of_the_systems_service_for_this_user(daemon):
    """The user's configuration does not know that the system manager runs the daemon."""
    daemon.started()
    unit = Path("/run/nbsyncd-root")
    if unit.exists():
        pytest.skip(f"{unit} exists")
    daemon.config.write_text(daemon.config.read_text().replace("/run/", "/elsewhere/"))
    command = [str(NBSYNC), "status", "--config", str(daemon.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SOON)
    assert done.returncode == 4 and f"'{daemon.path}/elsewhere/nbsyncd.sock'" in done.stderr
    unit.symlink_to(daemon.socket.parent)
    try:
        assert subprocess.run(command, capture_output=True, timeout=SOON).returncode == 0
    finally:
        unit.unlink()


def test_usage(daemon):
    assert nbsync_status(daemon, "extra", check=2).stderr.startswith(
        "nbsync: status takes no argument 'extra'\nusage: ")
    assert nbsync_status(daemon, "--frobnicate", check=2).stderr
    assert nbsync_status(daemon, "--help", check=0).stdout.startswith("usage: nbsync status")


def test_a_stopped_daemon_is_not_waited_for_forever(daemon):
    daemon.started()
    daemon.process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    done = nbsync_status(daemon, check=75)
    assert time.monotonic() - begin > 4.5
    assert done.stderr == (
        f"nbsync: nbsyncd does not answer on '{daemon.socket}' within 5 s\n")
    daemon.process.send_signal(signal.SIGCONT)


# ---- the interface ----


def test_the_service_describes_itself(daemon):
    daemon.started()
    info = daemon.call("org.varlink.service.GetInfo")["parameters"]
    assert info["product"] == "nbsyncd"
    assert info["interfaces"] == ["org.varlink.service", "org.nbsync.Daemon"]
    text = daemon.call("org.varlink.service.GetInterfaceDescription",
                       interface="org.nbsync.Daemon")["parameters"]["description"]
    for method in re.findall(r"^method (\w+)\(", text, re.M):
        reply = daemon.call(f"org.nbsync.Daemon.{method}", mapping="none")
        assert reply.get("error") != "org.varlink.service.MethodNotFound", method


def test_sync_and_commit(daemon):
    daemon.mappings = ["a", "b"]
    daemon.configure()
    daemon.started()
    assert daemon.call("org.nbsync.Daemon.Sync", mapping="a") == {
        "parameters": {"cycles": {"a": 2}}}
    wait_for(lambda: daemon.mapping("a")["cycles"] == 2, "the cycle that was asked for")
    reply = daemon.call("org.nbsync.Daemon.Sync", mapping="")
    assert reply == {"parameters": {"cycles": {"a": 3, "b": 2}}}
    wait_for(lambda: daemon.mapping("a")["cycles"] == 3, "the third cycle")
    daemon.call("org.nbsync.Daemon.Commit", mapping="a", summary="Load \"orders\"")
    cycle = daemon.wait_cycles(4, "a")[3]
    assert cycle["full"] and cycle["commit"] and cycle["summary"] == "Load \"orders\""
    assert "confirm" not in cycle and "adopt" not in cycle


ADOPT = {"path": "x", "from": "side", "what": "git"}


def test_methods_refuse_what_makes_no_sense(daemon):
    daemon.started()
    for method, parameters in [("Sync", {}), ("Commit", {}), ("Confirm", {"token": "1"}),
                               ("Adopt", ADOPT)]:
        assert daemon.call(f"org.nbsync.Daemon.{method}", mapping="c", **parameters) == {
            "error": "org.nbsync.Daemon.NoSuchMapping", "parameters": {"mapping": "c"}}
    for method, wrong, parameter in [
            ("Commit", {}, "mapping"),
            ("Commit", {"mapping": "etl", "summary": ""}, "summary"),
            ("Commit", {"mapping": "etl", "summary": " \n"}, "summary"),
            ("Confirm", {"token": "1"}, "mapping"),
            ("Confirm", {"mapping": "etl"}, "token"),
            ("Confirm", {"mapping": "etl", "token": ""}, "token"),
            ("Confirm", {"mapping": "etl", "token": True}, "token"),
            ("Confirm", {"mapping": "etl", "token": "x" * 65}, "token"),
            ("Adopt", ADOPT, "mapping"),
            ("Adopt", {**ADOPT, "mapping": "etl", "path": ""}, "path"),
            ("Adopt", {**ADOPT, "mapping": "etl", "path": "../x"}, "path"),
            ("Adopt", {**ADOPT, "mapping": "etl", "path": "a/.git/x"}, "path"),
            ("Adopt", {**ADOPT, "mapping": "etl", "path": None}, "path"),
            ("Adopt", {**ADOPT, "mapping": "etl", "from": "hub"}, "from"),
            ("Adopt", {**ADOPT, "mapping": "etl", "what": "hub"}, "what"),
            ("Adopt", {**ADOPT, "mapping": "etl", "what": None}, "what"),
            ("Adopt", {**ADOPT, "mapping": "etl", "from": "revision"}, "what"),
            ("Adopt", {**ADOPT, "mapping": "etl", "from": "file", "what": "x.py"}, "what")]:
        assert daemon.call(f"org.nbsync.Daemon.{method}", **wrong) == {
            "error": "org.varlink.service.InvalidParameter",
            "parameters": {"parameter": parameter}}, (method, wrong)
    assert len(daemon.cycles()) == 1


def test_sync_of_hints_does_not_wait_for_them_to_settle(daemon):
    daemon.configure(settle="30s")
    daemon.started()
    with open(daemon.root() / "a.py", "w", encoding="utf-8") as f:
        f.write("x")
        f.flush()
        wait_for(lambda: daemon.mapping()["next_ms"] < 20000, "the hint")
        daemon.call("org.nbsync.Daemon.Sync", mapping="etl", full=False)
        assert daemon.wait_cycles(2)[1]["hints"] == ["a.py"]


def test_a_commit_survives_a_crash_but_not_a_hold(daemon):
    daemon.started()
    daemon.plan(crash=9)
    daemon.call("org.nbsync.Daemon.Commit", mapping="etl", summary="one")
    daemon.wait_cycles(2)
    daemon.plan(result={"code": "config", "sentence": "no token"})
    cycle = daemon.wait_cycles(3)[2]
    assert cycle["commit"] and cycle["summary"] == "one"
    daemon.wait_state("held")
    daemon.plan()
    daemon.call("org.nbsync.Daemon.Sync")
    assert "commit" not in daemon.wait_cycles(4)[3]


# ---- clients that misbehave ----


def connect(daemon):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(SOON)
    s.connect(str(daemon.socket))
    return s


def is_closed(s):
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True


CALL = json.dumps({"method": "org.nbsync.Daemon.Status"}).encode() + b"\0"


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n\0", b"\0", b"{}\0", b"[1]\0", b"\xff\0",
                                  b" " * (1024 * 1024 + 10)],
                         ids=["http", "empty", "no method", "array", "not utf-8", "too long"])
def test_what_is_no_call_is_disconnected(daemon, data):
    daemon.started()
    with connect(daemon) as s:
        try:
            s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert is_closed(s)
    assert daemon.status()


def test_calls_may_come_in_pieces_and_in_heaps(daemon):
    daemon.started()
    with connect(daemon) as s:
        for byte in CALL:
            s.sendall(bytes([byte]))
        assert receive(s)["parameters"]["mappings"]
        s.sendall(CALL * 5)
        data = b""
        while data.count(b"\0") < 5:
            data += s.recv(65536)
        assert len({json.loads(reply)["parameters"]["daemon"]["pid"]
                    for reply in data.split(b"\0")[:-1]}) == 1
        s.sendall(CALL.replace(b"}", b", \"oneway\": true}") + CALL)
        assert receive(s)["parameters"]["mappings"]


@pytest.mark.slow
def test_slow_clients_are_closed(daemon):
    daemon.started()
    with connect(daemon) as silent, connect(daemon) as deaf:
        begin = time.monotonic()
        silent.sendall(CALL[:-1])
        deaf.sendall(CALL * 2000)
        assert daemon.status(), "others are served meanwhile"
        assert is_closed(silent)
        assert time.monotonic() - begin > 9
        try:
            while deaf.recv(65536):
                pass
        except ConnectionResetError:  # calls that nobody will read
            pass


def test_connections_of_one_process_are_bounded(daemon):
    daemon.started()
    many = [connect(daemon) for _ in range(8)]
    try:
        begin = time.monotonic()
        many.append(connect(daemon))
        assert is_closed(many[0]), "the oldest makes room"
        assert time.monotonic() - begin < 5
        assert nbsync_status(daemon).returncode == 0
        many[1].sendall(CALL)
        assert receive(many[1])["parameters"]["mappings"]
    finally:
        for s in many:
            s.close()


def test_the_socket_is_private(daemon):
    daemon.started()
    assert daemon.socket.stat().st_mode & 0o777 == 0o600
    assert daemon.socket.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_other_users_are_refused(daemon):
    daemon.started()
    for path, mode in [(daemon.path, 0o755), (daemon.socket.parent, 0o755),
                       (daemon.socket, 0o666)]:
        path.chmod(mode)
    script = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
              "s.sendall(b'{\"method\":\"org.nbsync.Daemon.Status\"}\\0'); print(s.recv(10))")
    done = subprocess.run(["python3", "-c", script, str(daemon.socket)], user=65534, group=65534,
                          capture_output=True, text=True, timeout=SOON, cwd="/")
    assert done.stdout.strip() == "b''" or "ConnectionReset" in done.stderr or (
        "BrokenPipe" in done.stderr), done
    assert "of user 65534 was refused" in daemon.log()
