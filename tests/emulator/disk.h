/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The store's directory. One file per object, objects/<last byte of id>/<id>: a line of JSON (parent,
 * name, type, times), then the content. Content and metadata thus change in one rename. Nothing is
 * synced: a crash of the emulator loses nothing, a crash of the machine may lose the last seconds.
 */

#include "base/buf.h"
#include "base/err.h"

struct node;
struct disk;

/* Creates dir when missing and takes its lock. *next_id: the first id that was never used. */
int disk_open(struct disk **out, const char *dir, int64_t *next_id, struct err *e);
void disk_close(struct disk *d);

/* Writes the object's file and sets n->content_at. parent is the id of its directory. */
int disk_write(struct disk *d, struct node *n, int64_t parent, const char *data, size_t len,
	       struct err *e);
int disk_read(struct disk *d, const struct node *n, struct buf *out, struct err *e);
int disk_remove(struct disk *d, int64_t id, struct err *e);

/* What disk_load() found: n is owned by the receiver, its links are not set. */
struct disk_entry {
	struct node *node;
	int64_t parent;
};

/* Reads every object's metadata. *out (the array is the caller's to free) is sorted by id. */
int disk_load(struct disk *d, struct disk_entry **out, size_t *count, struct err *e);
