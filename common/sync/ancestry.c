/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose edit it is: for the paths on which sides contradict each other, what the branch's history and
 * the chain of agreed states tell of the order of their versions (row->since).
 *
 * Only contradictions are looked up, so a cycle in which one place brings something new costs nothing.
 * Where whole versions tell nothing and the edits clash, cells do: a side that contains all that a
 * version changed has gone on from it.
 * What the order means is decided in plan/since.c and plan/plan.c. What cannot be found out is not
 * known; nothing is held for it.
 */

#include <stdlib.h>
#include <string.h>

#include "plan/row.h"
#include "plan/since.h"
#include "side/past.h"
#include "sync/internal.h"

/* A row on which sides contradict each other. */
struct dispute {
	struct row *row;
	struct past branch; /* the row's past on the branch; no until: not asked for */
	struct past agreed; /* the same in the agreed states */
	/* To be found out: whether the workspace lags, and whether a side lags behind what is agreed. */
	bool lag;
	bool behind[SIDE_COUNT];
	/* Found out: the workspace went on from a version that this machine may not know. */
	bool taken_back;
};

static bool has_news(const struct cycle *c, const struct row *row, enum side_id s)
{
	const struct version *there = &row->side[s].version;

	return side_speaks(c, row, s) && !version_same(there, &row->base[s]) &&
	       !version_same(there, &row->agreed);
}

/* ---- what is to be found out ---- */

/* Whether something else may have been agreed since a side's base. Nobody but this machine writes to its
 * local side, which need not be asked when what is agreed is what it had. */
static bool has_drifted(const struct row *row, enum side_id s)
{
	return !version_same(&row->base[s], &row->agreed) ||
	       (s != SIDE_LOCAL && row->drifted & 1u << s);
}

/* The workspace has nothing there, and this machine never saw that it had: unless a commit says that it
 * had, the path is new. */
static bool is_new_to_workspace(const struct cycle *c, const struct row *row)
{
	const struct side *side = c->sides[SIDE_WORKSPACE].side;

	return version_absent(&row->side[SIDE_WORKSPACE].version) &&
	       version_absent(&row->base[SIDE_WORKSPACE]) &&
	       (!row->vouched || (side->ops->blocked && side->ops->blocked(side, row)));
}

/* The branch has something new, or has come back to something, that is not what the workspace has, which
 * has or had the path, too; or what is agreed is not what the branch had. */
static bool asks_for_proof(const struct cycle *c, const struct row *row)
{
	bool news = has_news(c, row, SIDE_GIT) ||
		    (side_speaks(c, row, SIDE_GIT) && row->side[SIDE_GIT].returned);
	bool differs = side_speaks(c, row, SIDE_WORKSPACE) &&
		       !version_same(&row->side[SIDE_GIT].version,
				     &row->side[SIDE_WORKSPACE].version) &&
		       !is_new_to_workspace(c, row);

	return news && (differs || has_drifted(row, SIDE_GIT));
}

/* The workspace has something new that the branch has not, or nothing where it had something that this
 * machine never saw, and the branch has something new, or what is agreed is not what the workspace had. */
static bool asks_for_lag(const struct cycle *c, const struct row *row)
{
	bool news = has_news(c, row, SIDE_WORKSPACE) ||
		    (row->vouched && side_speaks(c, row, SIDE_WORKSPACE) &&
		     version_absent(&row->side[SIDE_WORKSPACE].version));

	return news && side_speaks(c, row, SIDE_GIT) &&
	       !version_same(&row->side[SIDE_GIT].version, &row->side[SIDE_WORKSPACE].version) &&
	       (has_news(c, row, SIDE_GIT) || row->side[SIDE_GIT].returned ||
		has_drifted(row, SIDE_WORKSPACE));
}

/* A side has something new, and what is agreed is not what it had, or has been something else. */
static bool asks_for_behind(const struct cycle *c, const struct row *row, enum side_id s)
{
	return has_news(c, row, s) && has_drifted(row, s);
}

/* What is to be found out of a row; false: nothing. */
static bool dispute_of(const struct cycle *c, struct row *row, struct dispute *d)
{
	bool proof = asks_for_proof(c, row), any;

	*d = (struct dispute){ .row = row, .branch = { .row = row }, .agreed = { .row = row } };
	d->lag = asks_for_lag(c, row);
	if (proof)
		d->branch.until[SIDE_GIT] = &row->base[SIDE_GIT];
	if (d->lag)
		d->branch.until[SIDE_WORKSPACE] = &row->base[SIDE_WORKSPACE];
	any = proof || d->lag;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		d->behind[s] = asks_for_behind(c, row, s);
		any |= d->behind[s];
	}
	return any;
}

/* Only cells have an order here: what a side says beyond them is merged with its base. Of a side whose
 * cells are those of its base nothing is asked. *any: something is left to be found out. */
static int narrow(struct cycle *c, struct dispute *d, bool *any, struct err *e)
{
	struct row *row = d->row;

	*any = false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		bool same = false;
		int r = ERR_OK;

		if (has_news(c, row, s))
			r = past_same(&c->context, &row->side[s].version, &row->base[s], &same, e);
		if (r)
			return err_wrap(e, "'%s'", row->path);
		/* It may have come back to them, in other bytes, from what is agreed. */
		same = same && !(s == SIDE_GIT && has_drifted(row, s));
		if (same)
			d->behind[s] = false;
		if (same && s != SIDE_LOCAL && d->branch.until[s])
			d->branch.until[s] = NULL;
		if (same && s == SIDE_WORKSPACE)
			d->lag = false;
		/* What both the branch and this machine went through is where their edits part. */
		d->agreed.until[s] = d->behind[s] || (s == SIDE_GIT && d->branch.until[s] &&
						      has_drifted(row, s))
					     ? &row->base[s]
					     : NULL;
		*any |= d->behind[s] || d->branch.until[s];
	}
	return ERR_OK;
}

static int compare_disputes(const void *a, const void *b)
{
	const struct dispute *x = a, *y = b;

	return strcmp(x->row->path, y->row->path);
}

/* ---- finding it out ---- */

/* All pasts of one kind at once, since the commits are read only once for all of them. */
static int read_pasts(struct cycle *c, struct dispute *disputes, size_t count, bool branch,
		      struct err *e)
{
	struct side *git = c->sides[SIDE_GIT].side;
	struct past *pasts;
	int r;

	if (branch && (side_is_out(c, SIDE_GIT) || !git->ops->past))
		return ERR_OK;
	pasts = xcalloc(count, sizeof(*pasts));
	for (size_t i = 0; i < count; i++)
		pasts[i] = branch ? disputes[i].branch : disputes[i].agreed;
	r = branch ? git->ops->past(git, pasts, count, e)
		   : past_read_agreed(&c->context, pasts, count, e);
	for (size_t i = 0; i < count; i++)
		*(branch ? &disputes[i].branch : &disputes[i].agreed) = pasts[i];
	free(pasts);
	return r;
}

static int read_all(struct cycle *c, struct ancestry *a, struct err *e)
{
	int r;

	if (!a->count)
		return ERR_OK;
	qsort(a->items, a->count, sizeof(*a->items), compare_disputes);
	r = read_pasts(c, a->items, a->count, true, e);
	return r ? r : read_pasts(c, a->items, a->count, false, e);
}

void ancestry_release(struct ancestry *a)
{
	for (size_t i = 0; i < a->count; i++) {
		past_release(&a->items[i].branch);
		past_release(&a->items[i].agreed);
	}
	free(a->items);
	*a = (struct ancestry){ 0 };
}

static void set_since(struct row *row, enum side_id side, const struct version *v)
{
	if (!row->since)
		row->since = xcalloc(1, sizeof(*row->since));
	row->since->version[side] = *v;
	row->since->known[side] = true;
}

/* Whether a version of the branch is, as a whole, among those that this machine agreed to after the
 * branch's base. */
static int was_agreed(struct cycle *c, const struct dispute *d, const struct past_version *item,
		      bool *was, struct err *e)
{
	struct err unreadable = ERR_INIT;
	struct version v;
	int r;

	*was = false;
	if (!d->agreed.count || !has_drifted(d->row, SIDE_GIT))
		return ERR_OK;
	r = past_take(&c->context, d->row, item, &v, &unreadable);
	if (r)
		return r == ERR_INVALID ? ERR_OK : err_set(e, r, "%s", unreadable.text);
	for (size_t i = 0; !r && !*was && i < d->agreed.count; i++) {
		struct version agreed = d->agreed.items[i].version;
		bool base = false;

		if (version_absent(&agreed))
			continue;
		if ((r = past_same(&c->context, &agreed, &d->row->base[SIDE_GIT], &base, e)) ||
		    (base && i > 0) || (r = content_resolve(&c->context.content, &agreed, e)))
			break;
		*was = version_same(&agreed, &v);
	}
	return r;
}

/* The branch's versions as since_judge() wants them. */
static int describe_branch(struct cycle *c, const struct dispute *d, struct since_version *out,
			   struct err *e)
{
	const struct row *row = d->row;
	bool dated = false;
	int r = ERR_OK;

	for (size_t i = 0; i < d->branch.count; i++)
		dated |= d->branch.items[i].at_dealt;
	for (size_t i = 0; !r && i < d->branch.count; i++) {
		const struct version *v = &d->branch.items[i].version;
		const struct {
			bool asked;
			const struct version *version;
			bool *is;
		} questions[] = {
			{ true, &row->base[SIDE_GIT], &out[i].is_git_base },
			{ d->lag, &row->base[SIDE_WORKSPACE], &out[i].is_workspace_base },
			{ d->lag, &row->side[SIDE_WORKSPACE].version, &out[i].is_workspace },
		};

		out[i].in_workspace = d->branch.items[i].in_workspace;
		r = was_agreed(c, d, &d->branch.items[i], &out[i].is_agreed, e);
		for (size_t q = 0; !r && q < ARRAY_SIZE(questions); q++)
			if (questions[q].asked)
				r = past_same(&c->context, v, questions[q].version, questions[q].is,
					      e);
		/* What came back since is no base. */
		out[i].is_git_base &= !dated || d->branch.items[i].at_dealt;
	}
	return r;
}

/* Whether anything can follow: of a branch that never had what it or the workspace had when they last
 * agreed, as far as it was read, nothing is known. */
static bool has_met_base(const struct past *branch)
{
	return !branch->until[SIDE_GIT] || branch->met[SIDE_GIT] || branch->met[SIDE_WORKSPACE];
}

/* at: among the versions of the branch; their count: nothing is known of the side. */
static int set_since_branch(struct cycle *c, struct dispute *d, enum side_id side, size_t at,
			    struct err *e)
{
	struct err unreadable = ERR_INIT;
	struct version v;
	int r;

	if (at == d->branch.count)
		return ERR_OK;
	r = past_take(&c->context, d->row, &d->branch.items[at], &v, &unreadable);
	if (r == ERR_INVALID)
		return ERR_OK;
	if (r)
		return err_set(e, r, "%s", unreadable.text);
	set_since(d->row, side, &v);
	return ERR_OK;
}

static int judge_branch(struct cycle *c, struct dispute *d, struct err *e)
{
	struct since_version *versions;
	struct since_answer answer;
	size_t count = d->branch.count;
	int r;

	if (!count || !has_met_base(&d->branch))
		return ERR_OK;
	versions = xcalloc(count, sizeof(*versions));
	r = describe_branch(c, d, versions, e);
	answer = since_judge(versions, count);
	free(versions);
	if (r)
		return r;
	d->taken_back = d->branch.until[SIDE_GIT] && answer.git < count &&
			answer.workspace == count;
	/* Or it is the workspace alone that is asked about. */
	if (d->branch.until[SIDE_GIT] && (r = set_since_branch(c, d, SIDE_GIT, answer.git, e)))
		return r;
	return set_since_branch(c, d, SIDE_WORKSPACE, answer.workspace, e);
}

/* Whether a side holds a version that was agreed after what it held then, and was left behind since. */
static int judge_agreed(struct cycle *c, struct dispute *d, enum side_id s, struct err *e)
{
	struct row *row = d->row;

	for (size_t i = 1; i < d->agreed.count; i++) {
		struct version v = d->agreed.items[i].version;
		bool base, is;
		int r;

		if ((r = past_same(&c->context, &v, &row->base[s], &base, e)) || base ||
		    (r = past_same(&c->context, &v, &row->side[s].version, &is, e)))
			return r;
		if (!is)
			continue;
		if (!(r = content_resolve(&c->context.content, &v, e)))
			set_since(row, s, &v);
		return r;
	}
	return ERR_OK;
}

static int judge(struct cycle *c, struct dispute *d, struct err *e)
{
	int r = judge_branch(c, d, e);

	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++) {
		/* What the workspace went back to may have been agreed here before. */
		bool asked = d->behind[s] && !(s == SIDE_WORKSPACE && d->taken_back) &&
			     !row_since(d->row, s);

		if (asked)
			r = judge_agreed(c, d, s, e);
	}
	return r ? err_wrap(e, "'%s'", d->row->path) : ERR_OK;
}

/* ---- clashes ---- */

/* The newest version of the branch, but what it has now, that the workspace or what is agreed contains. */
static int find_contained(struct cycle *c, struct dispute *d, struct err *e)
{
	const struct version *base = &d->row->base[SIDE_GIT];
	struct row *row = d->row;

	for (size_t i = 1; i < d->branch.count; i++) {
		struct version v;
		bool is_base, is;
		int r;

		if ((r = past_same(&c->context, &d->branch.items[i].version, base, &is_base, e)) ||
		    is_base)
			return r;
		if (past_take(&c->context, row, &d->branch.items[i], &v, NULL))
			continue;
		is = (side_speaks(c, row, SIDE_WORKSPACE) &&
		      past_contains(&c->context, base, &row->side[SIDE_WORKSPACE].version, &v,
				    e)) ||
		     past_contains(&c->context, base, &row->agreed, &v, e);
		if (e->code)
			return e->code;
		if (is) {
			set_since(row, SIDE_GIT, &v);
			return ERR_OK;
		}
	}
	return ERR_OK;
}

/* The newest version that was agreed since, or is, and that the side contains. */
static int find_containing(struct cycle *c, struct dispute *d, enum side_id s, struct err *e)
{
	struct row *row = d->row;

	for (size_t i = 0; i < d->agreed.count; i++) {
		struct version v = d->agreed.items[i].version;
		bool is_base, is;
		int r;

		if ((r = past_same(&c->context, &v, &row->base[s], &is_base, e)) || is_base ||
		    (r = content_resolve(&c->context.content, &v, e)))
			return r;
		is = past_contains(&c->context, &row->base[s], &row->side[s].version, &v, e);
		if (e->code)
			return e->code;
		if (is) {
			set_since(row, s, &v);
			return ERR_OK;
		}
	}
	return ERR_OK;
}

/* What is to be read of a clash. */
static struct dispute clash_of(const struct cycle *c, struct row *row)
{
	struct dispute d = { .row = row, .branch = { .row = row }, .agreed = { .row = row } };

	if (has_news(c, row, SIDE_GIT))
		d.branch.until[SIDE_GIT] = &row->base[SIDE_GIT];
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (has_news(c, row, s) && has_drifted(row, s))
			d.agreed.until[s] = &row->base[s];
	return d;
}

/* Whether what was read for one dispute is what the other asks for, or more. */
static bool was_read(const struct dispute *have, const struct dispute *want)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if ((want->branch.until[s] && !have->branch.until[s]) ||
		    (want->agreed.until[s] && !have->agreed.until[s]))
			return false;
	return true;
}

static int judge_clash(struct cycle *c, struct dispute *d, struct err *e)
{
	const struct dispute asked = clash_of(c, d->row);
	int r = asked.branch.until[SIDE_GIT] ? find_contained(c, d, e) : ERR_OK;

	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++)
		if (asked.agreed.until[s] && !row_since(d->row, s))
			r = find_containing(c, d, s, e);
	return r ? err_wrap(e, "'%s'", d->row->path) : ERR_OK;
}

int ancestry_of_clashes(struct cycle *c, const struct ancestry *known, struct row **rows,
			size_t count, struct err *e)
{
	struct ancestry more = { .items = xcalloc(count, sizeof(*more.items)) };
	int r = ERR_OK;

	for (size_t i = 0; !r && i < count; i++) {
		struct dispute d = clash_of(c, rows[i]), *have;

		have = known->count ? bsearch(&d, known->items, known->count, sizeof(d),
					      compare_disputes)
				    : NULL;
		if (have && was_read(have, &d))
			r = judge_clash(c, have, e);
		else
			more.items[more.count++] = d;
	}
	if (!r)
		r = read_all(c, &more, e);
	for (size_t i = 0; !r && i < more.count; i++)
		r = judge_clash(c, &more.items[i], e);
	ancestry_release(&more);
	return r;
}

/* ---- all rows ---- */

int ancestry_find(struct cycle *c, struct row **rows, size_t count, struct ancestry *out,
		  struct err *e)
{
	int r = ERR_OK;

	*out = (struct ancestry){ .items = xcalloc(count, sizeof(*out->items)) };
	for (size_t i = 0; i < count; i++) {
		struct dispute *d = &out->items[out->count];
		bool asked;

		free(steal(&rows[i]->since));
		asked = !r && !rows[i]->adopted && dispute_of(c, rows[i], d);
		if (asked)
			r = narrow(c, d, &asked, e);
		out->count += !r && asked;
	}
	if (!r)
		r = read_all(c, out, e);
	for (size_t i = 0; !r && i < out->count; i++)
		r = judge(c, &out->items[i], e);
	return r;
}
