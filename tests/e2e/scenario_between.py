# SPDX-License-Identifier: Apache-2.0
"""A place between nbsync and the workspace, where a test acts at the very moment of a request.

Everything is passed on to the emulator. A request to the workspace is a moment that a test can name:
while a listing is answered, the local side has been looked at and nothing was written yet.
"""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Between:
    def __init__(self, emulator):
        self.port = emulator.port
        self.hooks = []     # [endpoint, what, count]: what(request) returns a changed answer or None
        self.lock = threading.Lock()
        self.seen = []      # endpoints, in the order in which requests came
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

    def at(self, endpoint, act, count=1):
        """Calls act() while the next request to that endpoint is under way; "" is any request."""
        self.hooks.append([endpoint, lambda body: act(), count])

    def answers(self, endpoint, change, count=1):
        """The next answer of that endpoint is 200 with change(body), both bytes."""
        self.hooks.append([endpoint, change, count])

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        if self.failure:
            raise self.failure

    # ---- a request ----

    def due(self, endpoint):
        """What is to be done at this request."""
        found = []
        with self.lock:
            self.seen.append(endpoint)
            for hook in self.hooks:
                if hook[0] in endpoint and hook[2]:
                    hook[2] -= 1
                    found.append(hook[1])
        return found

    def handle(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        status, headers, body = self.forward(handler, handler.rfile.read(length))
        try:
            for act in self.due(urlsplit(handler.path).path):
                changed = act(body)
                if isinstance(changed, bytes):
                    status, body = 200, changed
        except Exception as e:  # noqa: BLE001 (it fails the test in close())
            self.failure = e
        try:
            self.reply(handler, status, headers, body)
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


@contextmanager
def between(scene):
    """nbsync talks to the workspace through the Between that this yields."""
    one = Between(scene.emulator)
    scene.host = one.url
    scene.configure()
    try:
        yield one
    finally:
        scene.host = None
        scene.configure()
        one.close()
