/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How alike two notebooks are, whatever became of their cells: the text of all cells is compared as that
 * of one.
 */

#include "notebook/match/match.h"
#include "notebook/notebook.h"

static void join_cells(const struct notebook *nb, struct buf *out)
{
	for (size_t i = 0; i < notebook_cell_count(nb); i++) {
		const struct notebook_cell *cell = notebook_cell(nb, i);

		buf_add(out, cell->text, cell->len);
		buf_add_char(out, '\n');
	}
}

unsigned notebook_similarity(const struct notebook *a, const struct notebook *b)
{
	cleanup_buf struct buf x = BUF_UNBOUNDED, y = BUF_UNBOUNDED;
	struct notebook_cell one = { 0 }, other = { 0 };

	join_cells(a, &x);
	join_cells(b, &y);
	one.text = x.data;
	one.len = x.len;
	other.text = y.data;
	other.len = y.len;
	return match_similarity(&one, &other);
}
