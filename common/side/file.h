/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files that are no notebooks (files = all): what tells them from notebooks, how large they may be,
 * and where the two get in each other's way.
 */

#include "side/context.h"

#define FILE_BYTES_MAX ((uint64_t)500 * 1024 * 1024) /* what a workspace takes */
#define FILE_HEAD_SIZE 256                           /* bytes that file_is_notebook() needs */

/* Whether the mapping has them: files = all. */
bool files_wanted(const struct side_context *c);

enum file_class {
	FILE_NOTEBOOK, /* by its name: .ipynb */
	FILE_SCRIPT,   /* .py, .sql, .scala, .r: a notebook if its first line says so */
	FILE_OTHER,
};
/* By the name alone. */
enum file_class file_class(const char *file);
/* Whether a file with this beginning is a notebook. */
bool file_is_notebook(const char *file, const void *head, size_t len);

/* ERR_INVALID with a sentence when a file of that size cannot travel. */
int file_check_size(const char *file, uint64_t size, struct err *e);

/* fs_fill_fn that writes a blob of the hub. */
struct file_source {
	struct hub *hub;        /* borrowed */
	const struct oid *blob; /* borrowed */
};
/* payload is a struct file_source. */
int file_fill(void *payload, int fd, struct err *e);
/* *out is a new file without a name that has the blob's content, *len its size; the caller closes
 * it. Errors are those of the hub and of fs_scratch(). */
int file_open_blob(struct side_context *c, const struct oid *blob, int *out, uint64_t *len,
		   struct err *e);
/* The same without content. */
int file_scratch(struct side_context *c, int *out, struct err *e);
