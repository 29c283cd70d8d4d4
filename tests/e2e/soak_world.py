# SPDX-License-Identifier: Apache-2.0
"""A World that many people and troubles act on at once, and the book in which every save stands.

A save carries a mark that occurs nowhere else. Once it has succeeded (the file was closed, the
workspace answered 200, the push was accepted) the mark must be found for ever: in a place, or in
the hub. The book knows when each save began and ended, and everything else that happened.
"""

import base64
import http.client
import json
import os
import re
import subprocess
import threading
import time

from scenario_world import blobs
from world import NBSYNCD, ROOT, World, wait_for

# What a client of an emulator meets that is gone, is going, or was never there.
AWAY = (OSError, http.client.HTTPException, ValueError, AttributeError, TypeError)
MARK = re.compile(r"mark-\d{6}-[0-9a-f]{8}")


def marks_in(text):
    """All marks of a text (str or bytes)."""
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return set(MARK.findall(text))


def stem_of(path):
    """The notebook that a path of any side belongs to; that of its conflict copies too."""
    path = re.sub(r"\.(conflict-(local|workspace|git)-|rescued-).*$", "", path)
    return re.sub(r"\.(py|ipynb)$", "", path)


class Save:
    """One save of one mark."""

    def __init__(self, mark, who, stem, how):
        self.mark, self.who, self.stem, self.how = mark, who, stem, how
        self.began = time.monotonic()
        self.ended = None
        self.carried_out_ns = None  # in the browser: when, by the emulator's clock
        self.outcome = "unknown"  # "saved", or "failed" when it certainly was not

    def end(self, outcome):
        self.ended = time.monotonic()
        self.outcome = outcome

    def __str__(self):
        return f"{self.mark}: {self.who} saves {self.stem} ({self.how}): {self.outcome}"


class Book:
    """What happened, for all threads."""

    def __init__(self, rng):
        self.rng = rng
        self.lock = threading.Lock()
        self.saves = {}     # mark -> Save
        self.events = []    # (when, who, what, stem)
        self.touched = set()  # stems that somebody deleted or renamed, on whichever side

    def begin(self, who, stem, how):
        with self.lock:
            mark = f"mark-{len(self.saves):06}-{self.rng.getrandbits(32):08x}"
            save = self.saves[mark] = Save(mark, who, stem, how)
        return save

    def tell(self, who, what, stem=None):
        with self.lock:
            self.events.append((time.monotonic(), who, what, stem))

    def touch(self, stem):
        with self.lock:
            self.touched.add(stem)


class MarksOfRepository:
    """The marks in all blobs that a repository's references lead to, read piece by piece."""

    def __init__(self, path):
        self.path = path
        self.known = {}  # blob or other object -> its marks
        self.lock = threading.Lock()

    def ids(self):
        command = ["git", f"--git-dir={self.path}", "rev-list", "--objects", "--all"]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode:
            return None
        return [line.split(" ")[0] for line in done.stdout.splitlines()]

    def look(self):
        """Every mark in it now; None when it cannot be read at this moment."""
        with self.lock:
            ids = self.ids()
            if ids is None:
                return None
            try:
                self.read([i for i in ids if i not in self.known])
            except (subprocess.CalledProcessError, ValueError, IndexError):
                return None  # it is being packed
            return set().union(*(self.known[i] for i in ids)) if ids else set()

    def read(self, ids):
        kinds = ["git", f"--git-dir={self.path}", "cat-file", "--batch-check=%(objecttype)"]
        done = subprocess.run(kinds, capture_output=True, text=True, check=True,
                              input="".join(f"{i}\n" for i in ids))
        files = [i for i, kind in zip(ids, done.stdout.split()) if kind == "blob"]
        self.known.update((i, set()) for i in ids)
        for i, text in zip(files, blobs(self.path, files)):
            self.known[i] = marks_in(text)


class SoakWorld(World):
    """With a daemon whose lines have the time, and an emulator that may be away."""

    def __init__(self, path, emulator, rng, **keys):
        super().__init__(path, emulator, **keys)
        self.book = Book(rng)
        self.rng = rng
        self.hub_marks = MarksOfRepository(self.state / "etl" / "hub.git")
        self.local_gate = threading.Lock()      # held by who needs the local root to be there
        self.git_gate = threading.Lock()        # the same for the remote
        self.lines = []       # (when, line) of all daemons
        self.requests_seen = []  # of all emulators
        self.next_request = 0
        self.readers = []
        self.log_gate = threading.Lock()
        self.stop_at = None

    # ---- the daemon ----

    def configure(self, **keys):
        super().configure(**keys)
        text = self.config.read_text().replace("[daemon]", "[daemon]\nlog_level = debug")
        self.config.write_text(text)

    def start_daemon(self):
        argv = [str(NBSYNCD), "--config", str(self.config)]
        if os.geteuid() == 0:
            argv.append("--allow-root")
        process = subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        reader = threading.Thread(target=self.read_lines, args=(process.stderr,), daemon=True)
        reader.start()
        self.readers.append(reader)
        self.daemon_process = process
        self.book.tell("trouble", f"the daemon starts as {process.pid}")
        wait_for(lambda: process.poll() is not None or self.status_code() != 4, seconds=60,
                 what="the daemon's socket")
        assert process.poll() is None, "\n".join(line for _, line in self.lines[-20:])

    def read_lines(self, stream):
        for line in stream:
            self.lines.append((time.monotonic(), line.decode(errors="replace").rstrip("\n")))

    # ---- the workspace ----

    def note_requests(self):
        """Copies the emulator's log, which ends with the emulator."""
        with self.log_gate:
            try:
                new = self.emulator.request(
                    "GET", "/__emulator/log", {"since": self.next_request}, timeout=5).json()
            except AWAY:
                return
            self.requests_seen += new["requests"]
            self.next_request = new["next"]

    def stored(self, stem):
        """(format, bytes) of a notebook as the workspace keeps it; None when there is none."""
        try:
            reply = self.emulator.request("GET", "/__emulator/dump", {
                "path": f"{ROOT}/{stem}", "content": "true"}, timeout=10)
            found = [o for o in reply.json()["objects"] if o["object_type"] == "NOTEBOOK"]
        except AWAY:
            return None
        if not found:
            return None
        return found[0]["format"], base64.b64decode(found[0]["content"])

    def workspace_texts(self):
        """{stem: bytes} of all notebooks."""
        try:
            reply = self.emulator.request("GET", "/__emulator/dump", {
                "path": ROOT, "content": "true"}, timeout=30)
            objects = reply.json()["objects"]
        except AWAY:
            return {}
        return {o["path"].removeprefix(ROOT + "/"): base64.b64decode(o["content"])
                for o in objects if "content" in o}

    def user(self, verb, body, save=None):
        """A user in the browser: "saved", "failed" or "unknown"."""
        try:
            reply = self.emulator.request("POST", f"/__emulator/{verb}", body=body, timeout=10)
        except AWAY:
            return "unknown"
        if save:
            save.carried_out_ns = int(reply.headers["Handled-Ns"])
        return "saved" if reply.status == 200 else "failed"

    def tool(self, stem, data, fmt):
        """Another program, by the API."""
        try:
            reply = self.emulator.request(
                "POST", "/api/2.0/workspace/import", headers=self.emulator.bearer(), timeout=10,
                body={"path": f"{ROOT}/{stem}", "format": fmt, "language": "PYTHON",
                      "overwrite": True, "content": base64.b64encode(data).decode()})
        except AWAY:
            return "unknown"
        return "saved" if reply.status == 200 else "unknown"

    # ---- what is safe for ever ----

    def recorded(self, marks):
        """Whether the hub has all of these: then even their owner may destroy them."""
        if not marks:
            return True
        there = self.hub_marks.look()
        return there is not None and marks <= there

    def places(self):
        """{place: marks} of everything that can be looked at, once all is quiet."""
        local = set()
        for path in self.local.rglob("*"):
            if path.is_file():
                local |= marks_in(path.read_bytes())
        workspace = set()
        for text in self.workspace_texts().values():
            workspace |= marks_in(text)
        return {"local": local, "workspace": workspace,
                "git": MarksOfRepository(self.remote).look(),
                "hub": MarksOfRepository(self.state / "etl" / "hub.git").look()}

    def result(self):
        """What a foreground cycle says; its exit code is 0 or that something is held."""
        done = self.run("sync", "--once", "--json", "--config", self.config, timeout=300)
        assert "ERROR: " not in done.stderr and "runtime error" not in done.stderr, done.stderr
        assert done.returncode in (0, 5), done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])
