# SPDX-License-Identifier: Apache-2.0
"""The words in which the rows of the scenario table are told.

A Scenario is a World whose sides are edited by the same verbs, whichever side it is, and which
remembers every version that a cycle had the chance to see: none of them may ever be lost.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from world import ABC, NBSYNC, NBSYNCD, ROOT, World, notebook, wait_for

SIDES = ("local", "workspace", "git")
EXTENSIONS = {"# Databricks": ".py", "-- Databricks": ".sql", "// Databricks": ".scala",
              "{": ".ipynb"}
TWO = [("local", "workspace"), ("local", "git"), ("workspace", "git")]
# Of two edits of one cell on these sides, that of this side keeps the name.
KEEPS = {("local", "workspace"): "workspace", ("local", "git"): "git", ("workspace", "git"): "git"}
BOTH_WAYS = TWO + [(there, here) for here, there in TWO]
EXIT_HELD = 5
FINE = notebook("print('fine')")  # of another notebook, which has nothing to do with the trouble
# Root reads and writes everything, unless it is told not to.
AS_ANYBODY = (["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
              if os.geteuid() == 0 else [])


def edited(cell, to, text=ABC):
    """The notebook after somebody changed what one cell prints."""
    assert f"'{cell}'" in text
    return text.replace(f"'{cell}'", f"'{to}'")


def extension(text):
    for start, ext in EXTENSIONS.items():
        if text.lstrip("\ufeff").startswith(start):
            return ext
    raise AssertionError(f"no notebook: {text[:40]!r}")


def is_copy(name):
    return re.search(r"\.conflict-(git|workspace|local)-\d{8}T\d{6}Z", name) is not None


def stem(name):
    path, dot, _ = name.rpartition(".")
    return path if dot else name


def held(result):
    """{path: reason} of everything that is held."""
    return {h["path"]: h["reason"] for h in result["held"]}


def sentence(result, path):
    """What is said about a held path."""
    return " ".join(h["sentence"] for h in result["held"] if h["path"] == path)


def blobs(repository, ids, prefix=()):
    """The contents of those of these objects of a repository that are blobs."""
    command = [*prefix, "git", f"--git-dir={repository}", "cat-file", "--batch"]
    done = subprocess.run(command, capture_output=True, check=True,
                          input="".join(f"{i}\n" for i in ids).encode())
    data, out, at = done.stdout, [], 0
    for _ in ids:
        end = data.index(b"\n", at)
        kind, size = data[at:end].split()[1:]
        if kind == b"blob":
            out.append(data[end + 1:end + 1 + int(size)].decode(errors="surrogateescape"))
        at = end + 2 + int(size)
    return out


def trim(text):
    """What sides agree in: the workspace exports notebooks without the final newline."""
    return text.rstrip("\n")


class Scenario(World):
    daemon_binary = NBSYNCD

    def __init__(self, path, emulator, **keys):
        self.host = None      # what nbsync takes for the workspace, if not the emulator itself
        self.prefix = ()      # how nbsync is started, if not as it is
        self.more = ""        # further sections of the configuration
        self.log = ""         # what the last cycle logged
        self.unseen = {}      # (side, name) -> text that no cycle has looked at yet
        self.seen = set()     # every version that a cycle has looked at
        super().__init__(path, emulator, **keys)

    def configure(self, **keys):
        super().configure(**keys)
        text = self.config.read_text()
        if self.host:
            text = text.replace(self.emulator.url, self.host)
        self.config.write_text(text + self.more)

    def run(self, *argv, prefix=(), **options):
        return super().run(*argv, prefix=prefix or self.prefix, **options)

    def daemon(self, *argv, **options):
        return super().daemon(*argv, prefix=options.pop("prefix", self.prefix), **options)

    # ---- what people do ----

    def holds(self, **notebooks):
        """Everybody has these and agrees."""
        self.holds_all(notebooks)

    def holds_all(self, notebooks):
        for name, text in notebooks.items():
            self.edit("local", name, text)
        self.sync()
        expected = {name: trim(text) for name, text in notebooks.items()}
        for side in SIDES:
            assert self.everything(side).items() >= expected.items(), side

    def edit(self, side, name, text):
        """Creates or changes a notebook."""
        self.unseen[side, name] = text
        if side == "local":
            self.write(name + extension(text), text)
        elif side == "workspace":
            self.ws_edit(name, text)
        else:
            self.git_commit(f"edit {name}", {f"notebooks/{name}{extension(text)}": text})

    def remove(self, side, *names):
        for name in names:
            self.unseen.pop((side, name), None)
        if side == "local":
            for name in names:
                self.local_file(name).unlink()
        elif side == "workspace":
            for name in names:
                self.ws_delete(name)
        else:
            self.git_commit("remove", {self.git_file(name): None for name in names})

    def rename(self, side, old, new):
        """Renames a notebook, or a folder with all that is in it."""
        self.unseen = {(s, self.renamed(n, old, new) if s == side else n): t
                       for (s, n), t in self.unseen.items()}
        if side == "workspace":
            self.control("rename", **{"from": f"{ROOT}/{old}", "to": f"{ROOT}/{new}"})
            return
        files = self.local_files() if side == "local" else \
            [f.removeprefix("notebooks/") for f in self.git_files()]
        moves = {f: self.renamed(f, old, new) for f in files}
        moves = {f: to for f, to in moves.items() if f != to}
        assert moves, f"no '{old}' on the {side} side"
        if side == "local":
            self.move_local(old, new, moves)
        else:
            texts = {to: self.in_git(f) for f, to in moves.items()}
            self.git_commit("rename", {f"notebooks/{f}": None for f in moves} |
                            {f"notebooks/{f}": text for f, text in texts.items()})

    def move_local(self, old, new, moves):
        if (self.local / old).is_dir():
            moves = {old: new}
        for source, to in moves.items():
            (self.local / to).parent.mkdir(parents=True, exist_ok=True)
            (self.local / source).rename(self.local / to)

    @staticmethod
    def renamed(path, old, new):
        """path is a file or notebook that may be old or below it."""
        if path == old or path.startswith(old + "/") or stem(path) == old:
            return new + path[len(old):]
        return path

    def swap(self, side, a, b):
        for old, new in [(a, "aside"), (b, a), ("aside", b)]:
            self.rename(side, old, new)

    # ---- running ----

    def sync(self, *argv, code=0, prefix=()):
        done = self.run("sync", "--once", "--json", "--verbose", "--config", self.config, *argv,
                        prefix=prefix)
        self.log = done.stderr
        assert "ERROR: " not in self.log and "runtime error" not in self.log, self.log
        codes = code if isinstance(code, tuple) else (code,)
        assert done.returncode in codes, done.stdout + self.log
        self.seen |= {trim(text) for text in self.unseen.values()}
        self.unseen = {}
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout else None

    def holds_back(self, *argv, prefix=()):
        """A cycle after which something is held or in conflict; returns its result."""
        return self.sync(*argv, code=EXIT_HELD, prefix=prefix)

    def asks(self, command, *words, code=0):
        """A command of nbsync that runs a cycle in its own process."""
        done = self.run(command, "--once", "--verbose", "--config", self.config, *words)
        assert "ERROR: " not in done.stderr and "runtime error" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def confirm(self, result, code=0):
        """Somebody confirms the plan that waits in this result."""
        return self.asks("confirm", "etl", result["confirm"], code=code)

    def start_sync(self):
        """A cycle that somebody is going to interrupt."""
        return subprocess.Popen([*self.prefix, str(NBSYNC), "sync", "--once", "--config",
                                 str(self.config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def sync_whatever(self):
        """A cycle that may or may not hold something."""
        return self.sync(code=(0, EXIT_HELD))

    def arrived(self, name, text):
        return all(self.everything(side).get(name) == trim(text) for side in SIDES)

    def arrives(self, name, text, seconds=30):
        """Waits until the daemon has brought a notebook everywhere."""
        wait_for(lambda: self.arrived(name, text), seconds, f"the arrival of '{name}'")

    def idle(self):
        """Waits until the daemon has nothing to do."""
        wait_for(lambda: self.mapping_status()["state"].lower() == "idle", what="an idle daemon")

    # ---- looking ----

    def local_file(self, name):
        found = [p for p in self.local.glob(f"{name}.*") if stem(p.name) == Path(name).name]
        assert len(found) == 1, (name, found)
        return found[0]

    def git_file(self, name):
        found = [f for f in self.git_files() if stem(f) == f"notebooks/{name}"]
        assert len(found) == 1, (name, found)
        return found[0]

    def everything(self, side):
        """{name: text without the final newline} of the notebooks that one side holds."""
        return {name: trim(text) for name, text in self.texts(side).items()}

    def texts(self, side):
        """{name: text} of the notebooks that one side holds."""
        if side == "local":
            texts = self.local_texts()
        elif side == "git":
            texts = self.git_texts()
        else:
            names = [o["path"].removeprefix(ROOT + "/") for o in self.objects()
                     if o["object_type"] == "NOTEBOOK"]
            texts = {n: self.ws(n) for n in names if not is_copy(n)}
            return {n: t for n, t in texts.items() if t is not None}
        return {stem(f): t for f, t in texts.items()
                if not is_copy(f) and f.endswith(tuple(EXTENSIONS.values()))}

    def local_texts(self):
        texts = {}
        for file in self.local_files():
            try:
                texts[file] = (self.local / file).read_bytes().decode(errors="surrogateescape")
            except FileNotFoundError:
                pass  # the daemon was about to rename it
        return texts

    def git_texts(self):
        lines = self.git("ls-tree", "-r", "-z", "main", "notebooks/").split("\0")[:-1] \
            if self.subjects() else []
        found = {line.partition("\t")[2].removeprefix("notebooks/"): line.split()[2]
                 for line in lines if line.split()[1] == "blob"}
        return dict(zip(found, blobs(self.remote, found.values())))

    def objects(self):
        """Every object of the workspace below the mapping's folder, as the emulator keeps it."""
        return self.emulator.look("dump", path=ROOT)["objects"]

    def object_id(self, name):
        return self.ws_status(name)["object_id"]

    def copies(self, name):
        """{file: text} of the conflict copies beside a notebook."""
        return {f: self.read(f) for f in self.local_files()
                if is_copy(f) and f.startswith(f"{name}.conflict-")}

    def changes(self, since=0):
        """What was done to the workspace by requests that succeeded: [(verb, name)]."""
        return [(r["endpoint"].rsplit("/", 1)[1], stem(r["path"].removeprefix(ROOT + "/")))
                for r in self.requests(since)
                if r["endpoint"].endswith(("/import", "/delete")) and r["status"] == 200]

    def hub_versions(self):
        """The texts of every notebook that the mapping's history can bring back."""
        hub = self.path / "state" / "etl" / "hub.git"
        command = [*self.prefix, "git", f"--git-dir={hub}", "rev-list", "--objects", "--all"]
        lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
        ids = [line.split()[0].decode() for line in lines]
        return {trim(text) for text in blobs(hub, ids, self.prefix)}

    def git_raw(self, names, text=ABC):
        """A commit by a program that knows no rules: files of any name (bytes) below notebooks/."""
        run = lambda *argv, stdin: self.git_bare(*argv, cwd=self.remote, stdin=stdin).strip()
        blob = bytes.fromhex(run("hash-object", "-w", "--stdin", stdin=text.encode()))
        entries = {name: (b"100644", blob) for name in names}
        for line in self.git("ls-tree", "-z", "main:notebooks").split("\0")[:-1]:
            meta, _, name = line.partition("\t")
            mode, _, sha = meta.split()
            entries[name.encode()] = (mode.encode().lstrip(b"0"), bytes.fromhex(sha))
        tree = b"".join(mode + b" " + name + b"\0" + sha
                        for name, (mode, sha) in sorted(entries.items()))
        literally = ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
        folder = bytes.fromhex(run(*literally, stdin=tree))
        root = run(*literally, stdin=b"40000 notebooks\0" + folder)
        commit = run("commit-tree", "-p", "main", "-m", "hostile", root, stdin=b"")
        self.git("update-ref", "refs/heads/main", commit)

    # ---- what must be true in the end ----

    def loses_nothing(self):
        missing = self.seen - self.hub_versions()
        assert not missing, f"lost for ever: {missing}"

    def ends_as(self, notebooks, sides=SIDES):
        """Each side has exactly these, a further cycle does nothing, no version was lost. Files
        have them to the last newline, which the workspace does not export."""
        trimmed = {name: trim(text) for name, text in notebooks.items()}
        for side in sides:
            there = self.everything(side) if side == "workspace" else self.texts(side)
            assert there.keys() == notebooks.keys(), side
            assert there == (trimmed if side == "workspace" else notebooks), side
        if self.keys["local"]:
            names = [*self.git_files(), *(o["path"] for o in self.objects())]
            assert not any(map(is_copy, names)), "the copy of a clash has travelled"
        self.quiet()
        self.loses_nothing()

    def ends_with(self, **notebooks):
        self.ends_as(notebooks)


def others_go_on(scene):
    """In the cycle in which something is held, an edit on each side and a new notebook arrive."""
    scene.edit("local", "fine", FINE)
    result = scene.holds_back()
    scene.everywhere("fine", FINE)
    return result


@pytest.fixture
def scene(tmp_path, emulator):
    """Three sides, empty."""
    one = Scenario(tmp_path, emulator)
    yield one
    one.stop()


@pytest.fixture
def begun(scene):
    """Three sides that agree on the notebook 'load', whose cells print a, b and c."""
    scene.holds(load=ABC)
    return scene
