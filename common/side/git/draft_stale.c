/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our commits that were not pushed hold and is no longer agreed: somebody changed a
 * notebook back to what the remote has, or deleted it, before the commit that had it was pushed.
 * The next commit undoes that, or the push would bring a version that nobody wants.
 */

#include "side/file.h"
#include "side/git/draft.h"

/*
 * The row that a file of our commits belongs to; NULL: it is not ours to decide about. A notebook
 * that was deleted since may have no row any more. It gets one when only we can have put the file
 * there: the remote has none, and the mapping manages a file of that name.
 */
static struct row *row_of_unpushed(struct side_context *c, const struct unpushed_file *f)
{
	struct notebook_name name = { .stem = NULL };
	struct row *row = table_find(&c->table, f->file);
	const char *path = f->file;
	bool ours;

	if (row && row_is_file(row))
		return row;
	if (notebook_name_parse(&name, f->file))
		path = name.stem;
	row = table_find(&c->table, path);
	ours = oid_is_zero(&f->remote_id) && !table_find(&c->plain, f->file);
	if (!row && ours && (name.stem || files_wanted(c)) &&
	    filter_takes(&c->filter, path, f->file, NULL)) {
		row = table_get(&c->table, path);
		row_enlist(row);
		row->todo.action[SIDE_GIT] = PLAN_SETTLED;
	}
	notebook_name_release(&name);
	return row;
}

/* Whether the row agrees with what the remote has: then what our commits hold for it is stale. */
static bool is_stale(const struct row *row)
{
	return row && row->todo.action[SIDE_GIT] == PLAN_SETTLED;
}

bool draft_is_stale(struct side_context *c, const struct draft *d)
{
	for (size_t i = 0; i < d->unpushed_count; i++)
		if (is_stale(row_of_unpushed(c, &d->unpushed_files[i])))
			return true;
	return false;
}

void draft_undo_stale(struct side_context *c, struct draft *d)
{
	for (size_t i = 0; i < d->unpushed_count; i++) {
		const struct unpushed_file *f = &d->unpushed_files[i];
		bool absent = oid_is_zero(&f->remote_id);
		struct row *row = row_of_unpushed(c, f);

		if (is_stale(row) && draft_set_file(c, d, row, f->file,
						    absent ? NULL : &f->remote_id, f->remote_mode))
			draft_add_message(d, row, absent ? MESSAGE_DELETE : MESSAGE_UPDATE);
	}
}
