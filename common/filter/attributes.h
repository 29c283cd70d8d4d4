/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a branch's .gitattributes files say about a path, gitattributes(5): which bytes git add would
 * store for a file, and which files it would hand to another program. Pure: the side reads the files.
 *
 * A deeper folder's file has the word before those above it, and in each the last line that matches.
 * Patterns are those of glob.h, but "!pattern" and "pattern/" match nothing. Of all attributes only
 * those of enum attribute count here; others matter as macros, which the root's file may define. Lines
 * that Git passes over (no attribute's name, 2048 bytes and more) are passed over.
 */

#include "filter/glob.h"

#include "base/err.h"

#define ATTRIBUTES_FILE_MAX  ((size_t)256 * 1024) /* bytes of a file */
#define ATTRIBUTES_FILES_MAX 1000                 /* of a branch */
#define ATTRIBUTES_RULES_MAX 2000                 /* in all of them */
#define ATTRIBUTES_NAMES_MAX 200                  /* of attributes, in all of them */

#define ATTRIBUTES_NAME      ".gitattributes"

enum attribute {
	ATTRIBUTE_TEXT,
	ATTRIBUTE_CRLF, /* the older name of text */
	ATTRIBUTE_EOL,
	ATTRIBUTE_IDENT,
	ATTRIBUTE_FILTER,
	ATTRIBUTE_ENCODING, /* working-tree-encoding */
	ATTRIBUTE_COUNT,
};

enum attribute_state {
	ATTRIBUTE_UNSPECIFIED,
	ATTRIBUTE_SET,   /* "text" */
	ATTRIBUTE_UNSET, /* "-text" */
	ATTRIBUTE_VALUE, /* "text=auto" */
};

struct attribute_value {
	enum attribute_state state;
	const char *value; /* borrowed from the struct attributes; NULL unless ATTRIBUTE_VALUE */
};

struct attributes_folder;
/* Zeroed, it says nothing. */
struct attributes {
	struct attributes_folder *folders; /* owned; the deeper ones behind those above them */
	size_t count, cap;
	char **names; /* owned; the first ones are those of enum attribute */
	size_t name_count, name_cap;
	size_t rules;
};

void attributes_release(struct attributes *a);

/* Takes the content of a folder's file ("" is the root). Those of folders above it were taken before.
 * ERR_INVALID: it is too large, or one too many, or has too many lines or names; a is then only good
 * to be released. */
int attributes_add(struct attributes *a, const char *folder, const char *text, size_t len,
		   struct err *e);

/* What is said of a file. path: from the repository's root. */
void attributes_of(const struct attributes *a, const char *path,
		   struct attribute_value out[static ATTRIBUTE_COUNT]);
