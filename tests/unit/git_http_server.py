#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""git_http_server.py ROOT LOG: Git over smart HTTP on loopback, for tests.

Serves the bare repositories below ROOT through `git http-backend`. Prints its port, then one line
per request to LOG: METHOD PATH and, if credentials came, their user name. The first part of the path
chooses how the server behaves:

  /open/R    as it should          /auth/R   the same, wants the password "s3cret-token"
  /v1/R      protocol version 1    /stripped without the announcement packet
  /moved/R   302 to /open/R        /moved-far/R  301 to another host, with a password in it
  /page/R    200, a web page       /signin/R 203, a web page
  /silent/R  never answers         /slow/R   answers, then stalls inside a pack
  /N/R       HTTP status N
"""

import base64
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSWORD = "s3cret-token"
PAGE = b"<html><body>Please sign in</body></html>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *arguments):
        pass

    def credentials(self):
        word, _, coded = self.headers.get("Authorization", "").partition(" ")
        if word != "Basic":
            return "", ""
        user, _, password = base64.b64decode(coded).decode().partition(":")
        return user, password

    def note(self):
        user, _ = self.credentials()
        with open(self.server.log, "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path}{' user ' + user if user else ''}\n")

    def answer(self, status, body=PAGE, content_type="text/html", **headers):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def backend(self, path, query, body, protocol=""):
        """Status, content type and body of git http-backend."""
        environment = dict(
            os.environ,
            GIT_PROJECT_ROOT=self.server.root,
            GIT_HTTP_EXPORT_ALL="1",
            GIT_PROTOCOL=protocol,
            REMOTE_USER="tester",
            REMOTE_ADDR="127.0.0.1",
            REQUEST_METHOD=self.command,
            PATH_INFO=path,
            QUERY_STRING=query,
            CONTENT_TYPE=self.headers.get("Content-Type", ""),
            CONTENT_LENGTH=str(len(body)),
        )
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(fields.get("Status", "200").split()[0])
        return status, fields.get("Content-Type", "text/plain"), content

    def stall(self, content):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-git-upload-pack-result")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        time.sleep(30)

    def handle_git(self, mode, path, query, body):
        protocol = "version=1" if mode == "v1" else ""
        status, content_type, content = self.backend(path, query, body, protocol)
        if mode == "stripped" and self.command == "GET":
            content = content[content.index(b"0000") + 4:]
        if mode == "slow" and self.command == "POST":
            self.stall(content)
        else:
            self.answer(status, content, content_type, Cache_Control="no-cache")

    def handle_all(self):
        self.note()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        mode, _, rest = path[1:].partition("/")
        if mode == "moved":
            self.answer(302, Location=f"/open/{rest}?{query}")
        elif mode == "moved-far":
            self.answer(301, Location=f"https://ana:hunter2@evil.example/{rest}")
        elif mode == "page":
            self.answer(200)
        elif mode == "signin":
            self.answer(203)
        elif mode == "silent":
            time.sleep(30)
        elif mode.isdigit():
            self.answer(int(mode))
        elif mode == "auth" and self.credentials()[1] != PASSWORD:
            self.answer(401, WWW_Authenticate='Basic realm="git"')
        else:
            self.handle_git(mode, "/" + rest, query, body)

    do_GET = handle_all
    do_POST = handle_all


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that went away is part of the tests."""


def main():
    server = Server(("127.0.0.1", 0), Handler)
    server.root, server.log = sys.argv[1], sys.argv[2]
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
