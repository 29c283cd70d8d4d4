# SPDX-License-Identifier: Apache-2.0
"""Section D of the scenario table, rows 104 to 106: what is not deleted, and much at once.

One test, or a few, for each row; the number of the row is in the name.
"""

import pytest

from scenario_world import SIDES, begun, edited, held, scene, trim  # noqa: F401 (fixtures)
from world import ABC, notebook

each = pytest.mark.parametrize("side", SIDES)


def numbered(count, text="print({})"):
    return {f"n{i:02}": notebook(text.format(i)) for i in range(count)}


# ---- what is not deleted ----


FILTERS = {
    "exclude": lambda scene: scene.configure(exclude="scratch/"),
    "include": lambda scene: scene.configure(include="load, etl/**"),
    ".nbsyncignore": lambda scene: scene.write(".nbsyncignore", "scratch/\n"),
    ".gitignore": lambda scene: scene.write(".gitignore", "/scratch\n"),
    "nested .gitignore": lambda scene: scene.write("scratch/.gitignore", "*.py\n"),
}
UNDO = {
    "exclude": lambda scene: scene.configure(exclude=None),
    "include": lambda scene: scene.configure(include=None),
    ".nbsyncignore": lambda scene: (scene.local / ".nbsyncignore").unlink(),
    ".gitignore": lambda scene: (scene.local / ".gitignore").unlink(),
    "nested .gitignore": lambda scene: (scene.local / "scratch" / ".gitignore").unlink(),
}


@pytest.mark.parametrize("how", FILTERS)
def test_row_104_a_filter_un_manages_and_deletes_nothing(begun, how):
    texts = {"scratch/x": notebook("print('x')"), "scratch/y": notebook("print('y')"),
             "etl/z": notebook("print('z')"), "load": ABC}
    begun.holds_all(texts)
    FILTERS[how](begun)
    begun.sync()
    begun.ends_as(texts)
    begun.edit("local", "scratch/x", notebook("print('mine')"))
    begun.edit("local", "load", edited("b", "ours"))
    begun.sync()
    begun.everywhere("load", edited("b", "ours"))
    assert begun.in_git("scratch/x.py") == texts["scratch/x"]
    assert trim(begun.ws("scratch/x")) == trim(texts["scratch/x"])
    UNDO[how](begun)
    begun.sync()
    begun.ends_as({**texts, "load": edited("b", "ours"), "scratch/x": notebook("print('mine')")})


@pytest.mark.parametrize("how", FILTERS)
def test_row_104_what_is_removed_while_it_is_not_managed(begun, how):
    """A deletion of what was not ours is not passed on, neither then nor later without a word."""
    texts = {"scratch/x": notebook("print('x')"), "scratch/y": notebook("print('y')"), "load": ABC,
             "etl/z": notebook("print('z')")}
    begun.holds_all(texts)
    FILTERS[how](begun)
    begun.sync()
    begun.remove("local", "scratch/x")
    begun.sync()
    assert begun.ws("scratch/x") is not None and begun.in_git("scratch/x.py") is not None


# ---- much at once ----


@pytest.fixture
def twenty(scene):
    scene.holds_all(numbered(20))
    return scene


def remove_many(scene, side, count):
    names = sorted(numbered(20))[:count]
    scene.remove(side, *names)
    return {n: t for n, t in numbered(20).items() if n not in names}


@each
def test_row_105_a_mass_deletion_waits_for_a_human(twenty, side):
    rest = remove_many(twenty, side, 15)
    twenty.edit("local", "n19", notebook("edited"))
    result = twenty.holds_back()
    assert result["held_total"] == 15 and set(held(result).values()) == {"deletions"}
    assert f"nbsync confirm etl {result['confirm']}" in " ".join(result["notes"])
    twenty.everywhere("n19", notebook("edited"))
    assert all(len(twenty.everything(s)) == (5 if s == side else 20) for s in SIDES)
    twenty.confirm(result)
    twenty.ends_as({**rest, "n19": notebook("edited")})


def test_row_105_a_root_that_became_empty_can_be_meant(scene):
    scene.holds_all(numbered(2))
    scene.remove("local", "n00", "n01")
    result = scene.holds_back()
    assert len(scene.everything("git")) == 2
    scene.confirm(result)
    scene.ends_as({})


def test_row_105_a_confirmation_is_for_one_plan(twenty):
    """More was deleted since the human looked: that is another plan, and waits again."""
    remove_many(twenty, "local", 15)
    first = twenty.holds_back()
    twenty.remove("local", "n15")
    told = twenty.confirm(first, code=1).stderr
    assert f"plan {first['confirm']} is not what waits now" in told, told
    second = twenty.holds_back()
    assert second["confirm"] != first["confirm"]
    assert len(twenty.everything("workspace")) == len(twenty.everything("git")) == 20
    twenty.confirm(second)
    assert len(twenty.everything("workspace")) == len(twenty.everything("git")) == 4


@pytest.mark.parametrize("token", ["00000000", "", "x", "f" * 200])
def test_row_105_a_wrong_token_confirms_nothing(twenty, token):
    remove_many(twenty, "local", 15)
    twenty.holds_back()
    done = twenty.run("confirm", "--once", "--config", twenty.config, "etl", token)
    assert done.returncode in (1, 2), done
    assert len(twenty.everything("workspace")) == len(twenty.everything("git")) == 20


def test_row_105_without_a_token_all_that_waits_now_is_confirmed(twenty):
    """It is listed, with what was deleted since the last look."""
    rest = remove_many(twenty, "local", 15)
    first = twenty.holds_back()
    twenty.remove("local", "n15")
    del rest["n15"]
    twenty.confirm(first, code=1)
    assert twenty.asks("confirm").stdout.count("  delete 'n") == 16
    twenty.ends_as(rest)


def test_row_105_bringing_them_back_is_an_answer_too(twenty):
    remove_many(twenty, "local", 15)
    assert twenty.holds_back()["confirm"]
    for name, text in numbered(20).items():
        twenty.edit("local", name, text)
    twenty.sync()
    twenty.ends_as(numbered(20))


@pytest.mark.parametrize("total, removed, waits", [(20, 10, False), (20, 11, True), (48, 12, False),
                                                   (47, 12, True)])
def test_row_105_how_many_is_many(scene, total, removed, waits):
    """More than 10 and more than a quarter."""
    scene.holds_all(numbered(total))
    scene.remove("local", *sorted(numbered(total))[:removed])
    result = scene.sync_whatever()
    assert ("confirm" in result) == waits, result["notes"]
    assert len(scene.everything("git")) == (total if waits else total - removed)


@each
def test_row_105_renaming_everything_is_no_deletion(scene, side):
    scene.holds_all({f"old/{n}": t for n, t in numbered(14).items()})
    scene.rename(side, "old", "new")
    scene.sync()
    scene.ends_as({f"new/{n}": t for n, t in numbered(14).items()})


@each
def test_row_106_everything_changed_at_once_travels_with_a_warning(twenty, side):
    for name, text in numbered(20, "changed({})").items():
        if side == "git":
            continue
        twenty.edit(side, name, text)
    if side == "git":
        twenty.git_commit("all", {f"notebooks/{n}.py": t
                                  for n, t in numbered(20, "changed({})").items()})
    result = twenty.sync()
    assert any("20" in note for note in result["notes"]), "nobody was warned"
    twenty.ends_as(numbered(20, "changed({})"))
