# SPDX-License-Identifier: Apache-2.0
"""The subcommands that ask the daemon for something: what reaches the worker, how the end is waited
for, what is said about it, and that nothing that was asked is lost or done twice.

The worker is the fake one; test_commands.py has the real one do all of it.
"""

import json
import os
import signal
import subprocess
import time

import pytest

from supervised import NBSYNC, SOON, daemon, wait_for  # noqa: F401 (daemon is a fixture)

OK = {"code": "ok", "sentence": "'load' has the version of git everywhere"}
RESOLVE = ["resolve", "etl", "load", "--git"]
COMMIT = ["commit", "etl", "-m", "Load orders"]


def nbsync(daemon, *argv, check=None, cwd=None):
    done = subprocess.run([str(NBSYNC), *argv, "--config", str(daemon.config)], text=True,
                          capture_output=True, timeout=2 * SOON, cwd=cwd)
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


def begin(daemon, *argv):
    return subprocess.Popen([str(NBSYNC), *argv, "--config", str(daemon.config)], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def asked(daemon):
    """What the cycles were asked for beside looking."""
    found = [{k: c[k] for k in ("commit", "summary", "confirm", "adopt") if k in c}
             for c in daemon.cycles()]
    return [one for one in found if one]


def adopt(path, source, what):
    return {"adopt": {"path": path, "from": source, "what": what}}


# ---- resolve, restore, discard ----


@pytest.mark.parametrize("argv, wanted", [
    (["resolve", "etl", "a/load", "--local"], adopt("a/load", "side", "local")),
    (["resolve", "a/load.py", "--workspace"], adopt("a/load.py", "side", "workspace")),
    (["resolve", "--git", "load.conflict-git-20260131T120000Z.py"], adopt("load", "side", "git")),
    (["restore", "etl", "a", "--to", "3f2a91c04d"], adopt("a", "revision", "3f2a91c04d")),
    (["discard", "load"], adopt("load", "side", "git")),
], ids=lambda x: x[0] if isinstance(x, list) else "")
def test_a_version_is_asked_for(daemon, argv, wanted):
    daemon.plan(answer=OK)
    daemon.started()
    done = nbsync(daemon, *argv, check=0)
    assert done.stdout == OK["sentence"] + "\n" and done.stderr == ""
    assert asked(daemon) == [wanted]
    assert daemon.cycles()[1]["full"] is True


def test_paths_as_users_have_them(daemon):
    daemon.plan(answer=OK)
    daemon.started()
    (daemon.root() / "sub").mkdir()
    for cwd, path, stem in [(daemon.root() / "sub", "load.py", "sub/load.py"),
                            (daemon.root() / "sub", "../load.py", "load.py"),
                            (daemon.root() / "sub", ".", "sub"),
                            (daemon.path, f"{daemon.root()}/x/y.ipynb", "x/y.ipynb"),
                            (daemon.path, "x/y", "x/y")]:
        nbsync(daemon, "discard", path, cwd=cwd, check=0)
        assert asked(daemon)[-1] == adopt(stem, "side", "git"), path


def test_a_file_of_the_users(daemon):
    daemon.plan(answer=OK)
    daemon.started()
    merged = daemon.path / "merged.py"
    merged.write_text("# Databricks notebook source\n1\n")
    nbsync(daemon, "resolve", "load", "--file", "merged.py", cwd=daemon.path, check=0)
    assert asked(daemon) == [adopt("load", "file", str(merged.resolve()))]
    done = nbsync(daemon, "resolve", "load", "--file", "gone.py", check=1)
    assert done.stderr == "nbsync: cannot read 'gone.py': No such file or directory\n"


@pytest.mark.parametrize("code, exit_code", [
    ("absent", 1), ("invalid", 1), ("conflict", 1), ("retry", 75), ("config", 78), ("denied", 3),
    ("bug", 1), ("cancelled", 75)])
def test_an_answer_that_is_no(daemon, code, exit_code):
    daemon.plan(answer={"code": code, "sentence": "there is no notebook 'load'"})
    daemon.started()
    done = nbsync(daemon, *RESOLVE, check=exit_code)
    assert done.stdout == "" and done.stderr == "nbsync: there is no notebook 'load'\n"


def test_a_cycle_that_fails_before_it_can_answer(daemon):
    daemon.started()
    daemon.plan(result={"code": "config", "sentence": "the token is refused"})
    done = nbsync(daemon, *RESOLVE, check=78)
    assert done.stderr == ("nbsync: the other version of 'load' was dropped: the token is "
                           "refused\n")


# ---- commit ----


@pytest.mark.parametrize("counts, git, code, said", [
    ({"commits": 1, "pushes": 1}, "ok", 0, "etl: committed and pushed to branch 'main'\n"),
    ({"commits": 1, "pushes": 0}, "ok", 0, "etl: committed to branch 'main'\n"),
    ({"commits": 0, "pushes": 1}, "ok", 0, "etl: pushed branch 'main'\n"),
    ({"commits": 0, "pushes": 0}, "ok", 0,
     "etl: nothing to commit: branch 'main' has all that is agreed\n"),
    ({"commits": 1, "pushes": 0}, "held", 5,
     "nbsync: mapping 'etl': committed, but not pushed: no network\n"),
    ({"commits": 0, "pushes": 0}, "held", 5,
     "nbsync: mapping 'etl': nothing was committed: no network\n"),
])
def test_commit(daemon, counts, git, code, said):
    daemon.plan(result={"counts": {"written": {}, "deleted": {}, "requests": 0, **counts},
                        "sides": {"git": {"state": git, "notebooks": 2,
                                          "sentence": "no network" if git == "held" else ""}}})
    daemon.started()
    done = nbsync(daemon, "commit", "-m", "Load orders", check=code)
    assert done.stdout + done.stderr == said
    assert asked(daemon) == [{"commit": True, "summary": "Load orders"}]


def test_nothing_to_commit_while_something_is_held(daemon):
    daemon.plan(result={"held_total": 1})
    daemon.started()
    done = nbsync(daemon, *COMMIT, check=0)
    assert done.stdout == ("etl: nothing to commit: branch 'main' has all that is agreed; see "
                           "'nbsync status' for what is not\n")


def test_a_commit_whose_cycle_fails(daemon):
    daemon.started()
    daemon.plan(result={"code": "retry", "sentence": "503"})
    done = nbsync(daemon, *COMMIT, check=75)
    assert done.stderr == "nbsync: mapping 'etl': 503\n"


def test_a_mapping_without_git(daemon):
    text = daemon.config.read_text().replace("git = https://git.acme.example/etl.git",
                                             "workspace = dev:/Shared/etl")
    (daemon.path / "token").touch(mode=0o600)
    daemon.config.write_text(text + "\n[workspace dev]\nhost = https://dev.acme.example\n"
                             f"token_file = {daemon.path}/token\n")
    daemon.started()
    done = nbsync(daemon, *COMMIT, check=78)
    assert done.stderr == ("nbsync: mapping 'etl' has no Git side: set 'git' in its section\n")
    assert asked(daemon) == []


# ---- confirm ----

WAITS = {"confirm": "3f2a91c0", "held_total": 22,
         "held": [{"path": f"n{i:02}", "side": "local", "reason": "deletions", "sentence": "one"}
                  for i in range(22)],
         "sides": {"git": {"state": "ok", "sentence": "", "notebooks": 40},
                   "local": {"state": "held", "sentence": "another disk", "notebooks": 18}}}
DONE = {"code": "ok", "sentence": "plan 3f2a91c0 is carried out"}


@pytest.mark.parametrize("argv", [[], ["etl"], ["3f2a91c0"], ["etl", "3f2a91c0"]],
                         ids=lambda argv: " ".join(argv) or "nothing")
def test_confirm_says_what_it_confirms(daemon, argv):
    daemon.plan(result=WAITS, answer=DONE)
    daemon.started()
    lines = nbsync(daemon, "confirm", *argv, check=0).stdout.splitlines()
    assert lines[:3] == ["etl: confirming 3f2a91c0", "  local: another disk",
                         "  delete 'n00', which is gone on the local side"]
    assert lines[21:] == ["  delete 'n19', which is gone on the local side", "  and 2 more",
                          DONE["sentence"]]
    assert asked(daemon) == [{"confirm": "3f2a91c0"}]


def test_confirming_another_plan_is_up_to_the_cycle(daemon):
    no = {"code": "conflict", "sentence": "plan 11111111 is not what waits now"}
    daemon.plan(result=WAITS, answer=no)
    daemon.started()
    done = nbsync(daemon, "confirm", "etl", "11111111", check=1)
    assert done.stdout == "" and done.stderr == f"nbsync: {no['sentence']}\n"
    assert asked(daemon) == [{"confirm": "11111111"}]


def test_nothing_to_confirm(daemon):
    daemon.started()
    done = nbsync(daemon, "confirm", check=1)
    assert done.stderr == "nbsync: nothing waits for a confirmation in mapping 'etl'\n"
    assert len(daemon.cycles()) == 1


# ---- conflicts ----

COPY = "etl/y.conflict-workspace-20260101T000000Z.py"
CONFLICT = {"path": "etl/y", "file": COPY, "sentence": "clashed"}


def test_conflicts(daemon):
    daemon.mappings = ["a", "b", "c"]
    daemon.configure()
    daemon.plan("a", result={"conflicts": [CONFLICT], "conflicts_total": 3})
    daemon.plan("b", result={"conflicts": [{**CONFLICT, "file": "elsewhere"}]})
    daemon.started()
    assert nbsync(daemon, "conflicts", check=5).stdout.splitlines() == [
        f"a: 'etl/y': the workspace side's version is '{COPY}'",
        "  clashed",
        "  nbsync resolve a etl/y --local (what is there now) or --workspace (the other version)",
        "a: and 2 more, to be seen when some of these are resolved",
        "b: 'etl/y': the other version is 'elsewhere'",
        "  clashed",
        "  nbsync resolve b etl/y --local (what is there now) or --file FILE (the other version)",
    ]
    lines = nbsync(daemon, "conflicts", "--json", check=5).stdout.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"mapping": "a", "side": "workspace", **CONFLICT},
        {"mapping": "b", "side": None, **CONFLICT, "file": "elsewhere"}]
    assert nbsync(daemon, "conflicts", "c", check=0).stdout == "no conflicts\n"
    assert nbsync(daemon, "conflicts", "c", "--json", check=0).stdout == ""
    assert nbsync(daemon, "conflicts", "b", check=5).stdout.startswith("b: ")


def test_a_list_that_may_be_incomplete(daemon):
    daemon.plan(result={"code": "config", "sentence": "no token", "conflicts": [CONFLICT]})
    daemon.start()
    daemon.wait_state("held")
    done = nbsync(daemon, "conflicts", check=78)
    assert done.stdout.startswith("etl: 'etl/y': ")
    assert done.stderr == "nbsync: mapping 'etl': no token\n"
    assert nbsync(daemon, "confirm", check=78).stderr == done.stderr


def test_nothing_is_known_yet(daemon):
    daemon.plan(hang=True)
    daemon.start()
    for name in ["conflicts", "confirm"]:
        done = nbsync(daemon, name, check=75)
        assert done.stdout == ""
        assert done.stderr == "nbsync: mapping 'etl' was not looked at yet: try again soon\n"


# ---- waiting ----


def test_the_end_of_the_right_cycle_is_waited_for(daemon):
    """Asked while a cycle runs, which is not the one that does it."""
    daemon.started()
    daemon.plan(steps=10, step_s=0.1)
    daemon.call("org.nbsync.Daemon.Sync")
    daemon.wait_cycles(2)
    waiting = begin(daemon, *RESOLVE)
    wait_for(lambda: len(daemon.cycles()) == 2 and daemon.mapping()["state"] == "running", "it")
    daemon.plan(answer=OK)
    out, err = waiting.communicate(timeout=SOON)
    assert (waiting.returncode, out, err) == (0, OK["sentence"] + "\n", "")
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
    daemon.started()
    daemon.plan(result={"code": "retry", "sentence": "503"}, steps=3, step_s=0.1, answer=OK)
    first = begin(daemon, *COMMIT)
    wait_for(lambda: asked(daemon), "the first commit")
    second = begin(daemon, *RESOLVE)
    _, err = first.communicate(timeout=SOON)
    assert (first.returncode, err) == (75, "nbsync: mapping 'etl': 503\n")
    daemon.plan(answer=OK)
    out, _ = second.communicate(timeout=SOON)
    assert (second.returncode, out) == (0, OK["sentence"] + "\n")
    wait_for(lambda: len(asked(daemon)) == 3, "the commit again")
    commit = {"commit": True, "summary": "Load orders"}
    assert asked(daemon) == [commit, adopt("load", "side", "git"), commit]


def test_the_daemon_stops_meanwhile(daemon):
    daemon.started()
    daemon.plan(hang=True)
    running, queued = begin(daemon, *RESOLVE), None
    wait_for(lambda: asked(daemon), "the first")
    queued = begin(daemon, "discard", "etl", "other")
    wait_for(lambda: daemon.call("org.nbsync.Daemon.Sync")["parameters"]["cycles"] == {"etl": 3}
             and len(daemon.entries()) > 3, "the second to be asked")
    time.sleep(0.3)
    daemon.stop()
    for waiting in [running, queued]:
        _, err = waiting.communicate(timeout=SOON)
        assert waiting.returncode == 75
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


# ---- sync --wait ----


def test_sync_waits_when_asked_to(daemon):
    daemon.mappings = ["a", "b"]
    daemon.configure()
    daemon.started()
    daemon.plan("a", steps=5, step_s=0.1, result={"counts": {"written": {"git": 2},
                                                              "deleted": {"local": 1}}})
    daemon.plan("b", result={"code": "retry", "sentence": "503"})
    done = nbsync(daemon, "sync", "--wait", check=75)
    assert done.stdout.splitlines() == [
        "a: done",
        "  git       2 notebooks, 2 written, 0 deleted",
        "  local     2 notebooks, 0 written, 1 deleted",
        "b: 503",
        "  git       2 notebooks, 0 written, 0 deleted",
        "  local     2 notebooks, 0 written, 0 deleted"]
    assert [order.get("fetch") for order in daemon.cycles("a")] == [None, True]
    before = len(daemon.cycles("a"))
    assert nbsync(daemon, "sync", "a", check=0).stdout == ""
    assert daemon.wait_cycles(before + 1, "a")
    assert nbsync(daemon, "sync", "--wait", "--json", "a", check=0).stdout.count("\n") == 1


def test_sync_of_one_that_is_not_there(daemon):
    daemon.started()
    done = nbsync(daemon, "sync", "ml", "etl", check=1)
    assert done.stderr == "nbsync: there is no mapping 'ml'; 'nbsync status' lists all\n"
    assert daemon.wait_cycles(2), "the other is asked nevertheless"


# ---- no daemon, and command lines that make no sense ----


@pytest.mark.parametrize("argv", [
    RESOLVE, COMMIT, ["restore", "etl", "load", "--to", "3f2a91c"], ["discard", "etl", "load"],
    ["confirm"], ["conflicts"], ["sync"], ["sync", "--wait", "etl"]], ids=lambda argv: argv[0])
def test_no_daemon(daemon, argv):
    done = nbsync(daemon, *argv, check=4)
    assert done.stdout == ""
    assert done.stderr == (
        f"nbsync: nbsyncd is not running: nothing answers on '{daemon.socket}'; start it with "
        "'systemctl --user start nbsyncd', or add --once to do without it\n")


@pytest.mark.parametrize("argv, sentence", [
    (["commit", "etl"], "say with -m what was changed: a commit needs a summary"),
    (["commit", "etl", "-m", ""], "say with -m what was changed: a commit needs a summary"),
    (["commit", "-m", " \n"], "say with -m what was changed: a commit needs a summary"),
    (["commit", "-m", "x", "etl", "y"], "commit takes one mapping, not 'y' as well"),
    (["commit", "-m", "x", "ml"], "there is no mapping 'ml' in '{config}', only 'etl'"),
    (["confirm", "etl", "1", "2"], "confirm takes a mapping and a token, not '2' as well"),
    (["confirm", "ml", "1"], "there is no mapping 'ml' in '{config}', only 'etl'"),
    (["conflicts", "etl", "x"], "conflicts takes one mapping, not 'x' as well"),
    (["conflicts", "ml"], "there is no mapping 'ml' in '{config}', only 'etl'"),
    (["resolve", "etl", "x"],
     "say which version is right: --local, --workspace, --git or --file FILE, one of them"),
    (["resolve", "etl", "x", "--git", "--local"],
     "say which version is right: --local, --workspace, --git or --file FILE, one of them"),
    (["resolve", "--git"], "say which notebook or folder"),
    (["resolve", "--git", "etl", "x", "y"], "one path at a time: 'y' is too much"),
    (["resolve", "--git", "ml", "x"], "there is no mapping 'ml' in '{config}', only 'etl'"),
    (["restore", "etl", "x"], "say with --to which revision; 'nbsync log' shows them"),
    (["restore", "etl", "x", "--to", "main"],
     "'main' is no revision: give 7 to 40 hexadecimal digits, as 'nbsync log' shows them"),
    (["discard"], "say which notebook or folder"),
    (["discard", "etl", "."], "'.' is the whole mapping 'etl': name a notebook or a folder of it"),
    (["discard", "etl", "../x"], "'../x' leads out of mapping 'etl'"),
    (["discard", "/elsewhere/x.py"], "'/elsewhere/x.py' is in no mapping's local directory"),
])
def test_usage(daemon, argv, sentence):
    done = nbsync(daemon, *argv, check=2)
    first = done.stderr.splitlines()[0]
    assert first == "nbsync: " + sentence.format(config=daemon.config)
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["commit", "confirm", "conflicts", "resolve", "restore",
                                  "discard", "sync"])
def test_help_and_unknown_options(daemon, name):
    done = nbsync(daemon, name, "--help", check=0)
    assert done.stdout.startswith("usage: nbsync " + name)
    done = nbsync(daemon, name, "--frobnicate", check=2)
    assert "unrecognized option '--frobnicate'" in done.stderr


def test_a_configuration_that_is_wrong(daemon):
    daemon.config.write_text("[daemon\n[mapping\n")
    for argv in [RESOLVE, COMMIT, ["confirm"], ["conflicts"], ["sync"]]:
        done = nbsync(daemon, *argv, check=78)
        assert "nbsyncd.ini:1: " in done.stderr and "nbsyncd.ini:2: " in done.stderr
