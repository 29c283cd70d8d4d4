/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes cells into an existing .ipynb: unchanged cells byte for byte with their ids, metadata and
 * outputs; of changed cells only the members that differ; new cells as this file writes its own.
 * A new cell that itself comes from a .ipynb brings its metadata, attachments and outputs along.
 */

#include "notebook/ipynb/updater.h"

#include <stdlib.h>

#include "notebook/ipynb/ipynb.h"
#include "notebook/ipynb/outputs.h"
#include "notebook/json/jstyle.h"

static void put_cell(struct updater *u, struct buf *out, size_t j)
{
	const struct update *up = u->up;
	const struct cell *cell = &up->nb->cells[j];
	size_t i = up->match->from[j];

	if (i == MATCH_NONE && cell->raw_format == NOTEBOOK_IPYNB && cell->raw.at)
		ipynb_put_imported(u, out, j);
	else if (i == MATCH_NONE)
		ipynb_put_new(u, out, j);
	else if (up->match->same[j] && !up->fresh &&
		 !ipynb_cell_differs(u, &up->old->cells[i], cell))
		buf_add(out, up->old->cells[i].raw.at, up->old->cells[i].raw.len);
	else
		ipynb_put_changed(u, out, &up->old->cells[i], cell);
}

/* What stands before new cell j: the file's own white space where there is any to take. */
static void put_gap(struct updater *u, struct jemit *list, size_t j)
{
	const struct notebook *old = u->up->old;
	struct span gap;

	if (!old->count || (j && old->count == 1)) {
		list->first = j == 0;
		jemit_item(list);
		return;
	}
	if (!j)
		gap = (struct span){ old->ipynb.array.at + 1,
				     (size_t)(old->cells[0].raw.at - old->ipynb.array.at) - 1 };
	else
		gap = update_gap(old, update_adjacent(u->up, j) ? u->up->match->from[j] : 1);
	jemit_raw(list, gap);
}

static void put_cells(struct updater *u, struct buf *out)
{
	const struct notebook *old = u->up->old;
	struct jemit list = updater_emit(u, out, DEPTH_LIST);
	const char *last;

	jemit_open(&list, '[');
	for (size_t j = 0; j < u->up->nb->count; j++) {
		put_gap(u, &list, j);
		put_cell(u, out, j);
	}
	if (!old->count || !u->up->nb->count) {
		list.first = !u->up->nb->count;
		jemit_close(&list, ']');
		return;
	}
	last = old->cells[old->count - 1].raw.at + old->cells[old->count - 1].raw.len;
	buf_add(out, last, (size_t)(old->ipynb.array.at + old->ipynb.array.len - last));
}

/* The style of the file, and the identities of the cells that stay. */
static void look_at_file(struct updater *u)
{
	const struct notebook *old = u->up->old;
	cleanup_free struct span *texts = xcalloc(old->count, sizeof(*texts));
	struct ipynb_parts parts;
	struct span nuid;

	jstyle_detect(&u->style, old->bytes, old->len);
	u->form.databricks = ipynb_is_databricks(old);
	u->form.ids = old->ipynb.minor >= 5;
	u->form.strings = old->count > 0;
	for (size_t i = 0; i < old->count; i++) {
		ipynb_cell_parts(old->cells[i].raw, &parts);
		texts[i] = parts.source;
		if (!parts.source.at || *parts.source.at != '"')
			u->form.strings = false;
		if (u->up->match->to[i] == MATCH_NONE)
			continue;
		ipynb_ids_take(&u->ids, parts.id);
		if (parts.databricks.at && jscan_find(parts.databricks, "nuid", &nuid))
			ipynb_ids_take(&u->ids, nuid);
	}
	jstyle_escapes(&u->style, texts, old->count);
}

static void copy_until(struct buf *out, const char **from, const char *to)
{
	buf_add(out, *from, (size_t)(to - *from));
	*from = to;
}

/* Copies up to metadata, which may stand before or after the cells, and writes it if it differs. */
static void put_metadata_until(struct updater *u, struct buf *out, const char **from,
			       const char *limit)
{
	struct span metadata = u->up->old->ipynb.metadata;

	if (!metadata.at || metadata.at < *from || metadata.at >= limit ||
	    !ipynb_metadata_differs(u->up))
		return;
	copy_until(out, from, metadata.at);
	ipynb_put_metadata(u, out);
	*from = metadata.at + metadata.len;
}

/* In a file that has no metadata yet, behind the cells. */
static void put_missing_metadata(struct updater *u, struct buf *out)
{
	struct jemit m = updater_emit(u, out, 1);

	if (u->up->old->ipynb.metadata.at || !ipynb_metadata_differs(u->up))
		return;
	jemit_key(&m, "metadata");
	ipynb_put_metadata(u, out);
}

int ipynb_update(const struct update *up, struct buf *out, struct err *e)
{
	struct updater u = { .up = up };
	const struct notebook *old = up->old;
	const char *from = old->bytes, *end = old->bytes + old->len;

	ipynb_ids_init(&u.ids);
	look_at_file(&u);
	u.seeds = ipynb_seeds(up->nb);
	memory_reserve(out, old->len);
	put_metadata_until(&u, out, &from, old->ipynb.array.at);
	copy_until(out, &from, old->ipynb.array.at);
	put_cells(&u, out);
	from = old->ipynb.array.at + old->ipynb.array.len;
	put_missing_metadata(&u, out);
	put_metadata_until(&u, out, &from, end);
	copy_until(out, &from, end);
	free(u.seeds);
	ipynb_ids_release(&u.ids);
	return u.bad ? ipynb_refuse_bytes(up->nb, e) : 0;
}
