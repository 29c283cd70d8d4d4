# SPDX-License-Identifier: Apache-2.0
"""The running daemon: saves arrive by themselves, crashes cost nothing, policy can be reloaded."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from world import ABC as A
from world import ipynb, notebook, wait_for



def canonical(text):
    """What two sides must agree in: blank-magic style and the final newline may differ."""
    lines = [line.rstrip() if line.rstrip() in ("# MAGIC", "-- MAGIC", "// MAGIC") else line
             for line in text.replace("\r\n", "\n").rstrip("\n").split("\n")]
    return "\n".join(lines)


def arrived(world, name, text):
    return (world.in_git(name + ".py") == text
            and (world.ws(name) or "").rstrip("\n") == text.rstrip("\n")
            and (world.read(name + ".py") or "").rstrip("\n") == text.rstrip("\n"))


def test_saves_and_edits_arrive_by_themselves(world):
    world.daemon()
    world.write("etl/load.py", A)
    wait_for(lambda: arrived(world, "etl/load", A), what="the new notebook")
    b = A.replace("'b'", "'in the browser'")
    world.ws_edit("etl/load", b)
    wait_for(lambda: arrived(world, "etl/load", b), what="the workspace edit")
    c = A.replace("'c'", "'by a colleague'")
    world.git_commit("by Ana", {"notebooks/etl/load.py": c})
    wait_for(lambda: arrived(world, "etl/load", c), what="the commit")
    assert world.mapping_status()["state"].lower() in ("idle", "queued", "running")
    world.stop()
    world.fsck()


def test_no_echo(world):
    """After convergence, many polls cause no changing request and no commit."""
    world.configure(poll="1s", git_poll="1s")
    world.daemon()
    for i in range(10):
        world.write(f"n{i}.py", notebook(str(i)))
    wait_for(lambda: arrived(world, "n9", notebook("9")) and len(world.git_files()) == 10)
    wait_for(lambda: world.mapping_status()["state"].lower() == "idle")
    requests, commits = world.changing_requests(), len(world.subjects())
    polls = len(world.requests())
    wait_for(lambda: len(world.requests()) >= polls + 8, what="eight more polls")
    assert world.changing_requests() == requests
    assert len(world.subjects()) == commits


def test_who_asks_for_a_cycle_gets_what_is_on_the_branch(world):
    """However long git_poll is: this is how people pull."""
    world.configure(poll="1h", git_poll="1h")
    world.write("load.py", A)
    world.daemon()
    wait_for(lambda: arrived(world, "load", A), what="the new notebook")
    c = A.replace("'c'", "'by a colleague'")
    world.git_commit("by Ana", {"notebooks/load.py": c})
    world.run("sync", "--wait", "--config", world.config, check=0)
    assert arrived(world, "load", c)


def kill_workers(world):
    """Some may have ended by themselves meanwhile."""
    for pid in world.worker_pids():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def test_kill_9_of_the_worker_in_the_middle(world):
    world.daemon()
    for i in range(60):
        world.write(f"n{i:02}.py", notebook(f"print({i})"))
        if i in (10, 30, 50):
            kill_workers(world)
    wait_for(lambda: all(arrived(world, f"n{i:02}", notebook(f"print({i})"))
                         for i in (0, 10, 31, 59)), seconds=60)
    wait_for(lambda: len(world.git_files()) == 60, seconds=60)
    world.stop()
    world.fsck()


def test_kill_9_of_the_daemon_and_a_restart(world):
    world.daemon()
    for i in range(60):
        world.write(f"n{i:02}.py", notebook(f"print({i})"))
    world.stop(signal.SIGKILL)
    world.write("n00.py", A)
    world.daemon()
    wait_for(lambda: arrived(world, "n00", A) and len(world.git_files()) == 60, seconds=60)
    world.stop()
    world.fsck()


def test_policy_reload_lets_waiting_commits_through(world):
    world.allow("https://git.acme.example/team/")
    world.daemon()
    world.write("load.py", A)
    wait_for(lambda: world.ws("load"))
    status = wait_for(lambda: (m := world.mapping_status())["sides"]["git"]["state"] == "held" and m)
    assert "remote.git" in status["sides"]["git"]["sentence"]
    assert world.subjects() == []
    assert world.status_code() == 5
    world.allow(f"file://{world.path}/")
    world.daemon_process.send_signal(signal.SIGHUP)
    wait_for(lambda: world.subjects() == ["Add load"])


def test_wrong_token_is_one_clear_sentence(world):
    world.token.write_text("dapi" + "1" * 32 + "\n")
    world.daemon()
    world.write("load.py", A)
    wait_for(lambda: world.in_git("load.py") == A)
    sentence = wait_for(lambda: world.mapping_status()["sides"]["workspace"]["sentence"])
    assert "refused the token" in sentence and str(world.token) in sentence
    text = world.run("status", "--socket", world.socket).stdout
    assert sentence in text
    assert "dapi1111" not in text + world.daemon_log()
    world.token.write_text(world.emulator.token + "\n")
    wait_for(lambda: world.ws("load"), seconds=30)


def test_an_unparsable_notebook_is_named_and_the_others_go_on(world):
    world.daemon()
    world.write("bad.ipynb", ipynb("print(1)")[:-20])
    world.write("good.py", A)
    wait_for(lambda: arrived(world, "good", A))
    held = wait_for(lambda: world.mapping_status()["held"])
    assert held[0]["path"] == "bad" and held[0]["reason"] == "unparsable" and "line" in held[0]["sentence"]
    world.write("bad.ipynb", ipynb("print(1)"))
    wait_for(lambda: world.in_git("bad.py") == notebook("print(1)"))
    wait_for(lambda: world.status_code() == 0)


def test_an_unknown_key_is_named_with_its_line(world):
    world.config.write_text(world.config.read_text().replace("branch =", "brunch ="))
    done = world.run("check", "--config", world.config)
    assert done.returncode == 78
    assert f"{world.config}:" in done.stderr and "unknown key 'brunch' in [mapping etl]" in done.stderr


def corpus():
    default = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"
    return Path(os.environ.get("NBSYNC_CORPUS", default)) / "src"


@pytest.mark.slow
@pytest.mark.skipif(not corpus().is_dir(), reason="the corpus of real notebooks is not here")
def test_all_real_notebooks_arrive_and_come_back(world):
    """Real source notebooks, copied in under a running daemon with a worker killed in the middle."""
    files = sorted(p for p in corpus().iterdir() if p.suffix in (".py", ".sql", ".scala", ".r"))
    world.daemon()
    for i, path in enumerate(files):
        (world.local / path.name).write_bytes(path.read_bytes())
        if i == len(files) // 2:
            kill_workers(world)
    wait_for(lambda: len(world.git_files()) == len(files), seconds=120, what="all in Git")
    in_git = {p.name: subprocess.run(["git", "show", f"main:notebooks/{p.name}"], cwd=world.remote,
                                     capture_output=True).stdout for p in files}
    assert [p.name for p in files if in_git[p.name] != p.read_bytes()] == []
    for path in files:
        assert canonical(world.ws(path.stem)) == canonical(path.read_text(errors="strict")), path.name
    wait_for(lambda: world.mapping_status()["state"].lower() == "idle")
    requests = world.changing_requests()
    # Back: every one edited in the workspace.
    marker = {".py": "# edited", ".r": "# edited", ".sql": "-- edited", ".scala": "// edited"}
    for path in files:
        world.ws_edit(path.stem, world.ws(path.stem).rstrip("\n") + "\n" + marker[path.suffix] + "\n")
    wait_for(lambda: all(marker[p.suffix] in (world.local / p.name).read_text()[-40:] for p in files),
             seconds=120, what="all edits locally")
    wait_for(lambda: all(marker[p.suffix] in world.in_git(p.name)[-40:] for p in files[::20]),
             seconds=60, what="all edits in Git")
    assert world.changing_requests() == requests
    assert world.mapping_status()["held"] == []
    world.stop()
    world.fsck()
