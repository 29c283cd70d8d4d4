/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keeping the hub small. Every edit leaves a dozen loose objects, each of at least a block on disk,
 * and libgit2 has no gc: hub_repack() puts them into packs with deltas, and, when asked to, leaves
 * out what nothing refers to any more.
 *
 * Loose objects and small packs become one pack when that is at least half as large as the next
 * larger one. So a hub of n objects has about log2(n) packs, and each object is packed again about
 * as often. A run takes at most an eighth of the hub's objects, which bounds its time and its
 * memory (8,000 objects: 0.4 s and 10 MB, most of it libgit2's, which resolves what it just
 * packed); larger packs (the repository as the server sent it) and packs with very large blobs stay
 * as they are.
 */

#include "git/hub/oid_set.h"

#define REPACK_OBJECTS_MIN 8000
#define REPACK_OBJECTS_MAX 50000

/* What there is on disk, less what stays as it is: full packs count only in bytes, loose files above
 * HUB_PACKED_MAX not at all. */
struct hub_usage {
	size_t loose, packs;
	uint64_t loose_bytes, pack_bytes;
};
int hub_usage(struct hub *h, struct hub_usage *out, struct err *e);

/* How often objects have reached the disk since the hub was opened: while it stays the same, so does
 * hub_usage(). */
uint64_t hub_writes(const struct hub *h);

/* Whether so much has gathered that a repack is worth its time. urgent_only:
 * there is other work to do, so only when it can hardly wait. Pure. */
bool hub_repack_due(const struct hub_usage *u, bool urgent_only);

struct repack_request {
	/* Also drop what neither a reference nor needed (may be NULL) leads to, unless its file was
	 * changed within the last recent_s seconds. */
	bool drop;
	const struct oid_set *needed;
	int64_t recent_s;
	/* Whether a commit that nothing refers to can never be asked for again: a record of our own.
	 * Any other one that stays on disk, because it shares a pack with what is needed, keeps all
	 * that it leads to. NULL: none is. */
	bool (*is_record)(const struct commit_info *commit);
	/* Called often; false ends the run. May be NULL. */
	bool (*tick)(void *payload, size_t done, size_t total);
	void *payload;
};
struct repack_result {
	size_t packed;                       /* objects in the new pack; 0: none was written */
	size_t packs_removed, loose_removed; /* files */
	bool more;                           /* a further run would find work */
};

/*
 * Killed anywhere, the hub is whole: old files go only after the new pack is on disk and every object
 * of theirs was found in it, and what was unfinished is swept by the next hub_open(). Flushes first.
 * ERR_CANCELLED when tick said so. ERR_RETRY: disk full. ERR_BUG: the hub is damaged; nothing was
 * removed.
 */
int hub_repack(struct hub *h, const struct repack_request *request, struct repack_result *out,
	       struct err *e);

/* ---- the decisions, pure ---- */

/* How many objects one run may take in a hub of so many: an eighth, between REPACK_OBJECTS_MIN and
 * REPACK_OBJECTS_MAX. A pack of more than half of that is full: it is not put into another. */
size_t repack_limit(size_t objects);

struct pack_facts {
	size_t objects;
	size_t live; /* of which this many are needed; only for repack_choose_waste() */
	bool fixed;  /* must stay */
	bool chosen; /* the answer: it is to be replaced, or removed when nothing in it is live */
};
/* Which packs become one with so many loose objects. */
void repack_choose_small(struct pack_facts *packs, size_t count, size_t loose);
/* Which packs are to lose what is not live in them. True when some were left for a further run. */
bool repack_choose_waste(struct pack_facts *packs, size_t count);
