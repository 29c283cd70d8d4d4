/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of a plan. What is to be confirmed, and what is held until then, its callers decide:
 * root.c, the Git side, and the guard of deletions.
 */

#include "side/confirm.h"

#include <string.h>

bool plan_confirmed(struct side_context *c, const struct buf *plan,
		    char token[static CONFIRM_TOKEN_SIZE])
{
	struct oid hash;
	char hex[41];

	hub_hash(buf_str(plan), plan->len, &hash);
	oid_hex(&hash, hex);
	memcpy(token, hex, CONFIRM_TOKEN_SIZE - 1);
	token[CONFIRM_TOKEN_SIZE - 1] = '\0';
	if (str_eq(c->approvals.confirm, token)) {
		report_answer(c->report, ERR_OK, "plan %s is carried out", token);
		return true;
	}
	if (!c->report->confirm)
		c->report->confirm = xstrdup(token);
	return false;
}
