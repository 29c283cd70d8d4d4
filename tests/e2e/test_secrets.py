# SPDX-License-Identifier: Apache-2.0
"""Where a token must not be: in a core dump, in the memory that one would hold, in anything said.

For the first two, a program that uses it dies in the middle of a request: the workspace there is a
server that takes a request and never answers. Nothing depends on where the machine puts core dumps: the exit status says
whether the kernel wrote one, and the memory that one would hold is read while the program lives.
"""

import base64
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import urllib.parse
from pathlib import Path

import pytest

from conftest import Emulator
from world import ABC, NBSYNC, NBSYNCD, World, wait_for

TOKEN = "dapi" + "5e7c0a9b13d24f68" * 2
READ = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)")

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="reads the memory of another process")


def allow_cores():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


class Silent:
    """A server that reads what it is sent and says nothing."""

    def __init__(self):
        self.heard = b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.peers = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.peers.append(peer)
            threading.Thread(target=self.read, args=(peer,), daemon=True).start()

    def read(self, peer):
        try:
            while part := peer.recv(65536):
                self.heard += part
        except OSError:
            pass

    def wait(self):
        wait_for(lambda: TOKEN.encode() in self.heard and self.heard.endswith((b"\n", b"}")),
                 what="a request with the token")

    def close(self):
        self.socket.close()
        for peer in self.peers:
            peer.close()


class Setting:
    def __init__(self, path, server):
        self.path, self.server = path, server
        self.config = path / "nbsyncd.ini"
        (path / "local").mkdir()
        (path / "token").touch(mode=0o600)
        (path / "token").write_text(TOKEN + "\n")
        (path / "profiles").touch(mode=0o600)
        (path / "profiles").write_text(
            "; a comment\n" * 1000  # more than one read() takes
            + f"[DEFAULT]\nhost = {server.url}\ntoken = {TOKEN}\n")
        self.process = None

    def configure(self, *lines):
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join([
            "[daemon]", f"state = {self.path}/state", f"socket = {self.path}/sock", "",
            "[workspace dev]", *lines, "", "[mapping etl]",
            f"local = {self.path}/local", "workspace = dev:/Users/ana@acme.example/etl", ""]))

    def start(self, *argv):
        options = os.environ.get("ASAN_OPTIONS", "")
        self.process = subprocess.Popen(
            [*map(str, argv), "--config", str(self.config)], cwd=self.path, preexec_fn=allow_cores,
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "ASAN_OPTIONS": options + ":disable_coredump=0",
                 "DATABRICKS_CONFIG_FILE": str(self.path / "profiles")})
        self.server.wait()
        return self.process.pid

    def close(self):
        if self.process and self.process.returncode is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def setting(tmp_path):
    server = Silent()
    one = Setting(tmp_path, server)
    one.configure(f"host = {server.url}", f"token_file = {tmp_path}/token")
    yield one
    one.close()
    server.close()


def die(pid, process=None):
    """Ends it as the watchdog does; whether the kernel wrote a core, wherever that went."""
    os.kill(pid, signal.SIGABRT)
    _, status = os.waitpid(pid, 0)
    if process:
        process.returncode = -signal.SIGABRT
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


def dumpable(pid):
    """(start, end, name) of all memory that a core dump would hold."""
    region = None
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = READ.fullmatch(line)
        if head:
            region = head
        elif line.startswith("VmFlags:") and region and " dd" not in line:
            if "r" in region[3] and not region[4].startswith(("[vvar", "[vsyscall")):
                yield int(region[1], 16), int(region[2], 16), region[4]


def copies(pid, what):
    """How often each part of memory that would be dumped holds it: {name: count}."""
    found = {}
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for start, end, name in dumpable(pid):
            memory.seek(start)
            try:
                count = memory.read(end - start).count(what)
            except (OSError, OverflowError):
                continue
            if count:
                found[name] = found.get(name, 0) + count
    return found


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, reason="no core can be")
def test_this_machine_writes_cores(tmp_path):
    """Otherwise the next test would tell nothing."""
    child = subprocess.Popen(["sleep", "60"], cwd=tmp_path, preexec_fn=allow_cores)
    if not die(child.pid, child):
        pytest.skip("the kernel was told to write no cores")


def test_once_leaves_no_core(setting):
    pid = setting.start(NBSYNC, "sync", "--once")
    assert not die(pid, setting.process)
    assert not list(setting.path.glob("core*"))


@root_only
@pytest.mark.parametrize("source", ["file", "profile"])
def test_once_keeps_its_token_out_of_what_is_dumped(setting, source):
    if source == "profile":
        setting.configure("profile = DEFAULT")
    pid = setting.start(NBSYNC, "sync", "--once")
    assert copies(pid, TOKEN.encode()) == {}


@root_only
def test_the_worker_keeps_its_token_out_of_what_is_dumped(setting):
    pid = setting.start(NBSYNCD, *["--allow-root"])
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(workers) == 1
    assert copies(int(workers[0]), TOKEN.encode()) == {}
    assert copies(pid, TOKEN.encode()) == {}


@pytest.mark.parametrize("program", ["daemon", "worker"])
def test_the_service_leaves_no_core(setting, program):
    root = ["--allow-root"] if os.geteuid() == 0 else []
    pid = setting.start(NBSYNCD, *root)
    worker = int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
    if program == "daemon":
        assert not die(pid, setting.process)
    else:
        os.kill(worker, signal.SIGABRT)
        wait_for(lambda: not Path(f"/proc/{worker}").exists(), what="the end of the worker")
    assert not list(setting.path.glob("core*"))


@pytest.mark.parametrize("program", [NBSYNC, NBSYNCD, NBSYNCD.with_name("nbsyncd-worker")],
                         ids=lambda path: path.name)
def test_dumps_are_forbidden_before_the_command_line_is_read(program, tmp_path):
    """Each complains about this one at once, which is seen in the order of its system calls."""
    trace = ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-o", str(tmp_path / "calls")]
    if not shutil.which("strace") or subprocess.run([*trace, "true"]).returncode:
        pytest.skip("strace is not here")
    assert subprocess.run([*trace, str(program), "--bogus"], capture_output=True).returncode == 2
    calls = (tmp_path / "calls").read_text().splitlines()
    said = next(i for i, call in enumerate(calls) if call.startswith("write(2, "))
    assert any("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)" in call for call in calls[:said])


# ---- what is said ----


@pytest.fixture
def spoken(emulator_binary, tmp_path):
    """A world whose token looks like one."""
    with Emulator(emulator_binary, tmp_path / "workspace", token=TOKEN) as emulator:
        world = World(tmp_path, emulator)
        yield world
        world.stop()


def spellings():
    raw = TOKEN.encode()
    basic = base64.b64encode(b"ana:" + raw).decode()
    return {
        "plain": TOKEN, "upper": TOKEN.upper(), "hex": raw.hex(),
        "base64": base64.b64encode(raw).decode(), "basic": basic,
        "basic-url": urllib.parse.quote(basic, safe=""),
        "json": "".join(f"\\u{c:04x}" for c in raw),
        "percent": "".join(f"%{c:02X}" for c in raw),
        "lines": TOKEN[:18] + "\n" + TOKEN[18:], "tail": TOKEN[9:], "head": TOKEN[:20],
    }


def betrays(text):
    """The spellings of the token that a text has, whole or half."""
    folded = "".join(text.split()).lower()
    found = []
    for name, spelling in spellings().items():
        solid = "".join(spelling.split()).lower()
        if any(solid[i:i + len(solid) // 2] in folded for i in range(len(solid) // 2)):
            found.append(name)
    return found


@pytest.mark.parametrize("name", spellings())
def test_an_answer_that_quotes_the_token(spoken, name):
    assert betrays(f"x {spellings()[name]} y"), "the test sees what it looks for"
    spoken.emulator.faults({
        "action": "status", "endpoint": "workspace/list", "status": 400,
        "error_code": "INVALID_PARAMETER_VALUE", "message": f"bad header {spellings()[name]} here"})
    for options in [[], ["--json"]]:
        done = spoken.run("sync", "--once", "--config", spoken.config, *options)
        assert "***" in done.stdout + done.stderr, done.stdout + done.stderr
        assert betrays(done.stdout + done.stderr) == []
    spoken.daemon()
    wait_for(lambda: "***" in json.dumps(spoken.mapping_status()), what="the sentence in the status")
    assert betrays(json.dumps(spoken.status())) == []
    assert betrays(spoken.daemon_log()) == []


def test_a_notebook_that_has_the_name_of_the_token(spoken):
    spoken.write(f"{TOKEN}.ipynb", "{")
    for options in [[], ["--json"], ["--verbose"]]:
        done = spoken.run("sync", "--once", "--config", spoken.config, *options)
        assert "***" in done.stdout + done.stderr, done.stdout + done.stderr
        assert betrays(done.stdout + done.stderr) == []


def test_names_that_only_look_like_tokens(spoken):
    """A program goes on with the paths that it is told, so they are what they are."""
    paths = ["Basic notebooks/load_orders", "Bearer YW5hOnBhc3N3b3Jk/load_2026", TOKEN[:20],
             "ghs_16C7e42F292c6912E7710c838347Ae178B4a", "ghs_monthly_report"]
    for path in paths:
        spoken.write(f"{path}.ipynb", "{")
    done = spoken.run("sync", "--once", "--config", spoken.config, "--json")
    told = json.loads(done.stdout)
    assert sorted(held["path"] for held in told["held"]) == sorted(paths)
    spoken.daemon()
    wait_for(lambda: len(spoken.mapping_status()["held"]) == len(paths), what="the daemon's cycle")
    assert sorted(held["path"] for held in spoken.mapping_status()["held"]) == sorted(paths)


def test_a_summary_that_quotes_the_token(spoken):
    spoken.write("load.py", ABC)
    spoken.sync()
    spoken.write("load.py", ABC + "\n\n# COMMAND ----------\n\nprint('d')\n")
    done = spoken.run("commit", "--once", "--config", spoken.config, "-m",
                      f"Use {TOKEN} and Authorization: Bearer as before")
    assert done.returncode == 0, done.stdout + done.stderr
    message = spoken.git_bare("log", "-1", "--format=%B", "main", cwd=spoken.remote)
    assert betrays(str(message)) == []
    assert "Use *** and Authorization: Bearer as before" in str(message)


def test_a_configuration_with_a_token_where_none_belongs(spoken):
    spoken.config.write_text(spoken.config.read_text().replace(
        "token_file =", f"token = {TOKEN}\nhost2 = https://ana:{TOKEN}@acme.example\ntoken_file ="))
    for command in (["sync", "--once"], ["check"], ["status"]):
        done = spoken.run(*command, "--config", spoken.config)
        assert done.returncode == 78
        assert betrays(done.stdout + done.stderr) == []
