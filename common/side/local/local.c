/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local side as the cycle sees it. The directory is opened by the first look.
 */

#include "side/local/local.h"

#include <stdlib.h>
#include <unistd.h>

#include "side/local/internal.h"

static void close_side(struct side *side)
{
	struct local_side *s = (struct local_side *)side;

	if (s->root >= 0)
		close(s->root);
	worktree_free(s->clone);
	free(s);
}

struct side *local_side_new(struct side_context *c)
{
	static const struct side_ops ops = {
		.look = local_look,
		.check_name = local_check_name,
		.apply = local_apply,
		.let_go = local_let_go,
		.copy_name = local_copy_name,
		.copy_write = local_copy_write,
		.copy_read = local_copy_read,
		.copy_remove = local_copy_remove,
		.close = close_side,
	};
	struct local_side *s = xcalloc(1, sizeof(*s));

	s->side = (struct side){ &ops, SIDE_LOCAL, c };
	s->root = -1;
	s->litter = true;
	return &s->side;
}
