/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions: read from the hub, compared, merged, and encoded for a side. What a side holds is updated,
 * not replaced: what did not change keeps the side's own spelling, and what the version does not say
 * (outputs that do not travel, whatever the side knows alone) stays.
 *
 * It does not decide anything about sides, and never writes to one. Bytes into versions:
 * content_take.c.
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

static struct notebook_options options_of(const struct content *c, const char *path)
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

static int parse_blob(const struct content *c, const struct oid *blob, enum notebook_format format,
		      enum notebook_language language, struct notebook **out, struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	int r;

	if ((r = hub_blob_get(c->hub, blob, &data, e)))
		return r;
	return notebook_parse_take(out, &data, format, language, NULL, e);
}

int content_parse(const struct content *c, const struct version *v, struct notebook **out,
		  struct err *e)
{
	return parse_blob(c, &v->blob, v->format, v->language, out, e);
}

/* A version that is source has no tags, while a source file does not tell. What no .ipynb can hold, bytes
 * that are not text, goes on as it is. */
static int tell_all(struct notebook **nb, struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_notebook struct notebook *telling = NULL;
	int r;

	options.private = true;
	if (notebook_format(*nb) == NOTEBOOK_IPYNB ||
	    notebook_write(*nb, NOTEBOOK_IPYNB, &options, &text, NULL))
		return ERR_OK;
	if ((r = notebook_parse_take(&telling, &text, NOTEBOOK_IPYNB, notebook_language(*nb), NULL,
				     e)))
		return r;
	notebook_free(*nb);
	*nb = steal(&telling);
	return ERR_OK;
}

static int parse_telling(const struct content *c, const struct version *v, struct notebook **out,
			 struct err *e)
{
	int r = content_parse(c, v, out, e);

	return r ? r : tell_all(out, e);
}

int content_parse_raw(const struct content *c, const struct entry *entry, struct notebook **out,
		      struct err *e)
{
	struct notebook_name name;
	int r;

	if (!entry->file || !notebook_name_parse(&name, entry->file))
		return err_set(e, ERR_BUG, "'%s' is not a notebook's name",
			       entry->file ? entry->file : "");
	r = parse_blob(c, &entry->raw, name.format, name.language, out, e);
	notebook_name_release(&name);
	return r;
}

int content_store(const struct content *c, const struct row *row, const struct notebook *nb,
		  struct version *out, struct err *e)
{
	struct notebook_options options = options_of(c, row->path);
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

/* Whether the name a side already uses can carry this notebook. */
static bool name_fits(const struct notebook_name *name, enum notebook_language language)
{
	return name->format == NOTEBOOK_IPYNB || name->language == language;
}

/* What a side holds of the notebook, be it under the name it had before it was renamed. */
static const struct entry *held_entry(const struct row *row, enum side_id side)
{
	const struct row *from = row->rename.from;

	return row->side[side].state == ENTRY_ABSENT && from ? &from->side[side] : &row->side[side];
}

/* The side's own bytes of a revision, which it gets back as they were: those of another format than it
 * has now could only be converted. NULL: none. */
static const struct version *own_revision(const struct row *row, enum side_id side)
{
	const struct adopted *adopted = row->adopted;
	const struct entry *entry = &row->side[side];
	struct notebook_name name = { 0 };
	bool fits;

	if (!adopted || adopted->side != side || version_absent(&adopted->raw))
		return NULL;
	if (entry->state != ENTRY_PRESENT)
		return &adopted->raw;
	if (!adopted->more)
		return NULL;
	fits = notebook_name_parse(&name, entry->file) && name.format == adopted->raw.format &&
	       name_fits(&name, adopted->raw.language);
	notebook_name_release(&name);
	return fits ? &adopted->raw : NULL;
}

char *content_file(const struct config_mapping *m, const struct row *row, enum side_id side,
		   const struct version *v)
{
	const struct entry *entry = held_entry(row, side);
	const struct version *own = own_revision(row, side);
	struct notebook_name name = { 0 };
	char *file = NULL;

	if (v->kind == VERSION_FILE)
		return xstrdup(row->path);
	if (own && entry->state != ENTRY_PRESENT)
		return version_file(row->path, own);
	if (entry->state == ENTRY_PRESENT && entry->file && notebook_name_parse(&name, entry->file))
		file = entry == &row->side[side] && name_fits(&name, v->language)
			       ? xstrdup(entry->file)
			       : notebook_name_make(row->path, name.format, v->language);
	notebook_name_release(&name);
	return file ? file
		    : notebook_name_make(row->path, version_fresh_format(m, side, v->format),
					 v->language);
}

void content_given_release(struct content_given *given)
{
	buf_release(&given->data);
	free(given->file);
}

/* What the side holds of the notebook under a name that can go on; NULL: it gets a new file. */
static int parse_standing(const struct content *c, const struct entry *entry,
			  const struct oid *whole, enum notebook_language language,
			  struct notebook **out, struct err *e)
{
	struct notebook_name name = { 0 };
	int r = ERR_OK;

	*out = NULL;
	if (entry->state == ENTRY_PRESENT && entry->file &&
	    notebook_name_parse(&name, entry->file) && name_fits(&name, language))
		r = parse_blob(c, whole ? whole : &entry->raw, name.format, name.language, out, e);
	notebook_name_release(&name);
	return r;
}

/* What the side holds with what was written for it: mostly the version, of which source says a part;
 * but where outputs are kept by a tag that is new there, they count from now on. stands (may be NULL) is
 * what was there before: what it said, or lacked, already is nobody's edit because we wrote. */
static int find_given(const struct content *c, const struct row *row, const struct notebook *stands,
		      struct content_given *given, struct err *e)
{
	cleanup_notebook struct notebook *raw = NULL, *nb = NULL, *lifted = NULL;
	struct version *v = &given->version;
	struct notebook_name name;
	struct oid canon;
	int r;

	*v = row->agreed;
	if (!notebook_name_parse(&name, given->file))
		return err_set(e, ERR_BUG, "'%s' is not a notebook's name", given->file);
	r = name.format == NOTEBOOK_SOURCE && v->format == NOTEBOOK_SOURCE
		    ? ERR_OK
		    : notebook_parse(&raw, buf_str(&given->data), given->data.len, name.format,
				     name.language, NULL, e);
	notebook_name_release(&name);
	if (r || !raw || (r = content_resolve(c, v, e)))
		return r;
	content_canon(c, raw, &canon);
	if (!oid_equal(&canon, &v->canon) && c->mapping->outputs == CONFIG_OUTPUTS_KEEP_TAGGED &&
	    ((r = content_parse(c, v, &nb, e)) ||
	     (r = notebook_lift(&lifted, nb, stands, raw, content_outputs(c), e)) ||
	     (r = content_store(c, row, lifted, v, e))))
		return r;
	v->partial = !oid_equal(&canon, &v->canon);
	return ERR_OK;
}

/* Whether the side could say what stands there now, and said something else than it agreed to. A source
 * file that became .ipynb never could. */
static bool says_otherwise(const struct row *row, enum side_id side, const struct notebook *stands)
{
	const struct version *base_raw = row_base_raw(row, side);

	return base_raw && !version_absent(&row->base[side]) &&
	       base_raw->format == notebook_format(stands);
}

/*
 * *nb, a version, as a side is to hold it that holds stands now. Where the side says something else than
 * it agreed to, which is nobody's edit (it forgot what it was given, or nobody asked before), that stays,
 * unless the version has changed just there.
 */
static int fit(const struct content *c, const struct row *row, enum side_id side,
	       const struct notebook *stands, struct notebook **nb, struct err *e)
{
	cleanup_notebook struct notebook *base = NULL, *fitting = NULL;
	int r;

	if (held_entry(row, side) != &row->side[side])
		row = row->rename.from;
	if (notebook_format(stands) == NOTEBOOK_IPYNB && (r = tell_all(nb, e)))
		return r;
	if (!says_otherwise(row, side, stands))
		return ERR_OK;
	if ((r = parse_telling(c, &row->base[side], &base, e)) ||
	    (r = notebook_lift(&fitting, stands, base, *nb, content_outputs(c), e)))
		return r;
	notebook_free(*nb);
	*nb = steal(&fitting);
	return ERR_OK;
}

int content_give(const struct content *c, const struct row *row, enum side_id side,
		 const struct oid *whole, struct content_given *out, struct err *e)
{
	struct notebook_options options = options_of(c, row->path);
	cleanup_notebook struct notebook *nb = NULL, *stands = NULL;
	const struct version *own = own_revision(row, side);
	struct version v = row->agreed;
	enum notebook_format format;
	int r;

	*out = CONTENT_GIVEN_INIT;
	if (v.kind == VERSION_FILE) {
		out->file = content_file(c->mapping, row, side, &v);
		out->version = v;
		return hub_blob_get(c->hub, &v.blob, &out->data, e);
	}
	if ((r = content_parse(c, &v, &nb, e)))
		return r;
	v.language = notebook_language(nb); /* an ipynb says it itself */
	out->file = content_file(c->mapping, row, side, &v);
	if (own)
		r = hub_blob_get(c->hub, &own->blob, &out->data, e);
	else
		r = parse_standing(c, held_entry(row, side), whole, v.language, &stands, e);
	if (r)
		return r;
	format = notebook_name_is_ipynb(out->file) ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	if (stands && !(r = fit(c, row, side, stands, &nb, e)))
		r = notebook_update(stands, nb, &options, &out->data, e);
	else if (!stands && !own)
		r = notebook_write(nb, format, &options, &out->data, e);
	return r ? r : find_given(c, row, stands, out, e);
}

/* Whether nb, written into the notebook raw, leaves its bytes as they are. */
static bool adds_nothing(const struct content *c, const struct row *row, const struct notebook *raw,
			 const struct notebook *nb, const struct oid *raw_id)
{
	struct notebook_options options = options_of(c, row->path);
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct oid id;

	if (!notebook_agree(raw, nb, content_outputs(c)) ||
	    notebook_update(raw, nb, &options, &text, NULL))
		return false;
	hub_hash(buf_str(&text), text.len, &id);
	return oid_equal(&id, raw_id);
}

int content_holds(const struct content *c, const struct row *row, enum side_id side,
		  struct version *v, bool *holds, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL, *raw = NULL;
	const struct entry *entry = &row->side[side];
	struct oid canon;
	int r;

	*holds = false;
	if (version_absent(v) || v->kind != VERSION_NOTEBOOK || entry->state != ENTRY_PRESENT ||
	    entry->version.kind != VERSION_NOTEBOOK ||
	    (v->format == NOTEBOOK_SOURCE && entry->version.format == NOTEBOOK_SOURCE))
		return ERR_OK;
	if ((r = content_parse_raw(c, entry, &raw, e)) || (r = content_parse(c, v, &nb, e)) ||
	    (r = fit(c, row, side, raw, &nb, e)) || (r = content_resolve(c, v, e)))
		return r;
	content_canon(c, raw, &canon);
	v->partial = !oid_equal(&canon, &v->canon);
	*holds = adds_nothing(c, row, raw, nb, &entry->raw);
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
	if ((r = parse_blob(c, blob, NOTEBOOK_IPYNB, NOTEBOOK_PYTHON, &nb, e)) ||
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
	alike = parse_blob(c, a, name.format, name.language, &x, NULL) == ERR_OK &&
		parse_blob(c, b, name.format, name.language, &y, NULL) == ERR_OK &&
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
		/* All that the side agreed to is known, so that what is source has lost the rest. */
		if (base->format == NOTEBOOK_IPYNB)
			parse = parse_telling;
		if (cannot_merge(m, content_parse(c, base, &b, &e), &e))
			return false;
	}
	if (cannot_merge(m, parse(c, ours, &o, &e), &e) ||
	    cannot_merge(m, parse(c, theirs, &t, &e), &e) ||
	    notebook_merge(&merged, &conflict, b, o, t, content_outputs(c), NULL) || conflict)
		return false;
	return !cannot_merge(m, content_store(c, &nameless, merged, out, &e), &e);
}
