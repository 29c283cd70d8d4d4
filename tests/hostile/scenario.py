# SPDX-License-Identifier: Apache-2.0
"""One mode, played: three sides that agree, people who edit, a workspace that misbehaves, and what
must be true of it all.

A Play makes its world below a directory of its own, with neighbours that nobody may touch. It never
raises for what the product did: whatever is wrong becomes a line in outcome.failures, so that a
table of all modes can be printed.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from mode import TOKEN, Misbehaving, Mode, Outcome  # noqa: F401 (Mode for the tables)
from places import (FILES, NAMES, branch, commit, history, is_copy, is_notebook, logical, notebook,
                    originals, plain_file, run_git, stem, tree_of, trim)
from wire import Raw, Server
from workspace import ROOT

BUILD = Path(os.environ.get("NBSYNC_BUILD", "build"))
CODES = (0, 1, 5, 75, 78)
SUPPRESSIONS = Path(__file__).parent.parent / "lsan.supp"
SENTENCE_MAX = 1200
PATH_MAX = 4096
ENDS_WITHIN_S = 10  # after SIGTERM


def peak_of(pid):
    """Resident memory of a process at its peak, in kB; 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+)", text)
    return int(found[1]) if found else 0


class Stop(Exception):
    """Going on makes no sense; the outcome says why."""


# ---- a world ----

class Play:
    def __init__(self, directory, mode):
        self.mode = mode
        self.outcome = Outcome(mode)
        self.top = Path(directory)
        self.local = self.top / "home" / "notebooks" / "etl"
        self.remote = self.top / "srv" / "remote.git"
        self.state = self.top / "state"
        self.config = self.top / "etc" / "nbsyncd.ini"
        self.errors = self.top / "log"
        self.elsewhere = Server(lambda request: Raw(end="close"))
        self.bad = Misbehaving(self.elsewhere.url)
        self.expected = {}   # {name: content} that must be everywhere in the end
        self.edited = {}     # {letter: (name, content or None)}
        self.versions = set()
        self.sentences = []
        self.results = []

    def close(self):
        self.bad.switch(None)
        self.bad.server.stop()
        self.elsewhere.stop()

    def fail(self, words):
        self.outcome.fail(words)

    # ---- setting up ----

    def set_up(self):
        for folder in (self.local, self.config.parent, self.remote.parent, self.top / "tmp",
                       self.local.parent / "other", self.top / "cwd", self.errors):
            folder.mkdir(parents=True)
        (self.local.parent / "other" / "keep.py").write_bytes(notebook("keep.py"))
        (self.top / "home" / ".databrickscfg").write_text("[DEFAULT]\n")
        self.put("token", TOKEN + "\n")
        self.put("policy.ini", f"[policy]\nrestrict = clone-commit-push\n"
                               f"allow = file://{self.remote}\n")
        self.put("nbsyncd.ini", self.configuration())
        run_git(self.top, "init", "--quiet", "--bare", "--initial-branch=main", self.remote)
        commit(self.remote, {"README.md": b"not ours\n"}, first=True)
        for name in NAMES:
            self.write(name, notebook(name))
        for name in FILES:
            self.write(name, plain_file(name))
        w = self.bad.workspace
        w.make_folders("/Users/bob@acme.example/etl", "setup")
        for path in ("/Users/ana@acme.example/keep", "/Users/bob@acme.example/etl/load"):
            w.store(path, notebook("keep.py"), "setup", language="PYTHON")

    def put(self, name, text):
        path = self.config.parent / name
        path.touch(mode=0o600)
        path.write_text(text)

    def configuration(self):
        etc = self.config.parent
        return "\n".join([
            "[daemon]", f"state = {self.state}", f"policy = {etc}/policy.ini",
            "[workspace dev]", f"host = {self.bad.server.url}", f"token_file = {etc}/token",
            "[mapping etl]", f"local = {self.local}", f"workspace = dev:{ROOT}",
            f"git = file://{self.remote}", "branch = main", "git_path = notebooks",
            "local_format = source", "git_format = source", "files = all",
            "commit_quiet = 200ms", "commit_max_wait = 2s", ""])

    # ---- what people do ----

    def write(self, name, data):
        """Saves a local file."""
        path = self.local / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.expect(name, data)

    def expect(self, name, data):
        self.versions.add(trim(data))
        self.expected[stem(name) if is_notebook(data) else name] = trim(data)

    def forget(self, name):
        del self.expected[stem(name)]

    def edit(self, letter):
        new = ("changed", f"by {letter}")
        name, make = {"l": ("load.py", notebook), "w": ("lib/helpers.py", notebook),
                      "g": ("jobs/nightly.py", notebook), "x": ("daily/orders.py", notebook),
                      "n": ("fresh/first.py", notebook), "d": ("archive/old1.py", None),
                      "D": ("archive/old2.py", None), "f": ("lib/table.csv", plain_file),
                      "F": ("docs/picture.png", plain_file),
                      "L": ("clean.sql", notebook)}[letter]
        data = make(name, *new) if make else None
        self.edited[letter] = (stem(name) if make is not plain_file else name,
                               data and trim(data))
        if letter == "d":
            (self.local / name).unlink()
        elif letter == "D":
            self.bad.workspace.remove(stem(name))
        elif letter in "lnfL":
            self.write(name, data)
        elif letter == "g":
            commit(self.remote, {"notebooks/" + name: data})
        elif letter == "F":
            self.bad.workspace.save_file(name, data)
        else:
            self.bad.workspace.save(stem(name), data)
        if data:
            self.expect(name, data)
        else:
            self.forget(name)

    # ---- the sides ----

    def local_files(self):
        found = {}
        for path in self.local.rglob("*"):
            if path.is_symlink():
                self.fail(f"a symbolic link was made: {path.name}")
            elif path.is_file():
                found[str(path.relative_to(self.local))] = path.read_bytes()
        return found

    def sides(self):
        inside = {n.removeprefix("notebooks/"): d for n, d in branch(self.remote).items()
                  if n.startswith("notebooks/")}
        return {"local": logical(self.local_files()), "git": logical(inside),
                "workspace": {n: trim(t.data) for n, t in self.bad.workspace.below().items()}}

    def arrived(self, letter):
        name, data = self.edited[letter]
        return all(side.get(name) == data for side in self.sides().values())

    def outside(self):
        files = tree_of(self.top, {str(p) for p in
                                   (self.local, self.state, self.remote, self.errors)})
        w = self.bad.workspace
        with w.lock:
            things = {p: (t.kind, t.data) for p, t in w.things.items()
                      if not (p + "/").startswith(ROOT + "/")}
        rest = {n: d for n, d in branch(self.remote).items() if not n.startswith("notebooks/")}
        return {**files, **things, **rest}

    # ---- a cycle ----

    def start(self, number):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.top / "home"), "LC_ALL": "C.UTF-8",
               "TMPDIR": str(self.top / "tmp"), "TZ": "UTC",
               "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
               # Without strstr: of that libgit2 does much, see tests/e2e/conftest.py.
               "ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=8:verify_asan_link_order=0"
                               ":intercept_strstr=0",
               "LSAN_OPTIONS": f"print_suppressions=0:suppressions={SUPPRESSIONS}"}
        if self.mode.clock > 1 and self.bad.mode:
            env["LD_PRELOAD"] = str((BUILD / "tests" / "hostile" / "libclock.so").resolve())
            env["NBSYNC_CLOCK"] = str(self.mode.clock)
        self.out = open(self.errors / f"out{number}", "w+b")
        self.err = open(self.errors / f"err{number}", "w+b")
        argv = [str((BUILD / "ctl" / "nbsync").resolve()), "sync", "--once", "--json", "--config",
                str(self.config), "etl"]
        return subprocess.Popen(argv, cwd=self.top / "cwd", env=env, stdout=self.out,
                                stderr=self.err, stdin=subprocess.DEVNULL)

    def wait(self, child, cut):
        """Waits for its end, with the bounds of the mode. Returns (exit code, peak in kB)."""
        end = time.monotonic() + self.mode.seconds
        stopped = seen = 0
        while True:
            pid, how, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                child.returncode = os.waitstatus_to_exitcode(how)
                # What the kernel counts begins with what this process had when it forked.
                exact = usage.ru_maxrss > peak_of(os.getpid())
                return child.returncode, usage.ru_maxrss if exact else seen
            seen = max(seen, peak_of(child.pid))
            now = time.monotonic()
            if cut and not stopped and self.bad.first_hit.is_set():
                time.sleep(0.05)
                child.send_signal(signal.SIGKILL if cut == "kill" else signal.SIGTERM)
                stopped, end = now, now + ENDS_WITHIN_S
            elif now > end:
                self.fail("the cycle does not end within " + (
                    f"{ENDS_WITHIN_S} s of a signal" if stopped else f"{self.mode.seconds} s"))
                child.kill()
                end = now + 60
            time.sleep(0.004)

    def cycle(self, cut=""):
        self.bad.first_hit.clear()
        if self.mode.lost_cache:
            for cache in (self.state / "etl").glob("*.cache"):
                cache.unlink()
        self.versions |= {trim(d) for d in self.local_files().values()}
        started = time.monotonic()
        number = len(self.outcome.codes)
        child = self.start(number)
        code, peak = self.wait(child, cut)
        o = self.outcome
        o.codes.append(code)
        o.seconds = max(o.seconds, time.monotonic() - started)
        o.megabytes = max(o.megabytes, peak // 1024)
        out, err = (self.read(f) for f in (self.out, self.err))
        self.judge_output(code, out, err, cut)
        try:
            result = json.loads(out.splitlines()[-1]) if out.strip() else None
        except ValueError:
            self.fail(f"no JSON result: {out[-200:]!r}")
            result = None
        self.results.append(result)
        return result

    def read(self, file):
        with file:
            file.seek(0)
            return file.read()

    def judge_output(self, code, out, err, cut):
        if code not in CODES and not (cut == "kill" and code == -signal.SIGKILL):
            self.fail(f"exit code {code}: {err[-300:]!r}")
        for name in (b"ERROR: AddressSanitizer", b"ERROR: LeakSanitizer", b"runtime error"):
            if name in err:
                self.fail(f"{name.decode()}: {err[err.index(name):][:400]!r}")
        if TOKEN.encode() in out + err:
            self.fail("the token is in the output")
        for line in err.decode(errors="surrogateescape").splitlines():
            self.judge_sentence(line)

    def judge_sentence(self, text):
        if any(ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or 0xd800 <= ord(c) < 0xe000 or
               0x202a <= ord(c) <= 0x202e or 0x2066 <= ord(c) <= 0x2069 for c in text):
            self.fail(f"a sentence with control characters: {text!r}")
        if len(text) > SENTENCE_MAX:
            self.fail(f"a sentence of {len(text)} characters")

    # ---- what is said ----

    @staticmethod
    def sentences_of(result):
        """[(path or side, sentence)] of a result."""
        said = [("", result["sentence"])]
        said += [(name, s["sentence"]) for name, s in result["sides"].items()]
        said += [(h["path"], h["sentence"]) for h in result["held"] + result["conflicts"]]
        said += [("", n) for n in result["notes"]]
        said.append(("", result["waiting"]["sentence"]))
        return [(where, text) for where, text in said if text]

    def said(self, kind):
        """Whether one of the results says something of this kind."""
        if kind == "maybe":
            return True
        for result in filter(None, self.results):
            side = result["sides"]["workspace"]
            held = [h["path"] for h in result["held"]]
            what, _, path = kind.partition(" ")
            if (what == "nothing" and not self.sentences_of(result)) or \
                    (what == "side" and side["state"] == "held" and side["sentence"]) or \
                    (what == "waits" and result.get("confirm")) or \
                    (what == "held" and not path and (held or side["state"] == "held")) or \
                    (what == "held" and path and
                     any(h == path or h.startswith(path + "/") for h in held)):
                return True
        return False

    def judge_words(self):
        o, m = self.outcome, self.mode
        for result in filter(None, self.results):
            for where, text in self.sentences_of(result):
                self.judge_sentence(text)
                if where == "workspace" and "'" not in text and not m.cut:
                    self.fail(f"a sentence that names nothing: {text}")
                if text.endswith("."):
                    self.fail(f"a sentence with a full stop: {text}")
                if len(where) > PATH_MAX:
                    self.fail(f"a path of {len(where)} characters is reported")
                self.sentences.append(f"{where}: {text}" if where else text)
        about = [s for s in self.sentences if re.search(m.words, s)] if m.words else self.sentences
        o.sentence = (about or self.sentences or [""])[0]
        if not any(self.said(kind) for kind in m.says.split("|")):
            self.fail(f"says nothing of the kind '{m.says}'")
        for text in self.sentences:
            if m.never and re.search(m.never, text):
                self.fail(f"says '{m.never}': {text}")
        if m.words and not about:
            self.fail(f"no sentence has '{m.words}'")
        silent = ("nothing" in m.says or "maybe" in m.says)
        if not silent and not any(o.codes[-2:]):
            self.fail("exit code 0 although something is held")

    # ---- what must be true ----

    def judge_sides(self, before, outside):
        now = self.sides()
        removed = {name for name, data in self.edited.values() if data is None}
        removed |= set(self.mode.deletes.split())
        for side, was in before.items():
            lost = was.keys() - now[side].keys() - removed
            if lost:
                self.fail(f"deleted on the {side} side: {' '.join(sorted(lost))}")
        live = {d for side in now.values() for d in side.values()}
        w = self.bad.workspace
        with w.lock:
            stored = {trim(d) for p, d in w.stored if p.startswith(ROOT + "/")}
            touched = [c for c in w.changes if c[0] == "client"
                       and not c[2].startswith(ROOT + "/") and c[2] != ROOT]
        missing = (self.versions | stored) - live
        if missing:
            missing -= history(self.state / "etl" / "hub.git")
        for text in missing:
            self.fail(f"lost for ever: {text[-40:]!r}")
        for change in touched:
            self.fail(f"changed outside the folder: {change}")
        after = self.outside()
        for path in outside.keys() | after.keys():
            if outside.get(path) != after.get(path):
                self.fail(f"changed outside: {path}")
        if self.elsewhere.connections:
            self.fail("another server was contacted")

    def sanitized(self):
        return b"libasan" in (BUILD / "ctl" / "nbsync").read_bytes()[:1 << 20]

    def judge_memory(self):
        bound = 600 if self.sanitized() else 200
        if self.outcome.megabytes >= bound:
            self.fail(f"{self.outcome.megabytes} MB of memory, {bound} are allowed")

    def judge_recovery(self):
        """At most two cycles until all agree, with every edit; then nothing more is sent."""
        sides = {}
        for _ in range(2):
            self.cycle()
            sides = self.sides()
            self.accept(sides["workspace"])
            if all(originals(side) == self.expected for side in sides.values()):
                break
        for side, there in sides.items():
            there = originals(there)
            if there != self.expected:
                more = sorted(there.keys() - self.expected.keys())
                less = sorted(self.expected.keys() - there.keys())
                other = sorted(n for n in there.keys() & self.expected.keys()
                               if there[n] != self.expected[n])
                self.fail(f"the {side} side does not recover: "
                          f"more {more[:5]} less {less[:5]} other {other[:5]}")
                self.outcome.sentence = self.outcome.sentence or str(self.results[-1])
        before = self.bad.changing()
        result = self.cycle()
        if self.bad.changing() != before:
            self.fail("a further cycle still sends changes")
        copies = [n for side in sides.values() for n in side if is_copy(n)]
        if copies and self.mode.heal not in ("resolve", "accept"):
            self.fail(f"conflict copies stay: {copies[:3]}")
        if result and result["code"] != "ok" or self.outcome.codes[-1] not in (
                (0, 5) if copies else (0,)):
            said = self.sentences_of(result) if result else ""
            self.fail(f"the further cycle is not content: {self.outcome.codes[-1]} {said}"[:400])

    def accept(self, workspace):
        """What the workspace made of an import is its version, where the row says so."""
        for name, data in self.edited.values() if self.mode.heal == "accept" else []:
            if data and name in workspace:
                self.expected[name] = workspace[name]

    def heal(self):
        """What the row says that a person has to do."""
        if self.mode.heal == "touch":
            self.edit("x")
        elif self.mode.heal == "confirm":
            self.cycle()
            token = self.results[-1] and self.results[-1].get("confirm")
            if not token:
                self.fail("nothing waits to be confirmed")
                return
            child = subprocess.run(
                [str((BUILD / "ctl" / "nbsync").resolve()), "confirm", "--once", "--config",
                 str(self.config), "etl", token], capture_output=True, cwd=self.top / "cwd",
                env={"HOME": str(self.top / "home"), "PATH": os.environ["PATH"],
                     "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}"})
            if child.returncode not in (0, 5):
                self.fail(f"confirm: {child.stderr[-200:]!r}")

    # ---- the whole ----

    def converge(self):
        for _ in range(2):
            self.cycle()
            if all(side == self.expected for side in self.sides().values()):
                return
        self.fail(f"the honest workspace: no agreement, {self.results[-1]}")
        raise Stop

    def misbehave(self):
        before, outside = self.sides(), self.outside()
        for letter in self.mode.edits:
            self.edit(letter)
        self.outcome.megabytes, self.outcome.seconds, self.results = 0, 0, []
        self.bad.switch(self.mode)
        self.cycle(cut=self.mode.cut)
        hits = self.bad.hits
        self.judge_sides(before, outside)
        self.cycle(cut=self.mode.cut)
        if not hits + self.bad.hits:
            self.fail("the mode was never asked for anything")
        self.bad.switch(None)
        self.judge_words()
        self.judge_sides(before, outside)
        self.judge_goes_on()
        return before, outside

    def judge_goes_on(self):
        for letter in self.mode.arrives:
            if not self.arrived(letter):
                self.fail(f"the edit '{letter}' did not arrive meanwhile")
        now = self.sides()
        for letter, to in (("l", "git"), ("g", "local")):
            name, data = self.edited.get(letter, ("", None))
            concerned = not data or self.mode.cut or letter in self.mode.stops
            if not concerned and now[to].get(name) != data:
                self.fail(f"'{name}' did not reach the {to} side, which is not concerned")

    def play(self):
        """Returns the outcome."""
        try:
            self.set_up()
            self.converge()
            before, outside = self.misbehave()
            self.heal()
            self.judge_recovery()
            self.judge_sides(before, outside)
            self.judge_memory()
        except Stop:
            pass
        finally:
            self.close()
        o = self.outcome
        trouble = [f for f in o.failures if "recover" in f or "further" in f or "copies" in f]
        o.recovered = "no" if trouble else "yes, " + self.mode.heal if self.mode.heal else "yes"
        return o


def play(mode, directory):
    try:
        return Play(directory, mode).play()
    except Exception as e:  # a mistake here must not end the table
        outcome = Outcome(mode)
        outcome.fail(f"the test itself failed: {type(e).__name__}: {e}")
        print(f"{mode.name}: {e}", file=sys.stderr)
        return outcome
