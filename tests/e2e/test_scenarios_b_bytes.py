# SPDX-License-Identifier: Apache-2.0
"""Section B of the scenario table, rows 53 to 60: what is in a file.

One test, or a few, for each row; the number of the row is in the name.
"""

import json
import re

import pytest

from scenario_world import (FINE, Scenario, begun, edited, held, others_go_on,  # noqa: F401
                            scene, sentence, trim)
from world import ABC, HEADER, ROOT, SEPARATOR, ipynb, notebook


@pytest.fixture
def jupyter(tmp_path, emulator):
    """Local Jupyter notebooks, agreed: 'x' and 'fine'."""
    one = Scenario(tmp_path, emulator, local_format="ipynb")
    one.write("x.ipynb", ipynb("print('good')"))
    one.write("fine.ipynb", ipynb("print('fine')"))
    one.sync()
    yield one
    one.stop()


def test_row_053_a_byte_order_mark(begun):
    begun.edit("local", "bom", "\ufeff" + ABC)
    begun.sync()
    assert begun.in_git("bom.py") == "\ufeff" + ABC
    assert begun.ws_status("bom")["object_type"] == "NOTEBOOK"
    begun.quiet()
    begun.ws_edit("bom", edited("b", "workspace"))
    begun.sync()
    for text in [begun.read("bom.py"), begun.in_git("bom.py")]:
        assert trim(text) == "\ufeff" + trim(edited("b", "workspace"))
    begun.quiet()


def test_row_053_only_the_file_that_has_a_mark_keeps_it(begun):
    (begun.local / "load.py").write_text("\ufeff" + ABC)
    begun.quiet()
    begun.edit("git", "load", edited("b", "git"))
    begun.sync()
    assert begun.read("load.py") == "\ufeff" + edited("b", "git")
    assert begun.in_git("load.py") == edited("b", "git")
    begun.write("load.py", "\ufeff" + edited("b", "local"))
    begun.sync()
    assert begun.read("load.py") == "\ufeff" + edited("b", "local")
    assert trim(begun.ws("load")) == trim(edited("b", "local"))
    begun.quiet()


def test_row_054_line_ends_stay_as_they_are(begun):
    crlf = ABC.replace("\n", "\r\n").encode()
    begun.write("win.py", crlf)
    begun.sync()
    assert (begun.local / "win.py").read_bytes() == crlf
    assert begun.in_git("win.py").encode() == crlf
    begun.quiet()
    begun.ws_edit("win", edited("b", "workspace"))
    begun.sync()
    data = (begun.local / "win.py").read_bytes()
    assert data == edited("b", "workspace").replace("\n", "\r\n").encode()
    begun.quiet()


BAD = {  # the text, and what has to be said about it
    "055 empty": ("", "empty"),
    "055 blanks": ("\n  \n", "empty"),
    "056 truncated": (ipynb("print('good')")[:-30], "without an end|in the middle"),
    "057 markers": (f"<<<<<<< ours\n{ipynb('1')}\n=======\n{ipynb('2')}\n>>>>>>> theirs\n",
                    "'(x|new).ipynb', line 1: conflict markers"),
    "057 markers inside": (ipynb("1").replace('\n "nbformat": 4,', "\n".join(
        ["", "<<<<<<< HEAD", '"nbformat": 4,', "=======", '"nbformat": 5,', ">>>>>>> main"])),
        r"'(x|new).ipynb', line \d+: conflict markers"),
    "058 version 3": ('{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
                      "nbformat before 4, save it with a current Jupyter"),
    "058 version 9": (ipynb("print('good')").replace('"nbformat": 4', '"nbformat": 9'),
                      "nbformat is not 4"),
    "058 no version": (ipynb("print('good')").replace('"nbformat": 4,\n', ""),
                       "nbformat is missing"),
}
bad = pytest.mark.parametrize("text, words", BAD.values(), ids=BAD)


@bad
def test_rows_055_056_057_058_a_bad_ipynb_is_held_until_it_is_good(jupyter, text, words):
    jupyter.write("x.ipynb", text)
    jupyter.ws_edit("x", notebook("print('workspace')"))
    jupyter.write("fine.ipynb", ipynb("print('finer')"))
    result = jupyter.holds_back()
    assert held(result) == {"x": "unparsable"}
    assert re.search(words, sentence(result, "x")), sentence(result, "x")
    assert jupyter.read("x.ipynb") == text, "somebody's unfinished work was overwritten"
    assert jupyter.in_git("x.py") == notebook("print('workspace')")
    assert jupyter.in_git("fine.py") == notebook("print('finer')")
    assert trim(jupyter.ws("fine")) == trim(notebook("print('finer')"))
    jupyter.write("x.ipynb", ipynb("print('workspace')"))
    assert jupyter.sync()["conflicts"] == []
    jupyter.quiet()


@bad
def test_rows_055_056_057_058_a_bad_ipynb_goes_nowhere(jupyter, text, words):
    """Neither a new one nor one that the others have in a good version, which they keep."""
    for name in ["new", "x"]:
        jupyter.write(f"{name}.ipynb", text)
    jupyter.write("source.py", ABC)
    result = jupyter.holds_back()
    assert held(result) == {"new": "unparsable", "x": "unparsable"}
    assert all(re.search(words, sentence(result, name)) for name in ["new", "x"])
    jupyter.everywhere("source", ABC)
    assert jupyter.ws("new") is None and jupyter.in_git("new.py") is None
    assert trim(jupyter.ws("x")) == trim(notebook("print('good')"))
    assert jupyter.in_git("x.py") == notebook("print('good')")
    for name in ["new", "x"]:
        jupyter.write(f"{name}.ipynb", ipynb("print('good now')"))
    jupyter.sync()
    for name in ["new", "x"]:
        assert jupyter.in_git(f"{name}.py") == notebook("print('good now')")


@bad
def test_rows_055_056_057_058_a_bad_ipynb_in_git_reaches_nobody(jupyter, text, words):
    """A colleague committed it; the others keep what they have, and go on without Git."""
    jupyter.git_commit("bad", {"notebooks/x.py": None, "notebooks/x.ipynb": text})
    result = jupyter.holds_back()
    assert held(result) == {"x": "unparsable"} and re.search(words, sentence(result, "x"))
    assert jupyter.read("x.ipynb") == ipynb("print('good')")
    assert trim(jupyter.ws("x")) == trim(notebook("print('good')"))
    jupyter.ws_edit("x", notebook("print('meanwhile')"))
    jupyter.holds_back()
    assert "meanwhile" in jupyter.read("x.ipynb")
    assert jupyter.in_git("x.ipynb") == text and jupyter.in_git("x.py") is None


def test_row_057_markers_in_a_source_notebook_are_held(begun):
    marked = ABC.replace("print('b')", "\n".join(["<<<<<<< HEAD", "print('b')", "=======",
                                                   "print('x')", ">>>>>>> theirs"]))
    begun.write("load.py", marked)
    result = others_go_on(begun)
    assert held(result) == {"load": "unparsable"}
    assert re.search(r"'load.py', line \d+: conflict markers", sentence(result, "load"))
    assert begun.in_git("load.py") == ABC and trim(begun.ws("load")) == trim(ABC)
    begun.edit("local", "load", edited("b", "x"))
    begun.sync()
    begun.ends_with(load=edited("b", "x"), fine=FINE)


def test_row_059_an_ipynb_without_a_language_is_python(jupyter):
    value = json.loads(ipynb("print(1)"))
    value["metadata"] = {}
    jupyter.write("plain.ipynb", json.dumps(value))
    jupyter.sync()
    assert jupyter.in_git("plain.py") == notebook("print(1)")
    assert jupyter.ws_status("plain")["language"] == "PYTHON"
    jupyter.quiet()


@pytest.mark.parametrize("data", [b"# caf\xe9\n", b"x = '\xff\xfe\x80\x00'\n"],
                         ids=["latin-1", "binary"])
def test_row_060_bytes_that_are_no_utf_8(begun, data):
    """They travel as they are, and an edit of another cell leaves them alone."""
    text = HEADER.encode() + data
    begun.write("odd.py", text)
    begun.write("script.py", data)
    begun.sync()
    assert (begun.local / "odd.py").read_bytes() == text
    assert begun.git_texts()["odd.py"].encode(errors="surrogateescape") == text
    assert begun.emulator.export(f"{ROOT}/odd", format="SOURCE").rstrip(b"\n") == text.rstrip(b"\n")
    more = text + SEPARATOR.encode()[1:] + b"print('more')\n"
    begun.git_commit("more", {"notebooks/odd.py": more})
    begun.sync()
    assert (begun.local / "odd.py").read_bytes() == more
    assert begun.emulator.export(f"{ROOT}/odd", format="SOURCE").rstrip(b"\n") == more.rstrip(b"\n")
    assert (begun.local / "script.py").read_bytes() == data
    begun.quiet()
