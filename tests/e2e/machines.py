# SPDX-License-Identifier: Apache-2.0
"""Several machines of one person, or of a team, on one folder of the workspace and one branch.

Each is a World with a directory, a state and a daemon of its own. A machine sleeps as a laptop does
whose lid is closed (all its processes stop), and loses its power (they are killed).
"""

import ctypes
import os
import signal
import time

from world import World

AT_FDCWD = -100
RENAME_EXCHANGE = 2
LIBC = ctypes.CDLL(None, use_errno=True)

# Times as short as they can be: at most six pushes a minute.
TIMES = {"poll": "1s", "git_poll": "1s", "commit_quiet": "1s", "commit_max_wait": "6s"}


def exchange(one, other):
    """Two files change their names at once."""
    if LIBC.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), "renameat2", str(other))


class Machine(World):
    def __init__(self, path, emulator, first=None, **keys):
        path.mkdir()
        super().__init__(path, emulator, **{**TIMES, **keys})
        self.name = path.name
        self.awake = False
        if first:
            self.remote = first.remote
            self.allow(f"file://{first.path}/")
            self.configure(git=f"file://{self.remote}")

    # ---- its daemon ----

    own_session = True # it sleeps and dies together with its workers
    start_seconds = 60

    def daemon(self, *argv, env=None, prefix=()):
        super().daemon(*argv, env=env, prefix=prefix)
        self.awake = True
        return self.daemon_process

    def sleep(self):
        os.killpg(self.daemon_process.pid, signal.SIGSTOP)
        self.awake = False

    def wake(self):
        os.killpg(self.daemon_process.pid, signal.SIGCONT)
        self.awake = True

    def lose_power(self):
        os.killpg(self.daemon_process.pid, signal.SIGKILL)
        self.daemon_process.wait()
        self.awake = False

    def stop(self, sig=signal.SIGTERM):
        if self.daemon_process and not self.awake and self.daemon_process.poll() is None:
            self.wake()
        super().stop(sig)

    # ---- its editor ----

    def edit(self, name, change):
        """Replaces a file by change(its text) as an editor does that looks at it: should another text
        have come meanwhile, the change is made to that one. What was saved last."""
        path = self.local / name
        temp = path.with_name(f".{path.name}.swp")
        seen = path.read_text()
        while True:
            text = change(seen)
            temp.write_text(text)
            exchange(temp, path)
            displaced = temp.read_text()
            temp.unlink()
            if displaced == seen:
                return text
            seen = displaced

    # ---- what it says ----

    def copies(self):
        return [name for name in self.local_files() if ".conflict-" in name]

    def complaints(self):
        """What `nbsync status` makes of it, when that is not that all is well."""
        done = self.run("status", "--socket", self.socket)
        return "" if done.returncode == 0 else f"{self.name} ({done.returncode}): {done.stdout}"


def merges(machine):
    return int(machine.git("rev-list", "--merges", "--count", "main"))


def all_awake(machines):
    for machine in machines:
        if not machine.awake:
            machine.wake()


def sleep_or_wake(rng, machine):
    (machine.sleep if machine.awake else machine.wake)()
    return f"{machine.name} {'wakes' if machine.awake else 'sleeps'}"


def differences(machines, expected):
    """Where something else stands than {notebook: text}, in all places of all machines."""
    wrong = []
    for name, text in expected.items():
        places = {f"local {m.name}": m.read(name) for m in machines}
        places["git"] = machines[0].in_git(name)
        workspace = machines[0].ws(name.removesuffix(".py"))
        places["workspace"] = workspace and workspace.rstrip("\n") + "\n"
        wrong += [f"{name} of {place}: {found!r}" for place, found in places.items()
                  if found != text]
    return wrong


def wait_until_same(machines, expected, seconds=120):
    """Until these stand everywhere, and nobody has anything to complain about. A copy of a clash stays
    until a human decides, so there is nothing to wait for."""
    end = time.monotonic() + seconds
    while True:
        copies = [f"{m.name} has {copy}" for m in machines for copy in m.copies()]
        wrong = copies + (differences(machines, expected) or
                          [c for c in (m.complaints() for m in machines) if c])
        if not wrong or copies or time.monotonic() > end:
            break
        time.sleep(0.2)
    assert not wrong, "\n".join(wrong)
