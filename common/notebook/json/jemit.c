/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON in a given style. Keeps no stack: whoever opens a container closes it.
 */

#include "notebook/json/jemit.h"

#include <string.h>

#include "notebook/json/jscan.h"

const struct jstyle jstyle_databricks = {
	.indent = { " ", 1 },
	.eol = { "\n", 1 },
	.comma = { ",", 1 },
	.colon = { ": ", 2 },
};

/* A comma if one is due, a line end and the indent. */
static void new_line(struct jemit *m, bool comma)
{
	static const char plain[] = ",\n                                ";
	const struct jstyle *style = m->style;

	if (style->eol.len == 1 && style->indent.len == 1 && *style->indent.at == ' ' &&
	    m->depth < sizeof(plain) - 2) {
		buf_add(m->out, plain + !comma, (size_t)comma + 1 + m->depth);
		return;
	}
	if (comma)
		buf_add_char(m->out, ',');
	buf_add(m->out, style->eol.at, style->eol.len);
	for (unsigned i = 0; i < m->depth; i++)
		buf_add(m->out, style->indent.at, style->indent.len);
}

void jemit_open(struct jemit *m, char bracket)
{
	buf_add_char(m->out, bracket);
	m->depth++;
	m->first = true;
}

void jemit_close(struct jemit *m, char bracket)
{
	m->depth--;
	if (!m->first && !m->style->compact)
		new_line(m, false);
	buf_add_char(m->out, bracket);
	m->first = false;
}

void jemit_item(struct jemit *m)
{
	if (!m->style->compact)
		new_line(m, !m->first);
	else if (!m->first)
		buf_add(m->out, m->style->comma.at, m->style->comma.len);
	m->first = false;
}

void jemit_key(struct jemit *m, const char *key)
{
	const struct span *colon = &m->style->colon;
	size_t n = strlen(key);
	char *o;

	jemit_item(m);
	if (!buf_reserve(m->out, n + 2 + colon->len))
		return;
	o = m->out->data + m->out->len;
	*o++ = '"';
	o = mempcpy(o, key, n);
	*o++ = '"';
	o = mempcpy(o, colon->at, colon->len);
	*o = '\0';
	m->out->len += n + 2 + colon->len;
}

void jemit_text(struct jemit *m, struct span text)
{
	if (!jtext_encode(m->out, text, m->style->escapes, m->style->upper))
		m->bad = true;
}

void jemit_lines(struct jemit *m, struct span text)
{
	cleanup_buf struct buf between = BUF_UNBOUNDED;
	struct jemit gap = { .out = &between, .style = m->style, .depth = m->depth };

	if (!text.len)
		return;
	jemit_item(&gap);
	jemit_item(m);
	if (!jtext_encode_lines(m->out, text, m->style->escapes, m->style->upper,
				(struct span){ buf_str(&between), between.len }))
		m->bad = true;
}

void jemit_string(struct jemit *m, const char *s)
{
	if (!jtext_encode_string(m->out, s, m->style->escapes, m->style->upper))
		m->bad = true;
}

void jemit_raw(struct jemit *m, struct span raw)
{
	buf_add(m->out, raw.at, raw.len);
}

void jemit_word(struct jemit *m, const char *word)
{
	buf_add_str(m->out, word);
}

/* Recursion is bounded: the value was scanned with a limit on its depth before. */
static void reformat(struct jemit *m, struct jscan *s)
{
	char open = jscan_peek(s);
	bool first = true;
	struct span part;

	if (open != '{' && open != '[') {
		if (jscan_skip(s, &part))
			jemit_raw(m, part);
		return;
	}
	jemit_open(m, open);
	jscan_open(s, open);
	while (open == '{' ? jscan_member(s, &first, &part) : jscan_element(s, &first)) {
		jemit_item(m);
		if (open == '{') {
			jemit_raw(m, part);
			jemit_raw(m, m->style->colon);
		}
		reformat(m, s);
	}
	jemit_close(m, open == '{' ? '}' : ']');
}

void jemit_reformatted(struct jemit *m, struct span value)
{
	struct jscan s;

	jscan_init(&s, value.at, value.len, JSCAN_DEPTH_MAX);
	reformat(m, &s);
}
