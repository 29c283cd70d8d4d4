#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our notebook reader and writer beside Jupyter's nbformat and beside cJSON, on the same files.

    notebook-peers.py [FOLDER...]

Builds notebook.c of this folder with $CC (default: cc) and runs it on the notebooks in the folders
(default: what NBSYNC_CORPUS names, else ../shared/corpus beside the sources). Prints megabytes a
second of processor time, and how many times as fast.
"""

import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
GENERATED_MB = 50


def build(folder):
    """The bench, optimised as a release is."""
    program = os.path.join(folder, "notebook-bench")
    base = [ROOT / "common" / "base" / name for name in ("util.c", "buf.c", "err.c")]
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-D_GNU_SOURCE", "-O3",
                    f"-I{ROOT}/common", f"-I{ROOT}", "-o", program,
                    ROOT / "tests" / "bench" / "notebook.c",
                    *(ROOT / "common" / "notebook").glob("*.c"), *base, "-lcjson"], check=True)
    return program


def notebooks(folders, extensions):
    paths = []
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True)):
            if path.endswith(extensions) and os.path.isfile(path):
                paths.append(path)
    return paths


def run_bench(bench, paths):
    """The bench's table: name -> megabytes per second."""
    command = [bench, "--rounds", str(ROUNDS), "--mb", str(GENERATED_MB), *paths]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    table = {}
    for line in output.splitlines():
        name, rate, _ = line.split("\t")
        table[name] = float(rate)
    return table


def nbformat_rate(paths):
    """nbformat reading and writing what it can read."""
    import nbformat

    times, size = [], 0
    for _ in range(max(1, ROUNDS // 2)):
        size, spent = 0, 0.0
        for path in paths:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
            start = time.process_time()
            try:
                nbformat.writes(nbformat.reads(text, as_version=4))
            except Exception:  # not a notebook for nbformat
                continue
            spent += time.process_time() - start
            size += len(text.encode())
        times.append(spent)
    return size / 1e6 / statistics.median(times)


def generated(folder):
    """The .ipynb that the bench generates too: cells with one image of 200 KB each."""
    import base64
    import json
    import random

    rng = random.Random(7)
    cells = []
    for i in range(GENERATED_MB * 5):
        image = base64.b64encode(rng.randbytes(150000)).decode()
        cells.append({
            "cell_type": "code", "execution_count": i, "metadata": {},
            "outputs": [{"output_type": "display_data", "metadata": {},
                         "data": {"image/png": image, "text/plain": ["<Figure>"]}}],
            "source": ["import plots\n", f"plots.show({i})"]})
    path = os.path.join(folder, "generated.ipynb")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, file, indent=1)
    return path


def report(table, peers):
    for name, rate in table.items():
        print(f"{name:28}{rate:12.1f} MB/s")
    for name, rate in peers.items():
        ours = table[name + "/rewrite"]
        print(f"{name + '/nbformat':28}{rate:12.1f} MB/s")
        print(f"{name}: rewriting is {ours / rate:.0f} times nbformat, "
              f"{ours / table[name + '/cjson-parse']:.1f} times cJSON's parsing alone")


def main():
    corpus = os.environ.get("NBSYNC_CORPUS", str(ROOT.parent / "shared" / "corpus"))
    folders = sys.argv[1:] or [corpus]
    ipynbs = notebooks(folders, (".ipynb",))
    sources = notebooks(folders, (".py", ".sql", ".scala", ".r"))
    if not ipynbs:
        sys.exit(f"no notebooks in {' '.join(folders)}")
    warnings.simplefilter("ignore")  # nbformat says a lot about other people's notebooks
    with tempfile.TemporaryDirectory() as folder:
        table = run_bench(build(folder), ipynbs + sources)
        peers = {"ipynb": nbformat_rate(ipynbs), "outputs": nbformat_rate([generated(folder)])}
    report(table, peers)


if __name__ == "__main__":
    main()
