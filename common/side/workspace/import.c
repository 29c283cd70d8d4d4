/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports into the workspace. What is replaced is looked at once more, object by object, right
 * before its own request (standing.c), and left alone when it is not what the plan was made for;
 * what is new must not exist yet, which the API checks itself. In a bulk write a save is not seen
 * either during the workspace's work on the write before.
 *
 * It does not decide what is written, nor in which format: an object is imported in the one in
 * which it stands there (content_file()). What became of it is answer.c's.
 */

#include "side/workspace/import.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "side/file.h"
#include "side/settled.h"
#include "side/workspace/answer.h"
#include "side/workspace/check.h"
#include "side/workspace/plain.h"
#include "side/workspace/row.h"
#include "side/workspace/standing.h"

/* Of notebooks that are ready to be imported: thousands of usual ones, a few of the largest. */
#define BYTES_AT_ONCE (8 * 1024 * 1024)

struct import_job {
	struct row *row;            /* borrowed */
	char *path;                 /* owned; as it is sent: with the extension of a notebook */
	char *object;               /* owned; where it is to stand: without that */
	struct content_given given; /* owned; of a notebook */
	int fd;                     /* owned; the content of another file; -1: a notebook */
	uint64_t len;               /* of the other file */
	struct workspace_standing standing; /* what is replaced */
	struct workspace_last_look look;    /* the question about it */
};

static int prepare_file(struct workspace_side *s, struct import_job *job, struct err *e)
{
	const struct row *row = job->row;

	if (workspace_side_check_name(&s->side, row, row->path, e))
		return e->code;
	job->path = xstrdup(job->object);
	return file_open_blob(s->side.context, &row->agreed.blob, &job->fd, &job->len, e);
}

static int prepare_notebook(struct workspace_side *s, struct import_job *job,
			    const struct oid *whole, struct err *e)
{
	if (content_give(&s->side.context->content, job->row, SIDE_WORKSPACE,
			 oid_is_zero(whole) ? NULL : whole, &job->given, e) ||
	    workspace_side_check_name(&s->side, job->row, job->given.file, e))
		return e->code;
	/* The extension of the import decides what becomes of it. */
	job->path = xasprintf("%s%s", job->object, strrchr(job->given.file, '.'));
	return ERR_OK;
}

/* The job is to be released, also after an error. */
static int job_prepare(struct workspace_side *s, struct import_job *job,
		       const struct workspace_place *place, struct row *row, struct err *e)
{
	*job = (struct import_job){ .row = row,
				    .object = workspace_object_path(s, row->path),
				    .given = CONTENT_GIVEN_INIT,
				    .fd = -1,
				    .standing = { &row->side[SIDE_WORKSPACE], place->whole } };
	if (workspace_check_recorded(row, e))
		return e->code;
	if (place->why.code) {
		*e = place->why;
		return e->code;
	}
	return row->agreed.kind == VERSION_FILE ? prepare_file(s, job, e)
						: prepare_notebook(s, job, &place->whole, e);
}

static void job_release(struct import_job *job)
{
	free(job->path);
	free(job->object);
	content_given_release(&job->given);
	if (job->fd >= 0)
		close(job->fd);
}

/* Of the revision that is asked for, just this stands there: outputs and all. */
static bool stands_already(const struct row *row, const struct oid *whole)
{
	return row->adopted && row->adopted->side == SIDE_WORKSPACE && !oid_is_zero(whole) &&
	       oid_equal(&row->adopted->raw.blob, whole);
}

/* Makes the job of one row; false: there is none. */
static bool make_job(struct workspace_side *s, struct import_job *job,
		     const struct workspace_place *place, struct row *row)
{
	struct err why = ERR_INIT;

	if (stands_already(row, &place->whole)) {
		row->todo.action[SIDE_WORKSPACE] = PLAN_SETTLED;
		return false;
	}
	if (!job_prepare(s, job, place, row, &why))
		return true;
	job_release(job);
	side_refused(s->side.context, row, SIDE_WORKSPACE, &why);
	return false;
}

static bool is_folder(void *payload, const struct workspace_object *o, const struct buf *content)
{
	(void)payload;
	(void)content;
	return o && o->type == WORKSPACE_DIRECTORY;
}

/* A folder that lost its last notebook in this cycle makes room for a notebook of its name. The API
 * deletes no folder that has something else in it; what is no folder came meanwhile, and stays. */
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
	if (s->api->remove(s->workspace, job->object, &look, &why))
		return err_set(e, why.code,
			       "the folder of that name makes no room for notebook '%s' in the "
			       "workspace, rename one of them: %s",
			       path, why.text);
	table_remove(&s->occupied, path);
	return ERR_OK;
}

/* Moves the jobs that can be done to the front, reports and releases the others: how many can. */
static size_t keep_possible(struct workspace_side *s, struct import_job *jobs, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct err why = ERR_INIT;

		if (!clear_place(s, &jobs[i], &why) &&
		    !workspace_check_format(s, jobs[i].row, jobs[i].object, &why)) {
			jobs[kept++] = jobs[i];
			continue;
		}
		side_refused(s->side.context, jobs[i].row, SIDE_WORKSPACE, &why);
		job_release(&jobs[i]);
	}
	return kept;
}

static int send_jobs(struct workspace_side *s, struct import_job *jobs, size_t count,
		     struct workspace_result **results, struct err *e)
{
	struct workspace_import *items = xcalloc(count, sizeof(*items));
	int r;

	for (size_t i = 0; i < count; i++) {
		struct import_job *job = &jobs[i];
		bool is_notebook = job->fd < 0;
		bool replaces = job->row->side[SIDE_WORKSPACE].state == ENTRY_PRESENT;

		job->look = workspace_last_look_at(&job->standing);
		items[i] = (struct workspace_import){
			.path = job->path,
			.data = buf_str(&job->given.data),
			.len = is_notebook ? job->given.data.len : (size_t)job->len,
			.file = is_notebook ? NULL : &job->fd,
			.overwrite = replaces,
			.object = job->object,
			.look = replaces ? &job->look : NULL,
		};
	}
	r = s->api->import(s->workspace, items, count, results, e);
	free(items);
	return r;
}

/* Of jobs that were sent: reports what was refused, and reads back what was taken. */
static int finish_jobs(struct workspace_side *s, struct import_job *jobs, size_t count,
		       const struct workspace_result *results, struct err *e)
{
	struct workspace_sent *sent = xcalloc(count, sizeof(*sent));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < count; i++)
		if (results[i].code)
			side_refused(s->side.context, jobs[i].row, SIDE_WORKSPACE,
				     &results[i].error);
		else
			sent[n++] = (struct workspace_sent){ .row = jobs[i].row,
							     .object = jobs[i].object,
							     .path = jobs[i].path,
							     .id = results[i].object.id,
							     .given = &jobs[i].given };
	r = n ? workspace_read_back(s, sent, n, e) : ERR_OK;
	free(sent);
	return r;
}

/* Releases the jobs. */
static int import_jobs(struct workspace_side *s, struct import_job *jobs, size_t count,
		       struct err *e)
{
	size_t n = keep_possible(s, jobs, count);
	struct workspace_result *results = NULL;
	int r;

	if (!n)
		return ERR_OK;
	r = send_jobs(s, jobs, n, &results, e);
	if (!r)
		r = finish_jobs(s, jobs, n, results, e);
	workspace_results_free(results, n);
	for (size_t i = 0; i < n; i++)
		job_release(&jobs[i]);
	return r;
}

/* Whether the row's format is asked for right before its import: then it goes alone. */
static bool goes_alone(const struct row *row)
{
	return workspace_misses_format(&row->side[SIDE_WORKSPACE]);
}

int workspace_import_rows(struct workspace_side *s, const struct workspace_place *places,
			  struct row **rows, size_t count, struct err *e)
{
	bool notebooks = rows[0]->agreed.kind == VERSION_NOTEBOOK;
	size_t at_once = notebooks || count < WORKSPACE_FILES_AT_ONCE ? count
								      : WORKSPACE_FILES_AT_ONCE;
	struct import_job *jobs = xcalloc(at_once, sizeof(*jobs));
	size_t n = 0, bytes = 0;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < count; i++) {
		bool last = i + 1 == count;

		if (make_job(s, &jobs[n], &places[i], rows[i]))
			bytes += jobs[n++].given.data.len;
		if (!last && n < at_once && bytes < BYTES_AT_ONCE && !goes_alone(rows[i]) &&
		    !goes_alone(rows[i + 1]))
			continue;
		r = import_jobs(s, jobs, n, e);
		n = bytes = 0;
	}
	free(jobs);
	return r;
}
