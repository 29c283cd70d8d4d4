/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a tree, collected and then made at once. The last change of a path counts. Two names of
 * which one needs a folder where the other is a file cannot both have their place: the later one
 * stands beside, and moves to its place when that is free.
 *
 * What a path of such a tree means is not known here.
 */

#include "memory/tree_edits.h"

#include <stdlib.h>
#include <string.h>

#include "base/strlist.h"
#include "base/util.h"

const char *state_file(const char *path)
{
	return str_starts(path, STATE_BESIDE) ? path + strlen(STATE_BESIDE) : path;
}

void tree_edits_add(struct tree_edits *edits, char *path, const struct oid *id)
{
	edits->items = array_grow(edits->items, edits->count, &edits->cap, sizeof(*edits->items));
	edits->items[edits->count] = (struct tree_edit){ .path = path, .seq = edits->count };
	if (id)
		edits->items[edits->count].id = *id;
	edits->count++;
}

void tree_edits_clear(struct tree_edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		free(edits->items[i].path);
	free(edits->items);
	*edits = (struct tree_edits){ 0 };
}

static int compare_edits(const void *a, const void *b)
{
	const struct tree_edit *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

static char *beside(const char *path)
{
	return xasprintf(STATE_BESIDE "%s", path);
}

static int has_beside(struct hub *hub, const struct oid *tree, bool *any, struct err *e)
{
	cleanup_free char *folder = xstrndup(STATE_BESIDE, strlen(STATE_BESIDE) - 1);
	struct tree_files files;
	int r = hub_tree_files(hub, tree, folder, &files, e);

	if (!r)
		*any = files.count > 0;
	if (!r)
		tree_files_release(&files);
	return r;
}

/* Puts what did not fit below STATE_BESIDE, and removes from there what stands in its place now, or was
 * deleted. */
static int apply_beside(struct hub *hub, const struct tree_change *changes, size_t count,
			struct oid *tree, struct err *e)
{
	struct tree_change *moved = xcalloc(count, sizeof(*moved));
	struct strlist paths = { 0 };
	int r;

	for (size_t i = 0; i < count; i++) {
		moved[i].path = strlist_keep(&paths, beside(changes[i].path));
		if (changes[i].refused)
			moved[i].id = changes[i].id;
	}
	r = hub_tree_update(hub, tree, moved, count, tree, e);
	free(moved);
	strlist_release(&paths);
	return r;
}

static int apply(struct hub *hub, struct tree_change *changes, size_t count, struct oid *tree,
		 struct err *e)
{
	struct oid updated;
	bool any = false;
	int r = hub_tree_update_fitting(hub, tree, changes, count, &updated, e);

	for (size_t i = 0; !r && i < count; i++)
		any |= changes[i].refused;
	if (!r && !any)
		r = has_beside(hub, &updated, &any, e);
	if (!r && any)
		r = apply_beside(hub, changes, count, &updated, e);
	if (!r)
		*tree = updated;
	return r;
}

int tree_edits_apply(struct hub *hub, struct tree_edits *edits, struct oid *tree, struct err *e)
{
	struct tree_change *changes = xcalloc(edits->count, sizeof(*changes));
	size_t n = 0;
	int r;

	qsort(edits->items, edits->count, sizeof(*edits->items), compare_edits);
	for (size_t i = 0; i < edits->count; i++) {
		const struct tree_edit *edit = &edits->items[i];

		/* The last change of a path counts. */
		if (n && str_eq(changes[n - 1].path, edit->path))
			n--;
		changes[n++] = (struct tree_change){ .path = edit->path, .id = edit->id };
	}
	r = apply(hub, changes, n, tree, e);
	free(changes);
	return r;
}
