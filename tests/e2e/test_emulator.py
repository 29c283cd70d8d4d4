# SPDX-License-Identifier: Apache-2.0
"""The emulator's objects: looking, changing, clashes and errors, row by row of what is known
about the real Workspace API."""

import pytest

HOME = "/Users/ana@acme.example"
PY = b"# Databricks notebook source\n"
SQL = b"-- Databricks notebook source\n"
IPYNB = (b'{"cells":[{"cell_type":"code","source":"1","metadata":{},"outputs":[],"execution_count":1}],'
         b'"metadata":{},"nbformat":4,"nbformat_minor":5}')


# ---- looking ----


def names(reply):
    return sorted(item["path"].rsplit("/", 1)[1] for item in reply.json()["objects"])


def test_list(emulator):
    listing = emulator.api_get("workspace/list", path=HOME)
    assert (listing.status, listing.json()) == (200, {})
    emulator.put(f"{HOME}/a.py", PY)
    emulator.put(f"{HOME}/f.txt", b"123")
    emulator.mkdirs(f"{HOME}/dir/below")
    listing = emulator.api_get("workspace/list", path=HOME)
    assert names(listing) == ["a", "dir", "f.txt"]
    by_name = {item["path"]: item for item in listing.json()["objects"]}
    assert set(by_name[f"{HOME}/dir"]) == {"object_id", "object_type", "path", "resource_id"}
    assert by_name[f"{HOME}/f.txt"]["size"] == 3
    assert "repos_export_format" not in by_name[f"{HOME}/a"]
    for name in ("a", "f.txt"):
        alone = emulator.api_get("workspace/list", path=f"{HOME}/{name}").json()["objects"]
        assert alone == [by_name[f"{HOME}/{name}"]]


def test_list_order_is_shuffled(emulator):
    for number in range(20):
        emulator.mkdirs(f"{HOME}/{number:02}")

    def order():
        listing = emulator.api_get("workspace/list", path=HOME).json()["objects"]
        return [item["path"] for item in listing]

    orders = [order() for _ in range(5)]
    assert len({tuple(o) for o in orders}) > 1
    assert all(sorted(o) == sorted(orders[0]) for o in orders)
    emulator.knobs(shuffle=False)
    assert order() == order()


def test_list_modified_after(emulator):
    emulator.put(f"{HOME}/old.py", PY)
    emulator.put(f"{HOME}/old.txt")
    when = emulator.status(f"{HOME}/old")["modified_at"]
    emulator.edit(f"{HOME}/new", "2")
    emulator.edit(f"{HOME}/new", "3")
    assert emulator.status(f"{HOME}/new")["modified_at"] > when
    listing = emulator.api_get("workspace/list", path=HOME, notebooks_modified_after=when)
    assert names(listing) == ["new", "old.txt"]


def test_get_status_extras_only_when_asked(emulator):
    emulator.put(f"{HOME}/a.py", PY)
    reply = emulator.api_get("workspace/get-status", path=f"{HOME}/a")
    assert set(reply.json()) == {
        "created_at", "language", "modified_at", "object_id", "object_type", "path", "resource_id",
    }


ALIASES = [
    # asked for -> path in the reply
    (HOME + "/a", HOME + "/a"),
    ("/Workspace" + HOME + "/a", "/Workspace" + HOME + "/a"),
    ("//Workspace" + HOME + "/a", HOME + "/a"),
    ("//Users//ana@acme.example///a//", HOME + "/a"),
    ("/Workspace//Users/ana@acme.example/a/", "/Workspace" + HOME + "/a"),
]


@pytest.mark.parametrize("asked,answered", ALIASES)
def test_workspace_alias(emulator, asked, answered):
    emulator.put("/Workspace" + HOME + "/a.py", PY)
    assert emulator.status(asked)["path"] == answered
    parent = asked.rstrip("/").rsplit("/", 1)[0]
    listing = emulator.api_get("workspace/list", path=parent).json()["objects"]
    assert [item["path"] for item in listing] == [answered]
    reply = emulator.api_get("workspace/get-status", path=asked + "x/b")
    assert reply.status == 404


def test_roots(emulator):
    assert names(emulator.api_get("workspace/list", path="/")) == ["Repos", "Shared", "Users"]
    listing = emulator.api_get("workspace/list", path="/Workspace").json()["objects"]
    assert "/Workspace/Users" in {item["path"] for item in listing}
    assert emulator.status("/")["object_type"] == "DIRECTORY"
    assert emulator.status("/WorkspaceX") is None


def test_me(emulator):
    me = emulator.api_get("preview/scim/v2/Me").json()
    assert me["userName"] == "ana@acme.example" and me["active"] is True


# ---- changing ----


def test_ids_and_times(emulator):
    first = emulator.put(f"{HOME}/a.py", PY)
    before = emulator.status(f"{HOME}/a")
    for _ in range(3):
        assert emulator.put(f"{HOME}/a.py", PY) == first
        after = emulator.status(f"{HOME}/a")
        assert after["modified_at"] > before["modified_at"]
        assert after["created_at"] == before["created_at"]
        before = after
    emulator.api_post("workspace/delete", {"path": f"{HOME}/a"})
    assert emulator.put(f"{HOME}/a.py", PY) != first


def test_delete(emulator):
    emulator.mkdirs(f"{HOME}/d/e")
    emulator.mkdirs(f"{HOME}/dd")
    emulator.put(f"{HOME}/d/e/a.py", PY)
    reply = emulator.api_post("workspace/delete", {"path": f"{HOME}/d"})
    assert reply.error() == (400, "DIRECTORY_NOT_EMPTY", f"Folder ({HOME}/d) is not empty")
    reply = emulator.api_post("workspace/delete", {"path": f"{HOME}/d", "recursive": True})
    assert (reply.status, reply.json()) == (200, {})
    assert emulator.status(f"{HOME}/d/e/a") is None and emulator.status(f"{HOME}/d") is None
    assert emulator.api_post("workspace/delete", {"path": f"{HOME}/dd"}).status == 200
    for path in ("/", "/Users", "/Shared", "/Repos", HOME):
        reply = emulator.api_post("workspace/delete", {"path": path, "recursive": True})
        assert reply.error()[:2] == (400, "DIRECTORY_PROTECTED")


def test_mkdirs(emulator):
    for _ in range(2):
        reply = emulator.api_post("workspace/mkdirs", {"path": f"{HOME}/a/b/c"})
        assert (reply.status, reply.json()) == (200, {})
    emulator.put(f"{HOME}/a/f.txt")
    for path in (f"{HOME}/a/f.txt", f"{HOME}/a/f.txt/below"):
        reply = emulator.api_post("workspace/mkdirs", {"path": path})
        assert reply.error()[:2] == (400, "RESOURCE_ALREADY_EXISTS")


def test_workspace_files(emulator):
    url = "/api/2.0/workspace-files/import-file/Users%2Fana@acme.example%2Fa b.py"
    headers = emulator.bearer()
    reply = emulator.request("POST", url, {"overwrite": "true"}, body=b'{"x":1}', headers=headers)
    assert reply.status == 200
    reply = emulator.request("POST", url, {"overwrite": "false"}, body=b"y", headers=headers)
    assert reply.error()[1] == "RESOURCE_ALREADY_EXISTS"
    reply = emulator.request(
        "GET", "/api/2.0/workspace-files/Users/ana@acme.example/a b.py", headers=headers
    )
    assert reply.body == b'{"x":1}'


# ---- clashes and errors ----


def test_notebook_and_file_of_other_full_names_coexist(emulator):
    """A notebook's full name ends in the extension of its format, and must be unique."""
    emulator.put(f"{HOME}/foo.py", b"print(1)")
    emulator.put(f"{HOME}/foo.ipynb", IPYNB)
    emulator.put(f"{HOME}/bar.ipynb", IPYNB)
    emulator.put(f"{HOME}/bar.py", b"print(1)")
    assert names(emulator.api_get("workspace/list", path=HOME)) == [
        "bar", "bar.py", "foo", "foo.py"]


MISMATCH = "Cannot overwrite the asset at {} due to type mismatch (asked: {}, actual: {})"
VIEW = "Requested node type [FILE] is different from the existing node type [NOTEBOOK]"
NOTEBOOK_VIEW = "Requested node type [NOTEBOOK] is different from the existing node type [FILE]"

CLASHES = [
    # existing (name, content), import (name, content, format) -> message
    (("foo.py", PY), ("foo", b"x", "AUTO"), MISMATCH.format(HOME + "/foo", "FILE", "NOTEBOOK")),
    (("foo.py", PY), ("foo.py", b"x", "AUTO"), VIEW),
    (("foo.py", PY), ("foo.PY", b"x", "AUTO"), VIEW),
    (("foo.sql", SQL), ("foo.sql", b"x", "AUTO"), VIEW),
    (("foo.py", b"x"), ("foo.py", PY, "AUTO"), NOTEBOOK_VIEW),
    (("foo.sql", b"x"), ("foo.sql", SQL, "AUTO"), NOTEBOOK_VIEW),
    (("foo.py", b"x"), ("foo.py", b"x", "SOURCE"),
     MISMATCH.format(HOME + "/foo.py", "NOTEBOOK", "FILE")),
    (("foo", None), ("foo.py", PY, "AUTO"),
     MISMATCH.format(HOME + "/foo", "NOTEBOOK", "DIRECTORY")),
]


@pytest.mark.parametrize("existing,imported,message", CLASHES)
def test_type_clash(emulator, existing, imported, message):
    if existing[1] is None:
        emulator.mkdirs(f"{HOME}/{existing[0]}")
    else:
        emulator.put(f"{HOME}/{existing[0]}", existing[1])
    name, content, kind = imported
    language = "PYTHON" if kind == "SOURCE" else None
    arguments = {"format": kind, "language": language}
    reply = emulator.import_multipart(f"{HOME}/{name}", content, overwrite=True, **arguments)
    assert reply.error() == (400, "INVALID_PARAMETER_VALUE", message)
    reply = emulator.import_multipart(f"{HOME}/{name}", content, **arguments)
    assert reply.error()[:2] == (400, "RESOURCE_ALREADY_EXISTS")


def test_plain_file_beside_a_notebook_in_another_language(emulator):
    emulator.put(f"{HOME}/foo.py", PY)
    emulator.put(f"{HOME}/foo.sql", b"SELECT 1")
    assert names(emulator.api_get("workspace/list", path=HOME)) == ["foo", "foo.sql"]


def test_a_changed_format_is_a_new_full_name(emulator):
    emulator.put(f"{HOME}/foo.ipynb", IPYNB)
    emulator.put(f"{HOME}/foo.py", b"print(1)")
    reply = emulator.import_multipart(f"{HOME}/foo.py", PY, format="AUTO", overwrite=True)
    assert reply.error() == (400, "INVALID_PARAMETER_VALUE", NOTEBOOK_VIEW)
    emulator.put(f"{HOME}/foo.ipynb", IPYNB)
    assert emulator.status(f"{HOME}/foo")["repos_export_format"] == "JUPYTER"


def test_auto_may_make_files(emulator):
    """A workspace that takes what was sent for no notebook."""
    emulator.knobs(auto_files=1)
    emulator.put(f"{HOME}/foo.py", PY)
    assert emulator.status(f"{HOME}/foo") is None
    assert emulator.status(f"{HOME}/foo.py")["object_type"] == "FILE"
    emulator.put(f"{HOME}/bar.py", PY)
    assert emulator.status(f"{HOME}/bar")["object_type"] == "NOTEBOOK"
    emulator.knobs(auto_files=-1)
    for _ in range(2):
        emulator.put(f"{HOME}/baz.ipynb", IPYNB)
        assert emulator.status(f"{HOME}/baz.ipynb")["object_type"] == "FILE"
    reply = emulator.import_multipart(f"{HOME}/bar.py", PY, format="AUTO", overwrite=True)
    assert reply.error() == (400, "INVALID_PARAMETER_VALUE", VIEW)


def test_formats_are_told_when_asked_for(emulator):
    emulator.put(f"{HOME}/foo.ipynb", IPYNB)
    emulator.put(f"{HOME}/f.txt", b"x")

    def formats(**more):
        reply = emulator.api_get("workspace/list", path=HOME, **more).json()
        return {o["path"].rsplit("/", 1)[1]: o.get("repos_export_format")
                for o in reply["objects"]}

    assert formats(return_export_info="true") == {"foo": None, "f.txt": None}
    emulator.knobs(list_formats=True)
    assert formats(return_export_info="true") == {"foo": "JUPYTER", "f.txt": None}
    assert formats() == {"foo": None, "f.txt": None}


EXISTS = [
    ("400-code", 400, "RESOURCE_ALREADY_EXISTS",
     "{} already exists. Please pass overwrite=true to overwrite it."),
    ("409-code", 409, "ALREADY_EXISTS",
     "Node with name {} already exists. Please pass overwrite=true to update it."),
    ("409-bare", 409, None,
     "Node with name {} already exists. Please pass overwrite=true to update it."),
    ("400-empty-code", 400, "", "Path ({}) already exists."),
    ("400-prefixed", 400, "",
     "RESOURCE_ALREADY_EXISTS: {} already exists. Please pass overwrite=true to overwrite it."),
]


@pytest.mark.parametrize("shape,status,code,message", EXISTS)
def test_already_exists(emulator, shape, status, code, message):
    emulator.put(f"{HOME}/a.py", PY)
    emulator.knobs(exists_shape=shape)
    reply = emulator.import_multipart(f"{HOME}/a.py", PY, format="AUTO")
    assert reply.error() == (status, code, message.format(f"{HOME}/a"))
    reply = emulator.import_multipart(f"/Workspace{HOME}/a.py", PY, format="AUTO", overwrite=False)
    assert reply.error() == (status, code, message.format(f"/Workspace{HOME}/a"))


def test_stale_clash_even_with_overwrite(emulator):
    emulator.put(f"{HOME}/file.txt")
    emulator.knobs(stale_clashes=1)
    reply = emulator.import_multipart(f"{HOME}/file.txt", b"y", format="AUTO", overwrite=True)
    assert reply.error() == (
        400, "RESOURCE_ALREADY_EXISTS", "Node named 'file.txt' already exists"
    )
    emulator.put(f"{HOME}/file.txt", b"y")


MISSING = f"Path ({HOME}/x) doesn't exist."
INVALID = "INVALID_PARAMETER_VALUE"

ERRORS = [
    # method, endpoint, arguments -> status, error_code, message
    ("GET", "workspace/list", {"path": HOME + "/x"}, 404, "RESOURCE_DOES_NOT_EXIST", MISSING),
    ("GET", "workspace/get-status", {"path": HOME + "/x"}, 404, "RESOURCE_DOES_NOT_EXIST", MISSING),
    ("GET", "workspace/export", {"path": HOME + "/x"}, 404, "RESOURCE_DOES_NOT_EXIST", MISSING),
    ("POST", "workspace/delete", {"path": HOME + "/x"}, 404, "RESOURCE_DOES_NOT_EXIST", MISSING),
    ("GET", "workspace/list", {"path": "/Workspace/x"}, 404, "RESOURCE_DOES_NOT_EXIST",
     "Path (/Workspace/x) doesn't exist."),
    ("GET", "workspace/list", {}, 400, INVALID, "Missing required field: path"),
    ("GET", "workspace/list", {"path": "x"}, 400, INVALID, "Path (x) doesn't start with '/'"),
    ("GET", "workspace/list", {"path": ""}, 400, INVALID, "Path () doesn't start with '/'"),
    ("GET", "workspace/list", {"path": "/a/../b"}, 400, INVALID,
     "Path (/a/../b) is not normalized."),
    ("GET", "workspace/list", {"path": b"/\xff"}, 400, INVALID, "The path is not valid UTF-8."),
    ("GET", "workspace/list", {"path": "/" + 5000 * "a"}, 400, INVALID,
     "The path is longer than 4096 bytes."),
    ("POST", "workspace/mkdirs", {"path": HOME + "/.git/x"}, 400, INVALID,
     f"Path ({HOME}/.git/x) contains the disallowed name .git."),
    ("POST", "workspace/import", {"path": "/foo/a.py", "format": "AUTO"}, 404,
     "RESOURCE_DOES_NOT_EXIST", "The parent folder (/foo) does not exist."),
    ("POST", "workspace/import", {"path": HOME + "/a"}, 400, INVALID,
     "The zip archive contains no items."),
    ("POST", "workspace/import", {"path": HOME + "/a", "language": "COBOL"}, 400, INVALID,
     "COBOL is not a supported language."),
    ("POST", "workspace/import", {"path": HOME + "/a", "format": "auto"}, 400, INVALID,
     "auto is not a valid format."),
    ("POST", "workspace/import", {"path": HOME + "/a", "format": "DBC"}, 501, "NOT_IMPLEMENTED",
     "The emulator does not import DBC."),
    ("POST", "workspace/import", {"path": HOME + "/a", "content": "!", "format": "AUTO"}, 400,
     INVALID, "The content is not valid base64."),
    ("POST", "workspace/import", [], 400, "MALFORMED_REQUEST", "Could not parse request object."),
    ("POST", "workspace/delete", [], 400, "MALFORMED_REQUEST", "Could not parse request object."),
    ("GET", "workspace/lists", {}, 404, "ENDPOINT_NOT_FOUND",
     "No API found for 'GET /api/2.0/workspace/lists'"),
    ("POST", "workspace/list", {"path": "/"}, 404, "ENDPOINT_NOT_FOUND",
     "No API found for 'POST /api/2.0/workspace/list'"),
]


@pytest.mark.parametrize("method,endpoint,arguments,status,code,message", ERRORS)
def test_errors(emulator, method, endpoint, arguments, status, code, message):
    if method == "GET":
        reply = emulator.api_get(endpoint, **arguments)
    else:
        reply = emulator.api_post(endpoint, arguments)
    assert reply.error() == (status, code, message)
