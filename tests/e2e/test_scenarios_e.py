# SPDX-License-Identifier: Apache-2.0
"""Section E of the scenario table: the network and the workspace's API.

One test, or a few, for each row; the number of the row is in the name. Rows 121 and 125 are those
of the renames and of the second instance in sections A and D.
"""

import re

import pytest

from scenario_between import moment  # noqa: F401 (a fixture)
from scenario_world import (FINE, Scenario, begun, edited, held, others_go_on,  # noqa: F401
                            scene, sentence, trim)
from world import ABC, ROOT, notebook

IMPORT, EXPORT, LIST, DELETE = [f"workspace/{e}" for e in ("import", "export", "list", "delete")]


def edits_for(scene, endpoint):
    """Something for which nbsync needs this endpoint; returns what it must come to."""
    scene.holds(gone=notebook("print('gone')"))
    if endpoint == EXPORT:
        scene.edit("workspace", "load", edited("b", "x"))
    else:
        scene.edit("local", "load", edited("b", "x"))
    scene.remove("git", "gone")
    return {"load": edited("b", "x")}


every = pytest.mark.parametrize("endpoint", [LIST, EXPORT, IMPORT, DELETE])


# ---- what passes ----


@every
def test_row_108_the_connection_drops(begun, endpoint):
    expected = edits_for(begun, endpoint)
    begun.emulator.faults({"endpoint": endpoint, "action": "close", "count": 1})
    begun.sync()
    begun.ends_as(expected)


@every
def test_row_108_the_connection_drops_in_the_middle_of_the_reply(begun, endpoint):
    expected = edits_for(begun, endpoint)
    begun.emulator.faults({"endpoint": endpoint, "action": "reset", "count": 1})
    begun.sync()
    begun.ends_as(expected)


@pytest.mark.parametrize("endpoint", [IMPORT, DELETE])
def test_row_109_the_reply_is_lost_after_it_was_done(begun, endpoint):
    """What was done is found done: nothing is done twice to anybody else's work."""
    expected = edits_for(begun, endpoint)
    object_id = begun.object_id("load")
    begun.emulator.faults({"endpoint": endpoint, "action": "lost", "count": 1})
    begun.sync()
    assert begun.object_id("load") == object_id
    begun.ends_as(expected)


def test_row_109_a_new_notebook_whose_reply_is_lost(begun):
    begun.edit("local", "new", FINE)
    begun.emulator.faults({"endpoint": IMPORT, "action": "lost", "count": 1})
    assert begun.sync()["conflicts"] == []
    begun.ends_with(load=ABC, new=FINE)


@pytest.mark.parametrize("endpoint", [LIST, IMPORT])
def test_row_110_too_many_requests_with_a_time_to_wait(begun, endpoint):
    expected = edits_for(begun, endpoint)
    since = len(begun.requests())
    begun.emulator.faults({"endpoint": endpoint, "action": "status", "status": 429,
                           "retry_after": 1, "count": 1})
    begun.sync()
    first, second = [r for r in begun.requests(since) if r["endpoint"].endswith(endpoint)][:2]
    assert first["status"] == 429 and second["status"] == 200
    assert second["arrived_ns"] - first["replied_ns"] > 0.9e9
    begun.ends_as(expected)


BUSY = [{"status": 429, "body": ""},
        {"status": 503, "body": "<html>busy</html>", "content_type": "text/html"},
        {"status": 500, "error_code": "INTERNAL_ERROR", "message": "Please try again later"}]
BROKEN = [{"status": 500, "error_code": "INTERNAL_ERROR", "message": "x"},
          {"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"},
          {"status": 504, "body": ""}]


@every
@pytest.mark.parametrize("fault", BUSY, ids=["429", "503", "500 try again"])
def test_rows_111_to_114_the_workspace_is_busy(begun, endpoint, fault):
    """Asked again in the same cycle."""
    expected = edits_for(begun, endpoint)
    begun.emulator.faults({"endpoint": endpoint, "action": "status", "count": 1, **fault})
    begun.sync()
    begun.ends_as(expected)


@every
@pytest.mark.parametrize("fault", BROKEN, ids=["500", "502", "504"])
def test_rows_112_and_113_the_workspace_is_broken(begun, endpoint, fault):
    """What it could not do is held, nothing else is stopped; the next cycle does the rest."""
    expected = edits_for(begun, endpoint)
    begun.emulator.faults({"endpoint": endpoint, "action": "status", "count": 1, **fault})
    begun.edit("local", "fine", FINE)
    result = begun.holds_back()
    assert held(result) or result["sides"]["workspace"]["state"] == "held"
    assert begun.in_git("fine.py") == FINE
    begun.sync()
    begun.ends_as({**expected, "fine": FINE})


# ---- what does not pass ----


def test_row_112_one_notebook_that_the_workspace_cannot_take(begun):
    """It is held with the reason, the others go on; later it arrives."""
    begun.emulator.faults({"endpoint": IMPORT, "path": f"{ROOT}/load", "action": "status",
                           "status": 500, "error_code": "INTERNAL_ERROR", "message": "boom"})
    begun.edit("local", "load", edited("b", "x"))
    result = others_go_on(begun)
    assert held(result) == {"load": "refused"} and "boom" in sentence(result, "load")
    begun.emulator.faults(clear=True)
    begun.sync()
    begun.ends_with(load=edited("b", "x"), fine=FINE)


NOT_MISSING = [{"action": "endpoint-not-found"},
               {"action": "status", "status": 404, "error_code": "FEATURE_DISABLED", "message": "x"},
               {"action": "status", "status": 404, "body": ""},
               {"action": "status", "status": 404, "body": "<html>not here</html>",
                "content_type": "text/html"}]


@pytest.mark.parametrize("endpoint", [LIST, "get-status", EXPORT])
@pytest.mark.parametrize("fault", NOT_MISSING, ids=["endpoint", "feature", "empty", "html"])
def test_row_115_a_404_that_does_not_mean_missing(begun, endpoint, fault):
    begun.edit("workspace", "load", edited("b", "x"))
    begun.edit("local", "fine", FINE)
    begun.emulator.faults({"endpoint": endpoint, **fault})
    begun.sync_whatever()
    assert "load" in begun.everything("local") and begun.in_git("load.py") is not None
    begun.emulator.faults(clear=True)
    begun.sync()
    begun.ends_with(load=edited("b", "x"), fine=FINE)


@pytest.mark.parametrize("path", [ROOT, f"{ROOT}/dir"], ids=["root", "folder"])
def test_row_116_a_listing_is_empty_for_once(begun, path):
    """Nothing is there for a moment: asked again before anything is deleted elsewhere."""
    texts = {"load": ABC, **{f"dir/{n}": notebook(f"print('{n}')") for n in "xyz"}}
    begun.holds_all(texts)
    begun.emulator.faults({"endpoint": LIST, "path": path, "action": "empty", "count": 1})
    begun.edit("local", "fine", FINE)
    begun.sync_whatever()
    begun.sync()
    assert begun.changes()[-1] == ("import", "fine")
    begun.ends_as({**texts, "fine": FINE})


def test_row_117_a_listing_that_is_older_than_our_own_writes(moment, begun):
    """The workspace still shows what was there before: no edit is taken back, nothing deleted."""
    old = []
    moment.answers("workspace/list", lambda body: old.append(body))
    begun.sync()
    begun.edit("local", "load", edited("b", "x"))
    begun.edit("local", "new", FINE)
    begun.sync()
    moment.answers("workspace/list", lambda body: old[0])
    begun.sync_whatever()
    begun.everywhere("load", edited("b", "x"))
    begun.everywhere("new", FINE)
    moment.rest()
    begun.sync()
    begun.ends_with(load=edited("b", "x"), new=FINE)


# ---- who is let in ----


def exchange(scene, token):
    """The token in use is revoked; a new one is in the file."""
    scene.emulator.tokens(add=token)
    scene.emulator.tokens(remove=scene.emulator.token)
    scene.emulator.token = token
    scene.token.write_text(token + "\n")


@every
def test_row_118_the_token_is_exchanged_in_the_middle(moment, begun, endpoint):
    expected = edits_for(begun, endpoint)
    moment.before(endpoint, lambda: exchange(begun, "dapi-next"))
    begun.sync()
    begun.ends_as(expected)


def test_row_119_the_token_is_revoked(begun):
    """The workspace is held with a sentence, is not asked again and again, and the others go on."""
    begun.emulator.tokens(add="dapi-other")
    begun.emulator.tokens(remove=begun.emulator.token)
    begun.emulator.token = "dapi-other"
    since = len(begun.requests())
    begun.edit("local", "load", edited("b", "x"))
    result = begun.holds_back()
    assert "refused the token" in result["sides"]["workspace"]["sentence"]
    assert len(begun.requests(since)) <= 3
    assert begun.in_git("load.py") == edited("b", "x")
    begun.token.write_text("dapi-other\n")
    begun.sync()
    begun.ends_with(load=edited("b", "x"))


@pytest.mark.parametrize("knob", ["denied", "read_only"])
def test_row_120_one_object_is_forbidden(begun, knob):
    begun.emulator.knobs(**{knob: [f"{ROOT}/load", f"{ROOT}/load.py"]})
    begun.edit("local", "load", edited("b", "x"))
    result = others_go_on(begun)
    assert set(held(result)) == {"load"} and "load" in sentence(result, "load")
    assert begun.in_git("load.py") == edited("b", "x")
    begun.emulator.knobs(**{knob: []})
    begun.sync()
    begun.ends_with(load=edited("b", "x"), fine=FINE)


# ---- what people do in the workspace ----


@pytest.mark.parametrize("what", ["delete", "rename", "replace"])
def test_row_122_the_folder_goes(begun, what):
    """Deleted, renamed, or another one in its place: the workspace is held, nobody else loses."""
    begun.holds(two=notebook("print(2)"))
    if what != "delete":
        begun.emulator.rename(ROOT, ROOT + "-old")
    else:
        begun.emulator.delete(ROOT)
    if what == "replace":
        begun.ws_edit("other", notebook("print(3)"))
    begun.edit("local", "load", edited("b", "x"))
    result = begun.holds_back()
    assert result["sides"]["workspace"]["state"] == "held"
    assert begun.everything("git") == begun.everything("local") == \
        {"load": trim(edited("b", "x")), "two": trim(notebook("print(2)"))}
    if what == "delete":
        return
    if what == "replace":
        begun.emulator.delete(ROOT)
    begun.emulator.rename(ROOT + "-old", ROOT)
    begun.sync()
    begun.ends_with(load=edited("b", "x"), two=notebook("print(2)"))


@pytest.mark.parametrize("what", ["file", "folder"])
def test_row_123_a_notebook_is_replaced_by_something_else(begun, what):
    begun.ws_delete("load")
    if what == "file":
        begun.control("edit", path=f"{ROOT}/load", content="1,2\n", format="RAW")
    else:
        begun.edit("workspace", "load/inner", notebook("print('inner')"))
    begun.edit("local", "load", edited("b", "x"))
    result = others_go_on(begun)
    assert "load" in held(result)
    assert begun.in_git("load.py") == edited("b", "x")
    assert [o["object_type"] for o in begun.objects() if o["path"] == f"{ROOT}/load"] == \
        ["FILE" if what == "file" else "DIRECTORY"]
    begun.ws_delete("load")
    begun.sync_whatever()
    assert begun.everything("workspace").get("load") == trim(edited("b", "x"))


def test_row_124_an_edit_right_after_our_write(begun):
    """What is read back is not what was written: an observation, and no version is lost."""
    begun.emulator.faults({"endpoint": IMPORT, "path": f"{ROOT}/load", "action": "user",
                           "after": True, "count": 1,
                           "user": {"edit": {"path": f"{ROOT}/load", "format": "SOURCE",
                                             "content": edited("c", "user", edited("b", "x"))}}})
    begun.edit("local", "load", edited("b", "x"))
    begun.sync()
    begun.ends_with(load=edited("c", "user", edited("b", "x")))


# ---- limits ----


def test_row_126_a_folder_is_full(begun):
    begun.emulator.faults({"endpoint": IMPORT, "path": f"{ROOT}/full/", "action": "status",
                           "status": 403, "error_code": "MAX_CHILD_NODE_SIZE_EXCEEDED",
                           "message": "the folder has too many children"})
    begun.edit("local", "full/x", notebook("print('x')"))
    result = others_go_on(begun)
    assert held(result) == {"full/x": "refused"}
    assert sentence(result, "full/x") == (
        f"the folder '{ROOT}/full' of workspace 'dev' is full: the folder has too many children "
        "(403 MAX_CHILD_NODE_SIZE_EXCEEDED); move notebooks out of it, or delete some")
    begun.emulator.faults(clear=True)
    begun.sync()
    begun.ends_as({"load": ABC, "fine": FINE, "full/x": notebook("print('x')")})


@pytest.mark.parametrize("files", ["none", "all"])
def test_the_workspace_takes_notebooks_for_files(tmp_path, emulator, files):
    """What AUTO made of them is removed again, and the path held; nothing else is touched."""
    scene = Scenario(tmp_path, emulator, files=files)
    scene.write("load.py", ABC)
    scene.sync()
    scene.emulator.knobs(auto_files=-1)
    scene.write("etl/x.py", notebook("print('x')"))
    scene.write("load.py", edited("b", "x"))
    for _ in range(2):
        result = scene.holds_back()
        assert sentence(result, "etl/x") == (
            f"the workspace took '{ROOT}/etl/x.py' for a plain file and not for a notebook; it was "
            "removed again: create the notebook there by hand, or ignore it")
        assert set(emulator.dump()) >= {f"{ROOT}/load"}
        assert not [path for path in emulator.dump() if path.endswith(".py")]
        assert trim(scene.ws("load")) == trim(ABC)
    scene.emulator.knobs(auto_files=0)
    scene.sync()
    assert trim(scene.ws("etl/x")) == trim(notebook("print('x')"))
    assert trim(scene.ws("load")) == trim(edited("b", "x"))


def test_row_127_larger_than_the_workspace_takes(begun):
    begun.emulator.knobs(source_max=2000)
    begun.edit("local", "big", notebook("#" * 3000))
    result = others_go_on(begun)
    assert set(held(result)) == {"big"} and sentence(result, "big")
    assert begun.in_git("big.py") == notebook("#" * 3000)
    begun.edit("local", "big", notebook("#" * 1000))
    begun.sync()
    begun.ends_with(load=ABC, fine=FINE, big=notebook("#" * 1000))


def test_row_127_larger_than_the_configuration_wants(tmp_path, emulator):
    scene = Scenario(tmp_path, emulator, max_notebook="2K")
    scene.write("big.py", notebook("#" * 3000))
    scene.ws_edit("large", notebook("#" * 3000))
    result = others_go_on(scene)
    assert set(held(result)) == {"big", "large"}
    assert held(result)["big"] == "too-large", held(result)
    assert scene.ws("big") is None and scene.read("large.py") is None


# ---- the way there ----


def test_row_128_a_slow_drip(begun):
    expected = edits_for(begun, EXPORT)
    begun.emulator.faults({"endpoint": EXPORT, "action": "drip", "bytes": 16, "every_ms": 5},
                          {"endpoint": LIST, "action": "drip", "bytes": 64, "every_ms": 5})
    begun.sync()
    begun.ends_as(expected)


@pytest.mark.parametrize("host, words", [
    ("https://workspace.invalid", "workspace.invalid"), ("http://127.0.0.1:1", "127.0.0.1:1"),
    ("https", "TLS|SSL|certificate")], ids=["dns", "refused", "tls"])
def test_row_129_there_is_no_way_to_the_workspace(begun, host, words):
    """It is held with a sentence, and the others go on; when the way is open, all arrives."""
    begun.host = f"https://localhost:{begun.emulator.port}" if host == "https" else host
    begun.configure()
    begun.edit("local", "load", edited("b", "x"))
    told = begun.holds_back()["sides"]["workspace"]["sentence"]
    assert re.search(words, told), told
    assert begun.in_git("load.py") == edited("b", "x")
    begun.host = None
    begun.configure()
    begun.sync()
    begun.ends_with(load=edited("b", "x"))
