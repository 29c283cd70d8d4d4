/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a workspace cannot have, of a plan: a notebook and a folder of one name, a file beside a
 * notebook whose source has that name, and names of which it makes something else. What is taken
 * back is left to the other sides.
 */

#include "side/workspace/check.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "plan/row.h"
#include "side/file.h"
#include "side/name.h"

/* The plan leaves the row alone in the workspace, and the report has the reason. */
static void refuse_row(struct workspace_side *s, struct row *row, enum hold_reason reason,
		       const struct err *why)
{
	report_held(s->side.context->report, row->path, SIDE_WORKSPACE, reason, why->text);
	row->todo.action[SIDE_WORKSPACE] = PLAN_NOTHING;
}

/* ---- files that are no notebooks ---- */

static int check_file_name(const char *file, struct err *e)
{
	static const char *const others[] = { ".lvdash.json", ".designer.ipynb" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (str_ends(file, others[i]))
			return err_set(e, ERR_INVALID,
				       "a workspace would make something else than a file of "
				       "'%s' ('*%s'): rename or exclude it",
				       file, others[i]);
	return ERR_OK;
}

/* Whether the plan makes the row anew in the workspace. */
static bool is_new(const struct row *row)
{
	return row->dirty && row->todo.action[SIDE_WORKSPACE] == PLAN_PUT &&
	       row->side[SIDE_WORKSPACE].state == ENTRY_ABSENT;
}

/* To a workspace, 'a.py' is another name of the Python notebook 'a'. It may have both, but lets
 * neither be made beside the other: the one that is new is left out. */
static void check_pair(struct workspace_side *s, struct row *notebook, struct row *file)
{
	cleanup_free char *view = notebook_name_make(notebook->path, NOTEBOOK_SOURCE,
						     row_planned(notebook)->language);
	struct row *late = is_new(file) ? file : is_new(notebook) ? notebook : NULL;
	struct err e = ERR_INIT;

	if (!late || !str_eq(view, file->path))
		return;
	err_set(&e, ERR_INVALID,
		"a workspace takes no file '%s' beside a notebook '%s': rename one of them",
		file->path, notebook->path);
	refuse_row(s, late, HOLD_COLLISION, &e);
}

/* Is called for each row of such a pair; of two new ones, both are left out. */
static void check_beside(struct workspace_side *s, struct row *row)
{
	struct side_context *c = s->side.context;
	const struct version *v = row_planned(row);
	struct notebook_name name;
	struct row *other;

	if (version_absent(v))
		return;
	if (v->kind == VERSION_FILE) {
		if (!notebook_name_parse(&name, row->path))
			return;
		other = table_find(&c->table, name.stem);
		notebook_name_release(&name);
	} else {
		cleanup_free char *view = notebook_name_make(row->path, NOTEBOOK_SOURCE,
							     v->language);

		other = table_find(&c->table, view);
	}
	if (!other || version_absent(row_planned(other)) || row_planned(other)->kind == v->kind)
		return;
	if (v->kind == VERSION_FILE)
		check_pair(s, other, row);
	else
		check_pair(s, row, other);
}

static void check_file(struct workspace_side *s, struct row *row)
{
	struct err e = ERR_INIT;

	if (row->todo.action[SIDE_WORKSPACE] == PLAN_PUT && check_file_name(row->path, &e))
		refuse_row(s, row, HOLD_NAME, &e);
}

/* ---- folders: in a workspace none has the name of a notebook, elsewhere it may ---- */

/* Whether something of the row stands in the workspace after this plan. */
static bool stays(const struct row *row)
{
	return row->side[SIDE_WORKSPACE].state != ENTRY_ABSENT &&
	       !(row->dirty && row->todo.action[SIDE_WORKSPACE] == PLAN_DELETE);
}

/* What stands, or is to stand, where the row needs a folder, and is none: one of ours, or an object
 * that is not ours (in s->occupied). NULL: nothing. */
static const struct row *notebook_above(const struct workspace_side *s, const struct row *row)
{
	cleanup_free char *above = xstrdup(row->path);
	char *slash;

	while ((slash = strrchr(above, '/'))) {
		const struct row *found;

		*slash = '\0';
		found = table_find(&s->side.context->table, above);
		if (found && (!version_absent(row_planned(found)) || stays(found)))
			return found;
		found = table_find(&s->occupied, above);
		if (found && found->side[SIDE_WORKSPACE].reason != HOLD_NONE)
			return found;
	}
	return NULL;
}

/* Whether a folder stands there that is empty once this plan has been carried out, so that it can
 * go. It may be empty already, if a process was killed while it carried out the same plan. */
static bool is_emptied(const struct workspace_side *s, const char *folder)
{
	const struct row *there = table_find(&s->occupied, folder);
	const struct row *row;

	if (!there || there->side[SIDE_WORKSPACE].reason != HOLD_NONE)
		return false;
	for (row = table_next(&s->side.context->table, NULL); row;
	     row = table_next(&s->side.context->table, row))
		if (stays(row) && path_is_below(row->path, folder))
			return false;
	for (row = table_next(&s->occupied, NULL); row; row = table_next(&s->occupied, row))
		if (path_is_below(row->path, folder))
			return false;
	return true;
}

/* Something stands where the row's notebook would be put: a folder that this plan empties makes
 * room, anything else does not. */
static void check_blocked(struct workspace_side *s, struct row *row)
{
	struct err e = ERR_INIT;

	if (is_emptied(s, row->path)) {
		row->todo.action[SIDE_WORKSPACE] = PLAN_PUT;
		return;
	}
	err_set(&e, ERR_INVALID,
		"something else than this notebook stands at '%s' in the workspace, which "
		"cannot have both: rename one of them",
		row->path);
	refuse_row(s, row, HOLD_COLLISION, &e);
}

static void check_above(struct workspace_side *s, struct row *row)
{
	const struct row *above = notebook_above(s, row);
	struct err e = ERR_INIT;

	if (!above)
		return;
	err_set(&e, ERR_INVALID,
		"'%s' is no folder in the workspace, which cannot have two things of one "
		"name: rename one of them",
		above->path);
	refuse_row(s, row, HOLD_COLLISION, &e);
}

void workspace_side_check(struct side *side, struct row *row)
{
	struct workspace_side *s = (struct workspace_side *)side;

	if (files_wanted(side->context)) {
		check_beside(s, row);
		if (row->todo.agreed.kind == VERSION_FILE && !version_absent(&row->todo.agreed))
			check_file(s, row);
	}
	if (row->todo.action[SIDE_WORKSPACE] == PLAN_BLOCKED)
		check_blocked(s, row);
	else if (row->todo.action[SIDE_WORKSPACE] == PLAN_PUT)
		check_above(s, row);
}

bool workspace_side_blocked(const struct side *side, const struct row *row)
{
	const struct workspace_side *s = (const struct workspace_side *)side;

	return table_find(&s->occupied, row->path) != NULL;
}

/* An object has its path, and its import the name with an extension. */
int workspace_side_check_name(const struct side *side, const struct row *row, const char *file,
			      struct err *e)
{
	const struct workspace_side *s = (const struct workspace_side *)side;
	int r;

	if (name_stands(row, SIDE_WORKSPACE, file))
		return ERR_OK;
	r = path_check_at(PATH_WORKSPACE, s->root, row->path, e);
	if (!r)
		r = path_check_at(PATH_WORKSPACE, s->root, file, e);
	return name_refuse(SIDE_WORKSPACE, r, "", e);
}
