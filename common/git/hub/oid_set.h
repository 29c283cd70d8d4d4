/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A set of object ids that only grows. Each id has an index in the order in which it came, so that
 * a caller can keep more about it in an array of its own. 36 to 56 bytes for each id.
 */

#include "git/hub/hub.h"

struct oid_set {
	struct oid *items; /* owned; in the order in which they came */
	size_t count;
	size_t cap;
	size_t *slots;     /* owned; open addressing: index into items plus one, 0 for free */
	size_t slot_count; /* a power of two, more than twice count */
};

#define OID_NOWHERE SIZE_MAX

void oid_set_release(struct oid_set *s); /* a zeroed set is fine */
void oid_set_clear(struct oid_set *s);   /* forgets all ids, keeps the table's memory */
/* Its index; *added (may be NULL) tells whether it is new. */
size_t oid_set_add(struct oid_set *s, const struct oid *id, bool *added);
/* Its index, or OID_NOWHERE. */
size_t oid_set_find(const struct oid_set *s, const struct oid *id);
