/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the state's references, and the trailers that tie two of them together. It moves none of
 * them: load.c and save.c do.
 */

#include "memory/state/refs.h"

#include <stdio.h>
#include <string.h>

#define TRAILER "\nNbsync-Base-%s: "

void state_ref_name(char out[static STATE_REF_MAX], const char *kind, enum side_id side)
{
	snprintf(out, STATE_REF_MAX, "refs/nbsync/%s/%s", kind, side_names[side]);
}

int state_ref_read(struct hub *hub, const char *name, struct oid *out, struct err *e)
{
	int r = hub_ref_get(hub, name, out, e);

	if (r == ERR_ABSENT) {
		*out = (struct oid){ 0 };
		return ERR_OK;
	}
	return r;
}

void state_trailer_add(struct buf *message, enum side_id side, const struct oid *before,
		       const struct oid *after)
{
	char from[41], to[41];

	oid_hex(before, from);
	oid_hex(after, to);
	buf_addf(message, TRAILER "%s %s", side_names[side], from, to);
}

bool state_trailer_find(const char *message, enum side_id side, struct oid *before,
			struct oid *after)
{
	cleanup_free char *key = xasprintf(TRAILER, side_names[side]);
	const char *at = strstr(message, key);
	char from[41] = "", to[41] = "";

	return at && sscanf(at + strlen(key), "%40s %40s", from, to) == 2 &&
	       oid_parse(before, from) && oid_parse(after, to);
}
