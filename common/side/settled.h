/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Called by the sides: what became of a row that they were to write, delete or take.
 */

#include "side/context.h"

/* The row's side now holds the agreed version as it was given (whose bytes are put into the hub). */
int side_written(struct side_context *c, struct row *row, enum side_id side,
		 const struct content_given *given, struct err *e);
/* The same in file, with bytes that are in the hub already; v is what the side holds with them. */
void side_placed(struct side_context *c, struct row *row, enum side_id side, const char *file,
		 const struct oid *raw, const struct version *v);
/* The row's side no longer holds anything, as agreed. */
void side_deleted(struct side_context *c, struct row *row, enum side_id side);
/* Acting on one path failed: reported as held for now, tried again next time. ERR_CONFLICT means that
 * somebody was faster: the next cycle looks again; it is reported only when that does not help. */
void side_refused(struct side_context *c, struct row *row, enum side_id side,
		  const struct err *why);
