# SPDX-License-Identifier: Apache-2.0
"""What we write new is a notebook to Jupyter's own library, in the layout of Databricks' Git folders.

The source notebooks are small ones of ours, and real ones where the corpus is at hand.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from world import ABC, NBSYNC, notebook

nbformat = pytest.importorskip("nbformat")

OURS = {
    "plain.py": ABC,
    "empty.py": "# Databricks notebook source\n",
    "mixed.py": notebook("# MAGIC %md\n# MAGIC # Title\n# MAGIC\n# MAGIC text", "# MAGIC %sql\n"
                         "# MAGIC SELECT 1", "# DBTITLE 1,Named\nprint('\u00fc\U0001f525')", ""),
    "totals.sql": "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\n"
                  "-- MAGIC %md-sandbox <b>x</b>\n",
    "x.scala": "// Databricks notebook source\nval a = 1\n",
    "x.r": "# Databricks notebook source\na <- 1\n",
}


def corpus():
    default = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"
    return sorted((Path(os.environ.get("NBSYNC_CORPUS", default)) / "src").glob("*.*"))


def accepted(path, out):
    done = subprocess.run([str(NBSYNC), "convert", "--to", "ipynb", "-o", str(out), str(path)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    text = out.read_text(encoding="utf-8")
    value = json.loads(text)
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert (value["nbformat"], value["nbformat_minor"]) == (4, 0)
    assert json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n" == text


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_samples(tmp_path, name):
    (tmp_path / name).write_text(OURS[name], encoding="utf-8")
    accepted(tmp_path / name, tmp_path / "out.ipynb")


@pytest.mark.slow
@pytest.mark.skipif(not corpus(), reason="the corpus of real notebooks is not here")
def test_all_real_notebooks(tmp_path):
    for i, path in enumerate(corpus()):
        accepted(path, tmp_path / f"{i}.ipynb")
