/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mapping's memory in references. Order is the argument for crash safety: seen/<side> is saved
 * before anything on a side is overwritten; agreed before the sides are written; base/<side> after.
 * Losing the later ones costs only repeated looking, because a side that already holds the agreed
 * version is recognised by its content.
 *
 * It reads no notebook and compares none: what a version is, and whether bytes say all of it, it is
 * told (content.h). It only knows by which rules a base was written, and refuses those of tomorrow.
 */

#include "memory/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/content.h"

#define REF_AGREED "refs/nbsync/agreed"

static void ref_of(char name[static 48], const char *kind, enum side_id side)
{
	snprintf(name, 48, "refs/nbsync/%s/%s", kind, side_names[side]);
}

/* ---- edits ---- */

/* The name of a version in a tree of the state, or in folder ("", or one that ends in '/') of it.
 * Owned by the caller. */
static char *state_name(const char *folder, const char *path, const struct version *v)
{
	cleanup_free char *file = NULL;

	if (v->kind == VERSION_FILE)
		return xasprintf("%s" STATE_FILES "%s", folder, path);
	file = version_file(path, v);
	return xasprintf("%s%s", folder, file);
}

/* Replaces one version by another in a tree whose file names follow format and language. */
static void edits_replace(struct tree_edits *edits, const char *folder, const char *path,
			  const struct version *old, const struct version *new)
{
	cleanup_free char *was = version_absent(old) ? NULL : state_name(folder, path, old);
	cleanup_free char *is = version_absent(new) ? NULL : state_name(folder, path, new);

	if (was && !str_eq(was, is))
		tree_edits_add(edits, steal(&was), NULL);
	if (is)
		tree_edits_add(edits, steal(&is), &new->blob);
}

/* ---- loading ---- */

static int load_ref(struct hub *hub, const char *name, struct oid *out, struct err *e)
{
	int r = hub_ref_get(hub, name, out, e);

	if (r == ERR_ABSENT) {
		*out = (struct oid){ 0 };
		return ERR_OK;
	}
	return r;
}

static struct row *load_file(struct state *st, const char *file, struct version *v)
{
	struct notebook_name name;
	struct row *row;

	if (str_starts(file, STATE_FILES)) {
		v->kind = VERSION_FILE;
		return table_get(st->table, file + strlen(STATE_FILES));
	}
	if (!notebook_name_parse(&name, file))
		return NULL;
	v->format = name.format;
	v->language = name.language;
	row = table_get(st->table, name.stem);
	notebook_name_release(&name);
	return row;
}

static void set_base_raw(struct row *row, enum side_id side, const struct version *v)
{
	if (!row->base_raw && !version_absent(v))
		row->base_raw = xcalloc(SIDE_COUNT, sizeof(*row->base_raw));
	if (row->base_raw)
		row->base_raw[side] = *v;
}

/* The row that a file of a tree is about, and which of its versions it is; NULL: none. */
static struct row *load_version(struct state *st, const struct tree_file *f, int side)
{
	const char *file = state_file(f->path);
	bool sent = side == SIDE_WORKSPACE && str_starts(file, STATE_SENT);
	bool base_raw = side >= 0 && str_starts(file, STATE_BASE_RAW);
	size_t folder = sent ? strlen(STATE_SENT) : base_raw ? strlen(STATE_BASE_RAW) : 0;
	struct version v = { .blob = f->id };
	struct row *row = load_file(st, file + folder, &v);

	if (row && sent)
		row->sent = xmemdup(&v, sizeof(v));
	else if (row && base_raw)
		set_base_raw(row, (enum side_id)side, &v);
	else if (row)
		*(side < 0 ? &row->agreed : &row->base[side]) = v;
	return row;
}

/* By which rules a base's tree was written. */
static int load_format(struct state *st, enum side_id side, const struct oid *blob, struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	int r;

	if ((r = hub_blob_get(st->hub, blob, &text, e)))
		return r;
	if (!str_eq(buf_str(&text), STATE_FORMAT_NOW))
		return err_set(
			e, ERR_CONFIG,
			"what is remembered of the %s side was written by a newer nbsync, whose "
			"format this one does not know: install that version again",
			side_names[side]);
	st->cells_only[side] = st->unmarked[side] = false;
	return ERR_OK;
}

static bool is_of_files(const char *path)
{
	const char *file = state_file(path);

	return str_starts(file, STATE_FILES) || str_starts(file, STATE_SENT STATE_FILES);
}

/* Puts each file of a tree into its row's version; two files of one stem cannot occur in trees that
 * we wrote, a name that is no notebook's means damage. */
static int load_tree(struct state *st, const struct oid *tree, int side, struct err *e)
{
	struct tree_files files = { 0 };
	int r = hub_tree_files(st->hub, tree, "", &files, e);

	for (size_t i = 0; !r && i < files.count; i++) {
		const struct tree_file *f = &files.items[i];
		struct row *row;

		if (!st->files && is_of_files(f->path))
			continue;
		if (side >= 0 && str_eq(state_file(f->path), STATE_FORMAT)) {
			r = load_format(st, (enum side_id)side, &f->id, e);
			continue;
		}
		row = load_version(st, f, side);
		if (!row) {
			r = err_set(e, ERR_BUG, "the hub's state names '%s', which is no notebook",
				    f->path);
			break;
		}
		row_dirty(row);
	}
	tree_files_release(&files);
	return r;
}

static int load_side(struct state *st, enum side_id side, struct err *e)
{
	char name[48];
	int r;

	ref_of(name, "base", side);
	if ((r = load_ref(st->hub, name, &st->base_tree[side], e)))
		return r;
	st->base_saved[side] = st->base_tree[side];
	st->unmarked[side] = true;
	st->cells_only[side] = !oid_is_zero(&st->base_tree[side]);
	if (!oid_is_zero(&st->base_tree[side]) &&
	    (r = load_tree(st, &st->base_tree[side], (int)side, e)))
		return r;
	ref_of(name, "seen", side);
	if ((r = load_ref(st->hub, name, &st->seen[side], e)) || oid_is_zero(&st->seen[side]))
		return r;
	return hub_commit_tree(st->hub, &st->seen[side], &st->seen_tree[side], e);
}

/* ---- bases that move with the agreed state ---- */

/*
 * Two references cannot move at once. The commit of the agreed state says which bases belong to it,
 * one trailer a side; whoever finds the base still where it was finishes what a kill interrupted.
 */
#define TRAILER "\nNbsync-Base-%s: "

static void add_trailer(struct buf *message, enum side_id side, const struct oid *before,
			const struct oid *after)
{
	char from[41], to[41];

	oid_hex(before, from);
	oid_hex(after, to);
	buf_addf(message, TRAILER "%s %s", side_names[side], from, to);
}

static bool find_trailer(const char *message, enum side_id side, struct oid *before,
			 struct oid *after)
{
	cleanup_free char *key = xasprintf(TRAILER, side_names[side]);
	const char *at = strstr(message, key);
	char from[41] = "", to[41] = "";

	return at && sscanf(at + strlen(key), "%40s %40s", from, to) == 2 &&
	       oid_parse(before, from) && oid_parse(after, to);
}

static int finish_bases(struct state *st, const char *message, struct err *e)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct oid before, after, now;
		char name[48];
		int r;

		ref_of(name, "base", s);
		if (!find_trailer(message, s, &before, &after))
			continue;
		if ((r = load_ref(st->hub, name, &now, e)))
			return r;
		/* It may have come back to where it was since, and the other tree be gone: then it
		 * stays, and what the side holds tells the rest. */
		if (oid_equal(&now, &before) && hub_has(st->hub, &after) &&
		    (r = hub_ref_set(st->hub, name, &after, &before, "finished", e)))
			return r;
	}
	return ERR_OK;
}

int state_load(struct state *st, struct hub *hub, struct table *table, bool files, struct err *e)
{
	struct commit_info info = { 0 };
	int r;

	*st = (struct state){ .hub = hub, .table = table, .files = files };
	if ((r = load_ref(hub, REF_AGREED, &st->agreed, e)))
		return r;
	if (!oid_is_zero(&st->agreed)) {
		if ((r = hub_commit_info(hub, &st->agreed, &info, e)))
			return r;
		st->agreed_tree = info.tree;
		st->agreed_at_s = info.when_s;
		r = finish_bases(st, info.message, e);
		commit_info_release(&info);
		if (r || (r = load_tree(st, &st->agreed_tree, -1, e)))
			return r;
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if ((r = load_side(st, s, e)))
			return r;
	return ERR_OK;
}

void state_release(struct state *st)
{
	tree_edits_clear(&st->agreed_edits);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		tree_edits_clear(&st->base_edits[s]);
		tree_edits_clear(&st->seen_edits[s]);
	}
}

/* ---- changing ---- */

bool state_cells_only(const struct state *st, enum side_id side)
{
	return st->cells_only[side];
}

void state_set_complete(struct state *st, enum side_id side)
{
	st->cells_only[side] = false;
}

void state_set_agreed(struct state *st, struct row *row, const struct version *v)
{
	struct version old = row->agreed;

	edits_replace(&st->agreed_edits, "", row->path, &old, v);
	row->agreed = *v;
	row->agreed.partial = false;
	row->filtered.generation = 0; /* its language tells names */
}

/* The side's own bytes, if they do not say all that it holds; else nothing. */
static struct version raw_if_partial(const struct entry *entry)
{
	struct version base_raw = { .blob = entry->raw };
	struct notebook_name name;

	if (entry->state != ENTRY_PRESENT || !entry->version.partial ||
	    !notebook_name_parse(&name, entry->file))
		return (struct version){ 0 };
	base_raw.format = name.format;
	base_raw.language = name.language;
	notebook_name_release(&name);
	return base_raw;
}

static void change_base_raw(struct state *st, struct row *row, enum side_id side,
			    const struct version *base_raw)
{
	const struct version none = { 0 }, *was = row_base_raw(row, side);
	const struct version old = was ? *was : none;

	if (oid_equal(&old.blob, &base_raw->blob) && old.format == base_raw->format &&
	    old.language == base_raw->language)
		return;
	edits_replace(&st->base_edits[side], STATE_BASE_RAW, row->path, &old, base_raw);
	set_base_raw(row, side, base_raw);
}

void state_set_base_raw(struct state *st, struct row *row, enum side_id side)
{
	struct version base_raw = raw_if_partial(&row->side[side]);

	change_base_raw(st, row, side, &base_raw);
}

void state_set_base(struct state *st, struct row *row, enum side_id side, const struct version *v)
{
	const struct version none = { 0 };
	struct version old = row->base[side];

	if (version_same(&row->side[side].version, v))
		state_set_base_raw(st, row, side);
	else
		change_base_raw(st, row, side, &none);
	if (oid_equal(&old.blob, &v->blob) && old.language == v->language && old.kind == v->kind)
		return;
	edits_replace(&st->base_edits[side], "", row->path, &old, v);
	row->base[side] = *v;
	row->base[side].partial = false;
}

void state_set_sent(struct state *st, struct row *row, const struct version *v)
{
	const struct version none = { 0 };

	edits_replace(&st->base_edits[SIDE_WORKSPACE], STATE_SENT, row->path,
		      row->sent ? row->sent : &none, v ? v : &none);
	free(steal(&row->sent));
	if (v)
		row->sent = xmemdup(v, sizeof(*v));
}

void state_rebase(struct state *st, struct row *row, enum side_id side)
{
	size_t before = st->base_edits[side].count;

	state_set_base(st, row, side, &row->side[side].version);
	st->rebased_with_agreed[side] |= st->base_edits[side].count > before;
}

void state_see(struct state *st, struct row *row, enum side_id side)
{
	struct entry *entry = &row->side[side];
	char *name;

	if (entry->recorded || entry->state == ENTRY_HELD || !entry->file)
		return;
	name = row_names_file(row, entry->file) ? xasprintf(STATE_FILES "%s", entry->file)
						: xstrdup(entry->file);
	tree_edits_add(&st->seen_edits[side], name,
		       entry->state == ENTRY_ABSENT ? NULL : &entry->raw);
	if (entry->state == ENTRY_ABSENT)
		free(steal(&entry->file));
	entry->recorded = true;
}

void state_see_file(struct state *st, enum side_id side, const char *file, const struct oid *raw)
{
	tree_edits_add(&st->seen_edits[side], xstrdup(file), raw);
}

/* ---- saving ---- */

static int save_chain(struct state *st, const char *ref, const struct oid *tree,
		      const struct oid *extra_parent, const char *why, struct oid *tip,
		      struct err *e)
{
	struct oid parents[2], next;
	struct commit_spec spec = { .tree = *tree,
				    .parents = parents,
				    .message = why,
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost" };
	int r;

	if (!oid_is_zero(tip))
		parents[spec.parent_count++] = *tip;
	if (extra_parent)
		parents[spec.parent_count++] = *extra_parent;
	if ((r = hub_commit(st->hub, &spec, &next, e)) ||
	    (r = hub_ref_set(st->hub, ref, &next, NULL, why, e)))
		return r;
	*tip = next;
	return ERR_OK;
}

int state_see_commit(struct state *st, enum side_id side, const struct oid *tip, struct err *e)
{
	struct oid tree;
	char name[48];
	int r;

	if ((r = hub_commit_tree(st->hub, tip, &tree, e)))
		return r;
	ref_of(name, "seen", side);
	st->seen_tree[side] = tree;
	return save_chain(st, name, &tree, tip, "seen: the remote's branch", &st->seen[side], e);
}

bool state_unrecorded(const struct state *st)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (st->seen_edits[s].count)
			return true;
	return false;
}

int state_save_seen(struct state *st, const char *why, struct err *e)
{
	char name[48];
	int r;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct oid before = st->seen_tree[s];
		bool known;

		if (!st->seen_edits[s].count)
			continue;
		ref_of(name, "seen", s);
		if ((r = tree_edits_apply(st->hub, &st->seen_edits[s], &st->seen_tree[s], e)))
			return r;
		/* Who starts without a cache sees again what was seen before. */
		known = !oid_is_zero(&st->seen[s]) && oid_equal(&before, &st->seen_tree[s]);
		if (!known &&
		    (r = save_chain(st, name, &st->seen_tree[s], NULL, why, &st->seen[s], e))) {
			st->seen_tree[s] = before;
			return r;
		}
		tree_edits_clear(&st->seen_edits[s]);
	}
	return ERR_OK;
}

/* A base that has something in it says by which rules. */
static int mark_base(struct state *st, enum side_id side, struct err *e)
{
	struct oid blob;
	int r;

	if (!st->unmarked[side] || st->cells_only[side] ||
	    (!st->base_edits[side].count && oid_is_zero(&st->base_tree[side])))
		return ERR_OK;
	if ((r = hub_blob_put(st->hub, STATE_FORMAT_NOW, strlen(STATE_FORMAT_NOW), &blob, e)))
		return r;
	tree_edits_add(&st->base_edits[side], xstrdup(STATE_FORMAT), &blob);
	st->unmarked[side] = false;
	return ERR_OK;
}

/* The base's tree with what is to change in it; the reference comes later. */
static int build_base(struct state *st, enum side_id side, struct err *e)
{
	int r;

	if ((r = mark_base(st, side, e)) || !st->base_edits[side].count)
		return r;
	if ((r = tree_edits_apply(st->hub, &st->base_edits[side], &st->base_tree[side], e)))
		return r;
	tree_edits_clear(&st->base_edits[side]);
	return ERR_OK;
}

static int save_base(struct state *st, enum side_id side, const char *why, struct err *e)
{
	char name[48];
	int r;

	ref_of(name, "base", side);
	if (!oid_equal(&st->base_saved[side], &st->base_tree[side]) &&
	    (r = hub_ref_set(st->hub, name, &st->base_tree[side], NULL, why, e)))
		return r;
	st->base_saved[side] = st->base_tree[side];
	st->rebased_with_agreed[side] = false;
	return ERR_OK;
}

static int save_agreed_edits(struct state *st, const char *why, struct err *e)
{
	cleanup_buf struct buf message = BUF_INIT(4096);
	struct commit_info info = { 0 };
	int r;

	buf_addf(&message, "%s\n", why);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!st->rebased_with_agreed[s])
			continue;
		if ((r = build_base(st, s, e)))
			return r;
		add_trailer(&message, s, &st->base_saved[s], &st->base_tree[s]);
	}
	if ((r = tree_edits_apply(st->hub, &st->agreed_edits, &st->agreed_tree, e)) ||
	    (r = save_chain(st, REF_AGREED, &st->agreed_tree, NULL, buf_str(&message), &st->agreed,
			    e)) ||
	    (r = hub_commit_info(st->hub, &st->agreed, &info, e)))
		return r;
	st->agreed_at_s = info.when_s;
	commit_info_release(&info);
	tree_edits_clear(&st->agreed_edits);
	return ERR_OK;
}

int state_save_agreed(struct state *st, const char *why, struct err *e)
{
	int r;

	if ((r = state_save_seen(st, why, e)))
		return r;
	if (st->agreed_edits.count && (r = save_agreed_edits(st, why, e)))
		return r;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (st->rebased_with_agreed[s] &&
		    ((r = build_base(st, s, e)) || (r = save_base(st, s, why, e))))
			return r;
	return ERR_OK;
}

int state_save(struct state *st, const char *why, struct err *e)
{
	int r;

	if ((r = state_save_agreed(st, why, e)))
		return r;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if ((r = build_base(st, s, e)) || (r = save_base(st, s, why, e)))
			return r;
	return ERR_OK;
}
