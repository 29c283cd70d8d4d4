/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical spelling of a JSON value: no white space, keys in the order of their bytes, strings
 * with the fewest escapes, numbers as digits and an exponent. One pass; an object whose keys are
 * not in order is put into order when it closes, so that every byte is moved at most once a level.
 */

#include "notebook/json/jvalue.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/json/jtext.h"

struct canon {
	struct jscan s;
	struct buf *out;
};

/* Where a value stands in a list of outputs. */
enum place { NOWHERE, LIST, OUTPUT, BUNDLE, TEXT };

static void put_value(struct canon *c, enum place place);

static void put_string(struct buf *out, struct span string)
{
	cleanup_free char *plain = NULL;

	if (!memchr(string.at, '\\', string.len)) {
		buf_add(out, string.at, string.len);
		return;
	}
	plain = xmalloc(string.len + JTEXT_SLACK);
	jtext_encode(out, (struct span){ plain, jtext_decode(plain, string) }, JTEXT_ESCAPE_NONE,
		     false);
}

/* ---- numbers ---- */

/* The exponent that a number's text ends in; false when it is too large to calculate with. */
static bool read_exponent(const char *p, const char *end, long *exponent)
{
	bool minus = p < end && *p == '-';

	p += p < end && (*p == '-' || *p == '+');
	if (end - p > 9)
		return false;
	for (*exponent = 0; p < end; p++)
		*exponent = *exponent * 10 + (*p - '0');
	if (minus)
		*exponent = -*exponent;
	return true;
}

/* 10, 1e1 and 1.0E+1 are "1e1". */
static void put_number(struct buf *out, struct span number)
{
	const char *p = number.at, *end = p + number.len, *digits_end = p, *last = NULL;
	long exponent = 0, shift = 0;
	bool point = false;
	size_t start = out->len;

	while (digits_end < end && *digits_end != 'e' && *digits_end != 'E')
		digits_end++;
	/* NaN and Infinity are no digits */
	if (memchr(number.at, 'N', number.len) || memchr(number.at, 'I', number.len) ||
	    (digits_end < end && !read_exponent(digits_end + 1, end, &exponent))) {
		buf_add(out, number.at, number.len);
		return;
	}
	for (const char *q = p; q < digits_end; q++)
		if (*q >= '1' && *q <= '9')
			last = q;
	if (!last) {
		buf_add_char(out, '0');
		return;
	}
	for (; p < digits_end; p++) {
		if (*p == '-')
			buf_add_char(out, '-');
		else if (*p == '.')
			point = true;
		else if (p <= last && (*p != '0' || out->len > start + (*number.at == '-')))
			buf_add_char(out, *p);
		if (*p != '-' && *p != '.')
			shift += (!point && p > last) - (point && p <= last);
	}
	if (exponent + shift)
		buf_addf(out, "e%ld", exponent + shift);
}

/* ---- objects ---- */

/* One member as it stands in the output so far. */
struct member {
	const char *text; /* of the whole object in front of which at counts */
	size_t at, key, len;
};

struct members {
	struct member *list; /* owned */
	size_t count, cap;
};

static int compare_keys(const struct member *a, const struct member *b)
{
	size_t n = a->key < b->key ? a->key : b->key;
	int order = memcmp(a->text + a->at, b->text + b->at, n);

	return order ? order : (a->key > b->key) - (a->key < b->key);
}

static int by_key(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = compare_keys(x, y);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static bool in_order(struct members *m, const char *text)
{
	for (size_t i = 0; i < m->count; i++) {
		m->list[i].text = text;
		if (i && compare_keys(&m->list[i - 1], &m->list[i]) >= 0)
			return false;
	}
	return true;
}

/* Puts the members behind start into order, of several with one key only the last. */
static void sort_members(struct buf *out, size_t start, struct members *m)
{
	cleanup_free char *text = NULL;
	bool first = true;

	if (out->full || in_order(m, out->data + start))
		return;
	text = xmemdup(out->data + start, out->len - start);
	for (size_t i = 0; i < m->count; i++)
		m->list[i].text = text;
	qsort(m->list, m->count, sizeof(*m->list), by_key);
	out->len = start + 1;
	for (size_t i = 0; i < m->count; i++) {
		if (i + 1 < m->count && compare_keys(&m->list[i], &m->list[i + 1]) == 0)
			continue;
		if (!first)
			buf_add_char(out, ',');
		first = false;
		buf_add(out, text + m->list[i].at, m->list[i].len);
	}
}

static bool is_json_type(struct span key)
{
	return key.len >= 6 && memcmp(key.at + key.len - 5, "json\"", 5) == 0;
}

static enum place inside(enum place place, struct span key)
{
	if (place == OUTPUT && jscan_is(key, "text"))
		return TEXT;
	if (place == OUTPUT && jscan_is(key, "data"))
		return BUNDLE;
	return place == BUNDLE && !is_json_type(key) ? TEXT : NOWHERE;
}

static void put_object(struct canon *c, enum place place)
{
	struct members members = { 0 };
	size_t start = c->out->len;
	struct span key;
	bool first = true;

	buf_add_char(c->out, '{');
	jscan_open(&c->s, '{');
	while (jscan_member(&c->s, &first, &key)) {
		struct member member = { .key = 0 };

		if (place == OUTPUT && jscan_is(key, "execution_count")) {
			jscan_skip(&c->s, NULL);
			continue;
		}
		if (members.count)
			buf_add_char(c->out, ',');
		member.at = c->out->len - start;
		put_string(c->out, key);
		member.key = c->out->len - start - member.at;
		buf_add_char(c->out, ':');
		put_value(c, inside(place, key));
		member.len = c->out->len - start - member.at;
		members.list = array_grow(members.list, members.count, &members.cap,
					  sizeof(member));
		members.list[members.count++] = member;
	}
	sort_members(c->out, start, &members);
	free(members.list);
	buf_add_char(c->out, '}');
}

/* ---- lists ---- */

/* The lines of a text as one string; false, and nothing taken, when the list is of other things. */
static bool put_lines(struct canon *c)
{
	struct jscan s = c->s;
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	bool first = true;

	jscan_open(&s, '[');
	while (jscan_element(&s, &first)) {
		if (jscan_peek(&s) != '"')
			return false;
		jscan_text(&s, &text);
	}
	jtext_encode(c->out, (struct span){ buf_str(&text), text.len }, JTEXT_ESCAPE_NONE, false);
	c->s = s;
	return true;
}

static void put_list(struct canon *c, enum place place)
{
	bool first = true, comma = false;

	if (place == TEXT && put_lines(c))
		return;
	buf_add_char(c->out, '[');
	jscan_open(&c->s, '[');
	for (; jscan_element(&c->s, &first); comma = true) {
		if (comma)
			buf_add_char(c->out, ',');
		put_value(c, place == LIST ? OUTPUT : NOWHERE);
	}
	buf_add_char(c->out, ']');
}

/* The depth of the recursion is that of the value, which was scanned with a limit before. */
static void put_value(struct canon *c, enum place place)
{
	char open = jscan_peek(&c->s);
	struct span part;

	if (open == '{') {
		put_object(c, place);
	} else if (open == '[') {
		put_list(c, place);
	} else if (jscan_skip(&c->s, &part)) {
		if (open == '"')
			put_string(c->out, part);
		else if (open == '-' || (open >= '0' && open <= '9') || open == 'N')
			put_number(c->out, part);
		else
			buf_add(c->out, part.at, part.len);
	}
}

void jvalue_canonical(struct buf *out, struct span value, enum jvalue_kind kind)
{
	struct canon c = { .out = out };

	jscan_init(&c.s, value.at, value.len, JSCAN_DEPTH_MAX);
	put_value(&c, kind == JVALUE_OUTPUTS ? LIST : NOWHERE);
}

bool jvalue_equal(struct span a, struct span b, enum jvalue_kind kind)
{
	cleanup_buf struct buf x = BUF_UNBOUNDED, y = BUF_UNBOUNDED;

	if (!a.at || !b.at)
		return !a.at && !b.at;
	if (span_equal(a, b))
		return true;
	jvalue_canonical(&x, a, kind);
	jvalue_canonical(&y, b, kind);
	return x.len == y.len && memcmp(buf_str(&x), buf_str(&y), x.len) == 0;
}

bool jvalue_is_nothing(struct span value)
{
	size_t i = 1;

	if (!value.at || (value.len == 4 && memcmp(value.at, "null", 4) == 0))
		return true;
	if (*value.at != '{' && *value.at != '[')
		return false;
	while (i < value.len && strchr(" \t\r\n", value.at[i]))
		i++;
	return i + 1 == value.len;
}
