/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of a cell's source: a list of lines, each with its LF, as every current tool writes it,
 * or one string where the file has that. Lines that an edit left alone keep their spelling.
 */

#include "notebook/ipynb/write.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/json/jscan.h"

/* The strings of an old list, and what they mean. */
struct old_lines {
	struct span *token; /* owned */
	struct span *text;  /* owned; points into memory */
	size_t count, cap, text_cap;
	char *memory; /* owned */
};

static void read_old(struct old_lines *old, struct span list)
{
	struct jscan s;
	struct span token;
	bool first = true;
	char *o;

	if (!list.at || *list.at != '[')
		return;
	o = old->memory = xmalloc(list.len + JTEXT_SLACK);
	jscan_init(&s, list.at, list.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '[');
	while (jscan_element(&s, &first) && jscan_skip(&s, &token)) {
		size_t n = jtext_decode(o, token);

		old->token = array_grow(old->token, old->count, &old->cap, sizeof(token));
		old->text = array_grow(old->text, old->count, &old->text_cap, sizeof(token));
		old->token[old->count] = token;
		old->text[old->count++] = (struct span){ o, n };
		o += n;
	}
}

static void release_old(struct old_lines *old)
{
	free(old->token);
	free(old->text);
	free(old->memory);
}

static bool starts(struct span text, struct span line)
{
	return line.len && text.len >= line.len && memcmp(text.at, line.at, line.len) == 0;
}

static bool ends(struct span text, struct span line)
{
	return line.len && text.len >= line.len &&
	       memcmp(text.at + text.len - line.len, line.at, line.len) == 0;
}

static void put_token(struct jemit *m, struct span token)
{
	jemit_item(m);
	jemit_raw(m, token);
}

static bool is_line(struct span text)
{
	return text.len && memchr(text.at, '\n', text.len) == text.at + text.len - 1;
}

static void put_list(struct jemit *m, struct span text, const struct old_lines *old)
{
	size_t front = 0, back = old->count;

	jemit_open(m, '[');
	/* only whole lines can stay: a list may be cut anywhere */
	while (front < back && is_line(old->text[front]) && starts(text, old->text[front])) {
		put_token(m, old->token[front]);
		text.at += old->text[front].len;
		text.len -= old->text[front++].len;
	}
	while (back > front && ends(text, old->text[back - 1]) &&
	       (text.len == old->text[back - 1].len ||
		text.at[text.len - old->text[back - 1].len - 1] == '\n'))
		text.len -= old->text[--back].len;
	jemit_lines(m, text);
	for (; back < old->count; back++)
		put_token(m, old->token[back]);
	jemit_close(m, ']');
}

void ipynb_put_source(struct jemit *m, struct span text, struct span old, bool as_string)
{
	struct old_lines lines = { 0 };

	if (old.at ? *old.at == '"' : as_string) {
		jemit_text(m, text);
		return;
	}
	read_old(&lines, old);
	put_list(m, text, &lines);
	release_old(&lines);
}
