# SPDX-License-Identifier: Apache-2.0
"""One edited cell is all that another client sees of nbsync's write."""

import json
import os
import pathlib
import subprocess

import pytest

from world import ROOT, World

SDK = pathlib.Path(__file__).with_name("sdk.py")
OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
TABLE = {"output_type": "display_data", "metadata": {},
         "data": {"text/html": ["<table><tr><td>1</td></tr></table>"]}}


def cell(source, *outputs, **metadata):
    return {"cell_type": "code", "execution_count": 1, "metadata": metadata,
            "outputs": list(outputs), "source": source}


RICH = {
    "cells": [
        cell("day = dbutils.widgets.get('day')", OUTPUT, tags=["parameters"],
             **{"application/vnd.databricks.v1+cell": {
                 "cellMetadata": {"byteLimit": 2048000}, "inputWidgets": {"day": {}},
                 "nuid": "00000000-0000-4000-8000-000000000001", "showTitle": True,
                 "tableResultSettingsMap": {}, "title": "the day"}}),
        cell("total = 2"),
        {"cell_type": "markdown", "metadata": {}, "source": "# text\nmore"},
        cell("display(total)", TABLE),
    ],
    "metadata": {
        "application/vnd.databricks.v1+notebook": {
            "computePreferences": None,
            "dashboards": [{"elements": [], "guid": "d-1", "title": "sales", "version": "d"}],
            "environmentMetadata": {"base_environment": "", "client": "2",
                                    "dependencies": ["acme-tools==1.2"]},
            "language": "python", "notebookMetadata": {"pythonIndentUnit": 4},
            "notebookName": "load",
            "widgets": {"day": {"currentValue": "1", "nuid": "w-1",
                                "widgetInfo": {"defaultValue": "1", "name": "day",
                                               "widgetType": "text"}}}},
        "language_info": {"name": "python"}},
    "nbformat": 4, "nbformat_minor": 0}


def export(emulator, path):
    """The notebook as Databricks' Python SDK exports it."""
    done = subprocess.run([os.environ["NBSYNC_SDK_PYTHON"], SDK, emulator.url, emulator.token, path],
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def edit(world, side):
    """Somebody changes one cell on another side than the workspace."""
    if side == "local":
        world.write("load.py", world.read("load.py").replace("total = 2", "total = 22"))
    else:
        text = world.in_git("load.py").replace("total = 2", "total = 22")
        world.git_commit("a colleague's edit", {"notebooks/load.py": text})


@pytest.mark.parametrize("outputs_none", ["honour", "ignore", "refuse"])
@pytest.mark.parametrize("side", ["local", "git"])
def test_an_edit_changes_one_cell(tmp_path, emulator, side, outputs_none):
    emulator.knobs(outputs_none=outputs_none)
    world = World(tmp_path, emulator)
    emulator.mkdirs(ROOT)
    emulator.put(f"{ROOT}/load.ipynb", json.dumps(RICH).encode())
    world.sync()
    before = export(emulator, f"{ROOT}/load")
    edit(world, side)
    world.sync()
    after = export(emulator, f"{ROOT}/load")
    assert emulator.status(f"{ROOT}/load")["repos_export_format"] == "JUPYTER"
    assert b"total = 22" in after
    at = before.index(b"total = 2")
    begin, end = before.rindex(b"\n  {\n", 0, at), before.index(b"\n  }", at)
    assert after[:begin] == before[:begin]
    assert after[-len(before[end:]):] == before[end:]


def test_what_was_not_edited_is_not_touched(tmp_path, emulator):
    world = World(tmp_path, emulator)
    emulator.mkdirs(ROOT)
    emulator.put(f"{ROOT}/load.ipynb", json.dumps(RICH).encode())
    before = export(emulator, f"{ROOT}/load")
    world.sync()
    world.sync()
    assert export(emulator, f"{ROOT}/load") == before
