/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of dependencies with other elements: those that stay keep their line, with its spelling and
 * its comment, and so do comments on lines of their own. What stood on the line of an element that
 * goes stays as a comment alone.
 */

#include "notebook/environment/edit.h"

#include <stdlib.h>
#include <string.h>

/* One line of the old list. */
struct piece {
	const struct toml_item *element; /* NULL: none */
	struct span comment;             /* at is NULL: none */
	struct span line;                /* whole, with its LF; at is NULL when it must be made */
	char *name;                      /* owned; what the element means */
};

struct list {
	struct piece *pieces; /* owned */
	size_t count, cap;
	bool literal;       /* its strings stand between single quotes */
	struct span indent; /* before its elements */
};

static void release(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->pieces[i].name);
	free(list->pieces);
}

static struct piece *add_piece(struct list *list)
{
	list->pieces = array_grow(list->pieces, list->count, &list->cap, sizeof(*list->pieces));
	list->pieces[list->count] = (struct piece){ .element = NULL };
	return &list->pieces[list->count++];
}

static bool is_in(struct span part, struct span line)
{
	return part.at >= line.at && part.at < line.at + line.len;
}

static bool is_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p == end;
}

static void take(struct piece *piece, const struct toml_item *item)
{
	if (item->kind == TOML_ELEMENT) {
		piece->element = item;
		piece->name = toml_string(item->whole);
	} else {
		piece->comment = item->whole;
	}
}

/* Cuts a list into its lines, where each line holds at most one element and the brackets stand alone;
 * false otherwise. */
static bool cut(struct list *list, struct span value, const struct toml_item *inside, size_t count)
{
	const char *end = value.at + value.len - 1, *p = memchr(value.at, '\n', value.len), *lf;
	size_t i = 0;

	if (!p || !is_blank(value.at + 1, p))
		return false;
	for (p++; (lf = memchr(p, '\n', (size_t)(end - p))); p = lf + 1) {
		struct piece *piece = add_piece(list);

		piece->line = (struct span){ p, (size_t)(lf + 1 - p) };
		for (; i < count && is_in(inside[i].whole, piece->line); i++) {
			if ((inside[i].kind == TOML_ELEMENT && piece->element) ||
			    inside[i].whole.at + inside[i].whole.len > lf)
				return false;
			take(piece, &inside[i]);
		}
	}
	return i == count && is_blank(p, end);
}

static void look(struct list *list)
{
	list->indent = (struct span){ "   ", 3 };
	for (size_t i = 0; i < list->count; i++) {
		const struct piece *piece = &list->pieces[i];

		if (!piece->element)
			continue;
		list->literal = *piece->element->whole.at == '\'';
		if (piece->line.at && is_blank(piece->line.at, piece->element->whole.at))
			list->indent = (struct span){
				piece->line.at, (size_t)(piece->element->whole.at - piece->line.at)
			};
		return;
	}
}

static void read_list(struct list *list, struct span value, const struct toml_item *inside,
		      size_t count)
{
	if (!cut(list, value, inside, count)) {
		release(list);
		memset(list, 0, sizeof(*list));
		for (size_t i = 0; i < count; i++)
			take(add_piece(list), &inside[i]);
	}
	look(list);
}

/* The piece from at on that holds this name; count when none does. */
static size_t find(const struct list *list, size_t at, const char *name)
{
	while (at < list->count &&
	       (!list->pieces[at].element || strcmp(list->pieces[at].name, name) != 0))
		at++;
	return at;
}

static void put_comment(struct buf *out, const struct list *list, const struct piece *piece)
{
	if (piece->line.at && !piece->element) {
		buf_add(out, piece->line.at, piece->line.len);
	} else if (piece->comment.at) {
		buf_add(out, list->indent.at, list->indent.len);
		buf_add(out, piece->comment.at, piece->comment.len);
		buf_add_char(out, '\n');
	}
}

/* last: no element follows. */
static void put_kept(struct buf *out, const struct list *list, const struct piece *piece, bool last)
{
	struct span element = piece->element->whole;
	const char *behind = element.at + element.len, *p = behind;

	if (!piece->line.at) {
		buf_add(out, list->indent.at, list->indent.len);
		buf_add(out, element.at, element.len);
		buf_add_str(out, ",\n");
		return;
	}
	while (*p == ' ' || *p == '\t')
		p++;
	buf_add(out, piece->line.at, (size_t)(behind - piece->line.at));
	if (!last && *p != ',')
		buf_add_char(out, ',');
	buf_add(out, behind, (size_t)(piece->line.at + piece->line.len - behind));
}

static bool put_lines(struct buf *out, const struct list *list, const struct environment *want)
{
	size_t at = 0;
	bool well = true;

	for (size_t i = 0; i < want->count; i++) {
		size_t kept = find(list, at, want->dependencies[i]);

		if (kept == list->count) {
			buf_add(out, list->indent.at, list->indent.len);
			if (!toml_add_string(out, want->dependencies[i], list->literal))
				well = false;
			buf_add_str(out, ",\n");
			continue;
		}
		for (; at < kept; at++)
			put_comment(out, list, &list->pieces[at]);
		put_kept(out, list, &list->pieces[at++], i + 1 == want->count);
	}
	for (; at < list->count; at++)
		put_comment(out, list, &list->pieces[at]);
	return well;
}

static bool put_row(struct buf *out, const struct list *list, const struct environment *want)
{
	size_t at = 0;
	bool well = true;

	buf_add_char(out, '[');
	for (size_t i = 0; i < want->count; i++) {
		size_t kept = find(list, at, want->dependencies[i]);

		if (i)
			buf_add_str(out, ", ");
		if (kept == list->count) {
			if (!toml_add_string(out, want->dependencies[i], list->literal))
				well = false;
			continue;
		}
		buf_add(out, list->pieces[kept].element->whole.at,
			list->pieces[kept].element->whole.len);
		at = kept + 1;
	}
	buf_add_char(out, ']');
	return well;
}

bool edit_put_list(struct buf *out, const struct block *block, const struct toml_item *item,
		   const struct environment *want)
{
	struct list list = { .count = 0 };
	struct span value = item->value;
	const char *close = value.at + value.len - 1, *p = close;
	const struct toml_item *inside;
	size_t count;
	bool well;

	inside = block_inside(block, item, &count);
	read_list(&list, value, inside, count);
	if (memchr(value.at, '\n', value.len)) {
		while (p > value.at && (p[-1] == ' ' || p[-1] == '\t'))
			p--;
		buf_add_str(out, "[\n");
		well = put_lines(out, &list, want);
		if (p[-1] == '\n')
			buf_add(out, p, (size_t)(close + 1 - p));
		else
			buf_add_str(out, " ]");
	} else {
		well = put_row(out, &list, want);
	}
	release(&list);
	return well;
}

bool edit_put_new_list(struct buf *out, const struct environment *want, bool row)
{
	struct list none = { .count = 0 };
	bool well;

	look(&none);
	if (row)
		return put_row(out, &none, want);
	buf_add_str(out, "[\n");
	well = put_lines(out, &none, want);
	buf_add_str(out, " ]");
	return well;
}
