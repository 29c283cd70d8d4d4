# SPDX-License-Identifier: Apache-2.0
"""What tests of files that are no notebooks do with the three sides."""

import base64
import subprocess
import urllib.error

import pytest

from world import ABC, ROOT, World

BINARY = bytes(range(256)) * 40 + b"PK\x03\x04\r\n\x00end without newline"
MODULE = "def f():\n    return 1\n"


@pytest.fixture
def files(tmp_path, emulator):
    world = World(tmp_path, emulator, files="all", git_names="any")
    yield world
    world.stop()


def as_bytes(data):
    return data if isinstance(data, bytes) else data.encode()


def local(world, name):
    path = world.local / name
    return path.read_bytes() if path.exists() else None


def ws(world, name):
    try:
        return world.ws_call("GET", "workspace/export", {
            "path": f"{ROOT}/{name}", "format": "AUTO", "direct_download": "true"})
    except urllib.error.HTTPError as e:
        assert e.code == 404, e.read()
        return None


def ws_put(world, name, data):
    """Uploads as somebody in the browser does."""
    world.control("edit", path=f"{ROOT}/{name}", format="AUTO",
                  content_base64=base64.b64encode(as_bytes(data)).decode())


def git(world, name):
    path = f"notebooks/{name}"
    if path not in world.git_files():
        return None
    oid = world.git("rev-parse", f"main:{path}").strip()
    return subprocess.run(["git", "cat-file", "blob", oid], cwd=world.remote,
                          capture_output=True, check=True).stdout


def git_mode(world, name):
    return world.git("ls-tree", "main", f"notebooks/{name}").split()[0]


def everywhere(world, name, data):
    data = as_bytes(data)
    assert local(world, name) == data
    assert git(world, name) == data
    assert ws(world, name) == data
    assert world.ws_status(name)["object_type"] == "FILE"


def nowhere(world, name):
    assert (local(world, name), git(world, name), ws(world, name)) == (None, None, None)


def put(world, side, name, data):
    {"local": lambda: world.write(name, data),
     "workspace": lambda: ws_put(world, name, data),
     "git": lambda: world.git_commit("by Ana", {f"notebooks/{name}": data})}[side]()


def drop(world, side, name):
    {"local": lambda: (world.local / name).unlink(),
     "workspace": lambda: world.ws_delete(name),
     "git": lambda: world.git_commit("by Ana", {f"notebooks/{name}": None})}[side]()


def held(result):
    return {(h["path"], h["side"], h["reason"]) for h in result["held"]}


SAMPLES = {
    "data.csv": "a;b\r\n1;2\r\n",
    "etl/util.py": MODULE,
    "etl/query.sql": "select 1",
    "img/logo.png": BINARY,
    "empty": b"",
    "pkg/__init__.py": b"",
    "Makefile": "all:\n\ttrue\n",
    "wheel-1.0.whl": b"PK\x03\x04" + BINARY,
    "odd name ä%20+#&;?.json": '{"error_code": "NONE"}',
    "archive.tar.gz": b"\x1f\x8b" + BINARY,
}


@pytest.fixture
def agreed_files(files):
    for name, data in SAMPLES.items():
        files.write(name, data)
    files.write("load.py", ABC)
    files.sync()
    return files
