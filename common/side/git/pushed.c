/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a push brought to the branch. The Git side then holds what was agreed when that was
 * committed, so its bases move there. This is also how a push is noticed whose answer was lost.
 */

#include <stdlib.h>

#include "side/file.h"
#include "side/git/files/name.h"
#include "side/git/internal.h"

/* Whether a row has just these bytes of the file, as a version or held. */
static bool holds(const struct row *row, const struct tree_file *f)
{
	const struct entry *entry = &row->side[SIDE_GIT];

	return entry->state != ENTRY_ABSENT && str_eq(entry->file, f->path) &&
	       oid_equal(&entry->raw, &f->id);
}

/* The row has nothing in this file any more: the file was removed, or is of the other kind now. */
static void note_deletion(struct side_context *c, struct row *row, const char *file)
{
	const struct version *base = &row->base[SIDE_GIT];
	cleanup_free char *its = version_absent(base) ? NULL : version_file(row->path, base);

	if (str_eq(its, file))
		state_set_base(&c->state, row, SIDE_GIT, &(struct version){ 0 });
	if (str_eq(row->side[SIDE_GIT].file, file))
		entry_set_absent(row, SIDE_GIT);
}

/* tree_diff.file; payload is the struct git_side. */
static bool note_file(void *payload, const struct tree_difference *d)
{
	cleanup_free char *path = xstrdup(d->path);
	const struct tree_file f = { .path = path, .id = d->new_id, .mode = d->new_mode };
	struct notebook_name name = { .stem = NULL };
	struct row *rows[2], *holder = NULL;
	struct git_side *s = payload;
	struct side_context *c = s->side.context;

	if (!oid_is_zero(&f.id))
		git_look_at_file(s, &f);
	rows[0] = table_find(&c->table, f.path);
	rows[1] = notebook_name_parse(&name, f.path) ? table_find(&c->table, name.stem) : NULL;
	notebook_name_release(&name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i] && holds(rows[i], &f))
			holder = rows[i];
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i] && rows[i] != holder && (holder || oid_is_zero(&f.id)))
			note_deletion(c, rows[i], f.path);
	if (holder && holder->side[SIDE_GIT].state == ENTRY_PRESENT)
		state_set_base(&c->state, holder, SIDE_GIT, &holder->side[SIDE_GIT].version);
	return true;
}

int git_note_push(struct git_side *s, const struct oid *old_tree, const struct oid *new_tree,
		  struct err *e)
{
	struct side_context *c = s->side.context;
	const struct tree_diff diff = { .file = note_file, .payload = s };

	table_probe(&c->table, SIDE_GIT);
	return hub_tree_diff(c->hub, old_tree, new_tree, c->mapping->git_path, &diff, e);
}

/*
 * The branch has commits of ours, and this is not known yet: the answer to the push was lost, or we
 * were killed before it came. What people changed since is compared with what these commits brought
 * and not with older bases. What they brought is the difference between them and the branch as it
 * was last seen. The bases are saved first, the push is forgotten last, and only then is the branch
 * recorded as seen: a kill in between does all of it again.
 */
static int note_arrived(struct git_side *s, const struct sent *sent, struct err *e)
{
	struct side_context *c = s->side.context;
	struct oid tree;
	int r;

	if ((r = hub_commit_tree(c->hub, &sent->found, &tree, e)) ||
	    (r = git_note_push(s, &c->state.seen_tree[SIDE_GIT], &tree, e)) ||
	    (r = state_save(&c->state, "the push had arrived", e)) || (r = remember_load(s, e)))
		return r;
	for (size_t i = 0; i < sent->count; i++)
		summaries_drop(&s->summaries, sent->numbers[i]);
	return sent->count ? remember_summaries(s, e) : ERR_OK;
}

/* The drafts that were made last may have been sent. */
static int find_head(struct git_side *s, const struct oid *tip, struct sent *sent, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *seen = &c->state.seen[SIDE_GIT];
	cleanup_free char *ref = git_head(c);
	bool arrived = false, known = false;
	struct oid head;
	int r = hub_ref_get(c->hub, ref, &head, e);

	if (r)
		return r == ERR_ABSENT ? ERR_OK : r;
	if ((r = hub_is_ancestor(c->hub, &head, tip, &arrived, e)) ||
	    (!oid_is_zero(seen) && (r = hub_is_ancestor(c->hub, &head, seen, &known, e))))
		return r;
	if (arrived && !known)
		sent->found = head;
	return ERR_OK;
}

int git_note_lost_answer(struct git_side *s, const struct oid *tip, struct err *e)
{
	struct sent sent;
	int r;

	if (oid_is_zero(tip))
		return ERR_OK;
	r = remember_find(s, tip, &sent, e);
	if (!r && oid_is_zero(&sent.found))
		r = find_head(s, tip, &sent, e);
	if (!r && !oid_is_zero(&sent.found))
		r = note_arrived(s, &sent, e);
	free(sent.numbers);
	return r || sent.pending ? r : remember_all_done(s, e);
}
