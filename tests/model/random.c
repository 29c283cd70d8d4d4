/* SPDX-License-Identifier: Apache-2.0 */
/* Programs made at random: rounds in which each lane has a few things done to it, cycles of several
 * kinds between them, and a judgement at the end. */

#include "tests/model/steps.h"
#include "tests/world/program.h"

struct maker {
	struct program *program;
	uint64_t state;
	unsigned lanes;
	uint16_t token;
};

static unsigned below(struct maker *m, unsigned n)
{
	return (unsigned)(program_chance(&m->state) % n);
}

static bool one_in(struct maker *m, unsigned n)
{
	return below(m, n) == 0;
}

/* How often each thing is done to a notebook, of 100. */
static const struct {
	enum verb verb;
	unsigned often;
} weights[] = {
	{ VERB_WRITE, 14 },  { VERB_EDIT, 24 },   { VERB_INSERT, 7 },       { VERB_CUT, 4 },
	{ VERB_DELETE, 11 }, { VERB_RENAME, 11 }, { VERB_COPY, 4 },         { VERB_MOVE, 4 },
	{ VERB_TOUCH, 2 },   { VERB_FORMAT, 4 },  { VERB_LANGUAGE, 3 },     { VERB_BREAK, 3 },
	{ VERB_REPAIR, 3 },  { VERB_DROP, 1 },    { VERB_TAKE, 1 },         { VERB_SCRIBBLE, 1 },
	{ VERB_ADOPT, 1 },   { VERB_WIPE, 2 },    { VERB_EXPORT_FAILS, 1 }, { VERB_REFUSED, 1 },
};

static enum verb random_verb(struct maker *m)
{
	static const enum verb rich[] = { VERB_RUN, VERB_RUN,    VERB_TAG,
					  VERB_TAG, VERB_WIDGET, VERB_ENVIRONMENT };
	unsigned total = 0, at;

	if (m->program->rich && one_in(m, 3))
		return rich[below(m, ARRAY_SIZE(rich))];

	for (size_t i = 0; i < ARRAY_SIZE(weights); i++)
		total += weights[i].often;
	at = below(m, total);
	for (size_t i = 0;; i++) {
		if (at < weights[i].often)
			return weights[i].verb;
		at -= weights[i].often;
	}
}

static uint8_t random_side(struct maker *m)
{
	uint8_t side;

	do
		side = (uint8_t)below(m, SIDE_COUNT);
	while (m->program->setup->options.without[side]);
	return side;
}

/* Mostly what is there from the beginning, so that sides meet. */
static uint8_t random_stem(struct maker *m)
{
	static const uint8_t usual[] = { 0, 0, 0, 1, 1, 3, 3 };

	return one_in(m, 3) ? (uint8_t)below(m, STEMS) : usual[below(m, ARRAY_SIZE(usual))];
}

static void add_person(struct maker *m, uint8_t lane)
{
	struct step s = {
		.verb = (uint8_t)random_verb(m),
		.lane = lane,
		.side = random_side(m),
		.from = random_stem(m),
		.to = (uint8_t)below(m, STEMS),
		.cell = (uint8_t)below(m, 8),
		.token = m->token,
	};

	if (s.verb == VERB_WRITE)
		s.to = one_in(m, 3) ? (uint8_t)below(m, EXTENSIONS) : 0;
	if (s.verb < VERB_ADOPT && one_in(m, 12))
		s.during = (uint8_t)(1 + below(m, PHASES_OF_PEOPLE - 1));
	m->token = (uint16_t)(m->token + 3);
	program_add(m->program, &s);
}

static void add(struct maker *m, enum verb verb)
{
	struct step s = { .verb = (uint8_t)verb,
			  .lane = (uint8_t)below(m, m->lanes),
			  .from = random_stem(m),
			  .cell = (uint8_t)below(m, 4) };

	if (verb == VERB_KILL || verb == VERB_STOP)
		s.during = (uint8_t)(1 + below(m, PHASE_COUNT - 1));
	program_add(m->program, &s);
}

/* So many notebooks at once that somebody must say that it is meant. */
static void add_wipes(struct maker *m)
{
	uint8_t side = random_side(m);

	for (uint8_t lane = 0; lane < m->lanes; lane++)
		if (!one_in(m, 3))
			program_add(
				m->program,
				&(struct step){ .verb = VERB_WIPE, .lane = lane, .side = side });
}

static void add_faults(struct maker *m)
{
	static const enum verb faults[] = { VERB_LIST_FAILS, VERB_EXPORT_FAILS, VERB_CLOSED,
					    VERB_REFUSED,    VERB_REPLY_LOST,   VERB_OMITTED,
					    VERB_ODD,        VERB_GONE,         VERB_UNDONE,
					    VERB_UNTOLD,     VERB_UNKNOWN };

	if (one_in(m, 4))
		add(m, faults[below(m, ARRAY_SIZE(faults))]);
	for (unsigned n = one_in(m, 5) ? m->lanes : 0; n; n--)
		add(m, VERB_OMITTED);
	if (one_in(m, 6))
		add(m, VERB_CACHE);
}

/* Something that nbsync does between two rounds, or nothing. */
static void add_cycle(struct maker *m)
{
	switch (below(m, 9)) {
	case 0:
	case 1:
	case 2:
		add(m, VERB_FULL);
		break;
	case 3:
	case 4:
		add(m, VERB_HINTED);
		break;
	case 5:
		add(m, VERB_KILL);
		break;
	case 6:
		add(m, VERB_STOP);
		break;
	case 7:
		add(m, VERB_REOPEN);
		add(m, VERB_FULL);
		break;
	default:
		break;
	}
	if (one_in(m, 6))
		add(m, VERB_CONFIRM);
	if (one_in(m, 3))
		add(m, VERB_MEND);
}

/* With what the model can foretell: not where one side only gives. */
static void make_rich(struct maker *m)
{
	m->program->rich = true;
	for (size_t k = 0; k < RICH_KEYS; k++)
		m->program->words[k] = (uint8_t)below(m, RICH_WORDS);
	if (m->program->setup->source >= 0)
		m->program->setup = &setups[0];
}

void program_random(struct program *out, uint64_t seed, unsigned lanes, unsigned rich_of_four)
{
	struct maker m = { .program = out, .state = seed, .lanes = lanes, .token = 1000 };
	unsigned rounds;

	*out = (struct program){ 0 };
	/* Half of all programs in the setup that most people have. */
	out->setup = &setups[one_in(&m, 2) ? 0 : below(&m, (unsigned)setup_count())];
	if (rich_of_four && below(&m, 4) < rich_of_four)
		make_rich(&m);
	rounds = 2 + below(&m, 2);
	for (unsigned i = 0; i < rounds; i++) {
		for (uint8_t lane = 0; lane < lanes; lane++)
			for (unsigned n = 1 + below(&m, 3); n; n--)
				add_person(&m, lane);
		if (one_in(&m, 20))
			add_wipes(&m);
		if (one_in(&m, 20))
			add(&m, VERB_REWIND);
		add_faults(&m);
		if (i + 1 < rounds && one_in(&m, 4))
			add(&m, VERB_SETTLE);
		else
			add_cycle(&m);
	}
}
