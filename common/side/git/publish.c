/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side, acting: what is agreed and not on the branch is pushed as one commit for each
 * summary that people gave, and one for the rest; when that is due. What the server refuses does not
 * stop the others (refusals.h), and it is pushed again when something about it changed.
 *
 * Whatever waits, the report says so: for a quiet time, for a person, for the limit of pushes, or
 * because it was refused.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "log/log.h"
#include "path/path.h"
#include "secret/secret.h"
#include "side/git/files/attributes.h"
#include "side/git/files/name.h"
#include "side/git/push.h"

#define WORDS_MAX   400 /* bytes of a server's words in a sentence */
#define SUBJECT_MAX 72

static bool changes_branch(const struct row *row)
{
	return row->todo.action[SIDE_GIT] == PLAN_PUT || row->todo.action[SIDE_GIT] == PLAN_DELETE;
}

static size_t count_waiting(struct row **rows, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += changes_branch(rows[i]);
	return n;
}

/* The same by what is remembered, while the branch cannot be looked at. */
static bool is_unpublished(const struct git_side *s, struct row *row)
{
	return filter_manages_row(&s->side.context->filter, row) &&
	       !version_same(&row->base[SIDE_GIT], &row->agreed);
}

/* ---- what people say ---- */

/* From now on it is known, whatever becomes of the push, that these changes are to be committed, and
 * what was said of them. Secrets do not go into the hub. */
static int note_summary(struct git_side *s, const struct side_publish *request, struct row **rows,
			size_t count, struct err *e)
{
	const char *summary = request->summary;
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct summary_path *paths = xcalloc(count, sizeof(*paths));
	size_t n = 0;
	bool added;

	for (size_t i = 0; i < count; i++)
		if (request->away ? is_unpublished(s, rows[i]) : changes_branch(rows[i]))
			paths[n++] = (struct summary_path){ rows[i]->path, rows[i]->agreed.blob };
	if (summary)
		buf_add_str(&text, summary + strspn(summary, " \t\r\n"));
	secret_redact_whole(&text);
	added = n && summaries_add(&s->summaries, buf_str(&text), paths, n);
	free(paths);
	return added ? remember_summaries(s, e) : ERR_OK;
}

/* ---- when ---- */

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

/* Whether to commit what nobody asked to commit; otherwise the report says what it waits for. */
static bool is_due(struct git_side *s, const struct side_publish *request, size_t waiting)
{
	struct side_context *c = s->side.context;
	int64_t now = clock_monotonic_ms(), quiet, limit, rest;

	if (c->mapping->commit == CONFIG_COMMIT_MANUAL) {
		report_waiting(c->report, waiting, "%zu change%s for 'nbsync commit %s -m SUMMARY'",
			       waiting, waiting == 1 ? " waits" : "s wait", c->mapping->name);
		return false;
	}
	start_clock(s, now);
	quiet = s->changed_ms + c->mapping->commit_quiet_ms;
	limit = s->waiting_since_ms + c->mapping->commit_max_wait_ms;
	rest = (quiet < limit ? quiet : limit) - now;
	if (request->commit || request->hurry || rest <= 0)
		return true;
	report_wake(c->report, rest);
	report_waiting(c->report, waiting, "%zu change%s will be committed in %" PRId64 " s",
		       waiting, waiting == 1 ? "" : "s", (rest + 999) / 1000);
	return false;
}

/* ---- units ---- */

static void waiting_release(struct waiting *w)
{
	for (size_t i = 0; i < w->unit_count; i++)
		free(w->keys[i]);
	free(w->keys);
	free(w->units);
	free(w->parts);
	free(w->rows);
}

/* Key is the caller's to give away. */
static size_t add_unit(struct waiting *w, char *key, size_t part)
{
	w->keys[w->unit_count] = key;
	w->units[w->unit_count] = (struct refusal_unit){ .key = key };
	w->parts[w->unit_count] = part;
	return w->unit_count++;
}

/* The other path of a rename, which goes to the branch together with this one; NULL. */
static const struct row *follows(const struct row *row)
{
	const struct row *to = row->rename.to;

	return to && changes_branch(to) && row->todo.action[SIDE_GIT] == PLAN_DELETE ? to : NULL;
}

static size_t unit_of_row(const struct waiting *w, const struct row *row)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->rows[i].row == row)
			return w->rows[i].unit;
	return SIZE_MAX;
}

/* Takes the content of a row, and what its plan is, into the stamp of its unit. */
static void stamp_row(struct refusal_unit *unit, const struct row *row)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	char stamp[OID_HEX], blob[OID_HEX];

	oid_hex(&unit->stamp, stamp);
	oid_hex(&row->agreed.blob, blob);
	buf_addf(&text, "%s %d %s %d %d %s", stamp, (int)row->todo.action[SIDE_GIT], blob,
		 (int)row->agreed.language, (int)row->agreed.kind, row->path);
	hub_hash(buf_str(&text), text.len, &unit->stamp);
}

/* And who commits it, with what text. */
static void stamp_units(const struct git_side *s, struct waiting *w)
{
	const struct config_mapping *m = s->side.context->mapping;

	for (size_t i = 0; i < w->unit_count; i++) {
		cleanup_free char *text = xasprintf(
			"%s <%s> %s", m->author_name, m->author_email ? m->author_email : "",
			w->parts[i] < s->summaries.count ? s->summaries.items[w->parts[i]].text
							 : "");

		hub_hash(text, strlen(text), &w->units[i].stamp);
	}
	for (size_t i = 0; i < w->count; i++)
		stamp_row(&w->units[w->rows[i].unit], w->rows[i].row);
}

/* One for each that something of what waits belongs to, in their order. */
static void add_units_of_summaries(const struct git_side *s, struct waiting *w)
{
	for (size_t p = 0; p < s->summaries.count; p++) {
		size_t unit = SIZE_MAX;

		for (size_t i = 0; i < w->count; i++) {
			if (w->rows[i].part != p)
				continue;
			if (unit == SIZE_MAX)
				unit = add_unit(w, xasprintf("/%u", s->summaries.items[p].number),
						p);
			w->rows[i].unit = unit;
		}
	}
}

/* Which rows wait, in which commit each of them goes, and what the units are: summaries first, then
 * by path. due: also what nobody asked to commit. */
static void collect(const struct git_side *s, struct waiting *w, struct row **rows, size_t count,
		    bool due)
{
	size_t parts = s->summaries.count, room = parts + count;

	*w = (struct waiting){ .rows = xcalloc(count, sizeof(*w->rows)),
			       .units = xcalloc(room, sizeof(*w->units)),
			       .keys = xcalloc(room, sizeof(*w->keys)),
			       .parts = xcalloc(room, sizeof(*w->parts)) };
	for (size_t i = 0; i < count; i++) {
		size_t part = summaries_find(&s->summaries, rows[i]->path);

		if (!changes_branch(rows[i]) || (part == SUMMARY_NONE && !due))
			continue;
		part = part == SUMMARY_NONE ? parts : part;
		w->rows[w->count++] = (struct draft_row){ rows[i], part, SIZE_MAX };
	}
	add_units_of_summaries(s, w);
	for (size_t i = 0; i < w->count; i++)
		if (w->rows[i].part == parts && !follows(w->rows[i].row))
			w->rows[i].unit = add_unit(w, xstrdup(w->rows[i].row->path), parts);
	for (size_t i = 0; i < w->count; i++) {
		struct draft_row *one = &w->rows[i];

		if (one->unit == SIZE_MAX)
			one->unit = unit_of_row(w, follows(one->row));
		if (one->unit == SIZE_MAX)
			one->unit = add_unit(w, xstrdup(one->row->path), parts);
	}
	stamp_units(s, w);
}

/* ---- what is refused ---- */

/* "'etl/load'", "commit 'Load orders' of 3 notebooks", or "5 changes". Owned. */
static char *describe(const struct git_side *s, const struct waiting *w)
{
	const struct refusal_unit *only = NULL;
	size_t units = 0, rows = 0, part = 0;

	for (size_t i = 0; i < w->count; i++)
		rows += w->units[w->rows[i].unit].until_ms != 0;
	for (size_t i = 0; i < w->unit_count; i++)
		if (w->units[i].until_ms) {
			units++;
			only = &w->units[i];
			part = w->parts[i];
		}
	if (units == 1 && part < s->summaries.count && *s->summaries.items[part].text) {
		const char *text = s->summaries.items[part].text;
		cleanup_free char *line = xstrndup(text, strcspn(text, "\n"));
		cleanup_free char *subject = xstrndup(line, path_cut(line, SUBJECT_MAX));

		return xasprintf("commit '%s' of %zu change%s", subject, rows,
				 rows == 1 ? "" : "s");
	}
	if (units == 1 && part == s->summaries.count)
		return xasprintf("'%s'", only->key);
	return xasprintf("%zu change%s", rows, rows == 1 ? "" : "s");
}

static const char *const until_then =
	"nbsync pushes it again when it changed, or when 'nbsync commit' or 'nbsync sync' asks";

/* Something else was taken, so it is about these notebooks. */
static void hold_units(struct git_side *s, const struct waiting *w)
{
	struct side_context *c = s->side.context;

	for (size_t i = 0; i < w->count; i++) {
		const struct refusal_unit *unit = &w->units[w->rows[i].unit];
		cleanup_free char *sentence = NULL;
		const char *words = unit->words ? unit->words : "";

		if (!unit->until_ms)
			continue;
		sentence = xasprintf("the Git server refused it: %.*s; %s",
				     (int)path_cut(words, WORDS_MAX), words, until_then);
		report_held(c->report, w->rows[i].row->path, SIDE_GIT, HOLD_REFUSED, sentence);
	}
}

/* Says what waits because the server refused it; ERR_CONFIG when it took nothing at all. */
static int report_refused(struct git_side *s, const struct waiting *w, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *what = NULL;
	const char *words = NULL;
	int64_t soonest = INT64_MAX, now = clock_monotonic_ms();

	for (size_t i = 0; i < w->unit_count; i++)
		if (w->units[i].until_ms) {
			words = w->units[i].words;
			if (w->units[i].until_ms < soonest)
				soonest = w->units[i].until_ms;
		}
	if (soonest == INT64_MAX)
		return ERR_OK;
	report_wake(c->report, soonest > now ? soonest - now : 0);
	if (s->refusals.taken) {
		hold_units(s, w);
		return ERR_OK;
	}
	what = describe(s, w);
	words = words ? words : "it does not say why";
	return err_set(e, ERR_CONFIG, "the Git server refused %s: %.*s; %s", what,
		       (int)path_cut(words, WORDS_MAX), words, until_then);
}

/* Whoever says it anew takes the place of what the server refused. */
static int mark_refused(struct git_side *s, const struct waiting *w, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < w->unit_count; i++) {
		struct summary *said = w->parts[i] < s->summaries.count
					       ? &s->summaries.items[w->parts[i]]
					       : NULL;

		if (!said || said->refused || !w->units[i].until_ms)
			continue;
		said->refused = true;
		any = true;
	}
	return any ? remember_summaries(s, e) : ERR_OK;
}

/* ---- publishing ---- */

static bool within_budget(struct git_side *s, const struct waiting *w)
{
	struct side_context *c = s->side.context;
	int64_t rest = push_rest_ms(s, clock_monotonic_ms());

	if (!rest)
		return true;
	report_wake(c->report, rest);
	report_waiting(c->report, w->count,
		       "%zu change%s to be pushed in %" PRId64
		       " s, since there are at most %zu pushes a minute",
		       w->count, w->count == 1 ? " waits" : "s wait", (rest + 999) / 1000,
		       ARRAY_SIZE(s->pushes_ms));
	return false;
}

/* Pushes until nothing is left that may be pushed now. */
static int push_all(struct git_side *s, struct row **rows, size_t count, bool due, struct err *e)
{
	enum push_end end = PUSH_DONE;
	struct waiting w;
	int r = ERR_OK;

	for (;;) {
		bool any;

		collect(s, &w, rows, count, due);
		any = refusals_choose(&s->refusals, w.units, w.unit_count, clock_monotonic_ms());
		r = mark_refused(s, &w, e);
		if (r || !any || !within_budget(s, &w) || (r = push_chosen(s, &w, &end, e)) ||
		    end == PUSH_LATE)
			break;
		waiting_release(&w);
	}
	if (!r)
		r = report_refused(s, &w, e);
	waiting_release(&w);
	return r;
}

/* There are no drafts: our branch is where the remote's is. */
static int follow_tip(struct git_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *ref = git_head(c);
	struct oid head;
	int r = hub_ref_get(c->hub, ref, &head, e);

	s->waiting_since_ms = s->changed_ms = 0;
	if (r == ERR_ABSENT)
		return ERR_OK;
	if (r || oid_is_zero(&s->tip) || oid_equal(&head, &s->tip))
		return r;
	return remember_move_head(s, ref, &head, &s->tip, "nbsync: nothing waits", e);
}

static int publish_rows(struct git_side *s, const struct side_publish *request, struct row **rows,
			size_t count, struct err *e)
{
	struct side_context *c = s->side.context;
	bool manual = c->mapping->commit == CONFIG_COMMIT_MANUAL;
	size_t rest = 0;
	bool due;
	int r;

	if (request->commit && (request->summary || manual) &&
	    (r = note_summary(s, request, rows, count, e)))
		return r;
	if ((r = git_attributes_settle(c, &s->attributes, rows, count, e)))
		return r;
	if (count_waiting(rows, count) &&
	    (r = config_author_email(c->mapping, &(const char *){ NULL }, e)))
		return r;
	for (size_t i = 0; i < count; i++)
		rest += changes_branch(rows[i]) &&
			summaries_find(&s->summaries, rows[i]->path) == SUMMARY_NONE;
	due = rest && is_due(s, request, rest);
	r = push_all(s, rows, count, due, e);
	rest = count_waiting(rows, count);
	if (!rest)
		s->waiting_since_ms = s->changed_ms = 0;
	c->report->waiting.paths = rest;
	if (rest && !c->report->waiting.sentence)
		report_waiting(c->report, rest, "%zu change%s not pushed yet", rest,
			       rest == 1 ? " is" : "s are");
	return r;
}

int git_publish(struct side *side, const struct side_publish *request, struct err *e)
{
	struct git_side *s = (struct git_side *)side;
	struct side_context *c = side->context;
	struct row **rows;
	size_t count;
	int r;

	s->workspace_seen = request->workspace_seen;
	if ((r = remember_load(s, e)) || (!request->away && (r = push_forget_settled(s, e))))
		return r;
	rows = table_listed_sorted(&c->table, &count);
	if (request->away) {
		r = request->commit && request->summary ? note_summary(s, request, rows, count, e)
							: ERR_OK;
	} else if (count_waiting(rows, count)) {
		r = publish_rows(s, request, rows, count, e);
	} else {
		refusals_release(&s->refusals);
		r = follow_tip(s, e);
	}
	free(rows);
	return r || request->away ? r : git_place_deal(s, e);
}
