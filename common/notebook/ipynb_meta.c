/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two facts of a notebook's metadata that an update may have to change: its language and its
 * environment. Everything else there belongs to the file.
 */

#include <string.h>

#include "notebook/ipynb.h"
#include "notebook/ipynb_update.h"

bool ipynb_metadata_differs(const struct update *up)
{
	return up->old->language != up->nb->language || ipynb_environment_differs(up);
}

static void set_string(struct updater *u, struct edits *edits, const char *key, const char *value,
		       unsigned depth)
{
	struct jemit m = updater_emit(u, edits_set(edits, key), depth);

	jemit_string(&m, value);
	u->bad |= m.bad;
}

void ipynb_edit_object(struct updater *u, struct edits *outer, const char *key, struct edits *edits)
{
	struct span old = { NULL, 0 }, metadata = u->up->old->metadata;
	struct jemit m;

	if (!edits->count)
		return;
	if (metadata.at && jscan_find(metadata, key, &old) && *old.at != '{')
		old.at = NULL;
	m = updater_emit(u, edits_set(outer, key), 2);
	edits_apply(&m, old, edits);
}

void ipynb_put_metadata(struct updater *u, struct buf *out)
{
	cleanup_edits struct edits outer = { .count = 0 }, databricks = { .count = 0 },
				   info = { .count = 0 };
	const struct update *up = u->up;
	const char *word = ipynb_language_word(up->nb->language);
	struct jemit m = updater_emit(u, out, 1);

	if (up->old->language != up->nb->language) {
		if (u->form.databricks)
			set_string(u, &databricks, "language", word, 3);
		set_string(u, &info, "name", word, 3);
	}
	ipynb_edit_environment(u, &outer, &databricks);
	ipynb_edit_object(u, &outer, IPYNB_NOTEBOOK_KEY, &databricks);
	ipynb_edit_object(u, &outer, "language_info", &info);
	edits_apply(&m, up->old->metadata, &outer);
}
