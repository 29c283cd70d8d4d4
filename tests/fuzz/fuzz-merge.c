/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three notebooks with record separators between them: a merge gives a notebook in ours' format or
 * a sentence; what only one side changed is what that side has; equal sides need no merge.
 */

#include "fuzz_notebook.h"

/* The merge, or NULL when it was refused. */
static struct notebook *merge(bool *conflict, const struct notebook *base,
			      const struct notebook *ours, const struct notebook *theirs)
{
	struct notebook *out = NULL;
	struct err e = ERR_INIT;
	int rc = notebook_merge(&out, conflict, base, ours, theirs, NOTEBOOK_OUTPUTS_KEEP, &e);

	MUST(rc == 0 || (rc == ERR_INVALID && e.text[0]));
	MUST((rc == 0) == (out != NULL));
	if (out)
		MUST(notebook_format(out) == notebook_format(ours));
	return out;
}

static void must_give(const struct notebook *base, const struct notebook *ours,
		      const struct notebook *theirs, const struct notebook *expected)
{
	bool conflict = true;
	cleanup_notebook struct notebook *out = merge(&conflict, base, ours, theirs);

	if (out)
		MUST(!conflict && notebook_equal(out, expected));
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
	return 0;
}
