/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes in the mapping's memory, collected until it is saved (state/save.c): each function here
 * updates the row, if it is about one, and notes the edit of the tree in which that stands.
 *
 * It reads no notebook and compares none: whether bytes say all of a version, the version itself tells
 * (content_take() sets partial).
 */

#include "memory/state.h"

#include <stdlib.h>
#include <string.h>

void state_release(struct state *st)
{
	free(steal(&st->place));
	tree_edits_clear(&st->agreed_edits);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		tree_edits_clear(&st->base_edits[s]);
		tree_edits_clear(&st->seen_edits[s]);
	}
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
	row->drifted = UINT8_MAX;
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
	row_set_base_raw(row, side, base_raw);
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

	row->drifted &= (uint8_t) ~(1u << side);
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

int state_set_place(struct state *st, const char *place, struct err *e)
{
	struct oid blob;
	int r;

	if (str_eq(st->place, place))
		return ERR_OK;
	if ((r = hub_blob_put(st->hub, place, strlen(place), &blob, e)))
		return r;
	tree_edits_add(&st->base_edits[SIDE_GIT], xstrdup(STATE_PLACE), &blob);
	st->rebased_with_agreed[SIDE_GIT] = true;
	free(st->place);
	st->place = xstrdup(place);
	return ERR_OK;
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
