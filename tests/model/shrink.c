/* SPDX-License-Identifier: Apache-2.0 */
/* Delta debugging: without whole lanes, then without ever shorter runs of steps, then with plainer
 * ones, as long as that changes something. */

#include "tests/model/shrink.h"

#include <stdlib.h>

#include "tests/model/model.h"
#include "tests/world/program.h"

static char *play(const void *program)
{
	return model_play(program);
}

char *shrink_play(const struct program *p)
{
	return program_play_apart(play, p);
}

/* Whether the candidate goes wrong too; then it takes the place of the program. Releases it. */
static bool adopt(struct program *p, struct program *candidate, char **wrong)
{
	char *answer = shrink_play(candidate);

	if (!answer || !program_answers_alike(answer, *wrong)) {
		free(answer);
		program_release(candidate);
		return false;
	}
	program_release(p);
	*p = *candidate;
	free(*wrong);
	*wrong = answer;
	return true;
}

/* A program without steps. */
static struct program same_world(const struct program *p)
{
	struct program out = *p;

	out.steps = NULL;
	out.count = out.cap = 0;
	return out;
}

/* The program without some steps. */
static struct program without(const struct program *p, size_t from, size_t count)
{
	struct program out = same_world(p);

	for (size_t i = 0; i < p->count; i++)
		if (i < from || i >= from + count)
			program_add(&out, &p->steps[i]);
	return out;
}

static struct program only_lane(const struct program *p, unsigned lane)
{
	struct program out = same_world(p);

	for (size_t i = 0; i < p->count; i++)
		if (!step_has_lane(&p->steps[i]) || p->steps[i].lane == lane)
			program_add(&out, &p->steps[i]);
	return out;
}

static bool take_away(struct program *p, char **wrong)
{
	bool any = false;

	for (size_t n = p->count / 2 + 1; n; n /= 2) {
		for (size_t at = 0; at < p->count;) {
			struct program candidate = without(p, at, n);

			if (adopt(p, &candidate, wrong))
				any = true;
			else
				at += n;
		}
	}
	return any;
}

/* One step, at once instead of in a cycle; or the whole in the plainest world. */
static bool make_plainer(struct program *p, char **wrong)
{
	struct program candidate;
	bool any = false;

	if (p->setup != &setups[0]) {
		candidate = without(p, p->count, 0);
		candidate.setup = &setups[0];
		any |= adopt(p, &candidate, wrong);
	}
	for (size_t k = 0; p->rich && k < RICH_KEYS; k++) {
		if (!p->words[k])
			continue;
		candidate = without(p, p->count, 0);
		candidate.words[k] = 0;
		any |= adopt(p, &candidate, wrong);
	}
	for (size_t i = 0; i < p->count; i++) {
		if (p->steps[i].verb > VERB_ADOPT || !p->steps[i].during)
			continue;
		candidate = without(p, p->count, 0);
		candidate.steps[i].during = PHASE_NONE;
		any |= adopt(p, &candidate, wrong);
	}
	return any;
}

void shrink(struct program *p, char **wrong)
{
	for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
		struct program candidate = only_lane(p, lane);

		if (adopt(p, &candidate, wrong))
			break;
	}
	for (bool shorter = true; shorter;) {
		shorter = take_away(p, wrong);
		shorter |= make_plainer(p, wrong);
	}
}
