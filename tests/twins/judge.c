/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be true once nothing is left to do, whatever happened before:
 *   - all places have the same notebooks
 *   - what one place alone touched is everywhere as that place had it, with no copy of a clash and
 *     nothing held; where each place had a cell, it has its last text everywhere
 *   - no text that nobody took away is gone from sight
 *   - the branch has no merges
 *   - every version that a cycle saw, or displaced, is reachable in a hub (world_check())
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/twins/twins.h"
#include "tests/world/files.h"

const char *twins_ignored[TWINS_IGNORED];

void twins_wrong(struct twins *t, const char *fmt, ...)
{
	va_list ap;

	if (t->wrong)
		return;
	va_start(ap, fmt);
	t->wrong = xvasprintf(fmt, ap);
	va_end(ap);
	for (size_t i = 0; t->wrong && i < TWINS_IGNORED; i++) {
		if (!twins_ignored[i] || !strstr(t->wrong, twins_ignored[i]))
			continue;
		free(t->wrong);
		t->wrong = NULL;
	}
}

/* ---- what stands ---- */

/* On one line; owned. */
static char *told(const char *text)
{
	struct buf out = BUF_UNBOUNDED;

	for (; text && (text = strstr(text, "tok")); text += 3)
		buf_addf(&out, " %.7s", text);
	return buf_steal(&out, NULL);
}

static void expect(struct twins *t, unsigned lane, unsigned name, const char *text)
{
	for (unsigned p = 0; p < PLACES; p++) {
		cleanup_free char *found = place_read(t, (enum place)p, lane, name);
		cleanup_free char *is = told(found), *should = told(text);
		cleanup_free char *file = lane_file(lane, name);

		if (world_texts_alike(found, text))
			continue;
		twins_wrong(t, "'%s' of %s is%s, not%s", file, place_names[p],
			    found ? is : " nothing", text ? should : " nothing");
	}
}

static void expect_same(struct twins *t, unsigned lane)
{
	for (unsigned name = 0; name < NAMES; name++) {
		cleanup_free char *text = place_read(t, PLACE_A, lane, name);

		expect(t, lane, name, text);
	}
}

static void expect_cells(struct twins *t, unsigned lane)
{
	cleanup_free char *text = place_read(t, PLACE_A, lane, 0);
	cleanup_free char *is = told(text);

	expect_same(t, lane);
	for (unsigned p = 0; p < PLACES; p++) {
		char token[16];

		snprintf(token, sizeof(token), "tok%04u", t->lanes[lane].last[p]);
		if (!text || !strstr(text, token))
			twins_wrong(t, "'d/n%02u.py' is%s, without %s of %s", lane, is, token,
				    place_names[p]);
	}
}

/* ---- copies and holds ---- */

static bool is_of(const char *path, unsigned lane)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	return (base[0] == 'n' || base[0] == 'm') && strtoul(base + 1, NULL, 10) == lane;
}

static void expect_peace(struct twins *t, unsigned lane)
{
	for (unsigned i = 0; i < MACHINES; i++) {
		const struct world *w = t->machines[i];
		cleanup_free char *dir = xasprintf("%s/d", w->local);
		const struct report_paths *held = &w->report.held;
		char **names = files_names(dir);

		for (char **name = names; *name; name++)
			if (strstr(*name, ".conflict-") && is_of(*name, lane))
				twins_wrong(t, "%s has a copy of a clash of lane %u",
					    place_names[i], lane);
		files_names_free(names);
		for (size_t n = 0; n < held->count; n++)
			if (is_of(held->items[n].path, lane))
				twins_wrong(t, "%s holds lane %u: %s", place_names[i], lane,
					    held->items[n].sentence);
	}
}

/* ---- nothing lost ---- */

static void see(void *payload, unsigned token)
{
	bool *seen = payload;

	seen[token] = true;
}

/* Of whatever has the name of a notebook, copies of clashes among them. */
static void see_all(struct twins *t, unsigned place, bool *seen)
{
	cleanup_free char *all = world_snapshot(place_world(t, (enum place)place));

	each_token(all, see, seen);
}

static void check_tokens(struct twins *t)
{
	bool *seen = xcalloc(TOKENS, sizeof(*seen));

	see_all(t, PLACE_A, seen);
	see_all(t, PLACE_B, seen);
	for (unsigned i = 0; i < TOKENS; i++)
		if (t->known[i] && !t->taken[i] && !seen[i])
			twins_wrong(t, "'tok%04u' is gone, and nobody took it away", i);
	free(seen);
}

static void check_machines(struct twins *t)
{
	for (unsigned i = 0; i < MACHINES; i++) {
		const struct report *r = &t->machines[i]->report;

		if (r->code)
			twins_wrong(t, "the cycle of %s failed: %s", place_names[i], r->sentence);
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			if (r->side[s].held)
				twins_wrong(t, "%s holds the %s side: %s", place_names[i],
					    side_names[s], r->side[s].sentence);
	}
}

void twins_judge(struct twins *t)
{
	check_machines(t);
	for (unsigned lane = 0; lane < LANES; lane++) {
		const struct lane *l = &t->lanes[lane];
		enum law law = lane_law(lane);

		if (law != LAW_WILD)
			expect_peace(t, lane);
		if (law == LAW_WILD)
			expect_same(t, lane);
		else if (law == LAW_CELLS)
			expect_cells(t, lane);
		for (unsigned name = 0; law <= LAW_MOVED && name < NAMES; name++)
			expect(t, lane, name, l->name == name ? l->text : NULL);
	}
	if (str_eq(t->program->conflict, "keep-both"))
		check_tokens(t);
}

/* ---- the end ---- */

static void expect_linear(struct twins *t)
{
	if (world_merges(t->machines[0]))
		twins_wrong(t, "there are merges on the branch");
}

static void expect_idle_after_restart(struct twins *t, unsigned i)
{
	struct world *w = t->machines[i];
	cleanup_free char *marks = world_marks(w, true), *moved = NULL;

	world_reopen(w);
	if (!world_report_idle(world_cycle(w, true, false)))
		twins_wrong(t, "after a restart %s has something to do", place_names[i]);
	moved = world_moved(w, marks, true);
	if (moved)
		twins_wrong(t, "after a restart of %s %s", place_names[i], moved);
}

void twins_judge_end(struct twins *t)
{
	cleanup_free char *lost = NULL;

	expect_linear(t);
	for (unsigned i = 0; i < MACHINES && !t->wrong; i++)
		expect_idle_after_restart(t, i);
	lost = t->wrong ? NULL : world_check(t->machines[0]);
	if (lost)
		twins_wrong(t, "%s", lost);
}
