/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The working tree that the local directory is in, when the mapping goes along with it (clone =
 * follow). While another branch is checked out, or a rebase is under way, the files are not those of
 * the mapping: the side is held, and looked at in full when that has ended.
 *
 * A checkout may begin at any moment. So a look is believed only when the index is the same before
 * and after it, and the state is asked for once more before each write. What remains is the time
 * between that question and the write: then a file of the branch stands in the working tree of
 * another one, as an untracked or modified file, and replaced nothing that was not seen.
 */

#include "side/local/clone.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "log/log.h"
#include "side/clone.h"

#define PATIENCE_MS 1500 /* for a command of Git that works at this moment */
#define PAUSE_MS    20

static void note_independent(struct local_side *s, const char *top)
{
	struct side_context *c = s->side.context;

	if (s->clone_noted)
		return;
	s->clone_noted = true;
	report_note(c->report,
		    "'%s' is in the Git working tree '%s' and treated as any other directory "
		    "(clone = independent): what is checked out there travels as edits",
		    c->mapping->local, top);
}

static void pause_shortly(void)
{
	const struct timespec ms = { .tv_nsec = PAUSE_MS * 1000000L };

	nanosleep(&ms, NULL);
}

/* The state of the working tree, after a command that works at this moment has ended, if that comes
 * soon. */
static int settled_state(struct local_side *s, struct worktree_moment *now, struct err *e)
{
	struct side_context *c = s->side.context;
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	bool brief;
	int r;

	while ((r = worktree_check(s->clone, now, &brief, e)) && brief &&
	       clock_monotonic_ms() < until && !context_cancelled(c))
		pause_shortly();
	if (r && brief)
		c->unsettled = true;
	return r;
}

int local_clone_begin(struct local_side *s, struct err *e)
{
	cleanup_free char *independent = NULL;
	int r;

	worktree_free(steal(&s->clone));
	s->side.context->standing = (struct oid){ 0 };
	if ((r = clone_open(s->side.context->mapping, &s->clone, &independent, e)))
		return r;
	if (independent)
		note_independent(s, independent);
	if (!s->clone)
		return ERR_OK;
	worktree_recover(s->clone);
	if ((r = settled_state(s, &s->moment, e)))
		return r;
	return worktree_branch(s->clone, &s->standing, e);
}

int local_clone_end(struct local_side *s, bool *again, struct err *e)
{
	struct worktree_moment now;
	struct oid branch;
	int r;

	*again = false;
	if (!s->clone)
		return ERR_OK;
	if ((r = settled_state(s, &now, e)) || (r = worktree_branch(s->clone, &branch, e)))
		return r;
	*again = !worktree_moment_same(&s->moment, &now) || !oid_equal(&s->standing, &branch);
	s->moment = now;
	s->standing = branch;
	if (!*again)
		s->side.context->standing = branch;
	return ERR_OK;
}

int local_clone_may_write(struct local_side *s, struct err *e)
{
	struct worktree_moment now;

	return s->clone ? settled_state(s, &now, e) : ERR_OK;
}

/* What is written to a branch that has to be merged first stands in the way of "git pull". */
int local_clone_may_receive(struct local_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	enum worktree_relation relation;
	cleanup_free char *ref = NULL;
	struct oid tip = { 0 };
	int r;

	if (!s->clone)
		return ERR_OK;
	ref = xasprintf("refs/remotes/origin/%s", c->mapping->branch);
	r = hub_ref_get(c->hub, ref, &tip, e);
	if (r && r != ERR_ABSENT)
		return r;
	if ((r = worktree_relate(s->clone, c->hub, &tip, &relation, e)))
		return r;
	if (relation == WORKTREE_DIVERGED)
		return err_set(
			e, ERR_RETRY,
			"branch '%s' of the working tree '%s' and that of '%s' have both "
			"moved on: run 'git pull' there; until then nothing is written to it",
			c->mapping->branch, worktree_top(s->clone), c->mapping->git);
	return local_clone_may_write(s, e);
}
