/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be true once nothing is left to do, whatever happened before:
 *   - each notebook that nothing holds is the same on all sides, as far as their formats can tell
 *   - what one side alone touched ended everywhere as that side had it; what nobody touched, as it was
 *   - no text that nobody took away is gone from sight
 *   - copies of clashes stand only where two sides could clash
 *   - what does not belong to the mapping, and what nobody touched, has the bytes it had
 *   - every version that a cycle saw, or displaced, is reachable in the hub (world_check())
 */

#include <stdlib.h>
#include <string.h>

#include "filter/names.h"
#include "path/path.h"
#include "tests/model/model.h"

#define TRIES 20 /* cycles until nothing is left to do */

const char *model_ignored[MODEL_IGNORED];

void model_wrong(struct model *m, const char *fmt, ...)
{
	va_list ap;

	if (m->wrong)
		return;
	va_start(ap, fmt);
	m->wrong = xvasprintf(fmt, ap);
	va_end(ap);
	for (size_t i = 0; m->wrong && i < MODEL_IGNORED; i++) {
		if (!model_ignored[i] || !strstr(m->wrong, model_ignored[i]))
			continue;
		free(m->wrong);
		m->wrong = NULL;
	}
}

/* ---- where a notebook is ---- */

bool model_locate(const char *stem, unsigned *lane, unsigned *index)
{
	if (stem[0] != 'l' || strlen(stem) < 5 || stem[3] != '/')
		return false;
	*lane = (unsigned)strtoul(stem + 1, NULL, 10);
	for (*index = 0; *index < STEMS; ++*index)
		if (str_eq(stem + 4, stem_names[*index]))
			return *lane < STEPS_LANES;
	return false;
}

static bool is_broken(const struct model *m, const struct sight *s)
{
	unsigned lane, index;

	return s->kind == SIGHT_BROKEN ||
	       (model_locate(s->stem, &lane, &index) && m->broken[s->side][lane][index].is);
}

/* ---- versions ---- */

static void note(struct model *m, const struct sight *s)
{
	struct world *w = m->w;

	if (s->kind != SIGHT_NOTEBOOK || is_broken(m, s))
		return;
	/* Of this one the hub has the outputs only once a cycle is about to displace it (law.c). */
	if (s->side == SIDE_WORKSPACE && s->format == NOTEBOOK_IPYNB)
		return;
	w->versions = array_grow(w->versions, w->version_count, &w->version_cap,
				 sizeof(*w->versions));
	w->versions[w->version_count++] =
		(struct world_version){ .side = s->side, .id = s->raw, .path = xstrdup(s->file) };
}

/* Whether somebody will act there between two requests, which may be before the look: what stands there
 * until then is theirs to replace unseen. */
static bool may_go_unseen(const struct model *m, unsigned side, unsigned lane)
{
	for (size_t i = 0; i < m->waiting_count; i++) {
		const struct step *s = m->waiting[i];

		if (s && s->during == PHASE_REQUEST && s->side == side && s->lane == lane)
			return true;
	}
	return false;
}

void model_note_news(struct model *m)
{
	for (unsigned side = 0; side < SIDE_COUNT; side++) {
		for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
			for (unsigned index = 0; index < STEMS; index++) {
				cleanup_free char *stem = NULL;
				struct sight s;

				if (!m->news[side][lane][index] || may_go_unseen(m, side, lane))
					continue;
				m->news[side][lane][index] = false;
				stem = model_stem(lane, index);
				if (model_find(m, (enum side_id)side, stem, &s))
					note(m, &s);
				sight_release(&s);
			}
		}
	}
}

static bool same(const struct sight *a, const struct sight *b)
{
	return (!a && !b) || (a && b && oid_equal(&a->cells, &b->cells));
}

/* Whether what a side holds at a path is left alone for a reason that the names give: they differ in
 * case only, or a notebook is called as a folder. */
static bool is_held(struct model *m, enum side_id side, const char *stem)
{
	const struct report_paths *held = &m->w->report.held;

	for (size_t i = 0; i < held->count; i++) {
		const struct report_path *p = &held->items[i];

		if (!str_eq(p->path, stem))
			continue;
		if (strstr(p->sentence, "differ only in case") || str_eq(p->side, side_names[side]))
			return true;
	}
	return false;
}

static bool holds_something(const struct model *m, unsigned lane)
{
	cleanup_free char *folder = xasprintf("l%02u/", lane);
	const struct report_paths *held = &m->w->report.held;

	for (size_t i = 0; i < held->count; i++)
		if (str_starts(held->items[i].path, folder))
			return true;
	return false;
}

static void check_holds(struct model *m)
{
	const struct report_paths *held = &m->w->report.held;

	for (size_t i = 0; i < held->count; i++) {
		const struct report_path *p = &held->items[i];
		bool by_name = strstr(p->path, "/sub") || str_ends(p->path, "/B") ||
			       str_ends(p->path, "/b");
		unsigned lane, index;

		/* Two sides gave it two languages, and so two files. */
		bool two_files = model_locate(p->path, &lane, &index) &&
				 m->contested[lane][index] &&
				 strstr(p->sentence, "would be one notebook");

		if (!two_files &&
		    (!by_name || (!str_eq(p->reason, "collision") && !str_eq(p->reason, "kind"))))
			model_wrong(m, "'%s' of the %s side is held: %s", p->path, p->side,
				    p->sentence);
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (m->w->report.side[s].held)
			model_wrong(m, "the %s side is held: %s", side_names[s],
				    m->w->report.side[s].sentence);
	if (m->w->report.code)
		model_wrong(m, "the cycle failed: %s", m->w->report.sentence);
}

/* ---- one notebook on all sides ---- */

/* The side that the others must agree with; SIDE_COUNT: none. */
static enum side_id measure(const struct model *m)
{
	enum side_id side = 0;

	if (m->setup->source >= 0)
		return (enum side_id)m->setup->source;
	while (m->setup->options.without[side])
		side++;
	return side;
}

static void check_agreement(struct model *m, const struct sights *now, const char *stem)
{
	enum side_id first = measure(m);
	const struct sight *a;

	while (first < SIDE_COUNT && (m->setup->options.without[first] || is_held(m, first, stem)))
		first++;
	a = first < SIDE_COUNT ? sights_find(now, first, stem) : NULL;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct sight *b = sights_find(now, s, stem);
		cleanup_free char *one = sight_told(a), *other = sight_told(b);

		if (m->setup->options.without[s] || is_held(m, s, stem))
			continue;
		/* What only a target has was never ours. */
		if (first < SIDE_COUNT && !same(a, b) && !(m->setup->source >= 0 && !a))
			model_wrong(m, "'%s' is %s on the %s side and %s on the %s side", stem, one,
				    side_names[first], other, side_names[s]);
		for (enum side_id t = 0; b && t < s; t++)
			if (!m->setup->options.without[t] && !is_held(m, t, stem) &&
			    sights_find(now, t, stem))
				marks_agree(m, sights_find(now, t, stem), b);
	}
}

static bool one_bit(unsigned mask)
{
	return mask && !(mask & (mask - 1));
}

/* The only side that has touched it, or could have by a rename; SIDE_COUNT: none or several. */
static enum side_id only_writer(const struct model *m, unsigned lane, unsigned index)
{
	unsigned mask = m->touched[lane][index], all = 0;

	for (unsigned i = 0; i < STEMS; i++)
		all |= m->touched[lane][i];
	if (m->moved[lane] && !one_bit(all))
		return SIDE_COUNT;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (mask == 1u << s)
			return s;
	return SIDE_COUNT;
}

static bool is_contested(const struct model *m, unsigned lane, unsigned index)
{
	unsigned mask = m->touched[lane][index], all = 0;

	for (unsigned i = 0; i < STEMS; i++)
		all |= m->touched[lane][i];
	return m->moved[lane] ? all && !one_bit(all) : mask && !one_bit(mask);
}

static void check_writer(struct model *m, const struct sights *before, const struct sights *now,
			 unsigned lane, unsigned index)
{
	cleanup_free char *stem = model_stem(lane, index);
	enum side_id writer = only_writer(m, lane, index);
	bool still = !m->touched[lane][index] && !m->moved[lane];
	const struct sight *a, *b;

	if (still)
		writer = measure(m);
	if (writer == SIDE_COUNT || is_held(m, writer, stem) ||
	    (m->setup->source >= 0 && (int)writer != m->setup->source))
		return;
	a = sights_find(before, writer, stem);
	b = sights_find(now, writer, stem);
	/* What was written, and nobody heard of it, counts as an edit, which beats a deletion. */
	if (!same(a, b) && (a || !m->disturbed[lane])) {
		cleanup_free char *was = sight_told(a), *is = sight_told(b);

		model_wrong(m, "'%s' was %s where the %s side alone touched it, and is %s now",
			    stem, was, side_names[writer], is);
	}
	if (a && b)
		marks_stay(m, a, b);
}

static void check_lanes(struct model *m, const struct sights *before, const struct sights *now)
{
	for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
		/* A name that is held keeps what it was renamed from as it is, too. */
		bool bound = m->ever_moved[lane] && holds_something(m, lane);

		for (unsigned index = 0; index < STEMS && !bound; index++) {
			cleanup_free char *stem = model_stem(lane, index);

			check_agreement(m, now, stem);
			check_writer(m, before, now, lane, index);
		}
	}
}

/* ---- nothing lost, nothing made up ---- */

static void check_tokens(struct model *m, const struct sights *now)
{
	bool *seen = xcalloc(STEPS_TOKENS, sizeof(*seen));

	for (size_t i = 0; i < now->count; i++)
		for (size_t j = 0; j < now->items[i].nb.count; j++)
			seen[now->items[i].nb.cells[j].token] = true;
	for (unsigned i = 0; i < STEPS_TOKENS; i++)
		if (m->known[i] && !m->taken[i] && !seen[i])
			model_wrong(m, "'tok%04u' is gone, and nobody took it away", i);
	free(seen);
}

static void check_copies(struct model *m, const struct sights *now)
{
	enum side_id place = m->setup->options.without[SIDE_LOCAL] ? SIDE_WORKSPACE : SIDE_LOCAL;

	for (size_t i = 0; i < now->count; i++) {
		cleanup_free char *original = NULL;
		unsigned lane, index;

		if (now->items[i].kind != SIGHT_COPY ||
		    !names_is_conflict(now->items[i].stem, &original, NULL))
			continue;
		if (now->items[i].side != place)
			model_wrong(m, "'%s' has travelled to the %s side", now->items[i].file,
				    side_names[now->items[i].side]);
		if (!model_locate(original, &lane, &index) || !m->contested[lane][index])
			model_wrong(m, "'%s' is a copy of a clash that cannot have been",
				    now->items[i].file);
	}
}

/* ---- what nobody touches ---- */

static bool is_still(const struct sight *s)
{
	return str_starts(s->file, "still/") || s->file[0] == '/';
}

static void check_still(struct model *m, struct sights *now)
{
	size_t n = 0;

	for (size_t i = 0; i < now->count; i++) {
		const struct sight *s = &now->items[i];
		bool found = false;

		if (!is_still(s))
			continue;
		for (size_t j = 0; j < m->still.count; j++)
			found |= m->still.items[j].side == s->side &&
				 str_eq(m->still.items[j].file, s->file) &&
				 oid_equal(&m->still.items[j].raw, &s->raw);
		n++;
		if (!found)
			model_wrong(m, "'%s' of the %s side has other bytes than before", s->file,
				    side_names[s->side]);
	}
	if (n != m->still.count)
		model_wrong(m, "something that nobody touched is gone, or is new");
}

static void remember_still(struct model *m)
{
	struct sights all;

	model_look(m, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (!is_still(&all.items[i]))
			continue;
		m->still.items = array_grow(m->still.items, m->still.count, &m->still.cap,
					    sizeof(*m->still.items));
		m->still.items[m->still.count++] = all.items[i];
		all.items[i] = (struct sight){ 0 };
	}
	sights_release(&all);
}

/* ---- settling ---- */

static bool is_idle(struct model *m, const struct report *r, int64_t changes)
{
	return world_report_idle(r) && !(m->setup->manual && r->waiting.paths) &&
	       !cycle_unsettled(m->w->cycle) && !r->confirm && changes == world_changes(m->w);
}

/* Confirms what waits; false when this does not come to an end. */
static bool come_to_rest(struct model *m)
{
	for (unsigned i = 0; i < TRIES; i++) {
		int64_t changes = world_changes(m->w);
		struct cycle_request request = { .full = true, .hurry = true };
		/* What waits for a summary gets one. */
		bool waits = m->w->report.waiting.paths > 0;
		cleanup_free char *token = xstrdup(m->w->report.confirm);
		const struct report *r;

		request.confirm = token;
		request.commit = m->setup->manual && waits;
		request.summary = request.commit ? "Settle" : NULL;
		r = model_cycle(m, &request);
		if (is_idle(m, r, changes))
			return true;
	}
	return false;
}

static void check_all(struct model *m, const struct sights *before)
{
	struct sights now;

	check_holds(m);
	model_look(m, &now);
	check_lanes(m, before, &now);
	check_copies(m, &now);
	if (m->setup->keeps_both) {
		check_tokens(m, &now);
		marks_check(m, &now);
	}
	if (m->still.count)
		check_still(m, &now);
	else
		remember_still(m);
	sights_release(&now);
}

static void note_contests(struct model *m)
{
	for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
		m->ever_moved[lane] |= m->moved[lane] != 0;
		for (unsigned index = 0; index < STEMS; index++)
			m->contested[lane][index] |= is_contested(m, lane, index);
	}
}

/* Where something is held, it is not over yet. */
static void forget_touches(struct model *m)
{
	for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
		if (holds_something(m, lane))
			continue;
		memset(m->touched[lane], 0, sizeof(m->touched[lane]));
		m->moved[lane] = 0;
		m->disturbed[lane] = false;
	}
}

void model_settle(struct model *m)
{
	struct sights before;

	world_mend(m->w);
	m->faulty = m->hidden = false;
	model_repair_all(m);
	note_contests(m);
	model_look(m, &before);
	for (size_t i = 0; i < before.count; i++)
		note(m, &before.items[i]);
	if (!come_to_rest(m))
		model_wrong(m, "it does not come to rest");
	else
		check_all(m, &before);
	sights_release(&before);
	forget_touches(m);
}
