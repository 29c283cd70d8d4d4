# SPDX-License-Identifier: Apache-2.0
"""Memory, as it is in the programs that are shipped: a sanitizer needs several times as much, and an
endless address space, so meson runs this in builds without one.

A server stands in for the workspace that shows one folder of very many objects.
"""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from memory import peak_mib  # noqa: E402
from world import NBSYNC, NBSYNCD, ROOT, World, wait_for  # noqa: E402

# Fills what is freed, and so touches memory that the product does not.
os.environ.pop("MALLOC_PERTURB_", None)

MANY = 99_000
ASKED = 3_000  # of which the cycle has asked for the format; it asks in batches that are smaller
PEAK_MAX_KIB = 103 * 1024
OUT_OF_MEMORY = "ran out of memory: raise the limit of the service (MemoryMax=, LimitAS=)"


def entry(kind, path, number):
    language = {"language": "PYTHON"} if kind == "NOTEBOOK" else {}
    return {"object_type": kind, "path": path, **language, "object_id": 1234567890000000 + number,
            "created_at": 1767225600000, "modified_at": 1767225600000 + number,
            "resource_id": str(1234567890000000 + number)}


class Folder:
    """The mapping's folder of a workspace, with so many objects of that kind. Whether a listing tells
    the format of a notebook depends on the server."""

    def __init__(self, kind, count, listing_tells):
        self.kind = kind
        form = {"repos_export_format": "JUPYTER"} if listing_tells and kind == "NOTEBOOK" else {}
        self.listing = json.dumps({"objects": [
            {**entry(kind, f"{ROOT}/notebook_{i:05}", i), **form}
            for i in range(count)]}).encode()
        self.asked = 0
        self.at_export = lambda: None
        folder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                url = urlsplit(self.path)
                folder.answer(self, url.path.rpartition("/api/2.0/")[2],
                              parse_qs(url.query).get("path", [""])[0])

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.token = "dapi" + "c" * 32
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def status(self, path):
        if path == ROOT:
            return entry("DIRECTORY", ROOT, -1)
        self.asked += 1
        return {**entry(self.kind, path, int(path[-5:])), "repos_export_format": "JUPYTER"}

    def answer(self, handler, endpoint, path):
        status, body = 200, b"{}"
        if endpoint == "workspace/list":
            body = self.listing
        elif endpoint == "workspace/get-status":
            body = json.dumps(self.status(path)).encode()
        elif endpoint == "preview/scim/v2/Me":
            body = b'{"userName": "ana@acme.example"}'
        else:
            self.at_export()
            status, body = 503, b'{"error_code": "TEMPORARILY_UNAVAILABLE", "message": ""}'
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except ConnectionError:
            handler.close_connection = True

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def world_of(path, kind, count=MANY, listing_tells=False):
    folder = Folder(kind, count, listing_tells)
    return World(path, SimpleNamespace(url=folder.url, token=folder.token)), folder


def begin(world, prefix=()):
    return subprocess.Popen([*prefix, NBSYNC, "sync", "--once", "--config", world.config],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def memory(pid, what="VmHWM"):
    """KiB; 0 when the process is not there (any more)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(x.split()[1]) for x in lines if x.startswith(what + ":")), 0)


@pytest.mark.parametrize("listing_tells", [True, False])
def test_a_listing_of_99000_notebooks(tmp_path, listing_tells):
    """All of them are in the table when the first is read, which is the peak of a look; or when the
    format of the first is asked for."""
    world, folder = world_of(tmp_path, "NOTEBOOK", listing_tells=listing_tells)
    exported = []
    folder.at_export = lambda: exported.append(folder.asked)
    child = begin(world)
    wait_for(lambda: exported or folder.asked >= ASKED or child.poll() is not None, seconds=120,
             what="the first export")
    peak = memory(child.pid)
    child.kill()
    child.communicate()
    folder.close()
    print(f"{len(folder.listing)} bytes of listing, {folder.asked} asked for, peak {peak} KiB")
    assert bool(exported) == listing_tells and bool(folder.asked) != listing_tells
    assert 20_000 < peak < PEAK_MAX_KIB


def test_a_listing_of_99000_other_files(tmp_path):
    """They do not travel: the cycle comes to its end."""
    world, folder = world_of(tmp_path, "FILE")
    peak = peak_mib(world) * 1024
    folder.close()
    print(f"{len(folder.listing)} bytes of listing, peak {peak:.0f} KiB")
    assert 10_000 < peak < PEAK_MAX_KIB


def limited(world):
    """A worker whose address space is limited by a file, in bytes; and what its processes ended with."""
    wrapper = world.path / "worker"
    wrapper.write_text("#!/bin/sh\n"
                       f"prlimit --as=\"$(cat '{world.path}/limit')\" "
                       f"'{Path(NBSYNCD).resolve()}-worker' \"$@\"\n"
                       f"code=$?; echo $code >>'{world.path}/ended'; exit $code\n")
    wrapper.chmod(0o755)
    return wrapper


def address_space(tmp_path):
    """What a cycle with an empty folder needs, in bytes."""
    path = tmp_path / "small"
    path.mkdir()
    world, folder = world_of(path, "FILE", 0)
    child = begin(world)
    peak = 0
    while child.poll() is None:
        peak = max(peak, memory(child.pid, "VmPeak"))
    child.communicate()
    folder.close()
    assert peak
    return peak * 1024


def ended(world):
    try:
        return (world.path / "ended").read_text().split()
    except FileNotFoundError:
        return []


def test_a_worker_that_meets_its_limit(tmp_path):
    """It ends with 71 and its sentence; the daemon lives on, and tries again until there is room."""
    (tmp_path / "large").mkdir()
    world, folder = world_of(tmp_path / "large", "FILE")
    room = address_space(tmp_path) + 24 * 1024 * 1024
    (world.path / "limit").write_text(f"{room}\n")
    world.daemon("--worker-binary", limited(world))
    wait_for(lambda: len(ended(world)) >= 2, seconds=60, what="a second try")
    assert set(ended(world)) == {"71"}
    status = world.mapping_status()
    assert OUT_OF_MEMORY in status["sentence"], status
    assert world.daemon_process.poll() is None
    log = world.daemon_log()
    assert "out of memory: cannot get" in log, log
    (world.path / "limit").write_text("unlimited\n")
    wait_for(lambda: world.mapping_status()["code"] == "ok", seconds=60, what="a cycle with room")
    world.stop()
    folder.close()


def test_a_foreground_cycle_that_meets_its_limit(tmp_path):
    """It says so and ends; nothing is left behind that the next one could not use."""
    (tmp_path / "large").mkdir()
    world, folder = world_of(tmp_path / "large", "FILE")
    room = address_space(tmp_path) + 24 * 1024 * 1024
    child = begin(world, prefix=["prlimit", f"--as={room}"])
    _, said = child.communicate(timeout=60)
    assert child.returncode != 0 and "out of memory: cannot get" in said, said
    child = begin(world)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 0, said
    folder.close()
