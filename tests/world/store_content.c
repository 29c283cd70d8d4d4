/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a workspace makes of an import and gives for an export, by the rules that tests/emulator was
 * written to: format AUTO decides by the name's extension and the header line; source loses a byte
 * order mark and gains a header; content is stored in the format it came in. Conversion is
 * common/notebook's own; Databricks' respelling of Jupyter is left to the emulator.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/world/files.h"
#include "tests/world/store.h"

#define BOM "\xEF\xBB\xBF"

static const char *const headers[NOTEBOOK_LANGUAGES] = {
	[NOTEBOOK_PYTHON] = "# Databricks notebook source",
	[NOTEBOOK_SQL] = "-- Databricks notebook source",
	[NOTEBOOK_SCALA] = "// Databricks notebook source",
	[NOTEBOOK_R] = "# Databricks notebook source",
};

static bool has_header(const char *data, size_t len, enum notebook_language language)
{
	const char *end = memchr(data, '\n', len);

	return memmem(data, end ? (size_t)(end - data) : len, headers[language],
		      strlen(headers[language])) != NULL;
}

static void keep_source(struct store_object *o, const char *data, size_t len)
{
	const char *header = headers[o->language];

	if (len >= strlen(BOM) && memcmp(data, BOM, strlen(BOM)) == 0) {
		data += strlen(BOM);
		len -= strlen(BOM);
	}
	if (len < strlen(header) || memcmp(data, header, strlen(header)) != 0)
		buf_addf(&o->content, "%s\n", header);
	buf_add(&o->content, data, len);
}

static int keep_ipynb(struct store_object *o, const char *data, size_t len, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;

	if (notebook_parse(&nb, data, len, NOTEBOOK_AS(NOTEBOOK_IPYNB, NOTEBOOK_PYTHON), e))
		return err_set(e, ERR_INVALID, "The notebook '%s' is not valid Jupyter", o->path);
	o->language = notebook_language(nb);
	buf_add(&o->content, data, len);
	return ERR_OK;
}

/* Fills in what an import of these bytes under this name becomes. */
static int decide(struct store_object *o, const char *path, const char *data, size_t len,
		  bool as_file, struct err *e)
{
	struct notebook_name name = { 0 };
	bool notebook = notebook_name_parse(&name, path);

	*o = (struct store_object){ .type = STORE_FILE, .content = BUF_INIT(2 * FILES_MAX) };
	if (notebook && !as_file &&
	    (name.format == NOTEBOOK_IPYNB || has_header(data, len, name.language))) {
		o->type = STORE_NOTEBOOK;
		o->format = name.format;
		o->language = name.language;
		o->path = steal(&name.stem);
	}
	notebook_name_release(&name);
	if (o->type == STORE_NOTEBOOK && o->format == NOTEBOOK_IPYNB)
		return keep_ipynb(o, data, len, e);
	if (o->type == STORE_NOTEBOOK) {
		keep_source(o, data, len);
		return ERR_OK;
	}
	o->path = xstrdup(path);
	buf_add(&o->content, data, len);
	return ERR_OK;
}

/* The full name of the Python notebook "/foo" is "/foo.py", or "/foo.ipynb" if its format is
 * Jupyter. */
static bool hides_behind_notebook(const char *dir, const struct store_object *o)
{
	struct notebook_name name = { 0 };
	struct store_object other = { 0 };
	bool hidden = false;

	if (o->type == STORE_FILE && notebook_name_parse(&name, o->path)) {
		hidden = store_get(dir, name.stem, &other) && other.type == STORE_NOTEBOOK &&
			 other.format == name.format &&
			 (name.format == NOTEBOOK_IPYNB || other.language == name.language);
		store_object_release(&other);
		notebook_name_release(&name);
	}
	return hidden;
}

static int check_place(const char *dir, const struct store_object *o, bool overwrite, struct err *e)
{
	cleanup_free char *parent = xstrndup(o->path, (size_t)(strrchr(o->path, '/') - o->path));
	struct store_object old, folder;
	bool there, has_folder;
	int r = ERR_OK;

	has_folder = store_get(dir, parent[0] ? parent : "/", &folder) &&
		     folder.type == STORE_DIRECTORY;
	store_object_release(&folder);
	if (!has_folder)
		return err_set(e, ERR_ABSENT, "The parent folder (%s) does not exist", parent);
	there = store_get(dir, o->path, &old);
	if (there && old.type != o->type)
		r = err_set(e, ERR_CONFLICT, "'%s' is of another type", o->path);
	else if ((there && !overwrite) || (!there && hides_behind_notebook(dir, o)))
		r = err_set(e, ERR_CONFLICT, "'%s' already exists", o->path);
	store_object_release(&old);
	return r;
}

int store_import(const char *dir, const char *path, const void *data, size_t len, bool overwrite,
		 struct store_object *made, struct err *e)
{
	struct store_object o;
	int r = decide(&o, path, data, len, store_fault(dir, WORLD_IMPORT_FILE, path), e);

	if (!r)
		r = check_place(dir, &o, overwrite, e);
	if (!r)
		store_put(dir, &o);
	if (!r && made)
		*made = o;
	else
		store_object_release(&o);
	return r;
}

int store_export(const struct store_object *o, enum notebook_format format, struct buf *out,
		 struct err *e)
{
	const char *slash = strrchr(o->path, '/');
	struct notebook_options options = { .name = slash + 1 };
	cleanup_notebook struct notebook *nb = NULL;
	int r;

	if (o->type == STORE_DIRECTORY)
		return err_set(e, ERR_INVALID, "'%s' is exported as an archive: it is a folder",
			       o->path);
	if (o->type == STORE_FILE || o->format == format) {
		buf_add(out, buf_str(&o->content), o->content.len);
		return ERR_OK;
	}
	r = notebook_parse(&nb, buf_str(&o->content), o->content.len,
			   NOTEBOOK_AS(o->format, o->language), e);
	return r ? r : notebook_write(nb, format, &options, out, e);
}

int store_export_bare(const struct store_object *o, struct buf *out, struct err *e)
{
	struct notebook_options options = { .outputs = NOTEBOOK_OUTPUTS_STRIP };
	cleanup_notebook struct notebook *nb = NULL;
	struct buf whole = BUF_INIT(2 * FILES_MAX);
	int r = store_export(o, NOTEBOOK_IPYNB, &whole, e);

	if (!r)
		r = notebook_parse(&nb, buf_str(&whole), whole.len,
				   NOTEBOOK_AS(NOTEBOOK_IPYNB, o->language), e);
	if (!r)
		r = notebook_write(nb, NOTEBOOK_IPYNB, &options, out, e);
	buf_release(&whole);
	return r;
}
