/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest program that still goes wrong: one lane, then without ever shorter runs of steps, then
 * with steps at once instead of in a cycle. */

#include "tests/twins/shrink.h"

#include <stdlib.h>

#include "tests/twins/twins.h"
#include "tests/world/program.h"

static char *play(const void *program)
{
	return twins_play(program);
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

/* The steps but for some, and of lanes only those of this one (LANES: all). */
static struct program without(const struct program *p, size_t from, size_t count, unsigned lane)
{
	struct program out = { .conflict = p->conflict };

	for (size_t i = 0; i < p->count; i++)
		if ((i < from || i >= from + count) &&
		    (lane == LANES || !step_has_lane(&p->steps[i]) || p->steps[i].lane == lane))
			program_add(&out, &p->steps[i]);
	return out;
}

static bool take_away(struct program *p, char **wrong)
{
	bool any = false;

	for (size_t n = p->count / 2 + 1; n; n /= 2) {
		for (size_t at = 0; at < p->count;) {
			struct program candidate = without(p, at, n, LANES);

			if (adopt(p, &candidate, wrong))
				any = true;
			else
				at += n;
		}
	}
	return any;
}

static bool make_plainer(struct program *p, char **wrong)
{
	bool any = false;

	for (size_t i = 0; i < p->count; i++) {
		struct program candidate;

		if (p->steps[i].verb == VERB_KILL || !p->steps[i].during)
			continue;
		candidate = without(p, p->count, 0, LANES);
		candidate.steps[i].during = PHASE_NONE;
		any |= adopt(p, &candidate, wrong);
	}
	return any;
}

void shrink(struct program *p, char **wrong)
{
	for (unsigned lane = 0; lane < LANES; lane++) {
		struct program candidate = without(p, p->count, 0, lane);

		if (adopt(p, &candidate, wrong))
			break;
	}
	for (bool shorter = true; shorter;) {
		shorter = take_away(p, wrong);
		shorter |= make_plainer(p, wrong);
	}
}
