/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What walking and finding in the history share: which files a person means by a path, and what the
 * files of a revision are to the mapping. Only history*.c include this.
 */

#include "memory/history.h"
#include "notebook/notebook.h"

struct history_match {
	char *path; /* owned, without a final '/'; NULL: everything */
	char *stem; /* owned; of path, when that is the name of a notebook's file; NULL */
};
void history_match_init(struct history_match *match, const char *path);
void history_match_release(struct history_match *match);

/* Whether something that is meant can stand below this folder of a revision's tree. */
bool history_match_enters(const struct history_match *match, enum history_origin origin,
			  const char *folder);

/* How well a file is what was meant. */
enum history_fit {
	HISTORY_OTHER,
	HISTORY_BELOW,   /* path is a folder above it */
	HISTORY_SIBLING, /* path names the same notebook in another format */
	HISTORY_STEM,    /* path is its stem */
	HISTORY_FILE,    /* path is its name */
};
/* stem: of a notebook; of another file its name once more. */
enum history_fit history_match_file(const struct history_match *match, const char *file,
				    const char *stem);

/* A file of a revision as the mapping knows it. */
struct history_file {
	enum history_origin origin; /* whose revision it is */
	const char *name;           /* below the mapping's root; borrowed */
	bool plain;                 /* it is no notebook, whatever its name is */
	const struct oid *id;       /* borrowed; zero: it is not there */
	uint32_t mode;              /* as in the tree */
};
/* Name and plain, from its path in the revision's tree: our own trees have what is no notebook in
 * STATE_FILES. The rest is for the caller to set, before history_path(). */
struct history_file history_file(enum history_origin origin, const char *path);

/*
 * What the file was to the mapping in a revision: a notebook, by its stem, or (files = all) another
 * file, by its name; owned by the caller. NULL when it is none of the mapping's, or not there. Only
 * on the branch (origin HISTORY_GIT) this depends on content, kind and the mapping's filter.
 */
int history_path(struct hub *h, const struct config_mapping *m, const struct history_file *file,
		 char **out, struct err *e);

/* A commit that must be there: absence becomes ERR_RETRY, see history.h. */
int history_commit(struct hub *h, const struct oid *id, struct commit_info *out, struct err *e);
