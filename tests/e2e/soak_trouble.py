# SPDX-License-Identifier: Apache-2.0
"""What goes wrong meanwhile: processes are killed, places do not answer or lie, caches are lost."""

import os
import shutil
import signal
import time

from soak_people import Person

FAULTS = [
    {"action": "status", "status": 503, "error_code": "TEMPORARILY_UNAVAILABLE"},
    {"action": "status", "status": 503, "percent": 30},
    {"action": "status", "status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "percent": 50,
     "retry_after": 1},
    {"action": "status", "status": 500, "percent": 20},
    {"action": "close", "percent": 30},
    {"action": "lost", "endpoint": "import", "percent": 50},
    {"action": "lost", "endpoint": "delete", "percent": 50},
    {"action": "reset", "percent": 30},
    {"action": "drip", "endpoint": "list", "bytes": 200, "every_ms": 20},
    {"action": "empty", "endpoint": "list", "percent": 50},
    {"action": "endpoint-not-found", "endpoint": "list", "percent": 50},
    {"action": "endpoint-not-found", "endpoint": "get-status", "percent": 50},
    {"action": "status", "status": 503, "endpoint": "list"},
    {"action": "delay", "delay_ms": 100, "endpoint": "import"},
    {"action": "delay", "delay_ms": 300, "percent": 20},
]


class Trouble(Person):
    """One at a time, mostly over within seconds."""

    def act(self):
        self.world.note_requests()
        super().act()

    def some_time(self, most=2.5):
        end = time.monotonic() + self.rng.uniform(0.1, most)
        while time.monotonic() < min(end, self.world.stop_at):
            time.sleep(0.05)

    # ---- kills ----

    def kill_workers(self):
        pids = self.world.worker_pids()
        self.book.tell("trouble", f"kills the workers {pids}")
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def kill_daemon(self):
        self.book.tell("trouble", "kills the daemon")
        self.world.daemon_process.kill()
        self.world.daemon_process.wait()
        if self.rng.randrange(2):
            self.kill_cache()
        self.some_time(1)
        self.world.start_daemon()

    def kill_cache(self):
        """It is lost, or somebody's backup brought an older one back."""
        cache = self.world.state / "etl" / "look.cache"
        older = self.world.path / "older.cache"
        what = self.rng.choice(("loses", "brings back", "keeps"))
        self.book.tell("trouble", f"{what} the cache")
        try:
            if what == "loses":
                cache.unlink()
            elif what == "brings back":
                shutil.copy(older, cache)
            else:
                shutil.copy(cache, older)
        except FileNotFoundError:
            pass

    # ---- the workspace ----

    def outage(self):
        self.book.tell("trouble", "the workspace is gone")
        with self.world.log_gate:
            self.world.emulator.stop(signal.SIGKILL)
        self.some_time()
        with self.world.log_gate:
            self.world.emulator.start()
            self.world.next_request = 0
        self.book.tell("trouble", "the workspace is back")

    def fault(self):
        rules = self.rng.sample(FAULTS, self.rng.randrange(1, 3))
        self.book.tell("trouble", f"the workspace is ill: {rules}")
        self.world.emulator.faults(*rules, clear=True)
        self.some_time(4)
        self.world.emulator.faults(clear=True)
        self.book.tell("trouble", "the workspace is well")

    # ---- the other sides ----

    def no_remote(self):
        away = self.world.path / "away.git"
        with self.world.git_gate:
            self.book.tell("trouble", "the remote is gone")
            self.world.remote.rename(away)
            self.some_time()
            away.rename(self.world.remote)
            self.book.tell("trouble", "the remote is back")

    def locked_branch(self):
        lock = self.world.remote / "refs" / "heads" / "main.lock"
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        self.book.tell("trouble", "the branch is locked")
        self.some_time()
        lock.unlink(missing_ok=True)
        self.book.tell("trouble", "the branch is free")

    def no_root(self):
        """A disk that is not mounted: its mount point is empty, or not even there."""
        away = self.world.path / "away"
        with self.world.local_gate:
            self.book.tell("trouble", "the local root is gone")
            self.world.local.rename(away)
            if self.rng.randrange(2):
                self.world.local.mkdir()
            self.some_time()
            if self.world.local.exists():
                found = self.world.local_files()
                if found:
                    self.book.tell("trouble", f"nbsync wrote into an empty root: {found}")
                shutil.rmtree(self.world.local)
            away.rename(self.world.local)
            self.book.tell("trouble", "the local root is back")

    acts = [(kill_workers, 6), (kill_daemon, 3), (fault, 8), (outage, 3), (no_remote, 2),
            (locked_branch, 1), (no_root, 1.5)]
