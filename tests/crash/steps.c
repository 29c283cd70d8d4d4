/* SPDX-License-Identifier: Apache-2.0 */
/* Counting steps, and remembering how they are called. */

#include "tests/crash/steps.h"

#include <stdlib.h>
#include <unistd.h>

#define NBSYNC_STEPS
#include "base/step.h"

static unsigned count, last_step;
static bool paused = true;
static char **names; /* of the steps since steps_arm() */
static size_t name_count, name_cap;
static char **kinds; /* of all steps, each once */
static size_t kind_count, kind_cap;

void steps_arm(unsigned n)
{
	for (size_t i = 0; i < name_count; i++)
		free(names[i]);
	name_count = 0;
	count = 0;
	last_step = n;
	paused = false;
}

unsigned steps_count(void)
{
	return count;
}

void steps_pause(bool pause)
{
	paused = pause;
}

const char *steps_name(unsigned n)
{
	return n >= 1 && n <= name_count ? names[n - 1] : "the end";
}

bool steps_saw(const char *start)
{
	for (size_t i = 0; i < kind_count; i++)
		if (str_starts(kinds[i], start))
			return true;
	return false;
}

void step_here(const char *what)
{
	if (paused)
		return;
	if (++count == last_step)
		_exit(STEPS_EXIT);
	names = array_grow(names, name_count, &name_cap, sizeof(*names));
	names[name_count++] = xstrdup(what);
	if (!steps_saw(what)) {
		kinds = array_grow(kinds, kind_count, &kind_cap, sizeof(*kinds));
		kinds[kind_count++] = xstrdup(what);
	}
}
