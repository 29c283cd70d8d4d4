/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The serverless environment of a notebook. Source carries it as a comment block directly under
 * the header (Python only, since March 2026):
 *
 *	# /// script
 *	# [tool.databricks.environment]
 *	# base_environment = "databricks_ai_v4"
 *	# environment_version = "4"
 *	# ///
 *
 * and ipynb as environmentMetadata of the notebook's metadata. It is not a cell, and it is not
 * part of the canonical form: older exports of either format lose it without anybody having
 * removed it. A missing environment therefore means "not told", never "removed".
 */

#include "base/buf.h"

struct environment {
	bool known;
	char *base;          /* owned; NULL when not told */
	char *version;       /* owned; NULL when not told */
	char **dependencies; /* owned */
	size_t count, cap;
};

void environment_release(struct environment *env);
void environment_copy(struct environment *to, const struct environment *from);
bool environment_equal(const struct environment *a, const struct environment *b);
void environment_depend(struct environment *env, const char *name, size_t len);

/* Length of the block that stands at text, 0 when none does; *env (may be NULL) receives it. */
size_t environment_read_block(struct environment *env, const char *text, size_t len);
void environment_write_block(const struct environment *env, struct buf *out);
