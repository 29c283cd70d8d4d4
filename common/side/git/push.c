/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One push of a draft. The side's base moves when the remote has it, not before: until then the
 * branch does not hold what was agreed. Fast-forward only; nothing is ever forced.
 *
 * The order in which things become durable (each prefix of it ends right after a kill): what people
 * said, the commits, that they were sent (remember.c); the push; the bases, the summaries without
 * those that arrived, that the push is answered, the branch as it was seen.
 */

#include "side/git/push.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "git/remote/remote.h"
#include "log/log.h"
#include "side/git/files/name.h"
#include "side/settled.h"

#define PUSH_WINDOW_MS 60000
#define REJECTIONS_MAX 3

/* ---- at most as many in PUSH_WINDOW_MS as pushes_ms holds ---- */

int64_t push_rest_ms(const struct git_side *s, int64_t now_ms)
{
	int64_t oldest = s->pushes_ms[0];

	if (!oldest || now_ms - oldest >= PUSH_WINDOW_MS)
		return 0;
	return PUSH_WINDOW_MS - (now_ms - oldest);
}

static void note_time(struct git_side *s)
{
	size_t n = ARRAY_SIZE(s->pushes_ms);

	memmove(s->pushes_ms, s->pushes_ms + 1, (n - 1) * sizeof(int64_t));
	s->pushes_ms[n - 1] = clock_monotonic_ms();
}

/* ---- it arrived ---- */

/* The branch holds what was agreed of the item's row, as far as it can. */
static void settle_item(struct side_context *c, const struct draft_item *item)
{
	struct row *row = item->of.row;
	bool all = !item->put || version_same(&item->version, &row->agreed);

	if (row->todo.action[SIDE_GIT] == PLAN_NOTHING)
		return; /* refused */
	if (!item->put) {
		side_deleted(c, row, SIDE_GIT);
		return;
	}
	entry_set_present(row, SIDE_GIT, &item->version, &item->blob, item->file);
	state_set_base(&c->state, row, SIDE_GIT, &row->agreed);
	if (!all && item->changed)
		c->unsettled = true;
	row->todo.action[SIDE_GIT] = all ? PLAN_SETTLED : PLAN_NOTHING;
	c->report->side[SIDE_GIT].written += item->changed;
}

static bool still_waits(void *payload, const char *path)
{
	const struct row *row = table_find(payload, path);

	return row && row->dirty && row->todo.action[SIDE_GIT] != PLAN_SETTLED;
}

int push_forget_settled(struct git_side *s, struct err *e)
{
	if (!summaries_keep(&s->summaries, still_waits, &s->side.context->table))
		return ERR_OK;
	return remember_summaries(s, e);
}

static int note_arrival(struct git_side *s, const struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	int r;

	s->tip = d->head;
	c->report->pushes++;
	log_info("pushed %zu commit%s to branch '%s'", d->commits, d->commits == 1 ? "" : "s",
		 c->mapping->branch);
	for (size_t i = 0; i < d->count; i++)
		settle_item(c, &d->items[i]);
	if ((r = state_save(&c->state, "pushed", e)) || (r = push_forget_settled(s, e)) ||
	    (r = remember_all_done(s, e)))
		return r;
	return state_see_commit(&c->state, SIDE_GIT, &d->head, e);
}

/* ---- or not ---- */

/* Somebody pushed before us. The next cycle fetches, plans on top of that and pushes again; after
 * REJECTIONS_MAX tries in a row it waits for the next poll. */
static int note_rejection(struct git_side *s, struct err *e)
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

static bool goes_on_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-' || c == '/' || (c & 0x80);
}

/* Whether the words have this very path, not as a part of another one. */
static bool mentions(const char *words, const char *path)
{
	size_t len = strlen(path);

	for (const char *at = words; (at = strstr(at, path)); at++) {
		bool begins = at == words || (!goes_on_name(at[-1]) && at[-1] != '.');
		bool ends = !goes_on_name(at[len]) &&
			    !(at[len] == '.' && goes_on_name(at[len + 1]));

		if (begins && ends)
			return true;
	}
	return false;
}

static void note_refusal(struct git_side *s, const struct draft *d, struct waiting *w,
			 const char *words)
{
	log_warning("the Git server refused %zu commits: %s", d->commits, words);
	for (size_t i = 0; i < d->change_count; i++)
		if (mentions(words, d->changes[i].path))
			w->units[d->items[d->changes[i].item].of.unit].named = true;
	refusals_refused(&s->refusals, w->units, w->unit_count, words, clock_monotonic_ms());
}

/* ---- the push ---- */

/* The numbers of the summaries that go out whole; the caller frees them. */
static unsigned *chosen_numbers(const struct git_side *s, const struct waiting *w, size_t *count)
{
	unsigned *numbers = xcalloc(w->unit_count, sizeof(*numbers));

	*count = 0;
	for (size_t i = 0; i < w->unit_count; i++)
		if (w->units[i].chosen && w->parts[i] < s->summaries.count)
			numbers[(*count)++] = s->summaries.items[w->parts[i]].number;
	return numbers;
}

static int send_draft(struct git_side *s, const struct draft *d, const struct waiting *w,
		      struct remote_push_end *end, struct err *e)
{
	struct side_context *c = s->side.context;
	struct remote remote;
	unsigned *numbers;
	size_t count;
	int r;

	if ((r = git_allowed(s, POLICY_PUSH, e)) || (r = git_remote(s, &remote, e)))
		return r;
	numbers = chosen_numbers(s, w, &count);
	r = remember_sent(s, &d->head, numbers, count, e);
	free(numbers);
	if (r)
		return r;
	note_time(s);
	context_progress(c, "push", 0, 0);
	return remote_push(c->hub, &remote, &d->head, end, e);
}

/* What is known not to have arrived is not remembered; the branch is asked before the next push. */
static int not_arrived(struct git_side *s, const struct draft *d, const struct remote_push_end *end,
		       int r, struct err *e)
{
	struct err why = ERR_INIT;

	s->fetched_ms = 0;
	if (end->unknown || !remember_not_sent(s, &d->head, &why))
		return r;
	return err_set(e, why.code, "%s", why.text);
}

static int push_draft(struct git_side *s, struct draft *d, struct waiting *w, enum push_end *out,
		      struct err *e)
{
	struct remote_push_end end = { 0 };
	int r = send_draft(s, d, w, &end, e);

	if (r == ERR_CONFLICT) {
		*out = PUSH_LATE;
		return note_rejection(s, e);
	}
	s->rejections = 0;
	if (!r) {
		refusals_taken(&s->refusals, w->units, w->unit_count);
		return note_arrival(s, d, e);
	}
	if (!end.refused)
		return not_arrived(s, d, &end, r, e);
	*out = PUSH_REFUSED;
	note_refusal(s, d, w, end.refused);
	free(end.refused);
	return remember_not_sent(s, &d->head, e);
}

/* The remote has all of that already. */
static int note_same(struct git_side *s, const struct draft *d, struct err *e)
{
	for (size_t i = 0; i < d->count; i++)
		settle_item(s->side.context, &d->items[i]);
	return push_forget_settled(s, e);
}

int push_chosen(struct git_side *s, struct waiting *w, enum push_end *end, struct err *e)
{
	struct side_context *c = s->side.context;
	struct draft_row *rows = xcalloc(w->count, sizeof(*rows));
	struct draft d = { .attributes = &s->attributes, .tip = s->tip };
	size_t count = 0;
	int r = ERR_OK;

	*end = PUSH_DONE;
	for (size_t i = 0; i < w->count; i++)
		if (w->units[w->rows[i].unit].chosen)
			rows[count++] = w->rows[i];
	if (!oid_is_zero(&s->tip))
		r = hub_commit_tree(c->hub, &s->tip, &d.tree, e);
	if (!r && !(r = git_allowed(s, POLICY_COMMIT, e)) &&
	    !(r = draft_fill(c, &d, rows, count, e)) && !(r = draft_commit(s, &d, e)))
		r = d.commits ? push_draft(s, &d, w, end, e) : note_same(s, &d, e);
	draft_release(&d);
	free(rows);
	return r;
}
