# SPDX-License-Identifier: Apache-2.0
"""Commands that wait for the daemon: what ends the wait, in which order what is asked is done, and
what happens meanwhile. The worker only writes down what it is asked for (fake_worker.py).
"""

import signal

from supervised import (COMMIT, OK, RESOLVE, SOON, AtTerminal, adopt, asked, begin,  # noqa: F401
                        daemon, nbsync, wait_for)


def test_the_end_of_the_right_cycle_is_waited_for(daemon):
    """Asked while a cycle runs, which is not the one that does it."""
    daemon.started()
    daemon.plan(until="go")
    daemon.call("org.nbsync.Daemon.Sync")
    daemon.wait_cycles(2)
    daemon.plan(answer=OK)
    waiting = AtTerminal(daemon, *RESOLVE)
    assert len(daemon.cycles()) == 2 and daemon.mapping()["state"] == "running"
    (daemon.path / "go").touch()
    assert waiting.ended() == (0, OK["sentence"] + "\n", "")
    assert [list(c)[2:] for c in daemon.cycles()[1:]] == [["fetch", "at", "pid"],
                                                             ["adopt", "at", "pid"]]


def test_not_waiting(daemon):
    daemon.started()
    daemon.plan(steps=10, step_s=0.1, answer=OK)
    done = nbsync(daemon, *RESOLVE, "--no-wait", check=0)
    assert done.stdout + done.stderr == ""
    assert daemon.mapping()["cycles"] == 1
    wait_for(lambda: daemon.mapping()["cycles"] == 2, "its end")
    answers = daemon.mapping()["answers"]
    assert [(a["cycle"], a["answer"]) for a in answers] == [(2, OK)]


def test_what_is_asked_queues_up_and_is_done_once_in_order(daemon):
    daemon.started()
    daemon.plan(steps=5, step_s=0.1, answer=OK)
    numbers = []
    for method, parameters in [("Adopt", {"path": "a", "from": "side", "what": "git"}),
                               ("Commit", {"summary": "one"}),
                               ("Confirm", {"token": "3f2a91c0"}),
                               ("Adopt", {"path": "b", "from": "revision", "what": "3f2a91c0"}),
                               ("Commit", {"summary": "two"}),
                               ("Sync", {})]:
        reply = daemon.call(f"org.nbsync.Daemon.{method}", mapping="etl", **parameters)
        numbers.append(reply["parameters"]["cycles"]["etl"])
    daemon.plan(answer=OK)
    # Looking is done by any cycle.
    assert numbers[:5] == [2, 3, 4, 5, 6] and numbers[5] in (2, 3)
    wait_for(lambda: daemon.mapping()["cycles"] >= 6, "the last")
    assert asked(daemon) == [
        adopt("a", "side", "git"), {"commit": True, "summary": "one"}, {"confirm": "3f2a91c0"},
        adopt("b", "revision", "3f2a91c0"), {"commit": True, "summary": "two"}]
    daemon.wait_state("idle")
    answers = {a["cycle"]: a.get("answer") for a in daemon.mapping()["answers"]}
    assert answers == {2: OK, 3: None, 4: OK, 5: OK, 6: None}


def test_too_much_at_once(daemon):
    daemon.started()
    daemon.plan(hang=True)
    daemon.call("org.nbsync.Daemon.Sync")
    daemon.wait_cycles(2)
    for _ in range(16):
        nbsync(daemon, *RESOLVE, "--no-wait", check=0)
    done = nbsync(daemon, *RESOLVE, check=75)
    assert done.stderr == ("nbsync: mapping 'etl' has 16 requests waiting: try again when some "
                           "are done\n")
    assert daemon.call("org.nbsync.Daemon.Commit", mapping="etl")["error"] == (
        "org.nbsync.Daemon.Busy")


def test_a_crash_is_answered_and_nothing_is_done_twice(daemon):
    daemon.started()
    daemon.plan(crash=15)
    done = nbsync(daemon, *RESOLVE, check=1)
    assert done.stderr == ("nbsync: the other version of 'load' may be incomplete: the worker was "
                           "killed by signal 15 (Terminated)\n")
    daemon.plan(answer=OK)
    daemon.call("org.nbsync.Daemon.Sync")
    wait_for(lambda: daemon.mapping()["state"] == "idle", "recovery")
    assert asked(daemon) == [adopt("load", "side", "git")]


def test_a_failed_commit_does_not_change_the_numbers_of_others(daemon):
    """Nor does it need another request to be made again: the cycle of the second fails, too."""
    daemon.started()
    daemon.plan(result={"code": "retry", "sentence": "503"}, until="go", answer=OK)
    first = begin(daemon, *COMMIT)
    wait_for(lambda: asked(daemon), "the first commit")
    second = AtTerminal(daemon, *RESOLVE)
    (daemon.path / "go").touch()
    _, err = first.communicate(timeout=SOON)
    assert (first.returncode, err) == (75, "nbsync: mapping 'etl': 503\n")
    assert second.ended() == (0, OK["sentence"] + "\n", "")
    daemon.plan()
    wait_for(lambda: len(asked(daemon)) >= 3, "the commit again")
    commit = {"commit": True, "summary": "Load orders"}
    assert asked(daemon)[:3] == [commit, adopt("load", "side", "git"), commit]


def test_the_daemon_stops_meanwhile(daemon):
    daemon.started()
    daemon.plan(hang=True)
    running = AtTerminal(daemon, *RESOLVE)
    wait_for(lambda: asked(daemon), "the first")
    queued = AtTerminal(daemon, "discard", "etl", "other")
    assert asked(daemon) == [adopt("load", "side", "git")]
    daemon.stop()
    for waiting in [running, queued]:
        code, _, err = waiting.ended()
        assert code == 75
        assert err == ("nbsync: nbsyncd stopped meanwhile; what became of it is not known: see "
                       "'nbsync log', then ask again\n")
    log = daemon.log()
    assert ("mapping 'etl': the other version of 'load' may be incomplete: nbsyncd is stopping"
            in log)
    assert "mapping 'etl': the other version of 'other' was dropped: nbsyncd is stopping" in log


def test_the_configuration_changes_meanwhile(daemon):
    """The mapping is begun anew; whoever waits for a cycle of the old one is told."""
    daemon.started()
    daemon.plan(hang=True)
    running = begin(daemon, *RESOLVE)
    wait_for(lambda: asked(daemon), "the first")
    queued = daemon.call("org.nbsync.Daemon.Adopt", mapping="etl", path="other",
                         **{"from": "side", "what": "git"})
    assert queued["parameters"]["cycles"] == {"etl": 3}
    daemon.configure(poll="2h")
    daemon.plan(answer=OK)
    daemon.call("org.nbsync.Daemon.Reload")
    _, err = running.communicate(timeout=SOON)
    assert running.returncode == 75
    assert err == ("nbsync: the other version of 'load' may be incomplete: the configuration of "
                   "the mapping was changed\n")
    daemon.wait_state("idle")
    answers = {a["cycle"]: a["answer"]["sentence"] for a in daemon.mapping()["answers"]}
    assert answers[3] == ("the other version of 'other' was dropped: the configuration of the "
                          "mapping was changed")
    assert nbsync(daemon, *RESOLVE, check=0).stdout == OK["sentence"] + "\n"
    assert asked(daemon) == [adopt("load", "side", "git")] * 2


def test_the_mapping_goes_meanwhile(daemon):
    daemon.mappings = ["etl", "other"]
    daemon.configure()
    daemon.started()
    daemon.plan(hang=True)
    waiting = begin(daemon, *RESOLVE)
    wait_for(lambda: asked(daemon), "the request")
    daemon.mappings = ["other"]
    daemon.configure()
    daemon.call("org.nbsync.Daemon.Reload")
    _, err = waiting.communicate(timeout=SOON)
    assert waiting.returncode == 75 and "configured anew meanwhile" in err
    daemon.mappings = ["etl", "other"]


def test_another_daemon_answers(daemon):
    """The one that was asked was killed, and its successor knows nothing of it."""
    daemon.started()
    daemon.plan(hang=True)
    waiting = begin(daemon, *RESOLVE)
    wait_for(lambda: asked(daemon), "the request")
    waiting.send_signal(signal.SIGSTOP)
    daemon.stop(signal.SIGKILL)
    daemon.plan()
    daemon.started()
    waiting.send_signal(signal.SIGCONT)
    _, err = waiting.communicate(timeout=SOON)
    assert waiting.returncode == 75 and "nbsyncd was started or configured anew meanwhile" in err
