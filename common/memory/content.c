/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions in the hub: read, stored, compared and merged.
 *
 * It knows nothing of what stands on a side. Bytes of a side into versions: content_take.c; a version into
 * the bytes of a side: content_give.c.
 */

#include "memory/content_blob.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "path/path.h"

static_assert((int)NOTEBOOK_OUTPUTS_STRIP == (int)CONFIG_OUTPUTS_STRIP &&
		      (int)NOTEBOOK_OUTPUTS_KEEP == (int)CONFIG_OUTPUTS_KEEP &&
		      (int)NOTEBOOK_OUTPUTS_KEEP_TAGGED == (int)CONFIG_OUTPUTS_KEEP_TAGGED,
	      "content_outputs() casts one enum to the other");

enum notebook_outputs content_outputs(const struct content *c)
{
	return (enum notebook_outputs)c->mapping->outputs;
}

struct notebook_options content_options(const struct content *c, const char *path)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.outputs = content_outputs(c);
	options.name = path_base(path);
	return options;
}

void content_canon(const struct content *c, const struct notebook *nb, struct oid *out)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;

	notebook_canonical(nb, content_outputs(c), &text);
	hub_hash(buf_str(&text), text.len, out);
}

int content_parse_blob(const struct content *c, const struct oid *blob, enum notebook_format format,
		       enum notebook_language language, struct notebook **out, struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	int r;

	if ((r = hub_blob_get(c->hub, blob, &data, e)))
		return r;
	return notebook_parse_take(out, &data, NOTEBOOK_AS(format, language), e);
}

int content_parse(const struct content *c, const struct version *v, struct notebook **out,
		  struct err *e)
{
	return content_parse_blob(c, &v->blob, v->format, v->language, out, e);
}

int content_to_ipynb(struct notebook **nb, struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_notebook struct notebook *ipynb = NULL;
	int r;

	options.private = true;
	if (notebook_format(*nb) == NOTEBOOK_IPYNB ||
	    notebook_write(*nb, NOTEBOOK_IPYNB, &options, &text, NULL))
		return ERR_OK;
	if ((r = notebook_parse_take(&ipynb, &text,
				     NOTEBOOK_AS(NOTEBOOK_IPYNB, notebook_language(*nb)), e)))
		return r;
	notebook_free(*nb);
	*nb = steal(&ipynb);
	return ERR_OK;
}

int content_parse_as_ipynb(const struct content *c, const struct version *v, struct notebook **out,
			   struct err *e)
{
	int r = content_parse(c, v, out, e);

	return r ? r : content_to_ipynb(out, e);
}

int content_parse_raw(const struct content *c, const struct entry *entry, struct notebook **out,
		      struct err *e)
{
	struct notebook_name name;
	int r;

	if (!entry->file || !notebook_name_parse(&name, entry->file))
		return err_set(e, ERR_BUG, "'%s' is not a notebook's name",
			       entry->file ? entry->file : "");
	r = content_parse_blob(c, &entry->raw, name.format, name.language, out, e);
	notebook_name_release(&name);
	return r;
}

int content_store(const struct content *c, const struct row *row, const struct notebook *nb,
		  struct version *out, struct err *e)
{
	struct notebook_options options = content_options(c, row->path);
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	int r;

	options.private = true;
	*out = (struct version){ .format = notebook_format(nb), .language = notebook_language(nb) };
	content_canon(c, nb, &out->canon);
	r = notebook_write(nb, out->format, &options, &text, e);
	return r ? r : hub_blob_put(c->hub, buf_str(&text), text.len, &out->blob, e);
}

int content_resolve(const struct content *c, struct version *v, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;
	int r;

	if (version_absent(v) || !oid_is_zero(&v->canon) || v->kind == VERSION_FILE)
		return ERR_OK;
	if ((r = content_parse(c, v, &nb, e)))
		return r;
	content_canon(c, nb, &v->canon);
	return ERR_OK;
}

int content_resolve_row(const struct content *c, struct row *row, struct err *e)
{
	struct version *all[1 + 2 * SIDE_COUNT] = { &row->agreed };
	size_t n = 1;
	bool differ = false;
	int r;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		all[n++] = &row->base[s];
		all[n++] = &row->side[s].version;
	}
	for (size_t i = 1; i < n && !differ; i++)
		differ = !oid_equal(&all[i]->blob, &all[0]->blob);
	for (size_t i = 0; differ && i < n; i++)
		if ((r = content_resolve(c, all[i], e)))
			return r;
	return ERR_OK;
}

int content_cells(const struct content *c, const struct version *v, struct oid *out, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	int r;

	*out = v->blob;
	if (v->kind == VERSION_FILE)
		return ERR_OK;
	if ((r = content_parse(c, v, &nb, e)))
		return r;
	notebook_cells(nb, &text);
	hub_hash(buf_str(&text), text.len, out);
	return ERR_OK;
}

int content_similarity(const struct content *c, const struct version *a, const struct version *b,
		       unsigned *out, struct err *e)
{
	cleanup_notebook struct notebook *x = NULL, *y = NULL;
	int r;

	*out = 0;
	if (version_absent(a) || version_absent(b) || a->kind == VERSION_FILE ||
	    b->kind == VERSION_FILE)
		return ERR_OK;
	if ((r = content_parse(c, a, &x, e)) || (r = content_parse(c, b, &y, e)))
		return r;
	*out = notebook_similarity(x, y);
	return ERR_OK;
}

int content_write_plain(const struct content *c, const struct notebook *nb, struct buf *out,
			struct err *e)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.outputs = content_outputs(c);
	return notebook_write(nb, NOTEBOOK_IPYNB, &options, out, e);
}

int content_plain(const struct content *c, const char *file, const struct oid *blob,
		  struct oid *out, struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	cleanup_notebook struct notebook *nb = NULL;
	int r;

	*out = *blob;
	if (!notebook_name_is_ipynb(file) || content_outputs(c) == NOTEBOOK_OUTPUTS_KEEP)
		return ERR_OK;
	if ((r = content_parse_blob(c, blob, NOTEBOOK_IPYNB, NOTEBOOK_PYTHON, &nb, e)) ||
	    (r = content_write_plain(c, nb, &text, e)))
		return r;
	return hub_blob_put(c->hub, buf_str(&text), text.len, out, e);
}

bool content_alike(const struct content *c, const char *file, const struct oid *a,
		   const struct oid *b)
{
	cleanup_notebook struct notebook *x = NULL, *y = NULL;
	struct notebook_name name;
	bool alike;

	if (oid_equal(a, b))
		return true;
	if (!notebook_name_parse(&name, file))
		return false;
	alike = content_parse_blob(c, a, name.format, name.language, &x, NULL) == ERR_OK &&
		content_parse_blob(c, b, name.format, name.language, &y, NULL) == ERR_OK &&
		notebook_agree(x, y, content_outputs(c));
	notebook_name_release(&name);
	return alike;
}

/* Versions that do not parse as notebooks cannot be merged, and clash. An error of the hub is no clash:
 * it is kept for the caller. */
static bool cannot_merge(struct content_merging *m, int code, const struct err *e)
{
	if (code && code != ERR_INVALID)
		m->failed = *e;
	return code != ERR_OK;
}

bool content_merge(void *payload, const struct version *base, const struct version *ours,
		   const struct version *theirs, struct version *out)
{
	int (*parse)(const struct content *, const struct version *, struct notebook **,
		     struct err *) = content_parse;
	struct content_merging *m = payload;
	const struct content *c = m->content;
	cleanup_notebook struct notebook *b = NULL, *o = NULL, *t = NULL, *merged = NULL;
	const struct row nameless = { .path = (char[]){ "" } };
	struct err e = ERR_INIT;
	bool conflict = false;

	if (ours->kind == VERSION_FILE || theirs->kind == VERSION_FILE ||
	    base->kind == VERSION_FILE)
		return false;
	if (!version_absent(base)) {
		/* The base had more than source can say: a version that is source has lost that. */
		if (base->format == NOTEBOOK_IPYNB)
			parse = content_parse_as_ipynb;
		if (cannot_merge(m, content_parse(c, base, &b, &e), &e))
			return false;
	}
	if (cannot_merge(m, parse(c, ours, &o, &e), &e) ||
	    cannot_merge(m, parse(c, theirs, &t, &e), &e) ||
	    notebook_merge(&merged, &conflict, &(struct notebook_versions){ b, o, t },
			   content_outputs(c), NULL) ||
	    conflict)
		return false;
	return !cannot_merge(m, content_store(c, &nameless, merged, out, &e), &e);
}
