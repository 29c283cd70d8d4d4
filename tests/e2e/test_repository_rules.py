# SPDX-License-Identifier: Apache-2.0
"""What a repository asks of whoever works with it: hooks that a push runs, a group that shares it, and
an address in commits that its server knows."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from world import ABC, NBSYNC, World, notebook, wait_for

GROUP = 4720
ENV = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, None, workspace=None)
    (world.local / "load.py").write_text(ABC)
    return world


def tip(world):
    done = subprocess.run(["git", "rev-parse", "--quiet", "--verify", "main"], cwd=world.remote,
                          capture_output=True, text=True)
    return done.stdout.strip()


# ---- hooks ----

@pytest.mark.parametrize("hook", ["pre-receive", "update", "reference-transaction", "post-receive"])
def test_a_hook_is_not_walked_past(world, hook):
    path = world.remote / "hooks" / hook
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    result = world.sync(code=5)
    assert result["sides"]["git"]["state"] == "held"
    sentence = result["sides"]["git"]["sentence"]
    assert f"has a hook '{hook}', which nbsync does not run" in sentence and "https" in sentence
    assert not tip(world) and not list((world.remote / "objects" / "pack").iterdir())
    path.unlink()
    world.sync()
    assert tip(world) and world.in_git("load.py") == ABC


# ---- a repository of a group ----

class Member:
    """A person with a user id of their own, who is in the repository's group."""

    def __init__(self, top, name, uid, nbsync, remote, umask, branch):
        self.path, self.uid, self.nbsync, self.umask = top / name, uid, nbsync, umask
        self.local = self.path / "local"
        self.local.mkdir(parents=True)
        (self.path / "policy.ini").write_text(
            f"[policy]\nrestrict = clone-commit-push\nallow = file://{remote}\n")
        (self.path / "nbsyncd.ini").write_text(
            f"[daemon]\nstate = {self.path}/state\npolicy = {self.path}/policy.ini\n\n[mapping etl]\n"
            f"local = {self.local}\nlocal_format = source\ngit = file://{remote}\nbranch = {branch}\n"
            f"author_name = {name}\ncommit_quiet = 0s\n")
        (self.path / "gitconfig").write_text("[safe]\n\tdirectory = *\n")
        for path in [self.path, *self.path.rglob("*")]:
            os.chown(path, uid, uid)
            path.chmod(0o700 if path.is_dir() else 0o600)

    def run(self, *argv, groups=GROUP, cwd=None):
        return subprocess.run(
            ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", f"--groups={groups}", "sh", "-c",
             f'umask {self.umask}; exec "$@"', "sh", *map(str, argv)],
            cwd=cwd or self.path, env={**ENV, "HOME": str(self.path),
                                            "GIT_CONFIG_GLOBAL": str(self.path / "gitconfig")}, capture_output=True, text=True,
            timeout=120)

    def sync(self, code=0, **how):
        done = self.run(self.nbsync, "sync", "--once", "--config", self.path / "nbsyncd.ini", **how)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, name, text):
        (self.local / name).write_text(text)
        os.chown(self.local / name, self.uid, self.uid)

    def read(self, name):
        path = self.local / name
        return path.read_text() if path.exists() else None


@pytest.fixture
def shared():
    """Ana's repository, and a place that everybody can get to."""
    if os.geteuid() != 0:
        pytest.skip("only root can become two users")
    top = Path(tempfile.mkdtemp(prefix="nbsync-shared-"))
    try:
        top.chmod(0o755)
        nbsync = top / "nbsync"
        shutil.copy(NBSYNC, nbsync)
        remote = top / "etl.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", "--shared=group",
                        remote], env=ENV, check=True)
        for path in [remote, *remote.rglob("*")]:
            os.chown(path, 4711, GROUP)
            path.chmod(0o2770 if path.is_dir() else 0o660 if path.stat().st_mode & 0o200 else 0o440)
        yield top, nbsync, remote
    finally:
        shutil.rmtree(top)


def everything_is_the_groups(remote):
    for path in [remote, *remote.rglob("*")]:
        st = path.lstat()
        assert st.st_gid == GROUP, path
        if stat.S_ISDIR(st.st_mode):
            assert st.st_mode & 0o2070 == 0o2070, f"{path}: {st.st_mode:o}"
        else:
            assert st.st_mode & 0o040, f"{path}: {st.st_mode:o}"


@pytest.mark.parametrize("branch", ["main", "team/etl/main"])
def test_two_users_share_a_repository(shared, branch):
    top, nbsync, remote = shared
    ana = Member(top, "Ana", 4711, nbsync, remote, "077", branch)
    ben = Member(top, "Ben", 4712, nbsync, remote, "022", branch)
    for i in range(4):
        ana.write(f"load{i}.py", notebook(f"print('ana {i}')"))
        ana.sync()
        ben.sync()
        assert ben.read(f"load{i}.py") == notebook(f"print('ana {i}')")
        ben.write(f"load{i}.py", notebook(f"print('ben {i}')"))
        ben.sync()
        everything_is_the_groups(remote)
        ana.sync()
        assert ana.read(f"load{i}.py") == notebook(f"print('ben {i}')")
    # A third with the real Git, between them.
    for member, name in ((ben, "clone-b"), (ana, "clone-a")):
        clone = member.path / name
        for argv in (["clone", "--quiet", "--branch", branch, remote, clone],
                     ["-C", clone, "-c", "user.name=C", "-c", "user.email=c@acme.example", "commit",
                      "--quiet", "--allow-empty", "-m", f"by hand, {name}"],
                     ["-C", clone, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}"]):
            done = member.run("git", *argv)
            assert done.returncode == 0, done.stderr
        ana.write("last.py", notebook(f"print('{name}')"))
        ana.sync()
        ben.sync()
        assert ben.read("last.py") == notebook(f"print('{name}')")
    assert ana.run("git", "-C", remote, "gc", "--quiet").returncode == 0
    ben.write("last.py", notebook("print('after gc')"))
    ben.sync()
    everything_is_the_groups(remote)
    fsck = ben.run("git", "-C", remote, "fsck", "--full", "--strict")
    assert fsck.returncode == 0 and "error" not in fsck.stderr, fsck.stderr
    authors = ben.run("git", "-C", remote, "log", "--format=%an|%cn <%ce>", branch).stdout.splitlines()
    assert {"Ana|nbsync <nbsync@localhost>", "Ben|nbsync <nbsync@localhost>"} <= set(authors)


def test_who_is_not_in_the_group_is_told(shared):
    top, nbsync, remote = shared
    eve = Member(top, "Eve", 4713, nbsync, remote, "022", "main")
    remote.chmod(0o2775)
    eve.write("load.py", ABC)
    said = eve.sync(code=5, groups=4713)
    assert "belongs to another user (uid 4711) and is not shared with us" in said
    assert "core.sharedRepository = group" in said
    assert not subprocess.run(["git", "rev-parse", "--verify", "--quiet", "main"], cwd=remote, env=ENV,
                              capture_output=True).stdout


# ---- an address ----

@pytest.fixture
def server(world):
    """The world's repository over smart HTTP."""
    log = world.path / "requests"
    log.touch()
    script = Path(__file__).resolve().parents[1] / "unit" / "git_http_server.py"
    process = subprocess.Popen([sys.executable, str(script), str(world.path), str(log)],
                               stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline())
    url = f"http://127.0.0.1:{port}/open/remote.git"
    world.allow(url)
    world.configure(git=url)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_nothing_is_committed_without_an_address(world, server):
    missing = ("nothing can be committed without an address that the Git server knows: set author_email "
               "in section [mapping etl]")
    done = world.run("check", "--config", world.config)
    assert done.returncode == 5 and f"mapping 'etl': {missing}" in done.stderr
    result = world.sync(code=5)
    assert result["sides"]["git"] == {**result["sides"]["git"], "state": "held", "sentence": missing}
    assert result["counts"]["commits"] == 0
    done = world.run("commit", "--once", "--config", world.config, "-m", "Load")
    assert done.returncode == 5 and missing in done.stderr and "nothing was pushed" in done.stderr
    assert not tip(world)
    # What others push arrives all the same.
    world.git_commit("by hand", {"notebooks/other.py": notebook("1")})
    world.sync(code=5)
    assert (world.local / "other.py").read_text() == notebook("1")
    world.configure(author_name="Ana", author_email="ana@acme.example")
    assert world.run("check", "--config", world.config).returncode == 0
    world.sync()
    assert world.in_git("load.py") == ABC
    last = subprocess.run(["git", "log", "-1", "--format=%an <%ae> %cn <%ce>", "main"], cwd=world.remote,
                          capture_output=True, text=True).stdout.strip()
    assert last == "Ana <ana@acme.example> nbsync <ana@acme.example>"


def test_no_address_is_needed_to_take_from_git_only(world, server):
    world.git_commit("by hand", {"notebooks/other.py": notebook("1")})
    (world.local / "load.py").unlink()
    world.configure(direction="git->local")
    assert world.run("check", "--config", world.config).returncode == 0
    world.sync()
    assert (world.local / "other.py").read_text() == notebook("1")


def test_trailers_of_a_summary(world):
    """As git reads them, in a commit that was pushed."""
    world.configure(commit="manual", author_email="ana@acme.example")
    world.sync_any()
    done = world.run("commit", "--once", "--config", world.config, "-m",
                     "Load orders\n\nBy month.\n\nCo-authored-by: Ben <ben@acme.example>\n"
                     "Change-Id: I8473b95934b5732ac55d26311a706c9c2bde9940\x1b[31m\n\n", check=0)
    assert "committed and pushed" in done.stdout
    trailers = subprocess.run(["git", "log", "-1", "--format=%(trailers:only)", "main"],
                              cwd=world.remote, capture_output=True, text=True).stdout
    assert trailers.startswith("Co-authored-by: Ben <ben@acme.example>\n"
                               "Change-Id: I8473b95934b5732ac55d26311a706c9c2bde9940[31m\n"
                               "Nbsync-Mapping: etl\n")
