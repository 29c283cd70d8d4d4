# SPDX-License-Identifier: Apache-2.0
"""Section D of the scenario table: process and state. Rows 104 to 106 are in
test_scenarios_d_deletions.

One test, or a few, for each row; the number of the row is in the name.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import threading

import pytest

from scenario_between import moment  # noqa: F401 (a fixture)
from scenario_world import FINE, SIDES, begun, edited, scene, trim  # noqa: F401 (fixtures)
from world import ABC, notebook, wait_for

each = pytest.mark.parametrize("side", SIDES)


# ---- ending in the middle ----


def busy_cycle(scene):
    """Something to do for every kind of request; returns what it must come to."""
    scene.holds(gone=notebook("print('gone')"), fine=FINE)
    scene.edit("local", "load", edited("b", "local"))
    scene.remove("git", "gone")
    scene.edit("git", "etl/new", notebook("print('new')"))
    scene.edit("workspace", "fine", notebook("print('finer')"))
    return {"load": edited("b", "local"), "fine": notebook("print('finer')"),
            "etl/new": notebook("print('new')")}


def ended(scene, moment, when, endpoint, sig):
    """A cycle that gets a signal at a request; returns its exit code."""
    process = []
    getattr(moment, when)(endpoint, lambda: process[0].send_signal(sig))
    process.append(scene.start_sync())
    err = process[0].communicate(timeout=60)[1]
    assert "ERROR: " not in err, err
    return process[0].returncode


MOMENTS = [("at", e) for e in ("list", "export", "get-status", "mkdirs", "import", "delete")] + \
    [("before", e) for e in ("mkdirs", "import", "delete")]


@pytest.mark.parametrize("when, endpoint", MOMENTS)
def test_row_089_kill_9_at_a_request(moment, begun, when, endpoint):
    """Whether the workspace got to it or not: the next cycle ends as if nothing had happened."""
    expected = busy_cycle(begun)
    assert ended(begun, moment, when, endpoint, signal.SIGKILL) == -signal.SIGKILL
    begun.sync()
    begun.ends_as(expected)
    begun.fsck()


LEFT_BEHIND = ["refs/nbsync/agreed.lock", "refs/nbsync/base/local.lock", "packed-refs.lock",
               "HEAD.lock", "config.lock", "objects/pack/pack_git2_X1Y2Z3",
               "objects/tmp_object_git2_X1Y2Z3"]


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_row_090_what_a_kill_leaves_in_the_state(begun, name):
    """Locks and temporary files of Git, from a process that was killed while it wrote."""
    path = begun.state / "etl" / "hub.git" / name
    path.write_bytes(b"half a f")
    begun.edit("local", "load", edited("b", "after"))
    begun.sync()
    begun.ends_with(load=edited("b", "after"))
    assert not path.exists()


# ---- state that is lost, damaged, old ----


def test_row_092_lost_state_adopts_what_is_equal(begun):
    begun.holds(two=notebook("print(2)"))
    shutil.rmtree(begun.state)
    commits, changes = begun.subjects(), begun.changing_requests()
    result = begun.sync()
    assert result["counts"]["written"] == {"git": 0, "workspace": 0, "local": 0}
    assert begun.subjects() == commits and begun.changing_requests() == changes
    begun.quiet()


def test_row_092_lost_state_is_no_reason_to_delete_or_overwrite(begun):
    """What differs is kept twice, what one side lacks comes back to it."""
    begun.holds(two=notebook("print(2)"), three=notebook("print(3)"))
    shutil.rmtree(begun.state)
    begun.edit("local", "load", edited("b", "local"))
    begun.remove("workspace", "two")
    begun.remove("local", "three")
    begun.holds_back()
    assert list(begun.copies("load").values()) == [edited("b", "local")]
    begun.ends_with(load=ABC, two=notebook("print(2)"), three=notebook("print(3)"))


def damage_ref(hub, name, text):
    path = hub / "refs" / "nbsync" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def damage_packs(hub):
    for pack in hub.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:40])


DAMAGE = {
    "agreed is garbage": lambda hub: damage_ref(hub, "agreed", "garbage\n"),
    "agreed is empty": lambda hub: damage_ref(hub, "agreed", ""),
    "agreed is nowhere": lambda hub: damage_ref(hub, "agreed", "1" * 40 + "\n"),
    "base is garbage": lambda hub: damage_ref(hub, "base/local", "garbage\n"),
    "base is nowhere": lambda hub: damage_ref(hub, "base/workspace", "1" * 40 + "\n"),
    "packs are torn": damage_packs,
    "packs are gone": lambda hub: shutil.rmtree(hub / "objects" / "pack"),
    "no HEAD": lambda hub: (hub / "HEAD").unlink(),
    "torn config": lambda hub: (hub / "config").write_text("[core"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_row_093_damaged_state_never_deletes(begun, damage):
    """Refused with a sentence or rebuilt; in no case does anything go that nobody removed."""
    begun.holds(two=notebook("print(2)"))
    begun.edit("local", "load", edited("b", "local"))
    begun.edit("git", "two", notebook("print(22)"))
    damage(begun.state / "etl" / "hub.git")
    done = begun.run("sync", "--once", "--config", begun.config)
    assert done.returncode >= 0 and "ERROR: " not in done.stderr, done.stderr
    assert done.returncode == 0 or re.search(r"hub|state", done.stdout + done.stderr)
    for side in SIDES:
        assert set(begun.everything(side)) == {"load", "two"}, side
    texts = {t for side in SIDES for t in begun.everything(side).values()}
    texts |= {trim(t) for t in begun.copies("load").values()}
    assert {trim(edited("b", "local")), trim(notebook("print(22)"))} <= texts


def test_row_093_with_a_damaged_hub_put_away_all_is_well(begun):
    """What the sentence asks for helps."""
    begun.edit("local", "load", edited("b", "local"))
    hub = begun.state / "etl" / "hub.git"
    damage_packs(hub)
    begun.run("sync", "--once", "--config", begun.config)
    hub.rename(begun.state / "damaged.git")
    begun.sync_whatever()
    assert trim(edited("b", "local")) in {trim(t) for t in begun.local_texts().values()}
    begun.quiet()


CACHES = {"empty": lambda t: b"", "torn": lambda t: t[:len(t) // 2], "binary": lambda t: b"\0" * 99,
          "other side": lambda t: t.replace(b"local", b"lokal"),
          "newer version": lambda t: t.replace(b"nbsync-cache 3", b"nbsync-cache 99"),
          "no version": lambda t: t[t.index(b"\n") + 1:],
          "longer": lambda t: t + t}


@pytest.mark.parametrize("change", CACHES.values(), ids=CACHES)
def test_rows_093_and_094_a_cache_that_is_not_ours_costs_only_reading(begun, change):
    cache = begun.state / "etl" / "look.cache"
    cache.write_bytes(change(cache.read_bytes()))
    begun.quiet()
    begun.edit("local", "load", edited("b", "local"))
    begun.sync()
    begun.ends_with(load=edited("b", "local"))


def test_row_094_a_state_that_is_newer_than_the_program_is_refused(begun):
    hub = begun.state / "etl" / "hub.git"
    text = (hub / "config").read_text()
    (hub / "config").write_text(text.replace("repositoryformatversion = 0",
                                             "repositoryformatversion = 7"))
    begun.edit("local", "load", edited("b", "local"))
    done = begun.run("sync", "--once", "--config", begun.config)
    assert done.returncode > 0 and "newer" in done.stderr
    assert begun.in_git("load.py") == ABC
    (hub / "config").write_text(text)
    begun.sync()
    begun.ends_with(load=edited("b", "local"))


def test_row_095_a_state_from_a_backup_is_older_than_reality(begun):
    """Edited, added and removed since the backup: all sides agree, so nothing is to be done."""
    begun.holds(two=notebook("print(2)"), three=notebook("print(3)"))
    shutil.copytree(begun.state, begun.path / "backup")
    begun.edit("local", "load", edited("b", "later"))
    begun.remove("workspace", "two")
    begun.edit("git", "new", notebook("print('new')"))
    begun.sync()
    shutil.rmtree(begun.state)
    (begun.path / "backup").rename(begun.state)
    commits, changes = begun.subjects(), begun.changing_requests()
    begun.sync()
    assert begun.subjects() == commits and begun.changing_requests() == changes
    begun.seen = set()  # the lost state had seen them, this one has not
    begun.ends_with(load=edited("b", "later"), three=notebook("print(3)"),
                    new=notebook("print('new')"))


@each
def test_row_095_one_side_comes_from_a_backup_too(begun, side):
    """State and one side are old; the others are newer, which is an edit and not a clash."""
    begun.holds(two=notebook("print(2)"))
    shutil.copytree(begun.state, begun.path / "backup")
    begun.edit("local", "load", edited("b", "later"))
    begun.sync()
    shutil.rmtree(begun.state)
    (begun.path / "backup").rename(begun.state)
    if side == "git":
        begun.git("update-ref", "refs/heads/main", "main~1")
    else:
        begun.edit(side, "load", ABC)
    begun.sync()
    begun.ends_with(load=edited("b", "later"), two=notebook("print(2)"))


# ---- one at a time ----


def test_row_096_a_second_instance_is_refused(begun):
    here = ("sync", "--once", "--config", begun.config)
    with open(begun.state / "etl" / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as any other program could
        assert "mapping 'etl'" in begun.run(*here, check=75).stderr
    begun.daemon()
    # A worker that was only just started has not taken the lock yet.
    wait_for(lambda: begun.run(*here).returncode == 75, what="the worker's lock")
    assert "'etl'" in begun.run(*here).stderr
    command = [str(begun.daemon_binary), "--config", str(begun.config), "--allow-root"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 75, done.stderr
    begun.edit("local", "load", edited("b", "local"))
    begun.arrives("load", edited("b", "local"))


def test_row_097_a_lock_dies_with_its_holder(begun):
    begun.daemon()
    wait_for(lambda: begun.worker_pids(), what="the worker")
    workers = begun.worker_pids()
    begun.stop(signal.SIGKILL)
    for pid in workers:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    assert (begun.state / "etl" / "lock").exists()
    begun.edit("local", "load", edited("b", "local"))
    done = wait_for(lambda: begun.run("sync", "--once", "--config", begun.config).returncode == 0,
                    what="the end of the killed worker")
    assert done
    begun.ends_with(load=edited("b", "local"))


# ---- signals ----


@pytest.mark.parametrize("endpoint", ["list", "export", "import", "delete"])
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_row_098_a_foreground_cycle_is_asked_to_stop(moment, begun, endpoint, sig):
    expected = busy_cycle(begun)
    code = ended(begun, moment, "at", endpoint, sig)
    assert code in (0, 75), "neither finished nor put off"
    begun.sync()
    begun.ends_as(expected)


def test_row_098_the_daemon_is_asked_to_stop_in_mid_transfer(moment, begun):
    expected = busy_cycle(begun)
    started = threading.Event()

    def stop():
        # On a busy machine the first import comes before the daemon was seen to run.
        assert started.wait(timeout=60)
        begun.daemon_process.send_signal(signal.SIGTERM)

    moment.at("import", stop)
    begun.daemon()
    started.set()
    assert begun.daemon_process.wait(timeout=60) == 0
    begun.daemon_process = None
    begun.sync()
    begun.ends_as(expected)


def test_row_099_sighup_takes_a_good_configuration_and_no_bad_one(begun):
    begun.daemon()
    begun.configure(exclude="scratch/", colour="blue")
    begun.daemon_process.send_signal(signal.SIGHUP)
    wait_for(lambda: "colour" in begun.status()["daemon"]["reload_error"], what="the refusal")
    begun.edit("local", "scratch/x", ABC)
    begun.arrives("scratch/x", ABC)
    begun.configure(colour=None)
    begun.daemon_process.send_signal(signal.SIGHUP)
    wait_for(lambda: begun.status()["daemon"]["reload_error"] == "", what="the reload")
    begun.edit("local", "scratch/y", notebook("print('y')"))
    begun.edit("local", "load", edited("b", "after"))
    begun.arrives("load", edited("b", "after"))
    begun.idle()
    assert begun.ws("scratch/y") is None and begun.ws("scratch/x") is not None


def test_row_100_a_long_pause(begun):
    """Everything stands still, as in a suspended machine; meanwhile each side moves, and the token
    is exchanged."""
    begun.daemon()
    begun.idle()
    stopped = [begun.daemon_process.pid, *begun.worker_pids()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    for side in SIDES:
        begun.edit(side, f"from_{side}", notebook(f"print('{side}')"))
    begun.emulator.tokens(add="dapi-next")
    begun.emulator.tokens(remove=begun.emulator.token)
    begun.emulator.token = "dapi-next"
    begun.token.write_text("dapi-next\n")
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    for side in SIDES:
        begun.arrives(f"from_{side}", notebook(f"print('{side}')"))


# ---- looking without touching ----


def snapshot(path):
    """Also a file that came and went leaves another time of its folder behind."""
    return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_ctime_ns, p.lstat().st_size)
            for p in [path, *path.rglob("*")]}


LOOKING = {
    "check": (0, ["check", "--config", "{config}"]),
    "check --dump": (0, ["check", "--dump", "--config", "{config}"]),
    "status": (4, ["status", "--config", "{config}"]),
    "conflicts": (4, ["conflicts", "--config", "{config}"]),
    "log": (0, ["log", "--config", "{config}", "etl"]),
    "log of a notebook": (0, ["log", "--json", "--config", "{config}", "etl", "load"]),
    "policy check": (0, ["policy", "check", "--policy", "{policy}", "file://{remote}"]),
    "policy check refuses": (3, ["policy", "check", "--policy", "{policy}",
                                 "https://git.acme.example/x"]),
    "convert": (0, ["convert", "--output", "-", "{local}/load.py"]),
    "convert --check": (0, ["convert", "--check", "{local}/load.py"]),
}


@pytest.mark.parametrize("code, command", LOOKING.values(), ids=LOOKING)
def test_row_103_commands_that_only_look_write_nothing(begun, code, command):
    """Although there is a lot to do: nothing on any side, in the state, or in the workspace."""
    for side in SIDES:
        begun.edit(side, "load", edited("b", side))
    before, requests = snapshot(begun.path), len(begun.requests())
    done = begun.run(*[word.format(**vars(begun)) for word in command])
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout or code
    assert snapshot(begun.path) == before and len(begun.requests()) == requests


@pytest.mark.parametrize("command", [["check"], ["log"]], ids=" ".join)
def test_row_103_looking_makes_no_state(scene, command):
    scene.write("load.py", ABC)
    before, requests = snapshot(scene.path), len(scene.requests())
    assert scene.run(*command, "--config", scene.config).returncode in (0, 1)
    assert snapshot(scene.path) == before and len(scene.requests()) == requests


# ---- one bad mapping ----


BROKEN = {
    "no token": lambda scene: [f"token_file = {scene.path}/nothing"],
    "open token": lambda scene: [f"token_file = {scene.path}/open-token"],
    "no host": lambda scene: ["host = http://127.0.0.1:1", f"token_file = {scene.token}"],
}


@pytest.mark.parametrize("keys", BROKEN.values(), ids=BROKEN)
def test_row_107_a_mapping_that_cannot_work_stops_no_other(begun, keys):
    """Its own sides are held, whether it comes first or last in the configuration."""
    (begun.path / "open-token").write_text("dapi\n")
    (begun.path / "open-token").chmod(0o644)
    lines = keys(begun)
    host = [] if lines[0].startswith("host") else [f"host = {begun.emulator.url}"]
    broken = ["[workspace broken]", *host, *lines, "",
              "[mapping a-broken]", f"local = {begun.path}/broken", "workspace = broken:/Shared/b",
              "local_format = source", ""]
    text = begun.config.read_text()
    begun.config.write_text(text.replace("[mapping etl]", "\n".join([*broken, "[mapping etl]"])))
    begun.edit("local", "load", edited("b", "local"))
    begun.edit("workspace", "new", FINE)
    done = begun.run("sync", "--once", "--config", begun.config)
    assert done.returncode not in (0, -6, -11) and "ERROR: " not in done.stderr, done.stderr
    assert "a-broken" in done.stdout + done.stderr
    assert begun.everything("git") == begun.everything("local") == \
        {"load": trim(edited("b", "local")), "new": trim(FINE)}


def test_row_107_the_daemon_goes_on_with_the_others(begun):
    begun.more = "\n".join(["", "[workspace broken]", "host = http://127.0.0.1:1",
                            f"token_file = {begun.token}", "[mapping a-broken]",
                            f"local = {begun.path}/broken", "workspace = broken:/Shared/b", ""])
    begun.configure()
    begun.daemon()
    begun.edit("local", "load", edited("b", "local"))
    begun.arrives("load", edited("b", "local"))
    mappings = {m["name"]: m for m in begun.status()["mappings"]}
    assert "127.0.0.1:1" in wait_for(
        lambda: {m["name"]: m for m in begun.status()["mappings"]}["a-broken"]
        ["sides"]["workspace"]["sentence"], what="the reason")
    assert mappings["etl"]["sides"]["workspace"]["state"] == "ok"


def test_row_107_a_mistake_in_the_file_is_named_with_its_line(begun):
    """A configuration is taken whole or not at all: half of one is nobody's intention."""
    begun.configure(branch="a..b", colour="blue")
    begun.edit("local", "load", edited("b", "local"))
    done = begun.run("sync", "--once", "--config", begun.config)
    assert done.returncode == 78
    mistakes = re.findall(rf"^{re.escape(str(begun.config))}:\d+: ", done.stderr, re.MULTILINE)
    assert len(mistakes) == 2
    assert begun.in_git("load.py") == ABC
