#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our notebook reader and writer beside Jupyter's nbformat and beside cJSON, on the same files.

    notebook-peers.py NOTEBOOK-BENCH [FOLDER...]

NOTEBOOK-BENCH is the program made of notebook.c; the folders (default: the corpus that NBSYNC_CORPUS
names) hold notebooks. Prints megabytes of processor time per second, and how many times as fast.
"""

import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
GENERATED_MB = 50


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


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bench = sys.argv[1]
    folders = sys.argv[2:] or [os.environ.get("NBSYNC_CORPUS", "corpus")]
    ipynbs = notebooks(folders, (".ipynb",))
    sources = notebooks(folders, (".py", ".sql", ".scala", ".r"))
    table = run_bench(bench, ipynbs + sources)
    for name, rate in table.items():
        print(f"{name:28}{rate:12.1f} MB/s")
    with tempfile.TemporaryDirectory() as folder:
        peers = {"ipynb": nbformat_rate(ipynbs), "outputs": nbformat_rate([generated(folder)])}
    for name, rate in peers.items():
        print(f"{name + '/nbformat':28}{rate:12.1f} MB/s")
        print(f"{name}: rewriting is {table[name + '/rewrite'] / rate:.0f} times nbformat, "
              f"{table[name + '/rewrite'] / table[name + '/cjson-parse']:.1f} times cJSON's parsing alone")


if __name__ == "__main__":
    main()
