/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recording notebooks of the workspace whole. Looking leaves outputs out, because a workspace has
 * gigabytes of them; so what is about to be replaced or deleted is exported once more with all that
 * it has, and recorded, or it is not touched. A notebook that turns out to be Jupyter although it
 * was looked at as source is taken as such, and written to in a later cycle.
 *
 * Invariant: a place that this leaves without a why is in refs/nbsync/seen/workspace byte for byte.
 * It does not write to the workspace, and does not decide what is to be written.
 */

#include "side/workspace/whole.h"

#include <stdlib.h>
#include <string.h>

#include "side/workspace/take.h"

struct recording {
	struct side_context *c;         /* borrowed */
	struct workspace_place *places; /* borrowed */
};

/* A look leaves nothing out of source. Where the format is not known, it may be either. */
static bool may_have_more(const struct entry *entry)
{
	return entry->state == ENTRY_PRESENT && entry->version.kind == VERSION_NOTEBOOK &&
	       !entry->is_source;
}

/* A notebook that was looked at as source has more than source can say: it is Jupyter, and its
 * entry becomes what it is as such. Returns ERR_CONFLICT then. */
static int take_as_jupyter(struct side_context *c, struct workspace_place *place,
			   const struct buf *content, struct err *e)
{
	const struct entry *entry = &place->row->side[SIDE_WORKSPACE];
	struct workspace_object object = { .modified_ms = entry->modified_ms };
	struct workspace_item item = { place->row, &object, WORKSPACE_FORMAT_JUPYTER };
	int r;

	memcpy(object.id, entry->id, sizeof(object.id));
	object.language = entry->version.language;
	if ((r = workspace_take_content(c, &item, content, e)))
		return r;
	return err_set(e, ERR_CONFLICT, "'%s' is a Jupyter notebook in the workspace",
		       place->row->path);
}

static int record_whole(struct side_context *c, struct workspace_place *place,
			const struct buf *content, struct err *e)
{
	const struct entry *entry = &place->row->side[SIDE_WORKSPACE];
	enum content_look look;
	int r = content_compare_whole(&c->content, entry, buf_str(content), content->len, &look, e);

	if (r)
		return r;
	if (look == CONTENT_OTHER)
		return err_set(e, ERR_CONFLICT, "'%s' changed in the workspace meanwhile",
			       place->row->path);
	if (!notebook_name_is_ipynb(entry->file))
		return look == CONTENT_MORE ? take_as_jupyter(c, place, content, e) : ERR_OK;
	if ((r = hub_blob_put(c->hub, buf_str(content), content->len, &place->whole, e)))
		return r;
	if (!oid_equal(&place->whole, &entry->raw))
		state_see_file(&c->state, SIDE_WORKSPACE, entry->file, &place->whole);
	return ERR_OK;
}

static void refuse_place(struct workspace_place *place, const struct err *why)
{
	struct err e = *why;

	if (e.code != ERR_CONFLICT && e.code != ERR_CANCELLED)
		err_set(&place->why, e.code == ERR_ABSENT ? ERR_CONFLICT : e.code,
			"'%s' cannot be read with its outputs, which would be lost, so it is left "
			"as it is: %s",
			place->row->path, e.text);
	else
		place->why = e;
}

static void record_export(void *payload, size_t i, struct workspace_result *result)
{
	const struct recording *x = payload;
	struct err why = result->error;

	if (result->code || record_whole(x->c, &x->places[i], &result->content, &why))
		refuse_place(&x->places[i], &why);
}

int workspace_record_whole(struct workspace_side *s, struct workspace_place *places, size_t count,
			   struct err *e)
{
	struct side_context *c = s->side.context;
	struct workspace_wanted_row *items = xcalloc(count, sizeof(*items));
	struct recording x = { c, places };
	struct workspace_exports exports = { items, 0, record_export, &x };
	int r;

	for (size_t i = 0; i < count; i++) {
		places[i].whole = (struct oid){ 0 };
		places[i].why = ERR_INIT;
		if (may_have_more(&places[i].row->side[SIDE_WORKSPACE]))
			items[exports.count++] = (struct workspace_wanted_row){ places[i].row,
										WORKSPACE_AS_WHOLE,
										i };
	}
	r = workspace_export_rows(s, &exports, e);
	free(items);
	return r ? r : state_save_seen(&c->state, "seen: whole, before it is replaced", e);
}
