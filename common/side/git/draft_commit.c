/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commits of a draft: what cannot be in one tree, which tree each commit has, and the commits.
 *
 * The last tree is a function of the remote's tree and the rows, and nothing else. What goes into
 * which of the commits before it is for readers only; a change that does not fit there yet, because
 * a later one makes room for it, goes into the next.
 */

#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "side/git/draft.h"
#include "side/git/files/name.h"
#include "side/root.h"
#include "side/settled.h"

#define ALL SIZE_MAX

/* ---- trees ---- */

/* The tree with the changes of one part (ALL: of all). *unfit is the index of the first change that
 * did not fit, or the count of all. */
static int make_tree(struct side_context *c, const struct draft *d, size_t part, struct oid *tree,
		     size_t *unfit, struct err *e)
{
	struct tree_change *changes = xcalloc(d->change_count, sizeof(*changes));
	size_t *whence = xcalloc(d->change_count, sizeof(*whence)), n = 0;
	int r;

	for (size_t i = 0; i < d->change_count; i++) {
		const struct draft_change *change = &d->changes[i];

		if (part != ALL && d->items[change->item].of.part != part)
			continue;
		whence[n] = i;
		changes[n++] = (struct tree_change){ .path = change->path,
						     .id = change->id,
						     .mode = change->mode };
	}
	r = hub_tree_update_fitting(c->hub, part == ALL ? &d->tree : tree, changes, n, tree, e);
	*unfit = d->change_count;
	for (size_t i = n; i > 0; i--)
		if (changes[i - 1].refused)
			*unfit = whence[i - 1];
	free(changes);
	free(whence);
	return r;
}

/* A notebook that was renamed stays under its old name until it can have the new one. */
static void refuse_item(struct side_context *c, struct draft *d, size_t item, const char *path)
{
	struct row *row = d->items[item].of.row, *from = row->rename.from;
	struct err why = ERR_INIT;

	err_set(&why, ERR_INVALID,
		"the branch cannot have '%s', because a file and a folder would have one name: "
		"rename one of them",
		path);
	side_refused(c, row, SIDE_GIT, &why);
	draft_drop_item(d, item);
	for (size_t i = 0; from && i < d->count; i++)
		if (d->items[i].of.row == from && !d->items[i].put)
			draft_drop_item(d, i);
}

/* Refuses what cannot be beside the rest. */
static int fit(struct side_context *c, struct draft *d, struct err *e)
{
	struct oid tree;
	size_t unfit;
	int r;

	while (!(r = make_tree(c, d, ALL, &tree, &unfit, e)) && unfit < d->change_count) {
		const struct draft_change *change = &d->changes[unfit];

		if (!d->items[change->item].put)
			return err_set(e, ERR_INVALID, "the branch cannot have '%s'", change->path);
		refuse_item(c, d, change->item, change->path);
	}
	return r;
}

/* Moves *tree on to that of a part; last: which is the last one. */
static int next_tree(struct side_context *c, struct draft *d, size_t part, size_t last,
		     struct oid *tree, struct err *e)
{
	const struct oid before = *tree;
	size_t unfit;
	int r;

	while (!(r = make_tree(c, d, part, tree, &unfit, e)) && unfit < d->change_count) {
		if (part == last)
			return err_set(e, ERR_BUG, "the branch cannot have '%s' after all",
				       d->changes[unfit].path);
		d->items[d->changes[unfit].item].of.part++;
		*tree = before;
	}
	return r;
}

static bool has_changes(const struct draft *d, size_t part)
{
	for (size_t i = 0; i < d->change_count; i++)
		if (d->items[d->changes[i].item].of.part == part)
			return true;
	return false;
}

/* ---- commits ---- */

/* The drafts that stand there, from the tip on: they are kept as far as they would be the same. */
struct old {
	struct commit_info *items;
	size_t count, cap, kept;
};

static void old_release(struct old *old)
{
	for (size_t i = 0; i < old->count; i++)
		commit_info_release(&old->items[i]);
	free(old->items);
}

/* At most max; what does not stand on the tip is none. */
static void read_old(struct side_context *c, const struct draft *d, const struct oid *head,
		     size_t max, struct old *old)
{
	struct oid id = *head;

	while (!oid_is_zero(&id) && !oid_equal(&id, &d->tip) && old->count <= max) {
		struct commit_info info = { 0 };

		if (hub_commit_info(c->hub, &id, &info, NULL))
			break;
		old->items = array_grow(old->items, old->count, &old->cap, sizeof(*old->items));
		old->items[old->count++] = info;
		id = info.first_parent;
	}
	if (!oid_equal(&id, &d->tip)) {
		old_release(old);
		*old = (struct old){ 0 };
	}
}

/* The commit that stands there and would be the same; NULL. */
static const struct oid *same_commit(struct old *old, const struct commit_spec *spec)
{
	const struct commit_info *info = old->kept < old->count
						 ? &old->items[old->count - 1 - old->kept]
						 : NULL;
	cleanup_free char *author = xasprintf("%s <%s>", spec->author_name, spec->author_email);

	if (!info || info->parent_count != spec->parent_count ||
	    (spec->parent_count && !oid_equal(&info->first_parent, spec->parents)) ||
	    !oid_equal(&info->tree, &spec->tree) || !str_eq(info->message, spec->message) ||
	    !str_eq(info->author, author)) {
		old->kept = old->count; /* nor is what stands upon it */
		return NULL;
	}
	old->kept++;
	return &info->id;
}

/* Whether the workspace has what is agreed: who reads the commit then knows that what the workspace has
 * later came after it. */
static bool is_in_workspace(const struct git_side *s, const struct row *row)
{
	const struct entry *entry = &row->side[SIDE_WORKSPACE];

	return s->workspace_seen && entry->state != ENTRY_HELD &&
	       version_same(&entry->version, &row->agreed);
}

static void write_message(struct git_side *s, const struct draft *d, size_t part, struct buf *out)
{
	struct side_context *c = s->side.context;
	const struct summaries *all = &s->summaries;
	const char *text = part < all->count ? all->items[part].text : "";
	struct message_change *changes = xcalloc(d->count, sizeof(*changes));
	char claim[OID_HEX];
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct draft_item *item = &d->items[i];
		const struct row *row = item->of.row;
		bool in_workspace = is_in_workspace(s, row);

		if (item->changed && item->of.part == part)
			changes[n++] = (struct message_change){
				.verb = item->verb,
				.path = row->path,
				.sides = row->origins,
				.object_id = in_workspace && item->put
						     ? row->side[SIDE_WORKSPACE].id
						     : NULL,
				.file = row_is_file(row),
				.in_workspace = in_workspace,
			};
	}
	root_claim(c, claim);
	message_write(out, c->mapping->name, claim, *text ? text : NULL, changes, n);
	free(changes);
}

/* One more commit, unless the tree is that of the one before. */
static int add_commit(struct git_side *s, struct draft *d, size_t part, const struct oid *tree,
		      struct old *old, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf message = BUF_INIT(1024 * 1024);
	const struct oid *same, parent = d->head;
	struct commit_spec spec = {
		.tree = *tree,
		.parents = &parent,
		.parent_count = oid_is_zero(&parent) ? 0 : 1,
		.author_name = c->mapping->author_name,
		.committer_name = MESSAGE_COMMITTER,
	};
	int r;

	if ((r = config_author_email(c->mapping, &spec.author_email, e)))
		return r;
	/* Servers that compare the committer with who pushes do so by the address. */
	spec.committer_email = spec.author_email;
	write_message(s, d, part, &message);
	spec.message = buf_str(&message);
	d->commits++;
	same = same_commit(old, &spec);
	if (same) {
		d->head = *same;
		return ERR_OK;
	}
	if ((r = hub_commit(c->hub, &spec, &d->head, e)))
		return r;
	c->report->commits++;
	return ERR_OK;
}

static int make_commits(struct git_side *s, struct draft *d, struct old *old, struct err *e)
{
	struct side_context *c = s->side.context;
	struct oid tree = d->tree;
	int r;

	d->head = d->tip;
	for (size_t part = 0; part <= s->summaries.count; part++) {
		struct oid before = tree;

		/* An empty branch has no tree to compare with: nothing is no first commit. */
		if (!has_changes(d, part))
			continue;
		if ((r = next_tree(c, d, part, s->summaries.count, &tree, e)))
			return r;
		if (!oid_equal(&tree, &before) && has_changes(d, part) &&
		    (r = add_commit(s, d, part, &tree, old, e)))
			return r;
	}
	return ERR_OK;
}

int draft_commit(struct git_side *s, struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *ref = git_head(c);
	struct oid head = { 0 };
	struct old old = { 0 };
	int r;

	if ((r = fit(c, d, e)))
		return r;
	r = hub_ref_get(c->hub, ref, &head, e);
	if (r && r != ERR_ABSENT)
		return r;
	read_old(c, d, &head, s->summaries.count + 1, &old);
	r = make_commits(s, d, &old, e);
	old_release(&old);
	if (r || oid_equal(&d->head, &head) || oid_is_zero(&d->head))
		return r;
	log_info("branch '%s' is to have %zu more commit%s", c->mapping->branch, d->commits,
		 d->commits == 1 ? "" : "s");
	return remember_move_head(s, ref, &head, &d->head, "nbsync: commit", e);
}
