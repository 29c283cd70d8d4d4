/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mapping does when it has nothing else to do: it keeps its hub small.
 *
 *   cut     once a day, observations and agreed states older than "history" leave their chains, and
 *           outputs of notebooks leave those older than "history_outputs"
 *   drop    after a cut: what nothing leads to any more leaves the hub
 *   pack    whenever enough has gathered: loose objects and small packs become one
 *
 * Each reference moves by itself, from one whole chain to another, and the newest trees stay what they
 * are; so between any two steps, and in the middle of each, the mapping may be killed and remembers all
 * that it needs. What nothing leads to is dropped only if no row of the table names it either (a side's
 * version may be known by no reference yet), and if it did not come within the last day.
 *
 * When chains were last looked at stands in the file "tidied" of the state directory, and how long each
 * has been idle (history_cut.h). It is written first: a cut that fails, or takes too long, is tried again
 * tomorrow and not all day. Without it nothing is cut too early.
 */

#include "memory/maintain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "fs/fs.h"
#include "git/repack/maintain.h"
#include "log/log.h"

#define RECENT_S   (24 * 3600)
#define DAY_S      (24 * 3600)
#define WEEK_S     (7 * DAY_S)
#define STAMP_MAX  512 /* bytes: of the file "tidied", numbers of seconds */
#define IDLE_MAX_S ((int64_t)200 * 365 * DAY_S)

static bool tick(void *payload, size_t done, size_t total)
{
	const struct maintenance *m = payload;

	return m->tick(m->payload, done, total);
}

static bool tick_cut(void *payload)
{
	return tick(payload, 0, 0);
}

/* ---- when ---- */

/* What the file has of a chain, behind the time of the last look; nothing where it has no more. */
static void read_idle(char **at, struct history_idle *idle)
{
	idle->tip_s = strtoll(*at, at, 10);
	idle->idle_s = strtoll(*at, at, 10);
	if (idle->idle_s < 0 || idle->idle_s > IDLE_MAX_S)
		*idle = (struct history_idle){ 0 };
}

static void read_looks(struct maintenance *m, const char *path)
{
	cleanup_buf struct buf text = BUF_INIT(STAMP_MAX);
	char *at;

	m->looks.read = true;
	if (fs_load(path, STAMP_MAX, &text, NULL))
		return;
	at = (char *)(uintptr_t)buf_str(&text);
	m->looks.at_s = strtoll(at, &at, 10);
	read_idle(&at, &m->looks.agreed);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		read_idle(&at, &m->looks.seen[s]);
}

static int write_looks(const struct maintenance *m, const char *path, struct err *e)
{
	cleanup_buf struct buf text = BUF_INIT(STAMP_MAX);

	buf_addf(&text, "%" PRId64 " %" PRId64 " %" PRId64, m->looks.at_s, m->looks.agreed.tip_s,
		 m->looks.agreed.idle_s);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		buf_addf(&text, " %" PRId64 " %" PRId64, m->looks.seen[s].tip_s,
			 m->looks.seen[s].idle_s);
	buf_add_str(&text, "\n");
	return fs_store(path, buf_str(&text), text.len, 0600, e);
}

/* How long outputs are kept; 0: as long as what they belong to. */
static int64_t outputs_s(const struct config_mapping *m)
{
	bool shorter = !m->history_ms || m->history_outputs_ms < m->history_ms;

	return shorter ? m->history_outputs_ms / 1000 : 0;
}

enum due {
	NOT_YET,
	NOTE, /* the time, and nothing else */
	CUT,
};

/* Whether to look for something to cut: once a day. When the clock went back, or on by more than a week,
 * only the time is noted: it is believed when the next look agrees. */
static enum due cut_due(struct maintenance *m, const char *path, int64_t now_s)
{
	bool steady;

	if (!m->mapping->history_ms && !outputs_s(m->mapping))
		return NOT_YET;
	if (!m->looks.read)
		read_looks(m, path);
	if (now_s >= m->looks.at_s && now_s - m->looks.at_s < DAY_S)
		return NOT_YET;
	steady = m->looks.at_s > 0 && now_s > m->looks.at_s && now_s - m->looks.at_s <= WEEK_S;
	m->looks.at_s = now_s;
	return steady ? CUT : NOTE;
}

/* ---- cut ---- */

static int cut_chain(struct maintenance *m, const struct history_cut *shared, const char *kind,
		     const char *side, struct oid *tip, struct err *e)
{
	cleanup_free char *ref = xasprintf("refs/nbsync/%s%s", kind, side);
	struct history_cut cut = *shared;
	struct history_gone gone;
	int r;

	cut.ref = ref;
	r = history_cut(m->state->hub, &cut, tip, &gone, e);
	if (gone.removed)
		log_info("removed %zu states from '%s' that are older than the history is kept",
			 gone.removed, ref);
	if (gone.lean)
		log_info("removed the outputs of %zu states of '%s'", gone.lean, ref);
	m->waste |= gone.removed || gone.lean;
	return r;
}

static int cut_chains(struct maintenance *m, struct err *e)
{
	struct history_cut shared = { .now_s = m->looks.at_s,
				      .passed_s = DAY_S,
				      .idle = &m->looks.agreed,
				      .history_s = m->mapping->history_ms / 1000,
				      .outputs_s = outputs_s(m->mapping),
				      .tick = tick_cut,
				      .payload = m };
	int r = cut_chain(m, &shared, "agreed", "", &m->state->agreed, e);

	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++) {
		shared.idle = &m->looks.seen[s];
		shared.keeper = s == SIDE_GIT;
		/* The commits of the branch are not ours to change. */
		shared.outputs_s = s == SIDE_GIT ? 0 : outputs_s(m->mapping);
		r = cut_chain(m, &shared, "seen/", side_names[s], &m->state->seen[s], e);
	}
	return r;
}

static int cut(struct maintenance *m, struct err *e)
{
	cleanup_free char *path = xasprintf("%s/tidied", m->dir);
	enum due due = cut_due(m, path, clock_unix_ms() / 1000);
	int r;

	if (due == NOT_YET)
		return ERR_OK;
	if ((r = write_looks(m, path, e)) || due == NOTE)
		return r;
	r = cut_chains(m, e);
	return r ? r : write_looks(m, path, e);
}

/* ---- pack and drop ---- */

static void need(struct oid_set *needed, const struct oid *id)
{
	if (!oid_is_zero(id))
		oid_set_add(needed, id, NULL);
}

/* Whatever a row may ask the hub for before a reference names it. */
static void need_rows(struct maintenance *m, struct oid_set *needed)
{
	for (struct row *row = table_next(m->state->table, NULL); row;
	     row = table_next(m->state->table, row)) {
		need(needed, &row->agreed.blob);
		need(needed, &row->todo.agreed.blob);
		if (row->adopted)
			need(needed, &row->adopted->raw.blob);
		if (row->adopted)
			need(needed, &row->adopted->version.blob);
		for (enum side_id s = 0; s < SIDE_COUNT; s++) {
			need(needed, &row->base[s].blob);
			need(needed, &row->side[s].version.blob);
			need(needed, &row->side[s].raw);
		}
	}
}

static int repack(struct maintenance *m, bool drop, bool *more, struct err *e)
{
	struct oid_set needed = { 0 };
	struct repack_request request = {
		.drop = drop,
		.needed = &needed,
		.recent_s = RECENT_S,
		.is_record = history_is_record,
		.tick = tick,
		.payload = m,
	};
	int64_t started = clock_monotonic_ms();
	struct repack_result result;
	int r;

	if (drop)
		need_rows(m, &needed);
	r = hub_repack(m->state->hub, &request, &result, e);
	oid_set_release(&needed);
	*more = !r && result.more;
	if (!r && (result.packed || result.packs_removed || result.loose_removed))
		log_info("packed %zu objects of the hub in %.1f s; %zu packs and %zu loose objects "
			 "are gone",
			 result.packed, (double)(clock_monotonic_ms() - started) / 1000,
			 result.packs_removed, result.loose_removed);
	return r;
}

/* Nothing to count when nothing was written since the last time. */
static int pack(struct maintenance *m, bool busy, struct err *e)
{
	struct hub_usage usage;
	bool more = false;
	int r;

	if (m->packed && m->packed_writes == hub_writes(m->state->hub))
		return ERR_OK;
	if ((r = hub_usage(m->state->hub, &usage, e)))
		return r;
	if (hub_repack_due(&usage, busy))
		r = repack(m, false, &more, e);
	else if (busy)
		more = true; /* it may be due as soon as there is time */
	m->packed = !more;
	m->packed_writes = hub_writes(m->state->hub);
	return r;
}

/* ---- the whole ---- */

int maintain(struct maintenance *m, bool busy, struct err *e)
{
	int r;

	if (busy)
		return pack(m, true, e);
	if ((r = cut(m, e)))
		return r;
	if (m->waste) {
		m->waste = false;
		if ((r = repack(m, true, &m->waste, e)))
			return r;
	}
	return pack(m, false, e);
}
