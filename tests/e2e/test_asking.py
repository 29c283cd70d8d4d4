# SPDX-License-Identifier: Apache-2.0
"""The subcommands that ask the daemon for something: what reaches the worker, and what is said
about it. How the end is waited for is in test_waiting.py.

The worker is the fake one; test_commands.py has the real one do all of it.
"""

import json

import pytest

from supervised import COMMIT, OK, RESOLVE, adopt, asked, daemon, nbsync  # noqa: F401


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
    ({"commits": 1, "pushes": 0}, "ok", 75,
     "nbsync: mapping 'etl': committed, but not pushed: see 'nbsync status'\n"),
    ({"commits": 0, "pushes": 1}, "ok", 0, "etl: pushed earlier commits to branch 'main'\n"),
    ({"commits": 0, "pushes": 0}, "ok", 0,
     "etl: nothing to commit: branch 'main' has all that is agreed\n"),
    ({"commits": 1, "pushes": 0}, "held", 5,
     "nbsync: mapping 'etl': committed, but not pushed: no network\n"),
    ({"commits": 0, "pushes": 0}, "held", 5,
     "nbsync: mapping 'etl': nothing was pushed: no network\n"),
])
def test_commit(daemon, counts, git, code, said):
    daemon.plan(result={"counts": {"written": {}, "deleted": {}, "requests": 0, **counts},
                        "sides": {"git": {"state": git, "notebooks": 2,
                                          "sentence": "no network" if git == "held" else ""}}})
    daemon.started()
    done = nbsync(daemon, "commit", "-m", "Load orders", check=code)
    assert done.stdout + done.stderr == said
    assert asked(daemon) == [{"commit": True, "summary": "Load orders"}]


@pytest.mark.parametrize("result, code, said", [
    ({"counts": {"commits": 1, "pushes": 1},
      "waiting": {"paths": 1, "sentence": "1 change waits to be pushed in 41 s"}}, 75,
     "nbsync: mapping 'etl': committed, but not pushed: 1 change waits to be pushed in 41 s\n"),
    ({"held_total": 1, "held": [{"path": "a", "side": "git", "reason": "refused",
                                 "sentence": "no"}],
      "counts": {"commits": 1, "pushes": 1}}, 5,
     "etl: committed and pushed to branch 'main'; 1 that the branch could not take: see "
     "'nbsync status'\n"),
    ({"held_total": 1, "held": [{"path": "a", "side": "git", "reason": "refused",
                                 "sentence": "no"}]}, 5,
     "etl: nothing was committed to branch 'main'; 1 that the branch could not take: see "
     "'nbsync status'\n"),
])
def test_a_commit_that_the_remote_does_not_have(daemon, result, code, said):
    daemon.plan(result=result)
    daemon.started()
    done = nbsync(daemon, "commit", "-m", "Load orders", check=code)
    assert done.stdout + done.stderr == said


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
