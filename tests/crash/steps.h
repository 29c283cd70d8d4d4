/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The step_here() of crash tests: counts, and ends the process without a word when it is time. */

#include "base/util.h"

#define STEPS_EXIT 77 /* exit status of a process that died at its step */

/* Counts from 0 again; the process ends right before its n-th step (0: never). */
void steps_arm(unsigned n);
unsigned steps_count(void);         /* since then */
void steps_pause(bool pause);       /* while people act, who do not die */
const char *steps_name(unsigned n); /* what the n-th step was about to do; from 1 */

/* Whether a step whose name starts so ever came, however often they were counted anew. */
bool steps_saw(const char *start);
