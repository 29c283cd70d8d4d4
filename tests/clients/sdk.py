# SPDX-License-Identifier: Apache-2.0
"""sdk.py HOST TOKEN PATH: writes the notebook as Jupyter to the standard output, as the SDK has it."""

import base64
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ExportFormat

host, token, path = sys.argv[1:]
workspace = WorkspaceClient(host=host, token=token, auth_type="pat").workspace
exported = base64.b64decode(workspace.export(path, format=ExportFormat.JUPYTER).content)
if workspace.download(path, format=ExportFormat.JUPYTER).read() != exported:
    sys.exit("the two ways to export it differ")
sys.stdout.buffer.write(exported)
