/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads TOML into a list of what stands where. A recursive descent whose depth is bounded; the first
 * problem sticks. Keeps no tree: paths are strings, and whoever asks compares them. Does not look for
 * keys that stand twice, nor for tables that contradict each other; the caller knows which matter.
 */

#include "notebook/environment/toml.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/json/jtext.h"

struct reader {
	struct toml *out;
	const char *p, *end;
	const char *start;
	const char *walk;
	struct buf table; /* the path of the table at hand */
	unsigned depth;
};

static bool fail(struct reader *r, const char *why)
{
	if (!r->out->why) {
		r->out->why = why;
		r->out->at = r->p;
	}
	return false;
}

static struct toml_item *add_item(struct reader *r, enum toml_kind kind)
{
	struct toml *out = r->out;

	out->items = array_grow(out->items, out->count, &out->cap, sizeof(*out->items));
	out->items[out->count] = (struct toml_item){ .kind = kind };
	return &out->items[out->count++];
}

static bool room(struct reader *r)
{
	return r->out->count < TOML_ITEMS_MAX || fail(r, "more keys and items than are allowed");
}

static char peek(const struct reader *r)
{
	return (char)(r->p < r->end ? *r->p : '\0');
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
		r->p++;
}

static bool take_comment(struct reader *r)
{
	const char *from = r->p, *lf = memchr(from, '\n', (size_t)(r->end - from)), *to;

	if (!room(r))
		return false;
	r->p = to = lf ? lf : r->end;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	add_item(r, TOML_COMMENT)->whole = (struct span){ from, (size_t)(to - from) };
	return true;
}

/* Blanks, line ends and comments. */
static bool skip_lines(struct reader *r)
{
	for (;;) {
		skip_blanks(r);
		if (peek(r) == '\n')
			r->p++;
		else if (peek(r) != '#')
			return true;
		else if (!take_comment(r))
			return false;
	}
}

/* Nothing but a comment may follow on this line. */
static bool end_line(struct reader *r)
{
	skip_blanks(r);
	if (peek(r) == '#' && !take_comment(r))
		return false;
	if (r->p == r->end)
		return true;
	if (*r->p != '\n')
		return fail(r, "something behind the end of a key's value or a table's name");
	r->p++;
	return true;
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* ---- keys ---- */

static void add_part(struct buf *path, const char *part, size_t len)
{
	bool bare = len > 0;

	for (size_t i = 0; i < len; i++)
		if (!is_bare(part[i]))
			bare = false;
	if (path->len)
		buf_add_char(path, '.');
	if (bare)
		buf_add(path, part, len);
	else
		toml_add_string(path, part, false);
}

static bool take_part(struct reader *r, struct buf *path)
{
	const char *from = r->p, *why = NULL, *to;

	if (peek(r) == '"' || peek(r) == '\'') {
		cleanup_free char *part = NULL;

		to = toml_skip_string(from, r->end, &why);
		if (!to)
			return fail(r, why);
		if (memchr(from, '\n', (size_t)(to - from)) ||
		    (to - from >= 6 && from[1] == *from && from[2] == *from))
			return fail(r, "a key of several lines");
		part = toml_string((struct span){ from, (size_t)(to - from) });
		add_part(path, part, strlen(part));
		r->p = to;
		return true;
	}
	while (is_bare(peek(r)))
		r->p++;
	if (r->p == from)
		return fail(r, "neither a key nor a table");
	add_part(path, from, (size_t)(r->p - from));
	return true;
}

/* A dotted key, added to path; *last says where its last part begins. */
static bool take_key(struct reader *r, struct buf *path, size_t *last)
{
	const char *behind;

	for (;;) {
		*last = (size_t)(r->p - r->start);
		if (!take_part(r, path))
			return false;
		behind = r->p;
		skip_blanks(r);
		if (peek(r) != '.') {
			r->p = behind;
			return !path->full || fail(r, "a key that is too long");
		}
		r->p++;
		skip_blanks(r);
	}
}

/* Whether path is walk or on the way to it. */
static bool is_on_way(const char *path, const char *walk)
{
	size_t n = strlen(path);

	return strncmp(path, walk, n) == 0 && (!walk[n] || walk[n] == '.');
}

/* ---- values ---- */

static bool take_value(struct reader *r, const char *path);
static bool take_pair(struct reader *r, const char *table, bool inside);

static bool take_array(struct reader *r, bool record)
{
	for (r->p++;;) {
		struct toml_item *item;
		const char *from;
		size_t at = r->out->count;

		if (!skip_lines(r))
			return false;
		if (peek(r) == ']')
			break;
		from = r->p;
		if (!room(r))
			return false;
		at = r->out->count;
		if (record)
			add_item(r, TOML_ELEMENT);
		if (!take_value(r, NULL))
			return false;
		item = &r->out->items[at];
		if (record)
			item->whole = (struct span){ from, (size_t)(r->p - from) };
		if (!skip_lines(r))
			return false;
		if (peek(r) == ']')
			break;
		if (peek(r) != ',')
			return fail(r, "neither a comma nor the end of a list");
		r->p++;
	}
	r->p++;
	return true;
}

static bool take_inline(struct reader *r, const char *path)
{
	r->p++;
	skip_blanks(r);
	if (peek(r) == '}') {
		r->p++;
		return true;
	}
	for (;;) {
		if (!take_pair(r, path, true))
			return false;
		skip_blanks(r);
		if (peek(r) == '}')
			break;
		if (peek(r) != ',')
			return fail(r, "neither a comma nor the end of an inline table");
		r->p++;
		skip_blanks(r);
	}
	r->p++;
	return true;
}

static void skip_word(struct reader *r)
{
	while (is_bare(peek(r)) || (peek(r) && strchr("+.:", *r->p)))
		r->p++;
}

/* A date and a time may have a blank between them: 1979-05-27 07:32:00. */
static bool time_follows(const struct reader *r, const char *from)
{
	bool date = r->p - from == 10 && from[4] == '-';

	return date && r->end - r->p > 2 && *r->p == ' ' && r->p[1] >= '0' && r->p[1] <= '9';
}

/* A number, a date, true or false. */
static bool take_word(struct reader *r)
{
	const char *from = r->p;

	skip_word(r);
	if (r->p == from)
		return fail(r, "a value is missing");
	if (time_follows(r, from)) {
		r->p++;
		skip_word(r);
	}
	return true;
}

/* path: of the value, when it is a key's and counts; NULL in a list and inside what does not. */
static bool take_value(struct reader *r, const char *path)
{
	const char *why = NULL, *to;
	bool well;

	switch (peek(r)) {
	case '"':
	case '\'':
		to = toml_skip_string(r->p, r->end, &why);
		if (!to)
			return fail(r, why);
		r->p = to;
		return true;
	case '[':
	case '{':
		if (r->depth == TOML_DEPTH_MAX)
			return fail(r, "lists and tables nested too deeply");
		r->depth++;
		if (*r->p == '[')
			well = take_array(r, path != NULL);
		else
			well = take_inline(r, path && is_on_way(path, r->walk) ? path : NULL);
		r->depth--;
		return well;
	default:
		return take_word(r);
	}
}

/* table: the path of the table it stands in; NULL: the pair is read and not recorded. */
static bool take_pair(struct reader *r, const char *table, bool inside)
{
	cleanup_buf struct buf path = BUF_UNBOUNDED;
	const char *from = r->p, *value;
	size_t last, at = r->out->count;

	if (!room(r))
		return false;
	buf_add_str(&path, table ? table : "");
	if (!take_key(r, &path, &last))
		return false;
	skip_blanks(r);
	if (peek(r) != '=')
		return fail(r, "a key without a value");
	r->p++;
	skip_blanks(r);
	value = r->p;
	if (table)
		*add_item(r, TOML_VALUE) = (struct toml_item){
			.kind = TOML_VALUE,
			.path = xstrdup(buf_str(&path)),
			.last = last,
			.inside = inside,
		};
	if (!take_value(r, table ? buf_str(&path) : NULL))
		return false;
	if (table) {
		r->out->items[at].whole = (struct span){ from, (size_t)(r->p - from) };
		r->out->items[at].value = (struct span){ value, (size_t)(r->p - value) };
	}
	return true;
}

static bool take_header(struct reader *r)
{
	const char *from = r->p;
	struct toml_item *item;
	size_t last;
	bool tables = r->end - from > 1 && from[1] == '[';

	if (!room(r))
		return false;
	buf_clear(&r->table);
	r->p += tables ? 2 : 1;
	skip_blanks(r);
	if (!take_key(r, &r->table, &last))
		return false;
	skip_blanks(r);
	if (peek(r) != ']' || (tables && (r->end - r->p < 2 || r->p[1] != ']')))
		return fail(r, "the name of a table does not end");
	r->p += tables ? 2 : 1;
	item = add_item(r, tables ? TOML_TABLES : TOML_TABLE);
	item->path = xstrdup(buf_str(&r->table));
	item->whole = (struct span){ from, (size_t)(r->p - from) };
	return true;
}

static bool is_utf8(struct reader *r)
{
	size_t n;

	for (r->p = r->start; r->p < r->end; r->p += n) {
		n = jtext_utf8(r->p, r->end);
		if (!n)
			return fail(r, "text that is not UTF-8");
		if (!*r->p || *r->p == '\r')
			return fail(r, "a control character");
	}
	r->p = r->start;
	return true;
}

bool toml_read(struct toml *out, struct span text, const char *walk)
{
	struct reader r = { .out = out,
			    .p = text.at,
			    .start = text.at,
			    .end = text.at + text.len,
			    .walk = walk,
			    .table = BUF_UNBOUNDED };
	bool well = is_utf8(&r);

	while (well && skip_lines(&r) && r.p < r.end) {
		well = *r.p == '[' ? take_header(&r) : take_pair(&r, buf_str(&r.table), false);
		well = well && end_line(&r);
	}
	buf_release(&r.table);
	return !out->why;
}

void toml_release(struct toml *toml)
{
	for (size_t i = 0; i < toml->count; i++)
		free(toml->items[i].path);
	free(toml->items);
	memset(toml, 0, sizeof(*toml));
}

bool toml_is_string(struct span value)
{
	return value.len && (*value.at == '"' || *value.at == '\'');
}
