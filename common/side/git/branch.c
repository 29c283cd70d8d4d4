/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A branch that the remote has not, although it has others: what to say about it, and making it when a
 * human asks for that.
 *
 * It begins where another branch stands, always: a first commit of our own beside the branches of
 * others would have nothing in common with them, and nobody could merge it. No branch is ever moved or
 * deleted here.
 */

#include "side/git/branch.h"

#include <stdlib.h>

#include "base/suggest.h"
#include "side/git/internal.h"

#define NAMED_MAX 3 /* branches that a sentence lists */

/* ---- what to say ---- */

/* A branch that is spelled alike, which is not the default one; NULL: none. */
static const char *alike(const char *branch, const struct remote_branches *b)
{
	const char *near = suggest(branch, (const char *const *)b->names, b->count);

	return near && !str_eq(near, b->head) ? near : NULL;
}

static void list_names(struct buf *out, const struct remote_branches *b)
{
	for (size_t i = 0; i < b->count && i < NAMED_MAX; i++)
		buf_addf(out, "%s'%s'", i ? ", " : "; it has ", b->names[i]);
	if (b->count > NAMED_MAX)
		buf_addf(out, " and %zu more", b->count - NAMED_MAX);
}

/* What there is, and what to do: only names that the server told. */
static void offer(struct buf *out, const struct branch_missing *m)
{
	const char *head = m->branches->head, *near = alike(m->branch, m->branches);

	if (head)
		buf_addf(out, "; its default branch is '%s'", head);
	if (near)
		buf_addf(out, "%s '%s' is spelled alike", head ? ", and" : ";", near);
	if (!head && !near)
		list_names(out, m->branches);
	buf_add_str(out, ": set ");
	if (near)
		buf_addf(out, "'branch = %s'%s", near, head ? " or " : "");
	if (head)
		buf_addf(out, "'branch = %s'", head);
	if (!head && !near)
		buf_add_str(out, "'branch' to one that it has");
	buf_addf(out, " in the configuration, or run 'nbsync branch %s --create", m->mapping);
	if (!head)
		buf_addf(out, " --from %s", near ? near : "NAME");
	buf_addf(out, "' to begin '%s' where ", m->branch);
	if (head || near)
		buf_addf(out, "'%s' stands", head ? head : near);
	else
		buf_add_str(out, "another one stands");
}

int branch_missing(const struct branch_missing *m, struct err *e)
{
	cleanup_buf struct buf what = BUF_UNBOUNDED;

	offer(&what, m);
	if (m->known)
		return err_set(
			e, ERR_CONFIG,
			"branch '%s' of '%s' is gone although it held %zu notebooks: nothing "
			"is deleted elsewhere until it is back%s",
			m->branch, m->url, m->known, buf_str(&what));
	return err_set(e, ERR_CONFIG, "there is no branch '%s' at '%s'%s", m->branch, m->url,
		       buf_str(&what));
}

/* ---- making it ---- */

static int no_such_branch(struct git_side *s, const struct remote_branches *b, const char *from,
			  struct err *e)
{
	const char *near = suggest(from, (const char *const *)b->names, b->count);

	return err_set(e, ERR_ABSENT, "there is no branch '%s' at '%s'%s%s%s", from, s->url,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Which branch to begin at: the one that was named, or the default one. */
static int choose(struct git_side *s, const struct remote_branches *b, const char **from,
		  struct err *e)
{
	if (b->empty)
		return err_set(e, ERR_ABSENT,
			       "'%s' has no branch to begin at: the first commit will make '%s'",
			       s->url, s->side.context->mapping->branch);
	if (!**from)
		*from = b->head;
	if (*from)
		return ERR_OK;
	return err_set(e, ERR_ABSENT,
		       "'%s' does not tell which branch is its default one: name one with --from",
		       s->url);
}

/* Pushes what is there already. */
static int push_start(struct git_side *s, const struct remote *remote, const struct oid *start,
		      struct err *e)
{
	struct remote_push_end end;
	int r = remote_push(s->side.context->hub, remote, start, &end, e);

	free(end.refused);
	return r;
}

static int create(struct git_side *s, const struct remote_branches *b, const char **from,
		  struct oid *tip, struct err *e)
{
	struct remote_branches again;
	struct remote remote;
	struct oid start;
	int r;

	if ((r = choose(s, b, from, e)) || (r = git_allowed(s, POLICY_PUSH, e)) ||
	    (r = git_remote(s, &remote, e)))
		return r;
	remote.branch = *from;
	r = remote_fetch(s->side.context->hub, &remote, &start, &again, e);
	remote_branches_release(&again);
	if (r)
		return r;
	if (oid_is_zero(&start))
		return no_such_branch(s, b, *from, e);
	remote.branch = s->side.context->mapping->branch;
	if ((r = push_start(s, &remote, &start, e)))
		return r;
	*tip = start;
	return ERR_OK;
}

void git_create_branch(struct git_side *s, const struct remote_branches *b, const char *from,
		       struct oid *tip)
{
	struct side_context *c = s->side.context;
	struct err e = ERR_INIT;

	if (!oid_is_zero(tip))
		report_answer(c->report, ERR_CONFLICT,
			      "there is a branch '%s' at '%s' already: it stays as it is",
			      c->mapping->branch, s->url);
	else if (create(s, b, &from, tip, &e))
		report_answer(c->report, e.code, "%s", e.text);
	else
		report_answer(c->report, ERR_OK, "branch '%s' of '%s' begins where '%s' stands",
			      c->mapping->branch, s->url, from);
}
