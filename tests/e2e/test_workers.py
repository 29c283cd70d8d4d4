# SPDX-License-Identifier: Apache-2.0
"""nbsyncd and its workers: when they are called and stopped, and what a bad one costs.

The worker only writes down what it is asked for (fake_worker.py).
"""

import os
import signal
import time

import pytest

from supervised import daemon, wait_for  # noqa: F401


# ---- time ----


def test_the_poll_is_a_full_cycle(daemon):
    daemon.configure(poll="1s")
    daemon.started()
    cycles = daemon.wait_cycles(4)
    assert all(c["full"] for c in cycles[:4])
    assert all(0.9 < b["at"] - a["at"] < 3 for a, b in zip(cycles, cycles[1:4]))
    assert len({c["pid"] for c in cycles}) == 1, "one worker lingers for all of them"


def test_a_worker_is_called_when_it_wished(daemon):
    daemon.plan(result={"next_ms": 700})
    daemon.started()
    cycles = daemon.wait_cycles(3)
    assert cycles[1]["at"] - cycles[0]["at"] > 0.65
    assert cycles[1]["full"]


def test_an_idle_worker_is_told_to_stop(daemon):
    daemon.daemon_keys["worker_idle"] = "500ms"
    daemon.configure()
    daemon.started()
    wait_for(lambda: any(e.get("end") for e in daemon.entries()), "the end of the worker")
    assert {"do": "stop"} in [e.get("request") for e in daemon.entries()]
    wait_for(lambda: daemon.mapping()["worker_pid"] == 0, "the exit of the worker")
    assert "warning" not in daemon.log()
    (daemon.root() / "a.py").write_text("x")
    first, second = daemon.wait_cycles(2)
    assert first["pid"] != second["pid"]


def test_workers_are_bounded_and_make_room_for_each_other(daemon):
    daemon.daemon_keys["workers"] = 2
    daemon.mappings = ["a", "b", "c", "d", "e"]
    for name in daemon.mappings:
        daemon.plan(name, steps=3, step_s=0.1)
    daemon.configure()
    daemon.started()
    spans = []
    for name in daemon.mappings:
        entries = daemon.entries(name)
        start = [e["at"] for e in entries if e.get("start")][0]
        end = [e["at"] for e in entries if e.get("end")] or [float("inf")]
        spans.append((start, end[0]))
    for start, _ in spans:
        assert sum(s <= start < e for s, e in spans) <= 2


def test_a_busy_mapping_does_not_keep_the_only_place(daemon):
    daemon.daemon_keys["workers"] = 1
    daemon.mappings = ["busy", "other"]
    daemon.configure()
    daemon.plan("busy", result={"next_ms": 0})
    daemon.started()
    daemon.wait_cycles(3, "busy")
    for count in [2, 3]:
        (daemon.root("other") / f"{count}.py").write_text("x")
        daemon.wait_cycles(count, "other")
        daemon.wait_cycles(len(daemon.cycles("busy")) + 2, "busy")


def test_a_mapping_without_a_local_side_only_polls(daemon):
    daemon.configure(poll="1s")
    text = daemon.config.read_text()
    head = text.replace(f"local = {daemon.root()}\n", "workspace = dev:/Shared/etl\n")
    (daemon.path / "token").write_text("dapi0")
    (daemon.path / "token").chmod(0o600)
    daemon.config.write_text(head + "\n[workspace dev]\nhost = https://dev.acme.example\n"
                             f"token_file = {daemon.path}/token\n")
    daemon.started()
    assert all(c["full"] for c in daemon.wait_cycles(3))
    assert daemon.mapping()["watching"] == {"mode": "none"}


# ---- workers that fail ----


@pytest.mark.slow
def test_a_hung_worker_is_stopped_at_the_deadline(daemon):
    daemon.daemon_keys["worker_deadline"] = "10s"
    daemon.configure()
    daemon.plan(hang=True, deaf=True)
    begun = time.monotonic()  # a worker may be slow to write down what it has heard
    daemon.start()
    first = daemon.wait_cycles(1)[0]
    daemon.plan()
    m = wait_for(lambda: (m := daemon.mapping())["crashes"] and m, "the end of the worker", 40)
    assert m["sentence"] == "the worker made no progress for 10 s and was stopped"
    signals = [e for e in daemon.entries() if e.get("signal") == signal.SIGTERM]
    assert signals[0]["at"] - begun > 10
    daemon.wait_state("idle")
    second = daemon.cycles()[1]
    assert second["pid"] != first["pid"] and second["full"]
    with pytest.raises(ProcessLookupError):
        os.kill(first["pid"], 0)


@pytest.mark.slow
def test_progress_keeps_a_slow_cycle_alive(daemon):
    daemon.daemon_keys["worker_deadline"] = "10s"
    daemon.configure()
    daemon.plan(steps=6, step_s=2)
    daemon.start()
    m = daemon.wait_state("idle", seconds=40)
    assert m["crashes"] == 0 and len(daemon.cycles()) == 1


def test_a_crash_costs_one_cycle_and_backs_off(daemon):
    daemon.plan(crash=11)
    daemon.start()
    cycles = daemon.wait_cycles(3)
    assert cycles[1]["at"] - cycles[0]["at"] > 0.95
    assert cycles[2]["at"] - cycles[1]["at"] > 1.95
    assert all(c["full"] for c in cycles)
    m = daemon.mapping()
    assert m["code"] == "bug" and "killed by signal 11" in m["sentence"]
    daemon.plan()
    daemon.wait_state("idle")
    daemon.wait_log("works again after")
    assert daemon.mapping()["sentence"] == ""


def test_a_worker_without_memory_costs_one_cycle(daemon):
    daemon.plan(exit=71)
    daemon.start()
    daemon.wait_cycles(2)
    m = daemon.mapping()
    assert m["code"] == "retry" and m["sentence"].startswith("the worker ran out of memory: ")
    daemon.plan(hang=True)
    os.kill(daemon.wait_cycles(3)[2]["pid"], 9)
    daemon.wait_log("was killed by signal 9 (Killed), as the system does when memory runs out")
    daemon.plan()
    daemon.wait_state("idle", seconds=30)
    assert daemon.mapping()["sentence"] == ""


def test_hints_wait_during_a_backoff(daemon):
    daemon.plan(result={"code": "retry", "sentence": "workspace 'dev' answered 503"})
    daemon.start()
    first = daemon.wait_cycles(1)[0]
    daemon.wait_state("backoff")
    (daemon.root() / "a.py").write_text("x")
    second = daemon.wait_cycles(2)[1]
    assert second["at"] - first["at"] > 0.95 and second["full"]
    assert "warning: mapping 'etl': workspace 'dev' answered 503" in daemon.log()


@pytest.mark.parametrize("plan", [
    {"result": {"code": "config", "sentence": "the token of workspace 'dev' was refused"}},
    {"result": {"code": "denied", "sentence": "the policy refuses https://git.acme.example"}},
    {"exit": 78}, {"exit": 3}])
def test_trouble_that_needs_a_human_is_held(daemon, plan):
    daemon.plan(**plan)
    daemon.start()
    m = daemon.wait_state("held")
    assert m["next_ms"] > 50000
    assert m["sentence"] == plan.get("result", {}).get(
        "sentence", f"the worker ended with exit code {plan.get('exit')}")
    # A hint is worth a try, but not more often than every five seconds.
    (daemon.root() / "a.py").write_text("x")
    first, second = daemon.wait_cycles(2)
    assert second["at"] - first["at"] > 4
    daemon.plan()
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_cycles(3)
    daemon.wait_state("idle")


@pytest.mark.parametrize("plan, sentence", [
    ({"say": "{\"event\": "}, "the worker sent a line that cannot be read: "),
    ({"say": "[] []"}, "the worker sent a line that cannot be read: "),
    ({"spam": 17 * 1024 * 1024}, "the worker sent a line above 16 MiB")])
def test_a_worker_that_talks_nonsense_is_stopped(daemon, plan, sentence):
    daemon.plan(**plan, hang=True)
    daemon.start()
    m = wait_for(lambda: (m := daemon.mapping())["crashes"] and m, "the end of the worker")
    assert m["sentence"].startswith(sentence)
    daemon.plan(say='{"event":"news"}')
    daemon.wait_state("idle")


def test_a_worker_that_cannot_be_started(daemon):
    daemon.start("--worker-binary", "/nonexistent/worker")
    m = daemon.wait_state("held")
    assert m["sentence"] == ("the worker cannot be started from '/nonexistent/worker': "
                             "no such file or directory")
