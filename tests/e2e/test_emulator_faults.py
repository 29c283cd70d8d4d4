# SPDX-License-Identifier: Apache-2.0
"""The emulator's faults and knobs."""

import http.client
import time

import pytest

HOME = "/Users/ana@acme.example"
PY = "# Databricks notebook source\n"


# ---- faults ----


def listing(emulator, path=HOME):
    return emulator.api_get("workspace/list", path=path)


REPLIES = [
    # rule -> status, headers, body
    ({"action": "status", "status": 503, "error_code": "TEMPORARILY_UNAVAILABLE",
      "message": "No webapps are available"}, 503, {},
     b'{"error_code":"TEMPORARILY_UNAVAILABLE","message":"No webapps are available"}'),
    ({"action": "status", "status": 429, "body": "", "retry_after": 3}, 429,
     {"Retry-After": "3"}, b""),
    ({"action": "status", "status": 429, "body": ""}, 429, {"Retry-After": None}, b""),
    ({"action": "status", "status": 503, "body": "<html><pre>busy</pre></html>",
      "content_type": "text/html"}, 503, {"Content-Type": "text/html"},
     b"<html><pre>busy</pre></html>"),
    ({"action": "endpoint-not-found"}, 404, {},
     b'{"error_code":"ENDPOINT_NOT_FOUND",'
     b'"message":"No API found for \'GET /api/2.0/workspace/list\'"}'),
    ({"action": "empty"}, 200, {"Content-Type": "application/json"}, b"{}"),
]


@pytest.mark.parametrize("rule,status,headers,body", REPLIES)
def test_fault_replies_instead(emulator, rule, status, headers, body):
    emulator.edit(f"{HOME}/n", "1")
    emulator.faults({**rule, "endpoint": "workspace/list", "count": 1})
    reply = listing(emulator)
    assert (reply.status, reply.body) == (status, body)
    for name, value in headers.items():
        assert reply.headers[name] == value
    assert emulator.log()[0][-1]["fault"] == rule["action"]
    assert listing(emulator).json()["objects"]
    assert emulator.log()[0][-1]["fault"] == ""


def test_fault_close_and_lost(emulator):
    for action, carried_out in (("close", False), ("lost", True)):
        emulator.faults({"action": action, "endpoint": "/import", "count": 1})
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            emulator.put(f"{HOME}/{action}.txt")
        assert (emulator.status(f"{HOME}/{action}.txt") is not None) == carried_out
    codes = [e["status"] for e in emulator.log()[0] if e["endpoint"] == "workspace/import"]
    assert codes == [0, 0]


def test_fault_reset_in_mid_body(emulator):
    emulator.put(f"{HOME}/f.bin", b"x" * 100000)
    emulator.faults({"action": "reset", "endpoint": "/export", "count": 2})
    for _ in range(2):
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            emulator.export(f"{HOME}/f.bin")
    assert len(emulator.export(f"{HOME}/f.bin")) == 100000


def test_fault_drip(emulator):
    emulator.put(f"{HOME}/f.txt", b"0123456789")
    emulator.faults({"action": "drip", "endpoint": "/export", "bytes": 2, "every_ms": 50,
                     "count": 1})
    began = time.monotonic()
    assert emulator.export(f"{HOME}/f.txt") == b"0123456789"
    assert time.monotonic() - began > 0.19
    assert listing(emulator).status == 200


def test_fault_delay_holds_up_nobody_else(emulator):
    emulator.faults({"action": "delay", "delay_ms": 2000, "path": "/slow"})
    slow = http.client.HTTPConnection("127.0.0.1", emulator.port)
    began = time.monotonic()
    slow.request("GET", "/api/2.0/workspace/list?path=/slow", headers=emulator.bearer())
    assert listing(emulator).status == 200
    assert time.monotonic() - began < 1.9
    assert slow.getresponse().status == 404
    assert time.monotonic() - began > 1.9
    slow.close()
    entry = next(e for e in emulator.log()[0] if e["path"] == "/slow")
    assert entry["replied_ns"] - entry["arrived_ns"] > 390e6


def test_delays_add_up_and_another_action_follows(emulator):
    emulator.faults({"action": "delay", "delay_ms": 100}, {"action": "delay", "delay_ms": 100},
                    {"action": "status", "status": 500, "body": "late"},
                    {"action": "status", "status": 501, "body": "never"})
    began = time.monotonic()
    reply = listing(emulator)
    assert (reply.status, reply.body) == (500, b"late")
    assert time.monotonic() - began > 0.19


def test_stop_with_a_request_delayed_and_a_reply_dripping(emulator):
    emulator.faults({"action": "delay", "delay_ms": 60000, "path": "/slow"},
                    {"action": "drip", "every_ms": 60000, "path": HOME})
    waiting = [http.client.HTTPConnection("127.0.0.1", emulator.port) for _ in range(2)]
    for connection, path in zip(waiting, ("/slow", HOME)):
        connection.request(
            "GET", "/api/2.0/workspace/list?path=" + path, headers=emulator.bearer()
        )
    assert listing(emulator, "/").status == 200
    assert emulator.restart() == 0
    for connection in waiting:
        connection.close()


def test_fault_partial_deletion(emulator):
    for name in "abcd":
        emulator.edit(f"{HOME}/d/{name}", "1")
    emulator.faults({"action": "partial", "count": 1})
    body = {"path": f"{HOME}/d", "recursive": True}
    assert emulator.api_post("workspace/delete", body).error()[:2] == (500, "INTERNAL_ERROR")
    assert len(listing(emulator, f"{HOME}/d").json()["objects"]) == 2
    assert emulator.api_post("workspace/delete", body).status == 200


def test_fault_user_acts_between_look_and_import(emulator):
    emulator.edit(f"{HOME}/n", "1")
    user = {"edit": {"path": f"{HOME}/n", "content": "by the user"}}
    emulator.faults({"action": "user", "endpoint": "/get-status", "after": True, "user": user,
                     "count": 1})
    seen = emulator.status(f"{HOME}/n")
    assert emulator.export(f"{HOME}/n").decode() == PY + "by the user"
    assert emulator.status(f"{HOME}/n")["modified_at"] > seen["modified_at"]
    emulator.faults({"action": "user", "endpoint": "/export", "count": 1,
                     "user": {"delete": {"path": f"{HOME}/n"}}})
    reply = emulator.api_get("workspace/export", path=f"{HOME}/n")
    assert reply.error()[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_which_requests_a_rule_strikes(emulator):
    def struck(path="/", times=1):
        return [listing(emulator, path).status == 500 for _ in range(times)]

    rule = {"action": "status", "status": 500, "body": ""}
    emulator.faults({**rule, "skip": 1, "count": 2})
    assert struck(times=4) == [False, True, True, False]
    emulator.faults({**rule, "path": "/Users"}, clear=True)
    assert struck("/") == [False] and struck("/Workspace/Users") == [True]
    emulator.faults({**rule, "method": "POST"}, clear=True)
    assert struck() == [False]
    emulator.faults({**rule, "endpoint": "get-status"}, clear=True)
    assert struck() == [False]
    emulator.faults({**rule, "percent": 50}, clear=True)
    assert 20 < sum(struck(times=100)) < 80
    rules = emulator.look("faults")
    assert rules["rules"][0]["hits"] == sum(
        e["status"] == 500 for e in emulator.log()[0][-100:]
    )
    assert "drip" in rules["actions"]
    emulator.faults(clear=True)
    assert struck() == [False] and emulator.look("faults")["rules"] == []


# ---- knobs ----


def test_access_knobs(emulator):
    emulator.edit(f"{HOME}/d/n", "1")
    emulator.edit(f"{HOME}/dd", "1")
    path = {"path": f"{HOME}/d/n"}
    no = f"ana@acme.example does not have sufficient permissions on {HOME}/d/n."

    emulator.knobs(denied=[f"/Workspace{HOME}/d/"])
    for endpoint in ("list", "get-status", "export"):
        reply = emulator.api_get(f"workspace/{endpoint}", **path)
        assert reply.error() == (403, "PERMISSION_DENIED", no)
    assert emulator.status(f"{HOME}/dd") is not None

    emulator.knobs(denied=[], read_only=[f"{HOME}/d"])
    assert emulator.api_get("workspace/export", **path).status == 200
    assert emulator.api_post("workspace/delete", path).error() == (403, "PERMISSION_DENIED", no)
    reply = emulator.import_multipart(f"{HOME}/d/x.txt", b"x", format="AUTO")
    assert reply.error()[:2] == (403, "PERMISSION_DENIED")

    emulator.knobs(reset=True, hidden=[f"{HOME}/d"])
    assert emulator.status(f"{HOME}/d/n") is None
    for asked in (HOME, f"/Workspace{HOME}"):
        seen = [item["path"] for item in listing(emulator, asked).json()["objects"]]
        assert seen == [f"{asked}/dd"]
    emulator.knobs(reset=True)
    assert emulator.status(f"{HOME}/d/n") is not None


def test_knobs_show_themselves(emulator):
    emulator.knobs(exists_shape="409-bare", gzip_over=5, shuffle=False, denied=["/x"])
    knobs = emulator.look("knobs")
    values = {name: knob["value"] for name, knob in knobs.items()}
    assert all(knob["help"] for knob in knobs.values())
    assert (values["exists_shape"], values["gzip_over"]) == ("409-bare", 5)
    assert (values["shuffle"], values["denied"]) == (False, ["/x"])


def test_export_can_be_disabled(emulator):
    emulator.edit(f"{HOME}/n", "1")
    emulator.put(f"{HOME}/f.txt", b"1")
    emulator.knobs(export_disabled=True)
    reply = emulator.api_get("workspace/export", path=f"{HOME}/n")
    assert reply.error()[:2] == (403, "PERMISSION_DENIED")
    assert emulator.export(f"{HOME}/f.txt") == b"1"


def test_size_is_sometimes_missing(emulator):
    emulator.put(f"{HOME}/f.txt")
    emulator.knobs(size_omitted=50)
    present = ["size" in emulator.status(f"{HOME}/f.txt") for _ in range(60)]
    assert 5 < sum(present) < 55


@pytest.mark.parametrize("knob,request_one", [
    ("imports_per_s", lambda e: e.import_multipart(f"{HOME}/f", b"x", format="AUTO",
                                                   overwrite=True)),
    ("exports_per_s", lambda e: e.api_get("workspace/export", path=f"{HOME}/n")),
])
def test_rate_limit(emulator, knob, request_one):
    emulator.edit(f"{HOME}/n", "1")
    emulator.knobs(**{knob: 5})
    replies = [request_one(emulator) for _ in range(12)]
    refused = [reply for reply in replies if reply.status == 429]
    assert 4 <= len(refused) < 12 and replies[0].status == 200
    assert all(reply.error()[1] == "REQUEST_LIMIT_EXCEEDED" for reply in refused)
    assert all(reply.headers["Retry-After"] == "1" for reply in refused)
    time.sleep(1)
    assert request_one(emulator).status == 200
