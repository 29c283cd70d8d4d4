/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The points at which it matters whether this process is still alive: right before each side effect
 * that others can see or that outlives us (a file written, synced, renamed or removed, an object, a
 * reference, a request), and right after an answer arrived. Crash tests build the library with
 * -DNBSYNC_STEPS, bring a step_here() of their own, and let it end the process at the n-th step.
 * In every other build this is nothing.
 */

#ifdef NBSYNC_STEPS
void step_here(const char *what);
#else
static inline void step_here(const char *what)
{
	(void)what;
}
#endif
