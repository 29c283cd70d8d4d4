# SPDX-License-Identifier: Apache-2.0
"""The supervisor as a process: configuration, signals, a second instance, the service manager."""

import os
import re
import signal
import socket
import struct
import subprocess
import time

import pytest

from supervised import NBSYNCD, SOON, WORKER, daemon, wait_for  # noqa: F401 (daemon is a fixture)


def test_a_broken_configuration_is_refused_on_reload(daemon):
    daemon.started()
    good = daemon.config.read_text()
    daemon.config.write_text(good + "pol = 5s\nbranch = a..b\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_log("the new configuration is refused, the old one stays in force")
    assert "nbsyncd.ini:" in daemon.log() and "pol" in daemon.log() and "a..b" in daemon.log()
    assert "nbsyncd.ini:" in daemon.status()["daemon"]["reload_error"]
    reply = daemon.call("org.nbsync.Daemon.Reload")
    assert reply["error"] == "org.nbsync.Daemon.ReloadFailed"
    (daemon.root() / "a.py").write_text("x")
    daemon.wait_hint("a.py")
    daemon.config.write_text(good)
    assert daemon.call("org.nbsync.Daemon.Reload") == {"parameters": {}}
    assert daemon.status()["daemon"]["reload_error"] == ""


def test_reload_touches_only_what_changed(daemon):
    daemon.mappings = ["a", "b"]
    daemon.configure()
    daemon.started()
    pids = {n: daemon.cycles(n)[0]["pid"] for n in "ab"}
    text = daemon.config.read_text()
    head, tail = text.split("[mapping b]")
    daemon.config.write_text(f"{head}[mapping b]{tail.replace('300ms', '500ms')}")
    daemon.process.send_signal(signal.SIGHUP)
    assert daemon.wait_cycles(2, "a")[1]["pid"] == pids["a"]
    assert daemon.wait_cycles(2, "b")[1]["pid"] != pids["b"]
    entries = daemon.entries("b")
    ended = [e["at"] for e in entries if e.get("end")][0]
    assert [e["at"] for e in entries if e.get("start")][1] > ended, "two at once on one hub"
    configure = [e["request"] for e in entries if e.get("request", {}).get("do") == "configure"]
    assert "500ms" in configure[1]["config"] and "[mapping a]" not in configure[1]["config"]

    daemon.mappings = ["a"]
    daemon.configure()
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: [m["name"] for m in daemon.status()["mappings"]] == ["a"], "b is gone")


def test_sigterm_ends_everything_within_three_seconds(daemon):
    daemon.mappings = ["a", "b"]
    daemon.plan("a", hang=True)
    daemon.configure()
    daemon.start()
    daemon.wait_cycles(1, "a")
    daemon.wait_state("idle", "b")
    begin = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begin < 30
    for name in "ab":
        assert any(e.get("end") for e in daemon.entries(name)), "a worker was not waited for"
    assert not daemon.socket.exists()
    assert daemon.log().rstrip().endswith("stopped")


def test_a_deaf_worker_is_killed_after_the_grace(daemon):
    daemon.plan(hang=True, deaf=True)
    daemon.start()
    pid = daemon.wait_cycles(1)[0]["pid"]
    begin = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begin > 4.5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_second_signal_does_not_wait(daemon):
    daemon.plan(hang=True, deaf=True)
    daemon.start()
    daemon.wait_cycles(1)
    daemon.process.send_signal(signal.SIGINT)
    daemon.wait_log("stopping")
    begin = time.monotonic()
    assert daemon.stop(signal.SIGINT) == 0
    assert time.monotonic() - begin < 30


def test_a_killed_supervisor_leaves_no_worker(daemon):
    daemon.started()
    daemon.process.kill()
    daemon.process.wait()
    wait_for(lambda: any(e.get("end") for e in daemon.entries()), "the end of the worker")
    assert daemon.socket.exists()
    daemon.started()


def test_a_second_instance_is_refused(daemon):
    daemon.started()
    assert daemon.spawn().wait(timeout=SOON) == 75
    assert f"another nbsyncd uses '{daemon.path}/state'" in daemon.log()
    daemon.config.write_text(daemon.config.read_text().replace("/state\n", "/state2\n"))
    assert daemon.spawn().wait(timeout=SOON) == 75
    assert f"another nbsyncd answers on '{daemon.socket}'" in daemon.log()
    assert daemon.status()["mappings"], "the first one goes on"


def test_what_stands_where_the_socket_should_be(daemon):
    daemon.socket.parent.mkdir(mode=0o700)
    daemon.socket.write_text("mine")
    assert daemon.spawn().wait(timeout=SOON) == 78
    assert "it exists and is no socket" in daemon.log()
    assert daemon.socket.read_text() == "mine"


# ---- the service manager ----


SO_TIMESTAMPNS = 35  # Linux: each message comes with the moment at which it was sent


@pytest.fixture
def manager(daemon):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.settimeout(SOON)
        s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        s.bind(str(daemon.path / "notify"))
        yield s


def test_the_service_manager_is_told(daemon, manager):
    def heard_at():
        text, ((_, _, stamp),), _, _ = manager.recvmsg(4096, 64)
        seconds, nanoseconds = struct.unpack("ll", stamp)
        return seconds + nanoseconds / 1e9, text.decode()

    def heard():
        return heard_at()[1]

    daemon.started(env={"NOTIFY_SOCKET": str(daemon.path / "notify"), "WATCHDOG_USEC": "400000"})
    messages, pings = [], []
    while len(pings) < 5:
        when, message = heard_at()
        messages.append(message)
        if message == "WATCHDOG=1\n":
            pings.append(when)
    assert 0.7 < pings[-1] - pings[0] < 3, "pings come at half the watchdog's time"
    assert messages[0] == "READY=1\n"
    assert "STATUS=1 mapping\n" in messages
    assert len([m for m in messages if m.startswith("STATUS=")]) == 1, "not with every cycle"
    environment = daemon.entries()[0]["environment"]
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & set(environment)

    daemon.process.send_signal(signal.SIGHUP)
    while not (message := heard()).startswith("RELOADING=1\nMONOTONIC_USEC="):
        assert message == "WATCHDOG=1\n"
    while (message := heard()) != "READY=1\n":
        assert message == "WATCHDOG=1\n"
    daemon.stop()
    while heard() != "STOPPING=1\n":
        pass


def test_ready_does_not_wait_for_the_first_cycle(daemon, manager):
    daemon.plan(hang=True)
    daemon.start(env={"NOTIFY_SOCKET": str(daemon.path / "notify")})
    assert manager.recv(4096) == b"READY=1\n"


def test_a_worker_inherits_nothing_else(daemon):
    daemon.started()
    start = daemon.entries()[0]
    assert start["argv"] == ["etl"]
    assert start["files"] == [0, 1, 2]


def test_secrets_in_the_environment_do_not_reach_workers(daemon):
    daemon.started(env={"DATABRICKS_TOKEN": "dapi0", "GITHUB_TOKEN": "ghp_0"})
    environment = daemon.entries()[0]["environment"]
    assert "DATABRICKS_TOKEN" not in environment and "GITHUB_TOKEN" not in environment
    assert "DATABRICKS_TOKEN in the environment of a service is ignored" in daemon.log()


# ---- the command line ----


def run(daemon, *argv, root=True):
    command = [str(NBSYNCD), *map(str, argv)]
    if root and os.geteuid() == 0:
        command.append("--allow-root")
    return subprocess.run(command, capture_output=True, text=True, timeout=SOON,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "FAKE_WORKER_DIR": str(daemon.path)})


def test_version_and_help(daemon):
    done = run(daemon, "--version")
    assert done.returncode == 0 and re.fullmatch(r"nbsyncd \d+\.\d+\.\d+\n", done.stdout)
    done = run(daemon, "--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: nbsyncd ")


def test_usage_errors(daemon):
    done = run(daemon, "extra")
    assert done.returncode == 2 and done.stderr == "nbsyncd: 'extra' is not an option\n"
    assert run(daemon, "--frobnicate").returncode == 2


def test_check(daemon):
    done = run(daemon, "--check", "--config", daemon.config, root=False)
    assert done.returncode == 0
    assert done.stdout == f"'{daemon.config}' is valid (mappings: 1)\n"
    daemon.config.write_text(daemon.config.read_text() + "pol = 5s\nbranch = a..b\n")
    done = run(daemon, "--check", "--config", daemon.config, root=False)
    assert done.returncode == 78 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 2, "every problem is told"
    assert not (daemon.path / "state").exists(), "checking leaves no trace"


def test_a_broken_configuration_prevents_the_start(daemon):
    daemon.config.write_text("[mapping etl]\n")
    done = run(daemon, "--config", daemon.config)
    assert done.returncode == 78 and "nbsyncd.ini:1: " in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="root is refused")
def test_root_is_refused(daemon):
    done = run(daemon, "--config", daemon.config, root=False)
    assert done.returncode == 78
    assert "nbsyncd does not run as root" in done.stderr
    assert not daemon.socket.exists()


def test_worker_becomes_the_workers_program(daemon):
    done = run(daemon, "--worker", "etl", "--worker-binary", WORKER)
    assert done.returncode == 0
    assert daemon.entries()[0]["argv"] == ["etl"]
    done = run(daemon, "--worker", "etl", "--worker-binary", "/nonexistent/worker")
    assert done.returncode == 1
    assert "cannot run '/nonexistent/worker': No such file" in done.stderr


def test_a_socket_path_that_is_too_long(daemon):
    daemon.daemon_keys["log_level"] = "info"
    text = daemon.config.read_text().replace(str(daemon.socket), "/tmp/" + "x" * 120)
    daemon.config.write_text(text)
    done = run(daemon, "--config", daemon.config)
    assert done.returncode == 78 and "107 bytes" in done.stderr


def test_without_mappings_there_is_nothing_to_do(daemon):
    daemon.mappings = []
    daemon.configure()
    daemon.start()
    assert daemon.status()["mappings"] == []
    daemon.mappings = ["etl"]
    daemon.configure()
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_cycles(1)
