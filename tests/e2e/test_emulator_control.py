# SPDX-License-Identifier: Apache-2.0
"""The emulator's own side: process, tokens, log, user in the browser."""

import base64
import hashlib
import http.client
import json
import signal
import socket
import subprocess
import time

import pytest

from conftest import Emulator

HOME = "/Users/ana@acme.example"
PY = "# Databricks notebook source\n"
JUPYTER = json.dumps(
    {
        "cells": [
            {
                "cell_type": "code",
                "metadata": {},
                "execution_count": 7,
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1"]}],
                "source": ["1"],
            },
            {"cell_type": "markdown", "metadata": {}, "source": ["text"]},
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 0,
    }
)


# ---- the process ----


def test_command_line(emulator_binary, tmp_path):
    for arguments in ([], ["--dir"], ["--dir", "d", "--port", "65536"], ["--dir", "d", "x"],
                      ["--dir", "d", "--seed", "-1"], ["--dir", "d", "--nonsense"]):
        done = subprocess.run(
            [emulator_binary, *arguments], capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 2 and "usage: nbsync-emulator" in done.stderr
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [emulator_binary, "--dir", tmp_path / "file" / "d"], capture_output=True, text=True
    )
    assert done.returncode not in (0, 2) and "nbsync-emulator: cannot" in done.stderr


def test_port_file_and_user(emulator_binary, tmp_path):
    options = ["--port-file", tmp_path / "port", "--user", "bo@acme.example"]
    with Emulator(emulator_binary, tmp_path / "deep" / "er", options=options) as one:
        assert (tmp_path / "port").read_text() == f"{one.port}\n"
        assert one.status("/Users/bo@acme.example")["object_type"] == "DIRECTORY"
        assert one.api_get("preview/scim/v2/Me").json()["userName"] == "bo@acme.example"
        assert one.stop(signal.SIGINT) == 0


def test_directory_and_port_belong_to_one(emulator, emulator_binary, tmp_path):
    command = [emulator_binary, "--dir", emulator.directory]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 75 and str(emulator.process.pid) in done.stderr
    command = [emulator_binary, "--dir", tmp_path / "other", "--port", str(emulator.port)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 75 and "cannot listen on 127.0.0.1" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_restart_keeps_everything(emulator, how):
    emulator.mkdirs(f"{HOME}/d/e")
    emulator.put(f"{HOME}/d/a.py", PY.encode())
    emulator.put(f"{HOME}/d/e/b.ipynb", JUPYTER.encode())
    emulator.put(f"{HOME}/d/c.bin", bytes(range(256)) * 100)
    emulator.put(f"{HOME}/d/gone.txt")
    emulator.delete(f"{HOME}/d/gone.txt")
    emulator.mkdirs(f"{HOME}/younger")
    emulator.rename(f"{HOME}/d", f"{HOME}/younger/d")
    before = emulator.dump(content="true")
    highest = max(item["object_id"] for item in before.values())
    emulator.restart(how)
    assert emulator.dump(content="true") == before
    assert emulator.status(f"{HOME}/younger/d/e/b")["repos_export_format"] == "JUPYTER"
    emulator.put(f"{HOME}/new.txt")
    assert emulator.status(f"{HOME}/new.txt")["object_id"] > highest
    assert emulator.status(f"{HOME}/new.txt")["modified_at"] >= max(
        item["modified_at"] for item in before.values()
    )


def test_rest_of_an_interrupted_deletion_is_swept(emulator):
    emulator.mkdirs(f"{HOME}/d/e")
    emulator.put(f"{HOME}/d/e/f.txt")
    before = emulator.dump()
    doomed = [f"{HOME}/d", f"{HOME}/d/e", f"{HOME}/d/e/f.txt"]
    files = {
        int(path.name): path for path in (emulator.directory / "objects").glob("*/*")
    }
    emulator.stop()
    files[before[doomed[0]]["object_id"]].unlink()
    emulator.start()
    assert set(before) - set(emulator.dump()) == set(doomed)
    assert not any(files[before[path]["object_id"]].exists() for path in doomed)


def test_foreign_file_is_not_swallowed(emulator):
    emulator.stop()
    (emulator.directory / "objects" / "00").mkdir(exist_ok=True)
    (emulator.directory / "objects" / "00" / "notes.txt").write_text("mine")
    command = [emulator.binary, "--dir", emulator.directory]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "object 'notes.txt' is not one of the emulator's" in done.stderr


def test_same_seed_same_ids(emulator_binary, tmp_path):
    seen = []
    for number, seed in enumerate("112"):
        with Emulator(emulator_binary, tmp_path / str(number), options=["--seed", seed]) as one:
            one.put(f"{HOME}/a.txt")
            seen.append(one.status(f"{HOME}/a.txt")["object_id"])
    assert seen[0] == seen[1] != seen[2]


def test_shutdown_by_request(emulator):
    assert emulator.control("shutdown", {}) == {}
    assert emulator.process.wait(timeout=30) == 0
    emulator.start()


def test_many_connections_stay_open(emulator):
    many = [http.client.HTTPConnection("127.0.0.1", emulator.port) for _ in range(300)]
    for _ in range(3):
        for connection in many:
            connection.request(
                "GET", "/api/2.0/workspace/list?path=/", headers=emulator.bearer()
            )
        for connection in many:
            reply = connection.getresponse()
            assert (reply.status, len(json.loads(reply.read())["objects"])) == (200, 3)
    for connection in many:
        connection.close()


@pytest.mark.parametrize("text", [
    b"GARBAGE\r\n\r\n",
    b"POST /api/2.0/workspace/import HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
    b"POST /api/2.0/workspace/import HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET /api/2.0/workspace/list?path=/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /api/2.0/workspace/import HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
    b"Content-Type: multipart/form-data\r\n\r\n123456789",
    b"POST /api/2.0/workspace/import HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: fo",
])
def test_broken_clients_do_no_harm(emulator, text):
    with socket.create_connection(("127.0.0.1", emulator.port)) as raw:
        raw.sendall(text)
        raw.settimeout(0.2)
        try:
            raw.recv(4096)
        except TimeoutError:
            pass
    assert emulator.api_get("workspace/list", path="/").status == 200


# ---- tokens ----


def test_tokens(emulator):
    def status(headers):
        return emulator.request("GET", "/api/2.0/workspace/list", {"path": "/"}, headers=headers)

    refused = (401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"},
                    {"Authorization": "Basic dapi-test"}, {"Authorization": "dapi-test"}):
        assert status(headers).error() == refused
    assert status({"Authorization": "Bearer dapi-test"}).status == 200
    emulator.tokens(add="second", expires_in_s=1)
    second = {"Authorization": "Bearer second"}
    assert status(second).status == 200
    time.sleep(1.1)
    assert status(second).error() == refused
    emulator.tokens(remove="dapi-test")
    assert status(emulator.bearer()).error() == refused
    assert emulator.look("status")["user"] == "ana@acme.example"


def test_token_file(emulator_binary, tmp_path):
    (tmp_path / "token").write_text("from-file\nsecond line\n")
    options = ["--token-file", tmp_path / "token"]
    with Emulator(emulator_binary, tmp_path / "d", token="", options=options) as one:
        one.token = "from-file"
        assert one.api_get("workspace/list", path="/").status == 200
        one.token = "second line"
        assert one.api_get("workspace/list", path="/").status == 401
    (tmp_path / "token").write_text("\n")
    command = [emulator_binary, "--dir", tmp_path / "d", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "there is no token in" in done.stderr


def test_any_token_when_none_is_configured(emulator_binary, tmp_path):
    with Emulator(emulator_binary, tmp_path, token="") as one:
        assert one.api_get("workspace/list", path="/").status == 401
        one.token = "whatever"
        assert one.api_get("workspace/list", path="/").status == 200


# ---- log and dump ----


def test_log(emulator):
    _, start = emulator.log()
    emulator.put(f"/Workspace{HOME}/a.py", PY.encode())
    exported = len(emulator.export(f"{HOME}/a"))
    emulator.api_get("nonsense")
    emulator.edit(f"{HOME}/a", PY)
    entries, last = emulator.log(start)
    shown = [
        (e["method"], e["endpoint"], e["path"], e["status"], e["changes"]) for e in entries
    ]
    assert shown == [
        ("POST", "workspace/import", f"{HOME}/a.py", 200, True),
        ("GET", "workspace/export", f"{HOME}/a", 200, False),
        ("GET", "", "", 404, False),
    ]
    assert [e["seq"] for e in entries] == [start + 1, start + 2, start + 3]
    assert last == start + 3
    assert entries[0]["received"] > len(PY) and entries[1]["received"] == 0
    assert entries[1]["sent"] == exported
    times = [t for e in entries for t in (e["arrived_ns"], e["replied_ns"])]
    assert times == sorted(times) and times[0] < times[-1]
    assert emulator.log(last) == ([], last)


def test_dump(emulator):
    emulator.put(f"{HOME}/f.txt", b"abc")
    emulator.edit(f"{HOME}/d/n", PY + "1")
    dump = emulator.dump(path=HOME, canonical="true", content="true")
    assert set(dump) == {HOME, f"{HOME}/f.txt", f"{HOME}/d", f"{HOME}/d/n"}
    assert dump[f"{HOME}/f.txt"]["content"] == "YWJj"
    assert len(dump[f"{HOME}/d/n"]["canonical"]) == 64
    assert emulator.dump(path="/nothing/here") == {}


def test_codecs_at_every_length(emulator):
    """SHA-256 and base64 around their block sizes, against Python's."""
    contents = {f"{HOME}/{n}": bytes((7 * i + n) % 256 for i in range(n)) for n in range(131)}
    for path, content in contents.items():
        body = {"path": path, "format": "AUTO", "content": base64.b64encode(content).decode()}
        assert emulator.api_post("workspace/import", body).status == 200
    dump = emulator.dump(content="true")
    for path, content in contents.items():
        assert dump[path]["sha256"] == hashlib.sha256(content).hexdigest()
        assert base64.b64decode(dump[path]["content"], validate=True) == content
    for text in ("QQ", "QQ==", " Q Q = =\n"):
        body = {"path": f"{HOME}/x", "format": "AUTO", "content": text, "overwrite": True}
        assert emulator.api_post("workspace/import", body).status == 200
        assert emulator.export(f"{HOME}/x") == b"A"
    for text in ("Q", "QQ=Q", "Q===", "QQ.="):
        body = {"path": f"{HOME}/x", "format": "AUTO", "content": text, "overwrite": True}
        assert emulator.api_post("workspace/import", body).status == 400


# ---- the user ----


def test_user_creates_and_overwrites(emulator):
    made = emulator.edit(f"{HOME}/d/n", "1")
    assert (made["language"], made["repos_export_format"]) == ("PYTHON", "SOURCE")
    assert emulator.export(f"{HOME}/d/n").decode() == PY + "1"
    again = emulator.edit(f"{HOME}/d/n", PY + "2")
    assert again["object_id"] == made["object_id"]
    assert again["modified_at"] > made["modified_at"]
    scala = emulator.edit(f"{HOME}/s", "1", language="SCALA")
    assert scala["language"] == "SCALA"
    assert emulator.edit(f"{HOME}/s", "2")["language"] == "SCALA"
    assert emulator.edit(f"{HOME}/f.txt", "text", format="RAW")["object_type"] == "FILE"
    assert emulator.edit(f"{HOME}/a.ipynb", JUPYTER, format="AUTO")["path"] == f"{HOME}/a"
    emulator.control("edit", {"path": f"{HOME}/b", "content_base64": "MQ=="})
    assert emulator.export(f"{HOME}/b").decode() == PY + "1"


def test_user_edits_in_the_notebooks_own_format(emulator):
    emulator.edit(f"{HOME}/j", JUPYTER, format="JUPYTER")
    before = json.loads(emulator.export(f"{HOME}/j", format="JUPYTER"))
    info = emulator.edit(f"{HOME}/j", PY + "1\n\n# COMMAND ----------\n\n# MAGIC %md\n# MAGIC new")
    assert info["repos_export_format"] == "JUPYTER"
    after = json.loads(emulator.export(f"{HOME}/j", format="JUPYTER"))
    assert after["cells"][0] == before["cells"][0]
    assert after["cells"][1]["source"] == ["new"]
    emulator.edit(f"{HOME}/s", PY + "1")
    info = emulator.edit(f"{HOME}/s", JUPYTER, format="JUPYTER")
    assert info["repos_export_format"] == "SOURCE"
    assert emulator.export(f"{HOME}/s").decode() == (
        PY + "1\n\n# COMMAND ----------\n\n# MAGIC %md\n# MAGIC text"
    )


def test_user_renames(emulator):
    emulator.edit(f"{HOME}/d/n", "1")
    old = emulator.status(f"{HOME}/d/n")
    emulator.rename(f"{HOME}/d", f"{HOME}/x/y")
    assert emulator.status(f"{HOME}/d") is None
    new = emulator.status(f"{HOME}/x/y/n")
    assert {**new, "path": old["path"]} == old
    emulator.edit(f"{HOME}/z", "1")
    for source, target in ((f"{HOME}/z", f"{HOME}/x"), (f"{HOME}/x", f"{HOME}/x/y/w")):
        reply = emulator.request(
            "POST", "/__emulator/rename", body={"from": source, "to": target}
        )
        assert reply.error() == (409, "RESOURCE_CONFLICT", f"'{target}' is in the way")


CONTROL_ERRORS = [
    ("edit", {"path": HOME + "/a"}, 400, "neither 'content' nor 'content_base64' is given"),
    ("edit", {"content": "x"}, 400, None),
    ("edit", {"path": "/", "content": "x"}, 400, "'/' cannot be changed"),
    ("edit", {"path": HOME, "content": "x"}, 409, f"'{HOME}' is a directory"),
    ("edit", {"path": "/a", "content": "x", "format": "X"}, 400, "there is no format 'X'"),
    ("edit", {"path": "/a", "content": "x", "language": "X"}, 400, "there is no language 'X'"),
    ("edit", {"path": "/a", "content_base64": "!"}, 400,
     "the content is not base64 or too large"),
    ("delete", {"path": "/a"}, 404, "'/a' does not exist"),
    ("rename", {"from": "/a", "to": "/b"}, 404, "'/a' does not exist"),
    ("tokens", {}, 400, "neither 'add' nor 'remove' given"),
    ("knobs", {"nonsense": 1}, 400, "there is no knob 'nonsense'"),
    ("knobs", {"gzip_over": "x"}, 400, "knob 'gzip_over' is a whole number"),
    ("knobs", {"shuffle": 1}, 400, "knob 'shuffle' is true or false"),
    ("knobs", {"exists_shape": "x"}, 400, "knob 'exists_shape' has no such choice"),
    ("faults", {"rules": [{"action": "x"}]}, 400, "there is no action 'x'"),
    ("faults", {"rules": [{"action": "lost", "counts": 1}]}, 400,
     "a rule has no member 'counts'"),
    ("faults", {"rules": [{"action": "user"}]}, 400, "action 'user' needs the object 'user'"),
    ("faults", {"rules": [{"action": "status"}]}, 400, "action 'status' needs the number 'status'"),
    ("faults", {"rules": [1]}, 400, "a rule is an object"),
]


@pytest.mark.parametrize("name,body,status,message", CONTROL_ERRORS)
def test_control_errors(emulator, name, body, status, message):
    reply = emulator.request("POST", f"/__emulator/{name}", body=body)
    assert reply.status == status
    assert message is None or reply.error()[2] == message


def test_web_pages_are_kept_out(emulator):
    headers = {"Origin": "http://evil.example"}
    reply = emulator.request("POST", "/__emulator/shutdown", body={}, headers=headers)
    assert reply.error()[:2] == (403, "PERMISSION_DENIED")
