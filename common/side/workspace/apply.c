/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side, acting: imports and deletions.
 *
 * There is no compare-and-swap, so what is replaced or deleted is looked at once more, object by
 * object, right before its own request (standing.c), and left alone when it is not what
 * the plan was made for; what is new must not exist yet, which the API checks itself. Afterwards it
 * is read back, and if that is not what we sent, it is simply a new observation; a deletion is
 * asked about, too. What stands there is in the hub before, whole (whole.c). One round trip,
 * and in a bulk write the workspace's work on the write before, remains in which a save is not seen.
 *
 * It does not decide what is written, nor in which format: an object is imported in the one in which
 * it stands there (content_file()).
 */

#include "side/workspace/apply.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "side/file.h"
#include "side/settled.h"
#include "side/workspace/check.h"
#include "side/workspace/connection.h"
#include "side/workspace/look.h"
#include "side/workspace/plain.h"
#include "side/workspace/row.h"
#include "side/workspace/standing.h"
#include "side/workspace/stray.h"
#include "side/workspace/whole.h"

/* Of notebooks that are ready to be imported: thousands of usual ones, a few of the largest. */
#define BYTES_AT_ONCE (8 * 1024 * 1024)

struct import_job {
	struct row *row;
	char *path;   /* with extension */
	char *object; /* without */
	struct content_given given;
	int fd; /* of another file: its content */
	uint64_t len;
	char id[24];                        /* of what the import made; "" when it did not tell */
	struct workspace_standing standing; /* what is replaced */
	struct workspace_last_look look;
};

/* Of the revision that is asked for, just this stands there: outputs and all. */
static bool stands_already(const struct row *row, const struct oid *whole)
{
	return row->adopted && row->adopted->side == SIDE_WORKSPACE && !oid_is_zero(whole) &&
	       oid_equal(&row->adopted->raw.blob, whole);
}

static int job_prepare(struct workspace_side *s, struct import_job *job,
		       const struct workspace_place *place, struct row *row, struct err *e)
{
	struct side_context *c = s->side.context;
	*job = (struct import_job){ .row = row,
				    .given = CONTENT_GIVEN_INIT,
				    .fd = -1,
				    .standing = { &row->side[SIDE_WORKSPACE], place->whole } };
	if (workspace_check_recorded(row, e))
		return e->code;
	if (place->why.code) {
		*e = place->why;
		return e->code;
	}
	if (row->agreed.kind == VERSION_FILE) {
		if (workspace_side_check_name(&s->side, row, row->path, e))
			return e->code;
		job->object = workspace_object_path(s, row->path);
		job->path = xstrdup(job->object);
		return file_open_blob(c, &row->agreed.blob, &job->fd, &job->len, e);
	}
	if (content_give(&c->content, row, SIDE_WORKSPACE,
			 oid_is_zero(&place->whole) ? NULL : &place->whole, &job->given, e) ||
	    workspace_side_check_name(&s->side, row, job->given.file, e))
		return e->code;
	job->object = workspace_object_path(s, row->path);
	/* The extension of the import decides what becomes of it. */
	job->path = xasprintf("%s%s", job->object, strrchr(job->given.file, '.'));
	return ERR_OK;
}

static void job_release(struct import_job *job)
{
	free(job->path);
	free(job->object);
	content_given_release(&job->given);
	if (job->fd >= 0)
		close(job->fd);
}

static int import_jobs(struct workspace_side *s, struct import_job *jobs, size_t count,
		       struct workspace_result **results, struct err *e)
{
	struct workspace_import *items = xcalloc(count, sizeof(*items));
	int r;

	for (size_t i = 0; i < count; i++) {
		bool replaces = jobs[i].row->side[SIDE_WORKSPACE].state == ENTRY_PRESENT;

		jobs[i].look = workspace_last_look_at(&jobs[i].standing);
		items[i] = (struct workspace_import){
			.path = jobs[i].path,
			.data = buf_str(&jobs[i].given.data),
			.len = jobs[i].fd < 0 ? jobs[i].given.data.len : (size_t)jobs[i].len,
			.file = jobs[i].fd < 0 ? NULL : &jobs[i].fd,
			.overwrite = replaces,
			.object = jobs[i].object,
			.look = replaces ? &jobs[i].look : NULL,
		};
	}
	r = s->api->import(s->workspace, items, count, results, e);
	free(items);
	return r;
}

/* What the answer to an import is compared with. */
struct before {
	bool stood;     /* there was something to replace … */
	struct oid raw; /* … which looked like this */
};

/*
 * The workspace has what it was given, and says it differently: its server spells some of it anew, or
 * somebody was quick. Either is an edit of just that, made after it agreed; with an older base it would
 * seem to clash with what was sent, and a server that answers differently each time would be written to
 * for ever. Should we not live to hear it, what the answer lacks is no edit: that is what sent is for.
 */
static int hear_answer(struct side_context *c, struct row *row, const struct before *before,
		       struct err *e)
{
	struct entry *entry = &row->side[SIDE_WORKSPACE];
	struct oid sent, answered;
	int r;

	/* What stands there as before was not replaced, whatever the server said. */
	if (row_is_file(row) || entry->state != ENTRY_PRESENT ||
	    entry->version.kind != VERSION_NOTEBOOK ||
	    (before->stood && oid_equal(&before->raw, &entry->raw)))
		return ERR_OK;
	if ((r = content_cells(&c->content, &row->agreed, &sent, e)) ||
	    (r = content_cells(&c->content, &entry->version, &answered, e)))
		return r;
	if (!oid_equal(&sent, &answered))
		return ERR_OK;
	state_set_base(&c->state, row, SIDE_WORKSPACE, &row->agreed);
	state_set_sent(&c->state, row, &row->agreed);
	entry->answered = true;
	return ERR_OK;
}

/* What one import turned out to be. Agreement settles the row; anything else is somebody else's edit, or
 * a server that understands the notebook differently: a new observation. */
static int judge_answer(struct workspace_side *s, struct import_job *job,
			const struct before *before, struct err *e)
{
	struct side_context *c = s->side.context;
	struct row *row = job->row;
	const struct entry *entry = &row->side[SIDE_WORKSPACE];
	struct err why = ERR_INIT;
	int r;

	if (entry->state == ENTRY_PRESENT && version_same(&entry->version, &row->agreed)) {
		state_set_base(&c->state, row, SIDE_WORKSPACE, &row->agreed);
		row->todo.action[SIDE_WORKSPACE] = PLAN_SETTLED;
		state_see(&c->state, row, SIDE_WORKSPACE);
		c->report->side[SIDE_WORKSPACE].written++;
		return ERR_OK;
	}
	if (workspace_stray(s, &(struct workspace_sent){ row, job->object, job->path, job->id,
							 &job->given.data }))
		return ERR_OK;
	if ((r = hear_answer(c, row, before, e)))
		return r;
	err_set(&why, ERR_CONFLICT, "'%s' reads back differently from what was imported",
		job->object);
	side_refused(c, row, SIDE_WORKSPACE, &why);
	return ERR_OK;
}

/* Reads back what the imports made of it. */
static int read_back(struct workspace_side *s, struct import_job *jobs, size_t count, struct err *e)
{
	struct side_context *c = s->side.context;
	struct row **rows = xcalloc(count, sizeof(*rows));
	struct before *before = xcalloc(count, sizeof(*before));
	int r;

	for (size_t i = 0; i < count; i++) {
		const struct entry *entry = &jobs[i].row->side[SIDE_WORKSPACE];

		rows[i] = jobs[i].row;
		rows[i]->given = row_is_file(rows[i]) ? NULL : &jobs[i].given;
		before[i] = (struct before){ entry->state == ENTRY_PRESENT, entry->raw };
	}
	r = workspace_look_at(s, rows, count, e);
	for (size_t i = 0; i < count; i++) {
		rows[i]->given = NULL;
		if (r || rows[i]->side[SIDE_WORKSPACE].state == ENTRY_HELD)
			state_set_sent(&c->state, rows[i], &rows[i]->agreed);
		else
			r = judge_answer(s, &jobs[i], &before[i], e);
	}
	free(before);
	free(rows);
	return r;
}

static bool is_folder(void *payload, const struct workspace_object *o, const struct buf *content)
{
	(void)payload;
	(void)content;
	return o && o->type == WORKSPACE_DIRECTORY;
}

/* A folder that lost its last notebook in this cycle makes room for one of its name. The API deletes
 * no folder that has something else in it; what is no folder came meanwhile, and stays. */
static int clear_place(struct workspace_side *s, const struct import_job *job, struct err *e)
{
	const struct workspace_last_look look = { .still = is_folder };
	const char *path = job->row->path;
	const struct row *there = table_find(&s->occupied, path);
	struct err why = ERR_INIT;

	if (!there)
		return ERR_OK;
	if (there->side[SIDE_WORKSPACE].reason != HOLD_NONE)
		return err_set(e, ERR_CONFLICT, "something else came to '%s' in the workspace",
			       path);
	if (s->api->delete (s->workspace, job->object, &look, &why))
		return err_set(e, why.code,
			       "the folder of that name makes no room for notebook '%s' in the "
			       "workspace, rename one of them: %s",
			       path, why.text);
	table_remove(&s->occupied, path);
	return ERR_OK;
}

static void keep_possible(struct workspace_side *s, struct import_job *jobs, size_t *count)
{
	struct side_context *c = s->side.context;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		struct err why = ERR_INIT;

		if (!clear_place(s, &jobs[i], &why) &&
		    !workspace_check_format(s, jobs[i].row, jobs[i].object, &why)) {
			jobs[kept++] = jobs[i];
			continue;
		}
		side_refused(c, jobs[i].row, SIDE_WORKSPACE, &why);
		job_release(&jobs[i]);
	}
	*count = kept;
}

/*
 * The answer to an import tells the id of what was written. Where overwriting keeps ids, another
 * one means that somebody removed what we had looked at, and put something in its place, in the
 * moment that no look covers: all that is left to do is to say so. (Whether the API keeps ids is
 * not documented: it has to have been seen.)
 */
static void check_displaced(struct workspace_side *s, const struct import_job *job, const char *id)
{
	struct side_context *c = s->side.context;
	const struct entry *entry = &job->row->side[SIDE_WORKSPACE];

	if (!id[0] || entry->state != ENTRY_PRESENT || !entry->id[0])
		return;
	if (str_eq(id, entry->id))
		s->keeps_ids = true;
	else if (s->keeps_ids)
		report_note(
			c->report,
			"'%s' was made anew in the workspace right before nbsync wrote it: what "
			"it was for that moment was not seen, look into its revision history there",
			job->object);
}

static int apply_puts(struct workspace_side *s, struct import_job *jobs, size_t *count,
		      struct err *e)
{
	struct side_context *c = s->side.context;
	struct workspace_result *results = NULL;
	size_t done = 0, n;
	int r;

	keep_possible(s, jobs, count);
	if (!*count)
		return ERR_OK;
	n = *count;
	if ((r = import_jobs(s, jobs, n, &results, e)))
		return r;
	for (size_t i = 0; i < n; i++) {
		if (results[i].code) {
			side_refused(c, jobs[i].row, SIDE_WORKSPACE, &results[i].error);
			job_release(&jobs[i]);
		} else {
			check_displaced(s, &jobs[i], results[i].object.id);
			memcpy(jobs[i].id, results[i].object.id, sizeof(jobs[i].id));
			jobs[done++] = jobs[i];
		}
	}
	workspace_results_free(results, n);
	*count = done;
	return done ? read_back(s, jobs, done, e) : ERR_OK;
}

static int delete_one(struct workspace_side *s, const struct workspace_place *place,
		      const char *path, struct err *why)
{
	struct side_context *c = s->side.context;
	struct workspace_standing standing = { &place->row->side[SIDE_WORKSPACE], place->whole };
	struct workspace_last_look look = workspace_last_look_at(&standing);

	*why = place->why;
	if (!why->code && !workspace_check_recorded(place->row, why) &&
	    !workspace_check_format(s, place->row, path, why) &&
	    !s->api->delete (s->workspace, path, &look, why))
		return ERR_OK;
	side_refused(c, place->row, SIDE_WORKSPACE, why);
	return why->code;
}

/* What was said to be deleted, or not to be there, is asked for: what stands there all the same would
 * otherwise count as new, and come back everywhere. */
static int check_deleted(struct workspace_side *s, struct row **rows, char **paths, size_t count,
			 struct err *e)
{
	struct side_context *c = s->side.context;
	struct workspace_result *results = NULL;
	int r = s->api->stat(s->workspace, (const char *const *)paths, count, &results, e);

	for (size_t i = 0; !r && i < count; i++) {
		struct err why = results[i].error;

		if (results[i].code == ERR_ABSENT) {
			side_deleted(c, rows[i], SIDE_WORKSPACE);
			continue;
		}
		if (!results[i].code &&
		    !str_eq(results[i].object.id, rows[i]->side[SIDE_WORKSPACE].id))
			err_set(&why, ERR_CONFLICT,
				"'%s' is there again in the workspace, as another object",
				paths[i]);
		else if (!results[i].code)
			err_set(&why, ERR_RETRY,
				"'%s' is still there, although the workspace said that it is "
				"deleted",
				paths[i]);
		side_refused(c, rows[i], SIDE_WORKSPACE, &why);
	}
	workspace_results_free(results, count);
	return r;
}

static int delete_places(struct workspace_side *s, const struct workspace_place *places,
			 size_t count, struct err *e)
{
	struct row **done = xcalloc(count, sizeof(*done));
	char **paths = xcalloc(count, sizeof(*paths));
	struct err why = ERR_INIT;
	size_t n = 0;
	int r;

	for (size_t i = 0; why.code != ERR_CANCELLED && i < count; i++) {
		paths[n] = workspace_object_path(s, places[i].row->path);
		if (!delete_one(s, &places[i], paths[n], &why))
			done[n++] = places[i].row;
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

/* The places of the rows for which something is to be done, all recorded whole. Of what is renamed, the
 * new place gets what stands under the old name. */
static int find_places(struct workspace_side *s, struct row **rows, size_t count,
		       enum plan_action action, struct workspace_place *places, size_t *n,
		       struct err *e)
{
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		struct row *from = rows[i]->renamed_from;
		bool moves = from && rows[i]->side[SIDE_WORKSPACE].state == ENTRY_ABSENT;

		if (rows[i]->todo.action[SIDE_WORKSPACE] == action)
			places[(*n)++] = (struct workspace_place){ .row = moves ? from : rows[i] };
	}
	return *n ? workspace_record_whole(s, places, *n, e) : ERR_OK;
}

static int apply_deletions(struct workspace_side *s, struct row **rows, size_t count, struct err *e)
{
	struct workspace_place *places = xcalloc(count, sizeof(*places));
	size_t n;
	int r = find_places(s, rows, count, PLAN_DELETE, places, &n, e);

	if (!r && n)
		r = delete_places(s, places, n, e);
	free(places);
	return r;
}

/* Makes the job of one row; false: there is none. */
static bool make_job(struct workspace_side *s, struct import_job *job,
		     const struct workspace_place *place, struct row *row)
{
	struct side_context *c = s->side.context;
	struct err why = ERR_INIT;

	if (stands_already(row, &place->whole)) {
		row->todo.action[SIDE_WORKSPACE] = PLAN_SETTLED;
		return false;
	}
	if (!job_prepare(s, job, place, row, &why))
		return true;
	job_release(job);
	side_refused(c, row, SIDE_WORKSPACE, &why);
	return false;
}

/* Imports what is to be put there of one kind, at_once of them at a time, or as many as fill
 * BYTES_AT_ONCE; one whose format is asked for goes alone, right after that. */
static int put_places(struct workspace_side *s, const struct workspace_place *places,
		      struct row **rows, size_t count, size_t at_once, struct err *e)
{
	struct import_job *jobs = xcalloc(at_once, sizeof(*jobs));
	size_t n = 0, bytes = 0;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < count; i++) {
		if (make_job(s, &jobs[n], &places[i], rows[i]))
			bytes += jobs[n++].given.data.len;
		if (n < at_once && bytes < BYTES_AT_ONCE && i + 1 < count &&
		    !workspace_misses_format(&rows[i]->side[SIDE_WORKSPACE]) &&
		    !workspace_misses_format(&rows[i + 1]->side[SIDE_WORKSPACE]))
			continue;
		r = n ? apply_puts(s, jobs, &n, e) : ERR_OK;
		for (size_t j = 0; j < n; j++)
			job_release(&jobs[j]);
		n = bytes = 0;
	}
	free(jobs);
	return r;
}

static int apply_kind(struct workspace_side *s, struct row **rows, size_t count,
		      enum version_kind kind, size_t at_once, struct err *e)
{
	struct workspace_place *places = xcalloc(count, sizeof(*places));
	struct row **puts = xcalloc(count, sizeof(*puts));
	size_t n = 0, found;
	int r;

	for (size_t i = 0; i < count; i++)
		if (rows[i]->todo.action[SIDE_WORKSPACE] == PLAN_PUT &&
		    rows[i]->agreed.kind == kind)
			puts[n++] = rows[i];
	r = find_places(s, puts, n, PLAN_PUT, places, &found, e);
	if (!r && n)
		r = put_places(s, places, puts, n, at_once < n ? at_once : n, e);
	free(places);
	free(puts);
	return r;
}

int workspace_side_apply(struct side *side, struct row **rows, size_t count, struct err *e)
{
	struct workspace_side *s = (struct workspace_side *)side;
	int r = apply_deletions(s, rows, count, e);

	if (!r)
		r = apply_kind(s, rows, count, VERSION_NOTEBOOK, count, e);
	if (!r)
		r = apply_kind(s, rows, count, VERSION_FILE, WORKSPACE_FILES_AT_ONCE, e);
	workspace_count_requests(s);
	return r;
}
