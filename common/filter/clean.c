/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Git does to bytes on their way into a repository (its convert.c), without settings of a
 * person: text, eol and ident of gitattributes(5). Which file counts as text under text=auto is a
 * statistic of its bytes, and must be Git's own to the byte, or a colleague's git status would show
 * a file that nobody touched; so it is compared with the real git add in tests. Nothing is ever
 * converted back: local files stay as they are.
 */

#include "filter/clean.h"

#include <string.h>

static bool is(const struct attribute_value *v, const char *word)
{
	return v->state == ATTRIBUTE_VALUE && str_eq(v->value, word);
}

/* False: this attribute does not say how. */
static bool lines_of(const struct attribute_value *v, enum clean_lines *out)
{
	*out = CLEAN_AS_THEY_ARE;
	if (v->state == ATTRIBUTE_SET || is(v, "input"))
		*out = CLEAN_TEXT;
	else if (is(v, "auto"))
		*out = CLEAN_AUTO;
	else
		return v->state == ATTRIBUTE_UNSET;
	return true;
}

struct clean clean_of(const struct attribute_value values[static ATTRIBUTE_COUNT])
{
	const struct attribute_value *eol = &values[ATTRIBUTE_EOL];
	struct clean c = { .ident = values[ATTRIBUTE_IDENT].state == ATTRIBUTE_SET };
	bool said = lines_of(&values[ATTRIBUTE_TEXT], &c.lines) ||
		    lines_of(&values[ATTRIBUTE_CRLF], &c.lines);

	/* An end of line that is asked for makes a text of it. */
	if (!said && (is(eol, "lf") || is(eol, "crlf")))
		c.lines = CLEAN_TEXT;
	return c;
}

bool clean_is_any(const struct clean *c)
{
	return c->lines != CLEAN_AS_THEY_ARE || c->ident;
}

/* ---- line ends ---- */

struct statistic {
	size_t nul, lone_cr, crlf, printable, other;
};

static void count(struct statistic *s, const char *data, size_t len)
{
	*s = (struct statistic){ 0 };
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\r' && i + 1 < len && data[i + 1] == '\n') {
			s->crlf++;
			i++;
		} else if (c == '\r') {
			s->lone_cr++;
		} else if (c == '\n') {
			continue;
		} else if (c == 0x7f || (c < ' ' && !strchr("\b\t\033\014", c))) {
			s->other++;
		} else if (c) {
			s->printable++;
		} else {
			s->nul++;
			s->other++;
		}
	}
	/* The end of a file of MS-DOS. */
	if (len && data[len - 1] == '\032')
		s->other--;
}

static bool is_binary(const struct statistic *s)
{
	return s->lone_cr || s->nul || s->printable >> 7 < s->other;
}

bool clean_has_crlf(const char *data, size_t len)
{
	struct statistic s;

	if (!memchr(data, '\r', len))
		return false;
	count(&s, data, len);
	return s.crlf && !is_binary(&s);
}

static bool converts(const struct clean *c, const char *data, size_t len, bool before)
{
	struct statistic s;

	if (c->lines == CLEAN_AS_THEY_ARE || !memchr(data, '\r', len))
		return false;
	count(&s, data, len);
	return s.crlf && (c->lines == CLEAN_TEXT || (!before && !is_binary(&s)));
}

static void add_lines(struct buf *out, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		const char *cr = memchr(data, '\r', (size_t)(end - data));
		const char *stop = cr ? cr : end;

		/* A CR that no LF follows stays. */
		if (cr && (cr + 1 == end || cr[1] != '\n'))
			stop++;
		buf_add(out, data, (size_t)(stop - data));
		data = stop + (cr && stop == cr);
	}
}

/* ---- $Id$ ---- */

static void add_idents(struct buf *out, const char *data, size_t len)
{
	const char *end = data + len, *dollar, *close;

	while ((dollar = memchr(data, '$', (size_t)(end - data)))) {
		buf_add(out, data, (size_t)(dollar + 1 - data));
		data = dollar + 1;
		if (end - data <= 3 || memcmp(data, "Id:", 3) != 0)
			continue;
		close = memchr(data + 3, '$', (size_t)(end - data - 3));
		if (!close)
			break;
		if (memchr(data + 3, '\n', (size_t)(close - data - 3)))
			continue;
		buf_add_str(out, "Id$");
		data = close + 1;
	}
	buf_add(out, data, (size_t)(end - data));
}

void clean_apply(const struct clean *c, const char *data, size_t len, bool before, struct buf *out)
{
	cleanup_buf struct buf lines = BUF_UNBOUNDED;

	if (converts(c, data, len, before)) {
		add_lines(&lines, data, len);
		data = buf_str(&lines);
		len = lines.len;
	}
	if (c->ident)
		add_idents(out, data, len);
	else
		buf_add(out, data, len);
}
