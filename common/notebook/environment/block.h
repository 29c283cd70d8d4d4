/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A script block taken apart, for those who read and change it. */

#include "notebook/environment/environment.h"
#include "notebook/environment/toml.h"

#define BLOCK_OPEN  "# /// script\n"
#define BLOCK_CLOSE "# ///\n"
#define BLOCK_TABLE "tool.databricks.environment"

struct block {
	char *text; /* owned; the lines between the first and the last, without their "#" */
	size_t len;
	struct toml toml;
	/* borrowed; the statements of the keys, of the list, and of its repetition; NULL: none */
	const struct toml_item *keys[ENVIRONMENT_STRINGS];
	const struct toml_item *list, *copy;
	const struct toml_item *table; /* the table's header */
};

/* Takes apart a whole block (struct environment's). False when it is opaque. Release in both cases. */
bool block_read(struct block *block, const char *text);
void block_release(struct block *block);

/* The elements of a list, and the comments among them: *count items. */
const struct toml_item *block_inside(const struct block *block, const struct toml_item *list,
				     size_t *count);

/* The rest in one spelling, NULL when there is none; without the repetition that block->copy is. The
 * caller frees it. */
char *block_rest(const struct block *block);

/* Forgets block->copy where it is no repetition of env's list. */
void block_tell_copy(struct block *block, const struct environment *env);
