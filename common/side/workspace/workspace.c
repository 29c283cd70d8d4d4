/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side as the cycle sees it: its operations, each in a file of its own.
 */

#include "side/workspace/workspace.h"

#include <stdlib.h>

#include "http/http.h"
#include "side/workspace/apply.h"
#include "side/workspace/check.h"
#include "side/workspace/connection.h"
#include "side/workspace/copies.h"
#include "side/workspace/look.h"

static void close_side(struct side *side)
{
	struct workspace_side *s = (struct workspace_side *)side;

	workspace_disconnect(s);
	http_free(s->http);
	free(s->root);
	table_release(&s->occupied);
	free(s);
}

struct side *workspace_side_new(struct side_context *c, const struct workspace_api *api)
{
	static const struct side_ops ops = {
		.look = workspace_side_look,
		.blocked = workspace_side_blocked,
		.check_name = workspace_side_check_name,
		.check = workspace_side_check,
		.apply = workspace_side_apply,
		.copy_name = workspace_copy_name,
		.copy_write = workspace_copy_write,
		.copy_read = workspace_copy_read,
		.copy_remove = workspace_copy_remove,
		.respells = true,
		.close = close_side,
	};
	struct workspace_side *s = xcalloc(1, sizeof(*s));

	s->side = (struct side){ &ops, SIDE_WORKSPACE, c };
	s->api = api ? api : &workspace_api;
	table_init(&s->occupied);
	return &s->side;
}
