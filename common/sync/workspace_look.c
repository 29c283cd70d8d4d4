/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side, looking: a folder of a Databricks workspace.
 *
 * The API has no ETag, so: list, and export what object id or modified_at says may have changed. A
 * folder that cannot be listed is unknown, not empty; a root that lost everything it once held waits
 * for a human. What a listing does not show is gone only when the workspace, asked for it by name, says so
 * too: every path of the durable base is asked for, whatever a cache knows of it. Only notebooks are touched, and other files where they are wanted. Acting on this
 * side is workspace_apply()'s.
 */

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "sync/file.h"
#include "sync/workspace_files.h"

/* Notebooks held in memory at once: as many as, by the size of the last ones, fill EXPORT_BYTES. */
#define EXPORT_FIRST 8
#define EXPORT_MAX   64
#define EXPORT_BYTES (8 * 1024 * 1024)

char *workspace_object_path(const struct cycle *c, const char *stem)
{
	return xasprintf("%s/%s", str_eq(c->workspace_root, "/") ? "" : c->workspace_root, stem);
}

/* The path below the mapping's folder; NULL when it is the folder itself or elsewhere. */
static const char *relative_path(const struct cycle *c, const char *path)
{
	size_t n = str_eq(c->workspace_root, "/") ? 0 : strlen(c->workspace_root);

	if (strncmp(path, c->workspace_root, n) != 0 || path[n] != '/' || !path[n + 1])
		return NULL;
	return path + n + 1;
}

/* ---- observing ---- */

void workspace_hold(struct row *row, enum hold_reason reason, const struct err *why)
{
	entry_hold(row, SIDE_WORKSPACE, reason, row->side[SIDE_WORKSPACE].file, why->text);
	entry_found(row, SIDE_WORKSPACE);
}

void workspace_found(struct cycle *c, struct row *row, const struct workspace_object *o,
		     const struct version *v, const struct oid *raw, const char *file)
{
	struct entry *entry = &row->side[SIDE_WORKSPACE];

	entry_set_present(row, SIDE_WORKSPACE, v, raw, file);
	memcpy(entry->id, o->id, sizeof(entry->id));
	entry->modified_ms = o->modified_ms;
	entry_found(row, SIDE_WORKSPACE);
	c->cache_dirty = true;
}

static bool unchanged(const struct entry *entry, const struct workspace_object *o)
{
	return entry->state == ENTRY_PRESENT && o->modified_ms > 0 &&
	       entry->modified_ms == o->modified_ms && str_eq(entry->id, o->id);
}

/* Takes the exported source of an object as what the side holds. */
static int take(struct cycle *c, struct row *row, const struct workspace_object *o,
		const struct buf *source, struct err *e)
{
	cleanup_free char *file = notebook_name_make(row->path, NOTEBOOK_SOURCE, o->language);
	struct version v;
	struct oid raw;
	int r;

	r = content_take(&c->content, row, SIDE_WORKSPACE, file, buf_str(source), source->len, &v,
			 &raw, e);
	if (r)
		return r;
	workspace_found(c, row, o, &v, &raw, file);
	return ERR_OK;
}

static enum hold_reason reason_of(int code)
{
	return code == ERR_INVALID ? HOLD_UNPARSABLE : HOLD_UNREADABLE;
}

/* Takes what came of one object; a failure holds its path. */
static void take_result(struct cycle *c, struct row *row, const struct workspace_object *o,
			const struct workspace_result *result)
{
	struct err why = result->error;
	int code = result->code;

	if (!code)
		code = take(c, row, o, &result->content, &why);
	if (code && code != ERR_ABSENT)
		workspace_hold(row, reason_of(code), &why);
}

/* Exports these objects, as far as they fit into memory: what has to come later is moved to the front
 * of both arrays, *count is how many that are. */
static int export_some(struct cycle *c, struct row **rows, const struct workspace_object **objects,
		       size_t *count, size_t *bytes, struct err *e)
{
	struct workspace_result *results = NULL;
	char **paths = xcalloc(*count, sizeof(*paths));
	size_t later = 0;
	int r;

	for (size_t i = 0; i < *count; i++)
		paths[i] = workspace_object_path(c, rows[i]->path);
	r = workspace_export(c->workspace, (const char *const *)paths, *count, NOTEBOOK_SOURCE,
			     &results, e);
	for (size_t i = 0; i < *count; i++)
		free(paths[i]);
	free(paths);
	for (size_t i = 0; !r && i < *count; i++) {
		*bytes += results[i].content.len;
		if (!results[i].later) {
			take_result(c, rows[i], objects[i], &results[i]);
			continue;
		}
		rows[later] = rows[i];
		objects[later++] = objects[i];
	}
	workspace_results_free(results, *count);
	*count = later;
	return r;
}

/* Exports a batch of objects and takes each; failures hold their paths. Objects that vanished in
 * between are absent. Adds to *bytes what was held at once. */
static int export_batch(struct cycle *c, struct row **rows, const struct workspace_object **objects,
			size_t count, size_t *bytes, struct err *e)
{
	int r = ERR_OK;

	while (!r && count)
		r = export_some(c, rows, objects, &count, bytes, e);
	return r;
}

/* What a look collects before it exports. */
struct pending {
	struct row **rows;
	const struct workspace_object **objects; /* borrowed from the listing; without paths */
	size_t count, cap, object_cap;
};

/* Notebooks are exported in batches, other files one after the other into the hub. */
struct looked {
	struct pending notebooks, files;
};

static void pending_add(struct pending *p, struct row *row, const struct workspace_object *o)
{
	p->rows = array_grow(p->rows, p->count, &p->cap, sizeof(*p->rows));
	p->objects = array_grow(p->objects, p->count, &p->object_cap, sizeof(*p->objects));
	p->rows[p->count] = row;
	p->objects[p->count++] = o;
}

static size_t next_batch(size_t n, size_t bytes, size_t max)
{
	size_t fit = EXPORT_BYTES / (bytes / n + 1);

	fit = fit < 2 * n ? fit : 2 * n;
	return fit < 1 ? 1 : fit < max ? fit : max;
}

typedef int (*export_fn)(struct cycle *c, struct row **rows,
			 const struct workspace_object **objects, size_t count, size_t *bytes,
			 struct err *e);

static int pending_export(struct cycle *c, const struct pending *p, size_t max, export_fn export,
			  struct err *e)
{
	size_t batch = max < EXPORT_FIRST ? max : EXPORT_FIRST;
	int r;

	for (size_t i = 0, n; i < p->count; i += n) {
		size_t bytes = 0;

		n = p->count - i < batch ? p->count - i : batch;
		if (cycle_cancelled(c))
			return err_set(e, ERR_CANCELLED, "asked to stop");
		if ((r = export(c, p->rows + i, p->objects + i, n, &bytes, e)))
			return r;
		batch = next_batch(n, bytes, max);
		cycle_progress(c, "look", i + n, p->count);
	}
	return ERR_OK;
}

static int looked_export(struct cycle *c, const struct looked *l, struct err *e)
{
	int r = pending_export(c, &l->notebooks, EXPORT_MAX, export_batch, e);

	return r ? r
		 : pending_export(c, &l->files, WORKSPACE_FILES_AT_ONCE, workspace_take_files, e);
}

static void looked_release(struct looked *l)
{
	struct pending *all[] = { &l->notebooks, &l->files };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		free(all[i]->rows);
		free(all[i]->objects);
	}
}

/* Whether an object is of a type that travels. */
static bool travels(const struct cycle *c, const struct workspace_object *o)
{
	return o->type == WORKSPACE_NOTEBOOK || (o->type == WORKSPACE_FILE && files_wanted(c));
}

static bool is_copy(const struct cycle *c, const struct workspace_object *o, const char *path)
{
	return o->type == WORKSPACE_NOTEBOOK ? names_is_conflict(path, NULL, NULL)
					     : conflict_copy_of(c, path, NULL, NULL);
}

static bool takes(const struct cycle *c, const struct workspace_object *o, const char *path)
{
	struct row *row = table_find(&c->table, path);

	if (o->type == WORKSPACE_NOTEBOOK)
		return filter_takes_object(&c->filter, path, o->has_language ? &o->language : NULL,
					   row);
	return travels(c, o) && filter_takes(&c->filter, path, path, row);
}

/* Sorts one listed or stat'ed object: unchanged, to be exported, or held. */
static void sort_object(struct cycle *c, const struct workspace_object *o, struct looked *looked)
{
	const char *path = relative_path(c, o->path);
	struct err e = ERR_INIT;
	struct row *row;

	if (!path)
		return;
	if (travels(c, o) && is_copy(c, o, path))
		table_get(&c->conflicts, path);
	if (!takes(c, o, path)) {
		table_get(&c->occupied, path)->side[SIDE_WORKSPACE].reason =
			o->type == WORKSPACE_DIRECTORY ? HOLD_NONE : HOLD_KIND;
		return;
	}
	table_remove(&c->occupied, path);
	row = table_get(&c->table, path);
	if (path_check(path, &e)) {
		workspace_hold(row, HOLD_NAME, &e);
	} else if (o->type == WORKSPACE_NOTEBOOK && !o->has_language) {
		err_set(&e, ERR_INVALID, "the workspace names no language for '%s'", o->path);
		workspace_hold(row, HOLD_KIND, &e);
	} else if (unchanged(&row->side[SIDE_WORKSPACE], o)) {
		entry_found(row, SIDE_WORKSPACE);
	} else if (o->type == WORKSPACE_NOTEBOOK) {
		pending_add(&looked->notebooks, row, o);
	} else if (!workspace_file_refused(row, o)) {
		pending_add(&looked->files, row, o);
	}
}

/* ---- looking ---- */

/* What a full look listed. */
struct listed {
	struct cycle *c;
	struct workspace_listing listing; /* owned */
	bool gap_at_root; /* what the root does not show may be there all the same */
	bool shows_some;  /* something that travels, or may */
};

/* Everything below a folder is held but for what the listing goes on to show. */
static void on_problem(void *payload, const char *path, const struct err *why)
{
	struct listed *l = payload;
	struct cycle *c = l->c;
	bool root = str_eq(path, c->workspace_root);
	const char *dir = root ? "" : relative_path(c, path);

	if (!dir)
		return;
	l->gap_at_root |= root;
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		struct entry *entry = &row->side[SIDE_WORKSPACE];

		if (path_is_below(row->path, dir) &&
		    (entry->state != ENTRY_ABSENT || !version_absent(&row->base[SIDE_WORKSPACE])))
			workspace_hold(row, HOLD_UNREADABLE, why);
	}
	report_held(c->report, root ? "." : dir, SIDE_WORKSPACE, HOLD_UNREADABLE, why->text);
}

/* An entry that cannot be used: the path of what it would have been. */
static void hold_listed(struct cycle *c, const struct workspace_held *held)
{
	const char *path = relative_path(c, held->path);
	struct err why = ERR_INIT;

	if (!path)
		return;
	err_set(&why, ERR_INVALID, "%s", held->why);
	workspace_hold(table_get(&c->table, path), HOLD_UNREADABLE, &why);
}

/* A root that lost everything it once agreed on waits for a human. */
static int check_root(struct cycle *c, int listed, bool shows_some, const char *name, struct err *e)
{
	size_t known;

	if (listed == ERR_ABSENT && (known = cycle_known(c, SIDE_WORKSPACE)) > 0)
		return err_set(e, ERR_CONFIG,
			       "%s is gone although it held %zu notebooks: nothing is deleted "
			       "elsewhere until it is back",
			       name, known);
	if (listed == ERR_OK)
		return root_check_empty(c, SIDE_WORKSPACE, shows_some, name, e);
	return listed == ERR_ABSENT ? ERR_OK : listed;
}

/* Asked once a connection: who we are, and which folder this is. A server that does not tell leaves
 * that part out of the comparison. */
static char *root_identity(struct cycle *c)
{
	const char *const root[] = { c->workspace_root };
	struct workspace_result *result = NULL;
	cleanup_free char *user = NULL;
	struct err ignored = ERR_INIT;
	char *identity;

	if (c->root_asked)
		return NULL;
	if (workspace_stat(c->workspace, root, 1, &result, &ignored) || result[0].code) {
		workspace_results_free(result, 1);
		return NULL;
	}
	if (workspace_whoami(c->workspace, &user, &ignored))
		user = NULL;
	identity = xasprintf("folder %s of %s, as %s", result[0].object.id,
			     workspace_host(c->workspace), user ? user : "somebody");
	workspace_results_free(result, 1);
	c->root_asked = true;
	return identity;
}

static int check_identity(struct cycle *c, const char *name, struct err *e)
{
	cleanup_free char *identity = root_identity(c);
	int r = root_check_identity(c, SIDE_WORKSPACE, identity, name, e);

	/* What is not accepted is asked about again. */
	c->root_asked &= !r;
	return r;
}

/* What stands in a notebook's place does not travel. Under a folder the notebook is gone; but that an
 * object of another type took its name does not say that somebody wants it deleted elsewhere. */
static void replaced(struct row *row, const struct workspace_object *o)
{
	struct err e = ERR_INIT;

	if (o->type == WORKSPACE_DIRECTORY || version_absent(&row->base[SIDE_WORKSPACE])) {
		entry_set_absent(row, SIDE_WORKSPACE);
		return;
	}
	err_set(&e, ERR_INVALID,
		"something else than a notebook has taken the place of '%s': rename it, or delete "
		"it to delete the notebook everywhere",
		o->path);
	workspace_hold(row, HOLD_KIND, &e);
}

/* The workspace says that nothing stands there. That alone is no evidence: its folder may not have
 * answered at all, so in doubt everything is listed next. */
static void absent(struct cycle *c, struct row *row, bool listed)
{
	if (entry_may_stand(row, SIDE_WORKSPACE) && !row->side[SIDE_WORKSPACE].gone && !listed) {
		c->relook[SIDE_WORKSPACE] = true;
		return;
	}
	table_remove(&c->occupied, row->path);
	entry_set_absent(row, SIDE_WORKSPACE);
	row->side[SIDE_WORKSPACE].gone = true;
}

/* listed: a listing has answered for their folders, and does not show these rows. */
static int look_at(struct cycle *c, struct row **rows, size_t count, bool listed, struct err *e)
{
	struct workspace_result *results = NULL;
	struct looked looked = { 0 };
	char **paths = xcalloc(count, sizeof(*paths));
	int r;

	for (size_t i = 0; i < count; i++)
		paths[i] = workspace_object_path(c, rows[i]->path);
	r = workspace_stat(c->workspace, (const char *const *)paths, count, &results, e);
	for (size_t i = 0; !r && i < count; i++) {
		if (results[i].code == ERR_ABSENT)
			absent(c, rows[i], listed);
		else if (results[i].code)
			workspace_hold(rows[i], HOLD_UNREADABLE, &results[i].error);
		else {
			if (!travels(c, &results[i].object))
				replaced(rows[i], &results[i].object);
			sort_object(c, &results[i].object, &looked);
		}
	}
	if (!r)
		r = looked_export(c, &looked, e);
	looked_release(&looked);
	workspace_results_free(results, count);
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
	return r;
}

int workspace_look_at(struct cycle *c, struct row **rows, size_t count, struct err *e)
{
	return look_at(c, rows, count, false, e);
}

/* Whether a listing that does not show the row is to be doubted. What is known to be gone is asked for
 * once more before a human's word makes it deletions. */
static bool is_missing(struct cycle *c, struct row *row)
{
	return entry_may_stand(row, SIDE_WORKSPACE) && !entry_is_found(row, SIDE_WORKSPACE) &&
	       (!row->side[SIDE_WORKSPACE].gone || c->confirm) && !path_check(row->path, NULL) &&
	       filter_manages_row(&c->filter, row);
}

/* A listing may be older than our own writes, or lack a folder for a moment: what it does not show
 * is asked for by name before it is taken for deleted. */
static int ask_for_missing(struct cycle *c, struct err *e)
{
	struct row **rows = xcalloc(c->table.count, sizeof(*rows));
	size_t n = 0;
	int r;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (is_missing(c, row))
			rows[n++] = row;
	r = n ? look_at(c, rows, n, true, e) : ERR_OK;
	free(rows);
	return r;
}

static int look_full(struct cycle *c, struct err *e)
{
	cleanup_free char *name = xasprintf("the workspace folder '%s'", c->workspace_root);
	struct listed l = { .c = c };
	struct looked looked = { 0 };
	int r;

	table_probe(&c->table, SIDE_WORKSPACE);
	cycle_progress(c, "look", 0, 0);
	r = workspace_list(c->workspace, c->workspace_root, &l.listing, on_problem, &l, e);
	l.shows_some = l.gap_at_root || l.listing.held_count;
	for (size_t i = 0; i < l.listing.count; i++)
		l.shows_some |= travels(c, &l.listing.items[i]);
	r = check_root(c, r, l.shows_some, name, e);
	table_release(&c->occupied);
	table_init(&c->occupied);
	for (size_t i = 0; !r && i < l.listing.count; i++) {
		sort_object(c, &l.listing.items[i], &looked);
		/* The row has it; of 100,000 objects twice is 10 MB. */
		free(steal(&l.listing.items[i].path));
	}
	for (size_t i = 0; !r && i < l.listing.held_count; i++)
		hold_listed(c, &l.listing.held[i]);
	if (!r)
		r = looked_export(c, &looked, e);
	filter_spare(&c->filter, &c->table, SIDE_WORKSPACE);
	if (!r)
		r = ask_for_missing(c, e);
	if (!r)
		c->cache_dirty |= table_settle_probes(&c->table, SIDE_WORKSPACE);
	if (!r)
		r = check_identity(c, name, e);
	looked_release(&looked);
	workspace_listing_release(&l.listing);
	return r;
}

/* The hints are local paths; by now the local side has looked, so the rows that matter are those
 * it touched, and those we still owe a write. */
static bool concerns(const struct row *row)
{
	return row->touched || row->todo.action[SIDE_WORKSPACE] == PLAN_PUT ||
	       row->todo.action[SIDE_WORKSPACE] == PLAN_DELETE;
}

int workspace_look(struct cycle *c, const struct cycle_hints *hints, struct err *e)
{
	struct row **rows;
	size_t n = 0;
	int r;

	if (!hints)
		return look_full(c, e);
	rows = xcalloc(c->table.busy_count, sizeof(*rows));
	for (size_t i = 0; i < c->table.busy_count; i++)
		if (concerns(c->table.busy[i]) && !path_check(c->table.busy[i]->path, NULL))
			rows[n++] = c->table.busy[i];
	r = n ? workspace_look_at(c, rows, n, e) : ERR_OK;
	free(rows);
	if (r || !c->relook[SIDE_WORKSPACE])
		return r;
	r = look_full(c, e);
	c->relook[SIDE_WORKSPACE] = r != ERR_OK;
	return r;
}
