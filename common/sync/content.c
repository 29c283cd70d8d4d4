/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to versions and back. The rule that prevents echoes lives here: whatever spelling a side
 * uses, a notebook that is canonically the agreed one *is* the agreed version.
 *
 * It does not decide anything about sides, and never writes to one.
 */

#include "sync/content.h"

#include <string.h>

#include "base/path.h"
#include "sync/markers.h"

char *version_file(const char *path, const struct version *v)
{
	if (v->kind == VERSION_FILE)
		return xstrdup(path);
	return notebook_name_make(path, v->format, v->language);
}

static struct notebook_limits limits_of(const struct content *c)
{
	return (struct notebook_limits){ .bytes = (size_t)c->mapping->max_notebook };
}

static struct notebook_options options_of(const struct content *c, const char *path)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.outputs = (enum notebook_outputs)c->mapping->outputs;
	options.name = path_base(path);
	return options;
}

static void canon_of(const struct content *c, const struct notebook *nb, struct oid *out)
{
	cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);

	notebook_canonical(nb, (enum notebook_outputs)c->mapping->outputs, &text);
	hub_hash(buf_str(&text), text.len, out);
}

static int parse_blob(const struct content *c, const struct oid *blob, enum notebook_format format,
		      enum notebook_language language, struct notebook **out, struct err *e)
{
	cleanup_buf struct buf data = BUF_INIT(SIZE_MAX / 2);
	int r;

	if ((r = hub_blob_get(c->hub, blob, &data, e)))
		return r;
	return notebook_parse_take(out, &data, format, language, NULL, e);
}

static int parse_version(const struct content *c, const struct version *v, struct notebook **out,
			 struct err *e)
{
	return parse_blob(c, &v->blob, v->format, v->language, out, e);
}

int content_resolve(const struct content *c, struct version *v, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;
	int r;

	if (version_absent(v) || !oid_is_zero(&v->canon) || v->kind == VERSION_FILE)
		return ERR_OK;
	if ((r = parse_version(c, v, &nb, e)))
		return r;
	canon_of(c, nb, &v->canon);
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

/* The format in which a notebook that came as format is kept in the hub. */
static enum notebook_format kept_format(const struct content *c, const struct row *row,
					enum notebook_format format)
{
	if (c->mapping->git_format == CONFIG_FORMAT_SOURCE)
		return NOTEBOOK_SOURCE;
	if (c->mapping->git_format == CONFIG_FORMAT_IPYNB)
		return NOTEBOOK_IPYNB;
	return version_absent(&row->agreed) ? format : row->agreed.format;
}

/* Encodes nb, which is news, in the format the hub keeps: as it stands where possible, otherwise
 * as an update of the agreed version, whose spelling unchanged cells keep. */
static int encode_kept(const struct content *c, const struct row *row, const struct notebook *nb,
		       enum notebook_format kept, struct buf *out, struct err *e)
{
	struct notebook_options options = options_of(c, row->path);
	cleanup_notebook struct notebook *old = NULL;
	int r;

	if (kept == notebook_format(nb) || version_absent(&row->agreed) ||
	    row->agreed.kind != VERSION_NOTEBOOK || row->agreed.format != kept ||
	    row->agreed.language != notebook_language(nb))
		return notebook_write(nb, kept, &options, out, e);
	if ((r = parse_version(c, &row->agreed, &old, e)))
		return r;
	return notebook_update(old, nb, &options, out, e);
}

/* A merge that somebody has not finished yet must not travel; unless what is agreed has such lines
 * too, because the notebook is about them. */
static int refuse_markers(const struct content *c, const struct row *row, const char *file,
			  const void *data, size_t len, struct err *e)
{
	cleanup_buf struct buf agreed = BUF_INIT(SIZE_MAX / 2);
	size_t line = markers_find(data, len);

	if (!line)
		return ERR_OK;
	if (!version_absent(&row->agreed) &&
	    hub_blob_get(c->hub, &row->agreed.blob, &agreed, NULL) == ERR_OK &&
	    markers_find(buf_str(&agreed), agreed.len))
		return ERR_OK;
	return err_set(e, ERR_INVALID,
		       "'%s', line %zu: conflict markers of an unfinished merge: choose what is to "
		       "stay, and take the lines '<<<<<<<', '=======' and '>>>>>>>' out",
		       file, line);
}

int content_take(const struct content *c, struct row *row, enum side_id side, const char *file,
		 const void *data, size_t len, struct version *out, struct oid *raw, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;
	cleanup_buf struct buf kept = BUF_INIT(SIZE_MAX / 2);
	struct notebook_limits limits = limits_of(c);
	const struct version *held = &row->side[side].version;
	struct notebook_name name;
	struct version v = { 0 };
	int r;

	if (row_names_file(row, file)) {
		*out = (struct version){ .kind = VERSION_FILE };
		r = hub_blob_put(c->hub, data, len, raw, e);
		out->blob = *raw;
		return r;
	}
	if (!notebook_name_parse(&name, file))
		return err_set(e, ERR_BUG, "'%s' is not a notebook's name", file);
	/* What is half merged does not parse as Jupyter either, for a reason that helps nobody. */
	r = refuse_markers(c, row, file, data, len, e);
	if (!r)
		r = notebook_parse(&nb, data, len, name.format, name.language, &limits, e);
	v.format = kept_format(c, row, name.format);
	notebook_name_release(&name);
	if (r || (r = hub_blob_put(c->hub, data, len, raw, e)))
		return r;
	v.language = notebook_language(nb);
	canon_of(c, nb, &v.canon);
	if ((r = content_resolve(c, &row->agreed, e)))
		return r;
	if (!version_absent(&row->agreed) && oid_equal(&v.canon, &row->agreed.canon)) {
		*out = row->agreed;
		return ERR_OK;
	}
	if (!version_absent(held) && oid_equal(&v.canon, &held->canon)) {
		*out = *held;
		return ERR_OK;
	}
	if ((r = encode_kept(c, row, nb, v.format, &kept, e)) ||
	    (r = hub_blob_put(c->hub, buf_str(&kept), kept.len, &v.blob, e)))
		return r;
	*out = v;
	return ERR_OK;
}

enum notebook_format content_fresh_format(const struct config_mapping *m, enum side_id side,
					  enum notebook_format agreed)
{
	int64_t wanted = side == SIDE_LOCAL ? m->local_format
			 : side == SIDE_GIT ? m->git_format
					    : (int64_t)CONFIG_FORMAT_KEEP;

	if (wanted == CONFIG_FORMAT_KEEP)
		return agreed;
	return wanted == CONFIG_FORMAT_IPYNB ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
}

/* Encodes the agreed notebook as an update of the bytes the side holds. */
static int give_update(const struct content *c, const struct row *row, const struct entry *entry,
		       const struct notebook_name *name, const struct notebook *nb, struct buf *out,
		       struct err *e)
{
	struct notebook_options options = options_of(c, row->path);
	cleanup_notebook struct notebook *old = NULL;
	int r;

	r = parse_blob(c, &entry->raw, name->format, name->language, &old, e);
	return r ? r : notebook_update(old, nb, &options, out, e);
}

static bool has_mark(const struct buf *text)
{
	return text->len >= 3 && memcmp(buf_str(text), "\xEF\xBB\xBF", 3) == 0;
}

/* Whether the agreed text, as it stands, would change how a source file ends its lines, or whether
 * it begins with a byte order mark. */
static bool dress_differs(const struct content *c, const struct version *agreed,
			  const struct oid *raw)
{
	cleanup_buf struct buf ours = BUF_INIT(SIZE_MAX / 2), theirs = BUF_INIT(SIZE_MAX / 2);

	if (hub_blob_get(c->hub, &agreed->blob, &ours, NULL) ||
	    hub_blob_get(c->hub, raw, &theirs, NULL))
		return false;
	return has_mark(&ours) != has_mark(&theirs) ||
	       !memmem(buf_str(&ours), ours.len, "\r\n", 2) !=
		       !memmem(buf_str(&theirs), theirs.len, "\r\n", 2);
}

/* Whether the name a side already uses can carry this notebook. */
static bool name_fits(const struct notebook_name *name, enum notebook_language language)
{
	return name->format == NOTEBOOK_IPYNB || name->language == language;
}

/* What a side holds of the notebook, be it under the name it had before it was renamed. */
static const struct entry *held_entry(const struct row *row, enum side_id side)
{
	const struct row *from = row->renamed_from;

	return row->side[side].state == ENTRY_ABSENT && from ? &from->side[side] : &row->side[side];
}

char *content_file(const struct config_mapping *m, const struct row *row, enum side_id side,
		   const struct version *v)
{
	const struct entry *entry = held_entry(row, side);
	struct notebook_name name = { 0 };
	char *file = NULL;

	if (v->kind == VERSION_FILE)
		return xstrdup(row->path);
	if (entry->state == ENTRY_PRESENT && entry->file &&
	    notebook_name_parse(&name, entry->file) && name_fits(&name, v->language))
		file = entry == &row->side[side]
			       ? xstrdup(entry->file)
			       : notebook_name_make(row->path, name.format, name.language);
	notebook_name_release(&name);
	return file ? file
		    : notebook_name_make(row->path, content_fresh_format(m, side, v->format),
					 v->language);
}

int content_give(const struct content *c, const struct row *row, enum side_id side, struct buf *out,
		 char **file, struct err *e)
{
	struct notebook_options options = options_of(c, row->path);
	cleanup_notebook struct notebook *nb = NULL;
	const struct entry *entry = held_entry(row, side);
	struct version v = row->agreed;
	struct notebook_name name = { 0 };
	bool stays = false;
	int r;

	if (v.kind == VERSION_FILE) {
		*file = content_file(c->mapping, row, side, &v);
		return hub_blob_get(c->hub, &v.blob, out, e);
	}
	if ((r = parse_version(c, &v, &nb, e)))
		return r;
	v.language = notebook_language(nb);
	if (entry->state == ENTRY_PRESENT && entry->file && notebook_name_parse(&name, entry->file))
		stays = name_fits(&name, v.language);
	if (stays && (name.format == NOTEBOOK_IPYNB || v.format == NOTEBOOK_IPYNB ||
		      dress_differs(c, &v, &entry->raw)))
		r = give_update(c, row, entry, &name, nb, out, e);
	else
		r = notebook_write(
			nb, stays ? name.format : content_fresh_format(c->mapping, side, v.format),
			&options, out, e);
	if (!r)
		*file = content_file(c->mapping, row, side, &v);
	notebook_name_release(&name);
	return r;
}

/* Versions that are no notebooks cannot be merged, and clash; a hub that fails says nothing. */
static bool cannot_merge(struct content *c, int code, const struct err *e)
{
	if (code && code != ERR_INVALID)
		c->failed = *e;
	return code != ERR_OK;
}

bool content_merge(void *payload, const struct version *base, const struct version *ours,
		   const struct version *theirs, struct version *out)
{
	struct content *c = payload;
	cleanup_notebook struct notebook *b = NULL, *o = NULL, *t = NULL, *merged = NULL;
	cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct err e = ERR_INIT;
	bool conflict = false;

	if (ours->kind == VERSION_FILE || theirs->kind == VERSION_FILE ||
	    base->kind == VERSION_FILE)
		return false;
	options.outputs = (enum notebook_outputs)c->mapping->outputs;
	if (!version_absent(base) && cannot_merge(c, parse_version(c, base, &b, &e), &e))
		return false;
	if (cannot_merge(c, parse_version(c, ours, &o, &e), &e) ||
	    cannot_merge(c, parse_version(c, theirs, &t, &e), &e) ||
	    notebook_merge(&merged, &conflict, b, o, t, (enum notebook_outputs)c->mapping->outputs,
			   NULL) ||
	    conflict)
		return false;
	*out = (struct version){ .format = notebook_format(merged),
				 .language = notebook_language(merged) };
	canon_of(c, merged, &out->canon);
	return notebook_write(merged, out->format, &options, &text, NULL) == ERR_OK &&
	       !cannot_merge(c, hub_blob_put(c->hub, buf_str(&text), text.len, &out->blob, &e), &e);
}
