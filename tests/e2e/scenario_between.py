# SPDX-License-Identifier: Apache-2.0
"""A place between nbsync and the workspace, where a test acts at the very moment of a request.

Everything is passed on to the emulator. A request to the workspace is a moment that a test can
name: while a listing is answered, the local side has been looked at and nothing was written yet.
"""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest


class Between:
    def __init__(self, emulator):
        self.port = emulator.port
        self.hooks = []  # [endpoint, what, count]: what(body) returns a changed answer or None
        self.early = []  # as hooks, before the request is passed on
        self.lock = threading.Lock()
        self.failure = None

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def log_message(self, *_):
                pass

            def handle_any(handler):
                self.handle(handler)

            do_GET = do_POST = handle_any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    # ---- what tests ask for ----

    def at(self, endpoint, act):
        """Calls act() when the next request there was carried out, and is not answered yet."""
        self.hooks.append([endpoint, lambda body: act(), 1])

    def before(self, endpoint, act):
        """Calls act() when the next request there has come, and is not passed on yet."""
        self.early.append([endpoint, lambda body: act(), 1])

    def answers(self, endpoint, change, count=1):
        """The next answer of that endpoint is 200 with change(body), both bytes."""
        self.hooks.append([endpoint, change, count])

    def rest(self):
        """From now on everything is only passed on."""
        with self.lock:
            self.hooks.clear()
            self.early.clear()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        if self.failure:
            raise self.failure

    # ---- a request ----

    def strike(self, hooks, endpoint, body):
        """Does what is due at this request; returns the changed answer, if any."""
        with self.lock:
            due = [hook for hook in hooks if hook[0] in endpoint and hook[2]]
            for hook in due:
                hook[2] -= 1
        changed = None
        try:
            for hook in due:
                done = hook[1](body)
                changed = done if isinstance(done, bytes) else changed
        except Exception as e:  # noqa: BLE001 (it fails the test in close())
            self.failure = e
        return changed

    def handle(self, handler):
        endpoint = urlsplit(handler.path).path
        sent = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.strike(self.early, endpoint, b"")
        status, headers, body = self.forward(handler, sent)
        changed = self.strike(self.hooks, endpoint, body)
        try:
            if changed is None:
                self.reply(handler, status, headers, body)
            else:
                self.reply(handler, 200, headers, changed)
        except ConnectionError:
            handler.close_connection = True  # nbsync was killed meanwhile

    def forward(self, handler, body):
        upstream = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {k: v for k, v in handler.headers.items()
                   if k.lower() not in ("connection", "accept-encoding", "expect")}
        upstream.request(handler.command, handler.path, body, headers)
        answer = upstream.getresponse()
        try:
            return answer.status, answer.getheaders(), answer.read()
        finally:
            upstream.close()

    @staticmethod
    def reply(handler, status, headers, body):
        handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()


@pytest.fixture
def moment(scene):
    """nbsync talks to the workspace through a Between from the beginning: ask for it before
    `begun`, because a workspace that has another address is another workspace."""
    one = Between(scene.emulator)
    scene.host = one.url
    scene.configure()
    yield one
    scene.stop()
    one.close()
