# SPDX-License-Identifier: Apache-2.0
"""What stands where: notebooks and files of a world, and how to look at directories and Git."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

LANGUAGES = {".py": "#", ".sql": "--", ".scala": "//", ".r": "#"}
NAMES = ["load.py", "clean.sql", "report.scala", "stats.r", "daily/orders.py", "daily/items.py",
         "daily/returns.sql", "daily/late/retry.py", "daily/late/backlog.py", "jobs/nightly.py",
         "jobs/weekly.scala", "lib/helpers.py", "lib/dates.py", "docs/intro.py", "docs/faq.py",
         "archive/old1.py", "archive/old2.py"]
FILES = ["lib/util.py", "lib/table.csv", "docs/picture.png"]


def notebook(name, *words):
    leader = LANGUAGES[os.path.splitext(name)[1]]
    cells = [f"{leader} {name} {word}" for word in ("one", "two", "three", *words)]
    between = f"\n\n{leader} COMMAND ----------\n\n"
    return (f"{leader} Databricks notebook source\n" + between.join(cells) + "\n").encode()


def plain_file(name, *words):
    return ("\n".join([f"import {name.replace('/', '_')}", *words]) + "\n").encode()


def stem(name):
    return os.path.splitext(name)[0] if os.path.splitext(name)[1] in LANGUAGES else name


def is_notebook(data):
    return data.split(b"\n", 1)[0].rstrip().endswith(b" Databricks notebook source")


def trim(data):
    return data.rstrip(b"\n")


def logical(files):
    """{file name: content} as {name of the notebook or file: content without the last newline}."""
    return {stem(n) if is_notebook(d) else n: trim(d) for n, d in files.items()}


def is_copy(name):
    return re.search(r"\.conflict-(git|workspace|local)-\d{8}T\d{6}Z", name) is not None


def originals(side):
    return {n: d for n, d in side.items() if not is_copy(n)}


def tree_of(directory, leave_out=()):
    """{path: (size, time, hash)} of everything below a directory but what is left out."""
    found = {}
    for top, folders, files in os.walk(directory):
        folders[:] = [f for f in folders if os.path.join(top, f) not in leave_out]
        for name in [*folders, *files]:
            path = os.path.join(top, name)
            st = os.lstat(path)
            data = b"" if not os.path.isfile(path) else Path(path).read_bytes()
            found[path] = (st.st_mode, st.st_size if data else 0,
                           st.st_mtime_ns if data else 0, hashlib.sha1(data).hexdigest())
    return found


# ---- Git ----

def run_git(where, *argv, data=None):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *map(str, argv)], cwd=where, env=env, input=data,
                          capture_output=True, check=True).stdout


def commit(repository, files, first=False):
    """A colleague's commit; {path: content}."""
    out = [b"commit refs/heads/main", b"committer Bob <bob@acme.example> 1790000000 +0000",
           b"data 4", b"work"]
    if not first:
        out.append(b"from refs/heads/main^0")
    for name, data in files.items():
        out += [b"M 100644 inline " + name.encode(), b"data %d" % len(data), data]
    run_git(repository, "fast-import", "--quiet", data=b"\n".join(out) + b"\n")


def blobs(repository, ids):
    """{id: content} of those of these objects that are blobs."""
    out = run_git(repository, "cat-file", "--batch",
                  data="".join(i + "\n" for i in ids).encode())
    found, at = {}, 0
    for i in ids:
        end = out.index(b"\n", at)
        kind, size = out[at:end].split()[1:]
        if kind == b"blob":
            found[i] = out[end + 1:end + 1 + int(size)]
        at = end + 2 + int(size)
    return found


def branch(repository):
    """{path: content} of the whole branch."""
    lines = run_git(repository, "ls-tree", "-r", "-z", "main").decode().split("\0")
    ids = {line.partition("\t")[2]: line.split()[2] for line in lines if line}
    there = blobs(repository, list(ids.values()))
    return {name: there[i] for name, i in ids.items()}


def history(hub):
    """Every content that a mapping's private repository can give back."""
    lines = run_git(hub, "rev-list", "--objects", "--all").decode().splitlines()
    return {trim(data) for data in blobs(hub, [line.split()[0] for line in lines]).values()}
