# SPDX-License-Identifier: Apache-2.0
"""nbsyncd with a worker that only writes down what it is asked for, and the means to look at both.

See fake_worker.py for the worker and its plans. Tests import the fixture `daemon` from here.
"""

import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import tty
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("NBSYNC_BUILD", "build"))
NBSYNCD = Path(os.environ.get("NBSYNCD", BUILD / "daemon" / "nbsyncd"))
NBSYNC = Path(os.environ.get("NBSYNC", BUILD / "ctl" / "nbsync"))
WORKER = Path(__file__).parent / "fake_worker.py"
SOON = 15  # seconds; machines are shared


def wait_for(condition, what, seconds=SOON):
    now = time.monotonic()
    end = now + seconds
    while now < end:
        value = condition()
        if value:
            return value
        time.sleep(max(0.01, 2 * (time.monotonic() - now)))  # most of the time is the daemon's
        now = time.monotonic()
    raise AssertionError(f"{what}: not within {seconds} s")


class Daemon:
    """A daemon, its directory, and what its workers wrote down."""

    def __init__(self):
        # Not pytest's tmp_path: a socket's path has at most 107 bytes.
        self.path = Path(tempfile.mkdtemp(prefix="nbsyncd-"))
        self.config = self.path / "nbsyncd.ini"
        self.socket = self.path / "run" / "nbsyncd.sock"
        self.log_file = self.path / "daemon.log"
        self.process = None
        self.prefix = []
        self.keys = {"poll": "1h", "settle": "300ms"}
        self.daemon_keys = {"log_level": "debug"}
        self.mappings = ["etl"]
        self.configure()

    def root(self, mapping="etl"):
        return self.path / mapping

    def configure(self, **keys):
        self.keys.update(keys)
        lines = ["[daemon]", f"state = {self.path}/state", f"socket = {self.socket}"]
        lines += [f"{k} = {v}" for k, v in self.daemon_keys.items()]
        for name in self.mappings:
            self.root(name).mkdir(exist_ok=True)
            lines += ["", f"[mapping {name}]", f"local = {self.root(name)}",
                      f"git = https://git.acme.example/{name}.git"]
            lines += [f"{k} = {v}" for k, v in self.keys.items()]
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o600)

    def plan(self, mapping="etl", **plan):
        temp = self.path / "plan"
        temp.write_text(json.dumps(plan))
        temp.rename(self.path / f"{mapping}.plan")

    def spawn(self, *argv, env=None):
        command = [*self.prefix, str(NBSYNCD), "--config", str(self.config),
                   "--worker-binary", str(WORKER)]
        if os.geteuid() == 0:
            command.append("--allow-root")
        with open(self.log_file, "ab") as log:
            return subprocess.Popen([*command, *argv], stderr=log, env={
                **os.environ, "FAKE_WORKER_DIR": str(self.path), **(env or {})})

    def start(self, *argv, env=None):
        self.process = self.spawn(*argv, env=env)
        wait_for(self.answers, "an answer on the control socket")
        return self

    def answers(self):
        assert self.process.poll() is None, self.log()
        try:
            return self.status()
        except (FileNotFoundError, ConnectionError):
            return None

    def started(self, *argv, env=None):
        """Started, and every mapping's first cycle is over."""
        self.start(*argv, env=env)
        for name in self.mappings:
            self.wait_state("idle", name)
        return self

    def stop(self, how=signal.SIGTERM, seconds=SOON):
        self.process.send_signal(how)
        code = self.process.wait(timeout=seconds)
        self.process = None
        return code

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for name in [*self.mappings, "other"]:
            for entry in self.entries(name):
                try:
                    os.killpg(entry["pid"], signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
        shutil.rmtree(self.path)

    # ---- what the workers wrote down ----

    def entries(self, mapping="etl"):
        try:
            text = (self.path / f"{mapping}.log").read_text()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def cycles(self, mapping="etl"):
        """All cycle requests, oldest first, each with its moment as "at"."""
        return [{**e["request"], "at": e["at"], "pid": e["pid"]} for e in self.entries(mapping)
                if e.get("request", {}).get("do") == "cycle"]

    def wait_cycles(self, count, mapping="etl", seconds=SOON):
        wait_for(lambda: len(self.cycles(mapping)) >= count, f"{count} cycles of {mapping}",
                 seconds)
        return self.cycles(mapping)

    def wait_hint(self, path, since=0, mapping="etl"):
        """The first cycle, not counting the first `since` ones, that has this hint."""
        def find():
            return [c for c in self.cycles(mapping)[since:] if path in c.get("hints", [])]
        return wait_for(find, f"a cycle with the hint '{path}'")[0]

    def wait_full(self, since):
        """The first full cycle, not counting the first `since` cycles."""
        return wait_for(lambda: [c for c in self.cycles()[since:] if c.get("full")],
                        "a full cycle")[0]

    # ---- the control socket and the log ----

    def call(self, method, seconds=5, **parameters):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(seconds)
            s.connect(str(self.socket))
            s.sendall(json.dumps({"method": method, "parameters": parameters}).encode() + b"\0")
            return receive(s)

    def status(self):
        return self.call("org.nbsync.Daemon.Status")["parameters"]

    def mapping(self, name="etl"):
        return [m for m in self.status()["mappings"] if m["name"] == name][0]

    def wait_state(self, state, name="etl", seconds=SOON):
        def reached():
            m = self.mapping(name)
            return m if m["state"] == state and m["cycles"] else None
        return wait_for(reached, f"state {state} of {name}", seconds)

    def log(self):
        return self.log_file.read_text()

    def wait_log(self, text, seconds=SOON):
        wait_for(lambda: text in self.log(), f"'{text}' in the log", seconds)


def receive(s):
    data = b""
    while not data.endswith(b"\0"):
        part = s.recv(65536)
        if not part:
            raise ConnectionError("closed")
        data += part
    return json.loads(data[:-1])


@pytest.fixture
def daemon():
    one = Daemon()
    yield one
    if one.process and one.process.poll() is None:
        one.stop()
    text = one.log() if one.log_file.exists() else ""
    one.close()
    assert "ERROR: " not in text and "Assertion" not in text, text


# ---- what people ask for (test_asking.py, test_waiting.py) ----

OK = {"code": "ok", "sentence": "'load' has the version of git everywhere"}
RESOLVE = ["resolve", "etl", "load", "--git"]
COMMIT = ["commit", "etl", "-m", "Load orders"]


def nbsync(daemon, *argv, check=None, cwd=None):
    done = subprocess.run([str(NBSYNC), *argv, "--config", str(daemon.config)], text=True,
                          capture_output=True, timeout=2 * SOON, cwd=cwd)
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


def begin(daemon, *argv):
    return subprocess.Popen([str(NBSYNC), *argv, "--config", str(daemon.config)], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class AtTerminal:
    """The same before a terminal, on which it shows that it waits: the daemon has answered it then."""

    ANEW = "\r\033[K"  # the line of progress begins anew, or is over

    def __init__(self, daemon, *argv):
        self.terminal, theirs = pty.openpty()
        tty.setraw(theirs)
        self.shown = b""
        self.process = subprocess.Popen(
            [str(NBSYNC), *argv, "--config", str(daemon.config)], text=True,
            stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        wait_for(lambda: self.read() and self.ANEW in self.text(), "a command that waits")

    def text(self):
        return self.shown.decode()

    def read(self):
        """False: it has ended, and all of it was read."""
        try:
            while select.select([self.terminal], [], [], 0)[0]:
                self.shown += os.read(self.terminal, 65536)
        except OSError:  # nobody has it open any more
            return False
        return True

    def ended(self):
        """Its exit code, and what it said on its standard output and behind its progress."""
        wait_for(lambda: not self.read(), "its end")
        os.close(self.terminal)
        out, _ = self.process.communicate(timeout=SOON)
        return self.process.returncode, out, self.text().rpartition(self.ANEW)[2]


def asked(daemon):
    """What the cycles were asked for beside looking."""
    found = [{k: c[k] for k in ("commit", "summary", "confirm", "adopt") if k in c}
             for c in daemon.cycles()]
    return [one for one in found if one]


def adopt(path, source, what):
    return {"adopt": {"path": path, "from": source, "what": what}}
