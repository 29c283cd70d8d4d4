/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side, acting: one commit for everything that is agreed and not on the branch, then a
 * fast-forward push.
 *
 * If the remote moved while commits of ours waited, the next commit is a merge of both. The side's
 * base moves when the push has succeeded, not before: until then the branch does not hold what was
 * agreed. Nothing is ever forced.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log/log.h"
#include "sync/git_draft.h"

#define PUSH_WINDOW_MS 60000
#define REJECTIONS_MAX 3

/* ---- committing ---- */

/* Our commits that were not pushed have nothing any more that the remote has not: to merge them would
 * be a commit without a change. */
static int drop_commits(struct cycle *c, struct draft *d, struct err *e)
{
	cleanup_free char *ref = git_side_head(c);
	int r = hub_ref_set(c->hub, ref, &c->git.tip, &d->head, "nbsync: the remote has it", e);

	log_info("branch '%s' has all that our unpushed commits brought: they are not needed",
		 c->mapping->branch);
	d->head = c->git.tip;
	d->unpushed = d->diverged = false;
	return r;
}

static int write_commit(struct cycle *c, struct draft *d, const struct cycle_request *request,
			struct err *e)
{
	cleanup_buf struct buf message = BUF_INIT(1024 * 1024);
	cleanup_free char *ref = git_side_head(c);
	struct oid parents[2], tree, commit;
	struct commit_spec spec = {
		.parents = parents,
		.committer_name = c->mapping->author_name,
		.committer_email = c->mapping->author_email,
	};
	int r;

	if ((r = draft_tree(c, d, &tree, e)))
		return r;
	/* An empty branch has no tree to compare with. */
	if (!d->count || oid_equal(&tree, &d->tree))
		return d->diverged ? drop_commits(c, d, e) : ERR_OK;
	message_write(&message, c->mapping->name, request->summary, d->told, d->told_count);
	spec.message = buf_str(&message);
	spec.tree = tree;
	if (d->unpushed && !d->diverged)
		parents[spec.parent_count++] = d->head;
	else if (!oid_is_zero(&c->git.tip))
		parents[spec.parent_count++] = c->git.tip;
	if (d->diverged)
		parents[spec.parent_count++] = d->head;
	if ((r = hub_commit(c->hub, &spec, &commit, e)) ||
	    (r = hub_ref_set(c->hub, ref, &commit, &d->head, "nbsync: commit", e)))
		return r;
	d->head = commit;
	d->unpushed = true;
	c->report->commits++;
	log_info("committed %zu changes to branch '%s'", d->told_count, c->mapping->branch);
	return ERR_OK;
}

/* ---- pushing ---- */

static bool push_rate_allows(struct cycle *c, int64_t now)
{
	int64_t oldest = c->git.pushes_ms[0];
	size_t n = ARRAY_SIZE(c->git.pushes_ms);

	if (oldest && now - oldest < PUSH_WINDOW_MS) {
		report_wake(c->report, PUSH_WINDOW_MS - (now - oldest));
		return false;
	}
	memmove(c->git.pushes_ms, c->git.pushes_ms + 1, (n - 1) * sizeof(int64_t));
	c->git.pushes_ms[n - 1] = now;
	return true;
}

/* With the commit went others, which may hold what this plan did not touch. */
static int refresh(struct cycle *c, const struct draft *d, struct err *e)
{
	struct oid tree;
	int r = hub_commit_tree(c->hub, &d->head, &tree, e);

	c->unsettled = true;
	return r ? r : git_side_hear(c, &d->remote, &tree, e);
}

/* The remote holds our commit: the side holds what was agreed. Its base is saved before the commit is
 * recorded as seen, as in git_side.c. */
static int pushed(struct cycle *c, struct draft *d, struct row **rows, size_t count, struct err *e)
{
	int r;

	c->git.tip = c->git.clean_tip = d->head;
	c->report->pushes++;
	for (size_t i = 0; i < d->given_count; i++) {
		struct given *given = &d->given[i];
		struct row *row = given->row;

		bool all = version_same(&given->version, &row->agreed);

		entry_set_present(row, SIDE_GIT, &given->version, &given->blob, given->file);
		state_set_base(&c->state, row, SIDE_GIT, &row->agreed);
		c->unsettled |= !all;
		row->todo.action[SIDE_GIT] = all ? PLAN_SETTLED : PLAN_NOTHING;
		c->report->side[SIDE_GIT].written++;
	}
	for (size_t i = 0; i < count; i++)
		if (rows[i]->todo.action[SIDE_GIT] == PLAN_DELETE)
			cycle_deleted(c, rows[i], SIDE_GIT);
	if (d->waiting_count && (r = refresh(c, d, e)))
		return r;
	r = state_save(&c->state, "pushed", e);
	return r ? r : state_see_commit(&c->state, SIDE_GIT, &d->head, e);
}

/* Somebody pushed first: fetch, plan again on top of it, and push the result; but not for ever. */
static int rejected(struct cycle *c, struct err *e)
{
	c->git.fetched_ms = 0;
	if (++c->git.rejections > REJECTIONS_MAX) {
		c->git.rejections = 0;
		return err_set(e, ERR_RETRY,
			       "branch '%s' of '%s' moved before each of %d pushes: nbsync tries "
			       "again at the next poll",
			       c->mapping->branch, c->git.url, REJECTIONS_MAX + 1);
	}
	c->unsettled = true;
	return ERR_OK;
}

static int push(struct cycle *c, struct draft *d, struct row **rows, size_t count, struct err *e)
{
	struct remote remote;
	int r;

	if ((r = git_side_allowed(c, POLICY_PUSH, e)) || (r = git_side_remote(c, &remote, e)))
		return r;
	if (!push_rate_allows(c, cycle_now_ms()))
		return ERR_OK;
	cycle_progress(c, "push", 0, 0);
	r = remote_push(c->hub, &remote, &d->head, e);
	if (r == ERR_CONFLICT)
		return rejected(c, e);
	c->git.rejections = 0;
	return r ? r : pushed(c, d, rows, count, e);
}

/* ---- when ---- */

static size_t count_waiting(struct row **rows, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += rows[i]->todo.action[SIDE_GIT] == PLAN_PUT ||
		     rows[i]->todo.action[SIDE_GIT] == PLAN_DELETE;
	return n;
}

/* After a restart the clock of the quiet time is that of the last agreed state. */
static void start_clock(struct cycle *c, int64_t now)
{
	int64_t age_ms = ((int64_t)time(NULL) - c->state.agreed_at_s) * 1000;

	if (age_ms < 0 || age_ms > c->mapping->commit_max_wait_ms)
		age_ms = c->mapping->commit_max_wait_ms;
	if (!c->git.waiting_since_ms)
		c->git.waiting_since_ms = now - age_ms;
	if (!c->git.changed_ms)
		c->git.changed_ms = now - age_ms;
}

/* Whether to commit now; otherwise says in the report what waits, and for what. */
static bool commit_due(struct cycle *c, const struct cycle_request *request, size_t waiting)
{
	int64_t now = cycle_now_ms(), quiet, limit, rest;

	if (request->commit)
		return true;
	if (c->mapping->commit == CONFIG_COMMIT_MANUAL) {
		free(c->report->waiting);
		c->report->waiting_paths = waiting;
		c->report->waiting = xasprintf("%zu change%s for 'nbsync commit %s -m SUMMARY'",
					       waiting, waiting == 1 ? " waits" : "s wait",
					       c->mapping->name);
		return false;
	}
	start_clock(c, now);
	quiet = c->git.changed_ms + c->mapping->commit_quiet_ms;
	limit = c->git.waiting_since_ms + c->mapping->commit_max_wait_ms;
	rest = (quiet < limit ? quiet : limit) - now;
	if (request->hurry || rest <= 0)
		return true;
	report_wake(c->report, rest);
	free(c->report->waiting);
	c->report->waiting_paths = waiting;
	c->report->waiting = xasprintf("%zu changes will be committed in %" PRId64 " s", waiting,
				       (rest + 999) / 1000);
	return false;
}

static int commit_waiting(struct cycle *c, struct draft *d, const struct cycle_request *request,
			  struct row **rows, size_t count, struct err *e)
{
	int r;

	if ((r = git_side_allowed(c, POLICY_COMMIT, e)) || (r = draft_fill(c, d, rows, count, e)) ||
	    (r = write_commit(c, d, request, e)))
		return r;
	c->git.waiting_since_ms = 0;
	c->git.changed_ms = 0;
	return ERR_OK;
}

int git_publish(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	struct row **rows;
	struct draft d = { 0 };
	size_t count, waiting;
	bool due;
	int r;

	if ((r = draft_start(c, &d, e))) {
		draft_release(&d);
		return r;
	}
	rows = table_busy_sorted(&c->table, &count);
	waiting = count_waiting(rows, count);
	due = !waiting || commit_due(c, request, waiting);
	if (due && (waiting || d.unpushed))
		r = commit_waiting(c, &d, request, rows, count, e);
	/* Commits that wait for their push do not wait for the next one; but only that one can join
	 * them with what the remote has got meanwhile, or take back what is not agreed any more. */
	if (!r && d.unpushed && (due || (!d.diverged && !draft_is_stale(c, &d))))
		r = push(c, &d, rows, due ? count : 0, e);
	draft_release(&d);
	free(rows);
	return r;
}
