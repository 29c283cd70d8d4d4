/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files about updating a .ipynb share.
 */

#include "notebook/ipynb/updater.h"

struct jemit updater_emit(const struct updater *u, struct buf *out, unsigned depth)
{
	return (struct jemit){ .out = out, .style = &u->style, .depth = depth };
}

void ipynb_edit_object(struct updater *u, struct edits *outer, const char *key, struct edits *edits)
{
	struct span old = { NULL, 0 }, metadata = u->up->old->ipynb.metadata;
	struct jemit m;

	if (!edits->count)
		return;
	if (metadata.at && jscan_find(metadata, key, &old) && *old.at != '{')
		old.at = NULL;
	m = updater_emit(u, edits_set(outer, key), 2);
	edits_apply(&m, old, edits);
}
