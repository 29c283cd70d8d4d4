/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes new .ipynb files and new cells exactly as Databricks' Git folders do: keys sorted, indent
 * 1, UTF-8, one final newline, nbformat 4.0 without cell ids, execution_count 0.
 *
 * Databricks draws a random nuid for each cell. Ours is derived from the cell's content and from
 * how many equal cells precede it (ids.h): writing is a function of its input, so two
 * machines that convert the same notebook get the same bytes.
 */

#include "notebook/ipynb/write.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/ipynb/ids.h"
#include "notebook/ipynb/ipynb.h"

static void put_empty(struct jemit *m, const char *key, char bracket)
{
	jemit_key(m, key);
	jemit_word(m, bracket == '{' ? "{}" : "[]");
}

static void put_bool(struct jemit *m, const char *key, bool value)
{
	jemit_key(m, key);
	jemit_word(m, value ? "true" : "false");
}

/* What a cell of a file without Databricks' metadata needs all the same: its title and flags. */
static bool needs_databricks(const struct notebook_cell *cell)
{
	return cell->title || cell->sandbox;
}

static void put_databricks(struct jemit *m, const struct notebook_cell *cell,
			   const struct ipynb_identity *identity)
{
	jemit_key(m, IPYNB_CELL_KEY);
	jemit_open(m, '{');
	put_empty(m, "cellMetadata", '{');
	put_empty(m, "inputWidgets", '{');
	if (cell->sandbox)
		put_bool(m, "isMarkdownSandbox", true);
	jemit_key(m, "nuid");
	jemit_raw(m, identity->nuid);
	put_bool(m, "showTitle", cell->show_title && cell->title);
	put_empty(m, "tableResultSettingsMap", '{');
	jemit_key(m, "title");
	jemit_string(m, cell->title ? cell->title : "");
	jemit_close(m, '}');
}

static void put_metadata(struct jemit *m, const struct notebook_cell *cell,
			 const struct ipynb_identity *identity, const struct ipynb_form *form)
{
	jemit_key(m, "metadata");
	jemit_open(m, '{');
	if (form->databricks || needs_databricks(cell))
		put_databricks(m, cell, identity);
	jemit_close(m, '}');
}

void ipynb_put_cell(struct jemit *m, const struct notebook_cell *cell,
		    const struct ipynb_identity *identity, const struct ipynb_form *form)
{
	static const char *const types[] = { "code", "markdown", "raw" };
	bool code = cell->type == NOTEBOOK_CODE;

	jemit_open(m, '{');
	jemit_key(m, "cell_type");
	jemit_string(m, types[cell->type]);
	if (code) {
		jemit_key(m, "execution_count");
		jemit_word(m, form->databricks ? "0" : "null");
	}
	if (form->ids) {
		jemit_key(m, "id");
		jemit_raw(m, identity->id);
	}
	put_metadata(m, cell, identity, form);
	if (code)
		put_empty(m, "outputs", '[');
	jemit_key(m, "source");
	ipynb_put_source(m, (struct span){ cell->text, cell->len }, (struct span){ NULL, 0 },
			 form->strings);
	jemit_close(m, '}');
}

const char *ipynb_language_word(enum notebook_language language)
{
	static const char *const words[NOTEBOOK_LANGUAGES] = { "python", "sql", "scala", "r" };

	return words[language];
}

static void put_null(struct jemit *m, const char *key)
{
	jemit_key(m, key);
	jemit_word(m, "null");
}

static void put_notebook(struct jemit *m, const struct notebook *nb, const char *name)
{
	jemit_key(m, IPYNB_NOTEBOOK_KEY);
	jemit_open(m, '{');
	put_null(m, "computePreferences");
	put_empty(m, "dashboards", '[');
	jemit_key(m, "environmentMetadata");
	ipynb_put_environment(m, &nb->environment);
	put_null(m, "inputWidgetPreferences");
	jemit_key(m, "language");
	jemit_string(m, ipynb_language_word(nb->language));
	jemit_key(m, "notebookMetadata");
	jemit_open(m, '{');
	if (nb->language == NOTEBOOK_PYTHON) {
		jemit_key(m, "pythonIndentUnit");
		jemit_word(m, "4");
	}
	jemit_close(m, '}');
	if (name) {
		jemit_key(m, "notebookName");
		jemit_string(m, name);
	}
	put_empty(m, "widgets", '{');
	jemit_close(m, '}');
}

static void put_new_cells(struct jemit *m, const struct notebook *nb)
{
	struct ipynb_form form = { .databricks = true };
	cleanup_free struct ipynb_seed *seeds = ipynb_seeds(nb);
	struct ipynb_identity identity = { { NULL, 0 }, { NULL, 0 } };
	struct ipynb_ids ids;

	ipynb_ids_init(&ids);
	jemit_open(m, '[');
	for (size_t i = 0; i < nb->count; i++) {
		identity.nuid = ipynb_ids_nuid(&ids, &seeds[i]);
		jemit_item(m);
		ipynb_put_cell(m, &nb->cells[i].pub, &identity, &form);
	}
	jemit_close(m, ']');
	ipynb_ids_release(&ids);
}

int ipynb_write(const struct notebook *nb, const struct notebook_options *options, struct buf *out,
		struct err *e)
{
	struct jemit m = { .out = out, .style = &jstyle_databricks };

	memory_reserve(out, nb->len + nb->len / 2);
	jemit_open(&m, '{');
	jemit_key(&m, "cells");
	put_new_cells(&m, nb);
	jemit_key(&m, "metadata");
	jemit_open(&m, '{');
	put_notebook(&m, nb, options->name);
	jemit_key(&m, "language_info");
	jemit_open(&m, '{');
	jemit_key(&m, "name");
	jemit_string(&m, ipynb_language_word(nb->language));
	jemit_close(&m, '}');
	if (options->private)
		ipynb_put_private(&m, &nb->environment);
	jemit_close(&m, '}');
	jemit_key(&m, "nbformat");
	jemit_word(&m, "4");
	jemit_key(&m, "nbformat_minor");
	jemit_word(&m, "0");
	jemit_close(&m, '}');
	buf_add_char(out, '\n');
	return m.bad ? ipynb_refuse_bytes(nb, e) : 0;
}
