/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files that are no notebooks (files = all): what tells them from notebooks, how large they may be,
 * and where the two get in each other's way.
 */

#include "sync/cycle_internal.h"

#define FILE_BYTES_MAX     ((uint64_t)500 * 1024 * 1024) /* what a workspace takes */
#define FILE_GIT_BYTES_MAX ((uint64_t)100 * 1024 * 1024) /* what Git hosts take */
#define FILE_HEAD_SIZE     256 /* bytes that tell a script from a notebook */

/* Whether the mapping wants them. */
bool files_wanted(const struct cycle *c);

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
/* ERR_INVALID when a workspace would make something else than a file of it. */
int file_check_workspace_name(const char *file, struct err *e);

/* The row of the other kind that has this row's file name on a side: a script that was a file and
 * becomes a notebook, or the other way round. NULL: none. */
struct row *file_twin(struct cycle *c, const struct row *row, enum side_id side);

/* Whether a script was a notebook when it was last looked at on that side. */
bool file_was_notebook(struct cycle *c, enum side_id side, const char *file);

/* Whether this row, which is to be deleted, stands in the way of one of the other kind. */
bool file_makes_way(struct cycle *c, const struct row *row);

/* Reads a local file into the hub. *st as fs_read() gives it. ERR_INVALID: too large. */
int file_read_local(struct cycle *c, const char *file, struct fs_stat *st, struct oid *blob,
		    struct err *e);
/* fs_fill_fn: payload is a struct file_source. */
struct file_source {
	struct hub *hub;
	const struct oid *blob;
};
int file_fill(void *payload, int fd, struct err *e);
/* A descriptor of ours with a blob's content; the caller closes it. */
int file_open_blob(struct cycle *c, const struct oid *blob, int *out, uint64_t *len, struct err *e);
/* An empty one. */
int file_scratch(struct cycle *c, int *out, struct err *e);

/* A plan's guards that concern files: two that would have one name, and what a Git host refuses. */
void file_guard(struct cycle *c, struct row *row);
