/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking outputs out of trees. A tree is made from the one before it, as far as the two differ, and a
 * notebook from its own bytes: nothing here knows of commits, of times or of what may be taken away.
 * Files that are none of the mapping's notebooks (STATE_FILES) are never opened, whatever their names
 * say.
 */

#include "memory/history_outputs.h"

#include <stdlib.h>

#include "base/strlist.h"
#include "memory/state.h"
#include "notebook/notebook.h"

#define MODE_FILE       0100644
#define MODE_EXECUTABLE 0100755

void history_strip_release(struct history_strip *s)
{
	oid_set_release(&s->known);
	free(s->without);
	*s = (struct history_strip){ 0 };
}

/* ---- one notebook ---- */

/* The bytes of nb without outputs, put into the hub. */
static int put_lean(struct history_strip *s, const struct notebook *nb, struct oid *out,
		    struct err *e)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_buf struct buf lean = BUF_UNBOUNDED;
	int r;

	options.outputs = NOTEBOOK_OUTPUTS_STRIP;
	if ((r = notebook_write(nb, NOTEBOOK_IPYNB, &options, &lean, e)))
		return r;
	return hub_blob_put(s->hub, buf_str(&lean), lean.len, out, e);
}

/* *out is id when there is nothing to take out. */
static int read_and_strip(struct history_strip *s, const struct oid *id, struct oid *out,
			  struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;
	cleanup_buf struct buf data = BUF_INIT(HISTORY_STRIP_MAX);
	uint64_t size;
	int r;

	*out = *id;
	if (s->tick && !s->tick(s->payload))
		return err_set(e, ERR_CANCELLED, "asked to stop");
	if ((r = hub_blob_size(s->hub, id, &size, e)) || size > HISTORY_STRIP_MAX)
		return r;
	if ((r = hub_blob_get(s->hub, id, &data, e)))
		return r;
	r = notebook_parse_take(&nb, &data, NOTEBOOK_AS(NOTEBOOK_IPYNB, NOTEBOOK_PYTHON), e);
	if (!r && notebook_has_outputs(nb))
		r = put_lean(s, nb, out, e);
	return r == ERR_INVALID ? ERR_OK : r;
}

static int strip_blob(struct history_strip *s, struct oid *id, struct err *e)
{
	size_t at = oid_set_find(&s->known, id);
	struct oid lean;
	int r;

	if (at == OID_NOWHERE) {
		if ((r = read_and_strip(s, id, &lean, e)))
			return r;
		at = oid_set_add(&s->known, id, NULL);
		s->without = array_grow(s->without, at, &s->cap, sizeof(*s->without));
		s->without[at] = lean;
	}
	*id = s->without[at];
	return ERR_OK;
}

/* ---- a tree ---- */

struct changes {
	struct tree_change *items; /* owned */
	size_t count, cap;
	struct strlist paths; /* of the items */
};

static void changes_release(struct changes *changes)
{
	free(changes->items);
	strlist_release(&changes->paths);
}

static bool collect(void *payload, const struct tree_difference *d)
{
	struct changes *changes = payload;

	changes->items = array_grow(changes->items, changes->count, &changes->cap,
				    sizeof(*changes->items));
	changes->items[changes->count++] = (struct tree_change){
		.path = strlist_keep(&changes->paths, xstrdup(d->path)),
		.id = d->new_id,
		.mode = d->new_mode,
	};
	return true;
}

static bool may_have_outputs(const struct tree_change *change)
{
	const char *file = state_file(change->path);

	return !oid_is_zero(&change->id) && !str_starts(file, STATE_FILES) &&
	       (change->mode == MODE_FILE || change->mode == MODE_EXECUTABLE) &&
	       notebook_name_is_ipynb(file);
}

int history_strip_tree(struct history_strip *s, const struct oid *last, const struct oid *lean,
		       const struct oid *next, struct oid *out, struct err *e)
{
	struct changes changes = { 0 };
	struct tree_diff diff = { .file = collect, .payload = &changes };
	int r = hub_tree_diff(s->hub, last, next, "", &diff, e);

	for (size_t i = 0; !r && i < changes.count; i++) {
		struct tree_change *change = &changes.items[i];

		if (may_have_outputs(change))
			r = strip_blob(s, &change->id, e);
	}
	if (!r && (changes.count || oid_is_zero(lean))) /* nothing is a tree, too */
		r = hub_tree_update(s->hub, lean, changes.items, changes.count, out, e);
	else if (!r)
		*out = *lean;
	changes_release(&changes);
	return r;
}
