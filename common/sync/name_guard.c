/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that a side cannot have. A notebook's path is one thing, and what is made of it on each
 * side another: its file has an extension, the branch a folder above it. So each side is asked
 * about the name that will really be written there, when it is planned and again right before the
 * write; a side that cannot have it goes without that notebook, and everything else goes on.
 *
 * What a side holds already, under that very name, is no question any more.
 */

#include "log/log.h"
#include "path/path.h"
#include "sync/guard.h"

static bool has_it(const struct row *row, enum side_id side, const char *file)
{
	const struct entry *entry = &row->side[side];

	return entry->state == ENTRY_PRESENT && entry->file &&
	       (side == SIDE_WORKSPACE || str_eq(entry->file, file));
}

static int check_branch(const struct cycle *c, const char *file, const char **also, struct err *e)
{
	int r = path_check_at(PATH_BRANCH, c->mapping->git_path, file, e);

	if (r || c->mapping->git_names == CONFIG_NAMES_ANY)
		return r;
	*also = ", or the mapping has 'git_names = any'";
	return path_check_at(PATH_ANYWHERE, c->mapping->git_path, file, e);
}

/* An object has its path, and its import the name with an extension. */
static int check_workspace(const struct cycle *c, const char *path, const char *file, struct err *e)
{
	int r = path_check_at(PATH_WORKSPACE, c->workspace_root, path, e);

	return r ? r : path_check_at(PATH_WORKSPACE, c->workspace_root, file, e);
}

int name_check(const struct cycle *c, const struct row *row, enum side_id side, const char *file,
	       struct err *e)
{
	const char *also = "";
	struct err why = ERR_INIT;
	int r;

	if (has_it(row, side, file))
		return ERR_OK;
	if (side == SIDE_GIT)
		r = check_branch(c, file, &also, &why);
	else if (side == SIDE_WORKSPACE)
		r = check_workspace(c, row->path, file, &why);
	else
		r = path_check_at(PATH_LOCAL, "", file, &why);
	if (!r)
		return ERR_OK;
	*e = why;
	err_set(e, r, "%s: the %s side goes without it until it is renamed%s", why.text,
		side_names[side], also);
	e->errnum = why.errnum;
	return r;
}

void name_guard(struct cycle *c, struct row *row)
{
	const struct version *v = &row->todo.agreed;
	bool renamed = row->renamed_from != NULL, refused = false;

	for (enum side_id s = 0; s < SIDE_COUNT && !version_absent(v); s++) {
		cleanup_free char *file = NULL;
		struct err e = ERR_INIT;

		if (row->todo.action[s] != PLAN_PUT)
			continue;
		file = content_file(c->mapping, row, s, v);
		if (!name_check(c, row, s, file, &e))
			continue;
		report_held(c->report, row->path, s, HOLD_NAME, e.text);
		row->todo.action[s] = PLAN_NOTHING;
		refused = true;
	}
	/* Elsewhere it keeps its old name: where it cannot have the new one it would only be
	 * deleted. */
	if (refused && renamed)
		guard_take_back(row);
}

void name_remark(const struct cycle *c, const struct row *row)
{
	cleanup_free char *file = NULL;
	struct err e = ERR_INIT;

	if (!row->todo.agreed_changed || !version_absent(&row->agreed) ||
	    row->todo.action[SIDE_GIT] != PLAN_PUT)
		return;
	file = content_file(c->mapping, row, SIDE_GIT, &row->todo.agreed);
	if (path_check_at(PATH_ANYWHERE, c->mapping->git_path, file, &e))
		log_warning("'%s': %s: a clone there fails", row->path, e.text);
	else if (path_is_long_on_windows(c->mapping->git_path, file))
		log_warning("'%s': a path of more than %d characters, which a clone on Windows "
			    "takes only with core.longpaths",
			    row->path, PATH_WINDOWS_MAX);
}
