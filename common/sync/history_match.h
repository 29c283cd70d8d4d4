/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What walking and finding in the history share: which files a person means by a path, and which
 * files of a revision are notebooks. Only history*.c include this.
 */

#include "notebook/notebook.h"
#include "sync/history.h"

struct history_match {
	char *path; /* owned, without a final '/'; NULL: everything */
	char *stem; /* owned; of path, when that is the name of a notebook's file; NULL */
};
void history_match_init(struct history_match *match, const char *path);
void history_match_release(struct history_match *match);

/* Whether something that is meant can stand below this folder. */
bool history_match_enters(const struct history_match *match, const char *folder);

/* How well a file is what was meant. */
enum history_fit {
	HISTORY_OTHER,
	HISTORY_BELOW,   /* path is a folder above it */
	HISTORY_SIBLING, /* path names the same notebook in another format */
	HISTORY_STEM,    /* path is its stem */
	HISTORY_FILE,    /* path is its name */
};
enum history_fit history_match_file(const struct history_match *match, const char *file,
				    const char *stem);

/* Whether this file of a revision holds a notebook of the mapping. id zero: no. Only the branch
 * (origin HISTORY_GIT) can have scripts and links, and files that are not the mapping's. */
int history_is_notebook(struct hub *h, const struct config_mapping *m, enum history_origin origin,
			const struct notebook_name *name, const struct oid *id, uint32_t mode,
			bool *out, struct err *e);

/* A commit that must be there: absence becomes ERR_RETRY, see history.h. */
int history_commit(struct hub *h, const struct oid *id, struct commit_info *out, struct err *e);
