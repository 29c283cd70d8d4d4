# SPDX-License-Identifier: Apache-2.0
"""An honest workspace: a tree of notebooks, files and folders, and the API that a client sees.

Written from the published contract of the Workspace API and from nothing else: it shares no code
and no habit with tests/emulator, so that a mistake there and a mistake here are two mistakes. It
remembers every content that it ever stored and who changed what, which the proofs look at.

Deliberately missing: other notebook formats than source, archives, Git folders, permissions.
"""

import base64
import json
import threading

ROOT = "/Users/ana@acme.example/etl"
EXTENSIONS = {".py": "PYTHON", ".sql": "SQL", ".scala": "SCALA", ".r": "R"}
LEADERS = {"PYTHON": b"#", "SQL": b"--", "SCALA": b"//", "R": b"#"}
USER = {"userName": "ana@acme.example", "id": "4711", "active": True}


class Reply:
    """An answer that a server can send."""

    def __init__(self, status=200, body=b"", headers=()):
        self.status = status
        self.body = body
        self.headers = dict(headers)

    def json(self):
        return json.loads(self.body)


def reply_json(value, status=200):
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def refusal(status, code, message):
    return reply_json({"error_code": code, "message": message}, status)


def absent(path):
    return refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Path ({path}) doesn't exist.")


def header_of(language):
    return LEADERS[language] + b" Databricks notebook source"


class Thing:
    def __init__(self, kind, number, now, data=b"", language=None):
        self.kind = kind  # NOTEBOOK, FILE or DIRECTORY
        self.number = number
        self.created = self.modified = now
        self.data = data
        self.language = language


class Workspace:
    def __init__(self):
        self.lock = threading.RLock()
        self.clock = 1_790_000_000_000
        self.number = 7_000_000_000_000_000
        self.things = {}   # path -> Thing
        self.stored = []   # (path, content): everything that ever stood here
        self.changes = []  # (who, verb, path)
        self.make_folders(ROOT, "setup")

    # ---- the tree ----

    def tick(self):
        self.clock += 1700
        return self.clock

    def make_folders(self, path, who):
        above = ""
        for name in path.strip("/").split("/"):
            above += "/" + name
            if above not in self.things:
                self.number += 13
                self.things[above] = Thing("DIRECTORY", self.number, self.tick())
                self.changes.append((who, "mkdirs", above))

    def store(self, path, data, who, kind="NOTEBOOK", language=None):
        now = self.tick()
        old = self.things.get(path)
        if old is None:
            self.number += 13
            self.things[path] = Thing(kind, self.number, now, data, language)
        else:
            old.data, old.modified = data, now
            old.language = language or old.language
        self.stored.append((path, data))
        self.changes.append((who, "import", path))
        return self.things[path]

    def drop(self, path, who):
        del self.things[path]
        self.changes.append((who, "delete", path))

    def children(self, path):
        prefix = path.rstrip("/") + "/"
        return [p for p in self.things
                if p.startswith(prefix) and "/" not in p[len(prefix):]]

    def below(self, root=ROOT):
        """{relative path: Thing} of the notebooks and files below a folder."""
        with self.lock:
            return {p[len(root) + 1:]: t for p, t in self.things.items()
                    if p.startswith(root + "/") and t.kind != "DIRECTORY"}

    # ---- people ----

    def save(self, name, data):
        """A person saves a notebook in the browser; the file name extension says the language."""
        with self.lock:
            path = f"{ROOT}/{name}"
            self.make_folders(path.rpartition("/")[0], "person")
            old = self.things.get(path)
            self.store(path, data, "person", language=old.language if old else "PYTHON")

    def save_file(self, name, data):
        with self.lock:
            self.store(f"{ROOT}/{name}", data, "person", kind="FILE")

    def remove(self, name):
        with self.lock:
            self.drop(f"{ROOT}/{name}", "person")

    # ---- the API ----

    @staticmethod
    def canonical(path):
        words = [w for w in path.split("/") if w]
        return "/" + "/".join(words[1:] if words[:1] == ["Workspace"] else words)

    def info(self, path):
        t = self.things[path]
        about = {"object_type": t.kind, "path": path, "object_id": t.number,
                 "resource_id": str(t.number), "created_at": t.created, "modified_at": t.modified}
        if t.kind == "NOTEBOOK":
            about["language"] = t.language
        if t.kind == "FILE":
            about["size"] = len(t.data)
        return about

    def list(self, path):
        path = self.canonical(path)
        with self.lock:
            if path != "/" and path not in self.things:
                return absent(path)
            if path != "/" and self.things[path].kind != "DIRECTORY":
                return reply_json({"objects": [self.info(path)]})
            objects = [self.info(p) for p in self.children(path)]
        return reply_json({"objects": objects} if objects else {})

    def status(self, path):
        path = self.canonical(path)
        with self.lock:
            if path not in self.things:
                return absent(path)
            about = self.info(path)
            if about["object_type"] == "NOTEBOOK":
                about["repos_export_format"] = "SOURCE"
            return reply_json(about)

    def export(self, path, direct):
        path = self.canonical(path)
        with self.lock:
            thing = self.things.get(path)
            if thing is None:
                return absent(path)
            if thing.kind == "DIRECTORY":
                return Reply(200, b"PK\x05\x06" + bytes(18), {"Content-Type": "application/zip"})
            data = thing.data
        if direct:
            return Reply(200, data, {"Content-Type": "text/plain"})
        return reply_json({"content": base64.b64encode(data).decode(), "file_type": "py"})

    def put(self, path, data, fmt, overwrite):
        """import: AUTO decides by the extension and the first line what comes of it."""
        path = self.canonical(path)
        if fmt not in ("AUTO", "SOURCE"):
            return refusal(400, "INVALID_PARAMETER_VALUE", f"Format {fmt} is not here")
        stem, dot, ext = path.rpartition(".")
        language = EXTENSIONS.get(dot + ext.lower())
        first = data.split(b"\n", 1)[0].rstrip(b"\r")
        kind = "FILE"
        if language and first == header_of(language):
            kind, path = "NOTEBOOK", stem
        with self.lock:
            parent = path.rpartition("/")[0]
            if parent not in self.things or self.things[parent].kind != "DIRECTORY":
                return refusal(404, "RESOURCE_DOES_NOT_EXIST",
                               f"The parent folder ({parent}) does not exist.")
            old = self.things.get(path)
            if old and old.kind != kind:
                return refusal(400, "INVALID_PARAMETER_VALUE",
                               f"Cannot overwrite the asset at {path} due to type mismatch "
                               f"(asked: {kind}, actual: {old.kind})")
            if old and not overwrite:
                return refusal(400, "RESOURCE_ALREADY_EXISTS", f"{path} already exists. "
                               "Please pass overwrite=true to overwrite it.")
            thing = self.store(path, data, "client", kind, language)
            return reply_json({"object_id": thing.number})

    def delete(self, path, recursive):
        path = self.canonical(path)
        with self.lock:
            if path not in self.things:
                return absent(path)
            below = [p for p in self.things if p.startswith(path + "/")]
            if below and not recursive:
                return refusal(400, "DIRECTORY_NOT_EMPTY", f"Folder ({path}) is not empty")
            for each in [*below, path]:
                self.drop(each, "client")
            return reply_json({})

    def mkdirs(self, path):
        with self.lock:
            self.make_folders(self.canonical(path), "client")
            return reply_json({})

    def me(self):
        return reply_json(USER)
