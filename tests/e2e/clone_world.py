# SPDX-License-Identifier: Apache-2.0
"""A world whose local directory is a folder of a clone that a person works in, with real Git.

The repository has other things than notebooks, a file with a stash, and a file that is staged: none of
them may ever change but by the person.
"""

import os
import subprocess

from world import ABC, World

ENVIRONMENT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
               "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@acme.example",
               "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@acme.example",
               "GIT_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no"}


class CloneWorld(World):
    """local is <clone>/notebooks; top is the clone."""

    def __init__(self, path, emulator, begun=True, **keys):
        keys = {"clone": "follow", "git_path": "notebooks"} | keys
        super().__init__(path, emulator, **keys)
        if begun:
            self.git_commit("begin", {"notebooks/load.py": ABC, "README.md": "one\n",
                                      "lib/x.py": "x = 1\n"})
        self.local.rmdir()
        self.top = self.path / "work"
        self.git_bare("clone", "-q", str(self.remote), str(self.top), cwd=self.path)
        self.local = self.top / "notebooks"
        self.local.mkdir(exist_ok=True)
        self.configure(local=str(self.local))

    def work(self, *argv, code=0, cwd=None):
        """Runs git in the clone, as its user; code None: whatever comes."""
        done = subprocess.run(["git", *argv], cwd=cwd or self.top, capture_output=True, text=True,
                              env={**os.environ, **ENVIRONMENT})
        assert code is None or done.returncode == code, (argv, done.stdout, done.stderr)
        return done.stdout if code is not None else done

    def porcelain(self):
        return self.work("status", "--porcelain")

    def head(self, rev="HEAD"):
        return self.work("rev-parse", rev).strip()

    def tip(self):
        return self.git("rev-parse", "main").strip()

    def is_clean(self):
        """Git's user has nothing to do: no change, no commit, nothing to pull."""
        assert self.porcelain() == ""
        assert self.head() == self.tip()
        assert "up to date" in self.work("pull")
        assert self.work("status", "-sb").splitlines() == ["## main...origin/main"]
        self.work_fsck()

    def work_fsck(self):
        assert self.work("fsck", "--strict", "--no-dangling") == ""
        left = [p.name for p in (self.top / ".git").glob("nbsync-*")]
        assert left == []

    def local_held(self, result):
        side = result["sides"]["local"]
        return side["sentence"] if side["state"] == "held" else None


def make_rival(world):
    """Branch rival and main have both changed a notebook; rival has more of them."""
    world.work("checkout", "-q", "-b", "rival")
    for i in range(20):
        world.write(f"r{i}.py", ABC)
    world.write("load.py", ABC.replace("'a'", "'theirs'"))
    world.work("add", "-A")
    world.work("commit", "-qm", "rival")
    world.work("checkout", "-q", "main")
    world.write("load.py", ABC.replace("'a'", "'mine'"))
    world.work("commit", "-qam", "mine")
