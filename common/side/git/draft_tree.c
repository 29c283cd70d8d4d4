/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree that a draft makes, and what cannot be in one tree.
 */

#include <stdlib.h>

#include "side/git/draft.h"
#include "side/settled.h"

/* A notebook that was renamed stays under its old name until it can have the new one. */
static void refuse_row(struct side_context *c, struct draft *d, struct row *row, const char *path)
{
	struct row *from = row->rename.from;
	struct err why = ERR_INIT;

	err_set(&why, ERR_INVALID,
		"the branch cannot have '%s', because a file and a folder would have one name: "
		"rename one of them",
		path);
	side_refused(c, row, SIDE_GIT, &why);
	draft_drop_row(d, row);
	if (!from || from->todo.action[SIDE_GIT] != PLAN_DELETE)
		return;
	from->todo.action[SIDE_GIT] = PLAN_NOTHING;
	draft_drop_row(d, from);
}

/* Refuses the row of a change that did not fit. ERR_INVALID: it is of no row that is put. */
static int refuse_change(struct side_context *c, struct draft *d, const struct draft_change *change,
			 struct err *e)
{
	for (size_t i = 0; i < d->put_count; i++)
		if (d->puts[i].row == change->row) {
			refuse_row(c, d, d->puts[i].row, change->path);
			return ERR_OK;
		}
	return err_set(e, ERR_INVALID, "the branch cannot have '%s'", change->path);
}

/* One try: *refused is the index of the first change that did not fit, or the draft's count. */
static int try_tree(struct side_context *c, const struct draft *d, struct oid *tree,
		    size_t *refused, struct err *e)
{
	struct tree_change *changes = xcalloc(d->count, sizeof(*changes));
	int r;

	for (size_t i = 0; i < d->count; i++)
		changes[i] = (struct tree_change){
			.path = d->changes[i].path,
			.id = d->changes[i].id,
			.mode = d->changes[i].mode,
		};
	r = hub_tree_update_fitting(c->hub, &d->tree, changes, d->count, tree, e);
	for (*refused = 0; *refused < d->count && !changes[*refused].refused;)
		++*refused;
	free(changes);
	return r;
}

int draft_tree(struct side_context *c, struct draft *d, struct oid *tree, struct err *e)
{
	size_t refused;
	int r;

	while (!(r = try_tree(c, d, tree, &refused, e)) && refused < d->count)
		if ((r = refuse_change(c, d, &d->changes[refused], e)))
			break;
	return r;
}
