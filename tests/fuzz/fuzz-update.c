/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two notebooks with a record separator between them: the second in the first's file reads back as
 * the second, in all that both formats tell; writing it there again changes no byte; and putting the
 * first back into that gives cells equal to the first's.
 */

#include "fuzz_notebook.h"

#include "notebook/ipynb/facets_read.h"
#include "notebook/match/diff.h"

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

static void check_again(const struct notebook *result, const struct buf *text,
			const struct notebook *nb, const struct notebook_options *options)
{
	cleanup_buf struct buf again = BUF_INIT(FUZZ_OUT_MAX);
	struct err e = ERR_INIT;

	MUST(notebook_update(result, nb, options, &again, &e) == 0);
	MUST(again.len == text->len && memcmp(buf_str(&again), buf_str(text), text->len) == 0);
}

static struct notebook *check_update(const struct notebook *old, const struct notebook *nb,
				     enum notebook_outputs outputs)
{
	cleanup_buf struct buf text = BUF_INIT(FUZZ_OUT_MAX);
	struct notebook_options options = fuzz_options();
	/* Outputs that count only from now on stay, and are none of nb's. */
	bool tagged = outputs == NOTEBOOK_OUTPUTS_KEEP_TAGGED;
	struct notebook *result;
	struct err e = ERR_INIT;
	int rc;

	options.outputs = outputs;
	rc = notebook_update(old, nb, &options, &text, &e);
	MUST(rc == 0 || (rc == ERR_INVALID && e.text[0] && text.len == 0));
	MUST(!strstr(e.text, "metadata, attachments") && !strstr(e.text, "widgets or dashboards"));
	if (rc)
		return NULL;
	result = fuzz_reparse(&text, notebook_format(old), notebook_language(old));
	MUST(notebook_equal(result, nb));
	MUST(notebook_format(result) != NOTEBOOK_IPYNB || notebook_format(nb) != NOTEBOOK_IPYNB ||
	     facets_agree_in_all(result, nb, tagged ? NOTEBOOK_OUTPUTS_STRIP : outputs));
	if (!tagged)
		check_again(result, &text, nb, &options);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *rest;
	size_t rest_len, first = fuzz_split(data, len, &rest, &rest_len);
	enum notebook_outputs outputs;
	cleanup_notebook struct notebook *old = fuzz_parse(data, first), *nb = NULL, *there = NULL,
					 *back = NULL;

	if (!old)
		return 0;
	nb = fuzz_parse(rest, rest_len);
	if (!nb)
		return 0;
	check_diff(old, nb);
	outputs = (enum notebook_outputs)(len % 3);
	there = check_update(old, nb, outputs);
	if (there)
		back = check_update(there, old, outputs);
	return 0;
}
