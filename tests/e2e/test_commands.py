# SPDX-License-Identifier: Apache-2.0
"""What people do by hand, done by the real programs: by the daemon and, with --once, without it.

Both must end in the same state; test_asking.py looks at what passes between them.
"""

import json
import re
import subprocess

import pytest

from world import ABC as A
from world import NBSYNC, notebook, wait_for

B = A.replace("'b'", "'mine'")
C = A.replace("'b'", "'theirs'")


@pytest.fixture(params=["once", "daemon"])
def by(request):
    return request.param


def start(world, by):
    """From here on commands are done in this way."""
    world.by = by
    if by == "daemon":
        world.daemon()
        wait_for(lambda: world.mapping_status()["state"] == "idle", what="the first cycle")


def run(world, *argv, check=0):
    how = ["--once"] if world.by == "once" else []
    return world.run(*argv, *how, "--config", world.config, check=check)


def log(world, *argv, check=0):
    """nbsync log as objects, newest first."""
    done = world.run("log", "--json", "--config", world.config, *argv, check=check)
    return [json.loads(line) for line in done.stdout.splitlines()]


def clash(world):
    """The same cell is edited on the local side (B) and on the branch (C), which wins."""
    world.write("load.py", B)
    world.git_commit("theirs", {"notebooks/load.py": C})
    result = world.sync(code=5)
    world.everywhere("load", C)
    return result["conflicts"][0]["file"]


def copies(world):
    return [f for f in world.local_files() if ".conflict-" in f]


# ---- commit ----


def test_commit_with_a_summary(world, by):
    world.configure(commit="manual")
    world.write("etl/load.py", A)
    waiting = world.sync()["waiting"]
    assert waiting == {"paths": 1, "sentence": "1 change waits for 'nbsync commit etl -m SUMMARY'"}
    assert world.subjects() == []
    start(world, by)
    done = run(world, "commit", "-m", "Load orders by month")
    assert done.stdout == "etl: committed and pushed to branch 'main'\n"
    assert world.subjects() == ["Load orders by month"]
    assert world.in_git("etl/load.py") == A
    done = run(world, "commit", "etl", "-m", "Again")
    assert done.stdout == "etl: nothing to commit: branch 'main' has all that is agreed\n"
    assert world.subjects() == ["Load orders by month"]


def test_a_commit_that_the_policy_refuses(world, by):
    world.configure(commit="manual")
    world.write("load.py", A)
    world.sync()
    world.allow("https://git.acme.example/etl")
    start(world, by)
    done = run(world, "commit", "-m", "Load orders", check=5)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("nbsync: mapping 'etl': nothing was pushed: not-listed: "), last
    assert world.subjects() == []


# ---- discard ----


@pytest.mark.parametrize("path", ["load", "load.py", "etl/load", "local file"])
def test_discard(agreed, by, path):
    folder = "etl/" if path == "etl/load" else ""
    agreed.configure(commit="manual")
    agreed.write(f"{folder}load.py", A)
    agreed.sync()
    agreed.run("commit", "-m", "first", "--once", "--config", agreed.config)
    agreed.write(f"{folder}load.py", B)
    agreed.sync()
    assert agreed.ws(f"{folder}load").rstrip("\n") == B.rstrip("\n")
    start(agreed, by)
    name = str(agreed.local / "load.py") if path == "local file" else path
    done = run(agreed, "discard", "etl", name)
    assert "load" in done.stdout
    agreed.everywhere(f"{folder}load", A)
    assert "mine" in agreed.hub("log", "-p", "refs/nbsync/seen/local"), "history keeps it"
    agreed.stop()
    agreed.quiet()


def test_discard_a_folder(agreed, by):
    agreed.configure(commit="manual")
    for name in ["etl/a.py", "etl/sub/b.py", "other.py"]:
        agreed.write(name, A)
    agreed.sync()
    agreed.run("commit", "-m", "first", "--once", "--config", agreed.config, check=0)
    for name in ["etl/a.py", "etl/sub/b.py", "etl/new.py", "other.py"]:
        agreed.write(name, B)
    agreed.sync()
    start(agreed, by)
    run(agreed, "discard", "etl", "etl")
    agreed.everywhere("etl/a", A)
    agreed.everywhere("etl/sub/b", A)
    assert agreed.read("other.py") == B, "it is not in the folder"
    assert agreed.read("etl/new.py") == B, "the branch has no version of it"


def test_discard_a_folder_whole_or_not_at_all(agreed, by):
    agreed.configure(commit="manual")
    for name in ["etl/a.py", "etl/z.py"]:
        agreed.write(name, A)
    agreed.sync()
    agreed.run("commit", "-m", "first", "--once", "--config", agreed.config, check=0)
    half = A + "<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n"
    agreed.git_commit("theirs", {"notebooks/etl/z.py": half})
    agreed.write("etl/a.py", B)
    agreed.sync(code=5)
    start(agreed, by)
    done = run(agreed, "discard", "etl", "etl", check=1)
    assert "'etl/z' is held on the git side" in done.stderr
    assert agreed.read("etl/a.py") == B, "nothing was discarded"


# ---- conflicts, resolve ----


def test_conflicts_are_listed(agreed, by):
    copy = clash(agreed)
    start(agreed, by)
    lines = run(agreed, "conflicts", check=5).stdout.splitlines()
    assert lines[0] == f"etl: 'load': the local side's version is '{copy}'"
    assert lines[-1] == ("  nbsync resolve etl load --workspace (what is there now) or --local (the "
                         "other version)")
    [one] = [json.loads(line) for line in
             run(agreed, "conflicts", "--json", check=5).stdout.splitlines()]
    assert {k: one[k] for k in ["mapping", "path", "side", "file"]} == {
        "mapping": "etl", "path": "load", "side": "local", "file": copy}


@pytest.mark.parametrize("side, text", [("--local", B), ("--git", C), ("--workspace", C)])
def test_resolve_by_side(agreed, by, side, text):
    clash(agreed)
    start(agreed, by)
    run(agreed, "resolve", "etl", "load", side)
    wait_for(lambda: agreed.in_git("load.py") == text, what="the commit")
    agreed.everywhere("load", text)
    assert copies(agreed) == []
    assert run(agreed, "conflicts").stdout == "no conflicts\n"
    seen = agreed.hub("log", "-p", "refs/nbsync/seen/local")
    assert "mine" in seen and "theirs" in seen
    agreed.stop()
    agreed.quiet()


def test_resolve_with_a_file(agreed, by):
    """The path may be the copy's, as people see it in their folder."""
    copy = clash(agreed)
    merged = A.replace("'b'", "'both'")
    (agreed.path / "merged.py").write_text(merged)
    start(agreed, by)
    run(agreed, "resolve", copy, "--file", agreed.path / "merged.py")
    wait_for(lambda: agreed.in_git("load.py") == merged, what="the commit")
    agreed.everywhere("load", merged)
    assert copies(agreed) == []


# ---- restore ----


def revision_of(world, text, ref="refs/nbsync/seen/local", file="load.py"):
    """The newest commit of a reference in which the file has this text."""
    for commit in world.hub("log", "--format=%H", ref).split():
        for name in world.hub("ls-tree", "-r", "--name-only", commit).split("\n"):
            if name.endswith(file) and world.hub("show", f"{commit}:{name}") == text:
                return commit
    raise AssertionError(f"no commit of {ref} has that text")


@pytest.mark.parametrize("digits", [7, 10, 40])
def test_restore(agreed, by, digits):
    agreed.write("load.py", B)
    agreed.sync()
    agreed.write("load.py", C)
    agreed.sync()
    revision = revision_of(agreed, B)[:digits]
    start(agreed, by)
    run(agreed, "restore", "etl", "load", "--to", revision)
    wait_for(lambda: agreed.in_git("load.py") == B, what="the commit")
    agreed.everywhere("load", B)
    assert len(agreed.subjects()) == 4, "history only grows"
    agreed.stop()
    agreed.quiet()


def test_restore_what_was_deleted(agreed, by):
    revision = revision_of(agreed, A)
    (agreed.local / "load.py").unlink()
    agreed.write("other.py", B)
    agreed.sync()
    assert agreed.ws("load") is None
    start(agreed, by)
    run(agreed, "restore", "etl", "load", "--to", revision)
    wait_for(lambda: agreed.in_git("load.py") == A, what="the commit")
    agreed.everywhere("load", A)
    agreed.everywhere("other", B)


def test_restore_a_folder(agreed, by):
    for name in ["etl/a.py", "etl/sub/b.py"]:
        agreed.write(name, A)
    agreed.sync()
    revision = agreed.git("rev-parse", "main").strip()
    agreed.write("etl/a.py", B)
    agreed.write("load.py", B)
    (agreed.local / "etl/sub/b.py").unlink()
    agreed.sync()
    start(agreed, by)
    run(agreed, "restore", "etl", "etl", "--to", revision)
    wait_for(lambda: agreed.in_git("etl/sub/b.py") == A, what="the commit")
    agreed.everywhere("etl/a", A)
    agreed.everywhere("etl/sub/b", A)
    agreed.everywhere("load", B)


def test_restore_the_revision_that_the_log_shows(agreed, by):
    agreed.write("load.py", B)
    agreed.sync()
    oldest = [i for i in log(agreed, "etl", "load") if i["origin"] == "git"][-1]
    start(agreed, by)
    run(agreed, "restore", "etl", "load", "--to", oldest["revision"][:10])
    wait_for(lambda: agreed.in_git("load.py") == A, what="the commit")
    agreed.everywhere("load", A)


# ---- what cannot be done ----


@pytest.mark.parametrize("argv, said", [
    (["discard", "etl", "gone"], "gone"),
    (["resolve", "etl", "gone", "--workspace"], "gone"),
    (["restore", "etl", "load", "--to", "0123456789"], "0123456789"),
    (["restore", "etl", "gone", "--to", "{revision}"], "gone"),
    (["resolve", "etl", "load", "--file", "{text}"], ".py, .sql, .scala, .r or .ipynb"),
    (["resolve", "etl", "load", "--file", "{torn}"], "line"),
], ids=lambda x: x[0] if isinstance(x, list) else "")
def test_what_is_not_there(agreed, by, argv, said):
    (agreed.path / "notes.txt").write_text(A)
    (agreed.path / "torn.ipynb").write_text('{"cells": [')
    words = {"revision": agreed.git("rev-parse", "main").strip(),
             "text": agreed.path / "notes.txt", "torn": agreed.path / "torn.ipynb"}
    start(agreed, by)
    done = run(agreed, *[word.format(**words) for word in argv], check=1)
    assert said in done.stderr and done.stdout == ""
    assert done.stderr.startswith("nbsync: ") and done.stderr.count("\n") == 1
    agreed.everywhere("load", A)


def test_once_beside_a_daemon(agreed):
    agreed.daemon()
    wait_for(lambda: agreed.mapping_status()["worker_pid"], what="a worker")
    done = agreed.run("discard", "etl", "load", "--once", "--config", agreed.config, check=75)
    assert done.stderr.startswith("nbsync: mapping 'etl' is in use; leave out --once to ask the "
                                  "daemon: ")


# ---- confirm ----


def delete_many(world):
    for i in range(20):
        world.write(f"n{i:02}.py", notebook(str(i)))
    world.sync()
    for i in range(15):
        (world.local / f"n{i:02}.py").unlink()
    world.sync(code=5)


def test_confirm(world, by):
    delete_many(world)
    start(world, by)
    lines = run(world, "confirm").stdout.splitlines()
    assert re.fullmatch("etl: confirming [0-9a-f]{8}", lines[0])
    assert lines[1] == "  delete 'n00', which is gone on the local side"
    wait_for(lambda: len(world.git_files()) == 5, what="the commit")
    assert world.ws("n00") is None and world.ws("n19") is not None
    run(world, "confirm", check=1)
    world.stop()
    world.quiet()


def test_a_confirmation_is_for_that_plan_only(world, by):
    delete_many(world)
    token = world.sync(code=5)["confirm"]
    (world.local / "n15.py").unlink()
    start(world, by)
    done = run(world, "confirm", "etl", token, check=1)
    assert f"plan {token} is not what waits now" in done.stderr
    assert len(world.git_files()) == 20
    run(world, "confirm", "etl")
    wait_for(lambda: len(world.git_files()) == 4, what="the commit")


def test_the_command_that_status_shows_does_it(world):
    delete_many(world)
    start(world, "daemon")
    text = world.run("status", "--socket", world.socket, check=5).stdout
    command = re.search("^etl: to confirm it: (.*)$", text, re.M).group(1)
    command = command.replace("nbsync", str(NBSYNC), 1) + f" --config '{world.config}'"
    subprocess.run(command, shell=True, check=True, timeout=60, capture_output=True)
    wait_for(lambda: len(world.git_files()) == 5, what="the commit")


def test_a_root_that_lost_everything(world, by):
    for i in range(3):
        world.write(f"n{i}.py", notebook(str(i)))
    world.sync()
    for i in range(3):
        (world.local / f"n{i}.py").unlink()
    world.sync(code=5)
    start(world, by)
    done = run(world, "confirm")
    assert "shows none of the 3 notebooks it held" in done.stdout
    wait_for(lambda: world.git_files() == [], what="the commit")
    assert world.ws("n0") is None


# ---- log ----


def test_log(agreed):
    agreed.write("load.py", B)
    agreed.write("etl/x.py", A)
    agreed.sync()
    items = log(agreed)
    assert [i["when_s"] for i in items] == sorted((i["when_s"] for i in items), reverse=True)
    tip = agreed.git("rev-parse", "main").strip()
    here = {(i["verb"], i["path"]) for i in items
            if i["revision"] == tip and i["origin"] == "git"}
    assert here == {("update", "load"), ("add", "etl/x")}
    assert {i["path"] for i in log(agreed, "etl", "etl")} == {"etl/x"}
    assert {i["path"] for i in log(agreed, "load")} == {"load"}
    assert {i["path"] for i in log(agreed, str(agreed.local / "load.py"))} == {"load"}
    assert len(log(agreed, "-n", "1")) == 1
    assert len(log(agreed, "-n", "0")) == len(items)


def test_log_for_people(agreed):
    agreed.git_commit("Fix \x1b[2J totals", {"notebooks/load.py": C})
    agreed.sync()
    line = agreed.run("log", "--config", agreed.config, "etl", "load", check=0).stdout.split("\n")
    commit = agreed.git("rev-parse", "main")[:10]
    [one] = [text for text in line if text.startswith(commit + " ")]
    assert re.fullmatch(commit + r"  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  git        update  load  "
                        r"Fix \\x1b\[2J totals \(Ana <ana@acme.example>\)", one), one
    assert any(re.fullmatch(r"[0-9a-f]{10}  .{19}  local      add     load", text)
               for text in line), line


def test_log_beside_a_running_daemon(agreed):
    agreed.daemon()
    wait_for(lambda: agreed.mapping_status()["worker_pid"], what="a worker")
    assert log(agreed, "load")


def test_log_of_what_is_not_there(world):
    done = world.run("log", "--config", world.config, check=1)
    assert done.stderr == ("nbsync: mapping 'etl' has no history yet: nothing was "
                           "synchronised\n")
    world.write("load.py", A)
    world.sync()
    done = world.run("log", "--config", world.config, "etl", "gone", check=1)
    assert done.stderr == "nbsync: mapping 'etl' has no revision of 'gone'\n"


@pytest.mark.parametrize("argv, sentence", [
    (["log", "a", "b", "c"], "log takes a mapping and a path, not 'c' as well"),
    (["log", "-n", "x"], "'x' is no number of revisions"),
    (["log", "-n", "-1"], "'-1' is no number of revisions"),
    (["log", "ml", "x"], "there is no mapping 'ml' in '{config}', only 'etl'"),
])
def test_log_usage(world, argv, sentence):
    done = world.run(*argv, "--config", world.config, check=2)
    assert done.stderr.splitlines()[0] == "nbsync: " + sentence.format(config=world.config)
