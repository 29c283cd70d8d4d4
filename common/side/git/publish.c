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

#include "base/clock.h"
#include "git/remote/remote.h"
#include "log/log.h"
#include "side/git/draft.h"
#include "side/git/name.h"
#include "side/settled.h"

#define PUSH_WINDOW_MS 60000
#define REJECTIONS_MAX 3

/* ---- committing ---- */

/* The remote has all that our commits brought: a merge of both would change nothing. Our branch
 * goes to the remote's tip. */
static int drop_commits(struct git_side *s, struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *ref = git_head(c);
	int r = hub_ref_set(c->hub, ref, &s->tip, &d->head, "nbsync: the remote has it", e);

	log_info("branch '%s' has all that our unpushed commits brought: they are not needed",
		 c->mapping->branch);
	d->head = s->tip;
	d->unpushed = d->diverged = false;
	return r;
}

static int write_commit(struct git_side *s, struct draft *d, const struct side_publish *request,
			struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf message = BUF_INIT(1024 * 1024);
	cleanup_free char *ref = git_head(c);
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
		return d->diverged ? drop_commits(s, d, e) : ERR_OK;
	message_write(&message, c->mapping->name, request->summary, d->message_changes,
		      d->message_count);
	spec.message = buf_str(&message);
	spec.tree = tree;
	if (d->unpushed && !d->diverged)
		parents[spec.parent_count++] = d->head;
	else if (!oid_is_zero(&s->tip))
		parents[spec.parent_count++] = s->tip;
	if (d->diverged)
		parents[spec.parent_count++] = d->head;
	if ((r = hub_commit(c->hub, &spec, &commit, e)) ||
	    (r = hub_ref_set(c->hub, ref, &commit, &d->head, "nbsync: commit", e)))
		return r;
	d->head = commit;
	d->unpushed = true;
	c->report->commits++;
	log_info("committed %zu changes to branch '%s'", d->message_count, c->mapping->branch);
	return ERR_OK;
}

/* ---- pushing ---- */

/* At most as many pushes in PUSH_WINDOW_MS as pushes_ms holds; true notes one. */
static bool push_rate_allows(struct git_side *s, int64_t now)
{
	struct side_context *c = s->side.context;
	int64_t oldest = s->pushes_ms[0];
	size_t n = ARRAY_SIZE(s->pushes_ms);

	if (oldest && now - oldest < PUSH_WINDOW_MS) {
		report_wake(c->report, PUSH_WINDOW_MS - (now - oldest));
		return false;
	}
	memmove(s->pushes_ms, s->pushes_ms + 1, (n - 1) * sizeof(int64_t));
	s->pushes_ms[n - 1] = now;
	return true;
}

/* Commits of earlier cycles were pushed as well. What they brought, and the plans of this cycle do
 * not name, is taken into the table from the difference that the push made. */
static int note_earlier_commits(struct git_side *s, const struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	struct oid tree;
	int r = hub_commit_tree(c->hub, &d->head, &tree, e);

	c->unsettled = true;
	return r ? r : git_note_push(s, &d->remote, &tree, e);
}

/* The remote holds our commit, so the side holds what was agreed. Its base is saved before the
 * commit is recorded as seen: a kill in between is noticed by git_note_lost_answer(), the other
 * order is not. */
static int note_arrival(struct git_side *s, struct draft *d, struct row **rows, size_t count,
			struct err *e)
{
	struct side_context *c = s->side.context;
	int r;

	s->tip = s->clean_tip = d->head;
	c->report->pushes++;
	for (size_t i = 0; i < d->put_count; i++) {
		const struct draft_put *put = &d->puts[i];
		struct row *row = put->row;
		bool all = version_same(&put->version, &row->agreed);

		entry_set_present(row, SIDE_GIT, &put->version, &put->blob, put->file);
		state_set_base(&c->state, row, SIDE_GIT, &row->agreed);
		if (!all)
			c->unsettled = true;
		row->todo.action[SIDE_GIT] = all ? PLAN_SETTLED : PLAN_NOTHING;
		c->report->side[SIDE_GIT].written++;
	}
	for (size_t i = 0; i < count; i++)
		if (rows[i]->todo.action[SIDE_GIT] == PLAN_DELETE)
			side_deleted(c, rows[i], SIDE_GIT);
	if (d->unpushed_count && (r = note_earlier_commits(s, d, e)))
		return r;
	r = state_save(&c->state, "pushed", e);
	return r ? r : state_see_commit(&c->state, SIDE_GIT, &d->head, e);
}

/* Somebody pushed before us. The next cycle fetches, plans on top of that and pushes again; after
 * REJECTIONS_MAX tries in a row it waits for the next poll. */
static int rejected(struct git_side *s, struct err *e)
{
	struct side_context *c = s->side.context;

	s->fetched_ms = 0;
	if (++s->rejections > REJECTIONS_MAX) {
		s->rejections = 0;
		return err_set(e, ERR_RETRY,
			       "branch '%s' of '%s' moved before each of %d pushes: nbsync tries "
			       "again at the next poll",
			       c->mapping->branch, s->url, REJECTIONS_MAX + 1);
	}
	c->unsettled = true;
	return ERR_OK;
}

static int push(struct git_side *s, struct draft *d, struct row **rows, size_t count, struct err *e)
{
	struct side_context *c = s->side.context;
	struct remote remote;
	int r;

	if ((r = git_allowed(s, POLICY_PUSH, e)) || (r = git_remote(s, &remote, e)))
		return r;
	if (!push_rate_allows(s, clock_monotonic_ms()))
		return ERR_OK;
	context_progress(c, "push", 0, 0);
	r = remote_push(c->hub, &remote, &d->head, e);
	if (r == ERR_CONFLICT)
		return rejected(s, e);
	s->rejections = 0;
	return r ? r : note_arrival(s, d, rows, count, e);
}

/* ---- when ---- */

/* Rows whose plan changes the branch. */
static size_t count_waiting(struct row **rows, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += rows[i]->todo.action[SIDE_GIT] == PLAN_PUT ||
		     rows[i]->todo.action[SIDE_GIT] == PLAN_DELETE;
	return n;
}

/* After a restart nobody knows when the waiting changes were agreed: the time of the last agreed
 * state is taken for that. */
static void start_clock(struct git_side *s, int64_t now)
{
	struct side_context *c = s->side.context;
	int64_t age_ms = ((int64_t)time(NULL) - c->state.agreed_at_s) * 1000;

	if (age_ms < 0 || age_ms > c->mapping->commit_max_wait_ms)
		age_ms = c->mapping->commit_max_wait_ms;
	if (!s->waiting_since_ms)
		s->waiting_since_ms = now - age_ms;
	if (!s->changed_ms)
		s->changed_ms = now - age_ms;
}

/* Whether to commit now; otherwise says in the report what waits, and for what. */
static bool commit_due(struct git_side *s, const struct side_publish *request, size_t waiting)
{
	struct side_context *c = s->side.context;
	int64_t now = clock_monotonic_ms(), quiet, limit, rest;

	if (request->commit)
		return true;
	if (c->mapping->commit == CONFIG_COMMIT_MANUAL) {
		free(c->report->waiting.sentence);
		c->report->waiting.paths = waiting;
		c->report->waiting.sentence = xasprintf(
			"%zu change%s for 'nbsync commit %s -m SUMMARY'", waiting,
			waiting == 1 ? " waits" : "s wait", c->mapping->name);
		return false;
	}
	start_clock(s, now);
	quiet = s->changed_ms + c->mapping->commit_quiet_ms;
	limit = s->waiting_since_ms + c->mapping->commit_max_wait_ms;
	rest = (quiet < limit ? quiet : limit) - now;
	if (request->hurry || rest <= 0)
		return true;
	report_wake(c->report, rest);
	free(c->report->waiting.sentence);
	c->report->waiting.paths = waiting;
	c->report->waiting.sentence = xasprintf("%zu changes will be committed in %" PRId64 " s",
						waiting, (rest + 999) / 1000);
	return false;
}

static int commit_waiting(struct git_side *s, struct draft *d, const struct side_publish *request,
			  struct row **rows, size_t count, struct err *e)
{
	struct side_context *c = s->side.context;
	int r;

	if ((r = git_allowed(s, POLICY_COMMIT, e)) || (r = draft_fill(c, d, rows, count, e)) ||
	    (r = write_commit(s, d, request, e)))
		return r;
	s->waiting_since_ms = 0;
	s->changed_ms = 0;
	return ERR_OK;
}

int git_publish(struct side *side, const struct side_publish *request, struct err *e)
{
	struct git_side *s = (struct git_side *)side;
	struct side_context *c = side->context;
	struct row **rows;
	struct draft d = { 0 };
	size_t count, waiting;
	bool due;
	int r;

	if ((r = draft_start(s, &d, e))) {
		draft_release(&d);
		return r;
	}
	rows = table_listed_sorted(&c->table, &count);
	waiting = count_waiting(rows, count);
	due = !waiting || commit_due(s, request, waiting);
	if (due && (waiting || d.unpushed))
		r = commit_waiting(s, &d, request, rows, count, e);
	/* Commits of earlier cycles are pushed although no new one is due, unless a new one has to
	 * merge them with the remote's, or to undo something that they hold. */
	if (!r && d.unpushed && (due || (!d.diverged && !draft_is_stale(c, &d))))
		r = push(s, &d, rows, due ? count : 0, e);
	draft_release(&d);
	free(rows);
	return r;
}
