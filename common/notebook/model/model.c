/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notebook model: memory, accessors, and the rules that both formats share about what a cell's
 * text means. Knows nothing about how either format spells a cell.
 */

#include "notebook/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/model/facets.h"

struct notebook *model_new(enum notebook_format format, enum notebook_language language)
{
	struct notebook *nb = xcalloc(1, sizeof(*nb));

	nb->format = format;
	nb->language = language;
	return nb;
}

struct cell *model_add(struct notebook *nb)
{
	struct cell *cell;

	nb->cells = array_grow(nb->cells, nb->count, &nb->cap, sizeof(*nb->cells));
	cell = &nb->cells[nb->count++];
	memset(cell, 0, sizeof(*cell));
	return cell;
}

static char *copy_text(const char *text, size_t len)
{
	char *copy = xmalloc(len + 1);

	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

void model_add_copy(struct notebook *nb, const struct cell *from)
{
	struct cell *cell = model_add(nb);

	*cell = *from;
	cell->pub.text = copy_text(from->pub.text, from->pub.len);
	cell->pub.title = xstrdup(from->pub.title);
	if (!from->facets)
		return;
	cell->facets = xcalloc(1, sizeof(*cell->facets));
	facets_copy(cell->facets, from->facets);
}

char *model_c_string(const char *text, size_t len)
{
	char *out = xmalloc(2 * len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		*to++ = (char)(text[i] ? text[i] : 0xC0);
		if (!text[i])
			*to++ = (char)0x80;
	}
	*to = '\0';
	return out;
}

static void free_facets(struct facets *facets)
{
	if (facets)
		facets_release(facets);
	free(facets);
}

void cell_release(struct cell *cell)
{
	free(cell->pub.text);
	free(cell->pub.title);
	free_facets(cell->facets);
	memset(cell, 0, sizeof(*cell));
}

void notebook_free(struct notebook *nb)
{
	if (!nb)
		return;
	for (size_t i = 0; i < nb->count; i++)
		cell_release(&nb->cells[i]);
	free(nb->cells);
	environment_release(&nb->environment);
	free_facets(nb->facets);
	free(nb->own_bytes);
	free(nb);
}

void notebook_free_p(struct notebook **nb)
{
	notebook_free(*nb);
}

enum notebook_format notebook_format(const struct notebook *nb)
{
	return nb->format;
}

void notebook_take_language(struct notebook *nb, enum notebook_language language)
{
	nb->language = language;
	nb->foreign = false;
}

enum notebook_language notebook_language(const struct notebook *nb)
{
	return nb->language;
}

size_t notebook_cell_count(const struct notebook *nb)
{
	return nb->count;
}

const struct notebook_cell *notebook_cell(const struct notebook *nb, size_t i)
{
	return &nb->cells[i].pub;
}

bool notebook_has_outputs(const struct notebook *nb)
{
	for (size_t i = 0; i < nb->count; i++)
		if (nb->cells[i].has_outputs)
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

/* Whether the word stands at text and ends there. */
static bool has_word(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(text, word, n) == 0 && (len == n || is_space(text[n]));
}

size_t model_markdown_mark(const char *text, size_t len, bool *sandbox)
{
	size_t i = 0;

	while (i < len && is_space(text[i]))
		i++;
	*sandbox = has_word(text + i, len - i, "%md-sandbox");
	if (*sandbox)
		i += strlen("%md-sandbox");
	else if (has_word(text + i, len - i, "%md"))
		i += strlen("%md");
	else
		return 0;
	while (i < len && is_blank(text[i]))
		i++;
	if (i + 1 < len && text[i] == '\r' && text[i + 1] == '\n')
		i++;
	if (i < len && text[i] == '\n')
		i++;
	return i;
}

/* Length of the raw mark, whose last newline may be missing at the end of an empty cell. */
static size_t raw_mark(const char *text, size_t len)
{
	size_t n = strlen(MODEL_RAW_MARK);

	if (len >= n && memcmp(text, MODEL_RAW_MARK, n) == 0)
		return n;
	return len == n - 1 && memcmp(text, MODEL_RAW_MARK, n - 1) == 0 ? n - 1 : 0;
}

static void drop_front(struct notebook_cell *cell, size_t n)
{
	memmove(cell->text, cell->text + n, cell->len - n + 1);
	cell->len -= n;
}

void model_classify(struct notebook_cell *cell)
{
	bool sandbox = false;
	size_t n;

	if (cell->type != NOTEBOOK_CODE)
		return;
	n = model_markdown_mark(cell->text, cell->len, &sandbox);
	if (n) {
		cell->type = NOTEBOOK_MARKDOWN;
		cell->sandbox = sandbox;
		drop_front(cell, n);
		return;
	}
	n = raw_mark(cell->text, cell->len);
	if (n) {
		cell->type = NOTEBOOK_RAW;
		drop_front(cell, n);
	}
}

bool model_plain_lines(char *text, size_t *len)
{
	const char *p = text, *end = text + *len;
	char *o = text;
	bool all = true;

	if (!*len || !memchr(text, '\r', *len))
		return false;
	while (p < end) {
		const char *crs = p;

		while (crs < end && *crs == '\r')
			crs++;
		if (crs < end && *crs == '\n') {
			if (crs == p)
				all = false;
			p = crs + 1;
			*o++ = '\n';
		} else if (crs > p) {
			all = false;
			for (; p < crs; p++)
				*o++ = '\n';
		} else {
			*o++ = *p++;
		}
	}
	*len = (size_t)(o - text);
	*o = '\0';
	return all;
}

bool model_is_blank(const struct notebook *nb)
{
	const struct notebook_cell *first = nb->count ? &nb->cells[0].pub : NULL;

	return nb->count == 0 ||
	       (nb->count == 1 && first->type == NOTEBOOK_CODE && !first->len && !first->title);
}

int model_invalid(struct err *e, const char *data, size_t offset, const char *why)
{
	size_t line, column;

	span_position(data, offset, &line, &column);
	return err_set(e, ERR_INVALID, "line %zu, column %zu: %s", line, column, why);
}
