/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gzip and zip containers without compression (stored blocks): what a client must be able to
 * unpack, without another library to link.
 */

#include "base/buf.h"

/* Appends data as one gzip member. False when out is full. */
bool archive_gzip(struct buf *out, const void *data, size_t len);

/* A zip file under construction: entries go to out at once, the directory at the end. */
struct archive_zip {
	struct buf *out;  /* borrowed */
	struct buf index; /* private */
	unsigned count;
};

void archive_zip_init(struct archive_zip *zip, struct buf *out);
/* name is a relative path; data below 4 GiB. */
void archive_zip_add(struct archive_zip *zip, const char *name, const void *data, size_t len);
/* Writes the directory and releases zip; false when out was full. */
bool archive_zip_finish(struct archive_zip *zip);
