# SPDX-License-Identifier: Apache-2.0
"""What all end-to-end tests share: the emulated workspace as a fixture.

The binary is $NBSYNC_EMULATOR, else the one in the build directory $NBSYNC_BUILD.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import zlib

import pytest

pytest.register_assert_rewrite("clone_world", "scenario_world", "world")

from clone_world import CloneWorld  # noqa: E402
from world import ABC, World  # noqa: E402

# At each start libgit2 reads all certificates of the system and looks for words in them, and each time
# AddressSanitizer would measure what is left of the file: a fifth of what a command takes.
os.environ["ASAN_OPTIONS"] = f"{os.environ.get('ASAN_OPTIONS', '')}:intercept_strstr=0"

API = "/api/2.0/"
CONTROL = "/__emulator/"


class Reply:
    """Status, headers and body of an HTTP reply, whatever the status."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def error(self):
        """(status, error_code, message); error_code is None when the reply has none."""
        value = self.json()
        return self.status, value.get("error_code"), value.get("message")

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Emulator:
    """One nbsync-emulator process and a client for it that hides nothing."""

    def __init__(self, binary, directory, token="dapi-test", options=()):
        self.binary = binary
        self.directory = pathlib.Path(directory)
        self.token = token
        self.options = list(options)
        self.process = None
        self.port = 0
        self.url = None

    # the process

    def start(self):
        command = [self.binary, "--dir", self.directory, "--port", self.port]
        if self.token:
            command += ["--token", self.token]
        command = [str(word) for word in command + self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), f"{command} said {line!r}"
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def stop(self, how=signal.SIGTERM):
        """Ends the process and returns its exit code (negative: a signal)."""
        if self.process is None:
            return 0
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process = None
        return code

    def restart(self, how=signal.SIGTERM):
        """Ends and starts again: same directory, same port."""
        code = self.stop(how)
        self.start()
        return code

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        """It must have run cleanly; a sanitizer's complaint shows as an exit code."""
        code = self.stop()
        assert kind is not None or code == 0, f"the emulator ended with {code}"

    # any request

    def request(self, method, path, query=None, body=None, headers=None, timeout=30):
        url = self.url + urllib.parse.quote(path, safe="/%:@")
        if query:
            url += "?" + urllib.parse.urlencode(query)
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as reply:
            with reply:
                return Reply(reply.status, reply.headers, reply.read())

    def bearer(self):
        return {"Authorization": f"Bearer {self.token}"}

    # the API

    def api_get(self, endpoint, **query):
        return self.request("GET", API + endpoint, query=query, headers=self.bearer())

    def api_post(self, endpoint, body):
        return self.request("POST", API + endpoint, body=body, headers=self.bearer())

    def import_multipart(self, path, content, overwrite=None, **fields):
        """fields: format, language. Parts in the order in which Databricks' SDK sends them."""
        boundary = "nbsync-test-boundary"
        parts = [("path", path.encode()), ("content", content)]
        parts += [(name, value.encode()) for name, value in fields.items() if value is not None]
        if overwrite is not None:
            parts.append(("overwrite", str(overwrite).lower().encode()))
        body = b""
        for name, value in parts:
            file_name = '; filename="content"' if name == "content" else ""
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file_name}'
            body += head.encode() + b"\r\n\r\n" + value + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        headers = self.bearer()
        headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        return self.request("POST", API + "workspace/import", body=body, headers=headers)

    def put(self, path, content=b"x", format="AUTO", overwrite=True, language=None):
        """Imports what must be importable; returns its id."""
        reply = self.import_multipart(
            path, content, format=format, overwrite=overwrite, language=language
        )
        assert reply.status == 200, reply
        return reply.json()["object_id"]

    def export(self, path, **query):
        """The exported bytes."""
        reply = self.api_get("workspace/export", path=path, direct_download="true", **query)
        assert reply.status == 200, reply
        return reply.body

    def status(self, path):
        """ObjectInfo with export info, or None when the path does not exist."""
        reply = self.api_get("workspace/get-status", path=path, return_export_info="true")
        if reply.status == 404 and reply.error()[1] == "RESOURCE_DOES_NOT_EXIST":
            return None
        assert reply.status == 200, reply
        return reply.json()

    def mkdirs(self, path):
        reply = self.api_post("workspace/mkdirs", {"path": path})
        assert reply.status == 200, reply

    # the control endpoints

    def control(self, name, body):
        reply = self.request("POST", CONTROL + name, body=body)
        assert reply.status == 200, reply
        return reply.json()

    def look(self, name, **query):
        reply = self.request("GET", CONTROL + name, query=query)
        assert reply.status == 200, reply
        return reply.json()

    def edit(self, path, content, **members):
        """Saves a notebook as a user in the browser does; returns its ObjectInfo."""
        return self.control("edit", {"path": path, "content": content, **members})

    def delete(self, path):
        self.control("delete", {"path": path})

    def rename(self, old, new):
        self.control("rename", {"from": old, "to": new})

    def dump(self, **query):
        """{path: object} of everything."""
        return {item["path"]: item for item in self.look("dump", **query)["objects"]}

    def log(self, since=0):
        """(requests above that sequence number, number to ask from next time)."""
        answer = self.look("log", since=since)
        return answer["requests"], answer["next"]

    def faults(self, *rules, clear=False):
        return self.control("faults", {"clear": clear, "rules": list(rules)})["ids"]

    def knobs(self, **values):
        self.control("knobs", values)

    def tokens(self, **members):
        self.control("tokens", members)


def pytest_configure(config):
    config.addinivalue_line("markers", "memory: of how much memory is needed; ./check asks that of a "
                            "build without a sanitizer (tests/limits)")
    config.addinivalue_line("markers", "disk: needs a file system that is not in memory")
    config.addinivalue_line("markers", "slow: takes so long that it begins first")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests are handed out one by one: xdist gives away half of them at once, and in the end some
    workers have nothing left and others a pile."""
    from xdist.scheduler import LoadScheduling

    class OneByOne(LoadScheduling):
        def _send_tests(self, node, num):
            # A worker begins a test when it knows the next one.
            super()._send_tests(node, max(0, min(num, 2 - len(self.node2pending[node]))))

    return OneByOne(config, log)


def pytest_collection_modifyitems(config, items):
    """With several workers, what is slow begins first, and the others are mixed: neighbours in a file
    are alike, and those that wait should do so while others work."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (item.get_closest_marker("slow") is None,
                                     zlib.crc32(item.nodeid.encode())))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    item.failed = getattr(item, "failed", False) or report.failed


@pytest.fixture
def tmp_path(tmp_path, request):
    """pytest's own, but for what a test that passed has left: all of them are 2 GB, in memory."""
    yield tmp_path
    if not request.node.failed:
        shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="session")
def emulator_binary():
    path = os.environ.get("NBSYNC_EMULATOR")
    if not path:
        build = os.environ.get("NBSYNC_BUILD", "build")
        path = os.path.join(build, "tests", "emulator", "nbsync-emulator")
    if not os.access(path, os.X_OK):
        pytest.fail(f"there is no emulator at '{path}': set NBSYNC_EMULATOR or NBSYNC_BUILD")
    return os.path.abspath(path)


@pytest.fixture
def emulator(emulator_binary, tmp_path):
    """A running emulator with an empty workspace; it must end cleanly."""
    with Emulator(emulator_binary, tmp_path / "workspace") as one:
        yield one


@pytest.fixture
def world(tmp_path, emulator):
    """A mapping with all three sides, empty."""
    w = World(tmp_path, emulator)
    yield w
    w.stop()


@pytest.fixture
def agreed(world):
    """A world in which one notebook has arrived everywhere."""
    world.write("load.py", ABC)
    world.sync()
    world.everywhere("load", ABC)
    return world


@pytest.fixture
def clone(tmp_path, emulator):
    """A mapping whose local directory is in a clone, all in step."""
    world = CloneWorld(tmp_path, emulator)
    world.sync()
    world.is_clean()
    yield world
    world.stop()
