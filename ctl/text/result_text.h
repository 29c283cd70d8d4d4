/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a cycle ended, for people: the members of a worker's result, or the same members of a mapping
 * in the daemon's status. Pure. Texts from elsewhere are escaped.
 */

#include "base/buf.h"
#include "format/json.h"

/* "etl: done", a line for each side, and one for whatever needs attention or explanation. */
void result_text(const char *mapping, const struct json *result, struct buf *out);

/* Whether a mapping, a side or a path is held, in conflict, or waits for a confirmation. */
bool result_attention(const struct json *result);

/* err_exit() of its code, else EXIT_ATTENTION when there is reason for it, else EXIT_DONE. */
int result_exit(const struct json *result);

/* The command that confirms what waits, for a shell; false, and nothing, when nothing waits. */
bool hint_confirm(struct buf *out, const char *mapping, const struct json *result);

/* The command that resolves one of the result's conflicts, for a shell, and what its choices mean:
 * "nbsync resolve etl load --local (what is there now) or --git (the other version)". */
void hint_resolve(struct buf *out, const char *mapping, const struct json *result,
		  const struct json *conflict);

/* The side whose version a conflict's copy is, by the copy's name; NULL when that does not say. */
const char *conflict_side(const struct json *conflict);
