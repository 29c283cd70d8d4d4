# SPDX-License-Identifier: Apache-2.0
"""Untouched bytes stay untouched: final newlines, line ends, how JSON and MAGIC lines are spelled.
A write never replaces text that says the same.
"""

import hashlib
import json

import pytest

from boards import board, cell, cells, jupyter, put
from whole_world import SIDES, Whole
from world import HEADER, SEPARATOR, notebook


@pytest.fixture
def whole(tmp_path, emulator):
    return lambda **keys: Whole(tmp_path, emulator, **{
        "local_format": "keep", "git_format": "keep", **keys})


ENDS = ["", "\n", "\n\n"]


# ---- final newlines ----

@pytest.mark.parametrize("local_end", ENDS[:2], ids=["bare", "newline"])
@pytest.mark.parametrize("git_end", ENDS, ids=["bare", "newline", "two"])
def test_the_last_line_stays_as_each_file_has_it(whole, git_end, local_end):
    """An export of the workspace ends without a newline, a file of Git with one, or as it likes."""
    world = whole()
    body = HEADER + SEPARATOR.join(["a = 1", "b = 1", "c = 1"])
    world.git_commit("Add", {"notebooks/x.py": body + git_end})
    world.sync()
    world.write("x.py", body + local_end)
    world.quiet()
    for number, (side, name) in enumerate([("workspace", "a"), ("local", "b"), ("workspace", "b"),
                                           ("git", "a")]):
        old = f"{name} = {1 + number // 2}"
        new = f"{name} = {2 + number // 2}"
        if side == "workspace":
            export = world.ws("x").replace(old, new).rstrip("\n")
            assert new in export
            world.ws_edit("x", export)
        else:
            world.replace(side, old, new, ["x"])
        world.sync()
        body = body.replace(old, new)
        assert world.text("git", "x") == body + git_end
        assert world.text("local", "x") == body + local_end
    world.quiet()


@pytest.mark.parametrize("end", ENDS[:2], ids=["bare", "newline"])
def test_the_last_cell_edited_ends_as_the_file_did(whole, end):
    world = whole(local=None)
    body = HEADER + SEPARATOR.join(["a = 1", "b = 1"])
    world.git_commit("Add", {"notebooks/x.py": body + end})
    world.sync()
    world.ws_edit("x", world.ws("x").replace("b = 1", "b = 2").rstrip("\n"))
    world.sync()
    assert world.in_git("x.py") == body.replace("b = 1", "b = 2") + end


def test_a_newline_alone_is_no_edit(whole):
    world = whole()
    world.write("x.py", notebook("a = 1", "b = 1"))
    world.sync()
    commits = world.subjects()
    world.ws_edit("x", world.ws("x").rstrip("\n"))
    world.quiet()
    world.write("x.py", world.read("x.py") + "\n")
    world.quiet()
    assert world.subjects() == commits


# ---- line ends ----

def crlf(text):
    return text.replace("\n", "\r\n")


def test_cr_in_cells_makes_no_mixed_line_ends(whole):
    """Somebody pasted text of Windows into cells of a Jupyter notebook."""
    world = whole(git_format="source")
    text = jupyter(cell("a = 1\r\nb = 2\r\n", None, [], 1), cell("c = 1", None, [], 2),
                   cell("# A\r\n\r\ntext", None, [], 3, kind="markdown"))
    assert "\\r\\n" in text
    world.write("x.ipynb", text)
    world.sync()
    assert "\r" not in world.in_git("x.py")
    assert "a = 1\nb = 2" in world.in_git("x.py")
    assert world.read("x.ipynb") == text
    world.quiet()
    # An edit elsewhere leaves those cells as they are where they stand.
    world.git_commit("by a colleague", {"notebooks/x.py": world.in_git("x.py").replace(
        "c = 1", "c = 2")})
    world.sync()
    assert world.read("x.ipynb") == text.replace("c = 1", "c = 2")
    # And an edit of such a cell here does not bring them to Git.
    world.write("x.ipynb", world.read("x.ipynb").replace("b = 2", "b = 3"))
    world.sync()
    assert "\r" not in world.in_git("x.py") and "b = 3" in world.in_git("x.py")
    world.quiet()


@pytest.mark.parametrize("git", ["lf", "crlf"])
@pytest.mark.parametrize("side", ["local", "workspace"])
def test_each_file_keeps_its_line_ends(tmp_path, emulator, git, side):
    world = Whole(tmp_path, emulator)
    text = notebook("a = 1", "b = 1\nb + 1", "c = 1")
    raw = (crlf(text) if git == "crlf" else text).encode()
    world.git_commit("Add", {"notebooks/x.py": raw})
    world.sync()
    mine = raw if git == "lf" else text.encode()
    if git == "lf":
        mine = crlf(text).encode()
    world.write("x.py", mine)
    world.quiet()
    if side == "local":
        mine = mine.replace(b"a = 1", b"a = 2")
        world.write("x.py", mine)
    else:
        world.ws_edit("x", world.ws("x").replace("a = 1", "a = 2"))
        mine = mine.replace(b"a = 1", b"a = 2")
    world.sync()
    world.git_bare("fetch", "-q", cwd=world.path / "clone")
    there = world.git_bare("rev-parse", "origin/main:notebooks/x.py", cwd=world.path / "clone")
    assert there.strip() == blob_of(raw.replace(b"a = 1", b"a = 2"))
    assert (world.local / "x.py").read_bytes() == mine
    world.quiet()


def blob_of(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


# ---- the same, spelled otherwise ----

def respelled(text):
    """The same JSON in another layout, other order of keys, other escapes."""
    value = json.loads(text)
    for one in value["cells"]:
        one["source"] = "".join(one["source"])
    return json.dumps(value, indent=4, sort_keys=True).replace("print", "\\u0070rint") + "\n"


MAGIC = HEADER + SEPARATOR.join([
    "# MAGIC %md\n# MAGIC # Orders\n# MAGIC \n# MAGIC by region", "a = 1", "b = 1"]) + "\n"


def otherwise(text):
    """The same notebook, as another tool would write it."""
    if text.startswith("{"):
        return respelled(text)
    return text.replace("# MAGIC \n", "# MAGIC\n") + "\n"


@pytest.mark.parametrize("form", ["ipynb", "source"])
@pytest.mark.parametrize("side", SIDES)
def test_another_spelling_is_never_rewritten(whole, side, form):
    """Nowhere: not on the side that has it, not on the others, which have theirs."""
    world = whole()
    put(world, "x", board() if form == "ipynb" else MAGIC, {"ipynb": "JUPYTER"}.get(form, "SOURCE"))
    world.sync()
    spelled = otherwise(world.text(side, "x"))
    assert spelled != world.text(side, "x")
    world.save(side, {"x": spelled})
    before = world.texts(["x"])
    for _ in range(2):
        world.quiet()
    assert world.texts(["x"]) == before
    # Also after a restart that knows nothing but the state, and beside an edit elsewhere.
    (world.state / "etl" / "look.cache").unlink()
    world.quiet()
    old, new = ("total = 1", "total = 2") if form == "ipynb" else ("a = 1", "a = 2")
    other = "git" if side == "local" else "local"
    world.replace(other, old, new, ["x"])
    world.sync()
    assert cells(world.text(side, "x")) == cells(spelled.replace(old, new))
    if side != "workspace":
        assert world.text(side, "x") == spelled.replace(old, new)
    world.quiet()


def test_two_spellings_of_one_edit_stay(whole):
    """Everybody made the same edit by hand: nobody's file is touched, and nothing is committed."""
    world = whole()
    put(world, "x", MAGIC, "SOURCE")
    world.sync()
    edited = MAGIC.replace("a = 1", "a = 2")
    world.ws_edit("x", edited.rstrip("\n"))
    world.write("x.py", edited.replace("# MAGIC \n", "# MAGIC\n"))
    world.git_commit("by a colleague", {"notebooks/x.py": edited})
    before, commits = world.texts(["x"]), world.subjects()
    world.quiet()
    assert world.texts(["x"]) == before and world.subjects() == commits


def test_blank_magic_lines_stay_beside_an_edit(whole):
    """The cell below is edited elsewhere."""
    world = whole()
    put(world, "x", MAGIC, "SOURCE")
    world.sync()
    mine = MAGIC.replace("# MAGIC \n", "# MAGIC\n")
    world.write("x.py", mine)
    world.ws_edit("x", world.ws("x").replace("a = 1", "a = 2"))
    world.sync()
    assert world.read("x.py") == mine.replace("a = 1", "a = 2")
    assert world.in_git("x.py") == MAGIC.replace("a = 1", "a = 2")
    world.quiet()
