/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files that are no notebooks (files = all): what tells them from notebooks, how large they may be,
 * and where the two get in each other's way.
 */

#include "side/context.h"

#define FILE_BYTES_MAX ((uint64_t)500 * 1024 * 1024) /* what a workspace takes */
#define FILE_HEAD_SIZE 256                           /* bytes that tell a script from a notebook */

/* Whether the mapping wants them. */
bool files_wanted(const struct side_context *c);

enum file_class {
	FILE_NOTEBOOK, /* by its name: .ipynb */
	FILE_SCRIPT,   /* .py, .sql, .scala, .r: a notebook if its first line says so */
	FILE_OTHER,
};
enum file_class file_class(const char *file);
/* Whether a script with this beginning is a notebook. */
bool file_is_notebook(const char *file, const void *head, size_t len);

/* ERR_INVALID with a sentence when a file of that size cannot travel. */
int file_check_size(const char *file, uint64_t size, struct err *e);

/* fs_fill_fn: payload is a struct file_source. */
struct file_source {
	struct hub *hub;
	const struct oid *blob;
};
int file_fill(void *payload, int fd, struct err *e);
/* A descriptor of ours with a blob's content; the caller closes it. */
int file_open_blob(struct side_context *c, const struct oid *blob, int *out, uint64_t *len,
		   struct err *e);
/* An empty one. */
int file_scratch(struct side_context *c, int *out, struct err *e);
