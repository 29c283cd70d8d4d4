# SPDX-License-Identifier: Apache-2.0
"""What the tables of modes are written with: ways to answer.

Each is a function that makes an answer(request, honest): request is what was asked, honest()
carries it out and returns what an honest workspace says. What is built here from honest() has its
effect; answers that never call it have none. request.number counts what the mode answered.
"""

import json
import time

from wire import Raw, head  # noqa: F401
from workspace import ROOT, Reply, absent, refusal, reply_json  # noqa: F401 (for the tables)

JSON = {"Content-Type": "application/json"}


# ---- whole answers ----

def raw(*parts, end="close"):
    """Exactly these bytes; pieces may be functions that make an iterable of bytes."""
    return lambda q, honest: Raw(*[p() if callable(p) else p for p in parts], end=end)


def says(status, body=b"", headers=(), kind="application/json"):
    """A fixed answer, and nothing is done."""
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return lambda q, honest: Reply(status, data, {"Content-Type": kind, **dict(headers)})


def body(text):
    return says(200, text)


def refuses(status, code, message="no"):
    return lambda q, honest: refusal(status, code, message)


def missing():
    """The documented way to say that the object does not exist."""
    return lambda q, honest: absent(q.path)


# ---- the honest answer, spoiled ----

def status(code, headers=()):
    """The honest answer under another status."""
    def answer(q, honest):
        r = honest()
        return Reply(code, r.body, {**r.headers, **dict(headers)})
    return answer


def framed(change, end="close"):
    """The honest answer as bytes, changed: change(head without framing, body) -> bytes or parts."""
    def answer(q, honest):
        r = honest()
        parts = change(head(r.status, r.headers)[:-2], r.body)
        return Raw(*(parts if isinstance(parts, tuple) else (parts,)), end=end)
    return answer


def until_close(h, b):
    return h + b"Connection: close\r\n\r\n" + b


def cut(share, end="close"):
    """The length is told, but only a share of the body arrives."""
    def change(h, b):
        return h + b"Content-Length: %d\r\n\r\n" % len(b) + b[:int(len(b) * share)]
    return framed(change, end)


def with_headers(*lines):
    """The honest answer with these header lines (bytes) before the others."""
    def change(h, b):
        first, _, rest = h.partition(b"\r\n")
        more = b"".join(line + b"\r\n" for line in lines)
        return first + b"\r\n" + more + rest + b"Content-Length: %d\r\n\r\n" % len(b) + b
    return framed(change)


def slowly(piece, seconds):
    """This again and again, with a pause after each."""
    def pieces():
        while True:
            yield piece
            time.sleep(seconds)
    return pieces


def drip(seconds):
    """A body that comes byte by byte and has no end."""
    return framed(lambda h, b: (h + b"Content-Length: 40000000\r\n\r\n", slowly(b" ", seconds)()))


def late(seconds):
    """Does what it is asked to at once, and says so later."""
    def answer(q, honest):
        r = honest()
        time.sleep(seconds)
        return r
    return answer


def pause(seconds):
    """Nothing, for so long; in pieces, so that a server can end meanwhile."""
    for _ in range(int(seconds * 10)):
        time.sleep(0.1)
        yield b""


def silent(seconds):
    """Takes the request, does nothing, says nothing, closes."""
    def answer(q, honest):
        return Raw(pause(seconds), end="close")
    return answer


def many(piece, times):
    """times x piece as a stream, which needs no memory here."""
    block = piece * max(1, 65536 // len(piece))
    count = len(piece) * times

    def pieces():
        left = count
        while left:
            yield block[:left]
            left -= min(left, len(block))
    return pieces


def endless(piece):
    def pieces():
        block = piece * max(1, 65536 // len(piece))
        while True:
            yield block
    return pieces


def stream(before, piece, times, after, kind="application/json"):
    """200 with a body of before, times x piece, after."""
    length = len(before) + len(piece) * times + len(after)
    top = head(200, {"Content-Type": kind}, length)
    return raw(top, before, many(piece, times), after, end="keep")


# ---- JSON ----

def value(change):
    """The honest JSON object, changed in place or replaced."""
    def answer(q, honest):
        r = honest()
        if r.status != 200:
            return r
        v = r.json()
        new = change(v)
        return reply_json(v if new is None else new)
    return answer


def member(**members):
    """The honest JSON object with these members set."""
    return value(lambda v: v.update(members))


def text(change):
    """The honest body as bytes, changed."""
    def answer(q, honest):
        r = honest()
        return Reply(r.status, change(r.body), r.headers)
    return answer


def content(data, kind="text/plain"):
    """An export of these bytes."""
    return lambda q, honest: Reply(200, data, {"Content-Type": kind})


# ---- listings and objects ----

def objects(change):
    """A listing whose objects are changed: change(objects) -> objects."""
    def answer(q, honest):
        r = honest()
        if r.status != 200:
            return r
        return reply_json({"objects": change(r.json().get("objects", []))})
    return answer


def each(change):
    """Every object of a listing, and of a get-status, changed in place: change(object, request)."""
    def answer(q, honest):
        r = honest()
        if r.status != 200:
            return r
        v = r.json()
        for o in v.get("objects", []) if q.kind == "list" else [v]:
            change(o, q)
        return reply_json(v)
    return answer


def field(name, new):
    """One member of every object; new may be a function of (object, request)."""
    def change(o, q):
        o[name] = new(o, q) if callable(new) else new
    return each(change)


def one(name, **members):
    """One object, in listings and get-status, with these members."""
    def change(o, q):
        if o["path"] == f"{ROOT}/{name}":
            o.update(members)
    return each(change)


def hides(*names):
    """Listings without these objects."""
    gone = {f"{ROOT}/{n}" for n in names}
    return objects(lambda all_of_them: [o for o in all_of_them if o["path"] not in gone])


def gone(*names):
    """Listings without these objects, and get-status and export say that they do not exist."""
    hidden, paths = hides(*names), {f"{ROOT}/{n}" for n in names}

    def answer(q, honest):
        if q.kind == "list":
            return hidden(q, honest) if q.path not in paths else absent(q.path)
        return absent(q.path) if q.path in paths else honest()
    return answer


def entry(path, kind="NOTEBOOK", **members):
    """An object that a listing may show."""
    made = {"object_type": kind, "path": path, "object_id": 4242, "modified_at": 1_800_000_000_000}
    if kind == "NOTEBOOK":
        made["language"] = "PYTHON"
    return {**made, **members}


def adds(*entries):
    """Listings of the mapping's folder with further objects."""
    def answer(q, honest):
        r = honest()
        if q.kind != "list" or q.path.rstrip("/") != ROOT:
            return r
        return reply_json({"objects": r.json().get("objects", []) + list(entries)})
    return answer


PHANTOM = b"# Databricks notebook source\nprint('phantom')\n"


def phantom(name, kind="NOTEBOOK", data=PHANTOM, **members):
    """An object in the mapping's folder that everything tells about, but that is not stored."""
    o = entry(f"{ROOT}/{name}", kind, **members)
    listed = adds(o)

    def answer(q, honest):
        if q.kind == "list":
            return listed(q, honest)
        if q.path.encode("utf-8", "replace") != o["path"].encode("utf-8", "replace"):
            return honest()
        return reply_json(o) if q.kind == "status" else Reply(200, data)
    return answer


# ---- changes that are not what they seem ----

def nothing_done(reply=None):
    """Says yes and does nothing."""
    return lambda q, honest: reply or reply_json({"object_id": 1})


def imports(change, times=1):
    """Stores something else than was sent: change(content) -> content."""
    def answer(q, honest):
        q.fields["content"] = change(q.fields["content"])
        for _ in range(times - 1):
            honest()
        return honest()
    return answer


def done_but(reply):
    """Does it, and answers with something else: a Reply, or an answer of its own."""
    def answer(q, honest):
        honest()
        return reply(q, honest) if callable(reply) else reply
    return answer


# ---- several kinds of request in one mode ----

def by_kind(**answers):
    """Another answer for each kind of request; others are honest."""
    def answer(q, honest):
        return answers[q.kind](q, honest) if q.kind in answers else honest()
    return answer


def from_nth(n, other):
    """Honest until the nth request that the mode sees."""
    return lambda q, honest: honest() if q.number < n else other(q, honest)


def in_turn(*answers):
    """A different answer each time."""
    return lambda q, honest: answers[(q.number - 1) % len(answers)](q, honest)


def nested(depth):
    return '{"objects":' + "[" * depth + "]" * depth + "}"


def as_json(v):
    return json.dumps(v)


def redirects(where, code=302):
    """To another address; {elsewhere} in it is a server that counts its visitors."""
    return lambda q, honest: Reply(code, b"", {"Location": where.format(elsewhere=q.elsewhere)})


def in_order(*parts):
    """An answer to each of several requests, then the last one for ever."""
    return lambda q, honest: parts[min(q.number, len(parts)) - 1](q, honest)


def deeper(notebooks):
    """A folder 'again' in which there is a folder 'again', and so on for ever."""
    def answer(q, honest):
        inside = q.path.removeprefix(ROOT).strip("/")
        words = inside.split("/")
        if q.kind == "list" and (not inside or set(words) == {"again"}):
            shown = honest().json().get("objects", []) if not inside else []
            shown.append(entry(f"{q.path.rstrip('/')}/again", "DIRECTORY"))
            if notebooks and inside:
                shown.append(entry(f"{q.path}/here"))
            return reply_json({"objects": shown})
        if words[0] != "again":
            return honest()
        kind = "NOTEBOOK" if words[-1] == "here" else "DIRECTORY"
        return reply_json(entry(q.path, kind)) if q.kind == "status" else Reply(200, PHANTOM)
    return answer


def folders(count):
    """As many empty folders in the mapping's folder."""
    listed = adds(*[entry(f"{ROOT}/empty{i}", "DIRECTORY", object_id=10000 + i)
                    for i in range(count)])
    return lambda q, honest: reply_json({}) if "/empty" in q.path else listed(q, honest)


LOGIN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>proxy</body></html>\n"
NOT_FOUND_WORDS = b"RESOURCE_DOES_NOT_EXIST: Path (/x) doesn't exist."
SOURCE = b"# Databricks notebook source\n"
