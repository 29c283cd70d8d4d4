/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Called by the sides: what became of a row that they were to write or delete. Each sets the row's
 * entry, its base, its action of todo and the report to that; none writes to a side.
 */

#include "side/context.h"

/* The row's side now holds what content_give() made, whose bytes go into the hub. Errors are the
 * hub's, and then nothing else was done. */
int side_written(struct side_context *c, struct row *row, enum side_id side,
		 const struct content_given *given, struct err *e);
/* The same with bytes that are in the hub already, in file; v is the version that the side holds
 * with them. */
void side_placed(struct side_context *c, struct row *row, enum side_id side, const char *file,
		 const struct oid *raw, const struct version *v);
/* The row's side no longer holds anything, as agreed. */
void side_deleted(struct side_context *c, struct row *row, enum side_id side);
/* The side could not be brought to what is agreed for the row: it is reported as held for now, and
 * tried again in the next cycle. ERR_CONFLICT means that what stands there changed since the look:
 * another cycle is to come soon, and the row is reported only when that has not helped several
 * times. ERR_CANCELLED: does nothing. */
void side_refused(struct side_context *c, struct row *row, enum side_id side,
		  const struct err *why);
