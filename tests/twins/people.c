/* SPDX-License-Identifier: Apache-2.0 */
/* What people do. Each of them sees one place and knows nothing of nbsync: reads a notebook there,
 * writes another one. What they took away of what they saw is noted. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/source_text.h"
#include "tests/twins/twins.h"

#define HISTORY 4 /* versions back that somebody may look for */

struct world *place_world(const struct twins *t, enum place p)
{
	return t->machines[p == PLACE_B ? 1 : 0];
}

enum side_id place_side(enum place p)
{
	static const enum side_id sides[PLACES] = { SIDE_LOCAL, SIDE_LOCAL, SIDE_WORKSPACE,
						    SIDE_GIT };

	return sides[p];
}

char *lane_file(unsigned lane, unsigned name)
{
	return xasprintf("d/%c%02u.py", name ? 'm' : 'n', lane);
}

char *place_read(const struct twins *t, enum place p, unsigned lane, unsigned name)
{
	cleanup_free char *file = lane_file(lane, name);

	return world_read(place_world(t, p), place_side(p), file);
}

void each_token(const char *text, void (*fn)(void *payload, unsigned token), void *payload)
{
	while ((text = strstr(text, "tok"))) {
		unsigned token = (unsigned)strtoul(text + 3, NULL, 10);

		if (token < TOKENS)
			fn(payload, token);
		text += 3;
	}
}

void lane_release(struct lane *l)
{
	for (size_t i = 0; i < l->past_count; i++)
		free(l->past[i]);
	free(l->past);
	free(l->text);
}

/* ---- tokens ---- */

static void know(void *payload, unsigned token)
{
	struct twins *t = payload;

	t->known[token] = true;
}

struct replacing {
	struct twins *t;
	const char *new;
};

static void take(void *payload, unsigned token)
{
	struct replacing *r = payload;
	char text[16];

	snprintf(text, sizeof(text), "tok%04u", token);
	if (!r->new || !strstr(r->new, text))
		r->t->taken[token] = true;
}

static void note_replaced(struct twins *t, const char *old, const char *new)
{
	struct replacing r = { t, new };

	if (old)
		each_token(old, take, &r);
	if (new)
		each_token(new, know, t);
}

/* ---- writing ---- */

static void hint(struct twins *t, enum place p, unsigned lane, unsigned name)
{
	if (p > PLACE_B)
		return;
	t->hints[p] = array_grow(t->hints[p], t->hint_count[p], &t->hint_cap[p],
				 sizeof(*t->hints[p]));
	t->hints[p][t->hint_count[p]++] = lane_file(lane, name);
}

static void remember(struct lane *l, const char *text)
{
	l->past = array_grow(l->past, l->past_count, &l->past_cap, sizeof(*l->past));
	l->past[l->past_count++] = xstrdup(text);
}

static void put(struct twins *t, const struct step *s, unsigned name, const char *text)
{
	cleanup_free char *file = lane_file(s->lane, name);
	struct lane *l = &t->lanes[s->lane];

	world_write(place_world(t, s->place), place_side(s->place), file, text);
	hint(t, s->place, s->lane, name);
	remember(l, text);
	free(l->text);
	l->text = xstrdup(text);
	l->name = name;
}

/* Of nothing that another lane has, or a new notebook would be an old one renamed and edited. */
static char *fresh(unsigned lane, uint16_t token)
{
	char lines[3][24];

	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
		snprintf(lines[i], sizeof(lines[i]), "%08x%08x", (lane * 3 + i + 1) * 2654435761u,
			 (lane * 3 + i + 1) * 2246822519u);
	return xasprintf(PY "tok%04u" SEP "%s" SEP "%s" SEP "%s\n", token, lines[0], lines[1],
			 lines[2]);
}

void twins_begin(struct twins *t)
{
	for (unsigned lane = 0; lane < LANES; lane++) {
		struct step s = { .lane = (uint8_t)lane, .place = PLACE_A };
		unsigned token = lane * CELLS;
		cleanup_free char *text = xasprintf(PY "tok%04u" SEP "tok%04u" SEP "tok%04u" SEP
						       "tok%04u\n",
						    token, token + 1, token + 2, token + 3);

		for (unsigned p = 0; p < PLACES; p++)
			t->lanes[lane].last[p] = (uint16_t)(token + p);
		put(t, &s, 0, text);
		note_replaced(t, NULL, text);
	}
}

/* ---- one notebook ---- */

/* The n-th cell of a text with another token; owned. */
static char *with_token(const char *text, unsigned cell, uint16_t token)
{
	const char *from = text + strlen(PY), *to;

	for (; cell && (to = strstr(from, SEP)); cell--)
		from = to + strlen(SEP);
	to = strchrnul(from, '\n');
	return xasprintf("%.*stok%04u%s", (int)(from - text), text, token, to);
}

static void do_edit(struct twins *t, const struct step *s, unsigned name, const char *old)
{
	bool own = lane_law(s->lane) == LAW_CELLS;
	cleanup_free char *text = with_token(old, own ? s->place : s->cell, s->token);

	put(t, s, name, text);
	note_replaced(t, old, text);
	t->lanes[s->lane].last[s->place] = s->token;
}

static void do_restore(struct twins *t, const struct step *s, unsigned name, const char *old)
{
	const struct lane *l = &t->lanes[s->lane];
	size_t back = 2 + s->cell % HISTORY;
	cleanup_free char *text = NULL;

	if (back > l->past_count)
		return;
	text = xstrdup(l->past[l->past_count - back]);
	put(t, s, name, text);
	note_replaced(t, old, text);
}

static void do_rename(struct twins *t, const struct step *s, unsigned name, const char *other)
{
	cleanup_free char *from = lane_file(s->lane, name), *to = lane_file(s->lane, !name);

	if (other)
		return;
	world_rename(place_world(t, s->place), place_side(s->place), from, to);
	hint(t, s->place, s->lane, name);
	hint(t, s->place, s->lane, !name);
	t->lanes[s->lane].name = !name;
}

static void do_delete(struct twins *t, const struct step *s, unsigned name, const char *old)
{
	cleanup_free char *file = lane_file(s->lane, name);

	world_delete(place_world(t, s->place), place_side(s->place), file);
	hint(t, s->place, s->lane, name);
	note_replaced(t, old, NULL);
	free(t->lanes[s->lane].text);
	t->lanes[s->lane].text = NULL;
}

static void do_make(struct twins *t, const struct step *s)
{
	cleanup_free char *text = fresh(s->lane, s->token);

	put(t, s, 0, text);
	note_replaced(t, NULL, text);
}

/* Whoever works alone finds what they left. */
static void expect_own(struct twins *t, const struct step *s, char *const found[NAMES])
{
	const struct lane *l = &t->lanes[s->lane];

	if (lane_law(s->lane) > LAW_MOVED)
		return;
	for (unsigned name = 0; name < NAMES; name++) {
		const char *left = l->text && l->name == name ? l->text : NULL;

		if (!world_texts_alike(found[name], left))
			twins_wrong(t, "who works alone in lane %u finds something else there",
				    s->lane);
	}
}

void twins_do(struct twins *t, const struct step *s)
{
	char *found[NAMES] = { place_read(t, s->place, s->lane, 0),
			       place_read(t, s->place, s->lane, 1) };
	unsigned name = found[0] ? 0 : 1;
	const char *old = found[name];

	expect_own(t, s, found);
	if (!old && (s->verb == VERB_DELETE || s->verb == VERB_EDIT))
		do_make(t, s);
	else if (old && s->verb == VERB_EDIT)
		do_edit(t, s, name, old);
	else if (old && s->verb == VERB_RESTORE)
		do_restore(t, s, name, old);
	else if (old && s->verb == VERB_RENAME)
		do_rename(t, s, name, found[!name]);
	else if (old && s->verb == VERB_DELETE)
		do_delete(t, s, name, old);
	free(found[0]);
	free(found[1]);
}
