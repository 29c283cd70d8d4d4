/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes that may be many: held in memory at first, in an unlinked temporary file once they pass
 * SPOOL_MEMORY. A pack on its way to or from a server goes through one, because libgit2 writes and
 * reads it piece by piece while HTTP wants to send and receive it as a whole.
 */

#include "base/buf.h"
#include "base/err.h"

#define SPOOL_MEMORY (1024 * 1024) /* bytes */

struct spool {
	/* private */
	const char *dir; /* borrowed; where the temporary file goes */
	struct buf head; /* the content while it is small */
	int fd;          /* the content afterwards; -1 before */
	uint64_t len;
	uint64_t read_at; /* of spool_read() */
	void *map;
	size_t map_len;
};

/* dir is borrowed for the spool's life. */
void spool_init(struct spool *s, const char *dir);
void spool_release(struct spool *s);

/* Appends. ERR_RETRY when the disk is full. Not after spool_map(). */
int spool_add(struct spool *s, const void *data, size_t len, struct err *e);

/* Reads on from where the last call stopped; *got is 0 at the end. */
int spool_read(struct spool *s, void *data, size_t size, size_t *got, struct err *e);

/* The whole content as memory, borrowed until release. */
int spool_map(struct spool *s, const void **data, size_t *len, struct err *e);
