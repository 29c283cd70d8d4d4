# SPDX-License-Identifier: Apache-2.0
"""The Git side of foreground cycles: branches that move, files of others, and the allow-list.

Row numbers in names are those of the scenario table that the tests follow.
"""

from world import ABC as A
from world import World

# ---- F: Git ----

def test_row_130_a_moved_branch_is_merged_and_pushed_again(agreed):
    """A colleague pushes while our commit waits: the next cycle merges both, nothing is forced."""
    agreed.write("mine.py", A)
    hook = agreed.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    agreed.sync_any()
    hook.unlink()
    agreed.git_commit("theirs", {"notebooks/theirs.py": A, "other.txt": "x\n"})
    agreed.sync()
    agreed.everywhere("mine", A)
    agreed.everywhere("theirs", A)
    assert agreed.in_git("other.txt", folder="") == "x\n"
    agreed.quiet()
    agreed.fsck()


def test_row_131_a_rewritten_branch_loses_nothing(agreed):
    agreed.write("two.py", A)
    agreed.sync()
    tip = agreed.git("rev-parse", "main").strip()
    agreed.git("update-ref", "refs/heads/main", "main~1")
    agreed.sync()
    assert tip in agreed.hub("rev-list", "refs/nbsync/seen/git")


def test_row_136_files_of_others_are_never_touched(agreed):
    others = {"pipeline/a.json": "{}\n", "notebooks/README.md": "x\n", "notebooks/lib.py": "x=1\n",
              "dataset/b.json": "{}\n", "factory.py": A}
    agreed.git_commit("data factory", others)
    agreed.write("load.py", A.replace("'a'", "2"))
    agreed.write("new.py", A)
    agreed.sync()
    assert agreed.git("diff-tree", "-r", "--name-only", "--no-commit-id", "main").split() == \
        ["notebooks/load.py", "notebooks/new.py"]
    for name, text in others.items():
        assert agreed.in_git(name, folder="") == text


def test_manual_commits_wait(tmp_path, emulator):
    world = World(tmp_path, emulator, commit="manual")
    world.write("x.py", A)
    result = world.sync()
    assert result["waiting"]["paths"] == 1 and world.subjects() == []
    assert world.ws("x") is not None


# ---- the allow-list ----

def test_without_permission_nothing_is_committed_or_pushed(world):
    world.allow("https://git.acme.example/team/")
    world.write("x.py", A)
    result = world.sync(code=5)
    git = result["sides"]["git"]
    assert git["state"] == "held" and "remote.git" in git["sentence"] and "allow" in git["sentence"]
    assert world.ws("x") is not None and world.subjects() == []
    world.ws_edit("x", A.replace("'a'", "2"))
    world.sync(code=5)
    assert "2" in world.read("x.py")
    world.allow(f"file://{world.path}/")
    world.sync()
    assert world.subjects() == ["Add x"]


def test_commit_push_restriction_still_reads(agreed):
    agreed.allow("https://git.acme.example/team/", f"file://{agreed.path}/nothing/",
                 restrict="commit-push")
    agreed.git_commit("by Ana", {"notebooks/load.py": A.replace("'a'", "2")})
    agreed.sync_any()
    commits = len(agreed.subjects())
    agreed.write("load.py", A)
    result = agreed.sync(code=5)
    assert result["sides"]["git"]["state"] == "held"
    assert len(agreed.subjects()) == commits
