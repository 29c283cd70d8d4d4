# SPDX-License-Identifier: Apache-2.0
"""A world of six notebooks, born in each form on each side, whose edits are replaced words: so what
every side must hold after an edit is what it held before, with that word replaced and nothing else.
"""

import hashlib
import json
import subprocess

from boards import board, cell, cells, jupyter, put
from world import ROOT, World, notebook

SIDES = ("local", "git", "workspace")
ENDS = {"source": ".py", "ipynb": ".ipynb"}
KEYS = {"local": "local_format", "git": "git_format", "workspace": "workspace_format"}
# name: (where it was born, as what)
BORN = {
    "board": ("workspace", "ipynb"), "memo": ("workspace", "source"),
    "chart": ("local", "ipynb"), "plain": ("local", "source"),
    "note": ("git", "ipynb"), "job": ("git", "source"),
}
SOURCE = notebook("rate = 0.2", "print(rate)", "total = 1")
CHOSEN = {"base_environment": "databricks_ai_v4", "environment_version": "4"}
FIRST, KEPT, LAPTOP = "printed by the first", "printed by the kept", "printed on the laptop"
# What of it may leave the place where it was printed.
TRAVELS = {"strip": (), "keep-tagged": (KEPT,), "keep": (FIRST, KEPT, LAPTOP)}


def blob_id(text):
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def all_blobs(repository):
    """Everything that a repository holds, reachable or not, as one text."""
    return subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], cwd=repository, check=True,
        capture_output=True).stdout.decode(errors="replace")


class Whole(World):
    """Everything is said in texts by side and name."""

    # ---- what stands there ----

    def form(self, side, name):
        """source or ipynb; None: it is not there."""
        if side == "workspace":
            status = self.emulator.status(f"{ROOT}/{name}")
            formats = {"JUPYTER": "ipynb", "SOURCE": "source"}
            return status and formats[status["repos_export_format"]]
        have = self.local_files() if side == "local" else [
            path.removeprefix("notebooks/") for path in self.git_files()]
        found = [form for form, end in ENDS.items() if name + end in have]
        assert len(found) < 2, f"two files of '{name}' on the side {side}"
        return found[0] if found else None

    def file(self, side, name):
        return name + ENDS[self.form(side, name)]

    def text(self, side, name):
        form = self.form(side, name)
        if form is None:
            return None
        if side == "workspace":
            return self.ws(name, "JUPYTER" if form == "ipynb" else "SOURCE")
        file = self.file(side, name)
        return self.read(file) if side == "local" else self.in_git(file)

    def texts(self, names=BORN):
        return {(side, name): self.text(side, name) for side in SIDES for name in names}

    def forms(self, names=BORN):
        return {(side, name): self.form(side, name) for side in SIDES for name in names}

    # ---- what people do ----

    def born(self):
        """The six notebooks come to be, each on its side."""
        put(self, "board", board(environment=CHOSEN))
        self.ws_edit("memo", SOURCE)
        self.write("plain.py", SOURCE)
        self.write("chart.ipynb", jupyter(cell("rate = 0.2", LAPTOP, ["parameters"], 11),
                                          cell("total = 1", None, [], 12)))
        self.git_commit("Add note and job", {
            "notebooks/note.ipynb": jupyter(cell("rate = 0.2", None, ["parameters"], 21),
                                            cell("total = 1", None, [], 22)),
            "notebooks/job.py": SOURCE})

    def save(self, side, texts):
        """{name: text} in the forms that the side has."""
        files = {name: self.file(side, name) for name in texts if side != "workspace"}
        for name, text in texts.items():
            if side == "local":
                self.write(files[name], text)
            elif side == "workspace":
                put(self, name, text, "JUPYTER" if text.startswith("{") else "SOURCE")
        if side == "git":
            self.git_commit("by a colleague",
                            {f"notebooks/{files[name]}": text for name, text in texts.items()})

    def replace(self, side, old, new, names=BORN):
        before = {name: self.text(side, name) for name in names}
        for name, text in before.items():
            assert text.count(old) == 1, (side, name, text)
        self.save(side, {name: text.replace(old, new) for name, text in before.items()})

    def remove(self, side, name):
        if side == "local":
            (self.local / self.file("local", name)).unlink()
        elif side == "git":
            self.git_commit("away", {f"notebooks/{self.file('git', name)}": None})
        else:
            self.ws_delete(name)

    # ---- what must be so ----

    def expect(self, expected):
        """Every side holds exactly this text."""
        for (side, name), text in expected.items():
            now = self.text(side, name)
            assert now is not None, f"'{name}' is gone from the side {side}"
            assert now == text, (side, name)

    def agree(self, names=BORN):
        for name in names:
            said = {side: cells(self.text(side, name)) for side in SIDES}
            assert said["local"] == said["git"] == said["workspace"], (name, said)

    def outputs_stay_home(self, mode):
        """What was printed is only where outputs = mode lets it be."""
        elsewhere = {"local": (FIRST, KEPT), "workspace": (LAPTOP,), "git": (FIRST, KEPT, LAPTOP)}
        texts = {"git": all_blobs(self.remote)}
        for side in ("local", "workspace"):
            texts[side] = "\n".join(self.text(side, name) or "" for name in BORN)
        for side, printed in elsewhere.items():
            for text in printed:
                assert text not in texts[side] or text in TRAVELS[mode], (text, side)

    def in_hub(self, texts):
        """Each of these texts is a blob that the hub's references lead to."""
        known = self.hub("rev-list", "--objects", "--all")
        for name, text in texts.items():
            assert blob_id(text) in known, f"what stood at '{name}' is not in the hub"

    def revision(self, name, text):
        """The revision of nbsync log that shows the workspace with this text."""
        done = self.run("log", "--json", "-n", "0", "--config", self.config, name, check=0)
        for line in done.stdout.splitlines():
            item = json.loads(line)
            if item["origin"] == "workspace" and item["verb"] != "delete":
                there = self.hub("ls-tree", "-r", item["revision"])
                if f"blob {blob_id(text)}\t" in there:
                    return item["revision"]
        raise AssertionError(f"no revision of '{name}' has it:\n{done.stdout}")

    def restore(self, name, revision):
        self.run("restore", "--once", "--config", self.config, "--to", revision, name, check=0)
