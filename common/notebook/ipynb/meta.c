/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an update may have to change of a notebook's metadata: its language, its environment, its
 * widgets and dashboards. Everything else there belongs to the file.
 */

#include <string.h>

#include "notebook/ipynb/cell.h"
#include "notebook/ipynb/facets_write.h"
#include "notebook/ipynb/ipynb.h"

bool ipynb_metadata_differs(const struct update *up)
{
	return (up->old->ipynb.metadata.at && up->old->language != up->nb->language) ||
	       ipynb_environment_differs(up) || ipynb_facets_differ(up);
}

static void set_string(struct updater *u, struct edits *edits, const char *key, const char *value,
		       unsigned depth)
{
	struct jemit m = updater_emit(u, edits_set(edits, key), depth);

	jemit_string(&m, value);
	if (m.bad)
		u->bad = true;
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
	ipynb_edit_environment(u, &outer, &databricks);
	facets_of_notebook(&is, up->old);
	facets_of_notebook(&wanted, up->nb);
	if (is.told && wanted.told)
		ipynb_edit_notebook(u, &databricks, &is, &wanted);
	ipynb_edit_object(u, &outer, IPYNB_NOTEBOOK_KEY, &databricks);
	ipynb_edit_object(u, &outer, "language_info", &info);
	edits_apply(&m, up->old->ipynb.metadata, &outer);
}
