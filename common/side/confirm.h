/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Plans that a human has to confirm. Such a plan is described by a text; its token, the first
 * digits of the text's hash, is what the human names.
 */

#include "side/context.h"

#define CONFIRM_TOKEN_SIZE 9 /* with its NUL */

/* Whether this plan was confirmed; then the report has the answer to whoever confirmed it.
 * Otherwise the report says that a plan waits. Several plans may wait at once: the caller's
 * sentence names the token, which is set in any case. */
bool plan_confirmed(struct side_context *c, const struct buf *plan,
		    char token[static CONFIRM_TOKEN_SIZE]);
