/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes JSON in a given style: the one a file already has, or Databricks' own for a new file. */

#include "notebook/json/jtext.h"

struct jstyle {
	bool compact;       /* everything on one line */
	struct span indent; /* of one level */
	struct span eol;
	struct span comma; /* between items when compact */
	struct span colon;
	enum jtext_escapes escapes;
	bool upper; /* \u001B, not \u001b */
};

/* Indent 1, "," and a line end, ": ", UTF-8 as it is: what Databricks' Git folders write. */
extern const struct jstyle jstyle_databricks;

struct jemit {
	struct buf *out;
	const struct jstyle *style;
	unsigned depth;
	bool first; /* nothing stands in the innermost container yet */
	bool bad;   /* some text was not UTF-8 */
};

void jemit_open(struct jemit *m, char bracket);
void jemit_close(struct jemit *m, char bracket);
/* The comma, line end and indent before the next item of a list (jemit_key does it for members). */
void jemit_item(struct jemit *m);
/* key needs no escapes. */
void jemit_key(struct jemit *m, const char *key);
void jemit_text(struct jemit *m, struct span text);
/* A string for each line of text, as items. */
void jemit_lines(struct jemit *m, struct span text);
void jemit_string(struct jemit *m, const char *s);
/* A literal or a value that already is in this style and at this depth. */
void jemit_raw(struct jemit *m, struct span raw);
void jemit_word(struct jemit *m, const char *word);
/* A validated value from another file: its tokens as they are, white space in our style. */
void jemit_reformatted(struct jemit *m, struct span value);
