/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the things that people do have in common. Only people*.c include this.
 */

#include "tests/model/model.h"

/* How the world calls a file. Owned by the caller. */
char *people_path(const struct model *m, enum side_id side, const char *file);
/* An event tells of that file; only the local side has any. */
void people_hint(struct model *m, enum side_id side, const char *file);
/* The side of s touched that notebook of its lane. */
void people_touch(struct model *m, const struct step *s, unsigned stem);
/* Somebody who saw old wrote new in its place. */
void people_replaced(struct model *m, const uint16_t *old, size_t old_count, const uint16_t *new,
		     size_t new_count);

/* A Databricks source of these cells. Owned by the caller. */
char *people_source(enum notebook_language language, const uint16_t *tokens, size_t count);

/* Whether a notebook may stand there: a workspace cannot have one where a folder is, nor a folder
 * where one is. */
bool people_is_free(const struct model *m, enum side_id side, const char *stem);
void people_put_text(struct model *m, enum side_id side, const char *file, const char *text);
void people_remove(struct model *m, enum side_id side, const char *file);
/* Writes a notebook in this format; old, if not NULL, is what it replaces. */
void people_put(struct model *m, enum side_id side, const char *stem, enum notebook_format format,
		enum notebook_language language, const uint16_t *tokens, size_t count,
		const struct sight *old);
