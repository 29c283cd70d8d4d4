# SPDX-License-Identifier: Apache-2.0
"""Rich notebooks, with outputs, widgets, a dashboard, tags and an environment, as people have them
in a workspace. All of it is invented.
"""

import base64
import json

NOTEBOOK_KEY = "application/vnd.databricks.v1+notebook"
CELL_KEY = "application/vnd.databricks.v1+cell"
ENVIRONMENT = {"base_environment": "", "environment_version": "4"}
WIDGETS = {
    "region": {
        "currentValue": "north",
        "nuid": "6f6a1f6e-0b1d-4c55-9f0e-1d0f5f3f9a01",
        "typedWidgetInfo": None,
        "widgetInfo": {
            "widgetType": "dropdown", "defaultValue": "north", "label": "Region", "name": "region",
            "options": {"widgetDisplayType": "Dropdown", "choices": ["north", "south"],
                        "fixedDomain": True, "multiselect": False},
        },
    },
}
DASHBOARDS = [{
    "elements": [], "globalVars": {}, "guid": "", "layoutOption": {"grid": True, "stack": True},
    "nuid": "b7c7b0f2-3c86-4a1e-8f43-5a8a5d5a2b02", "origId": 7, "title": "Orders by region",
    "version": "DashboardViewV1", "width": 1024,
}]


def nuid(number):
    return f"{number:08x}-1111-4111-8111-{number:012x}"


def cell(source, output=None, tags=(), number=1, kind="code", **metadata):
    """One cell as the workspace exports it; output is what it printed."""
    text = [{"name": "stdout", "output_type": "stream", "text": [output + "\n"]}] if output else []
    code = {"execution_count": 0, "outputs": text} if kind == "code" else {}
    return {
        "cell_type": kind,
        "metadata": {
            CELL_KEY: {"cellMetadata": {}, "inputWidgets": {}, "nuid": nuid(number),
                       "showTitle": False, "tableResultSettingsMap": {}, "title": ""},
            "tags": list(tags), **metadata,
        },
        "source": source.splitlines(keepends=True),
        **code,
    }


def jupyter(*cells, environment=None, widgets=None, dashboards=None):
    """A Python notebook of these cells, as JSON text."""
    return json.dumps({
        "cells": list(cells),
        "metadata": {
            NOTEBOOK_KEY: {
                "computePreferences": None, "dashboards": dashboards or [],
                "environmentMetadata": environment, "inputWidgetPreferences": None,
                "language": "python", "notebookMetadata": {"pythonIndentUnit": 4},
                "notebookName": "board", "widgets": widgets or {},
            },
            "language_info": {"name": "python"},
        },
        "nbformat": 4, "nbformat_minor": 0,
    }, indent=1)


def board(**changes):
    """What most tests have in the workspace: two outputs, one in a cell that asks to keep it."""
    parts = {"environment": ENVIRONMENT, "widgets": WIDGETS, "dashboards": DASHBOARDS, **changes}
    return jupyter(
        cell("rate = 0.2", "printed by the first", ["parameters"], 1),
        cell("print(rate)", "printed by the kept", ["keep_output"], 2),
        cell("total = 1", None, [], 3),
        cell("limit = 1", None, ["checked"], 4),
        **parts)


def put(world, name, text, fmt="JUPYTER"):
    """Saves a notebook in the workspace as somebody in the browser does."""
    from world import ROOT
    world.control("edit", path=f"{ROOT}/{name}", format=fmt,
                  content_base64=base64.b64encode(text.encode()).decode())


def cells(text):
    """What the cells say, whichever format the text is in; None: there is no notebook."""
    if text is None:
        return None
    if text.lstrip().startswith("{"):
        return ["".join(one["source"]).strip("\n") for one in json.loads(text)["cells"]]
    lines = text.splitlines()[1:]
    if lines and lines[0] == "# /// script":
        lines = lines[lines.index("# ///") + 1:]
    return [part.strip("\n") for part in "\n".join(lines).split("# COMMAND ----------")]


def metadata(text):
    """Databricks' own metadata of a notebook in Jupyter's format."""
    return json.loads(text)["metadata"][NOTEBOOK_KEY]


def tags(text, number):
    return json.loads(text)["cells"][number]["metadata"].get("tags") or []


def printed(text, number):
    """What a cell has printed, without the newline."""
    outputs = json.loads(text)["cells"][number]["outputs"]
    return "".join(line for one in outputs for line in one["text"]).rstrip("\n")
