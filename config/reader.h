/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A configuration while it is being read: the struct that grows, where each part of it came from,
 * and every problem so far. One reader takes any number of texts, then ends once.
 */

#include "config/keys.h"
#include "config/problem.h"

/* Where a section stands, for messages about it. */
struct reader_place {
	char *file; /* owned */
	unsigned line;
	unsigned key_line[CONFIG_KEYS_MAX]; /* by config_key_index(); 0: not given */
};

struct reader {
	struct config *config;           /* owned until reader_end() */
	struct reader_place *workspaces; /* owned; in step with config->workspaces */
	struct reader_place *mappings;
	size_t workspace_cap, workspace_place_cap, mapping_cap, mapping_place_cap;

	/* the section that is being read */
	const char *file; /* borrowed */
	enum config_scope scope;
	void *section;              /* borrowed; NULL: keys here are ignored */
	struct reader_place *place; /* borrowed */
	struct reader_place daemon; /* of the [daemon] of this file */

	struct problems problems;
};

/* name becomes config->file. */
void reader_init(struct reader *r, const char *name, struct buf *problems);

/* Reads one more text. [daemon] may stand in each and later ones win, key by key; a workspace or
 * mapping may be defined once. */
void reader_add(struct reader *r, const char *text, size_t len, const char *file);

/* Fills in what depends on the environment, checks the whole, and hands it over. Releases the reader
 * in any case. ERR_CONFIG, *e the first problem, *out NULL. */
int reader_end(struct reader *r, struct config **out, struct err *e);

/* The defaults of state and socket. */
void defaults_apply(struct reader *r);

/* What can only be said about the whole: see check.c. */
void check_config(struct reader *r);
