# SPDX-License-Identifier: Apache-2.0
"""Modes of content, of changes, and of who and where we are; and what goes wrong together."""

from answers import *  # noqa: F403
from modes_http import NEVER, content, in_folder, root
from scenario import Mode as M
from scenario import notebook

PLAUSIBLE = "a whole answer with a plausible notebook: nothing tells it from an edit"
ACCEPTED = "what the workspace made of it is read back and is from then on its version"


def lie(title, answer, **more):
    """An export that cannot be told from the truth; the next save in the browser mends it."""
    more = {"edits": "lwgx", "arrives": "lwg", "at": "daily/orders", "heal": "touch",
            "why": PLAUSIBLE, **more}
    return M(title, "export", answer, "maybe|held", **more)


def load(title, answer, says="held load", **more):
    """Of the import of a notebook that somebody edited."""
    return M(title, "import", answer, says, **{"at": "load.py", "arrives": "wg", **more})


def new(title, answer, says="held fresh/first", **more):
    """Of the import of a notebook that is new, in a new folder."""
    return M(title, "import", answer, says,
             **{"at": "fresh/first.py", "edits": "lwgn", "arrives": "lwg", **more})


def folder(title, answer, says="held fresh/first", **more):
    return M(title, "mkdirs", answer, says, **{"edits": "lwgn", "arrives": "lwg", **more})


def delete(title, answer, says="held archive/old1", **more):
    return M(title, "delete", answer, says, **{"edits": "lwgd", "arrives": "lwg", **more})


def file(title, answer, says="held docs/picture.png", **more):
    """Of the content of a file that is no notebook."""
    return M(title, "export", answer, says,
             **{"at": "docs/picture.png", "edits": "lwgF", "arrives": "lwg", **more})


def unknown(title, answer, **more):
    """It is not said who we are, which is not to say that we are somebody else."""
    return M(title, "me", answer, "maybe|side", never="not the one", **more)


def data(b, kind="text/plain"):
    return lambda q, honest: Reply(200, b, {"Content-Type": kind})


JUPYTER = as_json({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 0}).encode()
CELLS = SOURCE + b"\n# COMMAND ----------\n\n" * 10_100

EXPORTS = [
    content("content that is no base64", body('{"content":"%%%","file_type":"py"}')),
    content("content in JSON", text(lambda b: as_json({"content": "IyBEYXRhYnJpY2tz"}).encode())),
    content("an empty export", data(b"")),
    content("an export of one line break", data(b"\n")),
    content("an export without the header", data(b"print('hello')\n")),
    content("an export in another language", data(b"-- Databricks notebook source\nselect 1\n")),
    content("a web page", data(LOGIN, "text/html")),
    content("a web page that says it is text", data(LOGIN)),
    content("a Jupyter notebook", data(JUPYTER, "application/json")),
    content("an archive", data(b"PK\x03\x04" + bytes(100), "application/zip")),
    content("a picture", data(b"\x89PNG\r\n\x1a\n" + bytes(100))),
    content("an error in a success", body('{"error_code":"INTERNAL_ERROR","message":"x"}')),
    content("an error of size in a success",
            body('{"error_code":"MAX_NOTEBOOK_SIZE_EXCEEDED","message":"x"}')),
    content("null for an export", body("null")),
    content("marks of a merge", data(SOURCE + b"<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n")),
    content("403 for an export", refuses(403, "PERMISSION_DENIED")),
    content("404 as text for an export", says(404, NOT_FOUND_WORDS, kind="text/plain")),
    content("404 page for an export", says(404, LOGIN, kind="text/html")),
    content("too large to export", refuses(400, "MAX_NOTEBOOK_SIZE_EXCEEDED")),
    content("an export of 200 MB", stream(SOURCE, b"# abc\n", 33_000_000, b""), slow=True),
    content("an export without end", raw(head(200, {}, 10 ** 12), SOURCE, endless(b"# a\n")),
            slow=True),
    M("200 MB for every export", "export", stream(SOURCE, b"# abc\n", 33_000_000, b""), "held",
      edits="lwgxFD", lost_cache=True, slow=True, seconds=60),
    lie("half an export, well framed", text(lambda b: b[:len(b) // 2])),
    lie("only the header", data(SOURCE)),
    lie("the content of another notebook", data(notebook("docs/faq.py"))),
    lie("another content each time",
        lambda q, honest: Reply(200, notebook("a.py", f"lie {q.number}"))),
    lie("line ends of Windows", text(lambda b: b.replace(b"\n", b"\r\n"))),
    lie("no UTF-8", data(SOURCE + b"print('\xff\xfe')\n")),
    lie("zero bytes", data(SOURCE + b"print('\0\0')\n")),
    lie("10,100 cells", data(CELLS)),
    lie("a line of 5 MB", data(SOURCE + b"x" * 5_000_000)),
    M("every export is that of another notebook", "export",
      data(notebook("docs/faq.py")), "maybe|held", at="daily/*", edits="lwgx", heal="touch",
      why=PLAUSIBLE),
]

DOWNLOADS = [
    file("a file that is too short", text(lambda b: b[:5])),
    file("a file that is too long", text(lambda b: b + b"more")),
    file("an empty file", data(b"")),
    file("a file as a web page", data(LOGIN, "text/html")),
    file("206 for a file", status(206)),
    file("a file ended by close", framed(lambda h, b: h + b"Connection: close\r\n\r\n" + b)),
    file("half a file, then a reset", cut(0.5, "reset")),
    file("404 as text for a file", says(404, NOT_FOUND_WORDS, kind="text/plain")),
    file("500 for a file", refuses(500, "INTERNAL_ERROR")),
    file("a compressed file", with_headers(b"Content-Encoding: gzip")),
    file("a file without end", raw(head(200, {}, 10 ** 12), endless(b"a")), slow=True),
    file("a redirect of a file", redirects("{elsewhere}/secret")),
]

IMPORTS = [
    load("an import that stores nothing", nothing_done()),
    load("an import that stores nothing and says so with 202",
         lambda q, honest: Reply(202, b"{}")),
    load("an import, done, 202", status(202), "held load|maybe"),
    load("an import, not done, 204", says(204)),
    load("an import, done, with half an answer", done_but(raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{")), "held load|maybe"),
    load("an import, done, the answer is a reset", done_but(raw(end="reset")), "held load|maybe",
         clock=10),
    load("an import, done, the answer is 500", done_but(refuses(500, "INTERNAL_ERROR")),
         "held load|maybe"),
    load("an import, done, the answer is a web page", done_but(data(LOGIN)), "held load|maybe"),
    load("an import, done, the answer is garbage", done_but(data(b"\0\1garbage")), "maybe"),
    load("an import, done, the answer is an error", done_but(body('{"error_code":"ABORTED"}')),
         "held load|maybe"),
    load("an import, done, the answer is late", late(1.5), "nothing", arrives="lwg"),
    load("an import, done twice", imports(lambda b: b, 2), "nothing", arrives="lwg"),
    load("an import with another content", imports(lambda b: b + b"\n# more\n"), "maybe|held",
         heal="accept", stops="l", why=ACCEPTED),
    load("an import with another content each time",
         lambda q, honest: imports(lambda b: b + b"\n# %d\n" % q.number)(q, honest), "maybe|held",
         heal="accept", stops="l", why=ACCEPTED),
    load("an import that stores an empty notebook", imports(lambda b: SOURCE), "maybe|held",
         heal="accept", stops="l", why=ACCEPTED),
    load("an import that stores half", imports(lambda b: b[:len(b) // 2]), "maybe|held",
         heal="accept", stops="l", why=ACCEPTED),
    load("409 for an import", refuses(409, "ALREADY_EXISTS")),
    load("400 for an import", refuses(400, "SOMETHING_ODD", "what?")),
    load("403 for an import", refuses(403, "PERMISSION_DENIED")),
    load("404 for an import, the folder is there", refuses(
        404, "RESOURCE_DOES_NOT_EXIST", f"The parent folder ({ROOT}) does not exist.")),
    load("404 as text for an import", says(404, NOT_FOUND_WORDS, kind="text/plain")),
    load("413 for an import", says(413)),
    load("500 for an import", refuses(500, "INTERNAL_ERROR")),
    load("429 for an import, once", says(429, b"", {"Retry-After": "0"}), "nothing", nth=1,
         arrives="lwg"),
    M("every import stores nothing", "import", nothing_done(), "held", edits="lwgnf",
      arrives="w"),
    M("every import is lost", "import", raw(end="reset"), "held|side", edits="lwgnf", clock=10),
    new("a new notebook is stored and the answer lost", done_but(raw(end="reset")), "held|maybe",
        clock=10),
    new("a new notebook is stored twice", imports(lambda b: b, 2), "nothing|maybe|held"),
    new("a new notebook already exists, it says", refuses(400, "RESOURCE_ALREADY_EXISTS")),
    new("a new notebook, 500", refuses(500, "INTERNAL_ERROR")),
    M("a file is not stored", "import", nothing_done(), "held lib/table.csv", at="lib/table.csv",
      edits="lwgf", arrives="lwg"),
    M("a file is stored differently", "import", imports(lambda b: b + b"more"), "maybe|held",
      at="lib/table.csv", edits="lwgf", arrives="lwg", heal="accept", why=ACCEPTED),
    M("a file, done, the answer is a reset", "import", done_but(raw(end="reset")), "maybe|held",
      at="lib/table.csv", edits="lwgf", arrives="lwg", clock=10),
]

FOLDERS = [
    folder("a folder that is not made", nothing_done(reply_json({}))),
    folder("403 for a new folder", refuses(403, "PERMISSION_DENIED")),
    folder("400 for a new folder", refuses(400, "RESOURCE_ALREADY_EXISTS")),
    folder("404 for a new folder", missing()),
    folder("500 for a new folder", refuses(500, "INTERNAL_ERROR")),
    folder("a new folder, done, the answer is a reset", done_but(raw(end="reset")), "maybe|held",
           clock=10),
    folder("206 for a new folder", status(206), "maybe|held"),
]

DELETIONS = [
    delete("a deletion that deletes nothing", nothing_done(reply_json({})), "maybe|held"),
    delete("a deletion, not done, 202", says(202, "{}"), "maybe|held"),
    delete("a deletion, done, 500", done_but(refuses(500, "INTERNAL_ERROR")), "maybe|held"),
    delete("a deletion, done, the answer is a reset", done_but(raw(end="reset")), "maybe|held",
           clock=10),
    delete("a deletion, done, late", late(1.5), "nothing"),
    delete("403 for a deletion", refuses(403, "PERMISSION_DENIED")),
    delete("400 for a deletion", refuses(400, "DIRECTORY_NOT_EMPTY")),
    delete("404 as text for a deletion", says(404, NOT_FOUND_WORDS, kind="text/plain")),
    delete("404 for a deletion, not done", missing(), "maybe|held"),
    delete("500 for a deletion", refuses(500, "INTERNAL_ERROR")),
]

IDENTITY = [
    M("another user", "me", member(userName="eve@acme.example"), "side", words="not the one"),
    M("another user, cache lost", "me", member(userName="eve@acme.example"), "side",
      words="not the one", lost_cache=True),
    M("a user of 900 kB", "me", member(userName="e" * 900_000), "side"),
    M("a user with control characters", "me", member(userName="e\x1b[31m\n\u202e"), "side"),
    unknown("no user", body("{}")),
    unknown("a user who is a number", member(userName=7)),
    unknown("404 for who we are", missing()),
    unknown("500 for who we are", refuses(500, "INTERNAL_ERROR")),
    unknown("206 for who we are", status(206)),
    unknown("a sign-in page for who we are", data(LOGIN)),
    unknown("a reset for who we are", raw(end="reset"), clock=10),
    unknown("401 for who we are", refuses(401, "UNAUTHENTICATED")),
    unknown("429 for who we are", says(429, b"", {"Retry-After": "99999"})),
    unknown("garbage for who we are", body('{"userName": "ana')),
    unknown("a list for who we are", body("[]")),
    M("the folder has another id", "status", field("object_id", 99), "side", at=".",
      words="not the one"),
    M("the folder has no id", "status", value(lambda v: (v.pop("object_id"), v.pop("resource_id"))
                                              and v), "maybe|side", at="."),
    M("a reset for the folder's id", "status", raw(end="reset"), "maybe|side", at=".", clock=10),
    M("401 for the folder's id", "status", refuses(401, "UNAUTHENTICATED"), "maybe|side", at="."),
    M("429 for the folder's id", "status", says(429, b"", {"Retry-After": "99999"}), "maybe|side",
      at="."),
    M("garbage for the folder's id", "status", body('{"path": '), "maybe|side", at="."),
    M("the folder is gone by name", "status", missing(), "maybe|side", at="."),
    M("the folder is gone", "status|list", missing(), "side", at=".", words="gone"),
    M("the folder is gone, cache lost", "status|list", missing(), "side", at=".", words="gone",
      lost_cache=True),
    M("the folder is a notebook now", "status|list", lambda q, honest: reply_json(
        entry(ROOT) if q.kind == "status" else {"objects": [entry(ROOT)]}), "side", at="."),
    M("the folder is a Git folder now", "status", field("object_type", "REPO"), "maybe|side",
      at="."),
    M("another folder with other notebooks", "status|list", lambda q, honest: reply_json(
        {**entry(ROOT, "DIRECTORY"), "object_id": 77} if q.kind == "status" else
        {"objects": [entry(f"{ROOT}/strange")]}), "side|waits|held", at="."),
]

TOGETHER = [
    in_folder("a folder is forbidden, cache lost", refuses(403, "PERMISSION_DENIED"),
              lost_cache=True),
    in_folder("404 as text for a folder, cache lost",
              says(404, NOT_FOUND_WORDS, kind="text/plain"), lost_cache=True),
    in_folder("a folder ended by close, cache lost",
              framed(lambda h, b: h + b"Connection: close\r\n\r\n{}"), lost_cache=True),
    root("half a listing and a page token, cache lost", value(
        lambda v: {"objects": v["objects"][::2], "next_page_token": "a"}),
        lost_cache=True),
    root("a listing of nothing, cache lost, once", body("{}"), "side|maybe", nth=1,
         lost_cache=True),
    M("killed at an import that is done", "import", late(0.5), "maybe", cut="kill",
      edits="lwgn"),
    M("killed at an import that is not done", "import", silent(0.5), "maybe", cut="kill",
      edits="lwgn", clock=10),
    M("killed at an import, cache lost", "import", late(0.5), "maybe", cut="kill", edits="lwgn",
      lost_cache=True),
    M("killed at a deletion that is done", "delete", late(0.5), "maybe", cut="kill",
      edits="lwgd"),
    M("killed at a deletion that is not done", "delete", silent(0.5), "maybe", cut="kill",
      edits="lwgd", clock=10),
    M("killed at a new folder", "mkdirs", late(0.5), "maybe", cut="kill", edits="lwgn"),
    M("killed at an export", "export", late(0.5), "maybe", cut="kill", edits="lwgx"),
    M("killed at a listing with half of it", "list",
      value(lambda v: {"objects": v.get("objects", [])[::2]}), "maybe", cut="kill",
      lost_cache=True, edits="lwgxd"),
    M("stopped at an import", "import", late(0.5), "maybe", cut="term", edits="lwgn"),
    M("stopped while an import hangs", "import", silent(30), "maybe", cut="term", edits="lwgn",
      slow=True),
    M("one bad day: now this, now that", "list|status|export|import|mkdirs|me", in_turn(
        lambda q, honest: honest(), refuses(500, "INTERNAL_ERROR"), lambda q, honest: honest(),
        raw(end="reset"), lambda q, honest: honest(), body("{}"), says(404, LOGIN)),
      "maybe|held|side|waits", edits="lwgxndFf", clock=10),
    M("one bad day, cache lost", "list|status|export|import|mkdirs|me", in_turn(
        lambda q, honest: honest(), body('{"objects":[]}'), lambda q, honest: honest(),
        says(404, NOT_FOUND_WORDS), status(206)), "maybe|held|side|waits", edits="lwgxndFf",
      lost_cache=True),
]

MODES = EXPORTS + DOWNLOADS + IMPORTS + FOLDERS + DELETIONS + IDENTITY + TOGETHER
