# SPDX-License-Identifier: Apache-2.0
"""An empty argument where the name of a file, folder, socket or mapping belongs, as a variable that
is not set leaves it: a sentence that says what is missing, and nothing is done. The keys of the
configuration that are paths are in the table of tests/unit/test-config.c.
"""

import os
import re
import subprocess

import pytest

from world import NBSYNC, NBSYNCD

WORKER = NBSYNCD.with_name("nbsyncd-worker")
NO_CONFIG = "--config needs the name of a file, not ''"
NO_SOCKET = "--socket needs the path of a socket, not ''"
URL = "https://git.acme.example/team/etl"

COMMANDS = [["sync"], ["status"], ["commit", "-m", "Load"], ["confirm"], ["conflicts"],
            ["resolve", "--git", "load"], ["restore", "--to", "3f2a91c04d", "load"],
            ["discard", "load"], ["log"], ["check"]]
CONFIG = ["--config", "nbsyncd.ini"]

# program, arguments, exit code, what the sentence has
ROWS = [
    *[(NBSYNC, [*command, "--config", ""], 2, NO_CONFIG) for command in COMMANDS],
    *[(NBSYNC, [*command, "--socket", ""], 2, NO_SOCKET) for command in COMMANDS[:-2]],
    (NBSYNC, ["check", "--config="], 2, NO_CONFIG),
    (NBSYNC, ["policy", "check", "--policy", "", URL], 2, "--policy needs the name of a file"),
    (NBSYNC, ["policy", "check", ""], 3, "the URL is empty"),
    (NBSYNC, ["resolve", "--once", *CONFIG, "--file", "", "load"], 2,
     "--file needs the name of a file"),
    (NBSYNC, ["resolve", "--once", *CONFIG, "--git", ""], 2, "the path is empty"),
    (NBSYNC, ["resolve", "--once", *CONFIG, "--git", "etl", ""], 2, "the path is empty"),
    (NBSYNC, ["discard", "--once", *CONFIG, "etl", ""], 2, "the path is empty"),
    (NBSYNC, ["restore", "--once", *CONFIG, "--to", "3f2a91c04d", ""], 2, "the path is empty"),
    (NBSYNC, ["restore", "--once", *CONFIG, "--to", "", "load"], 2, "'' is no revision"),
    (NBSYNC, ["log", *CONFIG, ""], 2, "the path is empty"),
    (NBSYNC, ["log", *CONFIG, "etl", ""], 2, "the path is empty"),
    (NBSYNC, ["sync", "--once", *CONFIG, ""], 78, "there is no mapping ''"),
    (NBSYNC, ["commit", "--once", *CONFIG, "-m", "Load", ""], 2, "there is no mapping ''"),
    (NBSYNC, ["confirm", "--once", *CONFIG, ""], 2, "the token is empty"),
    (NBSYNC, ["confirm", "--once", *CONFIG, "etl", ""], 2, "the token is empty"),
    (NBSYNC, ["conflicts", "--once", *CONFIG, ""], 2, "there is no mapping ''"),
    (NBSYNC, ["commit", "--once", *CONFIG, "-m", ""], 2, "a commit needs a summary"),
    (NBSYNC, ["convert", ""], 2, "the name of a file is empty"),
    (NBSYNC, ["convert", "load.py", ""], 2, "the name of a file is empty"),
    (NBSYNC, ["convert", "-r", "--to", "ipynb", ""], 2, "the name of a file is empty"),
    (NBSYNC, ["convert", "-o", "", "load.py"], 2, "argument '' is not understood"),
    (NBSYNC, ["convert", "-u", "", "load.py"], 2, "argument '' is not understood"),
    (NBSYNC, [""], 2, "unknown command ''"),
    (NBSYNCD, ["--config", ""], 2, NO_CONFIG),
    (NBSYNCD, ["--check", "-c", ""], 2, NO_CONFIG),
    (NBSYNCD, ["--worker", ""], 2, "--worker needs the name of a mapping, not ''"),
    (NBSYNCD, [*CONFIG, "--worker-binary", ""], 2,
     "--worker-binary needs the name of a file, not ''"),
    (NBSYNCD, [""], 2, "'' is not an option"),
    (WORKER, [""], 2, "nbsyncd-worker is started by nbsyncd"),
]


@pytest.mark.parametrize("program,arguments,code,sentence", ROWS,
                         ids=[" ".join([r[0].name, *(a or "''" for a in r[1])]) for r in ROWS])
def test_an_empty_name(tmp_path, program, arguments, code, sentence):
    (tmp_path / "load.py").write_text("# Databricks notebook source\nprint(1)\n")
    config = tmp_path / "nbsyncd.ini"
    config.touch(mode=0o600)
    config.write_text(f"[daemon]\nstate = {tmp_path}/state\n\n[mapping etl]\n"
                      f"local = {tmp_path}/etl\ngit = file://{tmp_path}/etl.git\n")
    before = sorted(os.listdir(tmp_path))
    root = ["--allow-root"] if program == NBSYNCD and os.geteuid() == 0 else []
    done = subprocess.run([program.resolve(), *arguments, *root], cwd=tmp_path, text=True,
                          capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    assert sentence in said, said
    assert done.returncode == code, said
    assert not re.search(r"Sanitizer|runtime error", said)
    assert sorted(os.listdir(tmp_path)) == before
