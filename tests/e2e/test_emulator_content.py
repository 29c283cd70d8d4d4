# SPDX-License-Identifier: Apache-2.0
"""The emulator's content: what an import becomes, what an export gives, the limits of both."""

import base64
import gzip
import io
import json
import zipfile

import pytest

HOME = "/Users/ana@acme.example"
PY = b"# Databricks notebook source\n"
SCALA = b"// Databricks notebook source\n"
SQL = b"-- Databricks notebook source\n"


def ipynb(*sources, language=None, outputs=(), indent=2, **top):
    """A Jupyter notebook as another tool would write it."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": ["kept"]},
            "execution_count": None,
            "outputs": list(outputs),
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    metadata = {"language_info": {"name": language}} if language else {}
    value = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells, **top}
    return json.dumps(value, indent=indent).encode() + b"\n"


# ---- what an import becomes ----

JUPYTER_R = ipynb("print(1)", language="r")

AUTO_TABLE = [
    # name, content -> name of the object, type, language, export format
    ("a.py", PY + b"print(1)", "a", "NOTEBOOK", "PYTHON", "SOURCE"),
    ("a.r", PY + b"print(1)", "a", "NOTEBOOK", "R", "SOURCE"),
    ("a.scala", SCALA + b"println(1)", "a", "NOTEBOOK", "SCALA", "SOURCE"),
    ("a.sql", SQL + b"SELECT 1", "a", "NOTEBOOK", "SQL", "SOURCE"),
    ("a.PY", PY, "a", "NOTEBOOK", "PYTHON", "SOURCE"),
    ("a.py", PY[:-1], "a", "NOTEBOOK", "PYTHON", "SOURCE"),
    ("a.py", b"`" + PY + b"print(1)", "a", "NOTEBOOK", "PYTHON", "SOURCE"),
    ("a.py", b"\xef\xbb\xbf" + PY, "a", "NOTEBOOK", "PYTHON", "SOURCE"),
    ("a.b.py", PY, "a.b", "NOTEBOOK", "PYTHON", "SOURCE"),
    ("a.py", b"print(1)", "a.py", "FILE", None, None),
    ("a.py", b"\n" + PY, "a.py", "FILE", None, None),
    ("a.py", SCALA, "a.py", "FILE", None, None),
    ("a.sql", PY, "a.sql", "FILE", None, None),
    ("a.r", b"", "a.r", "FILE", None, None),
    ("a", PY, "a", "FILE", None, None),
    (".py", PY, ".py", "FILE", None, None),
    ("a.txt", PY, "a.txt", "FILE", None, None),
    ("a.ipynb", ipynb("print(1)"), "a", "NOTEBOOK", "PYTHON", "JUPYTER"),
    ("a.IPYNB", ipynb("print(1)"), "a", "NOTEBOOK", "PYTHON", "JUPYTER"),
    ("a.ipynb", JUPYTER_R, "a", "NOTEBOOK", "R", "JUPYTER"),
    ("a.ipynb", ipynb("SELECT 1", language="sql"), "a", "NOTEBOOK", "SQL", "JUPYTER"),
    ("a.designer.ipynb", b"not JSON", "a.designer.ipynb", "DESIGNER_FILE", None, None),
    ("a.lvdash.json", b"{}", "a.lvdash.json", "DASHBOARD", None, None),
    ("a b+c#d:e.py", PY, "a b+c#d:e", "NOTEBOOK", "PYTHON", "SOURCE"),
]


@pytest.mark.parametrize("name,content,stored,kind,language,export", AUTO_TABLE)
def test_auto_import(emulator, name, content, stored, kind, language, export):
    object_id = emulator.put(f"{HOME}/{name}", content)
    info = emulator.status(f"{HOME}/{stored}")
    assert info["object_id"] == object_id and info["resource_id"] == str(object_id)
    assert info["path"] == f"{HOME}/{stored}"
    assert info["object_type"] == kind
    assert info.get("language") == language
    assert info.get("repos_export_format") == export
    assert ("size" in info) == (kind != "NOTEBOOK")
    if stored != name:
        assert emulator.status(f"{HOME}/{name}") is None


def test_auto_header_alone(emulator):
    emulator.knobs(header_lax=False)
    emulator.put(f"{HOME}/a.py", b"`" + PY)
    assert emulator.status(f"{HOME}/a.py")["object_type"] == "FILE"
    emulator.put(f"{HOME}/b.py", PY.replace(b"\n", b"\r\n"))
    assert emulator.status(f"{HOME}/b")["object_type"] == "NOTEBOOK"


BAD_JUPYTER = [
    b"",
    b"{",
    b"[]",
    b"not JSON",
    b'{"cells":[],"metadata":{},"nbformat":4} x',
    b'{"cells":[],"metadata":{}}',
    b'{"cells":[],"nbformat":4}',
    b'{"metadata":{},"nbformat":4}',
    b'{"cells":[],"metadata":{},"nbformat":3}',
    b'{"cells":[1],"metadata":{},"nbformat":4}',
    b'{"cells":{},"metadata":{},"nbformat":4}',
    b'{"cells":[{"cell_type":"code","source":"\xff"}],"metadata":{},"nbformat":4}',
    b'{"cells":[NaN],"metadata":{},"nbformat":4}',
    b'{"cells":[' + b"[" * 1000 + b"]" * 1000 + b'],"metadata":{},"nbformat":4}',
]


@pytest.mark.parametrize("content", BAD_JUPYTER)
def test_invalid_jupyter_is_refused(emulator, content):
    for name, kind in (("a.ipynb", "AUTO"), ("a", "JUPYTER")):
        reply = emulator.import_multipart(f"{HOME}/{name}", content, format=kind)
        assert reply.error()[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert emulator.status(f"{HOME}/a") is None


def test_source_keeps_the_path(emulator):
    path = f"{HOME}/notebook-x.py"
    emulator.put(path, b"print(1)", format="SOURCE", language="PYTHON")
    info = emulator.status(path)
    assert (info["object_type"], info["path"]) == ("NOTEBOOK", path)
    assert emulator.export(path) == PY + b"print(1)"


ROUND_TRIPS = [
    # name, content, format, language -> exported as SOURCE from
    ("x", b"print(1)", "SOURCE", "PYTHON", "x", PY + b"print(1)"),
    ("x", b"SELECT 1", "SOURCE", "SQL", "x", SQL + b"SELECT 1"),
    ("x", b"", "SOURCE", "R", "x", PY),
    ("x.py", PY, "AUTO", None, "x", PY),
    ("x.py", PY + b"print('first upload'))", "AUTO", None, "x", PY + b"print('first upload'))"),
    ("x.py", PY + b"print(1)\n", "AUTO", None, "x", PY + b"print(1)\n"),
    ("x.scala", SCALA + b"println('a')", "AUTO", None, "x", SCALA + b"println('a')"),
    ("x.ipynb", ipynb('print("jupyter")'), "AUTO", None, "x", PY + b'print("jupyter")'),
    ("x", ipynb("SELECT 1", language="sql"), "JUPYTER", None, "x", SQL + b"SELECT 1"),
    ("x.bin", b"\x00\xff\r\n\x00", "AUTO", None, "x.bin", b"\x00\xff\r\n\x00"),
    ("x.bin", b"", "AUTO", None, "x.bin", b""),
    ("x.py", PY, "RAW", None, "x.py", PY),
]


@pytest.mark.parametrize("name,content,kind,language,stored,exported", ROUND_TRIPS)
def test_round_trip(emulator, name, content, kind, language, stored, exported):
    emulator.put(f"{HOME}/{name}", content, format=kind, language=language)
    assert emulator.export(f"{HOME}/{stored}") == exported
    reply = emulator.api_get("workspace/export", path=f"{HOME}/{stored}")
    assert base64.b64decode(reply.json()["content"], validate=True) == exported


def test_json_import(emulator):
    body = {
        "path": f"{HOME}/a.py",
        "content": base64.b64encode(PY + b"x").decode(),
        "format": "AUTO",
    }
    reply = emulator.api_post("workspace/import", body)
    assert (reply.status, reply.json()) == (200, {})
    assert emulator.export(f"{HOME}/a") == PY + b"x"
    assert emulator.api_post("workspace/import", body).status == 400
    assert emulator.api_post("workspace/import", {**body, "overwrite": True}).status == 200


def test_language_changes_with_the_content(emulator):
    first = emulator.put(f"{HOME}/a", b"1", format="SOURCE", language="PYTHON")
    second = emulator.put(f"{HOME}/a", b"SELECT 1", format="SOURCE", language="SQL")
    assert first == second
    assert emulator.status(f"{HOME}/a")["language"] == "SQL"
    emulator.put(f"{HOME}/a.ipynb", ipynb("x", language="scala"))
    info = emulator.status(f"{HOME}/a")
    assert (info["language"], info["repos_export_format"]) == ("SCALA", "JUPYTER")
    assert info["object_id"] == first


# ---- Jupyter is rewritten ----


def test_jupyter_export_is_rewritten_but_equal(emulator):
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    content = ipynb("print(1)\nprint(2)", ["a = 1.50\n", "b = '\\u00e9'"], outputs=[output])
    emulator.put(f"{HOME}/a.ipynb", content)
    exported = emulator.export(f"{HOME}/a", format="JUPYTER")
    assert exported != content
    before, after = json.loads(content), json.loads(exported)
    assert ["".join(c["source"]) for c in after["cells"]] == [
        "".join(c["source"]) for c in before["cells"]
    ]
    assert after["cells"][0]["source"] == ["print(1)\n", "print(2)"]
    assert [c["outputs"] for c in after["cells"]] == [c["outputs"] for c in before["cells"]]
    assert all("id" not in cell for cell in after["cells"])
    assert all(cell["metadata"]["tags"] == ["kept"] for cell in after["cells"])
    assert after["metadata"]["language_info"]["name"] == "python"
    assert after["metadata"]["application/vnd.databricks.v1+notebook"]["notebookName"] == "a"
    assert exported.count(b'"output_type"') == 4 and not exported.endswith(b"\n")

    emulator.edit(f"{HOME}/same", PY.decode() + "print(1)\nprint(2)\n\n"
                  "# COMMAND ----------\n\na = 1.50\nb = '\\u00e9'")
    dump = emulator.dump(canonical="true")
    assert dump[f"{HOME}/a"]["canonical"] == dump[f"{HOME}/same"]["canonical"]


def test_jupyter_export_repeats_itself_until_the_next_edit(emulator):
    """What was exported may be imported again: nuids are only made where there are none."""
    emulator.put(f"{HOME}/a.ipynb", ipynb("1"))
    emulator.put(f"{HOME}/b.py", PY + b"1")
    for path in (f"{HOME}/a", f"{HOME}/b"):
        exported = emulator.export(path, format="JUPYTER")
        assert emulator.export(path, format="JUPYTER") == exported
        emulator.put(path + ".ipynb", exported)
        assert emulator.export(path, format="JUPYTER") == exported
    emulator.put(f"{HOME}/c.py", PY + b"1")
    first = emulator.export(f"{HOME}/c", format="JUPYTER")
    emulator.put(f"{HOME}/c.py", PY + b"1")
    assert emulator.export(f"{HOME}/c", format="JUPYTER") != first


OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
NOTEBOOK_KEY = "application/vnd.databricks.v1+notebook"
CELL_KEY = "application/vnd.databricks.v1+cell"


def rich(outputs=(OUTPUT,)):
    """A notebook with everything that only Jupyter can say."""
    value = json.loads(ipynb("one = 1\nprint(one)", "two = 2", outputs=outputs))
    value["metadata"][NOTEBOOK_KEY] = {
        "dashboards": [{"elements": [], "guid": "d-1", "title": "sales", "width": 1024.0}],
        "environmentMetadata": {"client": "2", "dependencies": ["acme-tools==1.2"]},
        "language": "python",
        "widgets": {"day": {"currentValue": "1", "widgetInfo": {"name": "day"}}},
        "notebookName": "as it was called",
    }
    value["cells"][0]["execution_count"] = 3
    value["cells"][0]["metadata"] = {
        "tags": ["parameters"], "papermill": {"status": None},
        CELL_KEY: {"cellMetadata": {"byteLimit": 2048000}, "inputWidgets": {"a": {}},
                   "nuid": "0a-0b", "showTitle": True, "title": "first"}}
    return json.dumps(value).encode()


def test_a_rich_notebook_keeps_everything(emulator):
    emulator.put(f"{HOME}/a.ipynb", rich())
    before = json.loads(rich())
    after = json.loads(emulator.export(f"{HOME}/a", format="JUPYTER"))
    before["metadata"][NOTEBOOK_KEY]["notebookName"] = "a"
    assert after["metadata"][NOTEBOOK_KEY] == before["metadata"][NOTEBOOK_KEY]
    assert after["cells"][0]["metadata"] == before["cells"][0]["metadata"]
    assert after["cells"][0]["execution_count"] == 3
    assert [c["outputs"] for c in after["cells"]] == [[OUTPUT], [OUTPUT]]
    assert after["cells"][1]["metadata"]["tags"] == ["kept"]
    assert emulator.status(f"{HOME}/a")["repos_export_format"] == "JUPYTER"


def test_one_edited_cell_leaves_the_others_byte_for_byte(emulator):
    emulator.put(f"{HOME}/a.ipynb", rich())
    exported = emulator.export(f"{HOME}/a", format="JUPYTER")
    edited = exported.replace(b"two = 2", b"two = 22")
    assert edited != exported
    modified = emulator.status(f"{HOME}/a")["modified_at"]
    emulator.put(f"{HOME}/a.ipynb", edited)
    assert emulator.export(f"{HOME}/a", format="JUPYTER") == edited
    assert emulator.status(f"{HOME}/a")["modified_at"] > modified


OUTPUTS_NONE = [("honour", rich(outputs=())), ("ignore", rich())]


@pytest.mark.parametrize("knob,same_as", OUTPUTS_NONE)
def test_jupyter_outputs_none(emulator, knob, same_as):
    emulator.knobs(outputs_none=knob)
    emulator.put(f"{HOME}/a.ipynb", rich())
    bare = json.loads(emulator.export(f"{HOME}/a", format="JUPYTER", outputs="NONE"))
    full = json.loads(emulator.export(f"{HOME}/a", format="JUPYTER"))
    assert [c["outputs"] for c in full["cells"]] == [[OUTPUT], [OUTPUT]]
    assert [c["outputs"] for c in bare["cells"]] == [
        c["outputs"] for c in json.loads(same_as)["cells"]]
    for cell in bare["cells"] + full["cells"]:
        cell.pop("outputs")
    assert bare == full


def test_jupyter_outputs_none_refused(emulator):
    emulator.knobs(outputs_none="refuse")
    emulator.put(f"{HOME}/a.ipynb", rich())
    query = {"path": f"{HOME}/a", "format": "JUPYTER", "direct_download": "true"}
    reply = emulator.api_get("workspace/export", **query, outputs="NONE")
    assert reply.error() == (400, "INVALID_PARAMETER_VALUE", "Unknown parameter: outputs")
    assert emulator.api_get("workspace/export", **query).status == 200


# ---- export ----

EXPORTS = [
    # object, format -> status, file_type
    ("nb", None, 200, "py"),
    ("nb", "SOURCE", 200, "py"),
    ("nb", "AUTO", 200, "py"),
    ("nb", "JUPYTER", 200, "ipynb"),
    ("nb", "HTML", 200, "html"),
    ("nb", "DBC", 200, "dbc"),
    ("nb", "RAW", 200, "py"),
    ("nb", "R_MARKDOWN", 400, None),
    ("nb", "source", 400, None),
    ("f.txt", "SOURCE", 200, "txt"),
    ("f.txt", "AUTO", 200, "txt"),
    ("f.txt", "JUPYTER", 400, None),
    ("dir", "SOURCE", 200, "dbc"),
    ("dir", "AUTO", 200, "zip"),
    ("dir", "DBC", 200, "dbc"),
    ("dir", "JUPYTER", 400, None),
    ("dir", "HTML", 400, None),
]


@pytest.mark.parametrize("name,kind,status,file_type", EXPORTS)
def test_export_formats(emulator, name, kind, status, file_type):
    emulator.put(f"{HOME}/nb.py", PY + b"1 < 2")
    emulator.put(f"{HOME}/f.txt", b"text")
    emulator.mkdirs(f"{HOME}/dir")
    query = {"path": f"{HOME}/{name}"}
    if kind:
        query["format"] = kind
    reply = emulator.api_get("workspace/export", **query)
    assert reply.status == status
    if status == 200:
        assert reply.json()["file_type"] == file_type
    else:
        assert reply.error()[1] == "INVALID_PARAMETER_VALUE"


def test_export_of_a_directory_is_a_zip(emulator):
    emulator.mkdirs(f"{HOME}/d/sub")
    emulator.put(f"{HOME}/d/a.ipynb", ipynb("print(1)"))
    emulator.put(f"{HOME}/d/sub/b.sql", SQL + b"SELECT 1")
    emulator.put(f"{HOME}/d/sub/c.txt", b"file")
    notebooks = {"a.py": PY + b"print(1)", "sub/b.sql": SQL + b"SELECT 1"}
    for kind, expected in (("SOURCE", notebooks), ("AUTO", {**notebooks, "sub/c.txt": b"file"})):
        packed = zipfile.ZipFile(io.BytesIO(emulator.export(f"{HOME}/d", format=kind)))
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == expected


def test_large_replies_are_gzipped_when_accepted(emulator):
    content = bytes(range(256)) * 1000
    emulator.put(f"{HOME}/f.bin", content)
    url = "/api/2.0/workspace/export"
    query = {"path": f"{HOME}/f.bin", "direct_download": "true"}
    headers = {**emulator.bearer(), "Accept-Encoding": "deflate, gzip"}
    reply = emulator.request("GET", url, query=query, headers=headers)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.body) == content
    assert emulator.export(f"{HOME}/f.bin") == content
    emulator.knobs(gzip_over=-1)
    assert emulator.request("GET", url, query=query, headers=headers).body == content


# ---- limits ----

LIMITS = [
    # knob, name, content, format
    ("source_max", "a.py", PY + b"x" * 2000, "AUTO"),
    ("ipynb_max", "a.ipynb", ipynb("x" * 2000), "AUTO"),
    ("file_max", "a.txt", b"x" * 2000, "AUTO"),
]


@pytest.mark.parametrize("limit,name,content,kind", LIMITS)
def test_import_limits(emulator, limit, name, content, kind):
    emulator.knobs(**{limit: len(content) - 1})
    reply = emulator.import_multipart(f"{HOME}/{name}", content, format=kind)
    message = (
        f"File size imported is ({len(content)} bytes), "
        f"exceeded max size ({len(content) - 1} bytes)"
    )
    assert reply.error() == (400, "MAX_NOTEBOOK_SIZE_EXCEEDED", message)
    emulator.knobs(**{limit: len(content)})
    emulator.put(f"{HOME}/{name}", content)


def test_ten_megabytes(emulator):
    """The real limits: JSON and source notebooks 10 MB, files by multipart far more."""
    content = b"0123456789abcdef" * 655361  # 10 MiB and 16 bytes
    body = {"path": f"{HOME}/f", "format": "AUTO", "content": base64.b64encode(content).decode()}
    reply = emulator.api_post("workspace/import", body)
    assert reply.error()[1:] == (
        "MAX_NOTEBOOK_SIZE_EXCEEDED",
        "File size imported is (10485776 bytes), exceeded max size (10485760 bytes)",
    )
    emulator.put(f"{HOME}/f", content)
    assert emulator.export(f"{HOME}/f") == content
    reply = emulator.api_get("workspace/export", path=f"{HOME}/f")
    assert reply.error() == (400, "MAX_NOTEBOOK_SIZE_EXCEEDED", "Size exceeds 10485760 bytes")
    emulator.knobs(too_large_status=200)
    reply = emulator.api_get("workspace/export", path=f"{HOME}/f")
    assert reply.error()[:2] == (200, "MAX_NOTEBOOK_SIZE_EXCEEDED")
    reply = emulator.import_multipart(f"{HOME}/n.py", PY + content, format="AUTO")
    assert reply.error()[:2] == (400, "MAX_NOTEBOOK_SIZE_EXCEEDED")
    emulator.put(f"{HOME}/j.ipynb", ipynb(content.decode()))
    for direct in ("true", "false"):
        reply = emulator.api_get(
            "workspace/export", path=f"{HOME}/j", format="JUPYTER", direct_download=direct
        )
        assert reply.error()[1] == "MAX_NOTEBOOK_SIZE_EXCEEDED"
