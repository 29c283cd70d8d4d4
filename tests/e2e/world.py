# SPDX-License-Identifier: Apache-2.0
"""One mapping with its three sides on this machine, and the means to look at each of them.

A world is a directory with a local folder, a bare Git repository, a policy that names it, a
configuration, and an emulator of the workspace API that somebody else started. Tests edit any side
as its users would, run `nbsync sync --once` or the daemon, and look at all sides.
"""

import base64
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from pathlib import Path

BUILD = Path(os.environ.get("NBSYNC_BUILD", "build"))
NBSYNC = BUILD / "ctl" / "nbsync"
NBSYNCD = BUILD / "daemon" / "nbsyncd"
ROOT = "/Users/ana@acme.example/etl"
HEADER = "# Databricks notebook source\n"
SEPARATOR = "\n\n# COMMAND ----------\n\n"


def notebook(*cells):
    """A Python notebook in Databricks source format, as a Git folder writes it."""
    return HEADER + SEPARATOR.join(cells) + "\n"


ABC = notebook("print('a')", "print('b')", "print('c')")


def ipynb(*cells, output=None):
    """A Jupyter notebook; with output, the first cell has printed it."""
    outputs = [{"name": "stdout", "output_type": "stream", "text": [output]}] if output else []
    return json.dumps({
        "cells": [{"cell_type": "code", "execution_count": 0, "metadata": {},
                   "outputs": outputs if i == 0 else [],
                   "source": cell.splitlines(keepends=True)} for i, cell in enumerate(cells)],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4, "nbformat_minor": 0}, indent=1)


def wait_for(condition, seconds=20, what="the condition"):
    """Polls until condition() is true; the bound is generous because machines are shared.

    Many a condition starts a program: it gets a third of the time at most, so that whoever is waited
    for, and the tests beside this one, have the rest.
    """
    now = time.monotonic()
    end = now + seconds
    while now < end:
        value = condition()
        if value:
            return value
        time.sleep(max(0.02, 2 * (time.monotonic() - now)))
        now = time.monotonic()
    raise AssertionError(f"{what} did not come true within {seconds} s")


class World:
    own_session = False # of the daemon
    start_seconds = 20

    def __init__(self, path, emulator, **keys):
        self.path = Path(path)
        self.emulator = emulator
        self.local = self.path / "local"
        self.remote = self.path / "remote.git"
        self.config = self.path / "nbsyncd.ini"
        self.policy = self.path / "policy.ini"
        self.socket = self.path / "run" / "nbsyncd.sock"
        self.token = self.path / "token"
        self.state = self.path / "state"
        self.daemon_process = None
        self.runs = zlib.crc32(self.path.name.encode()) # see run()
        self.local.mkdir()
        self.token.touch(mode=0o600)
        self.token.write_text(emulator.token + "\n" if emulator else "dapi0\n")
        self.git_bare("init", "--quiet", "--bare", "--initial-branch=main", str(self.remote),
                      cwd=self.path)
        self.allow(f"file://{self.path}/")
        self.keys = {
            "local": str(self.local), "workspace": f"dev:{ROOT}",
            "git": f"file://{self.remote}", "branch": "main", "git_path": "notebooks",
            "local_format": "source", "git_format": "source",
            "commit_quiet": "200ms", "commit_max_wait": "2s", "poll": "1s", "git_poll": "1s",
        }
        self.keys.update(keys)
        self.configure()

    # ---- configuration ----

    def configure(self, **keys):
        self.keys.update(keys)
        lines = ["[daemon]", f"state = {self.state}", f"socket = {self.socket}",
                 f"policy = {self.policy}", "", "[workspace dev]",
                 f"host = {self.emulator.url if self.emulator else 'http://127.0.0.1:1'}",
                 f"token_file = {self.token}", "", "[mapping etl]"]
        lines += [f"{k} = {v}" for k, v in self.keys.items() if v is not None]
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o600)

    def allow(self, *urls, restrict="clone-commit-push"):
        lines = ["[policy]", f"restrict = {restrict}"] + [f"allow = {u}" for u in urls]
        self.policy.write_text("\n".join(lines) + "\n")
        self.policy.chmod(0o600)

    # ---- running ----

    def run(self, *argv, check=None, timeout=120, prefix=(), leaks=True):
        """LeakSanitizer, an eighth of what a command takes, looks at every third one, at other ones in
        other tests; with leaks=False at none, because others do the same. It looks at all daemons."""
        self.runs += 1
        leaks = leaks and self.runs % 3 == 0
        options = os.environ.get("ASAN_OPTIONS", "") + ("" if leaks else ":detect_leaks=0")
        done = subprocess.run([*prefix, str(NBSYNC), *map(str, argv)], capture_output=True,
                              text=True, timeout=timeout, env={**os.environ, "ASAN_OPTIONS": options})
        if check is not None:
            assert done.returncode == check, done.stdout + done.stderr
        return done

    def sync(self, *argv, code=0):
        """One foreground cycle; returns its result event."""
        done = self.run("sync", "--once", "--json", "--config", self.config, *argv)
        assert "ERROR: " not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout else None

    def quiet(self):
        """A further cycle changes nothing and sends no changing request; it is always the same, and
        cycles that do something are looked through for leaks."""
        before = self.changing_requests()
        result = self.sync_any(leaks=False)
        counts = result["counts"]
        assert not any(counts["written"].values()) and not any(counts["deleted"].values()), counts
        assert counts["commits"] == 0 and counts["pushes"] == 0, counts
        assert self.changing_requests() == before
        return result

    def sync_any(self, leaks=True):
        """A cycle whose exit code does not matter here (0 or: something is held)."""
        done = self.run("sync", "--once", "--json", "--config", self.config, leaks=leaks)
        assert done.returncode in (0, 5), done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def daemon(self, *argv, env=None, prefix=()):
        argv = [*prefix, str(NBSYNCD), "--config", str(self.config), *argv]
        if os.geteuid() == 0:
            argv.append("--allow-root")
        self.log = open(self.path / "daemon.log", "ab")
        self.daemon_process = subprocess.Popen(argv, stderr=self.log, stdout=self.log,
                                               start_new_session=self.own_session,
                                               env={**os.environ, **(env or {})})
        wait_for(lambda: self.daemon_process.poll() is not None or
                 (self.socket.exists() and self.status_code() != 4),
                 seconds=self.start_seconds, what="the daemon's socket")
        assert self.daemon_process.poll() is None, self.daemon_log()
        return self.daemon_process

    def status_code(self):
        return self.run("status", "--socket", self.socket, leaks=False).returncode

    def status(self):
        # Asked again and again while something is waited for: other tests look for its leaks.
        done = self.run("status", "--json", "--socket", self.socket, leaks=False)
        return json.loads(done.stdout)

    def mapping_status(self):
        return self.status()["mappings"][0]

    def worker_pids(self):
        out = subprocess.run(["pgrep", "-P", str(self.daemon_process.pid)], capture_output=True,
                             text=True)
        return [int(p) for p in out.stdout.split()]

    def stop(self, sig=signal.SIGTERM):
        if self.daemon_process and self.daemon_process.poll() is None:
            self.daemon_process.send_signal(sig)
            self.daemon_process.wait(timeout=30)
        self.daemon_process = None

    def daemon_log(self):
        return (self.path / "daemon.log").read_text(errors="replace")

    # ---- local ----

    def write(self, name, text, atomic=True):
        """Saves as an editor does: by atomic rename, or in place."""
        path = self.local / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        if not atomic:
            path.write_bytes(data)
            return
        temp = path.with_name(f".{path.name}.swp")
        temp.write_bytes(data)
        temp.rename(path)

    def read(self, name):
        path = self.local / name
        return path.read_text() if path.exists() else None

    def local_files(self):
        return sorted(str(p.relative_to(self.local)) for p in self.local.rglob("*") if p.is_file())

    # ---- workspace ----

    def ws_call(self, method, endpoint, query=None, body=None):
        url = f"{self.emulator.url}/api/2.0/{endpoint}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        request = urllib.request.Request(url, method=method,
                                         data=json.dumps(body).encode() if body else None)
        request.add_header("Authorization", f"Bearer {self.emulator.token}")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    def ws(self, name, fmt="SOURCE"):
        """What the workspace exports for a notebook; None when it is not there."""
        try:
            return self.ws_call("GET", "workspace/export", {
                "path": f"{ROOT}/{name}", "format": fmt, "direct_download": "true"}).decode()
        except urllib.error.HTTPError as e:
            assert e.code == 404, e.read()
            return None

    def ws_status(self, name):
        return json.loads(self.ws_call("GET", "workspace/get-status", {"path": f"{ROOT}/{name}"}))

    def control(self, verb, **body):
        request = urllib.request.Request(f"{self.emulator.url}/__emulator/{verb}", method="POST",
                                         data=json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as reply:
            text = reply.read()
        return json.loads(text) if text.strip() else {}

    def ws_edit(self, name, text):
        """Edits as a user in the browser."""
        self.control("edit", path=f"{ROOT}/{name}", format="SOURCE",
                     content_base64=base64.b64encode(text.encode()).decode())

    def ws_delete(self, name):
        self.control("delete", path=f"{ROOT}/{name}")

    def ws_rename(self, old, new):
        self.control("rename", **{"from": f"{ROOT}/{old}", "to": f"{ROOT}/{new}"})

    def requests(self, since=0):
        with urllib.request.urlopen(f"{self.emulator.url}/__emulator/log?since={since}") as reply:
            return json.loads(reply.read())["requests"]

    def changing_requests(self):
        if not self.emulator:
            return 0
        return sum(r["endpoint"].endswith(("/import", "/delete", "/mkdirs"))
                   for r in self.requests())

    # ---- git ----

    @staticmethod
    def git_bare(*argv, cwd, stdin=None):
        env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
               "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@acme.example",
               "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@acme.example"}
        done = subprocess.run(["git", *argv], cwd=cwd, env=env, capture_output=True, input=stdin)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def git(self, *argv):
        return self.git_bare(*argv, cwd=self.remote)

    def in_git(self, name, folder="notebooks", rev="main"):
        done = subprocess.run(["git", "show", f"{rev}:{folder + '/' if folder else ''}{name}"],
                              cwd=self.remote, capture_output=True)
        return done.stdout.decode() if done.returncode == 0 else None

    def git_files(self, rev="main"):
        if rev == "main" and not self.subjects():
            return []
        return self.git("ls-tree", "-r", "--name-only", "-z", rev).split("\0")[:-1]

    def subjects(self):
        try:
            return self.git("log", "--format=%s", "main").splitlines()
        except AssertionError:
            return []

    def git_edit(self, message, **files):
        """Commits as a colleague with a clone; keys of files are paths, None removes."""
        return self.git_commit(message, files)

    def git_commit(self, message, files, force=False):
        clone = self.path / "clone"
        if not clone.exists():
            self.git_bare("clone", "--quiet", str(self.remote), str(clone), cwd=self.path)
            self.git_bare("checkout", "-q", "-B", "main", cwd=clone)
        if self.subjects():
            self.git_bare("fetch", "-q", cwd=clone)
            self.git_bare("reset", "-q", "--hard", "origin/main", cwd=clone)
        for name, text in files.items():
            path = clone / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git_bare("add", "-A", cwd=clone)
        self.git_bare("commit", "-q", "-m", message, cwd=clone)
        self.git_bare("push", "-q", "origin", "main", cwd=clone)

    def fsck(self):
        for repository in [self.remote, self.state / "etl" / "hub.git"]:
            done = subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=repository,
                                  capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr

    def hub(self, *argv):
        return self.git_bare(*argv, cwd=self.state / "etl" / "hub.git")

    def everywhere(self, name, text):
        """All three sides hold this notebook; the workspace exports without the final newline."""
        assert self.read(name + ".py") == text
        assert self.in_git(name + ".py") == text
        assert (self.ws(name) or "").rstrip("\n") == text.rstrip("\n")
