/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rewriter. It walks the notebook at the levels that Databricks touches (top, cell, outputs and
 * the two metadata objects) and copies everything below them token by token with new indentation,
 * so that numbers and strings keep their spelling.
 */

#include "tests/emulator/jupyter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/rng.h"
#include "tests/emulator/scan.h"

#define NOTEBOOK_KEY "application/vnd.databricks.v1+notebook"
#define CELL_KEY     "application/vnd.databricks.v1+cell"

struct rewriter {
	struct buf *out;
	const struct jupyter_options *options;
	enum notebook_language language;
	struct buf text; /* scratch: a cell's source, JSON-escaped */
	uint64_t cell;   /* number of the cell, from 1 */
};

/* The spelling of language_info.name and of Databricks' own key. */
static const char *const language_words[NOTEBOOK_LANGUAGES] = {
	[NOTEBOOK_PYTHON] = "python",
	[NOTEBOOK_SQL] = "sql",
	[NOTEBOOK_SCALA] = "scala",
	[NOTEBOOK_R] = "r",
};

/* ---- layout ---- */

static void newline(struct buf *out, unsigned depth)
{
	buf_add_char(out, '\n');
	while (depth-- > 0)
		buf_add_char(out, ' ');
}

static size_t string_length(const char *p, const char *end)
{
	const char *at = p + 1;

	while (at < end && *at != '"')
		at += *at == '\\' ? 2 : 1;
	return (size_t)(at + 1 - p);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Writes an opening bracket; {} and [] stay on one line. Returns how much of the input it took. */
static size_t put_open(struct buf *out, const char *p, unsigned *depth)
{
	const char *inside = p + 1;

	while (is_space(*inside))
		inside++;
	buf_add_char(out, *p);
	if (*inside == '}' || *inside == ']') {
		buf_add_char(out, *inside);
		return (size_t)(inside + 1 - p);
	}
	newline(out, ++*depth);
	return 1;
}

/* Copies a checked value with new white space; depth is that of the line it starts on. */
static void put_value(struct buf *out, struct piece value, unsigned depth)
{
	const char *p = value.at, *end = value.at + value.len;

	while (p < end) {
		size_t n = 1;

		if (*p == '"') {
			n = string_length(p, end);
			buf_add(out, p, n);
		} else if (*p == '{' || *p == '[') {
			n = put_open(out, p, &depth);
		} else if (*p == '}' || *p == ']') {
			newline(out, --depth);
			buf_add_char(out, *p);
		} else if (*p == ',') {
			buf_add_char(out, ',');
			newline(out, depth);
		} else if (*p == ':') {
			buf_add_str(out, ": ");
		} else if (!is_space(*p)) {
			buf_add_char(out, *p);
		}
		p += n;
	}
}

/* Starts a member: comma if needed, line, key. */
static void put_key(struct buf *out, unsigned depth, struct piece key)
{
	if (out->data[out->len - 1] != '{')
		buf_add_char(out, ',');
	newline(out, depth);
	buf_add(out, key.at, key.len);
	buf_add_str(out, ": ");
}

static void put_name(struct buf *out, unsigned depth, const char *name)
{
	cleanup_free char *quoted = xasprintf("\"%s\"", name);

	put_key(out, depth, (struct piece){ quoted, strlen(quoted) });
}

static void put_member(struct buf *out, unsigned depth, const char *name, const char *value)
{
	put_name(out, depth, name);
	buf_add_str(out, value);
}

static void put_text(struct buf *out, unsigned depth, const char *name, const char *value)
{
	put_name(out, depth, name);
	json_out_str(out, NULL, value);
	json_out_end(out);
}

static void put_close(struct buf *out, unsigned depth, char bracket)
{
	newline(out, depth);
	buf_add_char(out, bracket);
}

static bool is_one_of(struct piece key, const char *const *names)
{
	for (; *names; names++)
		if (piece_is(key, *names))
			return true;
	return false;
}

/* Copies the members that are not named (a NULL-terminated list). */
static void put_others(struct buf *out, unsigned depth, struct piece object,
		       const char *const *names)
{
	struct piece key, value;

	for (struct scan s = scan_enter(object); scan_member(&s, &key, &value);) {
		if (is_one_of(key, names))
			continue;
		put_key(out, depth, key);
		put_value(out, value, depth);
	}
}

/* ---- cells ---- */

static void make_nuid(char out[static 40], uint64_t seed, uint64_t cell)
{
	uint64_t a = rng_mix(seed + cell), b = rng_mix(a ^ seed);

	snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		 (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		 (unsigned)(0x8000 | (b >> 48 & 0x3fff)), (unsigned long long)(b & 0xffffffffffff));
}

/* Databricks' own metadata of a cell: what was there, with a nuid. */
static void put_cell_key(struct rewriter *w, struct piece old, unsigned depth)
{
	static const char *const nuid_only[] = { "nuid", NULL };
	static const char *const none[] = { NULL };
	bool keep = !w->options->new_nuids && scan_find(old, "nuid").at;
	char nuid[40];

	make_nuid(nuid, w->options->nuid_seed, w->cell);
	put_name(w->out, depth, CELL_KEY);
	buf_add_char(w->out, '{');
	if (!old.at) {
		put_member(w->out, depth + 1, "cellMetadata", "{}");
		put_member(w->out, depth + 1, "inputWidgets", "{}");
	}
	if (!keep)
		put_text(w->out, depth + 1, "nuid", nuid);
	if (!old.at) {
		put_member(w->out, depth + 1, "showTitle", "false");
		put_member(w->out, depth + 1, "tableResultSettingsMap", "{}");
		put_member(w->out, depth + 1, "title", "\"\"");
	}
	put_others(w->out, depth + 1, old, keep ? none : nuid_only);
	put_close(w->out, depth, '}');
}

static void put_cell_metadata(struct rewriter *w, struct piece old, unsigned depth)
{
	static const char *const ours[] = { CELL_KEY, NULL };

	put_name(w->out, depth, "metadata");
	buf_add_char(w->out, '{');
	put_cell_key(w, scan_find(old, CELL_KEY), depth + 1);
	put_others(w->out, depth + 1, old, ours);
	put_close(w->out, depth, '}');
}

static void put_output(struct rewriter *w, struct piece output, unsigned depth)
{
	static const char *const type_only[] = { "output_type", NULL };
	struct piece type = scan_find(output, "output_type");

	newline(w->out, depth);
	buf_add_char(w->out, '{');
	if (type.at) {
		put_name(w->out, depth + 1, "output_type");
		put_value(w->out, type, depth + 1);
	}
	put_others(w->out, depth + 1, output, type_only);
	if (type.at && w->options->duplicate_keys) {
		put_name(w->out, depth + 1, "output_type");
		put_value(w->out, type, depth + 1);
	}
	put_close(w->out, depth, '}');
}

static void put_outputs(struct rewriter *w, struct piece outputs, unsigned depth)
{
	struct piece output;
	bool any = false;

	put_name(w->out, depth, "outputs");
	buf_add_char(w->out, '[');
	for (struct scan s = scan_enter(outputs);
	     !w->options->strip_outputs && scan_element(&s, &output); any = true) {
		if (any)
			buf_add_char(w->out, ',');
		put_output(w, output, depth + 1);
	}
	if (any)
		put_close(w->out, depth, ']');
	else
		buf_add_char(w->out, ']');
}

static void add_text(struct buf *text, struct piece string)
{
	if (piece_is_a(string, '"'))
		buf_add(text, string.at + 1, string.len - 2);
}

/* Length of the escaped line that starts at p, its newline included. */
static size_t line_length(const char *p, const char *end)
{
	const char *at = p;

	while (at < end) {
		if (*at++ != '\\')
			continue;
		if (*at == 'n')
			return (size_t)(at + 1 - p);
		if (*at == 'u' &&
		    (memcmp(at + 1, "000a", 4) == 0 || memcmp(at + 1, "000A", 4) == 0))
			return (size_t)(at + 5 - p);
		at++;
	}
	return (size_t)(at - p);
}

/* A source is one string or a list of strings; Databricks writes a list of lines. */
static void put_source(struct rewriter *w, struct piece source, unsigned depth)
{
	const char *p, *end;
	struct piece part;

	buf_clear(&w->text);
	add_text(&w->text, source);
	if (piece_is_a(source, '['))
		for (struct scan s = scan_enter(source); scan_element(&s, &part);)
			add_text(&w->text, part);
	put_name(w->out, depth, "source");
	buf_add_char(w->out, '[');
	end = buf_str(&w->text) + w->text.len;
	for (p = buf_str(&w->text); p < end;) {
		size_t n = line_length(p, end);

		newline(w->out, depth + 1);
		buf_add_char(w->out, '"');
		buf_add(w->out, p, n);
		p += n;
		buf_add_str(w->out, p < end ? "\"," : "\"");
	}
	if (w->text.len > 0)
		put_close(w->out, depth, ']');
	else
		buf_add_char(w->out, ']');
}

static void put_cell(struct rewriter *w, struct piece cell, unsigned depth)
{
	enum { TYPE, COUNT, INFO, OUTPUTS, SOURCE, ID, MEMBERS };
	static const char *const known[] = { "cell_type", "execution_count", "metadata",
					     "outputs",   "source",          "id",
					     NULL };
	struct piece m[MEMBERS];
	bool code;

	scan_pick(cell, known, m);
	code = piece_is(m[TYPE], "code");
	w->cell++;
	newline(w->out, depth);
	buf_add_char(w->out, '{');
	put_name(w->out, depth + 1, "cell_type");
	put_value(w->out, m[TYPE], depth + 1);
	if (code) {
		put_name(w->out, depth + 1, "execution_count");
		if (m[COUNT].at && *m[COUNT].at != 'n')
			put_value(w->out, m[COUNT], depth + 1);
		else
			buf_add_char(w->out, '0');
	}
	put_cell_metadata(w, m[INFO], depth + 1);
	if (code)
		put_outputs(w, m[OUTPUTS], depth + 1);
	put_source(w, m[SOURCE], depth + 1);
	put_others(w->out, depth + 1, cell, known);
	put_close(w->out, depth, '}');
}

static void put_cells(struct rewriter *w, struct piece cells)
{
	struct piece cell;
	bool any = false;

	put_name(w->out, 1, "cells");
	buf_add_char(w->out, '[');
	for (struct scan s = scan_enter(cells); scan_element(&s, &cell); any = true) {
		if (any)
			buf_add_char(w->out, ',');
		put_cell(w, cell, 2);
	}
	if (any)
		put_close(w->out, 1, ']');
	else
		buf_add_char(w->out, ']');
}

/* ---- the notebook ---- */

/* Databricks' own metadata of the notebook as it was, but for the name, in its place. */
static void put_notebook_members(struct rewriter *w, struct piece old)
{
	struct piece key, value;
	bool named = false;

	for (struct scan s = scan_enter(old); scan_member(&s, &key, &value);) {
		if (piece_is(key, "notebookName")) {
			put_text(w->out, 3, "notebookName", w->options->name);
			named = true;
			continue;
		}
		put_key(w->out, 3, key);
		put_value(w->out, value, 3);
	}
	if (!named)
		put_text(w->out, 3, "notebookName", w->options->name);
}

static void put_notebook_key(struct rewriter *w, struct piece old)
{
	put_name(w->out, 2, NOTEBOOK_KEY);
	buf_add_char(w->out, '{');
	if (old.at) {
		put_notebook_members(w, old);
	} else {
		put_member(w->out, 3, "computePreferences", "null");
		put_member(w->out, 3, "dashboards", "[]");
		put_member(w->out, 3, "environmentMetadata", "null");
		put_member(w->out, 3, "inputWidgetPreferences", "null");
		put_text(w->out, 3, "language", language_words[w->language]);
		put_member(w->out, 3, "notebookMetadata", "{}");
		put_text(w->out, 3, "notebookName", w->options->name);
		put_member(w->out, 3, "widgets", "{}");
	}
	put_close(w->out, 2, '}');
}

static void put_metadata(struct rewriter *w, struct piece old)
{
	static const char *const ours[] = { NOTEBOOK_KEY, NULL };

	put_name(w->out, 1, "metadata");
	buf_add_char(w->out, '{');
	put_notebook_key(w, scan_find(old, NOTEBOOK_KEY));
	if (!scan_find(old, "language_info").at) {
		put_name(w->out, 2, "language_info");
		buf_add_char(w->out, '{');
		put_text(w->out, 3, "name", language_words[w->language]);
		put_close(w->out, 2, '}');
	}
	put_others(w->out, 2, old, ours);
	put_close(w->out, 1, '}');
}

static enum notebook_language language_of(struct piece metadata)
{
	struct piece words[] = {
		scan_find(scan_find(metadata, NOTEBOOK_KEY), "language"),
		scan_find(scan_find(metadata, "language_info"), "name"),
		scan_find(scan_find(metadata, "kernelspec"), "language"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (unsigned l = 0; words[i].at && l < NOTEBOOK_LANGUAGES; l++)
			if (piece_is(words[i], language_words[l]))
				return (enum notebook_language)l;
	return NOTEBOOK_PYTHON;
}

static bool cells_usable(struct piece cells)
{
	struct piece cell;

	for (struct scan s = scan_enter(cells); scan_element(&s, &cell);)
		if (!piece_is_a(scan_find(cell, "cell_type"), '"'))
			return false;
	return true;
}

/* The top level's members that are looked at. */
enum { CELLS, METADATA, NBFORMAT, NBFORMAT_MINOR, TOP_MEMBERS };
static const char *const top_keys[] = { "cells", "metadata", "nbformat", "nbformat_minor", NULL };

static int check(const struct piece m[static TOP_MEMBERS], struct err *e)
{
	if (!piece_is_a(m[CELLS], '[') || !piece_is_a(m[METADATA], '{') || !m[NBFORMAT].at ||
	    strtol(m[NBFORMAT].at, NULL, 10) < 4 || !cells_usable(m[CELLS]))
		return err_set(e, ERR_INVALID,
			       "The Jupyter notebook has no valid cells, metadata or nbformat.");
	return ERR_OK;
}

int jupyter_rewrite(struct buf *out, enum notebook_language *language, const char *data, size_t len,
		    const struct jupyter_options *options, struct err *e)
{
	struct rewriter w = { .out = out, .options = options, .text = BUF_INIT(out->max) };
	struct piece top, m[TOP_MEMBERS];

	if (!utf8_valid(data, len) || !scan_document((struct piece){ data, len }, &top))
		return err_set(e, ERR_INVALID, "The Jupyter notebook is not valid JSON.");
	scan_pick(top, top_keys, m);
	if (check(m, e) != ERR_OK)
		return ERR_INVALID;
	w.language = *language = language_of(m[METADATA]);
	buf_add_char(out, '{');
	put_cells(&w, m[CELLS]);
	put_metadata(&w, m[METADATA]);
	put_member(out, 1, "nbformat", "4");
	put_member(out, 1, "nbformat_minor", "0");
	put_others(out, 1, top, top_keys);
	put_close(out, 0, '}');
	buf_release(&w.text);
	return out->full ? err_set(e, ERR_INVALID, "The notebook is too large.") : ERR_OK;
}
