/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the branch went through between two looks: a file that somebody changed, and somebody changed
 * back, is what it was, and yet that is news to who has the version in between from elsewhere. Such an
 * entry is marked (entry.returned), and so is a row whose change the workspace is known to have had
 * (row.vouched); what that means is found out in sync/ancestry.c.
 *
 * It is only noticed between the last tip that a cycle dealt with and this one. A history that is longer
 * than PAST_COMMITS_MAX is not followed, and nor is the way to another branch.
 */

#include "side/git/internal.h"
#include "side/past.h"
#include "side/root.h"

struct passing {
	struct git_side *s;
	struct oid until, entered;
	char claim[OID_HEX]; /* of the workspace that we know */
	bool vouched;        /* the commit that is being read has it */
	struct tree_reading reading;
	struct err *e;
	int r;
};

/* tree_diff.file */
static bool note_change(void *payload, const struct tree_difference *d)
{
	const struct passing *p = payload;
	struct side_context *c = p->s->side.context;
	struct notebook_name name = { 0 };
	struct row *row = table_find(&c->table, d->path);
	bool manages;

	if (!row && notebook_name_parse(&name, d->path)) {
		manages = filter_takes(&c->filter, name.stem, d->path,
				       table_find(&c->table, name.stem));
		row = manages ? table_get(&c->table, name.stem) : NULL;
	}
	notebook_name_release(&name);
	if (row) {
		row->side[SIDE_GIT].returned = true;
		row->vouched |= p->vouched;
		row_dirty(row);
	}
	return true;
}

/* hub_walk.visit */
static bool visit(void *payload, const struct commit_info *commit)
{
	struct passing *p = payload;
	struct side_context *c = p->s->side.context;
	const struct tree_diff diff = {
		.file = note_change,
		.payload = p,
		.reading = &p->reading,
	};

	if (oid_equal(&commit->id, &p->until) || oid_equal(&commit->id, &p->entered))
		return false;
	if (commit->parent_count != 1)
		return true;
	p->vouched = past_was_in_workspace(commit, p->claim, "");
	p->r = hub_commit_diff(c->hub, commit, c->mapping->git_path, &diff, p->e);
	return !p->r;
}

/* The last tip that a cycle dealt with; where 0.1.0 left off, the one that was recorded; zero: none. */
static int last_tip(struct git_side *s, struct oid *out, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *seen = &c->state.seen[SIDE_GIT];
	struct commit_info info;
	int r;

	*out = oid_is_zero(&s->tip) ? git_place_dealt(s) : s->tip;
	if (!oid_is_zero(out) || oid_is_zero(seen))
		return ERR_OK;
	if ((r = hub_commit_info(c->hub, seen, &info, e)))
		return r;
	if (info.parent_count)
		*out = info.parents[info.parent_count - 1];
	commit_info_release(&info);
	return ERR_OK;
}

int git_note_passing(struct git_side *s, const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	struct passing passing = { .s = s, .entered = git_place_entered(s), .e = e };
	const struct hub_walk walk = { PAST_COMMITS_MAX, visit, &passing };
	int r;

	if (oid_is_zero(tip) || !config_has_side(c->mapping, SIDE_WORKSPACE))
		return ERR_OK;
	if ((r = last_tip(s, &passing.until, e)) || oid_is_zero(&passing.until))
		return r;
	root_claim(c, passing.claim);
	r = hub_walk(c->hub, tip, &walk, e);
	tree_reading_release(&passing.reading);
	return r ? r : passing.r;
}
