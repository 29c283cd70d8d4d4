# SPDX-License-Identifier: Apache-2.0
"""A row of the table, what comes of it, and the workspace that misbehaves as a row says."""

import dataclasses
import fnmatch
import threading

from wire import Server
from workspace import ROOT, Workspace, refusal

TOKEN = "dapi-hostile-0123456789abcdef"
CHANGING = ("import", "delete", "mkdirs")


@dataclasses.dataclass
class Mode:
    """A row of the table. What is not said here is checked for every mode in the same way."""

    name: str
    request: str       # kinds of request that are answered wrongly: "list", "list|status", "any"
    answer: object     # answer(request, honest), see answers.py
    says: str          # what is said: nothing, maybe, side, held, held PATH, waits; with | between
    at: str = "*"      # of which objects, below the mapping's folder; "." is that folder
    nth: int = 0       # only the nth such request; 0: always
    edits: str = "lwg"  # what people do meanwhile, see Play.edit()
    arrives: str = ""  # edits that must be everywhere although the mode is still on
    stops: str = ""    # edits that rightly do not go from local to Git or back meanwhile
    words: str = ""    # pattern that one of the sentences has
    never: str = ""    # pattern that none of them has
    seconds: float = 25  # bound for a cycle
    clock: int = 1     # how much faster the client's clock runs, for modes that wait for time-outs
    cut: str = ""      # "term" or "kill": the client is stopped this way at the first such answer
    lost_cache: bool = False  # what the client keeps about the last look is lost before each cycle
    heal: str = ""     # what a person has to do: touch, resolve, confirm; or accept
    deletes: str = ""  # what is rightly deleted elsewhere
    why: str = ""      # the reason for heal, deletes or stops
    slow: bool = False  # not among those of ./check

    def matches(self, request):
        if self.request != "any" and request.kind not in self.request.split("|"):
            return False
        path = request.path
        inside = "." if path.rstrip("/") == ROOT else path.removeprefix(ROOT + "/")
        return self.at == "*" or fnmatch.fnmatchcase(inside, self.at)


@dataclasses.dataclass
class Outcome:
    mode: Mode
    failures: list = dataclasses.field(default_factory=list)
    codes: list = dataclasses.field(default_factory=list)
    sentence: str = ""
    megabytes: int = 0
    seconds: float = 0
    recovered: str = "no"

    def fail(self, words):
        if words not in self.failures:
            self.failures.append(words)

    def row(self):
        """(line of the table, failures)"""
        m = self.mode
        cells = [m.name, m.request, " ".join(map(str, self.codes)), self.sentence[:160],
                 str(self.megabytes), f"{self.seconds:.1f}", self.recovered]
        return ascii(" | ".join(cells))[1:-1], self.failures


# ---- the workspace that misbehaves ----

class Misbehaving:
    def __init__(self, elsewhere):
        self.workspace = Workspace()
        self.elsewhere = elsewhere  # the address of a server that nobody may contact
        self.lock = threading.Lock()
        self.log = []  # (kind, path)
        self.mode = None
        self.hits = 0  # requests that the mode answered
        self.first_hit = threading.Event()
        self.server = Server(self.answer)

    def switch(self, mode):
        with self.lock:
            self.mode, self.hits = mode, 0
            self.first_hit.clear()

    def answer(self, request):
        with self.lock:
            self.log.append((request.kind, request.path))
            mode = self.mode if self.mode and self.mode.matches(request) else None
            if mode:
                self.hits += 1
                request.number, request.elsewhere = self.hits, self.elsewhere
        if not mode or (mode.nth and request.number != mode.nth):
            return self.honest(request)
        self.first_hit.set()
        return mode.answer(request, lambda: self.honest(request))

    def honest(self, q):
        w = self.workspace
        if q.headers.get("authorization") != f"Bearer {TOKEN}":
            return refusal(401, "UNAUTHENTICATED", "no such token")
        if q.kind == "export":
            return w.export(q.path, q.query.get("direct_download") == "true")
        if q.kind == "import":
            return w.put(q.path, q.fields["content"], q.text("format"),
                         q.text("overwrite") == "true")
        if q.kind == "delete":
            return w.delete(q.path, bool(q.fields.get("recursive")))
        if q.kind == "me":
            return w.me()
        if q.kind == "other":
            return refusal(404, "ENDPOINT_NOT_FOUND", f"No API found for {q.endpoint}")
        return getattr(w, q.kind)(q.path)

    def changing(self):
        with self.lock:
            return sum(kind in CHANGING for kind, _ in self.log)
