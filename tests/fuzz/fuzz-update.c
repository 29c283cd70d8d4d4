/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two notebooks with a record separator between them: the second's cells in the first's file read
 * back as the second, doing it again changes nothing, and putting the first's back into that gives
 * cells equal to the first's.
 */

#include "fuzz_notebook.h"

#include "notebook/diff.h"

static void check_diff(const struct notebook *old, const struct notebook *nb)
{
	struct notebook_diff diff;
	size_t old_cells = 0, new_cells = 0;

	notebook_diff(&diff, old, nb);
	for (size_t i = 0; i < diff.count; i++) {
		old_cells += diff.entries[i].old != NOTEBOOK_NO_CELL;
		if (diff.entries[i].nb != NOTEBOOK_NO_CELL)
			MUST(diff.entries[i].nb == new_cells++);
	}
	MUST(old_cells == notebook_cell_count(old) && new_cells == notebook_cell_count(nb));
	notebook_diff_release(&diff);
}

static struct notebook *check_update(const struct notebook *old, const struct notebook *nb)
{
	cleanup_buf struct buf text = BUF_INIT(FUZZ_OUT_MAX), same = BUF_INIT(FUZZ_OUT_MAX);
	struct notebook_options options = fuzz_options();
	struct notebook *result;
	struct err e = ERR_INIT;
	int rc = notebook_update(old, nb, &options, &text, &e);

	MUST(rc == 0 || (rc == ERR_INVALID && e.text[0] && text.len == 0));
	if (rc)
		return NULL;
	result = fuzz_reparse(&text, notebook_format(old), notebook_language(old));
	MUST(notebook_equal(result, nb));
	/* and there is nothing left to do */
	MUST(notebook_update(result, nb, &options, &same, &e) == 0);
	MUST(same.len == text.len && memcmp(same.data, text.data, text.len) == 0);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *rest;
	size_t rest_len, first = fuzz_split(data, len, &rest, &rest_len);
	cleanup_notebook struct notebook *old = fuzz_parse(data, first), *nb = NULL, *there = NULL,
					 *back = NULL;

	if (!old)
		return 0;
	nb = fuzz_parse(rest, rest_len);
	if (!nb)
		return 0;
	check_diff(old, nb);
	there = check_update(old, nb);
	if (there)
		back = check_update(there, old);
	return 0;
}
