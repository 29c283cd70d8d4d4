# SPDX-License-Identifier: Apache-2.0
"""A Git server as people run one: nginx, fcgiwrap and `git http-backend`, with hooks of the test.

What a push brought is kept in `received`, whatever the hooks say of it.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from world import wait_for

CONFIG = """daemon off;
master_process off;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log error;
events {{ worker_connections 64; }}
http {{
    access_log {dir}/access.log combined;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    client_max_body_size {body};
    server {{
        listen 127.0.0.1:{port};
        location / {{
            fastcgi_pass unix:{dir}/cgi.sock;
            fastcgi_param SCRIPT_FILENAME {backend};
            fastcgi_param GIT_PROJECT_ROOT {root};
            fastcgi_param GIT_HTTP_EXPORT_ALL "";
            fastcgi_param REMOTE_USER ana;
            fastcgi_param PATH_INFO $uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
        }}
    }}
}}
"""

# Every rule reads what is pushed as "old new ref" and says no with exit 1. `new` are its commits.
HOOK = """#!/bin/sh
cp -r "$GIT_OBJECT_DIRECTORY" "{received}/$$"
while read -r old new ref; do
    case $old in *[!0]*) range=$old..$new ;; *) range=$new ;; esac
    {rule}
done
exit 0
"""


class GitServer:
    def __init__(self, world, body="64m"):
        # Not below the world's path: that of a socket has at most 107 bytes.
        self.dir = Path(tempfile.mkdtemp(prefix="git-server-"))
        self.world = world
        self.received = self.dir / "received"
        self.received.mkdir()
        self.body = body
        self.processes = []
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        world.allow(f"http://127.0.0.1:{self.port}/{world.remote.name}")
        world.configure(git=f"http://127.0.0.1:{self.port}/{world.remote.name}",
                        author_email="ana@acme.example")

    def start(self):
        backend = subprocess.check_output(["git", "--exec-path"], text=True).strip()
        (self.dir / "nginx.conf").write_text(CONFIG.format(
            dir=self.dir, port=self.port, body=self.body, root=self.world.remote.parent,
            backend=f"{backend}/git-http-backend"))
        (self.dir / "cgi.sock").unlink(missing_ok=True)
        self.processes = [
            subprocess.Popen([shutil.which("fcgiwrap") or "/usr/sbin/fcgiwrap", "-c", "2", "-s",
                              f"unix:{self.dir}/cgi.sock"], stderr=subprocess.DEVNULL),
            subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-p", self.dir, "-c",
                              self.dir / "nginx.conf"], stderr=subprocess.DEVNULL)]
        wait_for(self.answers, what="the Git server")

    def answers(self):
        with socket.socket() as probe:
            return (self.dir / "cgi.sock").exists() and \
                probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait(timeout=30)
        self.processes = []

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def rule(self, script):
        """Shell: says why on stderr and leaves with 1; None: every push is taken."""
        hook = self.world.remote / "hooks" / "pre-receive"
        hook.write_text(HOOK.format(received=self.received, rule=script or ":"))
        hook.chmod(0o755)

    def pushes(self):
        log = self.dir / "access.log"
        text = log.read_text() if log.exists() else ""
        return sum('"POST ' in line and "git-receive-pack" in line for line in text.splitlines())

    def ever_received(self, text):
        """Whether a blob, tree or commit that came with any push, refused or not, has this."""
        for objects in [*self.received.iterdir(), self.world.remote / "objects"]:
            env = {**os.environ, "GIT_OBJECT_DIRECTORY": str(objects)}
            everything = subprocess.run(
                ["git", "cat-file", "--batch", "--batch-all-objects", "--buffer"], env=env,
                cwd=self.world.remote, capture_output=True)
            assert everything.returncode == 0, everything.stderr
            if text.encode() in everything.stdout:
                return True
        return False
