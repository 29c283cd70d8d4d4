# SPDX-License-Identifier: Apache-2.0
"""Which branch a mapping follows: one that the repository has not, `nbsync branch --create`, and another
one in the configuration; over file:// and over smart HTTP, by `git http-backend`.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from world import ABC as A
from world import NBSYNC, World, notebook, wait_for

SERVER = Path(__file__).parent.parent / "unit" / "git_http_server.py"
B = A.replace("'b'", "'dev'")


@pytest.fixture(params=["file", "http"])
def world(request, tmp_path, emulator):
    if request.param == "file":
        yield World(tmp_path, emulator)
        return
    with subprocess.Popen([sys.executable, str(SERVER), str(tmp_path), str(tmp_path / "http.log")],
                          stdout=subprocess.PIPE, text=True) as server:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/open/remote.git"
        w = World(tmp_path, emulator, git=url, author_email="ana@acme.example")
        w.allow(url)
        yield w
        server.terminate()


def held(world):
    side = world.sync(code=5)["sides"]["git"]
    assert side["state"] == "held"
    return side["sentence"]


def offered(world, sentence):
    """The command that a sentence offers, as a person would copy it."""
    command = re.search("run '(nbsync [^']*)'", sentence).group(1)
    argv = shlex.split(command)
    assert argv[0] == "nbsync"
    return world.run(*argv[1:], "--once", "--config", world.config)


def master_only(world):
    """A repository with a history of its own, whose only branch is master."""
    world.git_commit("theirs", {"notebooks/load.py": A, "other.txt": "x\n"})
    world.git_bare("-C", str(world.remote), "branch", "-m", "main", "master", cwd=world.path)
    world.git("symbolic-ref", "HEAD", "refs/heads/master")


def test_only_master_is_there(world):
    master_only(world)
    world.write("new.py", A)
    sentence = held(world)
    assert f"there is no branch 'main' at '{world.keys['git']}'; its default branch is 'master': " \
        "set 'branch = master' in the configuration, or run 'nbsync branch etl --create' to begin " \
        "'main' where 'master' stands" == sentence
    assert world.ws("new") is not None
    assert world.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/master"]
    done = offered(world, sentence)
    assert done.returncode == 0, done.stderr
    assert f"branch 'main' of '{world.keys['git']}' begins where 'master' stands\n" == done.stdout
    world.sync()
    world.everywhere("load", A)
    world.everywhere("new", A)
    assert world.git("merge-base", "master", "main") == world.git("rev-parse", "master")
    assert len(world.git("rev-list", "--max-parents=0", "main").split()) == 1
    world.quiet()
    world.fsck()
    again = world.run("branch", "--create", "--once", "--config", world.config, check=1)
    assert "already: it stays as it is" in again.stderr


def test_the_other_offer(world):
    master_only(world)
    world.write("new.py", A)
    held(world)
    world.configure(branch="master")
    world.sync()
    assert world.ws("load") is not None
    assert world.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/master"]


def test_by_the_daemon(world):
    master_only(world)
    world.git("branch", "release", "master")
    world.daemon()
    wait_for(lambda: "there is no branch 'main'" in
             world.mapping_status()["sides"]["git"]["sentence"], what="the sentence")
    done = world.run("branch", "etl", "--create", "--from", "relase", "--config", world.config, check=1)
    assert "there is no branch 'relase' at" in done.stderr and "did you mean 'release'?" in done.stderr
    done = world.run("branch", "etl", "--create", "--from", "release", "--config", world.config, check=0)
    assert "begins where 'release' stands" in done.stdout
    wait_for(lambda: world.ws("load") is not None, what="the notebook")
    world.stop()


def test_names_that_a_server_makes_up(world):
    world.git_commit("theirs", {"notebooks/load.py": A})
    world.git("update-ref", "refs/heads/$(touch${IFS}x)", "main")
    world.git("update-ref", "refs/heads/mäin", "main")
    world.git("symbolic-ref", "HEAD", "refs/heads/$(touch${IFS}x)")
    world.git("update-ref", "-d", "refs/heads/main")
    sentence = held(world)
    assert "touch" not in sentence and "mäin" not in sentence
    assert "set 'branch' to one that it has in the configuration" in sentence
    # Whoever knows such a name may use it.
    done = world.run("branch", "--create", "--from", "mäin", "--once", "--config", world.config, check=0)
    assert "begins where 'mäin' stands" in done.stdout
    world.sync()
    world.everywhere("load", A)


def test_policy_is_asked_as_for_a_push(world):
    master_only(world)
    held(world)
    world.allow("https://git.acme.example/", restrict="commit-push")
    done = world.run("branch", "--create", "--once", "--config", world.config, check=3)
    assert "not_allowed" in done.stderr or "allow" in done.stderr
    assert world.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/master"]


def two_branches(world):
    """load and only are agreed on main; dev has another load, and more instead of only."""
    world.write("load.py", A)
    world.write("only.py", A)
    world.sync()
    world.git("branch", "dev", "main")
    world.git("update-ref", "refs/heads/keep", "main")
    world.git_commit("dev", {"notebooks/load.py": B, "notebooks/more.py": B,
                             "notebooks/only.py": None})
    world.git("update-ref", "refs/heads/dev", "main")
    world.git("update-ref", "refs/heads/main", "keep")
    world.git("update-ref", "-d", "refs/heads/keep")


def test_another_branch_in_the_configuration(world):
    two_branches(world)
    main = world.git("rev-parse", "main")
    world.configure(branch="dev")
    sentence = held(world)
    assert sentence.startswith("the configuration names branch 'dev' of ")
    assert "and until now it was branch 'main' of " in sentence
    assert ": 1 notebook changes ('load'), 1 is new ('more'), 1 is deleted everywhere ('only'); put " \
        in sentence
    assert world.ws("only") is not None
    done = offered(world, sentence)
    assert done.returncode == 0, done.stderr
    world.sync()
    assert world.ws("more") is not None and world.ws("only") is None
    assert world.git("rev-parse", "main") == main
    world.write("load.py", notebook("new"))
    world.sync()
    assert "new" in world.git("show", "dev:notebooks/load.py")
    assert world.git("rev-parse", "main") == main
    world.quiet()
    world.fsck()


def test_there_and_back(world):
    """What the workspace holds came from dev: that main's history knows it, and the newer one, is no
    edit of anybody."""
    world.write("load.py", A)
    world.sync()
    world.git("branch", "dev", "main")
    world.write("load.py", B)
    world.sync()
    assert "Nbsync-Object-Id" in world.git("log", "-1", "main")
    main = world.git("rev-parse", "main")
    for branch, text in ("dev", A), ("main", B):
        world.configure(branch=branch)
        sentence = held(world)
        assert "1 notebook changes ('load'); put" in sentence
        assert offered(world, sentence).returncode == 0
        world.sync()
        assert world.ws("load") == text and world.read("load.py") == text
    assert world.git("rev-parse", "main") == main
    assert world.git("show", "dev:notebooks/load.py") == A
    world.quiet()


def test_a_reload_with_another_branch(world):
    two_branches(world)
    world.daemon()
    wait_for(lambda: world.mapping_status()["state"] == "idle", what="the first cycle")
    world.configure(branch="dev")
    world.daemon_process.send_signal(1)
    wait_for(lambda: "the configuration names branch 'dev'" in
             world.mapping_status()["sides"]["git"]["sentence"], what="the sentence")
    text = world.run("status", "--socket", world.socket, check=5).stdout
    command = re.search("^etl: to confirm it: (.*)$", text, re.M).group(1)
    command = command.replace("nbsync", str(NBSYNC), 1) + f" --config '{world.config}'"
    subprocess.run(command, shell=True, check=True, timeout=60, capture_output=True)
    wait_for(lambda: world.ws("more") is not None and world.ws("only") is None, what="dev")
    world.stop()


def test_usage(world):
    done = world.run("branch", "--config", world.config, check=2)
    assert "say --create" in done.stderr
    world.run("branch", "--create", "--from", "", "--config", world.config, check=2)
    world.run("branch", "--create", "a", "b", "--config", world.config, check=2)
    assert "nbsync branch --create" in world.run("branch", "--help", check=0).stdout
