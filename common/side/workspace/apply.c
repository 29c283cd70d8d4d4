/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side, acting: deletions, then imports of notebooks (import.c), then of other files.
 * What stands in a place is in the hub before, whole (whole.c).
 *
 * What is deleted is looked at once more, object by object, right before its own request
 * (standing.c), and left alone when it is not what the plan was made for. Afterwards the workspace
 * is asked whether it is gone.
 */

#include "side/workspace/apply.h"

#include <stdlib.h>

#include "side/settled.h"
#include "side/workspace/connection.h"
#include "side/workspace/import.h"
#include "side/workspace/row.h"
#include "side/workspace/standing.h"
#include "side/workspace/whole.h"

/* ---- deletions ---- */

static int delete_one(struct workspace_side *s, const struct workspace_place *place,
		      const char *path, struct err *why)
{
	struct workspace_standing standing = { &place->row->side[SIDE_WORKSPACE], place->whole };
	struct workspace_last_look look = workspace_last_look_at(&standing);

	*why = place->why;
	if (!why->code && !workspace_check_recorded(place->row, why) &&
	    !workspace_check_format(s, place->row, path, why) &&
	    !s->api->remove(s->workspace, path, &look, why))
		return ERR_OK;
	side_refused(s->side.context, place->row, SIDE_WORKSPACE, why);
	return why->code;
}

/* What became of a deletion that the workspace accepted, by its answer to the question about it. */
static void settle_deletion(struct workspace_side *s, struct row *row, const char *path,
			    const struct workspace_result *answer)
{
	struct err why = answer->error;

	if (answer->code == ERR_ABSENT) {
		side_deleted(s->side.context, row, SIDE_WORKSPACE);
		return;
	}
	if (!answer->code && !str_eq(answer->object.id, row->side[SIDE_WORKSPACE].id))
		err_set(&why, ERR_CONFLICT,
			"'%s' is there again in the workspace, as another object", path);
	else if (!answer->code)
		err_set(&why, ERR_RETRY,
			"'%s' is still there, although the workspace said that it is "
			"deleted",
			path);
	side_refused(s->side.context, row, SIDE_WORKSPACE, &why);
}

/* Asks for what the workspace answered to have deleted, or not to have: if it stood there all the
 * same, it would otherwise count as new, and come back everywhere. */
static int check_deleted(struct workspace_side *s, struct row **rows, char **paths, size_t count,
			 struct err *e)
{
	struct workspace_result *results = NULL;
	int r = s->api->stat(s->workspace, (const char *const *)paths, count, &results, e);

	for (size_t i = 0; !r && i < count; i++)
		settle_deletion(s, rows[i], paths[i], &results[i]);
	workspace_results_free(results, count);
	return r;
}

/* Those that were deleted before a cancellation are checked all the same. */
static int delete_rows(struct workspace_side *s, const struct workspace_place *places,
		       struct row **rows, size_t count, struct err *e)
{
	struct row **done = xcalloc(count, sizeof(*done));
	char **paths = xcalloc(count, sizeof(*paths));
	struct err why = ERR_INIT;
	size_t n = 0;
	int r;

	for (size_t i = 0; why.code != ERR_CANCELLED && i < count; i++) {
		paths[n] = workspace_object_path(s, rows[i]->path);
		if (!delete_one(s, &places[i], paths[n], &why))
			done[n++] = rows[i];
		else
			free(paths[n]);
	}
	r = n ? check_deleted(s, done, paths, n, e) : ERR_OK;
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	free(done);
	if (why.code != ERR_CANCELLED)
		return r;
	*e = why;
	return e->code;
}

/* ---- one step after the other ---- */

static bool is_deletion(const struct row *row)
{
	return row->todo.action[SIDE_WORKSPACE] == PLAN_DELETE;
}

static bool is_put_of(const struct row *row, enum version_kind kind)
{
	return row->todo.action[SIDE_WORKSPACE] == PLAN_PUT && row->agreed.kind == kind;
}

static bool is_notebook_put(const struct row *row)
{
	return is_put_of(row, VERSION_NOTEBOOK);
}

static bool is_file_put(const struct row *row)
{
	return is_put_of(row, VERSION_FILE);
}

struct step {
	bool (*concerns)(const struct row *row);
	/* Called with at least one row; places[i] is recorded, and that of rows[i]. */
	int (*act)(struct workspace_side *s, const struct workspace_place *places,
		   struct row **rows, size_t count, struct err *e);
};

/* The row whose object has to be recorded before its own is changed: itself or, for the new place
 * of a rename, in which nothing stands yet, the old one, whose bytes are put there. */
static struct row *standing_row(struct row *row)
{
	bool moves = row->rename.from && row->side[SIDE_WORKSPACE].state == ENTRY_ABSENT;

	return moves ? row->rename.from : row;
}

static int do_step(struct workspace_side *s, const struct step *step, struct row **rows,
		   size_t count, struct err *e)
{
	struct workspace_place *places = xcalloc(count, sizeof(*places));
	struct row **concerned = xcalloc(count, sizeof(*concerned));
	size_t n = 0;
	int r = ERR_OK;

	for (size_t i = 0; i < count; i++)
		if (step->concerns(rows[i])) {
			places[n].row = standing_row(rows[i]);
			concerned[n++] = rows[i];
		}
	if (n)
		r = workspace_record_whole(s, places, n, e);
	if (!r && n)
		r = step->act(s, places, concerned, n, e);
	free(places);
	free(concerned);
	return r;
}

int workspace_side_apply(struct side *side, struct row **rows, size_t count, struct err *e)
{
	static const struct step steps[] = {
		{ is_deletion, delete_rows },
		{ is_notebook_put, workspace_import_rows },
		{ is_file_put, workspace_import_rows },
	};
	struct workspace_side *s = (struct workspace_side *)side;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < ARRAY_SIZE(steps); i++)
		r = do_step(s, &steps[i], rows, count, e);
	workspace_count_requests(s);
	return r;
}
