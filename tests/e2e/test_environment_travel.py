# SPDX-License-Identifier: Apache-2.0
"""The environment of a notebook is part of it: a block of comments in source, environmentMetadata
in Jupyter. It travels like a cell, and nothing takes it back that nobody took back.
"""

import json
import os
import random
import tomllib

import pytest

from boards import WIDGETS, cells, jupyter, cell, metadata, put
from whole_world import SIDES, Whole
from world import HEADER, SEPARATOR

# (local, git, workspace): in which forms the notebook stands.
PLACES = [("ipynb", "source", "ipynb"), ("source", "source", "ipynb"),
          ("ipynb", "ipynb", "ipynb"), ("ipynb", "source", "source"),
          ("source", "source", "source")]
FORMS = dict(zip(["ipynb", "source"], ["JUPYTER", "SOURCE"]))
CELLS = ["a = 1", "b = 1", "c = 1"]


def block(version=None, dependencies=(), more=()):
    lines = ["[tool.databricks.environment]"]
    if version:
        lines.append(f'environment_version = "{version}"')
    if dependencies:
        lines += ["dependencies = [", *(f'  "{name}",' for name in dependencies), "]"]
    lines += more
    if len(lines) == 1:
        return ""
    return "".join(f"# {line}\n" for line in ["/// script", *lines, "///"])


def value(version=None, dependencies=()):
    """What environmentMetadata says, without what says nothing."""
    return {**({"environment_version": version} if version else {}),
            **({"dependencies": list(dependencies)} if dependencies else {})} or None


def told(text):
    """The environment that a text tells, whichever form it is in; None: none."""
    if text.startswith("{"):
        known = metadata(text).get("environmentMetadata") or {}
        return {key: what for key, what in known.items() if what not in ("", None, [])} or None
    lines = text.splitlines()
    if len(lines) < 2 or lines[1] != "# /// script":
        return None
    inside = "\n".join(line[2:] for line in lines[2:lines.index("# ///")])
    return tomllib.loads(inside).get("tool", {}).get("databricks", {}).get("environment")


def text_of(form, environment, said=CELLS):
    """The notebook in this form; environment: the arguments of block() and value()."""
    if form == "source":
        return HEADER + block(*environment) + SEPARATOR.join(said) + "\n"
    known = environment if isinstance(environment, dict) else value(*environment)
    return jupyter(*(cell(source, f"printed {n}" if n else None, ["checked"], n + 1)
                     for n, source in enumerate(said)),
                   environment=known, widgets=WIDGETS)


def with_environment(text, environment):
    """The same notebook after somebody edited its environment and nothing else."""
    if text.startswith("{"):
        known = metadata(text).get("environmentMetadata", "missing")
        old = json_text(known)
        new = json_text(value(*environment))
        if known == "missing":
            return text.replace('"language": "python"', f'"environmentMetadata": {new},\n   '
                                '"language": "python"', 1)
        assert text.count(f'"environmentMetadata": {old}') == 1, text
        return text.replace(f'"environmentMetadata": {old}', f'"environmentMetadata": {new}')
    rest = text[len(HEADER):]
    if rest.startswith("# /// script\n"):
        rest = rest.partition("# ///\n")[2]
    return HEADER + block(*environment) + rest


def json_text(environment):
    """As it stands in a notebook with an indent of one blank, at that depth."""
    return json.dumps(environment, indent=1).replace("\n", "\n   ")


@pytest.fixture
def start(tmp_path, emulator):
    """A world in which one notebook has arrived everywhere, with this environment."""
    def begin(places, environment=()):
        local, git, workspace = places
        world = Whole(tmp_path, emulator, local_format=local, git_format=git)
        put(world, "board", text_of(workspace, environment), FORMS[workspace])
        world.sync()
        assert [world.form(side, "board") for side in SIDES] == [local, git, workspace]
        arrived(world, environment)
        return world
    return begin


def arrived(world, environment, said=CELLS):
    for side in SIDES:
        text = world.text(side, "board")
        assert told(text) == value(*environment), side
        assert cells(text) == list(said), side


def saves(world, side, environment):
    world.save(side, {"board": with_environment(world.text(side, "board"), environment)})


FOUR, FIVE = ("4",), ("5",)
RICH = ("5", ("polars", "httpx==0.27"))
EDITS = {"added": ((), FOUR), "changed": (FOUR, FIVE), "extended": (FOUR, RICH),
         "reduced": (RICH, FIVE), "removed": (FOUR, ())}
# Of all of these, those in which each pair is met, or all (see test_whole.py).
TRAVELS = [(places, side, edit)
           for p, places in enumerate(PLACES) for s, side in enumerate(SIDES)
           for e, edit in enumerate(EDITS)
           if os.environ.get("NBSYNC_MATRIX") == "all" or (p + s + e) % 3 == 0]


@pytest.mark.parametrize("places,side,edit", TRAVELS,
                         ids=["-".join([*p, "in", s, e]) for p, s, e in TRAVELS])
def test_an_environment_travels_alone(start, places, side, edit):
    before, after = EDITS[edit]
    world = start(places, before)
    mine, commits = world.texts(["board"]), len(world.subjects())
    saves(world, side, after)
    saved = world.text(side, "board")
    world.sync()
    arrived(world, after)
    assert world.text(side, "board") == saved
    assert len(world.subjects()) == commits + 1
    # Nothing else changed in the workspace: outputs, tags, widgets.
    if places[2] == "ipynb" and side != "workspace":
        now, then = world.text("workspace", "board"), mine["workspace", "board"]
        now, then = (with_environment(text, ()) for text in (now, then))
        assert now == then
    world.quiet()
    world.fsck()


def test_what_databricks_notes_by_itself_makes_no_block(tmp_path, emulator):
    """Most notebooks of a workspace say this without anybody having chosen it."""
    noted = {"base_environment": "", "environment_version": "4"}
    world = Whole(tmp_path, emulator, local_format="ipynb", git_format="source")
    put(world, "board", text_of("ipynb", noted))
    world.sync()
    branch = world.text("git", "board")
    assert told(branch) is None
    there = world.text("workspace", "board")
    world.replace("git", "a = 1", "a = 2", ["board"])
    world.sync()
    world.expect({("workspace", "board"): there.replace("a = 1", "a = 2"),
                  ("git", "board"): branch.replace("a = 1", "a = 2")})
    assert metadata(world.text("workspace", "board"))["environmentMetadata"] == noted
    world.quiet()
    saves(world, "git", RICH)
    world.sync()
    arrived(world, RICH, ["a = 2", *CELLS[1:]])
    world.quiet()


@pytest.mark.parametrize("places", PLACES[:2], ids=["-".join(p) for p in PLACES[:2]])
def test_an_environment_and_a_cell_are_joined(start, places):
    world = start(places, FOUR)
    saves(world, "git", FIVE)
    world.replace("workspace", "b = 1", "b = 2", ["board"])
    world.replace("local", "c = 1", "c = 2", ["board"])
    world.sync()
    arrived(world, FIVE, ["a = 1", "b = 2", "c = 2"])
    world.quiet()


def test_the_same_edit_twice_is_no_clash(start):
    world = start(PLACES[0], FOUR)
    saves(world, "git", RICH)
    saves(world, "workspace", RICH)
    world.sync()
    arrived(world, RICH)
    world.quiet()


TWO = [("local", "git"), ("local", "workspace"), ("git", "workspace")]


@pytest.mark.parametrize("here,there", TWO)
def test_two_different_edits_are_a_visible_clash(start, here, there):
    world = start(PLACES[0], FOUR)
    saves(world, here, FIVE)
    saves(world, there, ("3",))
    texts = {side: world.text(side, "board") for side in (here, there)}
    result = world.sync(code=5)
    assert [c["path"] for c in result["conflicts"]] == ["board"], result
    copy = result["conflicts"][0]["file"]
    kept = told(world.text("local", "board"))
    versions = [kept, told((world.local / copy).read_text())]
    assert sorted(v["environment_version"] for v in versions) == ["3", "5"]
    for side in SIDES:
        assert told(world.text(side, "board")) == kept and cells(world.text(side, "board")) == CELLS
    for side, text in texts.items():
        if world.text(side, "board") != text:
            world.in_hub({"board": text})
    other = there if kept == value(*FIVE) else here
    world.run("resolve", "--once", "--config", world.config, f"--{other}", "board", check=0)
    arrived(world, ("3",) if kept == value(*FIVE) else FIVE)
    world.quiet()


# ---- what only the block can say ----

FULL = """\
# /// script
# requires-python = ">=3.11"
# # chosen with the platform team
# dependencies = ["polars>=1"]
# [tool.databricks.environment]
# environment_version = "4"
# [tool.uv]
# index-url = 'https://pypi.acme.example/simple'
# ///
"""


def full(version="4", said=CELLS):
    return (HEADER + FULL + SEPARATOR.join(said) + "\n").replace('"4"', f'"{version}"')


@pytest.mark.parametrize("local", ["source", "ipynb"])
@pytest.mark.parametrize("workspace", ["ipynb", "source"])
def test_the_rest_of_the_block_stays_byte_for_byte(start, local, workspace):
    world = start((local, "source", workspace))
    world.save("git", {"board": full()})
    world.sync()
    for side in SIDES:
        assert told(world.text(side, "board"))["environment_version"] == "4", side
    if local == "source":
        assert world.text("local", "board") == full()
    for side, (old, new) in {"workspace": ("a = 1", "a = 2"), "local": ("b = 1", "b = 2")}.items():
        world.replace(side, old, new, ["board"])
        world.sync()
    assert world.text("git", "board") == full(said=["a = 2", "b = 2", "c = 1"])
    if workspace == "ipynb":
        text = world.text("workspace", "board")
        assert text.count('"environment_version": "4"') == 1
        put(world, "board", text.replace('environment_version": "4"', 'environment_version": "5"'))
        world.sync()
        assert world.text("git", "board") == full("5", ["a = 2", "b = 2", "c = 1"])
    assert "nbsync" not in world.text("local", "board")
    assert "nbsync" not in world.text("workspace", "board")
    world.quiet()


@pytest.mark.parametrize("local", ["source", "ipynb"])
def test_an_edit_of_the_rest_of_the_block_arrives_where_it_can(start, local):
    """requires-python is nothing to a workspace, and something to the other file."""
    world = start((local, "source", "ipynb"))
    world.save("git", {"board": full()})
    world.sync()
    world.save("git", {"board": full().replace(">=3.11", ">=3.12")})
    world.sync()
    assert ">=3.12" in world.text("git", "board")
    if local == "source":
        assert world.text("local", "board") == world.text("git", "board")
    world.replace("workspace", "c = 1", "c = 2", ["board"])
    world.sync()
    assert world.text("git", "board") == full(said=["a = 1", "b = 1", "c = 2"]).replace(
        ">=3.11", ">=3.12")
    world.quiet()


# ---- three years ----

def story(seed, length=40):
    """What a colleague commits, one after the other: (what it is, the environment after it)."""
    chance = random.Random(seed)
    environment = ()
    for number in range(length):
        what = chance.choice(["cell", "change", "change", "remove"] if environment
                             else ["cell", "add"])
        if what == "remove":
            environment = ()
        elif what != "cell":
            environment = (str(number + 1), tuple(chance.sample(["polars", "duckdb", "httpx"],
                                                                chance.randrange(3))))
        yield what, environment


def changed_lines(world, commit):
    """{file: (lines that went, lines that came)} of one commit."""
    patch = world.git("show", "--format=", "--unified=0", "--no-renames", commit)
    files, name = {}, None
    for line in patch.splitlines():
        if line.startswith("diff --git"):
            name = line.rpartition(" b/")[2]
            files[name] = ([], [])
        elif line[:1] in "-+" and line[:3] not in ("---", "+++"):
            files[name][line[0] == "+"].append(line[1:])
    return files


@pytest.mark.slow
@pytest.mark.parametrize("workspace", ["ipynb", "source"])
def test_three_years_of_history_and_no_commit_reverts_a_block(start, workspace):
    world = start(("ipynb", "source", workspace))
    git, edits = world.text("git", "board"), [1, 1, 1]
    expected = {}
    for number, (what, environment) in enumerate(story(workspace)):
        # A colleague commits; before, meanwhile or later the workspace edits the second cell.
        edits[0] += what == "cell"
        said = [f"a = {edits[0]}", f"b = {edits[1]}", f"c = {edits[2]}"]
        git = HEADER + block(*environment) + SEPARATOR.join(said) + "\n"
        old = f"b = {edits[1]}"
        edits[1] += 1
        if number % 3 == 0:
            world.replace("workspace", old, f"b = {edits[1]}", ["board"])
            world.sync()
            git = git.replace(old, f"b = {edits[1]}")
        world.git_commit(f"{what} {number}", {"notebooks/board.py": git})
        if number % 3 == 1:
            world.replace("workspace", old, f"b = {edits[1]}", ["board"])
        world.sync()
        if number % 3 == 2:
            world.replace("workspace", old, f"b = {edits[1]}", ["board"])
            world.sync()
        git = git.replace(old, f"b = {edits[1]}")
        assert world.text("git", "board") == git
        arrived(world, environment, [f"a = {edits[0]}", f"b = {edits[1]}", "c = 1"])
        expected[old] = f"b = {edits[1]}"
    ours = [commit for commit in world.git("log", "--format=%H", "main", "--grep=Nbsync-Mapping"
                                           ).split()][:-1]  # the first one added the notebook
    assert len(ours) == len(expected)
    for commit in ours:
        went, came = changed_lines(world, commit)["notebooks/board.py"]
        assert len(went) == len(came) == 1 and expected[went[0]] == came[0], commit
    world.quiet()
    world.fsck()
