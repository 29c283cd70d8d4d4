# SPDX-License-Identifier: Apache-2.0
"""Modes of HTTP: statuses, framing, headers, redirects, connections."""

import gzip

from answers import *  # noqa: F403
from scenario import Mode as M

BOMB = gzip.compress(b" " * 5_000_000)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
NEVER = 60  # a clock this fast makes a minute of a second


def length(n):
    return lambda h, b: h + b"Content-Length: %s\r\n\r\n" % n + b


def chunked(text, end="close"):
    return framed(lambda h, b: h + b"Transfer-Encoding: chunked\r\n\r\n" + text(b), end)


def chunk(data):
    return b"%x\r\n" % len(data) + data + b"\r\n"


def version(line):
    return framed(lambda h, b: line + h[h.index(b"\r\n"):] + b"Content-Length: %d\r\n\r\n"
                  % len(b) + b)


def in_folder(name, answer, **more):
    """Of one folder; the rest of the workspace is not concerned."""
    more = {"edits": "lwgx", "arrives": "lwg", "at": "daily", **more}
    return M(name, "list", answer, "held daily", **more)


def root(name, answer, says="side|held", **more):
    return M(name, "list", answer, says, at=".", **more)


def content(name, answer, **more):
    """Of the export of a notebook that somebody just edited."""
    more = {"edits": "lwgx", "arrives": "lwg", "at": "daily/orders", **more}
    return M(name, "export", answer, "held daily/orders", **more)


STATUSES = [
    root("206 listing", status(206, {"Content-Range": "bytes 0-99/9999"})),
    root("206 listing without a range", status(206)),
    root("202 listing", status(202)),
    root("204 listing", says(204)),
    root("205 listing", says(205)),
    root("304 listing", says(304)),
    root("226 listing", status(226)),
    root("299 listing", status(299)),
    in_folder("206 listing of a folder", status(206)),
    in_folder("202 empty listing of a folder", says(202, "{}")),
    in_folder("204 listing of a folder", says(204)),
    in_folder("203 listing of a folder, from some proxy", says(203, "{}")),
    in_folder("206 empty listing of a folder, cache lost", says(206, "{}"), lost_cache=True),
    content("206 export", status(206)),
    content("202 export", status(202)),
    content("204 export", says(204)),
    content("304 export", says(304)),
    M("206 answers by name", "status", status(206), "held", edits="lwgd", arrives="w"),
    root("status 600", status(600)),
    root("status 999", status(999)),
    root("status 99", raw(b"HTTP/1.1 99 Odd\r\nContent-Length: 2\r\n\r\n{}")),
    root("status without digits", raw(b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}")),
    root("401 in the middle", refuses(401, "UNAUTHENTICATED"), words="token"),
    root("401 without a body", says(401), words="token"),
    root("403 page of a proxy", says(403, LOGIN, kind="text/html")),
    in_folder("403 for a folder", refuses(403, "PERMISSION_DENIED"), words="permission"),
    root("404 page", says(404, LOGIN, kind="text/html")),
    root("404 without a body", says(404)),
    root("404 as text, with the right words", says(404, NOT_FOUND_WORDS, kind="text/plain")),
    in_folder("404 as text for a folder", says(404, NOT_FOUND_WORDS, kind="text/plain")),
    in_folder("404 page for a folder", says(404, LOGIN, kind="text/html")),
    in_folder("404 for a folder, an old code", refuses(404, "NOT_FOUND")),
    in_folder("404 for a folder, no such function", refuses(404, "ENDPOINT_NOT_FOUND")),
    in_folder("404 for a folder that its parent shows", missing()),
    in_folder("410 for a folder", refuses(410, "GONE")),
    in_folder("409 for a folder", refuses(409, "RESOURCE_CONFLICT")),
    root("429 with an absurd wait", says(429, "{}", {"Retry-After": "99999999999999999999"})),
    root("429 until a far date", says(429, "{}", {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"})),
    root("429 with an odd wait, for ever", says(429, b"", {"Retry-After": "-5; \x01"}),
         clock=NEVER, slow=True),
    root("429 once", says(429, "{}", {"Retry-After": "0"}), "nothing", nth=1, arrives="lwg"),
    root("500", refuses(500, "INTERNAL_ERROR")),
    root("502 page", says(502, LOGIN, kind="text/html")),
    root("503 for ever", refuses(503, "TEMPORARILY_UNAVAILABLE"), clock=NEVER, slow=True),
    root("503 once", refuses(503, "TEMPORARILY_UNAVAILABLE"), "nothing", nth=1, arrives="lwg"),
    root("504", refuses(504, "DEADLINE_EXCEEDED"), clock=NEVER, slow=True),
    in_folder("500 for a folder", refuses(500, "INTERNAL_ERROR")),
    content("500 for an export", refuses(500, "INTERNAL_ERROR")),
    M("everything is 500", "any", refuses(500, "INTERNAL_ERROR"), "side"),
    M("everything is a sign-in page", "any", says(200, LOGIN, kind="text/html"), "side"),
    M("everything is a sign-in page that says JSON", "any", says(200, LOGIN), "side"),
    M("everything is missing", "any", missing(), "side"),
    M("everything is missing, as text", "any", says(404, NOT_FOUND_WORDS, kind="text/plain"),
      "side"),
    M("everything is an empty object", "any", body("{}"), "side"),
    M("everything is forbidden", "any", refuses(403, "PERMISSION_DENIED"), "side"),
]

FRAMING = [
    root("a listing ended by close", framed(until_close)),
    in_folder("a folder's listing ended by close", framed(until_close)),
    in_folder("an empty listing of a folder ended by close",
              framed(lambda h, b: until_close(h, b"{}"))),
    content("an export ended by close", framed(until_close)),
    content("half an export, ended by close", framed(lambda h, b: until_close(h, b[:50]))),
    root("HTTP/1.0, ended by close", framed(lambda h, b: b"HTTP/1.0 200 OK\r\n\r\n" + b)),
    root("half a listing, then close", cut(0.5)),
    root("half a listing, then a reset", cut(0.5, "reset")),
    content("half an export, then close", cut(0.5)),
    content("half an export, then a reset", cut(0.5, "reset")),
    root("a length that is too short", framed(lambda h, b: length(b"%d" % (len(b) // 2))(h, b))),
    root("two lengths", framed(lambda h, b: h + b"Content-Length: %d\r\nContent-Length: 40\r\n\r\n"
                               % len(b) + b)),
    root("a negative length", framed(length(b"-1"))),
    root("a length beyond 64 bits", framed(length(b"99999999999999999999999"))),
    root("a length that is no number", framed(length(b"many"))),
    root("chunks of garbage", chunked(lambda b: b"zz\r\n" + b)),
    root("a chunk size that overflows", chunked(lambda b: b"fffffffffffffffff\r\n" + b)),
    root("a negative chunk size", chunked(lambda b: b"-4\r\n" + b)),
    root("no last chunk", chunked(chunk)),
    root("chunks without their ends", chunked(lambda b: b"10\r\n" + b)),
    root("a chunk extension without end", framed(
        lambda h, b: (h + b"Transfer-Encoding: chunked\r\n\r\n5;", endless(b"a")())),
         clock=NEVER, slow=True),
    root("trailers without end", framed(
        lambda h, b: (h + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b) + b"0\r\n",
                      endless(b"X-More: a\r\n")()))),
    root("good chunks", chunked(lambda b: chunk(b[:9]) + chunk(b[9:]) + b"0\r\n\r\n", "keep"),
         "nothing", arrives="lwg"),
    root("both a length and chunks", with_headers(b"Transfer-Encoding: chunked")),
    root("a second answer behind the first", framed(
        lambda h, b: h + b"Content-Length: %d\r\n\r\n" % len(b) + b +
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "keep"), "maybe", arrives="lwg"),
    M("a second answer behind each", "any", framed(
        lambda h, b: h + b"Content-Length: %d\r\n\r\n" % len(b) + b +
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "keep"), "maybe"),
    root("a 100 before the answer", framed(
        lambda h, b: CONTINUE * 3 + h + b"Content-Length: %d\r\n\r\n" % len(b) + b, "keep"),
        "nothing", arrives="lwg"),
    root("a flood of 100s", framed(lambda h, b: (many(CONTINUE, 100_000)(), length(b"2")(h, b)))),
    root("100s without end", raw(endless(CONTINUE))),
    root("HTTP/0.9", raw(b'{"objects":[]}')),
    root("HTTP/9.9", version(b"HTTP/9.9 200 OK")),
    root("HTTP/2.0 in clear text", version(b"HTTP/2.0 200 OK"), "side|maybe"),
    root("another protocol", raw(b"220 mail.acme.example ESMTP\r\n")),
    root("a TLS alert", raw(b"\x15\x03\x01\x00\x02\x02\x28")),
    root("nothing but zero bytes", raw(b"\0" * 4096)),
    root("a line without end", raw(endless(b"a"))),
]

HEADERS = [
    root("a compressed answer", framed(
        lambda h, b: h + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
        + BOMB), "side|held", words="compressed"),
    in_folder("a compressed answer for a folder", framed(
        lambda h, b: h + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
        + BOMB)),
    content("a compressed export", framed(
        lambda h, b: h + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
        + BOMB)),
    root("an unknown encoding", with_headers(b"Content-Encoding: acme-zip")),
    root("gzip as transfer encoding", with_headers(b"Transfer-Encoding: gzip")),
    root("the encoding 'identity'", with_headers(b"Content-Encoding: identity"), "nothing",
         arrives="lwg"),
    root("a header of 50 kB", with_headers(b"X-Long: " + b"a" * 50_000), "nothing", arrives="lwg"),
    root("a header of 2 MB", with_headers(b"X-Long: " + b"a" * 2_000_000), words="header"),
    root("10,000 headers", with_headers(*[b"X-%d: a" % i for i in range(10_000)])),
    root("headers without end", raw(b"HTTP/1.1 200 OK\r\n", endless(b"X-More: a\r\n"))),
    root("a header with a zero byte", with_headers(b"X-Odd: a\0b"), "side|maybe"),
    root("a folded header", with_headers(b"X-Odd: a", b"  b"), "side|maybe"),
    root("control characters in the reason", version(b"HTTP/1.1 500 \x1b[31m\x07\xff\xfe")),
    root("cookies", with_headers(b"Set-Cookie: a=b; Domain=127.0.0.1"), "nothing", arrives="lwg"),
    root("another workspace's number", with_headers(b"X-Databricks-Org-Id: 99"), "nothing",
         arrives="lwg"),
    root("a body that calls itself a picture", with_headers(b"Content-Type: image/png"),
         "side|maybe"),
]

REDIRECTS = [
    root("a redirect to another host", redirects("{elsewhere}/api/2.0/workspace/list"),
         words="redirect"),
    root("a permanent redirect to another host", redirects("{elsewhere}/", 308)),
    root("a redirect to a file", redirects("file:///etc/passwd")),
    root("a redirect to itself", redirects("/api/2.0/workspace/list?path=%2F", 307)),
    root("a redirect to nowhere", redirects("", 302)),
    root("a redirect with control characters", redirects("http://a/\x1b[2J\x07\u202e")),
    root("a redirect of 1 MB", redirects("http://a/" + "a" * 1_000_000), words="header"),
    root("300 with a choice", redirects("{elsewhere}/", 300)),
    M("a redirect of an import", "import", redirects("{elsewhere}/", 307), "held load",
      at="load.py", arrives="wg"),
    M("a redirect of everything", "any", redirects("{elsewhere}/"), "side"),
    M("a redirect of who we are", "me", redirects("{elsewhere}/"), "maybe"),
]

CONNECTIONS = [
    root("a connection that is closed at once", raw(), clock=10),
    root("a connection that is reset at once", raw(end="reset"), clock=10),
    root("a connection that is closed once", raw(), "nothing", nth=1, arrives="lwg"),
    M("everything is reset", "any", raw(end="reset"), "side", clock=10),
    root("no answer at all", silent(40), clock=NEVER, seconds=40, slow=True),
    root("a byte now and then, for ever", drip(0.05), clock=NEVER, slow=True),
    root("a header now and then, for ever", raw(b"HTTP/1.1 200 OK\r\n", slowly(b"A: b\r\n", 0.05)),
         clock=NEVER, slow=True),
    M("a folder that answers late", "list", late(1.5), "nothing", at="daily", edits="lwgx",
      arrives="lwgx"),
    root("a stop while nothing is answered", silent(40), "maybe", cut="term"),
    root("a stop in a listing without end", drip(0.02), "maybe", cut="term"),
    root("killed while a listing comes", drip(0.02), "maybe", cut="kill", slow=True),
]

MODES = STATUSES + FRAMING + HEADERS + REDIRECTS + CONNECTIONS
