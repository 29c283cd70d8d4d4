/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A version into the bytes that a side is to hold. What the side has is updated, not replaced: what did
 * not change keeps the side's own spelling, and what the version does not say (outputs that do not
 * travel, whatever only the side knows) stays.
 *
 * It does not decide anything about sides, and never writes to one.
 */

#include <stdlib.h>
#include <string.h>

#include "memory/content_blob.h"

/* Whether the name a side already uses can carry this notebook. */
static bool name_fits(const struct notebook_name *name, enum notebook_language language)
{
	return name->format == NOTEBOOK_IPYNB || name->language == language;
}

/* What a side holds of the notebook, perhaps under the name it had before it was renamed. */
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

/* Parses what the side holds of the notebook, if the version can stand under that name, too; *out NULL:
 * the side gets a new file. */
static int parse_standing(const struct content *c, const struct entry *entry,
			  const struct oid *whole, enum notebook_language language,
			  struct notebook **out, struct err *e)
{
	struct notebook_name name = { 0 };
	int r = ERR_OK;

	*out = NULL;
	if (entry->state == ENTRY_PRESENT && entry->file &&
	    notebook_name_parse(&name, entry->file) && name_fits(&name, language))
		r = content_parse_blob(c, whole ? whole : &entry->raw, name.format, name.language,
				       out, e);
	notebook_name_release(&name);
	return r;
}

/* Sets given->version to what the side holds once given->data stands there. That is the agreed version,
 * of which source can say only a part; but outputs that the side has count from now on if the version
 * brings a cell the tag that keeps them. stands (may be NULL) is what was there before: what that said or
 * lacked already does not become an edit because we wrote. */
static int set_given_version(const struct content *c, const struct row *row,
			     const struct notebook *stands, struct content_given *given,
			     struct err *e)
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
		    : notebook_parse(&raw, buf_str(&given->data), given->data.len,
				     NOTEBOOK_AS(name.format, name.language), e);
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

/* Whether the side said something else, or less, than it agreed to, in the format that it has now. (What
 * was source then and is .ipynb now could not have said more.) */
static bool said_otherwise(const struct row *row, enum side_id side, const struct notebook *stands)
{
	const struct version *base_raw = row_base_raw(row, side);

	return base_raw && !version_absent(&row->base[side]) &&
	       base_raw->format == notebook_format(stands);
}

/*
 * Makes of *nb, a version, what a side is to hold that holds stands now. Where the side says something
 * else than it agreed to, and nobody edited that (the side forgot what it was given, or it was never
 * looked at before), what the side says stays, unless the version has changed in that very place.
 */
static int fit_to_side(const struct content *c, const struct row *row, enum side_id side,
		       const struct notebook *stands, struct notebook **nb, struct err *e)
{
	cleanup_notebook struct notebook *base = NULL, *fitting = NULL;
	int r;

	if (held_entry(row, side) != &row->side[side])
		row = row->rename.from;
	if (notebook_format(stands) == NOTEBOOK_IPYNB && (r = content_to_ipynb(nb, e)))
		return r;
	if (!said_otherwise(row, side, stands))
		return ERR_OK;
	if ((r = content_parse_as_ipynb(c, &row->base[side], &base, e)) ||
	    (r = notebook_lift(&fitting, stands, base, *nb, content_outputs(c), e)))
		return r;
	notebook_free(*nb);
	*nb = steal(&fitting);
	return ERR_OK;
}

int content_give(const struct content *c, const struct row *row, enum side_id side,
		 const struct oid *whole, struct content_given *out, struct err *e)
{
	struct notebook_options options = content_options(c, row->path);
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
	if (stands && !(r = fit_to_side(c, row, side, stands, &nb, e)))
		r = notebook_update(stands, nb, &options, &out->data, e);
	else if (!stands && !own)
		r = notebook_write(nb, format, &options, &out->data, e);
	return r ? r : set_given_version(c, row, stands, out, e);
}

/* Whether nb, written into the notebook raw, leaves its bytes as they are. */
static bool adds_nothing(const struct content *c, const struct row *row, const struct notebook *raw,
			 const struct notebook *nb, const struct oid *raw_id)
{
	struct notebook_options options = content_options(c, row->path);
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
	    (r = fit_to_side(c, row, side, raw, &nb, e)) || (r = content_resolve(c, v, e)))
		return r;
	content_canon(c, raw, &canon);
	v->partial = !oid_equal(&canon, &v->canon);
	*holds = adds_nothing(c, row, raw, nb, &entry->raw);
	return ERR_OK;
}
