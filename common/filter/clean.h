/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bytes that git add would store for a file, by its attributes: line ends as LF, $Id$ without what
 * stands in it. Pure. Filters and encodings are other programs' business, see side/git/files/attributes.h.
 */

#include "base/buf.h"
#include "filter/attributes.h"

enum clean_lines {
	CLEAN_AS_THEY_ARE,
	CLEAN_TEXT, /* CRLF becomes LF */
	CLEAN_AUTO, /* ... unless it is no text, or what was stored before has CRLF */
};

struct clean {
	enum clean_lines lines;
	bool ident;
};

/* core.autocrlf and core.eol are nobody's here: they are a person's settings, not the branch's. */
struct clean clean_of(const struct attribute_value values[static ATTRIBUTE_COUNT]);

/* Whether there is anything to do at all. */
bool clean_is_any(const struct clean *c);

/* Whether Git takes what is stored for a text with CRLF, which text=auto leaves alone. */
bool clean_has_crlf(const char *data, size_t len);

/* Appends what is stored of data. before: clean_has_crlf() of what is stored under this path now. */
void clean_apply(const struct clean *c, const char *data, size_t len, bool before, struct buf *out);
