# SPDX-License-Identifier: Apache-2.0
"""Foreground cycles over three real sides: what arrives where, and what must never happen.

The rows of the scenario table are in test_scenarios_*.py; this is what they take for granted.
"""

import json

import pytest

from world import ABC as A
from world import World, ipynb, notebook


# ---- arriving ----

def test_local_notebooks_arrive_everywhere(world):
    sql = "-- Databricks notebook source\nSELECT 1\n"
    world.write("etl/load.py", A)
    world.write("etl/totals.sql", sql)
    world.write("chart.ipynb", ipynb("display(1)", output="1\n"))
    result = world.sync()
    assert result["counts"]["written"] == {"git": 3, "workspace": 3, "local": 0}
    world.everywhere("etl/load", A)
    assert world.in_git("etl/totals.sql") == sql
    assert world.ws("etl/totals").rstrip("\n") == sql.rstrip("\n")
    assert world.ws_status("etl/totals")["language"] == "SQL"
    assert world.in_git("chart.py") == notebook("display(1)")
    assert world.subjects() == ["Add 3 notebooks"]
    world.quiet()
    world.fsck()


def test_workspace_and_git_notebooks_arrive_everywhere(world):
    world.ws_edit("from_ws", A)
    world.git_commit("first", {"notebooks/deep/from_git.py": A, "README.md": "hello\n"})
    world.sync()
    world.everywhere("deep/from_git", A)
    assert world.read("from_ws.py").rstrip("\n") == A.rstrip("\n")
    assert world.in_git("from_ws.py") is not None
    assert world.in_git("README.md", folder="") == "hello\n"
    world.quiet()


@pytest.mark.parametrize("side", ["local", "workspace", "git"])
def test_an_edit_arrives_on_the_other_two(agreed, side):
    b = A.replace("'b'", "'changed'")
    {"local": lambda: agreed.write("load.py", b),
     "workspace": lambda: agreed.ws_edit("load", b),
     "git": lambda: agreed.git_commit("by Ana", {"notebooks/load.py": b})}[side]()
    agreed.sync()
    agreed.everywhere("load", b)
    if side != "git":
        assert agreed.subjects()[0] == "Update load"
        body = agreed.git("log", "-1", "--format=%B", "main")
        assert "Nbsync-Mapping: etl" in body and f"Nbsync-Side: {side}" in body
    agreed.quiet()
    agreed.fsck()


def test_a_commit_names_the_sides_that_a_merge_came_from(agreed):
    agreed.write("load.py", A.replace("'b'", "'local'"))
    agreed.ws_edit("load", A.replace("'c'", "'workspace'"))
    agreed.sync()
    body = agreed.git("log", "-1", "--format=%B", "main")
    assert "\nNbsync-Side: workspace\nNbsync-Side: local\n" in body, body


@pytest.mark.parametrize("side", ["local", "workspace", "git"])
def test_a_deletion_arrives_on_the_other_two(agreed, side):
    agreed.write("stays.py", A)
    agreed.sync()
    {"local": lambda: (agreed.local / "load.py").unlink(),
     "workspace": lambda: agreed.ws_delete("load"),
     "git": lambda: agreed.git_commit("away", {"notebooks/load.py": None})}[side]()
    agreed.sync()
    assert agreed.read("load.py") is None
    assert agreed.ws("load") is None
    assert agreed.in_git("load.py") is None
    agreed.everywhere("stays", A)
    # No version is ever destroyed.
    assert agreed.hub("show", "refs/nbsync/agreed~1:load.py") == A
    agreed.quiet()


def test_ipynb_locally_and_source_in_git(tmp_path, emulator):
    world = World(tmp_path, emulator, local_format="ipynb")
    world.ws_edit("x", A)
    world.sync()
    nb = json.loads(world.read("x.ipynb"))
    assert ["".join(c["source"]) for c in nb["cells"]] == [f"print('{x}')" for x in "abc"]
    assert world.in_git("x.py") == A
    world.quiet()
    # An edit keeps the outputs of the cells that did not change.
    nb["cells"][1]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["b\n"]}]
    world.write("x.ipynb", json.dumps(nb, indent=1) + "\n")
    world.quiet()
    world.ws_edit("x", A.replace("'c'", "'new'"))
    world.sync()
    nb = json.loads(world.read("x.ipynb"))
    assert nb["cells"][1]["outputs"] and nb["cells"][2]["source"] == ["print('new')"]
    world.quiet()


def test_plain_scripts_and_other_files_stay_where_they_are(agreed):
    agreed.write("helper.py", "def f(): pass\n")
    agreed.write("data.csv", "1,2\n")
    agreed.quiet()
    assert agreed.ws("helper") is None and agreed.in_git("helper.py") is None


# ---- fewer sides ----

def test_one_way_from_git_to_the_workspace(tmp_path, emulator):
    world = World(tmp_path, emulator, local=None, direction="git->workspace")
    world.git_commit("first", {"notebooks/job.py": A})
    world.sync()
    assert world.ws("job").rstrip("\n") == A.rstrip("\n")
    world.ws_edit("mine", A)
    world.ws_edit("job", A.replace("'a'", "'hotfix'"))
    world.sync()
    assert world.ws("job").rstrip("\n") == A.rstrip("\n")
    assert world.ws("mine") is not None and world.in_git("mine.py") is None
    # What was overwritten stands in the hub.
    assert "hotfix" in world.hub("log", "-p", "refs/nbsync/seen/workspace")


@pytest.mark.parametrize("missing", ["local", "workspace", "git"])
def test_any_two_sides_are_enough(tmp_path, emulator, missing):
    world = World(tmp_path, emulator, **{missing: None})
    if missing == "local":
        world.ws_edit("x", A)
    else:
        world.write("x.py", A)
    world.sync()
    assert missing == "local" or world.read("x.py") == A
    assert missing == "workspace" or world.ws("x").rstrip("\n") == A.rstrip("\n")
    assert missing == "git" or world.in_git("x.py").rstrip("\n") == A.rstrip("\n")
    world.quiet()


# ---- the workspace misbehaves ----

def test_wrong_token_holds_only_the_workspace(world):
    world.token.write_text("dapi" + "0" * 32 + "\n")
    world.write("x.py", A)
    result = world.sync(code=5)
    sentence = result["sides"]["workspace"]["sentence"]
    assert "workspace 'dev' refused the token" in sentence and str(world.token) in sentence
    assert world.in_git("x.py") == A
    world.token.write_text(world.emulator.token + "\n")
    world.sync()
    world.everywhere("x", A)


def test_unreachable_workspace_holds_only_the_workspace(world):
    url, world.emulator.url = world.emulator.url, "http://127.0.0.1:1"
    world.configure()
    world.write("x.py", A)
    result = world.sync(code=5)
    assert "cannot reach 'http://127.0.0.1:1" in result["sides"]["workspace"]["sentence"]
    assert world.in_git("x.py") == A
    world.emulator.url = url
    world.configure()
    world.sync()
    world.everywhere("x", A)
