/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads .ipynb (nbformat 4) in one pass. Keeps spans of the file for everything, and decodes only
 * what the model shows: type, source, title and flags of each cell. Outputs are validated and
 * passed over, never copied.
 */

#include "notebook/ipynb/cell.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/ipynb/ipynb.h"

/* The last nbformat_minor whose kinds of cell are known here. */
#define MINOR_KNOWN 5

struct reader {
	struct jscan s;
	struct notebook *nb;
	size_t max_cells;
	struct span major, minor; /* the values of nbformat and nbformat_minor */
	struct buf text;          /* of the cell at hand */
	struct span unknown;      /* the first cell_type that no nbformat up to 4.5 has */
};

static void read_flags(struct notebook_cell *cell, const struct ipynb_parts *parts)
{
	if (parts->title.len > 2) /* an empty one is none */
		cell->title = ipynb_string(parts->title);
	cell->show_title = ipynb_is_true(parts->show_title);
	cell->sandbox = cell->type == NOTEBOOK_MARKDOWN && ipynb_is_true(parts->sandbox);
}

/* False for a type that we do not know. */
static bool read_type(struct notebook_cell *cell, struct span type)
{
	if (jscan_is(type, "code"))
		cell->type = NOTEBOOK_CODE;
	else if (jscan_is(type, "markdown"))
		cell->type = NOTEBOOK_MARKDOWN;
	else if (jscan_is(type, "raw"))
		cell->type = NOTEBOOK_RAW;
	else
		return false;
	return true;
}

/* A kind of cell that a later nbformat may bring: its whole JSON is the text, so that no change
 * inside it goes unnoticed. Whether the nbformat is a later one is known only at the end of the
 * file, see check_version(). */
static bool keep_whole(struct reader *r, struct cell *cell, struct span type)
{
	if (!r->unknown.at)
		r->unknown = type;
	cell->pub.type = NOTEBOOK_RAW;
	cell->pub.len = cell->raw.len;
	cell->pub.text = xstrndup(cell->raw.at, cell->raw.len);
	model_plain_lines(cell->pub.text, &cell->pub.len);
	return true;
}

static bool take_text(struct reader *r, struct notebook_cell *cell, const struct ipynb_parts *parts)
{
	if (!parts->source.at)
		return jscan_fail(&r->s, r->s.p - 1, "this cell has no source");
	if (parts->bad_source)
		return jscan_fail(&r->s, parts->bad_source, parts->bad_source_why);
	cell->len = r->text.len;
	cell->text = xmalloc(cell->len + 1);
	if (cell->len)
		memcpy(cell->text, r->text.data, cell->len);
	cell->text[cell->len] = '\0';
	return true;
}

static bool has_count(struct span count)
{
	return count.at && *count.at != 'n' && !(count.len == 1 && *count.at == '0');
}

static bool read_cell(struct reader *r)
{
	struct jscan *s = &r->s;
	struct ipynb_parts parts = { .text = &r->text };
	struct span whole;
	struct cell *cell;

	if (r->nb->count == r->max_cells)
		return jscan_fail(s, s->p, "more cells than are allowed");
	buf_clear(&r->text);
	if (!ipynb_scan_cell(s, &whole, &parts))
		return false;
	cell = model_add(r->nb);
	cell->raw = whole;
	cell->raw_format = NOTEBOOK_IPYNB;
	if (!parts.type.at)
		return jscan_fail(s, whole.at, "this cell has no cell_type");
	if (!read_type(&cell->pub, parts.type))
		return keep_whole(r, cell, parts.type);
	if (!take_text(r, &cell->pub, &parts))
		return false;
	read_flags(&cell->pub, &parts);
	cell->crlf = model_plain_lines(cell->pub.text, &cell->pub.len);
	cell->has_outputs = parts.outputs.at && !ipynb_is_empty(parts.outputs);
	cell->has_count = has_count(parts.count);
	model_classify(&cell->pub);
	return true;
}

static bool read_cells(struct reader *r)
{
	struct jscan *s = &r->s;
	bool first = true;

	if (r->nb->ipynb.array.at)
		return jscan_fail(s, s->p, "a second list of cells");
	jscan_peek(s);
	r->nb->ipynb.array.at = s->p;
	if (!jscan_open(s, '['))
		return false;
	while (jscan_element(s, &first))
		if (!read_cell(r))
			return false;
	r->nb->ipynb.array.len = (size_t)(s->p - r->nb->ipynb.array.at);
	return !s->why;
}

static bool read_once(struct jscan *s, struct span *into)
{
	if (into->at)
		return jscan_fail(s, s->p, "a key that stood in this notebook before");
	return jscan_skip(s, into);
}

static bool read_member(struct reader *r, struct span key)
{
	if (jscan_is(key, "cells"))
		return read_cells(r);
	if (jscan_is(key, "metadata"))
		return read_once(&r->s, &r->nb->ipynb.metadata);
	if (jscan_is(key, "nbformat"))
		return read_once(&r->s, &r->major);
	if (jscan_is(key, "nbformat_minor"))
		return read_once(&r->s, &r->minor);
	return jscan_skip(&r->s, NULL);
}

static bool read_top(struct reader *r)
{
	struct span key;
	bool first = true;

	if (!jscan_open(&r->s, '{'))
		return false;
	while (jscan_member(&r->s, &first, &key))
		if (!read_member(r, key))
			return false;
	return !r->s.why && jscan_finish(&r->s);
}

/* A small whole number, -1 for anything else. */
static int small_number(struct span value)
{
	int n = 0;

	if (!value.at || value.len > 4)
		return -1;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return -1;
		n = n * 10 + (value.at[i] - '0');
	}
	return n;
}

static int check_version(struct reader *r, struct err *e)
{
	struct notebook *nb = r->nb;
	size_t at = r->major.at ? (size_t)(r->major.at - nb->bytes) : 0;
	int major = small_number(r->major);

	if (!r->major.at)
		return model_invalid(e, nb->bytes, 0,
				     "not a Jupyter notebook, nbformat is missing");
	if (major >= 0 && major < 4)
		return model_invalid(e, nb->bytes, at,
				     "nbformat before 4, save it with a current Jupyter first");
	if (major != 4)
		return model_invalid(e, nb->bytes, at, "nbformat is not 4");
	if (!nb->ipynb.array.at)
		return model_invalid(e, nb->bytes, 0, "not a Jupyter notebook, cells is missing");
	if (nb->ipynb.metadata.at && *nb->ipynb.metadata.at != '{')
		return model_invalid(e, nb->bytes, (size_t)(nb->ipynb.metadata.at - nb->bytes),
				     "metadata is not an object");
	nb->ipynb.minor = small_number(r->minor);
	if (nb->ipynb.minor < 0)
		nb->ipynb.minor = 0;
	if (r->unknown.at && nb->ipynb.minor <= MINOR_KNOWN)
		return model_invalid(e, nb->bytes, (size_t)(r->unknown.at - nb->bytes),
				     "cell_type is none of code, markdown, raw");
	return 0;
}

int ipynb_read(struct notebook *nb, const struct notebook_limits *limits, struct err *e)
{
	struct reader r = { .nb = nb, .max_cells = limits->cells, .text = BUF_UNBOUNDED };
	size_t bom = nb->len >= 3 && memcmp(nb->bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	bool well;
	int rc;

	jscan_init(&r.s, nb->bytes + bom, nb->len - bom, limits->depth);
	well = read_top(&r);
	buf_release(&r.text);
	/* an old notebook has no top-level cells, or kinds of cell that are gone: its version says
	 * more than the first place where it differs */
	if (!well && !(r.major.at && small_number(r.major) < 4 && small_number(r.major) >= 0))
		return model_invalid(e, nb->bytes, (size_t)(r.s.at - nb->bytes), r.s.why);
	rc = check_version(&r, e);
	if (rc)
		return rc;
	nb->foreign = !ipynb_language(nb->ipynb.metadata, &nb->language);
	ipynb_environment(nb->ipynb.metadata, &nb->environment);
	return 0;
}
