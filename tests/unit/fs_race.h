/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Somebody else who edits at the same moment. The races are not left to chance: a hook steps in at the
 * named points. Include cmocka.h before this.
 */

#include "fs_changes.h"

/* What somebody does at one of the points; each is done once. */
static enum fs_point step_at;
static void (*step)(void);
static void (*step_on_return)(void);

static inline void hook(enum fs_point point, const char *name)
{
	void (*now)(void) = NULL;

	assert_non_null(name);
	if (point == step_at && step) {
		now = step;
		step = NULL;
	} else if (point == FS_POINT_RETURN && step_on_return) {
		now = step_on_return;
		step_on_return = NULL;
	}
	if (now)
		now();
}

static inline void edit_in_place(void)
{
	scratch_put("f", "EDIT"); /* the size of "text" */
}

static inline void save_beside(void)
{
	scratch_save("f", "EDIT");
}

static inline void arm(enum fs_point at, void (*first)(void), void (*on_return)(void))
{
	step_at = at;
	step = first;
	step_on_return = on_return;
	fs_switches.hook = hook;
}
