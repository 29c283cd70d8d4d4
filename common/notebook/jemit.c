/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON in a given style. Keeps no stack: whoever opens a container closes it.
 */

#include "notebook/jemit.h"

#include <string.h>

#include "notebook/jscan.h"

const struct jstyle jstyle_databricks = {
	.indent = { " ", 1 },
	.eol = { "\n", 1 },
	.comma = { ",", 1 },
	.colon = { ": ", 2 },
};

static void new_line(struct jemit *m)
{
	static const char blanks[] = "                                ";
	const struct span *indent = &m->style->indent;

	buf_add(m->out, m->style->eol.at, m->style->eol.len);
	if (indent->len == 1 && *indent->at == ' ' && m->depth < sizeof(blanks)) {
		buf_add(m->out, blanks, m->depth);
		return;
	}
	for (unsigned i = 0; i < m->depth; i++)
		buf_add(m->out, indent->at, indent->len);
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
		new_line(m);
	buf_add_char(m->out, bracket);
	m->first = false;
}

void jemit_item(struct jemit *m)
{
	if (m->style->compact) {
		if (!m->first)
			buf_add(m->out, m->style->comma.at, m->style->comma.len);
	} else {
		if (!m->first)
			buf_add_char(m->out, ',');
		new_line(m);
	}
	m->first = false;
}

void jemit_key(struct jemit *m, const char *key)
{
	size_t n = strlen(key);

	jemit_item(m);
	if (!buf_reserve(m->out, n + 2))
		return;
	m->out->data[m->out->len] = '"';
	memcpy(m->out->data + m->out->len + 1, key, n);
	m->out->data[m->out->len + n + 1] = '"';
	m->out->len += n + 2;
	jemit_raw(m, m->style->colon);
}

void jemit_text(struct jemit *m, struct span text)
{
	if (!jtext_encode(m->out, text, m->style->escapes, m->style->upper))
		m->bad = true;
}

void jemit_lines(struct jemit *m, struct span text)
{
	cleanup_buf struct buf gaps = BUF_INIT(4096);
	struct jemit gap = {
		.out = &gaps, .style = m->style, .depth = m->depth, .first = m->first
	};
	size_t first;

	if (!text.len)
		return;
	jemit_item(&gap);
	first = gaps.len;
	jemit_item(&gap);
	m->first = false;
	if (!jtext_encode_lines(m->out, text, m->style->escapes, m->style->upper,
				(struct span){ buf_str(&gaps), first },
				(struct span){ buf_str(&gaps) + first, gaps.len - first }))
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
