/* SPDX-License-Identifier: Apache-2.0 */
/* The edits that people do to the cells of a notebook, on a list of them (cell_list.h). */

#include "cell_list.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/match/intern.h"

struct cell *list_copy_cell(const struct cell *from)
{
	struct cell *cell = xcalloc(1, sizeof(*cell));

	cell->pub = from->pub;
	cell->pub.text = xstrndup(from->pub.text, from->pub.len);
	cell->pub.title = xstrdup(from->pub.title);
	return cell;
}

void list_copy(struct list *to, const struct list *from)
{
	*to = *from;
	for (size_t i = 0; i < from->count; i++)
		to->cells[i] = list_copy_cell(from->cells[i]);
}

void list_release(struct list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		cell_release(l->cells[i]);
		free(l->cells[i]);
	}
	l->count = 0;
}

void list_from(struct list *l, const struct notebook *nb)
{
	struct intern table;

	intern_init_cells(&table);
	l->count = 0;
	for (size_t i = 0; i < nb->count && l->count < CELLS_MAX; i++) {
		size_t before = table.count;

		const struct notebook_cell *cell = &nb->cells[i].pub;

		/* These lists are C strings: no NUL. */
		if (intern_cell(&table, cell) < before || cell->len > 20000 ||
		    memchr(cell->text, '\0', cell->len))
			continue;
		l->which[l->count] = l->count;
		l->cells[l->count++] = list_copy_cell(&nb->cells[i]);
	}
	intern_release(&table);
}

/* ---- edits ---- */

static size_t find(const struct list *l, size_t which)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->which[i] == which)
			return i;
	return SIZE_MAX;
}

static void set_text(struct cell *cell, char *text)
{
	free(cell->pub.text);
	cell->pub.text = text;
	cell->pub.len = strlen(text);
}

/* A new line somewhere between the old ones, or instead of one. */
static void change_text(struct cell *cell, const struct op *op)
{
	const char *text = cell->pub.text, *at = text, *rest;

	for (unsigned n = op->where % 50; n && strchr(at, '\n'); n--)
		at = strchr(at, '\n') + 1;
	rest = op->where & 64 && strchr(at, '\n') ? strchr(at, '\n') + 1 : at;
	if (at == text) /* the first line decides what kind of cell it is */
		set_text(cell, xasprintf("%s\nline_%u()", text, op->number));
	else
		set_text(cell,
			 xasprintf("%.*sline_%u()\n%s", (int)(at - text), text, op->number, rest));
}

static void remove_at(struct list *l, size_t i)
{
	memmove(&l->cells[i], &l->cells[i + 1], (l->count - i - 1) * sizeof(*l->cells));
	memmove(&l->which[i], &l->which[i + 1], (l->count - i - 1) * sizeof(*l->which));
	l->count--;
}

static void insert_at(struct list *l, size_t i, struct cell *cell, size_t which)
{
	memmove(&l->cells[i + 1], &l->cells[i], (l->count - i) * sizeof(*l->cells));
	memmove(&l->which[i + 1], &l->which[i], (l->count - i) * sizeof(*l->which));
	l->cells[i] = cell;
	l->which[i] = which;
	l->count++;
}

static void insert_new(struct list *l, size_t i, const struct op *op)
{
	struct cell cell = { .pub = { .type = NOTEBOOK_CODE } };

	if (op->where % 3 == 0)
		cell.pub.type = NOTEBOOK_MARKDOWN;
	cell.pub.text = xasprintf("new_%u()\nline_%u()", op->number, op->number);
	cell.pub.len = strlen(cell.pub.text);
	insert_at(l, i, list_copy_cell(&cell), SIZE_MAX);
	cell_release(&cell);
}

void list_apply(struct list *l, const struct op *op)
{
	size_t i = find(l, op->base), from;
	struct cell *cell = i == SIZE_MAX ? NULL : l->cells[i];

	switch (op->kind) {
	case CHANGE:
		if (cell)
			change_text(cell, op);
		break;
	case REPLACE:
		if (cell)
			set_text(cell, xasprintf("line_%u()", op->number));
		break;
	case TITLE:
		if (cell) {
			free(cell->pub.title);
			cell->pub.title = xasprintf("title %u", op->number);
			cell->pub.show_title = op->where & 1;
		}
		break;
	case DELETE:
		if (cell) {
			cell_release(cell);
			free(cell);
			remove_at(l, i);
		}
		break;
	case INSERT:
		if (cell)
			insert_new(l, i + 1, op);
		break;
	default: /* MOVE */
		from = find(l, op->moved);
		if (!cell || from == SIZE_MAX || from == i)
			break;
		cell = l->cells[from];
		remove_at(l, from);
		insert_at(l, find(l, op->base) + 1, cell, op->moved);
	}
}
