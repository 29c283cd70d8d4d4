# SPDX-License-Identifier: Apache-2.0
"""A script that changes its kind, over three real sides: notebooks that become modules, and back."""

import urllib.error

import pytest

from files_world import (MODULE, agreed_files, drop, everywhere, files, git, held,  # noqa: F401
                         local, put, ws, ws_put)
from world import ABC, notebook


@pytest.mark.parametrize("side", ["local", "git"])
def test_a_module_becomes_a_notebook(agreed_files, side):
    put(agreed_files, side, "etl/util.py", ABC)
    agreed_files.sync()
    agreed_files.everywhere("etl/util", ABC)
    assert agreed_files.ws_status("etl/util")["object_type"] == "NOTEBOOK"
    assert ws(agreed_files, "etl/util.py") is None
    history = agreed_files.hub("log", "--format=", "--name-only", "refs/nbsync/agreed")
    assert ".files/etl/util.py" in history and "\netl/util.py" in history
    agreed_files.quiet()
    agreed_files.fsck()


def test_a_module_becomes_a_notebook_in_the_workspace(agreed_files):
    drop(agreed_files, "workspace", "etl/util.py")
    agreed_files.ws_edit("etl/util", ABC)
    agreed_files.sync()
    agreed_files.everywhere("etl/util", ABC)
    agreed_files.quiet()


def test_a_notebook_becomes_a_module_in_the_workspace(agreed_files):
    agreed_files.ws_delete("load")
    ws_put(agreed_files, "load.py", MODULE)
    agreed_files.sync()
    everywhere(agreed_files, "load.py", MODULE)
    agreed_files.quiet()


def test_a_module_that_became_a_notebook_and_was_edited_is_held(agreed_files):
    agreed_files.write("etl/util.py", ABC)
    ws_put(agreed_files, "etl/util.py", "edited = 1\n")
    result = agreed_files.sync_any()
    assert {("etl/util", "collision"), ("etl/util.py", "collision")} <= {
        (h["path"], h["reason"]) for h in result["held"]}
    assert agreed_files.read("etl/util.py") == ABC
    assert ws(agreed_files, "etl/util.py") == b"edited = 1\n"
    assert agreed_files.in_git("etl/util.py") == MODULE
    agreed_files.quiet()


def test_a_notebook_becomes_a_module_in_git(agreed_files):
    """A commit is never half-written. In the workspace a notebook cannot become a file: one goes, the
    other comes."""
    before = agreed_files.ws_status("load")
    put(agreed_files, "git", "load.py", MODULE)
    agreed_files.sync()
    everywhere(agreed_files, "load.py", MODULE)
    with pytest.raises(urllib.error.HTTPError):
        agreed_files.ws_status("load")
    assert agreed_files.ws_status("load.py")["object_id"] != before["object_id"]
    seen = agreed_files.hub("log", "--format=", "-p", "refs/nbsync/seen/workspace")
    assert "+print('a')" in seen
    agreed_files.quiet()
    agreed_files.fsck()
    put(agreed_files, "git", "load.py", ABC)
    agreed_files.sync()
    agreed_files.everywhere("load", ABC)
    assert ws(agreed_files, "load.py") is None
    agreed_files.quiet()


def test_a_notebook_that_loses_its_header_locally_is_held(agreed_files):
    put(agreed_files, "local", "load.py", MODULE)
    result = agreed_files.sync_any()
    assert ("load", "local", "unparsable") in held(result)
    assert agreed_files.ws("load") is not None
    put(agreed_files, "local", "load.py", ABC)
    agreed_files.sync()
    agreed_files.everywhere("load", ABC)


@pytest.mark.parametrize("files_key", ["all", "none"])
def test_a_header_that_was_taken_away_on_purpose(agreed_files, files_key):
    agreed_files.configure(files=files_key)
    agreed_files.write("load.py", MODULE)
    sentence = [h["sentence"] for h in agreed_files.sync_any()["held"]][0]
    assert "run 'nbsync resolve etl load --local' if" in sentence
    agreed_files.run("resolve", "etl", "load", "--local", "--once", "--config",
                     agreed_files.config, check=0)
    agreed_files.sync()
    if files_key == "all":
        everywhere(agreed_files, "load.py", MODULE)
    else:
        assert local(agreed_files, "load.py") == MODULE.encode()
        assert git(agreed_files, "load.py") is None and ws(agreed_files, "load.py") is None
    agreed_files.quiet()


def test_a_notebook_that_was_edited_while_it_became_a_module(agreed_files):
    edit = notebook("print('edited')")
    agreed_files.ws_edit("load", edit)
    put(agreed_files, "git", "load.py", MODULE)
    result = agreed_files.sync_any()
    assert {("load", "collision"), ("load.py", "collision")} <= {
        (h["path"], h["reason"]) for h in result["held"]}
    assert git(agreed_files, "load.py") == MODULE.encode()
    assert agreed_files.read("load.py") == ABC
    agreed_files.run("resolve", "etl", "load", "--workspace", "--once", "--config",
                     agreed_files.config, check=0)
    agreed_files.sync()
    agreed_files.everywhere("load", edit)
    agreed_files.quiet()


def test_a_notebook_that_cannot_become_a_module_halfway(agreed_files):
    """The notebook is gone in the workspace, the file did not arrive: it is tried again."""
    agreed_files.control("faults", rules=[{"action": "status", "endpoint": "workspace/import",
                                           "status": 403, "count": 1}])
    put(agreed_files, "git", "load.py", MODULE)
    agreed_files.sync_any()
    assert agreed_files.ws("load") is None and ws(agreed_files, "load.py") is None
    assert local(agreed_files, "load.py") == MODULE.encode()
    agreed_files.sync()
    everywhere(agreed_files, "load.py", MODULE)
    agreed_files.quiet()


def test_a_half_written_notebook_does_not_delete_the_module_it_was(agreed_files):
    agreed_files.write("etl/util.py",
                       notebook("<<<<<<< mine\na\n=======\nb\n>>>>>>> theirs"))
    agreed_files.sync_any()
    assert git(agreed_files, "etl/util.py") == MODULE.encode()
    assert ws(agreed_files, "etl/util.py") == MODULE.encode()


def test_a_change_of_kind_that_the_workspace_refuses_halfway(agreed_files):
    """The old object is gone, the new one did not arrive: both are in the hub, and it is tried
    again."""
    agreed_files.control("faults", rules=[{"action": "status", "endpoint": "workspace/import",
                                           "status": 403, "count": 1}])
    agreed_files.write("etl/util.py", ABC)
    agreed_files.sync_any()
    assert ws(agreed_files, "etl/util.py") is None and agreed_files.ws("etl/util") is None
    seen = "refs/nbsync/seen/workspace"
    before = agreed_files.hub("log", "--format=%H", "-1", "--diff-filter=D", seen, "--",
                              ".files/etl/util.py").strip()
    assert agreed_files.hub("show", f"{before}~:.files/etl/util.py") == MODULE
    assert agreed_files.hub("show", "refs/nbsync/agreed:etl/util.py") == ABC
    agreed_files.sync()
    agreed_files.everywhere("etl/util", ABC)
    agreed_files.quiet()


def test_none_lets_a_notebook_go_that_became_a_module(world):
    world.write("load.py", ABC)
    world.write("fine.py", ABC)
    world.sync()
    world.git_commit("by Ana", {"notebooks/load.py": MODULE})
    world.sync()
    assert world.in_git("load.py") == MODULE
    assert local(world, "load.py") is None and world.ws("load") is None
    seen = world.hub("log", "--format=", "-p", "refs/nbsync/seen/workspace")
    assert "-print('a')" in seen
    world.quiet()
    world.git_commit("by Ana", {"notebooks/load.py": notebook("print('back')")})
    world.sync()
    world.everywhere("load", notebook("print('back')"))
    world.quiet()
