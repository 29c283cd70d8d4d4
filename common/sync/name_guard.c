/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that a side cannot have (side/name.c): that side goes without the notebook, and everything else
 * goes on.
 */

#include "log/log.h"
#include "path/path.h"
#include "plan/row.h"
#include "sync/internal.h"

void name_guard(struct cycle *c, struct row *row)
{
	const struct version *v = &row->todo.agreed;
	bool renamed = row->rename.from != NULL, refused = false;

	for (enum side_id s = 0; s < SIDE_COUNT && !version_absent(v); s++) {
		const struct side *side = c->sides[s].side;
		cleanup_free char *file = NULL;
		struct err e = ERR_INIT;
		int r;

		if (row->todo.action[s] != PLAN_PUT || !side)
			continue;
		file = content_file(c->context.mapping, row, s, v);
		r = side->ops->check_name(side, row, file, &e);
		if (!r)
			continue;
		report_held(c->context.report, row->path, s,
			    r == ERR_DENIED ? HOLD_REFUSED : HOLD_NAME, e.text);
		row->todo.action[s] = PLAN_NOTHING;
		refused = true;
	}
	/* A rename that one side cannot follow is taken back everywhere: that side would only delete
	 * the old name. */
	if (refused && renamed)
		row_take_back(row);
}

void name_remark(const struct cycle *c, const struct row *row)
{
	cleanup_free char *file = NULL;
	struct err e = ERR_INIT;

	if (!row->todo.agreed_changed || !version_absent(&row->agreed) ||
	    row->todo.action[SIDE_GIT] != PLAN_PUT)
		return;
	file = content_file(c->context.mapping, row, SIDE_GIT, &row->todo.agreed);
	if (path_check_at(PATH_ANYWHERE, c->context.mapping->git_path, file, &e))
		log_warning("'%s': %s: a clone there fails", row->path, e.text);
	else if (path_is_long_on_windows(c->context.mapping->git_path, file))
		log_warning("'%s': a path of more than %d characters, which a clone on Windows "
			    "takes only with core.longpaths",
			    row->path, PATH_WINDOWS_MAX);
}
