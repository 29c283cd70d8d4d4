/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A reader for the TOML of a script block (PEP 723), which tells where everything stands, so that one
 * value can be exchanged and every other byte stay. (No C library for TOML is packaged in Debian 12
 * and 13; those for C++ give values, not places.)
 *
 * Understands the structure of TOML 1.0 whole: keys bare, quoted and dotted, tables, all four kinds of
 * strings, arrays, inline tables, comments. Numbers, dates and booleans are passed over unread. What
 * it takes for wrong it refuses; the caller then treats the text as one opaque piece.
 *
 * The text is a block's without the "#" in front of every line: a line that is not empty begins with
 * one blank more than its TOML. Inside strings of several lines that blank does not count.
 */

#include "base/buf.h"
#include "base/span.h"

#define TOML_DEPTH_MAX 16 /* levels of arrays and inline tables */
#define TOML_ITEMS_MAX 10000

enum toml_kind {
	TOML_TABLE,   /* [path] */
	TOML_TABLES,  /* [[path]] */
	TOML_VALUE,   /* path = value; also a member of an inline table that was walked into */
	TOML_ELEMENT, /* of the array that is the value of the last TOML_VALUE before it */
	TOML_COMMENT  /* from its "#", without the blanks at its end; also inside arrays */
};

struct toml_item {
	enum toml_kind kind;
	/* Owned; the whole dotted path, parts quoted where they must be: tool."a b".c. NULL for an
	 * element and a comment. */
	char *path;
	struct span whole; /* key and value; header with brackets; comment; element */
	struct span value; /* of a TOML_VALUE */
	size_t last;       /* of a TOML_VALUE: where in the text the last part of its key begins */
	bool inside;       /* a member of an inline table */
};

struct toml {
	struct toml_item *items; /* owned, in the order of the text */
	size_t count, cap;
	const char *why; /* what is wrong; NULL: nothing */
	const char *at;  /* where */
};

/* Reads text, which must outlive *out. walk is a dotted path: inline tables on the way to it and at it
 * are walked into, those elsewhere are values. False when the text is not understood, out->why tells.
 * Release in both cases. */
bool toml_read(struct toml *out, struct span text, const char *walk);
void toml_release(struct toml *toml);

/* Whether a value is a string. */
bool toml_is_string(struct span value);

/* What a string of a text that toml_read() understood means, as a C string (C0 80 for a NUL). The
 * caller frees it. */
char *toml_string(struct span string);

/* Passes over the string that begins at p; its end, NULL when it is none. *why tells. */
const char *toml_skip_string(const char *p, const char *end, const char **why);

/* Adds a C string as a TOML string; literal: between single quotes where that can hold it. False when
 * it is not UTF-8, which TOML must be: nothing is added. */
bool toml_add_string(struct buf *out, const char *s, bool literal);
