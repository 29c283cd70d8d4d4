/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side, acting: imports and deletions.
 *
 * There is no compare-and-swap, so what is replaced or deleted is looked at once more, object by
 * object, right before its own request (workspace_last_look), and left alone when it is not what
 * the plan was made for; what is new must not exist yet, which the API checks itself. Afterwards it
 * is read back, and if that is not what we sent, it is simply a new observation; a deletion is
 * asked about, too. What stood there when the cycle looked is in the hub. One round trip, and in a
 * bulk write the workspace's work on the write before, remains in which a save is not seen.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/file.h"
#include "sync/workspace_stray.h"
#include "sync/workspace_take.h"

/* Of notebooks that are ready to be imported: thousands of usual ones, a few of the largest. */
#define BYTES_AT_ONCE (8 * 1024 * 1024)

/* Whether what stands there now is what was looked at, and recorded, before. */
static bool still(void *payload, const struct workspace_object *o, const struct buf *content)
{
	const struct entry *entry = payload;
	enum workspace_type type = entry->version.kind == VERSION_FILE ? WORKSPACE_FILE
								       : WORKSPACE_NOTEBOOK;
	struct oid raw;

	if (o)
		return o->type == type && o->modified_ms == entry->modified_ms &&
		       str_eq(o->id, entry->id);
	hub_hash(buf_str(content), content->len, &raw);
	return oid_equal(&raw, &entry->raw);
}

struct workspace_last_look workspace_last_look_at(struct entry *entry)
{
	return (struct workspace_last_look){ .content = entry->modified_ms <= 0 || entry->restless,
					     .still = still,
					     .payload = entry };
}

struct import_job {
	struct row *row;
	char *path;      /* with extension */
	char *object;    /* without */
	struct buf data; /* of a notebook */
	int fd;          /* of another file: its content */
	uint64_t len;
	char *file;
	char id[24];                     /* of what the import made; "" when it did not tell */
	struct workspace_last_look look; /* at what is replaced */
};

/* Another spelling of the same notebook is no edit, but may not be recorded yet. */
static int check_recorded(const struct row *row, struct err *e)
{
	const struct entry *entry = &row->side[SIDE_WORKSPACE];

	if (entry->state == ENTRY_ABSENT || (entry->state == ENTRY_PRESENT && entry->recorded))
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "'%s' changed in the workspace meanwhile", row->path);
}

static int job_prepare(struct cycle *c, struct import_job *job, struct row *row, struct err *e)
{
	const char *slash;

	*job = (struct import_job){ .row = row, .data = BUF_INIT(SIZE_MAX / 2), .fd = -1 };
	job->look = workspace_last_look_at(&row->side[SIDE_WORKSPACE]);
	if (check_recorded(row, e))
		return e->code;
	if (row->agreed.kind == VERSION_FILE) {
		if (name_check(c, row, SIDE_WORKSPACE, row->path, e))
			return e->code;
		job->object = workspace_object_path(c, row->path);
		job->path = xstrdup(job->object);
		return file_open_blob(c, &row->agreed.blob, &job->fd, &job->len, e);
	}
	if (content_give(&c->content, row, SIDE_WORKSPACE, &job->data, &job->file, e) ||
	    name_check(c, row, SIDE_WORKSPACE, job->file, e))
		return e->code;
	job->object = workspace_object_path(c, row->path);
	/* An ipynb whose notebook the side showed us as source is still imported as what it is now:
	 * the name of the import decides the format, not the name of the entry. */
	slash = strrchr(job->file, '.');
	job->path = xasprintf("%s%s", job->object, slash);
	return ERR_OK;
}

static void job_release(struct import_job *job)
{
	free(job->path);
	free(job->object);
	free(job->file);
	buf_release(&job->data);
	if (job->fd >= 0)
		close(job->fd);
}

static int import_jobs(struct cycle *c, struct import_job *jobs, size_t count,
		       struct workspace_result **results, struct err *e)
{
	struct workspace_import *items = xcalloc(count, sizeof(*items));
	int r;

	for (size_t i = 0; i < count; i++) {
		bool replaces = jobs[i].row->side[SIDE_WORKSPACE].state == ENTRY_PRESENT;

		items[i] = (struct workspace_import){
			.path = jobs[i].path,
			.data = buf_str(&jobs[i].data),
			.len = jobs[i].fd < 0 ? jobs[i].data.len : (size_t)jobs[i].len,
			.file = jobs[i].fd < 0 ? NULL : &jobs[i].fd,
			.overwrite = replaces,
			.object = jobs[i].object,
			.look = replaces ? &jobs[i].look : NULL,
		};
	}
	r = workspace_import(c->workspace, items, count, results, e);
	free(items);
	return r;
}

/* Reads back what the import made of it. Agreement settles the row; anything else is somebody
 * else's edit, or a server that understands the notebook differently: a new observation. */
static int read_back(struct cycle *c, struct import_job *jobs, size_t count, struct err *e)
{
	struct row **rows = xcalloc(count, sizeof(*rows));
	int r;

	for (size_t i = 0; i < count; i++)
		rows[i] = jobs[i].row;
	r = workspace_look_at(c, rows, count, e);
	for (size_t i = 0; i < count; i++) {
		struct entry *entry = &rows[i]->side[SIDE_WORKSPACE];
		struct err why = ERR_INIT;

		if (r || entry->state == ENTRY_HELD) {
			state_set_sent(&c->state, rows[i], &rows[i]->agreed);
			continue;
		}
		if (entry->state == ENTRY_PRESENT &&
		    version_same(&entry->version, &rows[i]->agreed)) {
			state_set_base(&c->state, rows[i], SIDE_WORKSPACE, &rows[i]->agreed);
			rows[i]->todo.action[SIDE_WORKSPACE] = PLAN_SETTLED;
			state_see(&c->state, rows[i], SIDE_WORKSPACE);
			c->report->side[SIDE_WORKSPACE].written++;
			continue;
		}
		if (workspace_stray(c,
				    &(struct workspace_sent){ rows[i], jobs[i].object, jobs[i].path,
							      jobs[i].id, &jobs[i].data }))
			continue;
		err_set(&why, ERR_CONFLICT, "'%s' reads back differently from what was imported",
			jobs[i].object);
		cycle_refused(c, rows[i], SIDE_WORKSPACE, &why);
	}
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
static int clear_place(struct cycle *c, const struct import_job *job, struct err *e)
{
	const struct workspace_last_look look = { .still = is_folder };
	const char *path = job->row->path;
	const struct row *there = table_find(&c->occupied, path);
	struct err why = ERR_INIT;

	if (!there)
		return ERR_OK;
	if (there->side[SIDE_WORKSPACE].reason != HOLD_NONE)
		return err_set(e, ERR_CONFLICT, "something else came to '%s' in the workspace",
			       path);
	if (workspace_delete(c->workspace, job->object, &look, &why))
		return err_set(e, why.code,
			       "the folder of that name makes no room for notebook '%s' in the "
			       "workspace, rename one of them: %s",
			       path, why.text);
	table_remove(&c->occupied, path);
	return ERR_OK;
}

static void clear_places(struct cycle *c, struct import_job *jobs, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		struct err why = ERR_INIT;

		if (!clear_place(c, &jobs[i], &why)) {
			jobs[kept++] = jobs[i];
			continue;
		}
		cycle_refused(c, jobs[i].row, SIDE_WORKSPACE, &why);
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
static void check_displaced(struct cycle *c, const struct import_job *job, const char *id)
{
	const struct entry *entry = &job->row->side[SIDE_WORKSPACE];

	if (!id[0] || entry->state != ENTRY_PRESENT || !entry->id[0])
		return;
	if (str_eq(id, entry->id))
		c->keeps_ids = true;
	else if (c->keeps_ids)
		report_note(
			c->report,
			"'%s' was made anew in the workspace right before nbsync wrote it: what "
			"it was for that moment was not seen, look into its revision history there",
			job->object);
}

static int apply_puts(struct cycle *c, struct import_job *jobs, size_t *count, struct err *e)
{
	struct workspace_result *results = NULL;
	size_t done = 0, n;
	int r;

	clear_places(c, jobs, count);
	if (!*count)
		return ERR_OK;
	n = *count;
	if ((r = import_jobs(c, jobs, n, &results, e)))
		return r;
	for (size_t i = 0; i < n; i++) {
		if (results[i].code) {
			cycle_refused(c, jobs[i].row, SIDE_WORKSPACE, &results[i].error);
			job_release(&jobs[i]);
		} else {
			check_displaced(c, &jobs[i], results[i].object.id);
			memcpy(jobs[i].id, results[i].object.id, sizeof(jobs[i].id));
			jobs[done++] = jobs[i];
		}
	}
	workspace_results_free(results, n);
	*count = done;
	return done ? read_back(c, jobs, done, e) : ERR_OK;
}

static int delete_one(struct cycle *c, struct row *row, const char *path, struct err *why)
{
	struct workspace_last_look look = workspace_last_look_at(&row->side[SIDE_WORKSPACE]);

	if (!check_recorded(row, why) && !workspace_delete(c->workspace, path, &look, why))
		return ERR_OK;
	cycle_refused(c, row, SIDE_WORKSPACE, why);
	return why->code;
}

/* What was said to be deleted, or not to be there, is asked for: what stands there all the same would
 * otherwise count as new, and come back everywhere. */
static int check_deleted(struct cycle *c, struct row **rows, char **paths, size_t count,
			 struct err *e)
{
	struct workspace_result *results = NULL;
	int r = workspace_stat(c->workspace, (const char *const *)paths, count, &results, e);

	for (size_t i = 0; !r && i < count; i++) {
		struct err why = results[i].error;

		if (results[i].code == ERR_ABSENT) {
			cycle_deleted(c, rows[i], SIDE_WORKSPACE);
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
		cycle_refused(c, rows[i], SIDE_WORKSPACE, &why);
	}
	workspace_results_free(results, count);
	return r;
}

static int apply_deletions(struct cycle *c, struct row **rows, size_t count, struct err *e)
{
	struct row **done = xcalloc(count, sizeof(*done));
	char **paths = xcalloc(count, sizeof(*paths));
	struct err why = ERR_INIT;
	size_t n = 0;
	int r;

	for (size_t i = 0; why.code != ERR_CANCELLED && i < count; i++) {
		if (rows[i]->todo.action[SIDE_WORKSPACE] != PLAN_DELETE)
			continue;
		why = ERR_INIT;
		paths[n] = workspace_object_path(c, rows[i]->path);
		if (!delete_one(c, rows[i], paths[n], &why))
			done[n++] = rows[i];
		else
			free(paths[n]);
	}
	r = n ? check_deleted(c, done, paths, n, e) : ERR_OK;
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	free(done);
	if (why.code != ERR_CANCELLED)
		return r;
	*e = why;
	return e->code;
}

/* Imports what is to be put there of one kind, at_once of them at a time, or as many as fill
 * BYTES_AT_ONCE. */
static int apply_kind(struct cycle *c, struct row **rows, size_t count, enum version_kind kind,
		      size_t at_once, struct err *e)
{
	struct import_job *jobs = xcalloc(at_once, sizeof(*jobs));
	size_t n = 0, bytes = 0;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < count; i++) {
		struct err why = ERR_INIT;

		if (rows[i]->todo.action[SIDE_WORKSPACE] == PLAN_PUT &&
		    rows[i]->agreed.kind == kind) {
			if (!job_prepare(c, &jobs[n], rows[i], &why)) {
				bytes += jobs[n++].data.len;
			} else {
				job_release(&jobs[n]);
				cycle_refused(c, rows[i], SIDE_WORKSPACE, &why);
			}
		}
		if (n < at_once && bytes < BYTES_AT_ONCE && i + 1 < count)
			continue;
		r = apply_puts(c, jobs, &n, e);
		for (size_t j = 0; j < n; j++)
			job_release(&jobs[j]);
		n = bytes = 0;
	}
	free(jobs);
	return r;
}

int workspace_apply(struct cycle *c, struct row **rows, size_t count, struct err *e)
{
	int r = apply_deletions(c, rows, count, e);

	if (!r)
		r = apply_kind(c, rows, count, VERSION_NOTEBOOK, count, e);
	return r ? r : apply_kind(c, rows, count, VERSION_FILE, WORKSPACE_FILES_AT_ONCE, e);
}
