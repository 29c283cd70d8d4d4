/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The objects of one slice of work, in memory: from id to type and content. It is what
 * stands between "written" and "on disk" (hub_flush() empties it). Pure data; odb.c makes it a
 * part of libgit2's object database.
 *
 * libgit2's own in-memory database is no use here: its dump packs every commit with its complete
 * tree, so that a commit of one notebook among 10,000 would write 10,000.
 */

#include "git/hub/oid_set.h"

struct slice_object {
	struct oid id;
	int type; /* Git's number: 1 commit, 2 tree, 3 blob */
	size_t len;
	void *data; /* owned */
};

struct slice {
	struct slice_object *items; /* owned; in the order in which they came, parallel to ids */
	size_t count;
	size_t cap;
	struct oid_set ids;
	size_t bytes; /* of all contents */
};

void slice_release(struct slice *s); /* a zeroed slice is fine */
void slice_clear(struct slice *s);   /* forgets all objects, keeps the table's memory */

/* Copies the content. An object that is there already stays as it is. */
void slice_add(struct slice *s, const struct oid *id, int type, const void *data, size_t len);

/* Borrowed until the next change; NULL when not in the slice. */
const struct slice_object *slice_find(const struct slice *s, const struct oid *id);
