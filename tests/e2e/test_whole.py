# SPDX-License-Identifier: Apache-2.0
"""A version is the whole notebook: what nbsync was not asked to change stays as it is, under every
combination of formats and outputs, and what it displaces can be had back whole.

NBSYNC_MATRIX=all plays every combination; else those in which each pair of settings is met once.
"""

import itertools
import os

import pytest

from boards import board, cell, cells, jupyter, metadata, printed, put, tags
from whole_world import BORN, FIRST, KEYS, KEPT, LAPTOP, SIDES, SOURCE, Whole
from world import ROOT

FORMATS = ("source", "ipynb", "keep")
OUTPUTS = ("strip", "keep", "keep-tagged")
ALL = list(itertools.product(FORMATS, FORMATS, FORMATS, OUTPUTS))
PAIRS = [(FORMATS[a], FORMATS[b], FORMATS[(a + b) % 3], OUTPUTS[(a + 2 * b) % 3])
         for a in range(3) for b in range(3)]
MATRIX = ALL if os.environ.get("NBSYNC_MATRIX") == "all" else PAIRS


def settings(local="keep", git="keep", workspace="keep", outputs="strip"):
    """As keys of a mapping; the default of workspace_format is left to itself."""
    return {"local_format": local, "git_format": git, "outputs": outputs,
            "workspace_format": workspace if workspace != "keep" else None}


@pytest.fixture
def whole(tmp_path, emulator):
    return lambda **keys: Whole(tmp_path, emulator, **settings(**keys))


def forms_by_the_manual(keys):
    """Where a notebook was born it stays what it is; elsewhere its side's key decides."""
    return {(side, name): form if side == born or keys[side] == "keep" else keys[side]
            for name, (born, form) in BORN.items() for side in SIDES}


def edit_everywhere(world, outputs):
    """Each side in turn edits all six; nothing but the edited word changes, anywhere."""
    forms = world.forms()
    for number, side in enumerate(("local", "git", "workspace", "local"), 1):
        old, new = f"total = {number}", f"total = {number + 1}"
        before = world.texts()
        world.replace(side, old, new)
        expected = {key: text.replace(old, new) for key, text in before.items()}
        if side == "workspace":
            expected |= {(side, name): world.text(side, name) for name in BORN}
        world.sync()
        assert world.forms() == forms
        world.expect(expected)
        world.outputs_stay_home(outputs)
        if side != "workspace":
            world.in_hub({name: text for (at, name), text in before.items() if at == "workspace"})
    return before


@pytest.mark.parametrize("local,git,workspace,outputs", MATRIX,
                         ids=["-".join(one) for one in MATRIX])
def test_the_whole_notebook_survives(whole, local, git, workspace, outputs):
    keys = {"local": local, "git": git, "workspace": workspace}
    world = whole(**keys, outputs=outputs)
    world.born()
    mine = {(side, name): world.text(side, name) for name, (side, _) in BORN.items()}
    world.sync()
    assert world.forms() == forms_by_the_manual(keys)
    world.expect(mine)
    world.agree()
    world.outputs_stay_home(outputs)
    world.quiet()
    before = edit_everywhere(world, outputs)

    # Back to what stood in the workspace before the last edit, and back from a deletion.
    displaced = before["workspace", "board"]
    world.restore("board", world.revision("board", displaced))
    world.expect({("workspace", "board"): displaced})
    world.agree()
    world.remove("git" if workspace == "source" else "local", "board")
    world.sync()
    assert all(world.form(side, "board") is None for side in SIDES)
    world.restore("board", world.revision("board", displaced))
    world.expect({("workspace", "board"): displaced})
    world.agree()
    world.outputs_stay_home(outputs)
    world.quiet()
    world.fsck()


SERVERS = [{"outputs_none": "ignore"}, {"outputs_none": "refuse"}, {"list_formats": True},
           {"duplicate_keys": False}]
KINDS = list(itertools.product(SERVERS, OUTPUTS)) if MATRIX is ALL else [
    (SERVERS[0], "strip"), (SERVERS[0], "keep-tagged"), (SERVERS[1], "strip"), (SERVERS[2], "keep"),
    (SERVERS[3], "keep")]


@pytest.mark.parametrize("knob,outputs", KINDS, ids=[f"{k} {o}" for k, o in KINDS])
def test_on_every_kind_of_server(whole, knob, outputs):
    """They send outputs to who does not want them, refuse the wish, or tell formats in a listing."""
    world = whole(outputs=outputs)
    world.emulator.knobs(**knob)
    world.born()
    world.sync()
    world.agree()
    world.quiet()
    edit_everywhere(world, outputs)
    world.quiet()


# ---- formats ----

@pytest.mark.parametrize("key", FORMATS)
@pytest.mark.parametrize("side", SIDES)
def test_a_format_never_flips(whole, side, key):
    """Neither an edit elsewhere nor another value of the key changes what stands there already."""
    world = whole()
    world.born()
    world.sync()
    forms = world.forms()
    world.configure(**{KEYS[side]: key})
    world.replace("workspace" if side == "local" else "local", "total = 1", "total = 2")
    world.sync()
    assert world.forms() == forms
    world.agree()
    world.quiet()


@pytest.mark.parametrize("key", FORMATS)
@pytest.mark.parametrize("missing", ["git", "local"])
def test_two_sides_have_the_same_law(tmp_path, emulator, missing, key):
    """The key of the workspace decides, also where there is a repository with a key of its own."""
    here = "local" if missing == "git" else "git"
    world = Whole(tmp_path, emulator, **settings(workspace=key), **{missing: None})
    texts = {"ipynb": jupyter(cell("total = 1", None, ["checked"])), "source": SOURCE}
    files = {"a.ipynb": texts["ipynb"], "b.py": texts["source"]}
    if here == "local":
        for name, text in files.items():
            world.write(name, text)
    else:
        world.git_commit("Add", {f"notebooks/{name}": text for name, text in files.items()})
    world.sync()
    born = {"a": "ipynb", "b": "source"}
    for name, form in born.items():
        assert world.form("workspace", name) == (form if key == "keep" else key), name
    put(world, "c", board())
    world.ws_edit("d", SOURCE)
    world.sync()
    assert [world.form(here, name) for name in "cd"] == ["ipynb", "source"]
    world.quiet()


@pytest.mark.parametrize("key,form", [("keep", "SOURCE"), ("ipynb", "JUPYTER")])
def test_other_languages_have_the_same_law(tmp_path, emulator, key, form):
    world = Whole(tmp_path, emulator, **settings(workspace=key))
    texts = {"sql": "-- Databricks notebook source\nSELECT 1\n",
             "r": "# Databricks notebook source\nx <- 1\n",
             "scala": "// Databricks notebook source\nval x = 1\n"}
    for end, text in texts.items():
        world.write(f"in_{end}.{end}", text)
    world.sync()
    for end, text in texts.items():
        status = world.emulator.status(f"{ROOT}/in_{end}")
        assert (status["repos_export_format"], status["language"]) == (form, end.upper())
        assert world.in_git(f"in_{end}.{end}") == text
        put(world, f"in_{end}", world.ws(f"in_{end}").replace("1", "3"), "SOURCE")
    world.sync()
    for end, text in texts.items():
        assert world.emulator.status(f"{ROOT}/in_{end}")["repos_export_format"] == form
        file, text = f"in_{end}.{end}", text.replace("1", "3")
        assert world.in_git(file) == world.read(file) == text
    world.quiet()


@pytest.mark.parametrize("local", FORMATS)
def test_a_renamed_notebook_stays_whole(whole, local):
    """Somebody renames the file; what only the workspace shows goes along or is in the history."""
    world = whole(local=local, git="source")
    put(world, "board", board())
    world.sync()
    there = world.text("workspace", "board")
    file = world.local / world.file("local", "board")
    file.rename(file.with_name("moved" + file.suffix))
    world.sync()
    assert world.form("workspace", "board") is None
    assert world.form("workspace", "moved") == "ipynb"
    now = world.text("workspace", "moved")
    for key in ("widgets", "dashboards", "environmentMetadata"):
        assert metadata(now)[key] == metadata(there)[key], key
    assert [tags(now, n) for n in range(4)] == [tags(there, n) for n in range(4)]
    world.in_hub({"board": there})
    world.quiet()


@pytest.mark.parametrize("local", FORMATS)
def test_a_clash_destroys_nothing(whole, local):
    """One cell, edited here and there: the one that loses it has it in the history, whole."""
    world = whole(local=local, git="source")
    put(world, "board", board())
    world.sync()
    put(world, "board", world.text("workspace", "board").replace("total = 1", "total = 8"))
    there = world.text("workspace", "board")
    world.replace("local", "total = 1", "total = 9", ["board"])
    mine = world.text("local", "board")
    result = world.sync(code=5)
    assert [c["path"] for c in result["conflicts"]] == ["board"]
    world.in_hub({"board": mine})
    if world.text("workspace", "board") != there:
        world.in_hub({"board": there})
        world.expect({("workspace", "board"): there.replace("total = 8", "total = 9")})
    world.run("resolve", "--once", "--config", world.config, "--workspace", "board", check=0)
    world.expect({("workspace", "board"): there})
    world.agree(["board"])
    world.quiet()


@pytest.mark.parametrize("to", ["JUPYTER", "SOURCE"])
def test_who_changes_the_format_in_the_workspace_has_it(whole, to):
    """Somebody makes the notebook anew there in the other format: so it stands from now on."""
    world = whole()
    old = "SOURCE" if to == "JUPYTER" else "JUPYTER"
    texts = {"JUPYTER": board(), "SOURCE": SOURCE}
    put(world, "board", texts[old], old)
    world.sync()
    world.ws_delete("board")
    put(world, "board", texts[to].replace("total = 1", "total = 2"), to)
    forms = world.forms(["board"])
    world.sync()
    world.agree(["board"])
    world.replace("git", "total = 2", "total = 3", ["board"])
    world.sync()
    world.agree(["board"])
    assert world.forms(["board"]) == forms
    world.quiet()


# ---- outputs ----

@pytest.mark.parametrize("outputs", ["strip", "keep-tagged"])
def test_each_place_keeps_its_own_outputs(whole, outputs):
    """It was run here and there, and says something else in each."""
    world = whole(outputs=outputs)
    put(world, "board", board())
    world.sync()
    mine = world.text("local", "board")
    first = cells(mine).index("rate = 0.2")
    assert printed(mine, first) == ""
    mine = with_output(mine, first, LAPTOP)
    world.save("local", {"board": mine})
    world.quiet()
    there = world.text("workspace", "board")
    world.replace("git", "total = 1", "total = 2", ["board"])
    world.sync()
    world.expect({("local", "board"): mine.replace("total = 1", "total = 2"),
                  ("workspace", "board"): there.replace("total = 1", "total = 2")})
    assert printed(world.text("local", "board"), first) == LAPTOP
    assert printed(world.text("workspace", "board"), first) == FIRST
    world.quiet()


def with_output(text, number, line):
    """The same JSON, in which a cell without outputs has printed this."""
    parts = text.split('"outputs": []')
    empty = [n for n in range(len(cells(text))) if not printed(text, n)]
    at = empty.index(number) + 1
    out = '"outputs": [\n    {\n     "name": "stdout",\n     "output_type": "stream",\n' \
          f'     "text": [\n      "{line}\\n"\n     ]\n    }}\n   ]'
    return '"outputs": []'.join(parts[:at]) + out + '"outputs": []'.join(parts[at:])


@pytest.mark.parametrize("outputs,number,said", [("keep", 0, FIRST), ("keep-tagged", 1, KEPT)])
@pytest.mark.parametrize("side", SIDES)
def test_outputs_alone_travel(whole, side, outputs, number, said):
    world = whole(outputs=outputs)
    put(world, "board", board())
    world.sync()
    text = world.text(side, "board")
    assert printed(text, number) == said, side
    world.save(side, {"board": text.replace(said, "run again")})
    world.sync()
    for other in SIDES:
        assert printed(world.text(other, "board"), number) == "run again", other
    assert cells(world.text("git", "board"))[2] == "total = 1"
    world.quiet()


def test_outputs_alone_do_not_travel_when_stripped(whole):
    world = whole()
    put(world, "board", board())
    world.sync()
    put(world, "board", world.text("workspace", "board").replace(FIRST, "run again"))
    world.quiet()
    assert "run again" in world.text("workspace", "board")


# ---- tags ----

@pytest.mark.parametrize("outputs", ["strip", "keep"])
@pytest.mark.parametrize("side", SIDES)
def test_a_tag_travels_between_those_who_can_say_it(whole, side, outputs):
    world = whole(outputs=outputs)
    put(world, "board", board())
    world.sync()
    text = world.text(side, "board")
    assert tags(text, 3) == ["checked"], side
    world.save(side, {"board": text.replace('"checked"', '"doubted"')})
    there = world.text("workspace", "board")
    world.sync()
    for other in SIDES:
        assert tags(world.text(other, "board"), 3) == ["doubted"], other
        assert tags(world.text(other, "board"), 0) == ["parameters"], other
    expected = there.replace('"checked"', '"doubted"')
    world.expect({("workspace", "board"): expected})
    world.quiet()


def test_tags_go_around_a_side_that_cannot_say_them(whole):
    """Git has source, and the other two have the tags."""
    world = whole(git="source")
    put(world, "board", board())
    world.sync()
    branch = world.text("git", "board")
    world.save("local", {"board": world.text("local", "board").replace('"checked"', '"doubted"')})
    world.sync()
    assert tags(world.text("workspace", "board"), 3) == ["doubted"]
    assert world.text("git", "board") == branch
    world.replace("git", "total = 1", "total = 2", ["board"])
    world.sync()
    for side in ("local", "workspace"):
        assert tags(world.text(side, "board"), 3) == ["doubted"], side
    world.agree(["board"])
    world.quiet()


def test_two_tags_at_once_are_joined_with_an_edit(whole):
    """Each side edits what the other did not."""
    world = whole()
    put(world, "board", board())
    world.sync()
    world.save("local", {"board": world.text("local", "board").replace('"checked"', '"doubted"')})
    world.save("workspace", {"board": world.text("workspace", "board").replace(
        '"parameters"', '"defaults"')})
    world.replace("git", "total = 1", "total = 2", ["board"])
    world.sync()
    for side in SIDES:
        text = world.text(side, "board")
        assert (tags(text, 0), tags(text, 3)) == (["defaults"], ["doubted"]), side
        assert cells(text)[2] == "total = 2"
    world.quiet()


# ---- when the whole cannot be had ----

LONG = "x" * 60000
LIMIT = 30000
# What is over the limit: the cells with all that goes with them, or only with their outputs.
BIG = {
    "the cells": lambda: jupyter(cell("total = 1"), cell(f"text = '{LONG}'", FIRST, ["a"], 2)),
    "the whole": lambda: jupyter(cell("total = 1"), cell("print(text)", LONG, ["a"], 2)),
}


def only_board_is_held(result):
    """In the workspace, because it is too large there."""
    held, = result["held"]
    assert (held["path"], held["side"]) == ("board", "workspace")
    assert "board'" in held["sentence"] and "too large" in held["sentence"], held


@pytest.mark.parametrize("status", [400, 200])
@pytest.mark.parametrize("big", BIG)
def test_what_cannot_be_had_whole_is_not_overwritten(whole, big, status):
    world = whole()
    put(world, "board", BIG[big]())
    put(world, "memo", board())
    world.sync()
    there = world.text("workspace", "board")
    requests = len(world.requests())
    world.emulator.knobs(export_max=LIMIT, too_large_status=status)
    world.replace("local", "total = 1", "total = 2", ["board", "memo"])
    for _ in range(2):
        only_board_is_held(world.sync(code=5))
    assert cells(world.text("workspace", "memo"))[2] == "total = 2"
    assert cells(world.text("git", "board"))[0] == "total = 2"
    world.emulator.knobs(reset=True)
    assert world.text("workspace", "board") == there
    assert not [r for r in world.requests()[requests:] if r["path"].endswith("/board")
                and r["endpoint"].endswith(("/import", "/delete"))]
    world.sync()
    world.expect({("workspace", "board"): there.replace("total = 1", "total = 2")})
    world.in_hub({"board": there})
    world.quiet()


def test_what_cannot_be_looked_at_is_merged_when_it_can(whole):
    """Both sides edit it, and for a while nobody can see what the workspace has."""
    world = whole()
    put(world, "board", BIG["the cells"]())
    world.sync()
    text = world.text("workspace", "board")
    put(world, "board", text.replace("text = 'x", "text = 'y"))
    there = world.text("workspace", "board")
    world.replace("local", "total = 1", "total = 2", ["board"])
    world.emulator.knobs(export_max=LIMIT)
    only_board_is_held(world.sync(code=5))
    assert cells(world.text("git", "board"))[0] == "total = 2"
    world.emulator.knobs(reset=True)
    assert world.text("workspace", "board") == there
    world.sync()
    world.expect({("workspace", "board"): there.replace("total = 1", "total = 2")})
    world.agree(["board"])
    world.quiet()


@pytest.mark.parametrize("side", ["local", "git"])
def test_what_cannot_be_had_whole_is_not_deleted(whole, side):
    world = whole()
    put(world, "board", BIG["the whole"]())
    world.sync()
    there = world.text("workspace", "board")
    world.emulator.knobs(export_max=LIMIT)
    world.remove(side, "board")
    result = world.sync(code=5)
    only_board_is_held(result)
    assert result["held"][0]["sentence"].startswith(
        "'board' cannot be read with its outputs, which would be lost, so it is left as it is: ")
    world.emulator.knobs(reset=True)
    assert world.text("workspace", "board") == there
    world.sync()
    assert world.form("workspace", "board") is None
    world.restore("board", world.revision("board", there))
    world.expect({("workspace", "board"): there})
    world.quiet()


def test_a_refused_question_for_the_whole_holds_only_that_path(whole):
    """No export at all, for a reason that will not go by itself."""
    world = whole()
    put(world, "board", board())
    put(world, "memo", board())
    world.sync()
    there = world.text("workspace", "board")
    world.replace("git", "total = 1", "total = 2", ["board", "memo"])
    world.emulator.faults({"endpoint": "workspace/export", "path": "/board", "action": "status",
                           "status": 403, "error_code": "PERMISSION_DENIED",
                           "message": "You may not see this."})
    result = world.sync(code=5)
    assert {(h["path"], h["side"]) for h in result["held"]} == {("board", "workspace")}
    world.emulator.faults(clear=True)
    assert world.text("workspace", "board") == there
    assert cells(world.text("workspace", "memo"))[2] == "total = 2"
    world.sync()
    world.expect({("workspace", "board"): there.replace("total = 1", "total = 2")})
