# SPDX-License-Identifier: Apache-2.0
"""The state that version 0.1.0 left behind, opened by this one.

tests/fixtures/state-0.1.0.tar.gz holds two mappings with all their places: 'source' (source in Git,
Jupyter here, all files, one path held) and 'ipynb' (Jupyter everywhere, outputs kept). In both,
tags, outputs and environments differ between the places, because 0.1.0 did not look at them: that
is nobody's edit now. The script beside the archive made it.
"""

import json
import pathlib
import shutil
import subprocess

import pytest

from boards import cells, metadata, printed, tags
from conftest import Emulator
from world import ROOT, World

ARCHIVE = pathlib.Path(__file__).parent.parent / "fixtures" / "state-0.1.0.tar.gz"
NAMES = ("source", "ipynb")
HELD = {"source": {"stuck": "unparsable"}, "ipynb": {}}


def checksum(data):
    """Of the cache: Fowler, Noll and Vo's hash of 64 bits."""
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def move_cache(path, local):
    """Lets the cache be of this directory, so that it is believed, as on the machine it is from."""
    lines = path.read_bytes().splitlines(keepends=True)
    words = lines[0].split(b" ")
    words[6] = str(local).encode()
    lines[0] = b" ".join(words)
    lines[-1] = b"end %s %016x\n" % (lines[-1].split()[1], checksum(b"".join(lines[:-1])))
    path.write_bytes(b"".join(lines))


class Machine(World):
    """What the archive holds, with a workspace that goes on where it was."""

    def __init__(self, path, emulator, name, unpacked, cache):
        self.name = name
        self.facts = json.loads((unpacked / "facts.json").read_text())
        super().__init__(path, emulator, **self.facts["keys"])
        shutil.rmtree(self.local)
        shutil.rmtree(self.remote)
        for part, place in (("local", self.local), ("remote.git", self.remote),
                            ("state", self.state)):
            shutil.move(unpacked / part, place)
        # The roots have other identities here: device numbers, a port.
        for ref in self.hub("for-each-ref", "--format=%(refname)", "refs/nbsync/root").split():
            self.hub("update-ref", "-d", ref)
        if cache == "believed":
            move_cache(self.state / "etl" / "look.cache", self.local)
        else:
            (self.state / "etl" / "look.cache").unlink()

    def code(self):
        return self.facts["exit"]

    def places(self):
        """All that people can see: files and when they were written, branch, objects."""
        files = {name: ((self.local / name).read_bytes(), (self.local / name).stat().st_mtime_ns)
                 for name in self.local_files()}
        objects = {path: (item["object_id"], item["modified_at"], item.get("sha256"))
                   for path, item in self.emulator.dump().items() if path.startswith(ROOT)}
        return {"local": files, "git": self.git("rev-parse", "main"), "workspace": objects}

    def references(self):
        return self.hub("for-each-ref", "--format=%(refname) %(objectname)")

    def log(self):
        done = self.run("log", "--json", "-n", "0", "--config", self.config, check=0)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def jupyter(self, name):
        return self.ws(name, "JUPYTER")


@pytest.fixture
def unpack(tmp_path, emulator_binary):
    """Call it with the name of a mapping of the archive."""
    started = []

    def one(name, cache="believed"):
        (tmp_path / "unpacked").mkdir()
        subprocess.run(["tar", "-xzf", ARCHIVE, "--no-same-owner"], cwd=tmp_path / "unpacked",
                       check=True)
        source = tmp_path / "unpacked" / name
        emulator = Emulator(emulator_binary, source / "workspace").start()
        started.append(emulator)
        (tmp_path / "machine").mkdir()
        return Machine(tmp_path / "machine", emulator, name, source, cache)

    yield one
    codes = [emulator.stop() for emulator in started]
    assert not any(codes), codes


def held(result):
    return {item["path"]: item["reason"] for item in result["held"]}


@pytest.mark.parametrize("cache", ["believed", "lost"])
@pytest.mark.parametrize("name", NAMES)
def test_the_first_cycles_change_nothing_anywhere(unpack, name, cache):
    machine = unpack(name, cache)
    before = machine.places()
    for _ in range(2):
        result = machine.sync(code=machine.code())
        assert held(result) == HELD[name]
        assert result["conflicts_total"] == 0 and not result.get("confirm"), result
    assert machine.places() == before
    assert machine.changing_requests() == 0
    machine.fsck()
    settled = machine.references()
    machine.quiet()
    assert machine.references() == settled


@pytest.mark.parametrize("name", NAMES)
def test_every_old_revision_is_still_shown(unpack, name):
    machine = unpack(name)
    machine.sync(code=machine.code())
    log = machine.log()
    assert [entry for entry in machine.facts["log"] if entry not in log] == []
    # Newest first; of one second in any order.
    times = [entry["when_s"] for entry in log]
    assert times == sorted(times, reverse=True)


def versions(machine):
    """{(path, what its cells say): revision} of all that the log shows, but for what is held."""
    found = {}
    for item in machine.facts["log"]:
        path, revision = item["path"], item["revision"]
        if item["verb"] == "delete" or path in HELD[machine.name] or "." in path:
            continue
        names = machine.hub("ls-tree", "-r", "--name-only", revision).split("\n")
        name, = [n for n in names if n.removeprefix("notebooks/").rpartition(".")[0] == path]
        text = machine.hub("show", f"{revision}:{name}")
        found.setdefault((path, tuple(cells(text))), revision)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_old_version_can_be_restored(unpack, name):
    machine = unpack(name)
    old = versions(machine)
    assert len(old) > 5
    for (path, said), revision in old.items():
        machine.run("restore", "--once", "--config", machine.config, "--to", revision, path,
                    check=0)
        assert tuple(cells(machine.ws(path))) == said, (path, revision)
    machine.fsck()


EDITS = [("source", "etl/board", "total = 2", "total = 3"),
         ("ipynb", "board", "limit = 2", "limit = 3")]


@pytest.mark.parametrize("side", ["local", "git", "workspace"])
@pytest.mark.parametrize("name,path,old,new", EDITS)
def test_an_edit_travels_and_takes_nothing_along(unpack, name, path, old, new, side):
    """The notebook is rich, and otherwise so, in the workspace and here."""
    machine = unpack(name)
    machine.sync(code=machine.code())
    before, here = machine.jupyter(path), machine.read(f"{path}.ipynb")
    extension = "py" if name == "source" else "ipynb"
    if side == "local":
        machine.write(f"{path}.ipynb", here.replace(old, new))
    elif side == "git":
        text = machine.in_git(f"{path}.{extension}").replace(old, new)
        machine.git_commit("by a colleague", {f"notebooks/{path}.{extension}": text})
    else:
        machine.ws_edit(path, machine.ws(path).replace(old, new))
    machine.sync(code=machine.code())
    for text in (machine.jupyter(path), machine.read(f"{path}.ipynb"),
                 machine.in_git(f"{path}.{extension}")):
        assert new in "\n".join(cells(text)) and old not in "\n".join(cells(text)), text
    after, mine = machine.jupyter(path), machine.read(f"{path}.ipynb")
    assert machine.emulator.status(f"{ROOT}/{path}")["repos_export_format"] == "JUPYTER"
    assert metadata(after) == metadata(before)
    assert [printed(after, n) for n in range(4)] == [printed(before, n) for n in range(4)]
    assert set(tags(after, 0)) >= set(tags(before, 0)) and tags(before, 0) == ["parameters"]
    assert json.loads(after)["cells"][3] == json.loads(before)["cells"][3] or old == "limit = 2"
    for number in range(2):
        assert set(tags(mine, number)) >= set(tags(here, number))
        assert printed(mine, number) == printed(here, number)
    machine.quiet()
    machine.fsck()


def test_an_environment_that_nobody_looked_at_is_no_edit(unpack):
    """Git has version 5 of it, the other places have 4."""
    machine = unpack("source")
    machine.sync(code=5)
    machine.ws_edit("drift", machine.ws("drift").replace("'c'", "'edited'"))
    machine.sync(code=5)
    patch = machine.git("show", "--format=", "--unified=0", "main", "--", "notebooks/drift.py")
    lines = [line for line in patch.splitlines() if line[:1] in "+-"]
    assert [line for line in lines if line[:3] not in ("+++", "---")] == [
        "-print('c')", "+print('edited')"]
    here = machine.read("drift.ipynb")
    assert "'edited'" in here
    assert metadata(here)["environmentMetadata"] == {"environment_version": "4"}
    machine.quiet()


def test_what_was_held_goes_on(unpack):
    machine = unpack("source")
    machine.sync(code=5)
    machine.write("stuck.py", machine.in_git("stuck.py").replace("'b'", "'merged'"))
    machine.sync()
    machine.everywhere("stuck", machine.read("stuck.py"))
    assert "'merged'" in machine.read("stuck.py")
    machine.quiet()


def test_files_that_are_no_notebooks_go_on(unpack):
    machine = unpack("source")
    machine.write("data/rates.csv", "day,rate\n2026-01-31,0.3\n")
    machine.sync(code=5)
    assert machine.in_git("data/rates.csv") == "day,rate\n2026-01-31,0.3\n"
    machine.quiet()


def mark_newer(machine):
    """What a later version would leave: another number in the state's trees."""
    blob = World.git_bare("hash-object", "-w", "--stdin", cwd=machine.state / "etl" / "hub.git",
                          stdin=b"3\n").strip()
    for side in ("git", "workspace", "local"):
        ref = f"refs/nbsync/base/{side}"
        lines = machine.hub("ls-tree", ref) + f"100644 blob {blob}\t.format\n"
        tree = World.git_bare("mktree", cwd=machine.state / "etl" / "hub.git",
                              stdin=lines.encode()).strip()
        machine.hub("update-ref", ref, tree)


def test_a_state_of_a_later_version_is_refused(unpack):
    machine = unpack("ipynb")
    mark_newer(machine)
    before, references = machine.places(), machine.references()
    done = machine.run("sync", "--once", "--config", machine.config)
    assert done.returncode == 78, done.stdout + done.stderr
    said, = done.stderr.splitlines()
    assert "'etl'" in said and "newer nbsync" in said, done.stderr
    assert machine.places() == before and machine.references() == references
    subprocess.run(["git", "fsck", "--strict"], cwd=machine.state / "etl" / "hub.git", check=True,
                   capture_output=True)
