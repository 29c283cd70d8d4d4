/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of two machines: as text, one line a step, and made at random. */

#include "tests/twins/program.h"

#include <stdlib.h>
#include <string.h>

#include "tests/world/program.h"

const char *const phase_names[PHASE_COUNT] = { "", "record", "think", "act", "push", "request" };
const char *const place_names[PLACES] = { "a", "b", "workspace", "git" };

const char *const law_names[LAWS] = { "solo", "moved", "cells", "wild" };
static const char *const conflicts[] = { "keep-both", "prefer-local", "prefer-workspace",
					 "prefer-git" };

enum law lane_law(unsigned lane)
{
	return (enum law)(lane % LAWS);
}

enum place lane_place(unsigned lane)
{
	return (enum place)(lane / LAWS % PLACES);
}

void program_release(struct program *p)
{
	free(p->steps);
	*p = (struct program){ 0 };
}

void program_add(struct program *p, const struct step *s)
{
	p->steps = array_grow(p->steps, p->count, &p->cap, sizeof(*p->steps));
	p->steps[p->count++] = *s;
}

/* ---- what a step says ---- */

enum operand { LANE = 1, PLACE = 2, MACHINE = 4, CELL = 8, TOKEN = 16, DURING = 32 };

static const struct {
	const char *name;
	unsigned operands;
} verbs[VERB_COUNT] = {
	[VERB_EDIT] = { "edit", LANE | PLACE | CELL | TOKEN | DURING },
	[VERB_RESTORE] = { "restore", LANE | PLACE | CELL | DURING },
	[VERB_RENAME] = { "rename", LANE | PLACE | DURING },
	[VERB_DELETE] = { "delete", LANE | PLACE | TOKEN | DURING },
	[VERB_HINTED] = { "hinted", MACHINE | DURING },
	[VERB_FULL] = { "full", MACHINE | DURING },
	[VERB_COMMIT] = { "commit", MACHINE | DURING },
	[VERB_KILL] = { "kill", MACHINE | DURING },
	[VERB_REOPEN] = { "reopen", MACHINE },
	[VERB_PASS] = { "pass", CELL },
	[VERB_SETTLE] = { "settle", 0 },
};

bool step_has_lane(const struct step *s)
{
	return verbs[s->verb].operands & LANE;
}

void program_print(struct buf *out, const struct program *p)
{
	buf_addf(out, "conflict = %s\n", p->conflict);
	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];
		unsigned operands = verbs[s->verb].operands;

		buf_add_str(out, verbs[s->verb].name);
		if (operands & LANE)
			buf_addf(out, " lane=%u", s->lane);
		if (operands & PLACE)
			buf_addf(out, " place=%s", place_names[s->place]);
		if (operands & MACHINE)
			buf_addf(out, " machine=%s", place_names[s->machine]);
		if (operands & CELL)
			buf_addf(out, " cell=%u", s->cell);
		if (operands & TOKEN)
			buf_addf(out, " token=%u", s->token);
		if (operands & DURING && s->during)
			buf_addf(out, " during=%s", phase_names[s->during]);
		buf_add_char(out, '\n');
	}
}

/* ---- reading ---- */

static bool take_word(uint8_t *out, const char *word, const char *const *list, uint8_t count)
{
	for (*out = 0; *out < count && !str_eq(list[*out], word);)
		++*out;
	return *out < count;
}

static bool take_number(const char *value, unsigned below, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	*out = (unsigned)n;
	return *value && !*end && n < below;
}

static bool take_operand(struct step *s, const char *key, const char *value)
{
	unsigned n = 0;
	bool good;

	if (str_eq(key, "place"))
		return take_word(&s->place, value, place_names, PLACES);
	if (str_eq(key, "machine"))
		return take_word(&s->machine, value, place_names, MACHINES);
	if (str_eq(key, "during"))
		return take_word(&s->during, value, phase_names, PHASE_COUNT);
	if (str_eq(key, "lane")) {
		good = take_number(value, LANES, &n);
		s->lane = (uint8_t)n;
		return good;
	}
	if (str_eq(key, "cell")) {
		good = take_number(value, 256, &n);
		s->cell = (uint8_t)n;
		return good;
	}
	good = str_eq(key, "token") && take_number(value, TOKENS, &n);
	s->token = (uint16_t)n;
	return good;
}

/* One line, which is taken apart. */
static bool parse_step(struct step *s, char *line)
{
	char *rest = NULL, *word = strtok_r(line, " ", &rest);

	*s = (struct step){ .verb = VERB_COUNT };
	for (uint8_t v = 0; word && v < VERB_COUNT; v++)
		if (str_eq(verbs[v].name, word))
			s->verb = v;
	if (s->verb == VERB_COUNT)
		return false;
	while ((word = strtok_r(NULL, " ", &rest))) {
		char *value = strchr(word, '=');

		if (!value)
			return false;
		*value = '\0';
		if (!take_operand(s, word, value + 1))
			return false;
	}
	return true;
}

static bool parse_line(struct program *p, char *line)
{
	struct step s;
	uint8_t at;

	if (str_starts(line, "conflict = ")) {
		if (!take_word(&at, strrchr(line, ' ') + 1, conflicts, ARRAY_SIZE(conflicts)))
			return false;
		p->conflict = conflicts[at];
		return true;
	}
	if (!parse_step(&s, line))
		return false;
	program_add(p, &s);
	return true;
}

bool program_parse(struct program *out, const char *text, unsigned *line)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = copy, *at;

	*out = (struct program){ .conflict = conflicts[0] };
	*line = 0;
	while ((at = strsep(&rest, "\n"))) {
		++*line;
		if (*at && *at != '#' && !parse_line(out, at))
			return false;
	}
	return true;
}

/* ---- making ---- */

struct maker {
	struct program *program;
	uint64_t state;
	uint16_t token;
};

static uint8_t below(struct maker *m, unsigned n)
{
	return (uint8_t)(program_chance(&m->state) % n);
}

static bool one_in(struct maker *m, unsigned n)
{
	return below(m, n) == 0;
}

static enum verb random_verb(struct maker *m, enum law law)
{
	unsigned n = below(m, 10);

	if (law == LAW_SOLO)
		return n < 3 ? VERB_RESTORE : VERB_EDIT;
	if (law == LAW_CELLS || n < 6)
		return VERB_EDIT;
	return n < 7 ? VERB_RESTORE : n < 9 ? VERB_RENAME : VERB_DELETE;
}

static uint8_t random_during(struct maker *m, unsigned seldom)
{
	return one_in(m, seldom) ? (uint8_t)(1 + below(m, PHASE_COUNT - 1)) : PHASE_NONE;
}

static void add_person(struct maker *m, uint8_t lane)
{
	enum law law = lane_law(lane);
	bool alone = law == LAW_SOLO || law == LAW_MOVED;
	struct step s = {
		.verb = (uint8_t)random_verb(m, law),
		.lane = lane,
		.place = alone ? (uint8_t)lane_place(lane) : below(m, PLACES),
		.cell = below(m, CELLS),
		.token = m->token++,
		.during = random_during(m, 8),
	};

	program_add(m->program, &s);
}

static void add_machine(struct maker *m, uint8_t machine)
{
	static const uint8_t usual[] = { VERB_HINTED, VERB_HINTED, VERB_FULL,  VERB_FULL,
					 VERB_FULL,   VERB_PASS,   VERB_PASS,  VERB_FULL,
					 VERB_KILL,   VERB_COMMIT, VERB_REOPEN };
	struct step s = { .verb = usual[below(m, ARRAY_SIZE(usual))],
			  .machine = machine,
			  .cell = below(m, 2) };

	if (s.verb == VERB_KILL)
		s.during = (uint8_t)(1 + below(m, PHASE_COUNT - 1));
	else if (s.verb == VERB_FULL || s.verb == VERB_HINTED)
		s.during = random_during(m, 4);
	program_add(m->program, &s);
}

void program_random(struct program *out, uint64_t seed, enum law law)
{
	struct maker m = { .program = out, .state = seed, .token = 100 };
	unsigned rounds;

	*out = (struct program){ .conflict = conflicts[0] };
	if (one_in(&m, 3))
		out->conflict = conflicts[below(&m, ARRAY_SIZE(conflicts))];
	rounds = 3 + below(&m, 4);
	for (unsigned i = 0; i < rounds; i++) {
		unsigned awake = below(&m, 3); /* 2: both */

		for (uint8_t lane = 0; lane < LANES; lane++)
			if (!one_in(&m, 3) && (law == LAWS || lane_law(lane) == law))
				add_person(&m, lane);
		for (unsigned n = 1 + below(&m, 5); n; n--)
			add_machine(&m, awake < 2 ? (uint8_t)awake : below(&m, MACHINES));
		if (one_in(&m, 6))
			program_add(out, &(struct step){ .verb = VERB_SETTLE });
	}
}
