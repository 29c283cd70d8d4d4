/* SPDX-License-Identifier: Apache-2.0 */
/* Stories name notebooks and tell their texts as source; where a side of a machine has Jupyter, its people
 * read and write that. */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "notebook/notebook.h"
#include "tests/cycle/twins_internal.h"
#include "tests/world/files.h"
#include "tests/world/world_internal.h"

static bool has_jupyter(const struct world *w, enum side_id side)
{
	const struct config_mapping *m = config_mapping(w->config, "etl");

	return (side == SIDE_LOCAL && m->local_format == CONFIG_FORMAT_IPYNB) ||
	       (side == SIDE_GIT && m->git_format == CONFIG_FORMAT_IPYNB);
}

char *twin_file(const struct world *w, enum side_id side, const char *path)
{
	if (!has_jupyter(w, side) || !str_ends(path, ".py"))
		return xstrdup(path);
	return xasprintf("%.*s.ipynb", (int)(strlen(path) - strlen(".py")), path);
}

/* Owned by the caller. Outputs are none. */
static char *convert(const char *text, enum notebook_format from, enum notebook_format to)
{
	static const struct notebook_options options;
	cleanup_notebook struct notebook *nb = NULL;
	struct buf out = BUF_INIT(FILES_MAX);
	struct err e = ERR_INIT;

	world_ok(notebook_parse(&nb, text, strlen(text), NOTEBOOK_AS(from, NOTEBOOK_PYTHON), &e),
		 &e);
	world_ok(notebook_write(nb, to, &options, &out, &e), &e);
	return buf_steal(&out, NULL);
}

char *twin_read(struct world *w, enum side_id side, const char *path)
{
	cleanup_free char *file = twin_file(w, side, path);
	char *text = world_read(w, side, file), *source;

	if (!text || !has_jupyter(w, side))
		return text;
	source = convert(text, NOTEBOOK_IPYNB, NOTEBOOK_SOURCE);
	free(text);
	return source;
}

void twin_write(struct world *w, enum side_id side, const char *path, const char *text)
{
	cleanup_free char *file = twin_file(w, side, path);
	cleanup_free char *jupyter = NULL;

	if (!text) {
		world_delete(w, side, file);
		return;
	}
	if (has_jupyter(w, side))
		jupyter = convert(text, NOTEBOOK_SOURCE, NOTEBOOK_IPYNB);
	world_write(w, side, file, jupyter ? jupyter : text);
}
