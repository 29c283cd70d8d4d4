/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of the workspace side, and what a look of it puts into a row's entry. An entry that is
 * marked as found (entry_found()) is not taken for deleted by that look. Nothing is asked here.
 */

#include "side/workspace/row.h"

#include <string.h>

char *workspace_object_path(const struct workspace_side *s, const char *path)
{
	return xasprintf("%s/%s", str_eq(s->root, "/") ? "" : s->root, path);
}

const char *workspace_relative(const struct workspace_side *s, const char *path)
{
	size_t n = str_eq(s->root, "/") ? 0 : strlen(s->root);

	if (strncmp(path, s->root, n) != 0 || path[n] != '/' || !path[n + 1])
		return NULL;
	return path + n + 1;
}

void workspace_found(struct row *row, const struct workspace_object *o, const struct version *v,
		     const struct oid *raw, const char *file)
{
	struct entry *entry = &row->side[SIDE_WORKSPACE];
	bool same = entry->state == ENTRY_PRESENT && oid_equal(&entry->raw, raw);

	entry_set_present(row, SIDE_WORKSPACE, v, raw, file);
	entry->restless = same && v->kind == VERSION_NOTEBOOK;
	memcpy(entry->id, o->id, sizeof(entry->id));
	entry->modified_ms = o->modified_ms;
	entry_found(row, SIDE_WORKSPACE);
}

void workspace_hold(struct row *row, enum hold_reason reason, const struct err *why)
{
	entry_hold(row, SIDE_WORKSPACE, reason, row->side[SIDE_WORKSPACE].file, why->text);
	entry_found(row, SIDE_WORKSPACE);
}

void workspace_hold_unread(struct row *row, bool asked, enum hold_reason reason, int code,
			   const struct err *why)
{
	struct err e = *why;

	if (code == ERR_ABSENT && !asked)
		return;
	if (code == ERR_ABSENT)
		err_set(&e, ERR_RETRY,
			"the workspace shows '%s', and says that it does not exist when it is read",
			row->path);
	workspace_hold(row, reason, &e);
}
