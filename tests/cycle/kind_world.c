/* SPDX-License-Identifier: Apache-2.0 */
/* See kind_world.h. */

#include "tests/cycle/kind_world.h"

#include <string.h>

#include "tests/source_text.h"
#include "tests/world/files.h"

struct world *world_of(bool all)
{
	struct world_options options = { .config = all ? "files = all\n" : NULL };
	struct world *w = world_new(&options);

	/* One that went alone would be all that there was. */
	world_write(w, SIDE_LOCAL, "fine.py", PY "fine\n");
	world_write(w, SIDE_LOCAL, "other.py", PY "other\n");
	return w;
}

enum store_type type_of(struct world *w, const char *name)
{
	cleanup_free char *path = xasprintf("/Users/ana@acme.example/etl/%s", name);

	return store_type(w->store, path);
}

/* As people do it there: an object does not change its type. Only where modules do not travel may both
 * stand there. */
static void edit_workspace(struct world *w, const char *text)
{
	bool notebook = text && str_starts(text, PY);

	if (type_of(w, FILE_NAME) == STORE_FILE && (!text || notebook))
		world_delete(w, SIDE_WORKSPACE, FILE_NAME);
	if (type_of(w, "load") == STORE_NOTEBOOK && !notebook)
		world_delete(w, SIDE_WORKSPACE, "load");
	if (text)
		world_write(w, SIDE_WORKSPACE, FILE_NAME, text);
}

void edit(struct world *w, enum side_id side, const char *text)
{
	if (side == SIDE_WORKSPACE)
		edit_workspace(w, text);
	else if (text)
		world_write(w, side, FILE_NAME, text);
	else
		world_delete(w, side, FILE_NAME);
}

bool is_held(const struct report *r, const char *path, const char *why)
{
	for (size_t i = 0; i < r->held.count; i++)
		if (str_eq(r->held.items[i].path, path) && strstr(r->held.items[i].sentence, why))
			return true;
	return false;
}

unsigned copies(const struct world *w)
{
	char **names = files_names(w->local);
	unsigned n = 0;

	for (char **name = names; *name; name++)
		n += strstr(*name, ".conflict-") != NULL;
	files_names_free(names);
	return n;
}
