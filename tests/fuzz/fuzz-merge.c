/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three notebooks with record separators between them: a merge gives a notebook in ours' format, or
 * .ipynb where theirs is, or a sentence; what only one side changed is what that side has; equal sides
 * need no merge. Lifting the third gives its cells.
 */

#include "fuzz_notebook.h"

#include "notebook/ipynb/facets_read.h"

/* The merge, or NULL when it was refused. */
static struct notebook *merge(bool *conflict, const struct notebook *base,
			      const struct notebook *ours, const struct notebook *theirs)
{
	struct notebook *out = NULL;
	struct err e = ERR_INIT;
	int rc = notebook_merge(&out, conflict, &(struct notebook_versions){ base, ours, theirs },
				NOTEBOOK_OUTPUTS_KEEP, &e);

	MUST(rc == 0 || (rc == ERR_INVALID && e.text[0]));
	MUST((rc == 0) == (out != NULL));
	if (out)
		MUST(notebook_format(out) == notebook_format(ours) ||
		     notebook_format(out) == notebook_format(theirs));
	return out;
}

static void must_give(const struct notebook *base, const struct notebook *ours,
		      const struct notebook *theirs, const struct notebook *expected)
{
	bool conflict = true;
	cleanup_notebook struct notebook *out = merge(&conflict, base, ours, theirs);

	if (!out)
		return;
	MUST(!conflict && notebook_equal(out, expected));
	MUST(notebook_format(out) != NOTEBOOK_IPYNB ||
	     notebook_format(expected) != NOTEBOOK_IPYNB ||
	     facets_agree_in_all(out, expected, NOTEBOOK_OUTPUTS_KEEP));
}

static void check_lift(const struct notebook *whole, const struct notebook *told,
		       const struct notebook *raw)
{
	cleanup_notebook struct notebook *out = NULL;
	struct err e = ERR_INIT;
	int rc = notebook_lift(&out, whole, told, raw, NOTEBOOK_OUTPUTS_KEEP, &e);

	MUST(rc == 0 || (rc == ERR_INVALID && e.text[0]));
	if (rc)
		return;
	MUST(notebook_equal(out, raw));
	MUST(notebook_format(out) == NOTEBOOK_IPYNB ||
	     !notebook_is_rich(raw, NOTEBOOK_OUTPUTS_KEEP));
	/* a place that told the whole holds what it tells now */
	MUST(told || notebook_format(out) != NOTEBOOK_IPYNB ||
	     notebook_format(raw) != NOTEBOOK_IPYNB || notebook_format(whole) != NOTEBOOK_IPYNB ||
	     facets_agree_in_all(out, raw, NOTEBOOK_OUTPUTS_KEEP));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *second, *third;
	size_t second_len, third_len;
	size_t first_len = fuzz_split(data, len, &second, &second_len);
	cleanup_notebook struct notebook *base = fuzz_parse(data, first_len), *ours = NULL,
					 *theirs = NULL, *out = NULL;
	bool conflict;

	second_len = fuzz_split(second, second_len, &third, &third_len);
	ours = base ? fuzz_parse(second, second_len) : NULL;
	if (!ours)
		return 0;
	must_give(base, base, ours, ours);
	must_give(base, ours, base, ours);
	must_give(base, ours, ours, ours);
	theirs = fuzz_parse(third, third_len);
	if (!theirs)
		return 0;
	out = merge(&conflict, base, ours, theirs);
	check_lift(base, ours, theirs);
	check_lift(base, NULL, theirs);
	return 0;
}
