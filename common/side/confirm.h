/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A plan that needs a human is described by a text; its token, the first digits of the text's hash, is
 * what the human confirms.
 */

#include "side/context.h"

#define CONFIRM_TOKEN_SIZE 9

/* Whether this plan was confirmed, which answers the request; if not, the report says that it waits.
 * Several plans may wait at once: who asks for a confirmation names the token of its own. */
bool plan_confirmed(struct side_context *c, const struct buf *plan,
		    char token[static CONFIRM_TOKEN_SIZE]);
