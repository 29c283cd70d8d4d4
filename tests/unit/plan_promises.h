/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What holds of every outcome of plan_path(), whatever it is: nothing is lost, nothing is deleted that
 * nobody deleted, a held side is left alone, a base moves only to what the side holds.
 */

#include "plan/plan.h"

/* NULL, or a sentence about the first promise that is broken. */
const char *plan_promises(const struct plan_rules *rules, const struct plan_input *in,
			  const struct plan_outcome *out);

/* Whether carrying outcomes out again and again comes to rest, each step keeping the promises. NULL,
 * or a sentence. */
const char *plan_comes_to_rest(const struct plan_rules *rules, const struct plan_input *in);
