/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local side, acting: writes and deletions below the root.
 *
 * Every write says which version of the file it replaces (the stat that was read), so an edit that
 * slips in is never overwritten; it is looked at again in the next cycle.
 */

#include <stdlib.h>

#include "fs/fs.h"
#include "path/path.h"
#include "side/file.h"
#include "side/kind.h"
#include "side/local/clone.h"
#include "side/local/internal.h"
#include "side/local/plain.h"
#include "side/name.h"
#include "side/settled.h"

/* What is expected at file, as fs_write() takes it. */
static const struct fs_stat *expected(const struct entry *entry, const char *file)
{
	return entry->state == ENTRY_PRESENT && str_eq(entry->file, file) ? &entry->stat : NULL;
}

/* The same where a script changes its kind: *other receives its row of the other kind, or NULL. */
static const struct fs_stat *expected_of(struct side_context *c, const struct row *row,
					 const char *file, struct row **other)
{
	*other = kind_replaced(c, row, file);
	return *other ? &(*other)->side[SIDE_LOCAL].stat : expected(&row->side[SIDE_LOCAL], file);
}

/* fs_write() found something at file where nothing was expected. What a look would take, the next
 * look does take (ERR_CONFLICT); of anything else ERR_INVALID says that somebody has to move it. r,
 * *e: what fs_write() returned. */
static int in_the_way(const struct local_side *s, const struct row *row, const char *file, int r,
		      struct err *e)
{
	struct side_context *c = s->side.context;
	struct fs_stat st;

	if (r != ERR_CONFLICT || fs_stat(s->root, file, &st, NULL) ||
	    (st.kind == FS_FILE && !local_known_plain(c, file, &st)))
		return r;
	return err_set(e, ERR_INVALID,
		       "'%s' stands where the %s is to be written, and is none itself: rename or "
		       "remove it",
		       file, row_names_file(row, file) ? "file" : "notebook");
}

/* Writes a file that is no notebook. */
static int put_plain(struct local_side *s, struct row *row, struct err *e)
{
	struct side_context *c = s->side.context;
	struct file_source source = { .hub = c->hub, .blob = &row->agreed.blob };
	struct entry *entry = &row->side[SIDE_LOCAL];
	const struct fs_stat *expect;
	struct fs_stat now;
	struct row *other;
	int r;

	if ((r = local_check_name(&s->side, row, row->path, e)))
		return r;
	expect = expected_of(c, row, row->path, &other);
	r = fs_write(s->root, row->path,
		     &(struct fs_content){ .fill = file_fill, .payload = &source }, expect, &now,
		     e);
	if (r)
		return expect ? r : in_the_way(s, row, row->path, r, e);
	if (other)
		side_deleted(c, other, SIDE_LOCAL);
	side_placed(c, row, SIDE_LOCAL, row->path, &row->agreed.blob, &row->agreed);
	entry->stat = now;
	return ERR_OK;
}

static int put_notebook(struct local_side *s, struct row *row, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_given struct content_given given = CONTENT_GIVEN_INIT;
	struct entry *entry = &row->side[SIDE_LOCAL];
	struct fs_stat now, was = entry->stat;
	cleanup_free char *old = NULL;
	const struct fs_stat *expect;
	struct row *other;
	int r;

	if ((r = content_give(&c->content, row, SIDE_LOCAL, NULL, &given, e)) ||
	    (r = local_check_name(&s->side, row, given.file, e)))
		return r;
	expect = expected_of(c, row, given.file, &other);
	r = fs_write(s->root, given.file,
		     &(struct fs_content){ .data = buf_str(&given.data), .len = given.data.len },
		     expect, &now, e);
	if (r)
		return expect ? r : in_the_way(s, row, given.file, r, e);
	if (other)
		side_deleted(c, other, SIDE_LOCAL);
	if (entry->state == ENTRY_PRESENT && !str_eq(entry->file, given.file))
		old = xstrdup(entry->file);
	if ((r = side_written(c, row, SIDE_LOCAL, &given, e)))
		return r;
	entry->stat = now;
	return old ? fs_remove(s->root, old, &was, e) : ERR_OK;
}

int local_check_name(const struct side *side, const struct row *row, const char *file,
		     struct err *e)
{
	(void)side;
	if (name_stands(row, SIDE_LOCAL, file))
		return ERR_OK;
	return name_refuse(SIDE_LOCAL, path_check_at(PATH_LOCAL, "", file, e), "", e);
}

/* Carries out what the row's plan wants of the local side. */
static int act_on_row(struct local_side *s, struct row *row, struct err *e)
{
	struct side_context *c = s->side.context;
	struct entry *entry = &row->side[SIDE_LOCAL];
	int r;

	switch (row->todo.action[SIDE_LOCAL]) {
	case PLAN_PUT:
		return row->agreed.kind == VERSION_FILE ? put_plain(s, row, e)
							: put_notebook(s, row, e);
	case PLAN_DELETE:
		if (kind_is_replaced(c, row))
			return ERR_OK;
		if ((r = fs_remove(s->root, entry->file, &entry->stat, e)))
			return r;
		side_deleted(c, row, SIDE_LOCAL);
		return ERR_OK;
	default:
		return ERR_OK;
	}
}

static bool acts_on(const struct row *row)
{
	enum plan_action action = row->todo.action[SIDE_LOCAL];

	return action == PLAN_PUT || action == PLAN_DELETE;
}

static size_t count_actions(struct row **rows, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += acts_on(rows[i]);
	return n;
}

int local_apply(struct side *side, struct row **rows, size_t count, struct err *e)
{
	struct local_side *s = (struct local_side *)side;
	struct side_context *c = side->context;
	int r;

	if (!count_actions(rows, count))
		return ERR_OK;
	if ((r = local_clone_may_receive(s, e)))
		return r;
	for (size_t i = 0; i < count && !context_cancelled(c); i++) {
		struct err why = ERR_INIT;

		if (!acts_on(rows[i]))
			continue;
		if ((r = local_clone_may_write(s, e)))
			return r;
		r = act_on_row(s, rows[i], &why);
		if (r)
			side_refused(c, rows[i], SIDE_LOCAL, &why);
		if (r == ERR_RETRY)
			s->litter = true;
	}
	return ERR_OK;
}
