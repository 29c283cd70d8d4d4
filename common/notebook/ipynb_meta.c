/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an update may have to change of a notebook's metadata: its language, its environment, its
 * widgets and dashboards. Everything else there belongs to the file.
 */

#include <string.h>

#include "notebook/ipynb.h"
#include "notebook/ipynb_facets.h"

static bool differs_in_environment(const struct update *up)
{
	struct environment told = { .known = false };
	bool differs;

	if (!up->nb->environment.known || !up->old->metadata.at)
		return false;
	ipynb_environment_values(up->old->metadata, &told);
	differs = !environment_equal(&told, &up->nb->environment);
	environment_release(&told);
	return differs;
}

bool ipynb_metadata_differs(const struct update *up)
{
	return (up->old->metadata.at && up->old->language != up->nb->language) ||
	       differs_in_environment(up) || ipynb_facets_differ(up);
}

static void set_string(struct updater *u, struct edits *edits, const char *key, const char *value,
		       unsigned depth)
{
	struct jemit m = updater_emit(u, edits_set(edits, key), depth);

	jemit_string(&m, value);
	u->bad |= m.bad;
}

static void set_environment(struct updater *u, struct edits *edits)
{
	struct jemit m = updater_emit(u, edits_set(edits, "environmentMetadata"), 3);

	ipynb_put_environment(&m, &u->up->nb->environment);
	u->bad |= m.bad;
}

/* metadata[key] with some members exchanged, as an edit of metadata. */
static void edit_object(struct updater *u, struct edits *outer, const char *key,
			struct edits *edits)
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
	cleanup_edits struct edits outer = { 0 }, databricks = { 0 }, info = { 0 };
	cleanup_facets struct facets is = { 0 }, wanted = { 0 };
	const struct update *up = u->up;
	const char *word = ipynb_language_word(up->nb->language);
	struct jemit m = updater_emit(u, out, 1);

	if (up->old->language != up->nb->language) {
		if (u->form.databricks)
			set_string(u, &databricks, "language", word, 3);
		set_string(u, &info, "name", word, 3);
	}
	if (u->form.databricks && differs_in_environment(up))
		set_environment(u, &databricks);
	facets_of_notebook(&is, up->old);
	facets_of_notebook(&wanted, up->nb);
	if (is.told && wanted.told)
		ipynb_edit_notebook(u, &databricks, &is, &wanted);
	edit_object(u, &outer, IPYNB_NOTEBOOK_KEY, &databricks);
	edit_object(u, &outer, "language_info", &info);
	edits_apply(&m, up->old->metadata, &outer);
}
