/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of workspace.h, by name. It does nothing itself. */

#include "workspace/api.h"

const struct workspace_api workspace_api = {
	.open = workspace_new,
	.close = workspace_free,
	.list = workspace_list,
	.stat = workspace_stat,
	.export = workspace_export,
	.download = workspace_download,
	.import = workspace_import,
	.remove = workspace_delete,
	.whoami = workspace_whoami,
	.host = workspace_host,
	.changes_sent = workspace_changes_sent,
};
