# SPDX-License-Identifier: Apache-2.0
"""Modes of JSON: what stands in a body that HTTP delivered whole."""

from answers import *  # noqa: F403
from modes_http import content, in_folder, root
from scenario import Mode as M

MILLION = b'{"object_type":"NOTEBOOK","path":"%s/x","object_id":1,"language":"R"},' % ROOT.encode()


def doubled(first, second):
    """A listing with two members "objects": of two readers, each may see another one."""
    def change(b):
        pick = {"full": b[len(b'{"objects": '):-1], "empty": b"[]"}
        return b'{"objects": %s, "objects": %s}' % (pick[first], pick[second])
    return text(change)


def half(all_of_them):
    return all_of_them[::2]


def paged(**more):
    """The first half of a listing, and a hint that there is more."""
    return value(lambda v: {**v, "objects": half(v.get("objects", [])), **more})


def mixed(*others):
    """A listing with entries that are no objects."""
    return objects(lambda all_of_them: [*others, *all_of_them])


BODIES = [
    root("an empty body", body("")),
    in_folder("an empty body for a folder", body("")),
    root("only blanks", body(" \r\n\t")),
    root("an empty object", body("{}"), words="empty"),
    M("an empty object for a folder that has notebooks", "list", body("{}"), "maybe", at="daily",
      edits="lwgx", arrives="lwg"),
    M("an empty object for such a folder, cache lost", "list", body("{}"), "maybe",
      at="daily", edits="lwgx", arrives="lwg", lost_cache=True),
    root("null", body("null")),
    in_folder("null for a folder", body("null")),
    root("an empty list", body("[]")),
    in_folder("an empty list for a folder", body("[]")),
    root("a text", body('"objects"')),
    root("a number", body("12")),
    root("true", body("true")),
    root("no objects but something else", body('{"items":[]}')),
    in_folder("no objects for a folder but something else", body('{"object":[]}')),
    in_folder("something else for a folder, cache lost", body('{"result":{}}'), lost_cache=True),
    root("objects null", body('{"objects":null}')),
    in_folder("objects null for a folder", body('{"objects":null}')),
    in_folder("objects false for a folder", body('{"objects":false}')),
    root("objects an object", body('{"objects":{}}')),
    in_folder("objects a text for a folder", body('{"objects":""}')),
    root("objects in a list of lists", body('{"objects":[[]]}'), "side|held"),
    root("numbers among the objects", mixed(1, 2), "side|held"),
    root("null among the objects", mixed(None), "side|held"),
    root("an empty object among the objects", mixed({}), "side|held"),
    root("an error among the objects", mixed({"error_code": "INTERNAL_ERROR"}), "side|held"),
    in_folder("an error beside the objects", member(error_code="INTERNAL_ERROR")),
    in_folder("an error and no objects", body('{"error_code":"INTERNAL_ERROR","message":"x"}')),
    in_folder("an error without a code", body('{"error":"something went wrong"}')),
    in_folder("an error whose code is a number", body('{"error_code":500,"objects":[]}')),
    in_folder("absence in a success", says(
        200, '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Path (/x) doesn\'t exist."}')),
    in_folder("objects twice, full and empty", doubled("full", "empty")),
    in_folder("objects twice, empty and full", doubled("empty", "full")),
    in_folder("half a folder and a page token", paged(next_page_token="abc")),
    in_folder("half a folder and more to come", paged(has_more=True)),
    in_folder("half a folder and the next page", paged(next_page="2", total_count=99)),
    root("half a listing and a page token", paged(next_page_token="abc")),
    in_folder("the same for a folder, cache lost", paged(next_page_token="x"), lost_cache=True),
    M("an empty page token", "list", member(next_page_token=""), "maybe|held|side", at="daily"),
    M("an unknown member", "list", member(etag="abc", prefix=[]), "maybe|held|side", at="daily"),
]

SYNTAX = [
    root("nested 200 deep", body(nested(200))),
    root("nested 100,000 deep", body(nested(100_000))),
    root("nested objects without end", body('{"objects":[' + '{"a":' * 50_000)),
    root("a listing of 64 MB of blanks", stream(b'{"objects":[', b" ", 64_000_000, b"]}"),
         slow=True),
    root("a listing of 60 MB of one text", stream(b'{"objects":"', b"a", 60_000_000, b'"}'),
         slow=True),
    root("60 MB of small lists", stream(b'{"objects":[', b"[],", 20_000_000, b"1]}"), "side|held",
         slow=True),
    root("60 MB of numbers", stream(b'{"x":[', b"1,", 30_000_000, b"1]}"), "side|held",
         slow=True),
    root("a million entries", stream(b'{"objects":[', MILLION, 1_000_000, b"{}]}"), slow=True),
    root("100,000 times the same entry", stream(b'{"objects":[', MILLION, 99_999,
                                                 MILLION[:-1] + b"]}"), "maybe", slow=True),
    root("a listing without end", raw(head(200, JSON, 10 ** 12), b'{"objects":[',
                                      endless(MILLION)), slow=True),
    root("an error of 50 MB", says(500, b"e" * 50_000_000), slow=True),
    root("60 MB for each folder", by_kind(list=from_nth(2, stream(
        b'{"objects":[', b"[],", 20_000_000, b"1]}"))), "held", slow=True),
    root("a byte order mark", text(lambda b: b"\xef\xbb\xbf" + b), "side|maybe"),
    root("UTF-16", text(lambda b: b.decode().encode("utf-16"))),
    root("garbage behind the object", text(lambda b: b + b"garbage")),
    root("two objects", text(lambda b: b + b"{}")),
    in_folder("an empty object and garbage for a folder", body("{}]")),
    root("a zero byte behind the object", text(lambda b: b + b"\0{}"), "side|maybe"),
    in_folder("an empty object and a zero byte for a folder", says(200, b'{}\0"objects"')),
    root("half the text, well framed", text(lambda b: b[:len(b) // 2])),
    root("without the last brace", text(lambda b: b[:-1])),
    root("a comma too many", text(lambda b: b[:-2] + b",]}"), "side|maybe"),
    root("single quotes", text(lambda b: b.replace(b'"', b"'"))),
    root("comments", text(lambda b: b"/* hello */" + b)),
    root("NaN", text(lambda b: b.replace(b'"created_at": ', b'"created_at": NaN, "x": '))),
    root("invalid UTF-8 in a name", text(lambda b: b.replace(b"/report", b"/rep\xff\xc0rt")),
         "side|held"),
    root("half a surrogate in a name", text(lambda b: b.replace(b"/report", b"/rep\\ud800rt")),
         "side|held"),
    root("a zero character in a name", text(lambda b: b.replace(b"/report", b"/rep\\u0000rt")),
         "side|held"),
    root("an over-long slash in a name", text(lambda b: b.replace(b"/report", b"/rep\xc0\xafrt")),
         "side|held"),
    root("an escape that is none", text(lambda b: b.replace(b"/report", b"/rep\\qort"))),
    in_folder("a line break within a text", text(lambda b: b.replace(b"daily", b"dai\nly"))),
]

TYPES = [
    root("paths that are numbers", field("path", 12), "side|held"),
    root("paths that are null", field("path", None), "side|held"),
    root("paths that are lists", field("path", ["a"]), "side|held"),
    root("paths that are empty", field("path", ""), "side|held"),
    root("paths of 1 MB", field("path", lambda o, q: o["path"] + "a" * 1_000_000), "side|held"),
    in_folder("no paths in a folder", value(lambda v: [o.pop("path") for o in v["objects"]] and v)),
    root("types that are numbers", field("object_type", 4), "side|held"),
    root("types that are null", field("object_type", None), "side|held"),
    in_folder("no types in a folder",
              value(lambda v: [o.pop("object_type") for o in v["objects"]] and v)),
    M("languages that are numbers", "list|status", field("language", 5), "held|maybe"),
    M("languages that are null", "list|status", field("language", None), "held|maybe"),
    M("ids that are texts", "list|status", field("object_id", "abc"), "held|maybe|side"),
    M("ids that are objects", "list|status", field("object_id", {"a": 1}), "held|maybe|side"),
    M("ids of 500 digits", "list|status", text(lambda b: b.replace(
        b'"object_id": ', b'"object_id": ' + b"7" * 500)), "held|maybe|side"),
    M("ids beyond any number", "list|status", text(lambda b: b.replace(
        b'"object_id": ', b'"object_id": 1e999, "x": ')), "held|maybe|side"),
    M("times that are texts", "list|status", field("modified_at", "today"), "maybe"),
    M("times beyond any number", "list|status", text(lambda b: b.replace(
        b'"modified_at": ', b'"modified_at": 1e308, "x": ')), "maybe|held|side"),
    M("times with fractions", "list|status", field("modified_at", 1.5), "maybe"),
    M("negative times", "list|status", field("modified_at", -2 ** 63), "maybe"),
    M("no times", "list|status", field("modified_at", None), "maybe", arrives="lwg"),
    M("sizes that are texts", "list|status", field("size", "big"), "maybe|held", edits="lwgF"),
    M("negative sizes", "list|status", field("size", -1), "maybe|held", edits="lwgF"),
    M("sizes beyond any number", "list|status", field("size", 2 ** 63), "maybe|held",
      edits="lwgF"),
    M("a get-status that is a listing", "status", value(lambda v: {"objects": [v]}),
      "held|side|maybe"),
    M("a get-status that is empty", "status", body("{}"), "held|side|maybe"),
    M("a get-status that is null", "status", body("null"), "held|side|maybe"),
    M("a get-status of 60 MB", "status", stream(b'{"a":[', b"[],", 20_000_000, b"1]}"),
      "held|side|maybe", slow=True),
    M("a get-status of another object", "status", field("path", f"{ROOT}/docs/faq"),
      "held|side|maybe"),
]

MODES = BODIES + SYNTAX + TYPES
