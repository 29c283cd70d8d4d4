# SPDX-License-Identifier: Apache-2.0
"""Those who save: one on each side, each at their own pace and in many ways.

Each reads what stands there and saves it with a mark more, so that nobody destroys what another
just saved. A version that is not carried on (rewritten, taken back, deleted) is one that the hub
has already, because what its owner destroys before anybody could see it is not ours to keep.
"""

import base64
import json
import os
import shutil
import subprocess
import threading
import time
import traceback

from soak_world import marks_in, stem_of
from world import HEADER, ROOT, SEPARATOR, World

FOLDERS = ("", "etl/", "etl/deep/")
MANY = 10  # marks in a notebook: then somebody tidies it up
BULK = 8   # seconds for which people look at what a bulk edit touches


def new_source(mark):
    return HEADER + SEPARATOR.join(["a = 1", f"print('{mark}')", "b = 2"]) + "\n"


def source_cells(text):
    """None when it is not a notebook as people write them here."""
    if not text.startswith(HEADER):
        return None
    return text[len(HEADER):].rstrip("\n").split(SEPARATOR)


def grown_source(text, mark, rng):
    """The text with one cell more, or a line more in a cell."""
    cells = source_cells(text)
    if cells is None:
        return None
    at = rng.randrange(len(cells) + 1)
    if at < len(cells) and rng.randrange(2):
        cells[at] += f"\nprint('{mark}')"
    else:
        cells.insert(at, f"print('{mark}')")
    return HEADER + SEPARATOR.join(cells) + "\n"


def grown_ipynb(text, mark, rng, outputs):
    """A code cell more; or one that was run: its output has the mark."""
    try:
        book = json.loads(text)
        cells = book["cells"]
    except (ValueError, KeyError, TypeError):
        return None
    code = [c for c in cells if c["cell_type"] == "code"]
    output = {"name": "stdout", "output_type": "stream", "text": [mark + "\n"]}
    if outputs and code and rng.randrange(2):
        rng.choice(code)["outputs"].append(output)
    else:
        cells.insert(rng.randrange(len(cells) + 1), {
            "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
            "source": [f"print('{mark}')"]})
    return json.dumps(book, indent=1)


def grown(text, mark, rng, outputs):
    if text.lstrip().startswith("{"):
        return grown_ipynb(text, mark, rng, outputs)
    return grown_source(text, mark, rng)


def new_ipynb(mark):
    return json.dumps({
        "cells": [{"cell_type": "code", "execution_count": 1, "metadata": {},
                   "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1"]}],
                   "source": ["a = 1\n", f"print('{mark}')"]}],
        "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 0},
        indent=1)


class Person(threading.Thread):
    outputs = True  # whether marks stand in outputs too

    def __init__(self, world, name, pause, seed):
        super().__init__(name=name, daemon=True)
        self.world, self.book = world, world.book
        self.rng = type(world.rng)(f"{seed} {name}")
        self.pause = pause
        self.serial = 0
        self.broke = None  # what must not happen in here

    def run(self):
        while time.monotonic() < self.world.stop_at:
            try:
                self.act()
            except Exception:  # pylint: disable=broad-except
                self.broke = traceback.format_exc()
                self.world.stop_at = 0
                return
            time.sleep(self.rng.uniform(0, 2 * self.pause))

    def act(self):
        acts, weights = zip(*self.acts)
        self.rng.choices(acts, weights)[0](self)

    def new_stem(self):
        self.serial += 1
        return f"{self.rng.choice(FOLDERS)}{self.name}{self.serial:04}"

    def pick(self, stems):
        """Most of the time one that is being written in bulk, while there is such a thing."""
        focus = self.world.focus
        if focus and time.monotonic() < focus[0] and self.rng.randrange(4):
            stems = [s for s in stems if stem_of(s) in focus[1]] or stems
        return self.rng.choice(stems) if stems else None

    def version(self, text, mark):
        """The next version of a text. None: it cannot be made without destroying something."""
        old = marks_in(text)
        if len(old) >= MANY and self.world.recorded(old):
            return new_source(mark) if not text.lstrip().startswith("{") else new_ipynb(mark)
        return grown(text, mark, self.rng, self.outputs)


# ---- in a directory ----


class Local(Person):
    """Editors that replace a file, write in place, append, or rename the old one first."""

    def files(self):
        return [str(p.relative_to(self.world.local)) for p in self.world.local.rglob("*")
                if p.suffix in (".py", ".ipynb") and not p.name.startswith(".")]

    def read(self, name):
        try:
            return (self.world.local / name).read_text(errors="surrogateescape")
        except OSError:
            return None

    def act(self):
        with self.world.local_gate:
            super().act()

    def create(self):
        stem = self.new_stem()
        if self.rng.randrange(5) == 0:
            self.save(stem + ".ipynb", new_ipynb, self.replace)
        else:
            self.save(stem + ".py", new_source, self.rng.choice((self.replace, self.in_place)))

    def edit(self, name=None, ways=None):
        name = name or self.pick(self.files())
        text = self.read(name) if name else None
        if text is None:
            return
        way = self.rng.choice(ways or (self.replace, self.in_place, self.slowly, self.append,
                                       self.with_backup))
        if way == self.append and (text.lstrip().startswith("{") or not text.endswith("\n")):
            way = self.replace
        self.save(name, lambda mark: self.version(text, mark), way)

    def save(self, name, make, way):
        save = self.book.begin("local", stem_of(name), f"{name} {way.__name__}")
        text = make(save.mark)
        if text is None:
            save.end("failed")
            return
        path = self.world.local / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            way(path, text.encode(errors="surrogateescape"), save)
            save.end("saved")
        except FileNotFoundError:
            save.end("failed")  # nbsync removed it, or its folder, meanwhile

    @staticmethod
    def replace(path, data, _):
        temp = path.with_name(f".{path.name}.swp")
        temp.write_bytes(data)
        temp.rename(path)

    @staticmethod
    def in_place(path, data, _):
        path.write_bytes(data)

    def slowly(self, path, data, _):
        """In place and in pieces; a watcher gets to see each of them."""
        with open(path, "r+b" if path.exists() else "wb") as f:
            cut = self.rng.randrange(len(data))
            f.write(data[:cut])
            f.flush()
            time.sleep(self.rng.uniform(0, 0.05))
            f.write(data[cut:])
            f.truncate()

    @staticmethod
    def append(path, _, save):
        """What stands there stays, even what came since it was read."""
        with open(path, "r+b") as f:
            f.seek(0, os.SEEK_END)
            f.write(f"{SEPARATOR}print('{save.mark}')\n".encode())

    @staticmethod
    def with_backup(path, data, _):
        """As vim does it: the old file becomes a backup, a new one takes the name."""
        backup = path.with_name(path.name + "~")
        path.rename(backup)
        path.write_bytes(data)
        backup.unlink()

    def bulk(self):
        """A formatter, or a checkout: many files within a moment."""
        names = self.files()
        names = self.rng.sample(names, min(len(names), self.world.bulk))
        self.world.focus = (time.monotonic() + BULK, {stem_of(n) for n in names})
        self.book.tell("local", f"edits {len(names)} notebooks")
        for name in names:
            self.edit(name, (self.replace,))

    def remove(self):
        name = self.pick(self.files())
        text = self.read(name) if name else None
        if text is None or not self.world.recorded(marks_in(text)):
            return
        self.book.touch(stem_of(name))
        self.book.tell("local", f"deletes {name}", stem_of(name))
        # What came since then is nbsync's, and is recorded.
        (self.world.local / name).unlink(missing_ok=True)

    def rename(self):
        name = self.pick(self.files())
        if not name or ".conflict-" in name:
            return
        new = self.new_stem()
        self.book.touch(stem_of(name))
        self.book.touch(new)
        self.book.tell("local", f"renames {name} to {new}", stem_of(name))
        target = self.world.local / (new + os.path.splitext(name)[1])
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            (self.world.local / name).rename(target)
        except FileNotFoundError:
            pass

    acts = [(edit, 30), (create, 3), (remove, 1), (rename, 1), (bulk, 0.4)]


# ---- in the workspace ----


class Workspace(Person):
    """The browser, and other programs that import."""

    outputs = os.environ.get("NBSYNC_SOAK_OUTPUTS") == "1"

    def stems(self):
        return sorted(self.world.workspace_texts())

    def save(self, stem, make, fmt):
        by_tool = self.rng.randrange(3) == 0
        save = self.book.begin("workspace", stem, f"{fmt} {'import' if by_tool else 'browser'}")
        text = make(save.mark)
        if text is None:
            save.end("failed")
            return
        if by_tool:
            save.end(self.world.tool(stem, text.encode(), fmt))
        else:
            save.end(self.world.user("edit", {
                "path": f"{ROOT}/{stem}", "format": fmt,
                "content_base64": base64.b64encode(text.encode()).decode()}, save))

    def edit(self):
        stem = self.pick(self.stems())
        stored = self.world.stored(stem) if stem else None
        if stored:
            fmt, data = stored
            text = data.decode(errors="replace")
            self.save(stem, lambda mark: self.version(text, mark), fmt)

    def create(self):
        stem = self.new_stem()
        if self.rng.randrange(3) == 0:
            self.save(stem, new_ipynb, "JUPYTER")
        else:
            self.save(stem, new_source, "SOURCE")

    def remove(self):
        stem = self.pick(self.stems())
        stored = self.world.stored(stem) if stem else None
        if stored and self.world.recorded(marks_in(stored[1])):
            self.book.touch(stem)
            self.book.tell("workspace", f"deletes {stem}", stem)
            self.world.user("delete", {"path": f"{ROOT}/{stem}"})

    def rename(self):
        stem, new = self.pick(self.stems()), self.new_stem()
        if stem:
            self.book.touch(stem)
            self.book.touch(new)
            self.book.tell("workspace", f"renames {stem} to {new}", stem)
            self.world.user("rename", {"from": f"{ROOT}/{stem}", "to": f"{ROOT}/{new}"})

    acts = [(edit, 30), (create, 3), (remove, 1), (rename, 1)]


# ---- in Git ----


class Colleague(Person):
    """Commits from a clone. What was pushed once stays in the branch's history."""

    def __init__(self, *args):
        super().__init__(*args)
        self.clone = self.world.path / "clone"

    def git(self, *argv, check=True):
        try:
            return World.git_bare(*argv, cwd=self.clone)
        except AssertionError:
            if check:
                raise
            return None

    def up_to_date(self):
        """Whether the clone now is what the branch is."""
        with self.world.git_gate:
            if not self.clone.exists():
                World.git_bare("clone", "--quiet", str(self.world.remote), str(self.clone),
                               cwd=self.world.path)
                self.git("checkout", "-q", "-B", "main")
            if self.git("fetch", "-q", check=False) is None:
                return False
            return self.git("reset", "-q", "--hard", "origin/main", check=False) is not None

    def files(self):
        return sorted(str(p.relative_to(self.clone)) for p in self.clone.rglob("*")
                      if p.suffix in (".py", ".ipynb") and ".git" not in p.parts)

    def push(self, message, saves):
        self.git("add", "-A")
        if self.git("diff", "--cached", "--quiet", check=False) is not None:
            return  # nothing to say
        self.git("commit", "-q", "-m", message)
        head = self.git("rev-parse", "HEAD").strip()
        pushed = self.git("push", "-q", "origin", "HEAD:main", check=False) is not None
        self.book.tell("git", f"commit {head[:10]} '{message}': {'pushed' if pushed else 'not'}")
        for save in saves:
            save.end("saved" if pushed else "unknown")

    def write(self, name, make):
        save = self.book.begin("git", stem_of(name.removeprefix("notebooks/")), "push")
        text = make(save.mark)
        if text is None:
            save.end("failed")
            return []
        path = self.clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return [save]

    def act(self):
        if self.up_to_date():
            super().act()

    def edit(self, most=3):
        saves, names = [], self.files()
        for _ in range(min(len(names), self.rng.randrange(1, most + 1))):
            name = self.pick(names)
            text = (self.clone / name).read_text(errors="replace")
            saves += self.write(name, lambda mark, text=text: self.version(text, mark))
        if saves:
            self.push(f"edit {len(saves)}", saves)

    def bulk(self):
        names = self.files()
        stems = {stem_of(n.removeprefix("notebooks/")) for n in names}
        self.world.focus = (time.monotonic() + BULK, stems)
        self.edit(self.world.bulk)

    def create(self):
        self.push("add", self.write(f"notebooks/{self.new_stem()}.py", new_source))

    def take_back(self):
        """The text that a notebook had some commits ago."""
        name = self.pick(self.files())
        log = self.git("log", "--format=%H", "-8", "--", name).split() if name else []
        if len(log) > 1:
            self.git("checkout", "-q", self.rng.choice(log[1:]), "--", name, check=False)
            self.push(f"take back {name}", [])

    def remove(self):
        name = self.pick(self.files())
        if name:
            self.book.touch(stem_of(name.removeprefix("notebooks/")))
            (self.clone / name).unlink()
            self.push(f"delete {name}", [])

    def rename(self):
        name, new = self.pick(self.files()), self.new_stem()
        if name:
            target = self.clone / f"notebooks/{new}.py"
            self.book.touch(stem_of(name.removeprefix("notebooks/")))
            self.book.touch(new)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.clone / name, target)
            self.push(f"rename {name} to {new}", [])

    acts = [(edit, 10), (create, 2), (take_back, 2), (remove, 0.5), (rename, 0.5), (bulk, 0.5)]


# ---- at the command line ----


class Operator(Person):
    """Ends clashes, brings the branch's version back, asks for a cycle."""

    def nbsync(self, command, *words):
        done = subprocess.run([str(self.world.nbsync), command, "--no-wait", "--socket",
                               str(self.world.socket), *words], capture_output=True, text=True,
                              timeout=60)
        self.book.tell("operator", f"{command} {' '.join(words)}: {done.returncode} "
                                   f"{done.stderr.strip()}", words[-1])

    def stems(self):
        return sorted({stem_of(str(p.relative_to(self.world.local)))
                       for p in self.world.local.rglob("*") if p.suffix in (".py", ".ipynb")})

    def resolve(self):
        clashes = [str(p.relative_to(self.world.local)) for p in self.world.local.rglob("*")
                   if ".conflict-" in p.name]
        if clashes:
            side = self.rng.choice(("--local", "--workspace", "--git"))
            self.nbsync("resolve", side, "etl", stem_of(self.rng.choice(clashes)))

    def discard(self):
        stem = self.pick(self.stems())
        if stem:
            self.nbsync("discard", "etl", stem)

    acts = [(resolve, 3), (discard, 1)]
