# SPDX-License-Identifier: Apache-2.0
"""Modes of listings: whole and well-formed answers that do not tell the truth."""

import random

from answers import *  # noqa: F403
from modes_http import in_folder, root
from scenario import Mode as M
from scenario import NAMES, stem

EVERYTHING = [stem(n) for n in NAMES]
SEEN = "list|status|export"
CONSISTENT = "everything that the API can be asked says so: there is no other evidence"


def name(title, new, *, says="held|maybe", **more):
    """A notebook of an odd name beside the others, which go on."""
    return M(title, SEEN, phantom(new, **more.pop("members", {})), says,
             **{"arrives": "lwg", **more})


def outside(title, path, **more):
    """An entry that is not in the folder that is listed."""
    return root(title, adds(entry(path, **more)), "side|held")


def half(all_of_them):
    return all_of_them[::2]


def other_half(all_of_them):
    return all_of_them[1::2]


def some_id(o, q):
    return random.randrange(1, 2 ** 62)


MISSING = [
    M("half of the entries missing", "list", objects(half), "maybe|held", arrives="lwg"),
    M("half of the entries missing, cache lost", "list", objects(half), "maybe|held",
      arrives="lwg", lost_cache=True),
    M("now one half, now the other", "list", in_turn(objects(half), objects(other_half)),
      "maybe|held", arrives="lwg"),
    M("now one half, now the other, cache lost", "list",
      in_turn(objects(half), objects(other_half)), "maybe|held", arrives="lwg", lost_cache=True),
    root("all entries missing", objects(lambda all_of_them: []), words="empty"),
    root("all entries missing, cache lost", objects(lambda all_of_them: []), words="empty",
         lost_cache=True),
    M("one folder shows nothing", "list", objects(lambda all_of_them: []), "maybe|held",
      at="daily", edits="lwgx", arrives="lwgx"),
    M("one folder shows nothing, cache lost", "list", objects(lambda all_of_them: []),
      "maybe|held", at="daily", edits="lwgx", arrives="lwgx", lost_cache=True),
    M("a folder is not shown", "list", hides("daily"), "maybe|held", arrives="lwg"),
    M("a folder is not shown, cache lost", "list", hides("daily"), "maybe|held", arrives="lwg",
      lost_cache=True),
    M("notebooks are not shown and may not be looked at", "list|status",
      by_kind(list=hides("report", "stats"), status=in_order(refuses(403, "PERMISSION_DENIED"))),
      "held report|side"),
    M("notebooks are not shown, a text says that they are gone", "list|status",
      by_kind(list=hides("report", "stats"),
              status=says(404, NOT_FOUND_WORDS, kind="text/plain")), "held report|side"),
    M("notebooks are not shown, a text says it, cache lost", "list|status",
      by_kind(list=hides("report", "stats"),
              status=says(404, NOT_FOUND_WORDS, kind="text/plain")), "held report|side",
      lost_cache=True),
    M("notebooks are not shown, a page says that they are gone", "list|status",
      by_kind(list=hides("report", "stats"), status=says(404, LOGIN, kind="text/html")),
      "held report|side", lost_cache=True),
    M("notebooks are not shown, by name half an answer", "list|status",
      by_kind(list=hides("report", "stats"), status=status(206)), "held report|side|maybe"),
    M("notebooks are not shown, by name a server error", "list|status",
      by_kind(list=hides("report", "stats"), status=refuses(500, "INTERNAL_ERROR")),
      "held report|side", lost_cache=True),
    M("one notebook is gone, everything says", SEEN, gone("docs/faq"), "nothing|maybe",
      arrives="lwg", deletes="docs/faq", why=CONSISTENT),
    M("a folder of two is gone, everything says", SEEN,
      gone("archive", "archive/old1", "archive/old2"), "maybe", arrives="lwg",
      deletes="archive/old1 archive/old2", why=CONSISTENT),
    M("nearly all are gone, everything says", SEEN,
      gone(*[n for n in EVERYTHING if "/" in n or n == "stats"], "daily", "jobs", "docs", "lib",
           "archive", "daily/late", "lib/util.py", "lib/table.csv", "docs/picture.png"), "waits"),
    M("nearly all are gone, cache lost", SEEN,
      gone(*[n for n in EVERYTHING if "/" in n or n == "stats"], "daily", "jobs", "docs", "lib",
           "archive", "daily/late", "lib/util.py", "lib/table.csv", "docs/picture.png"), "waits",
      lost_cache=True),
    M("listed, but gone by name", "status", missing(), "maybe", edits="lwgnf"),
    M("listed, but gone when it is read", "export", missing(), "maybe|held", edits="lwgx",
      at="daily/*", arrives="lwg"),
    M("listed, but gone when it is read, cache lost", "export", missing(), "maybe|held",
      edits="lwgx", lost_cache=True),
]

ELSEWHERE = [
    outside("a path of the machine", "/etc/passwd"),
    outside("another user's folder", "/Users/bob@acme.example/etl/load"),
    outside("the folder above", ROOT + "/.."),
    outside("a way up", ROOT + "/../other"),
    outside("a way up and back", ROOT + "/../etl/load"),
    outside("this folder", ROOT + "/."),
    outside("a path without a start", "load"),
    outside("an empty path", ""),
    outside("the root", "/"),
    outside("a slash in a name", ROOT + "/a/b"),
    outside("an entry of a folder below", ROOT + "/daily/orders"),
    outside("a neighbour with the same beginning", ROOT + "2/load"),
    root("the folder lists itself", adds(entry(ROOT, "DIRECTORY")), "side|held"),
    root("the folder is a notebook", value(lambda v: {"objects": [entry(ROOT)]})),
    root("the folder is another one", text(lambda b: b.replace(b"/etl/", b"/xyz/"))),
]

ODD_NAMES = [
    name("a notebook '.git'", ".git"),
    name("a folder '.git'", ".git", members={"kind": "DIRECTORY", "data": b"PK"}),
    name("a notebook '.gitmodules'", ".gitmodules"),
    name("a notebook 'git~1'", "git~1"),
    name("a notebook 'con'", "con"),
    name("a notebook 'nul.txt'", "nul.txt"),
    name("a backslash", "a\\b", says="held"),
    name("a way up with backslashes", "..\\..\\x"),
    name("a line break", "a\nb", says="held"),
    name("an escape sequence", "a\x1b[2Jb", says="held"),
    name("a line of a log", "x\n<3>nbsyncd: all is well", says="held"),
    name("text that runs backwards", "a\u202egnp.b", says="held"),
    name("a character of no width", ".g\u200cit", says="held|maybe"),
    name("a trailing dot", "load.", says="held|maybe"),
    name("a trailing blank", "load ", says="held|maybe"),
    name("a leading hyphen", "-rf"),
    name("quotes and a substitution", "a'\"$(touch x)`y`"),
    name("a percent sign", "%2e%2e%2fx"),
    name("a query", "a?b#c&path=/"),
    name("an emoji", "\U0001f600"),
    name("300 bytes", "a" * 300, says="held"),
    name("253 bytes", "a" * 253, says="held"),
    name("300 bytes of two-byte characters", "\u00e9" * 150, says="held"),
    name("a file name extension", "load.py", says="held|maybe"),
    name("two extensions", "load.ipynb", says="held|maybe"),
    name("our own temporary file", ".nbsyncd-abcdef.tmp"),
    name("our own conflict copy", "load.conflict-git-20260101T000000Z"),
    name("an ignore file", ".gitignore"),
    name("a module for everybody", "sitecustomize"),
    M("a file '.bashrc'", SEEN, phantom(".bashrc", "FILE", b"boom\n", size=5), "maybe",
      arrives="lwg"),
    M("a file '.gitattributes'", SEEN, phantom(".gitattributes", "FILE", b"boom\n", size=5),
      "maybe", arrives="lwg"),
    M("a file 'load.py' beside the notebook", SEEN, phantom("load.py", "FILE", b"boom\n", size=5),
      "held", arrives="wg", stops="l", why="in Git the notebook has the name of the file"),
    name("a twin in case", "LOAD", says="held LOAD"),
    name("a notebook named like a folder", "lib", says="held|maybe"),
    M("twins in the spelling of accents", SEEN,
      lambda q, honest: phantom("caf\u00e9")(q, lambda: phantom("cafe\u0301")(q, honest)),
      "held", arrives="lwg"),
]

KINDS = [
    M("the same path twice, other ids", "list", adds(entry(f"{ROOT}/report", language="SCALA")),
      "maybe|held"),
    M("the same path twice, other types", "list", adds(entry(f"{ROOT}/report", "FILE", size=3)),
      "maybe|held"),
    M("the same path as notebook and folder", "list", adds(entry(f"{ROOT}/report", "DIRECTORY")),
      "maybe|held"),
    M("an unknown type", "list|status", one("report", object_type="HOLOGRAM"), "held report",
      arrives="lwg"),
    M("every type unknown", "list|status", field("object_type", "HOLOGRAM"), "side|held"),
    M("an empty type", "list|status", one("report", object_type=""), "held", arrives="lwg"),
    M("a notebook became a library", "list|status", one("report", object_type="LIBRARY"),
      "held report", arrives="lwg"),
    M("a notebook became a file", "list|status",
      one("report", object_type="FILE", size=9, modified_at=1_900_000_000_000), "held|maybe",
      arrives="lwg"),
    M("a notebook is listed as a folder", "list", one("report", object_type="DIRECTORY"),
      "held|maybe", arrives="lwg"),
    M("a notebook became a folder that lists itself", "list|status",
      one("report", object_type="DIRECTORY"), "held report|side", arrives="lwg"),
    M("a notebook became an empty folder, everything says", "list|status",
      lambda q, honest: reply_json({}) if (q.kind, q.path) == ("list", f"{ROOT}/report")
      else one("report", object_type="DIRECTORY")(q, honest), "maybe", arrives="lwg",
      deletes="report", why=CONSISTENT),
    M("a folder became a Git folder", "list|status", one("daily", object_type="REPO"),
      "maybe|held", arrives="lwg"),
    M("a folder became a library", "list|status", one("daily", object_type="LIBRARY"),
      "maybe|held", arrives="lwg"),
    M("a folder became a notebook", "list|status",
      one("daily", object_type="NOTEBOOK", language="R"), "maybe|held", arrives="lwg"),
    M("a language changes", "list|status", one("report", language="SQL"), "maybe|held",
      arrives="lwg"),
    M("a language changes with the time", "list|status",
      one("report", language="SQL", modified_at=1_900_000_000_000), "maybe|held", arrives="lwg"),
    M("a language is unknown", "list|status", one("report", language="COBOL"),
      "held report", arrives="lwg"),
    M("every language changes", "list|status",
      field("language", lambda o, q: "R" if "language" in o else "SQL"), "maybe|held",
      heal="resolve", why="notebooks of R and Python look alike: each may have become the other"),
    M("every language is unknown", "list|status", field("language", "COBOL"), "side|held"),
]

LOOPS = [
    M("a folder in itself, for ever", "list|status", deeper(False), "held again", arrives="lwg"),
    M("the same with a notebook at each depth", SEEN, deeper(True), "held again", arrives="lwg",
      slow=True, heal="confirm", why="63 notebooks came and went: a mass deletion"),
    M("a folder that lists the folder above", "list",
      adds(entry("/Users/ana@acme.example", "DIRECTORY")), "side|held"),
    M("10,000 empty folders", "list|status", folders(10_000), "maybe", arrives="lwg", slow=True,
      seconds=60),
    M("300 empty folders", "list|status", folders(300), "maybe", arrives="lwg"),
    root("120,000 empty folders", stream(
        b'{"objects":[', b'{"object_type":"DIRECTORY","path":"%s/a"},' % ROOT.encode(), 120_000,
        b'{"object_type":"DIRECTORY","path":"%s/b"}]}' % ROOT.encode()), "side|held", slow=True,
        seconds=60),
]

NUMBERS = [
    M("ids that change each time", "list|status", field("object_id", some_id), "maybe|held|side",
      edits="lg"),
    M("ids of notebooks that change each time", "list|status", each(
        lambda o, q: o["object_type"] == "NOTEBOOK" and o.update(object_id=some_id(o, q))),
      "maybe", arrives="lwg"),
    M("no ids", "list|status", each(lambda o, q: (o.pop("object_id"), o.pop("resource_id"))),
      "maybe|held|side"),
    M("two notebooks swap their ids", "list|status",
      lambda q, honest: one("report", object_id=11)(q, lambda: one("stats", object_id=12)(
          q, honest)) if q.number % 2 else one("report", object_id=12)(
              q, lambda: one("stats", object_id=11)(q, honest)), "maybe", arrives="lwg"),
    M("all have one id", "list|status", each(
        lambda o, q: o["object_type"] == "NOTEBOOK" and o.update(object_id=5)), "maybe",
      arrives="lwg"),
    M("times of the far future", "list|status", field("modified_at", 253402300799000), "maybe",
      arrives="lwg"),
    M("times that go back", "list|status",
      field("modified_at", lambda o, q: o["modified_at"] - 10 ** 10), "maybe", arrives="lwg"),
    M("times that change each time", "list|status",
      field("modified_at", lambda o, q: o["modified_at"] + q.number), "maybe", arrives="lwg"),
    M("times that are zero", "list|status", field("modified_at", 0), "maybe", arrives="lwg"),
    M("times that stand still", "list|status", field("modified_at", 1_790_000_000_000), "maybe",
      edits="lwgx"),
]

MODES = MISSING + ELSEWHERE + ODD_NAMES + KINDS + LOOPS + NUMBERS
