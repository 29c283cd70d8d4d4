# SPDX-License-Identifier: Apache-2.0
"""HTTP by hand: a server whose every byte a mode may choose.

One thread a connection. A request is read as a well-behaved server would read it and handed to
answer(request), which returns a Reply, or bytes that go out as they are. Whatever the client does
to a connection in the middle of an answer (it may well end it) is normal.
"""

import json
import socket
import struct
import threading
import urllib.parse

API = "/api/2.0"
KINDS = {
    ("GET", "/workspace/list"): "list",
    ("GET", "/workspace/get-status"): "status",
    ("GET", "/workspace/export"): "export",
    ("POST", "/workspace/import"): "import",
    ("POST", "/workspace/delete"): "delete",
    ("POST", "/workspace/mkdirs"): "mkdirs",
    ("GET", "/preview/scim/v2/Me"): "me",
}
PIECE = 1 << 16


class Raw:
    """Bytes for the socket, all of the answer; what happens to the connection afterwards."""

    def __init__(self, *parts, end="keep"):
        self.parts = parts  # bytes, or iterables of bytes
        self.end = end      # keep, close or reset


class Request:
    def __init__(self, method, target, headers, body):
        split = urllib.parse.urlsplit(target)
        self.method = method
        self.endpoint = split.path.removeprefix(API)
        self.query = dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True))
        self.headers = headers
        self.body = body
        self.kind = KINDS.get((method, self.endpoint), "other")
        self.fields = self.read_body() if body else {}
        self.path = self.query.get("path") or self.text("path")

    def text(self, name):
        value = self.fields.get(name, "")
        return value.decode(errors="replace") if isinstance(value, bytes) else value

    def read_body(self):
        kind = self.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            return read_form(self.body, kind.partition("boundary=")[2].strip('"'))
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


def read_form(body, boundary):
    """{name: content} of the parts of a form."""
    parts = {}
    for piece in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        parts[name] = content[:-2]
    return parts


class Hung(Exception):
    """The client is gone."""


class Server:
    """Listens on 127.0.0.1; url says where."""

    def __init__(self, answer):
        self.answer = answer
        self.ending = threading.Event()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.ending.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self):
        while not self.ending.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile("rb")
        try:
            while not self.ending.is_set():
                request = read_request(reader)
                if request is None or not self.send(connection, self.answer(request)):
                    return
        except (OSError, Hung):
            pass
        finally:
            reader.close()
            connection.close()

    def send(self, connection, reply):
        """Whether the connection may serve another request."""
        if not isinstance(reply, Raw):
            connection.sendall(head(reply.status, reply.headers, len(reply.body)) + reply.body)
            return True
        for part in reply.parts:
            for piece in [part] if isinstance(part, bytes) else part:
                if self.ending.is_set():
                    raise Hung
                connection.sendall(piece)
        if reply.end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return reply.end == "keep"


def read_request(reader):
    line = reader.readline(65536).decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = {}
    while True:
        name, _, value = reader.readline(65536).decode("latin-1").partition(":")
        if not value:
            break
        headers[name.strip().lower()] = value.strip()
    return Request(line[0], line[1], headers, read_content(reader, headers))


def read_content(reader, headers):
    if headers.get("transfer-encoding") != "chunked":
        return reader.read(int(headers.get("content-length", 0)))
    body = b""
    while size := int(reader.readline(), 16):
        body += reader.read(size)
        reader.readline()
    reader.readline()
    return body


REASONS = {200: "OK", 404: "Not Found"}


def head(status, headers=(), length=None):
    """The head of an answer, up to the empty line."""
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}"]
    lines += [f"{name}: {value}" for name, value in dict(headers).items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
