/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The workspace side: a folder of a Databricks workspace. */

#include "side/side.h"

struct workspace_api;

/* Contacts nobody yet. api is borrowed; NULL: the real one (workspace/api.h). Closed by its own
 * close(). */
struct side *workspace_side_new(struct side_context *c, const struct workspace_api *api);
