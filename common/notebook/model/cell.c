/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When two cells, and the cells of two notebooks, count as equal; their hash and their canonical form.
 *
 * Three things are left out because some export loses them without anybody having edited: the
 * newlines at the end of the last plain cell (the workspace's source export has no final newline,
 * so one there cannot be told from the cell's own), the title flag of a cell without a title, and
 * the difference between no cell and one empty cell.
 */

#include "notebook/model/model.h"

#include <string.h>

static const char *title_of(const struct notebook_cell *cell)
{
	return cell->title ? cell->title : "";
}

static bool shows_title(const struct notebook_cell *cell)
{
	return cell->show_title && cell->title;
}

bool cell_equal(const struct notebook_cell *a, const struct notebook_cell *b)
{
	return a->type == b->type && a->sandbox == b->sandbox && a->len == b->len &&
	       shows_title(a) == shows_title(b) && strcmp(title_of(a), title_of(b)) == 0 &&
	       memcmp(a->text, b->text, a->len) == 0;
}

static uint64_t fold(uint64_t h, const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	h = (h ^ word) * 0xD6E8FEB86659FD93ULL;
	return h ^ h >> 32;
}

/* Eight bytes a step in four lanes; equality is always confirmed by comparing bytes, so this need
 * not resist anybody. */
uint64_t hash_bytes(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = seed ^ (len * 0x9E3779B97F4A7C15ULL);
	uint64_t lane[4] = { h, h + 1, h + 2, h + 3 };
	unsigned char rest[8] = { 0 };

	for (; len >= 32; p += 32, len -= 32)
		for (int i = 0; i < 4; i++)
			lane[i] = fold(lane[i], p + 8 * i);
	for (int i = 1; i < 4; i++)
		lane[0] = fold(lane[0], (const unsigned char *)&lane[i]);
	h = lane[0];
	for (; len >= 8; p += 8, len -= 8)
		h = fold(h, p);
	if (len)
		memcpy(rest, p, len);
	h = fold(h, rest) * 0x94D049BB133111EBULL;
	return h ^ h >> 32;
}

uint64_t cell_hash(const struct notebook_cell *cell)
{
	uint64_t flags = (uint64_t)cell->type << 2 | (uint64_t)cell->sandbox << 1 |
			 (uint64_t)shows_title(cell);

	return hash_bytes(hash_bytes(flags, title_of(cell), strlen(title_of(cell))), cell->text,
			  cell->len);
}

/* Length of the text that counts: without final newlines if this is the last cell and plain. */
static size_t counted(const struct notebook *nb, size_t i)
{
	const struct notebook_cell *cell = &nb->cells[i].pub;
	size_t len = cell->len;

	if (i + 1 == nb->count && cell->type == NOTEBOOK_CODE)
		while (len && cell->text[len - 1] == '\n')
			len--;
	return len;
}

void notebook_cells(const struct notebook *nb, struct buf *out)
{
	static const char *const types[] = { "code", "markdown", "raw" };
	size_t count = model_is_blank(nb) ? 0 : nb->count;

	buf_addf(out, "notebook 1 %s %zu\n", notebook_language_name(nb->language), count);
	for (size_t i = 0; i < count; i++) {
		const struct notebook_cell *cell = &nb->cells[i].pub;

		buf_addf(out, "%s%s%s %zu %zu\n", types[cell->type],
			 cell->sandbox ? " sandbox" : "", shows_title(cell) ? " shown" : "",
			 strlen(title_of(cell)), counted(nb, i));
		buf_add_str(out, title_of(cell));
		buf_add(out, cell->text, counted(nb, i));
		buf_add_char(out, '\n');
	}
}

bool model_last_equal(const struct notebook *a, const struct notebook *b)
{
	struct notebook_cell x = a->cells[a->count - 1].pub, y = b->cells[b->count - 1].pub;

	x.len = counted(a, a->count - 1);
	y.len = counted(b, b->count - 1);
	return cell_equal(&x, &y);
}

bool notebook_equal(const struct notebook *a, const struct notebook *b)
{
	if (a->language != b->language)
		return false;
	if (model_is_blank(a) || model_is_blank(b))
		return model_is_blank(a) && model_is_blank(b);
	if (a->count != b->count || !model_last_equal(a, b))
		return false;
	for (size_t i = 0; i + 1 < a->count; i++)
		if (!cell_equal(&a->cells[i].pub, &b->cells[i].pub))
			return false;
	return true;
}
