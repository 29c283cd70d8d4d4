/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The serverless environment of a notebook. Source carries it as a comment block directly under
 * the header (Python only, since March 2026), which is TOML:
 *
 *	# /// script
 *	# [tool.databricks.environment]
 *	# base_environment = "databricks_ai_v4"
 *	# environment_version = "4"
 *	# ///
 *
 * and ipynb as environmentMetadata of Databricks' metadata of the notebook.
 *
 * It has two parts. The **keys** are what both formats can say: the five that follow, each a string
 * or a list of strings. An empty string or list is none. The **rest** is what only a block can say:
 * PEP 723's own keys, other tables, comments, a known key whose value is of another type. An ipynb
 * does not tell the rest, which therefore is never taken for removed; a Python source file without a
 * block tells that there are neither keys nor rest.
 *
 * PEP 723's own `dependencies` (above all tables) are what uv installs. Databricks was seen to write
 * them as a repetition of its own list, never alone, and nothing shows that it reads them. So a list
 * that says the same as the table's is a repetition and follows it; any other one is part of the rest.
 *
 * A block that is not TOML as toml.h reads it is **opaque**: it tells no keys, all of it is rest.
 *
 * What Databricks **notes** of itself: most ipynb files hold "base_environment": "" beside a
 * version, and their source has no block. Such an environment counts (an edit of the version is an
 * edit), but a source file without a block does not contradict it. Where dependencies or a project
 * stand beside it, a person has set it, and it is not noted.
 */

#include "base/buf.h"
#include "base/err.h"

enum environment_key {
	ENVIRONMENT_BASE,
	ENVIRONMENT_VERSION,
	ENVIRONMENT_CLIENT,  /* before environment_version, 2024 to 2025 */
	ENVIRONMENT_PROJECT, /* a pyproject.toml; excludes the others (Jobs API) */
	ENVIRONMENT_STRINGS,
};

#define ENVIRONMENT_BLOCK_MAX        ((size_t)64 << 10) /* longer ones are opaque */
#define ENVIRONMENT_DEPENDENCIES_MAX 1000

struct environment {
	bool known;                        /* the keys are told */
	bool whole;                        /* the rest is told */
	bool noted;                        /* by Databricks itself; see above */
	bool opaque;                       /* the block is not understood */
	char *values[ENVIRONMENT_STRINGS]; /* owned; NULL: none; UTF-8 as in jtext.h */
	char **dependencies;               /* owned */
	size_t count, cap;
	/* owned; the block as spelled, with its first and last line, each with its LF; its keys may be
	 * older than values. NULL: none, or not told. */
	char *block;
	char *rest; /* owned; the rest, spelled in one way; NULL: empty, or not told */
};

/* "base_environment", as both formats spell it. */
const char *environment_key_name(enum environment_key key);

void environment_release(struct environment *env);
/* *to is overwritten, not released. */
void environment_copy(struct environment *to, const struct environment *from);
/* Adds a dependency. */
void environment_depend(struct environment *env, const char *name, size_t len);
/* Whether there is a key with a value. */
bool environment_has_keys(const struct environment *env);
/* Whether keys, or else rest, are the same, what is not told taken for none. */
bool environment_keys_equal(const struct environment *a, const struct environment *b);
/* Of the keys only the dependencies, in their order. */
bool environment_list_equal(const struct environment *a, const struct environment *b);
bool environment_rest_equal(const struct environment *a, const struct environment *b);
bool environment_equal(const struct environment *a, const struct environment *b);

/* Whether they are equal in what both tell. No keys agree with noted ones. */
bool environment_agree(const struct environment *a, const struct environment *b);

/* Adds the keys and the rest in one spelling; nothing when there are neither. */
void environment_canonical(const struct environment *env, struct buf *out);

/*
 * Three-way: each key and the rest for itself; true on a conflict, whose key or rest is ours' in
 * *out. What a side does not tell it did not change. base NULL: nothing in common; then two that do
 * not agree are a conflict. *out is overwritten; release it.
 */
bool environment_merge(struct environment *out, const struct environment *base,
		       const struct environment *ours, const struct environment *theirs);

/* What a side holds now: raw's where it differs from told (what the side held when it last agreed),
 * whole's (what was agreed on then) elsewhere. told NULL: as whole. */
void environment_lift(struct environment *out, const struct environment *whole,
		      const struct environment *told, const struct environment *raw);

/* ---- blocks ---- */

/* Length of the block that stands at text, 0 when none does; *env (may be NULL) receives it. */
size_t environment_read_block(struct environment *env, const char *text, size_t len);

/*
 * Adds the block that a source file shall have: old's (what the file held) where that says the same;
 * old's or, if the rest is another one, env's, with only the keys changed that differ; a new one as
 * Databricks writes it; nothing when there is nothing left to say. An opaque block stays as it is.
 * old may be NULL. Keys that env does not tell stay. ERR_INVALID when a value is one that no block can
 * hold, or that this block cannot take.
 */
int environment_put_block(struct buf *out, const struct environment *old,
			  const struct environment *env, struct err *e);

/* ERR_INVALID with the first thing of the rest, by name, that an .ipynb has no place for; 0 when there
 * is no rest. */
int environment_refuse_rest(const struct environment *env, struct err *e);
