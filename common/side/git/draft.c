/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the next commit changes. It is built on the remote's tip, or on our own commits that wait to be
 * pushed; its tree differs from its first parent only in managed paths, by construction.
 *
 * Commits that were not pushed may hold what is not agreed any more. So that the cost follows the
 * change and not the tree, they are known by what they differ in from the remote; everything else is
 * as the rows say of the Git side.
 */

#include "side/git/draft.h"

#include <stdlib.h>
#include <string.h>

#include "side/file.h"
#include "side/git/name.h"
#include "side/settled.h"

void draft_release(struct draft *d)
{
	for (size_t i = 0; i < d->count; i++)
		free((void *)(uintptr_t)d->changes[i].path);
	for (size_t i = 0; i < d->given_count; i++) {
		free(d->given[i].path);
		free(d->given[i].file);
	}
	for (size_t i = 0; i < d->waiting_count; i++)
		free(d->waiting[i].file);
	free(d->waiting);
	free(d->changes);
	free(d->owners);
	free(d->told);
	free(d->given);
}

/* ---- where it starts from ---- */

/* Whether our branch has, maybe below commits of its own, commits that the remote once had and has no
 * more: somebody took them back, perhaps for what they told, so none of this is pushed. */
static int has_taken_back(struct git_side *s, const struct draft *d, bool *out, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *tip = &s->tip, *seen = &c->state.seen[SIDE_GIT];
	bool there = false;
	struct oid base;
	int r;

	*out = false;
	/* Once known, this is true until the remote moves: our branch only gets commits of ours. */
	if (oid_is_zero(seen) || (!oid_is_zero(tip) && oid_equal(tip, &s->clean_tip)))
		return ERR_OK;
	if ((r = hub_merge_base(c->hub, &d->head, seen, &base, e)) || oid_is_zero(&base))
		return r;
	if (!oid_is_zero(tip) && (r = hub_is_ancestor(c->hub, &base, tip, &there, e)))
		return r;
	*out = !there;
	return ERR_OK;
}

/* How our branch and the remote's belong together. */
static int compare_heads(struct git_side *s, struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *tip = &s->tip;
	bool behind = oid_is_zero(&d->head) || oid_equal(&d->head, tip);
	bool ahead = true, taken_back = false;
	int r;

	if (!behind && !oid_is_zero(tip) &&
	    ((r = hub_is_ancestor(c->hub, &d->head, tip, &behind, e)) ||
	     (r = hub_is_ancestor(c->hub, tip, &d->head, &ahead, e))))
		return r;
	if (!behind && (r = has_taken_back(s, d, &taken_back, e)))
		return r;
	if (!taken_back)
		s->clean_tip = *tip;
	d->unpushed = !behind && !taken_back;
	d->diverged = d->unpushed && !ahead;
	return ERR_OK;
}

static bool add_waiting(void *payload, const struct tree_difference *difference)
{
	struct draft *d = payload;

	d->waiting = array_grow(d->waiting, d->waiting_count, &d->waiting_cap, sizeof(*d->waiting));
	d->waiting[d->waiting_count++] = (struct waiting){
		.file = xstrdup(difference->path),
		.id = difference->new_id,
		.remote_id = difference->old_id,
		.remote_mode = difference->old_mode,
	};
	return true;
}

static int compare_waiting(const void *a, const void *b)
{
	return strcmp(((const struct waiting *)a)->file, ((const struct waiting *)b)->file);
}

/* On our own commits, when they only add to what the remote has. */
static int start_on_head(struct side_context *c, struct draft *d, struct err *e)
{
	const struct tree_diff diff = { .file = add_waiting, .payload = d };
	int r = hub_commit_tree(c->hub, &d->head, &d->tree, e);

	if (r || (r = hub_tree_diff(c->hub, &d->remote, &d->tree, c->mapping->git_path, &diff, e)))
		return r;
	if (d->waiting_count)
		qsort(d->waiting, d->waiting_count, sizeof(*d->waiting), compare_waiting);
	return ERR_OK;
}

int draft_start(struct git_side *s, struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *ref = git_head(c);
	int r;

	*d = (struct draft){ 0 };
	r = hub_ref_get(c->hub, ref, &d->head, e);
	if (r && r != ERR_ABSENT)
		return r;
	if (r == ERR_ABSENT)
		d->head = (struct oid){ 0 };
	if ((r = compare_heads(s, d, e)))
		return r;
	if (!oid_is_zero(&s->tip) && (r = hub_commit_tree(c->hub, &s->tip, &d->remote, e)))
		return r;
	if (d->unpushed && !d->diverged)
		return start_on_head(c, d, e);
	d->tree = d->remote;
	return ERR_OK;
}

/* ---- what changes ---- */

static struct waiting *find_waiting(const struct draft *d, const char *file)
{
	const struct waiting key = { .file = (void *)(uintptr_t)file };

	return d->waiting_count
		       ? bsearch(&key, d->waiting, d->waiting_count, sizeof(key), compare_waiting)
		       : NULL;
}

/* What the first parent holds for a file of the row; NULL when nothing. */
static const struct oid *on_parent(const struct draft *d, const struct row *row, const char *file)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	const struct waiting *waiting = find_waiting(d, file);

	if (waiting)
		return oid_is_zero(&waiting->id) ? NULL : &waiting->id;
	return entry->state == ENTRY_PRESENT && str_eq(entry->file, file) ? &entry->raw : NULL;
}

/* The branch has files that are none of this mapping's: scripts that are no notebooks, or what rules
 * exclude. A notebook that would take the place of one of these waits. */
static int check_place(struct side_context *c, const struct draft *d, const struct row *row,
		       const char *file, struct err *e)
{
	const struct row *holder = table_find_file(&c->table, SIDE_GIT, file);
	struct err absent = ERR_INIT;
	cleanup_free char *path = NULL;
	struct oid id;
	int r;

	if (on_parent(d, row, file) || find_waiting(d, file) ||
	    (holder && holder->side[SIDE_GIT].state != ENTRY_ABSENT))
		return ERR_OK;
	path = git_path_of(c, file);
	r = hub_tree_find(c->hub, &d->tree, path, &id, NULL, &absent);
	if (r == ERR_ABSENT)
		return ERR_OK;
	if (r)
		return err_set(e, r, "%s", absent.text);
	return err_set(e, ERR_INVALID,
		       "the branch has a file '%s' that is not managed by this mapping: rename one "
		       "of them",
		       path);
}

/* Puts id (NULL: nothing) at a file of the row; false when the first parent has it so. */
static bool change(struct side_context *c, struct draft *d, const struct row *row, const char *file,
		   const struct oid *id, uint32_t mode)
{
	const struct oid *parent = on_parent(d, row, file);

	if (id ? parent && oid_equal(parent, id) : !parent)
		return false;
	d->changes = array_grow(d->changes, d->count, &d->cap, sizeof(*d->changes));
	d->owners = array_grow(d->owners, d->count, &d->owners_cap, sizeof(*d->owners));
	d->owners[d->count] = row;
	d->changes[d->count] = (struct tree_change){ .path = git_path_of(c, file), .mode = mode };
	if (id)
		d->changes[d->count].id = *id;
	d->count++;
	return true;
}

static void tell(struct draft *d, const struct row *row, enum message_verb verb)
{
	d->told = array_grow(d->told, d->told_count, &d->told_cap, sizeof(*d->told));
	d->told[d->told_count++] = (struct message_change){
		.verb = verb,
		.path = row->path,
		.sides = row->origins,
		.object_id = row->side[SIDE_WORKSPACE].id,
		.file = row_is_file(row),
	};
}

/* A notebook that had another language or format in our own commits leaves no second file. */
static bool remove_other_names(struct side_context *c, struct draft *d, const struct row *row,
			       const char *file)
{
	bool any = false;

	if (!d->waiting_count || row_is_file(row))
		return false;
	for (enum notebook_language lang = 0; lang <= NOTEBOOK_LANGUAGES; lang++) {
		bool ipynb = lang == NOTEBOOK_LANGUAGES;
		cleanup_free char *name = notebook_name_make(
			row->path, ipynb ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE,
			ipynb ? NOTEBOOK_PYTHON : lang);
		const struct waiting *waiting = find_waiting(d, name);

		if (waiting && oid_is_zero(&waiting->remote_id) && !str_eq(name, file) &&
		    !table_find(&c->table, name))
			any |= change(c, d, row, name, NULL, 0);
	}
	return any;
}

/* A file that was renamed stays executable; 0: as it is, or as any. */
static uint32_t mode_of(struct side_context *c, const struct draft *d, const struct row *row)
{
	const struct row *from = row->renamed_from;
	cleanup_free char *old = NULL;
	uint32_t mode;
	struct oid id;

	if (!from || !from->side[SIDE_GIT].file)
		return 0;
	old = git_path_of(c, from->side[SIDE_GIT].file);
	return hub_tree_find(c->hub, &d->tree, old, &id, &mode, NULL) == ERR_OK ? mode : 0;
}

/* The bytes that the branch is to hold for the row, in which file (owned), and whether they say less
 * than the version. */
static int give(struct side_context *c, struct row *row, struct given *out, struct err *e)
{
	cleanup_given struct content_given given = CONTENT_GIVEN_INIT;
	int r;

	if (row->agreed.kind == VERSION_FILE) {
		out->file = xstrdup(row->path);
		out->blob = row->agreed.blob;
		out->version = row->agreed;
		return ERR_OK;
	}
	if ((r = content_give(&c->content, row, SIDE_GIT, NULL, &given, e)))
		return r;
	out->version = given.version;
	out->file = steal(&given.file);
	return hub_blob_put(c->hub, buf_str(&given.data), given.data.len, &out->blob, e);
}

static void add_given(struct side_context *c, struct draft *d, const struct given *given)
{
	d->given = array_grow(d->given, d->given_count, &d->given_cap, sizeof(*d->given));
	d->given[d->given_count] = *given;
	d->given[d->given_count++].path = git_path_of(c, given->file);
}

static int put(struct side_context *c, struct draft *d, struct row *row, struct err *e)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	struct given given = { .row = row };
	bool known, changed;
	int r;

	if ((r = give(c, row, &given, e)) || (r = git_check_name(c, row, given.file, e)) ||
	    (r = check_place(c, d, row, given.file, e))) {
		free(given.file);
		return r;
	}
	known = on_parent(d, row, given.file) || entry->state == ENTRY_PRESENT;
	changed = change(c, d, row, given.file, &given.blob, mode_of(c, d, row));
	if (entry->state == ENTRY_PRESENT && !str_eq(entry->file, given.file))
		changed |= change(c, d, row, entry->file, NULL, 0);
	changed |= remove_other_names(c, d, row, given.file);
	if (changed)
		tell(d, row, known ? MESSAGE_UPDATE : MESSAGE_ADD);
	add_given(c, d, &given);
	return ERR_OK;
}

static void remove_row(struct side_context *c, struct draft *d, struct row *row)
{
	const char *file = row->side[SIDE_GIT].file;
	bool changed = change(c, d, row, file, NULL, 0);

	changed |= remove_other_names(c, d, row, file);
	if (changed)
		tell(d, row, MESSAGE_DELETE);
}

/* ---- what our own commits hold and is not agreed any more ---- */

/* The row that a file of our commits belongs to. What was deleted since may have none any more; it
 * gets one when nobody else can have put the file there. NULL: not ours to decide. */
static struct row *owner(struct side_context *c, const struct waiting *w)
{
	struct notebook_name name = { .stem = NULL };
	struct row *row = table_find(&c->table, w->file);
	const char *path = w->file;

	if (row && row_is_file(row))
		return row;
	if (notebook_name_parse(&name, w->file))
		path = name.stem;
	row = table_find(&c->table, path);
	if (!row && (name.stem || files_wanted(c)) && oid_is_zero(&w->remote_id) &&
	    !table_find(&c->plain, w->file) && filter_takes(&c->filter, path, w->file, NULL)) {
		row = table_get(&c->table, path);
		row_busy(row);
		row->todo.action[SIDE_GIT] = PLAN_SETTLED;
	}
	notebook_name_release(&name);
	return row;
}

/* Whether the row of what our commits hold at w agrees with the remote. */
static bool is_stale(const struct row *row)
{
	return row && row->todo.action[SIDE_GIT] == PLAN_SETTLED;
}

bool draft_is_stale(struct side_context *c, const struct draft *d)
{
	for (size_t i = 0; i < d->waiting_count; i++)
		if (is_stale(owner(c, &d->waiting[i])))
			return true;
	return false;
}

/* Where a row agrees with the remote, the branch gets back what the remote has. */
static void take_back(struct side_context *c, struct draft *d)
{
	for (size_t i = 0; i < d->waiting_count; i++) {
		const struct waiting *w = &d->waiting[i];
		bool gone = oid_is_zero(&w->remote_id);
		struct row *row = owner(c, w);

		if (is_stale(row) &&
		    change(c, d, row, w->file, gone ? NULL : &w->remote_id, w->remote_mode))
			tell(d, row, gone ? MESSAGE_DELETE : MESSAGE_UPDATE);
	}
}

static int compare_given(const void *a, const void *b)
{
	return strcmp(((const struct given *)a)->path, ((const struct given *)b)->path);
}

static void keep_change(struct draft *d, size_t *kept, size_t i)
{
	d->changes[*kept] = d->changes[i];
	d->owners[(*kept)++] = d->owners[i];
}

/* A path that turns from a file into a notebook, or the other way round, is not removed. */
static void drop_overridden(struct draft *d)
{
	size_t kept = 0;

	if (d->given_count)
		qsort(d->given, d->given_count, sizeof(*d->given), compare_given);
	for (size_t i = 0; i < d->count; i++) {
		const struct given key = { .path = (void *)(uintptr_t)d->changes[i].path };

		if (d->given_count && oid_is_zero(&d->changes[i].id) &&
		    bsearch(&key, d->given, d->given_count, sizeof(key), compare_given))
			free(key.path);
		else
			keep_change(d, &kept, i);
	}
	d->count = kept;
}

int draft_fill(struct side_context *c, struct draft *d, struct row **rows, size_t count,
	       struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct row *row = rows[i];
		struct err why = ERR_INIT;

		if (row->todo.action[SIDE_GIT] == PLAN_DELETE)
			remove_row(c, d, row);
		if (row->todo.action[SIDE_GIT] != PLAN_PUT)
			continue;
		if (put(c, d, row, &why) == ERR_INVALID)
			side_refused(c, row, SIDE_GIT, &why);
		else if (why.code)
			return err_set(e, why.code, "%s", why.text);
	}
	take_back(c, d);
	drop_overridden(d);
	return ERR_OK;
}

/* ---- what a tree cannot hold ---- */

/* All that the draft has of a row. */
static void forget(struct draft *d, const struct row *row)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++)
		if (d->owners[i] == row)
			free((void *)(uintptr_t)d->changes[i].path);
		else
			keep_change(d, &kept, i);
	d->count = kept;
	kept = 0;
	for (size_t i = 0; i < d->told_count; i++)
		if (!str_eq(d->told[i].path, row->path))
			d->told[kept++] = d->told[i];
	d->told_count = kept;
	kept = 0;
	for (size_t i = 0; i < d->given_count; i++) {
		if (d->given[i].row != row) {
			d->given[kept++] = d->given[i];
			continue;
		}
		free(d->given[i].path);
		free(d->given[i].file);
	}
	d->given_count = kept;
}

/* A notebook that was renamed stays under its old name until it can have the new one. */
static void refuse(struct side_context *c, struct draft *d, struct row *row, const char *path)
{
	struct row *from = row->renamed_from;
	struct err why = ERR_INIT;

	err_set(&why, ERR_INVALID,
		"the branch cannot have '%s', because a file and a folder would have one name: "
		"rename one of them",
		path);
	side_refused(c, row, SIDE_GIT, &why);
	forget(d, row);
	if (!from || from->todo.action[SIDE_GIT] != PLAN_DELETE)
		return;
	from->todo.action[SIDE_GIT] = PLAN_NOTHING;
	forget(d, from);
}

static int refuse_first(struct side_context *c, struct draft *d, const bool *refused, struct err *e)
{
	for (size_t i = 0; i < d->count; i++) {
		if (!refused[i])
			continue;
		for (size_t j = 0; j < d->given_count; j++) {
			if (d->given[j].row != d->owners[i])
				continue;
			refuse(c, d, d->given[j].row, d->changes[i].path);
			return ERR_OK;
		}
		return err_set(e, ERR_INVALID, "the branch cannot have '%s'", d->changes[i].path);
	}
	return ERR_OK;
}

int draft_tree(struct side_context *c, struct draft *d, struct oid *tree, struct err *e)
{
	for (bool any = true; any;) {
		bool *refused = xcalloc(d->count, sizeof(*refused));
		int r = hub_tree_update_fitting(c->hub, &d->tree, d->changes, d->count, refused,
						tree, e);

		any = false;
		for (size_t i = 0; !r && i < d->count; i++)
			any |= refused[i];
		if (any)
			r = refuse_first(c, d, refused, e);
		free(refused);
		if (r)
			return r;
	}
	return ERR_OK;
}
