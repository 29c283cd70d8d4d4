# SPDX-License-Identifier: Apache-2.0
"""File systems that are full, read-only or broken, in a mount namespace of the test's own.

The script mounts them; nbsync runs inside by `prefix`, and the test looks in from outside.
"""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest


class Mounts:
    def __init__(self, script, own_user):
        spaces = ["--user", "--mount"] if own_user else ["--mount"]
        command = ["unshare", *spaces, *(["--map-root-user"] if own_user else []), "sh", "-c",
                   f"{script}\necho ready && exec sleep 600"]
        self.holder = subprocess.Popen(["sh", "-c", 'exec "$@"', "sh", *command], text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != "ready\n":
            self.holder.kill()
            reason = self.holder.communicate()[1]
            pytest.skip(f"nothing can be mounted here: {reason}")
        keep = ["--preserve-credentials"] if own_user else []  # others may not set groups there
        enter = ["nsenter", f"--target={self.holder.pid}", *spaces, *keep]
        self.prefix = [*enter, "sh", "-c", f'cd "{os.getcwd()}" && exec "$@"', "sh"]

    def see(self, path):
        """A path inside, as the test reaches it."""
        return Path(f"/proc/{self.holder.pid}/root") / Path(path).relative_to("/")

    def do(self, script):
        done = subprocess.run([*self.prefix, "sh", "-ec", script], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def close(self):
        self.holder.kill()
        self.holder.communicate()


@contextmanager
def mounts(scene, script, own_user=True):
    """While this lasts, nbsync and the daemon run where the script mounted something, and the
    scene's local side and state are seen from there. {local} and {state} stand for their paths.
    own_user: nobody needs to be root for it; a file system on a disk can only be mounted without."""
    places = {"local": scene.local, "state": scene.state}
    scene.state.mkdir(exist_ok=True)
    one = Mounts("set -e\n" + script.format(**places), own_user)
    scene.prefix = one.prefix
    scene.local, scene.state = one.see(scene.local), one.see(scene.state)
    try:
        yield lambda more: one.do(more.format(**places))
    finally:
        scene.stop()
        scene.prefix = ()
        scene.local, scene.state = places["local"], places["state"]
        one.close()
