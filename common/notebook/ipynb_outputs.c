/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes outputs and execution counts, and touches no other byte.
 */

#include "notebook/ipynb_outputs.h"

#include <string.h>

bool ipynb_is_databricks(const struct notebook *nb)
{
	struct span value;

	return nb->metadata.at && jscan_find(nb->metadata, IPYNB_NOTEBOOK_KEY, &value);
}

struct stripper {
	struct buf *out;
	const char *done; /* everything before it is written */
	struct span count;
};

static void replace(struct stripper *st, struct span old, struct span with)
{
	if (!old.at)
		return;
	buf_add(st->out, st->done, (size_t)(old.at - st->done));
	buf_add(st->out, with.at, with.len);
	st->done = old.at + old.len;
}

static void strip_cell(struct stripper *st, const struct cell *cell, enum notebook_outputs outputs)
{
	struct ipynb_parts parts;
	struct span none = { "[]", 2 };
	struct span old_outputs = { NULL, 0 }, old_count = { NULL, 0 };

	if (!cell->has_outputs && !cell->has_count)
		return;
	ipynb_cell_parts(cell->raw, &parts);
	if (outputs == NOTEBOOK_OUTPUTS_KEEP_TAGGED && ipynb_keeps_output(&parts))
		return;
	if (cell->has_outputs)
		old_outputs = parts.outputs;
	if (cell->has_count)
		old_count = parts.count;
	if (old_count.at && old_outputs.at && old_count.at > old_outputs.at) {
		replace(st, old_outputs, none);
		replace(st, old_count, st->count);
	} else {
		replace(st, old_count, st->count);
		replace(st, old_outputs, none);
	}
}

void ipynb_strip_outputs(const struct notebook *nb, enum notebook_outputs outputs, struct buf *out)
{
	struct stripper st = { .out = out, .done = nb->bytes };

	st.count = ipynb_is_databricks(nb) ? (struct span){ "0", 1 } : (struct span){ "null", 4 };
	for (size_t i = 0; i < nb->count; i++)
		strip_cell(&st, &nb->cells[i], outputs);
	buf_add(out, st.done, (size_t)(nb->bytes + nb->len - st.done));
}
