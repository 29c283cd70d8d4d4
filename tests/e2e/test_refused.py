# SPDX-License-Identifier: Apache-2.0
"""What a real Git server refuses, and what becomes of it when a person mends it.

Each rule is a pre-receive hook behind nginx and `git http-backend`. Whatever it refuses: the server's
words are shown, the good notebooks arrive, nothing is lost, the history stays linear.
"""

import json

import pytest

from git_server import GitServer
from world import ABC, notebook, wait_for

BAD = notebook("key = 'AKIA0000EXAMPLE'")
GOOD = notebook("key = read()")

SECRET = """for c in $(git rev-list $range); do
    if git grep -q AKIA "$c"; then echo "policy: a secret was found" >&2; exit 1; fi; done"""
NAMED = """for c in $(git rev-list $range); do
    found=$(git grep -l AKIA "$c" | sed 's/^[^:]*://')
    if [ "$found" ]; then echo "GH013: secret in path: $found:2" >&2; exit 1; fi; done"""
AUTHOR = """if git log --format=%ae $range | grep -qv '@acme.example$'; then
    echo "policy: the author is none of acme.example" >&2; exit 1; fi"""
SUBJECT = """if git log --format=%s $range | grep -qvE '^ETL-[0-9]+ '; then
    echo "policy: a subject begins with its ticket" >&2; exit 1; fi"""
SIZE = """for o in $(git rev-list --objects $range | cut -d' ' -f1); do
    if [ "$(git cat-file -s $o)" -gt 20000 ]; then
        echo "policy: a file is larger than 20000 bytes" >&2; exit 1; fi; done"""
PROTECTED = """echo "GL: you are not allowed to push code to protected branches" >&2; exit 1"""
LFS = """for c in $(git rev-list $range); do for f in $(git ls-tree -r --name-only $c -- '*.csv' \\
        notebooks | grep 'csv$'); do
    if ! git show $c:$f | grep -q git-lfs; then
        echo "policy: $f has to be a pointer of Git LFS" >&2; exit 1; fi; done; done"""


@pytest.fixture
def server(world):
    with GitServer(world) as one:
        yield one


def linear(world):
    assert world.git("rev-list", "--merges", "main") == ""
    world.fsck()


def held_paths(result):
    return {h["path"]: h["sentence"] for h in result["held"] if h["side"] == "git"}


def until(world, condition, what):
    """Of the mapping's status, as the daemon tells it."""
    return wait_for(lambda: condition(world.mapping_status()), seconds=90, what=what)


def sync_until(world, done):
    """A process of its own each time, as cron runs it: it has no memory of what was refused."""
    for _ in range(6):
        result = world.sync_any()
        if done():
            return result
    raise AssertionError(json.dumps(result, indent=1))


# ---- the table ----

# rule, the bad one, how it is mended, what it is then, words, whether it stops all the others
CONTENTS = {
    "secret": (SECRET, "n3.py", BAD, GOOD, "a secret was found"),
    "secret-named": (NAMED, "n3.py", BAD, GOOD, "GH013"),
    "size": (SIZE, "n3.py", notebook("x = '" + "y" * 30000 + "'"), GOOD, "larger than 20000"),
    "lfs": (LFS, "data.csv", "1,2\n", None, "pointer of Git LFS"),
}


@pytest.mark.parametrize("rule", CONTENTS)
def test_a_refused_content(world, server, rule):
    script, name, bad, good, words = CONTENTS[rule]
    world.configure(files="all")
    server.rule(script)
    for i in range(6):
        world.write(f"n{i}.py", notebook(f"n = {i}"))
    world.write(name, bad)
    result = sync_until(world, lambda: world.in_git("n5.py"))
    others = [f"n{i}" for i in range(6) if f"n{i}.py" != name]
    result = sync_until(world, lambda: all(world.in_git(f"{n}.py") for n in others))
    # With one that is left, nothing else can be taken: then it is the side that is held.
    said = held_paths(result).get(name.removesuffix(".py")) or result["sides"]["git"]["sentence"]
    assert "the Git server refused" in said and words in said and "changed" in said, result
    assert world.in_git(name) is None and world.read(name) == bad
    if good is None:
        (world.local / name).unlink()
    else:
        world.write(name, good)
    world.sync()
    assert world.in_git(name) == good
    assert "AKIA" not in world.git("log", "-p", "--all")
    linear(world)
    world.quiet()


def test_a_refused_author(world, server):
    server.rule(AUTHOR)
    world.configure(author_email="ana@home.example")
    for i in range(3):
        world.write(f"n{i}.py", notebook(f"n = {i}"))
    result = world.sync(code=5)
    git = result["sides"]["git"]
    assert git["state"] == "held" and "the Git server refused 3 changes" in git["sentence"]
    assert "none of acme.example" in git["sentence"]
    assert result["waiting"]["paths"] == 3 and world.subjects() == []
    world.configure(author_email="ana@acme.example")
    world.sync()
    assert len(world.subjects()) == 1
    assert world.git("log", "--format=%ae", "main") == "ana@acme.example\n"
    linear(world)
    world.quiet()


def test_a_refused_subject(world, server):
    """What was said first was refused, so what is said now takes its place."""
    server.rule(SUBJECT)
    world.configure(commit="manual")
    world.write("a.py", ABC)
    world.write("b.py", ABC)
    world.sync()
    done = world.run("commit", "--once", "-m", "load by month", "--config", world.config, check=5)
    assert "refused commit 'load by month' of 2 changes" in done.stderr
    assert "a subject begins with its ticket" in done.stderr
    assert world.subjects() == []
    done = world.run("commit", "--once", "-m", "ETL-12 load by month", "--config", world.config,
                     check=0)
    assert done.stdout == "etl: committed and pushed to branch 'main'\n"
    assert world.subjects() == ["ETL-12 load by month"]
    assert "load by month\n\nload" not in world.git("log", "--format=%B", "main")
    linear(world)
    world.quiet()


def test_a_protected_branch(world, server):
    server.rule(PROTECTED)
    world.write("a.py", ABC)
    result = world.sync(code=5)
    assert "refused 'a'" in result["sides"]["git"]["sentence"]
    assert "protected branches" in result["sides"]["git"]["sentence"]
    server.rule(None)
    world.sync()
    world.everywhere("a", ABC)
    linear(world)
    world.quiet()


def test_a_server_that_takes_no_large_push(world):
    """nginx itself says no, with 413, before Git sees anything."""
    with GitServer(world, body="4k") as server:
        world.write("a.py", ABC)
        world.sync()
        world.write("b.py", ABC)
        noise = "".join(f"{i * 2654435761 % 2**32:08x}" for i in range(3000))
        world.write("c.py", notebook(f"x = '{noise}'"))
        result = sync_until(world, lambda: world.in_git("b.py"))
        said = held_paths(result).get("c") or result["sides"]["git"]["sentence"]
        assert "too large" in said
        world.write("c.py", GOOD)
        world.sync()
        world.everywhere("c", GOOD)
        assert server.pushes() > 2
        linear(world)


# ---- what never leaves ----

def test_a_secret_that_was_removed_never_leaves(world, server):
    """It was agreed and committed while the server was away, and is gone before that comes back."""
    server.rule(None)
    world.write("a.py", GOOD)
    world.sync()
    server.stop()
    world.write("a.py", BAD)
    done = world.run("commit", "--once", "-m", "with a key", "--config", world.config)
    assert done.returncode == 5 and "nothing was pushed: cannot reach" in done.stderr
    assert "AKIA" in world.ws("a")
    world.write("a.py", ABC)
    world.sync(code=5)
    server.start()
    world.sync()
    world.everywhere("a", ABC)
    assert server.ever_received("read()") and not server.ever_received("AKIA")
    # What was said meanwhile was not said in vain.
    assert world.subjects() == ["with a key", "Add a"]
    linear(world)


def test_a_branch_that_moved_makes_no_merge(world, server):
    server.rule(PROTECTED)
    for i in range(3):
        world.write(f"mine{i}.py", ABC)
        world.sync_any()
        server.rule(None)
        world.git_commit(f"theirs {i}", {f"notebooks/theirs{i}.py": ABC})
        server.rule(PROTECTED)
    server.rule(None)
    world.sync()
    for i in range(3):
        world.everywhere(f"mine{i}", ABC)
        world.everywhere(f"theirs{i}", ABC)
    assert len(world.subjects()) == 4
    linear(world)
    world.quiet()


# ---- with a daemon ----

def test_what_is_refused_is_not_uploaded_again_and_again(world, server):
    server.rule(SECRET)
    world.write("good.py", GOOD)
    world.write("bad.py", BAD)
    world.daemon()
    try:
        until(world, lambda m: held_paths(m).get("bad"), "the refusal")
        world.everywhere("good", GOOD)
        pushes = server.pushes()
        cycles = world.mapping_status()["cycles"]
        objects = world.hub("count-objects", "-v")
        until(world, lambda m: m["cycles"] >= cycles + 4, "four more cycles")
        assert server.pushes() == pushes and world.hub("count-objects", "-v") == objects
        said = world.mapping_status()
        assert "a secret was found" in held_paths(said)["bad"]
        assert said["waiting"]["paths"] == 1
        # Others go on, without another search.
        world.write("more.py", GOOD)
        # The server notes a push when all of it is over, which is after the branch has moved.
        until(world, lambda m: world.in_git("more.py") and server.pushes() > pushes,
              "the new notebook")
        assert server.pushes() == pushes + 1
        done = world.run("commit", "-m", "All of it", "--config", world.config, check=5)
        assert "a secret was found" in done.stderr, done.stdout + done.stderr
        world.write("bad.py", ABC)
        until(world, lambda m: world.in_git("bad.py") == ABC, "what was mended")
        linear(world)
    finally:
        world.stop()
    assert "AKIA" not in world.git("log", "-p", "--all")


def test_the_seventh_commit_of_a_minute_says_that_it_waits(world, server):
    server.rule(None)
    world.configure(commit="manual")
    world.daemon()
    try:
        codes = []
        for i in range(7):
            world.write("a.py", notebook(f"n = {i}"))
            until(world, lambda m: m["waiting"]["paths"], "the edit")
            done = world.run("commit", "-m", f"Number {i}", "--config", world.config)
            codes.append(done.returncode)
        assert codes == [0] * 6 + [75], done.stdout + done.stderr
        assert "committed, but not pushed: 1 change waits to be pushed in" in done.stderr
        assert "at most 6 pushes a minute" in world.mapping_status()["waiting"]["sentence"]
        assert len(world.subjects()) == 6
        again = world.run("commit", "-m", "Again", "--config", world.config)
        assert again.returncode == 75 and "nothing to commit" not in again.stdout
    finally:
        world.stop()
