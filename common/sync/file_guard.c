/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of a plan for a notebook and another file that would have one name. As in guard.c: what is
 * taken back has not been agreed to, stays dirty, and is planned again.
 */

#include <stdlib.h>
#include <string.h>

#include "plan/row.h"
#include "side/file.h"
#include "sync/internal.h"

/* The name that a notebook has, or would get, on a side. Owned by the caller. */
static char *name_on(const struct cycle *c, const struct row *row, enum side_id side)
{
	const struct version *v = row_planned(row);

	if (row->side[side].state != ENTRY_ABSENT && row->side[side].file)
		return xstrdup(row->side[side].file);
	return notebook_name_make(
		row->path, version_fresh_format(c->context.mapping, side, v->format), v->language);
}

static bool share_name(const struct cycle *c, const struct row *notebook, const struct row *file)
{
	static const enum side_id sides[] = { SIDE_GIT, SIDE_LOCAL };

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		cleanup_free char *name = name_on(c, notebook, sides[i]);

		if (config_has_side(c->context.mapping, sides[i]) && str_eq(name, file->path))
			return true;
	}
	return false;
}

/* A workspace can have a notebook 'a' and a file 'a.py'; on the other sides both are 'a.py'. Both rows
 * wait, unless one of them is settled already. It also happens when a script changed its kind on one
 * side and was edited on another. */
static void guard_pair(struct cycle *c, struct row *notebook, struct row *file)
{
	struct row *pair[] = { notebook, file };
	struct err e = ERR_INIT;

	if (version_absent(row_planned(notebook)) || version_absent(row_planned(file)) ||
	    row_planned(notebook)->kind != VERSION_NOTEBOOK ||
	    row_planned(file)->kind != VERSION_FILE || !share_name(c, notebook, file))
		return;
	err_set(&e, ERR_INVALID,
		"the notebook '%s' and the file '%s' would have one name: rename one of them, or "
		"say by 'nbsync resolve' which of them is to stay",
		notebook->path, file->path);
	for (size_t i = 0; i < ARRAY_SIZE(pair); i++) {
		if (!pair[i]->dirty)
			continue;
		report_held(c->context.report, pair[i]->path, row_origin(pair[i]), HOLD_COLLISION,
			    e.text);
		row_take_back(pair[i]);
	}
}

static void guard_names(struct cycle *c, struct row *row)
{
	static const char *const extensions[] = { ".py", ".sql", ".scala", ".r" };
	struct notebook_name name;
	struct row *other;

	if (row_planned(row)->kind == VERSION_FILE) {
		if (!notebook_name_parse(&name, row->path))
			return;
		other = table_find(&c->context.table, name.stem);
		notebook_name_release(&name);
		if (other)
			guard_pair(c, other, row);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
		cleanup_free char *file = xasprintf("%s%s", row->path, extensions[i]);

		other = table_find(&c->context.table, file);
		if (other)
			guard_pair(c, row, other);
	}
}

void file_guard(struct cycle *c, struct row *row)
{
	if (files_wanted(&c->context) && row->dirty)
		guard_names(c, row);
}
