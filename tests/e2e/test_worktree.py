# SPDX-License-Identifier: Apache-2.0
"""The local directory is a Git working tree: what has to be said of it, and how its clone goes along."""

import os
import subprocess

import pytest

from clone_world import CloneWorld, make_rival
from world import ABC, NBSYNC, ipynb

B = ABC.replace("'b'", "'edited'")


def test_an_edit_is_pushed_and_the_clone_is_clean(clone):
    clone.write("load.py", B)
    clone.write("new/more.py", ABC)
    clone.sync()
    clone.everywhere("load", B)
    clone.is_clean()
    assert "nbsync: fast-forward" in clone.work("reflog", "-1")
    assert "nbsync: fast-forward" in clone.work("reflog", "-1", "main")
    clone.quiet()
    clone.fsck()


def test_other_entries_of_the_index_and_the_stash_stay(clone):
    (clone.top / "lib" / "x.py").write_text("x = 2\n")
    clone.work("stash", "-q")
    (clone.top / "README.md").write_text("two\n")
    clone.work("add", "README.md")
    clone.work("rm", "-q", "--cached", "lib/x.py")
    (clone.top / "new.txt").write_text("new\n")
    clone.work("add", "--intent-to-add", "new.txt")
    before, stash = clone.porcelain(), clone.head("stash@{0}")
    clone.write("load.py", B)
    clone.sync()
    clone.everywhere("load", B)
    assert clone.porcelain() == before
    assert clone.head() == clone.tip() and clone.head("stash@{0}") == stash
    assert clone.work("show", ":README.md") == "two\n"
    clone.work_fsck()


def test_what_colleagues_changed_in_notebooks_needs_no_pull(clone):
    clone.git_commit("by Bob", {"notebooks/load.py": B, "notebooks/b.py": ABC})
    clone.sync()
    clone.everywhere("load", B)
    clone.is_clean()
    clone.git_commit("by Bob", {"notebooks/b.py": None})
    clone.sync()
    assert clone.read("b.py") is None
    clone.is_clean()


def test_what_colleagues_changed_elsewhere_needs_a_pull_that_works(clone):
    clone.git_commit("by Bob", {"notebooks/load.py": B, "README.md": "two\n"})
    result = clone.sync()
    clone.everywhere("load", B)
    assert clone.head() != clone.tip()
    assert any("run 'git pull' there" in note for note in result["notes"])
    assert clone.porcelain() == "M  notebooks/load.py\n"
    clone.write("load.py", ABC)
    clone.sync()
    clone.everywhere("load", ABC)
    assert (clone.top / "README.md").read_text() == "one\n"
    assert "Fast-forward" in clone.work("pull", "--no-rebase")
    assert (clone.top / "README.md").read_text() == "two\n"
    assert clone.sync()["notes"] == []
    clone.is_clean()


def test_commits_of_the_user_are_theirs_to_push(clone):
    clone.write("load.py", B)
    clone.work("commit", "-qam", "mine")
    clone.ws_edit("more", ABC)
    result = clone.sync()
    assert (clone.ws("load") or "").rstrip("\n") == B.rstrip("\n")
    assert clone.read("more.py") is not None
    assert "git push" in result["waiting"]["sentence"] and result["waiting"]["paths"] == 2
    assert clone.subjects() == ["begin"]
    done = clone.run("commit", "--once", "-m", "now", "--config", clone.config, check=5)
    assert "nothing was pushed: 2 changes wait for 'git push'" in done.stderr
    clone.work("commit", "-q", "--amend", "-m", "mine, amended")
    clone.sync()
    clone.work("push", "-q")
    clone.sync()
    # What was said of it before is not lost.
    assert clone.subjects() == ["now", "mine, amended", "begin"]
    clone.is_clean()


def test_another_branch_here_and_in_the_configuration(clone):
    """Nothing of it travels before it was confirmed, neither from the remote nor from the clone."""
    clone.write("only.py", ABC)
    clone.sync()
    clone.work("checkout", "-q", "-b", "dev")
    clone.write("load.py", B)
    clone.write("more.py", B)
    (clone.local / "only.py").unlink()
    clone.work("add", "-A")
    clone.work("commit", "-qm", "dev")
    clone.work("push", "-q", "-u", "origin", "dev")
    clone.configure(branch="dev")
    for _ in range(2):
        result = clone.sync(code=5)
        assert "on branch 'dev' now" in clone.local_held(result)
        assert "1 notebook changes ('load'), 1 is new ('more'), 1 is deleted everywhere ('only')" \
            in result["sides"]["git"]["sentence"]
        assert clone.ws("only") is not None and clone.ws("more") is None
        assert clone.ws("load").rstrip("\n") == ABC.rstrip("\n")
    clone.run("confirm", "--once", "--config", clone.config, check=0)
    assert clone.local_held(clone.sync()) is None
    assert clone.ws("only") is None and clone.ws("more") is not None
    assert clone.ws("load").rstrip("\n") == B.rstrip("\n") and clone.porcelain() == ""
    assert clone.head() == clone.git("rev-parse", "dev").strip()


def test_nothing_is_written_where_it_would_be_in_the_way_of_a_pull(clone):
    (clone.top / "README.md").write_text("mine\n")
    clone.work("commit", "-qam", "mine")
    clone.git_commit("by Bob", {"notebooks/load.py": B})
    result = clone.sync(code=5)
    assert "run 'git pull' there" in clone.local_held(result)
    assert clone.porcelain() == "" and clone.read("load.py") == ABC
    clone.write("mine.py", ABC)
    clone.sync(code=5)
    assert clone.ws("mine") is not None and clone.ws("load").rstrip("\n") == B.rstrip("\n")
    clone.work("add", "-A")
    clone.work("commit", "-qm", "mine, too")
    clone.work("pull", "-q", "--no-rebase")
    clone.work("push", "-q")
    clone.sync()
    clone.everywhere("load", B)
    clone.everywhere("mine", ABC)
    clone.is_clean()


def test_a_part_that_is_staged_is_left_to_its_user(clone):
    clone.write("load.py", B)
    clone.work("add", "notebooks/load.py")
    clone.write("load.py", B.replace("'c'", "'and more'"))
    clone.sync()
    result = clone.sync()
    assert clone.work("show", ":notebooks/load.py") == B
    assert any("has something else staged" in note for note in result["notes"])
    clone.work("reset", "-q")
    clone.sync()
    clone.is_clean()


def test_outputs_stay_out_of_git_and_show_as_the_only_change(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator, local_format="ipynb", git_format="ipynb")
    world.write("run.ipynb", ipynb("print('hello')", output="hello\n"))
    world.sync()
    assert world.head() == world.tip()
    assert world.porcelain() == " M notebooks/run.ipynb\n"
    assert "hello\\n" not in world.in_git("run.ipynb")
    assert "hello\\n" in world.read("run.ipynb")
    world.run("convert", "--install-git", world.top, check=0)
    environment = {"PATH": f"{NBSYNC.parent.absolute()}:{os.environ['PATH']}"}
    done = subprocess.run(["git", "status", "--porcelain"], cwd=world.top, capture_output=True,
                          text=True, env={**os.environ, **environment})
    assert done.stdout.replace("?? .gitattributes\n", "") == "", done


def test_line_ends_that_git_converts_are_no_difference(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator, begun=False)
    world.work("checkout", "-q", "-B", "main")
    (world.top / ".gitattributes").write_text("*.py text eol=crlf\n")
    world.work("add", ".gitattributes")
    world.work("commit", "-qm", "attributes")
    world.work("push", "-q", "-u", "origin", "main")
    world.sync()
    world.git_commit("by Bob", {"notebooks/load.py": ABC})
    world.sync()
    world.write("load.py", world.read("load.py").replace("\n", "\r\n"))
    world.sync()
    assert world.head() == world.tip() and world.porcelain() == ""


def test_an_empty_repository_is_filled(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator, begun=False)
    world.work("symbolic-ref", "HEAD", "refs/heads/main")
    world.write("load.py", ABC)
    world.sync()
    world.everywhere("load", ABC)
    world.work("branch", "-q", "--set-upstream-to=origin/main")
    world.is_clean()


def test_a_commit_and_an_edit_upon_it_are_no_clash(clone):
    clone.write("load.py", B)
    clone.work("commit", "-qam", "mine")
    clone.work("push", "-q")
    later = B.replace("'c'", "'later'").replace("'edited'", "'edited again'")
    clone.write("load.py", later)
    clone.sync()
    clone.everywhere("load", later)
    assert clone.subjects() == ["Update load", "mine", "begin"]
    clone.is_clean()


def test_edits_from_before_the_first_cycle_are_no_clash(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator)
    world.write("load.py", B)
    world.sync()
    world.everywhere("load", B)
    world.is_clean()


# ---- what has to be said of it ----

def test_nothing_travels_before_somebody_says_what_it_means(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator, clone=None)
    world.write("load.py", B)
    world.ws_edit("browser", ABC)
    sentence = world.local_held(world.sync(code=5))
    for part in (f"'{world.local}' is in the Git working tree '{world.top}'", "clone = follow",
                 "clone = independent"):
        assert part in sentence
    assert world.ws("load").rstrip("\n") == ABC.rstrip("\n") and world.in_git("browser.py") is not None
    assert world.local_files() == ["load.py"]
    done = world.run("check", "--config", world.config, check=78)
    assert sentence in done.stderr
    world.configure(clone="follow")
    world.run("check", "--config", world.config, check=0)
    world.sync()
    world.everywhere("load", B)
    world.everywhere("browser", ABC)
    world.is_clean()


@pytest.mark.parametrize("change, part", [
    ({"git_path": "other"}, "the mapping's git_path is 'other'"),
    ({"git_path": None}, "the mapping's git_path is ''"),
    ({"branch": "next"}, None),
    ({"git": "file:///nowhere/x.git"}, "has no remote that is 'file:///nowhere/x.git'"),
    ({"local_format": "ipynb"}, "the same local_format and git_format"),
])
def test_what_does_not_correspond_is_said(tmp_path, emulator, change, part):
    world = CloneWorld(tmp_path, emulator, **change)
    world.allow(f"file://{world.path}/", "file:///nowhere/")
    done = world.run("check", "--config", world.config, check=78 if part else 0)
    assert (part or "") in done.stderr
    if "local_format" in change:
        return
    sentence = world.local_held(world.sync(code=5))
    assert (part or "'main' is checked out there, and not branch 'next'") in sentence
    assert world.porcelain() == ""


def test_a_directory_that_is_no_working_tree_cannot_be_followed(world):
    world.configure(clone="follow")
    result = world.sync(code=5)
    assert "is in no Git working tree" in result["sides"]["local"]["sentence"]
    world.configure(clone="independent")
    assert world.sync()["notes"] == []


def test_independent_means_like_any_other(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator, clone="independent")
    result = world.sync()
    assert [note for note in result["notes"] if "clone = independent" in note]
    begun = world.head()
    world.write("load.py", B)
    world.sync()
    world.everywhere("load", B)
    assert world.head() == begun and world.porcelain() == " M notebooks/load.py\n"
    make_rival(world)
    world.work("checkout", "-q", "rival")
    world.sync()
    world.everywhere("r1", ABC)
    assert not any(name.startswith(".git") for name in world.git_files())


def test_the_git_directory_does_not_travel(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator, begun=False, git_path=None, files="all")
    world.local = world.top
    world.configure(local=str(world.top))
    world.work("symbolic-ref", "HEAD", "refs/heads/main")
    world.write("load.py", ABC)
    world.write("data.txt", "x\n")
    hook = world.top / ".git" / "hooks" / "post-commit.py"
    hook.write_text("# Databricks notebook source\n1\n")
    world.sync()
    assert world.git_files() == ["data.txt", "load.py"]
    assert world.porcelain() == "" and world.head() == world.tip()


# ---- other shapes of working trees ----

def test_a_linked_working_tree(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator)
    first = world.top
    world.work("checkout", "-q", "-b", "first")
    world.top = world.path / "linked"
    world.work("worktree", "add", "-q", str(world.top), "main", cwd=first)
    world.local = world.top / "notebooks"
    world.configure(local=str(world.local))
    world.write("load.py", B)
    world.sync()
    world.everywhere("load", B)
    assert world.porcelain() == "" and world.head() == world.tip()
    assert "nbsync: fast-forward" in world.work("reflog", "-1")
    assert world.work("status", "--porcelain", cwd=first) == ""
    make_rival(world)
    world.work("rebase", "rival", code=1)
    assert "a rebase is under way" in world.local_held(world.sync(code=5))
    world.work("rebase", "--abort")
    world.sync()
    assert world.work("fsck", "--strict", "--no-dangling", cwd=first) == ""


def test_a_submodule(tmp_path, emulator):
    world = CloneWorld(tmp_path, emulator)
    outer = world.path / "outer"
    world.work("init", "-q", str(outer))
    world.work("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(world.remote), "sub",
               cwd=outer)
    world.top = outer / "sub"
    world.local = world.top / "notebooks"
    world.configure(local=str(world.local))
    assert (world.top / ".git").is_file()
    world.work("checkout", "-q", "--detach")
    assert "no branch is checked out" in world.local_held(world.sync(code=5))
    world.work("checkout", "-q", "main")
    world.write("load.py", B)
    world.sync()
    world.everywhere("load", B)
    assert world.porcelain() == "" and world.head() == world.tip()
    assert world.work("fsck", "--strict", "--no-dangling") == ""
