/* SPDX-License-Identifier: Apache-2.0 */
/* Rich notebooks as text: written in a spelling of our own, read by their marks. What has no mark (ids,
 * counts, the spelling of JSON) is none of this file's business. */

#include "tests/model/rich.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "tests/world/files.h"

#define CELL_KEY     "application/vnd.databricks.v1+cell"
#define NOTEBOOK_KEY "application/vnd.databricks.v1+notebook"

const char *const mark_names[MARKS] = { "output", "tag",       "input",      "widget",
					"widget", "dashboard", "environment" };

/* How marks are written, before four digits. */
static const char *const words[MARKS] = { "out", "tag", "inp", "wid", "too", "das", "env" };
static const char *const language_words[] = { "python", "sql", "scala", "r" };
static const char *const prefixes[] = { "#", "--", "//", "#" };

bool rich_tells(const struct rich *nb, enum mark mark)
{
	return nb->format == NOTEBOOK_IPYNB ||
	       (mark == MARK_ENVIRONMENT && nb->language == NOTEBOOK_PYTHON);
}

void rich_keep_what_it_tells(struct rich *nb)
{
	for (enum mark k = 0; k < MARKS; k++) {
		if (rich_tells(nb, k))
			continue;
		nb->marks[k] = 0;
		for (size_t i = 0; k < MARKS_OF_CELLS && i < nb->count; i++)
			nb->cells[i].marks[k] = 0;
	}
	for (size_t i = 0; i < nb->count; i++)
		nb->cells[i].keeps &= nb->format == NOTEBOOK_IPYNB;
}

/* ---- making ---- */

struct rich rich_plain(enum notebook_format format, enum notebook_language language,
		       const uint16_t *tokens, size_t count)
{
	struct rich nb = { .format = format, .language = language, .count = count };

	for (size_t i = 0; i < count; i++)
		nb.cells[i].token = tokens[i];
	return nb;
}

void rich_fill_cell(struct rich *nb, size_t cell, uint16_t number)
{
	for (enum mark k = 0; k < MARKS_OF_CELLS; k++)
		if (rich_tells(nb, k))
			nb->cells[cell].marks[k] = number;
}

void rich_fill(struct rich *nb, uint16_t number)
{
	for (enum mark k = MARKS_OF_CELLS; k < MARKS; k++)
		if (rich_tells(nb, k))
			nb->marks[k] = number;
}

const struct rich_cell *rich_find(const struct rich *nb, uint16_t token)
{
	const struct rich_cell *found = NULL;

	for (size_t i = 0; i < nb->count; i++) {
		if (nb->cells[i].token != token)
			continue;
		if (found)
			return NULL;
		found = &nb->cells[i];
	}
	return found;
}

bool rich_has(const struct rich *nb, enum mark mark, uint16_t number)
{
	if (nb && mark >= MARKS_OF_CELLS)
		return nb->marks[mark] == number;
	for (size_t i = 0; nb && i < nb->count; i++)
		if (nb->cells[i].marks[mark] == number)
			return true;
	return false;
}

bool rich_has_token(const struct rich *nb, uint16_t token)
{
	for (size_t i = 0; nb && i < nb->count; i++)
		if (nb->cells[i].token == token)
			return true;
	return false;
}

/* ---- reading ---- */

/* The number after the first "word0000" in a text; 0 when there is none. */
static uint16_t number_after(const char *text, const char *word)
{
	while (text && (text = strstr(text, word))) {
		text += strlen(word);
		if (isdigit((unsigned char)*text))
			return (uint16_t)strtoul(text, NULL, 10);
	}
	return 0;
}

/* A member of an object; NULL when there is none. Keys have dots in them, so paths are no use. */
static const struct json *member(const struct json *object, const char *key)
{
	const struct json *child = json_is_object(object) ? json_first(object) : NULL;

	while (child && !str_eq(json_key(child), key))
		child = json_next(child);
	return child;
}

static uint16_t mark_in(const struct json *value, enum mark mark)
{
	cleanup_free char *text = value ? json_print(value, false) : NULL;

	return number_after(text, words[mark]);
}

static bool is_kept(const struct json *tags)
{
	const struct json *tag = json_is_array(tags) ? json_first(tags) : NULL;

	while (tag && !str_eq(json_text(tag), "keep_output"))
		tag = json_next(tag);
	return tag != NULL;
}

static void read_cell(struct rich *nb, const struct json *from)
{
	const struct json *metadata = member(from, "metadata"), *tags = member(metadata, "tags");
	const struct json *source = member(from, "source"), *own = member(metadata, CELL_KEY);
	cleanup_free char *text = source ? json_print(source, false) : NULL;
	const char *token = text ? strstr(text, "tok") : NULL;
	struct rich_cell *cell = &nb->cells[nb->count];

	if (!token || nb->count == MODEL_CELLS)
		return;
	nb->count++;
	cell->token = number_after(token, "tok");
	cell->marks[MARK_OUTPUT] = mark_in(member(from, "outputs"), MARK_OUTPUT);
	cell->marks[MARK_TAG] = mark_in(tags, MARK_TAG);
	cell->marks[MARK_INPUT] = mark_in(member(own, "inputWidgets"), MARK_INPUT);
	cell->keeps = is_kept(tags);
}

static void read_ipynb(struct rich *nb, const char *text, size_t len)
{
	const struct json *own, *widgets, *cells;
	cleanup_json struct json *all = NULL;
	struct err e = ERR_INIT;

	if (json_parse(&all, text, len, FILES_MAX, &e))
		files_die("a valid notebook is no JSON (%s): %.*s", e.text, (int)len, text);
	own = member(member(all, "metadata"), NOTEBOOK_KEY);
	widgets = member(own, "widgets");
	cells = member(all, "cells");
	for (cells = cells ? json_first(cells) : NULL; cells; cells = json_next(cells))
		read_cell(nb, cells);
	nb->marks[MARK_WIDGET] = mark_in(widgets, MARK_WIDGET);
	nb->marks[MARK_WIDGET_TOO] = mark_in(widgets, MARK_WIDGET_TOO);
	nb->marks[MARK_DASHBOARD] = mark_in(member(own, "dashboards"), MARK_DASHBOARD);
	nb->marks[MARK_ENVIRONMENT] = mark_in(member(own, "environmentMetadata"), MARK_ENVIRONMENT);
}

void rich_read_tokens(struct rich *nb, const char *text, size_t len)
{
	const char *end = text + len;

	*nb = (struct rich){ .format = NOTEBOOK_SOURCE };
	while ((text = memmem(text, (size_t)(end - text), "tok", 3))) {
		unsigned n = 0;

		for (text += 3; text < end && isdigit((unsigned char)*text); text++)
			n = n * 10 + (unsigned)(*text - '0');
		if (n < STEPS_TOKENS && nb->count < MODEL_CELLS)
			nb->cells[nb->count++].token = (uint16_t)n;
	}
}

static void read_source(struct rich *nb, const char *text, size_t len)
{
	const char *at = memmem(text, len, words[MARK_ENVIRONMENT], 3);
	cleanup_free char *copy = NULL;
	enum notebook_language language = nb->language;

	rich_read_tokens(nb, text, len);
	nb->language = language;
	if (!at || !rich_tells(nb, MARK_ENVIRONMENT))
		return;
	copy = xstrndup(text, len);
	nb->marks[MARK_ENVIRONMENT] = number_after(copy, words[MARK_ENVIRONMENT]);
}

void rich_read(struct rich *nb, const char *text, size_t len, enum notebook_format format,
	       enum notebook_language language)
{
	*nb = (struct rich){ .format = format, .language = language };
	if (format == NOTEBOOK_IPYNB)
		read_ipynb(nb, text, len);
	else
		read_source(nb, text, len);
}

/* ---- writing ---- */

static void put_source(const struct rich *nb, struct buf *out)
{
	const char *prefix = prefixes[nb->language];
	unsigned number = nb->marks[MARK_ENVIRONMENT];

	buf_addf(out, "%s Databricks notebook source\n", prefix);
	if (number)
		buf_addf(out,
			 "# /// script\n# [tool.databricks.environment]\n"
			 "# base_environment = \"databricks_ai_v4\"\n"
			 "# environment_version = \"4\"\n# dependencies = [\n#   \"env%04u\",\n"
			 "# ]\n# ///\n",
			 number);
	for (size_t i = 0; i < nb->count; i++) {
		if (i)
			buf_addf(out, "\n%s COMMAND ----------\n\n", prefix);
		buf_addf(out, "tok%04u\n", nb->cells[i].token);
	}
}

static void put_cell_metadata(const struct rich_cell *cell, struct buf *out)
{
	const char *comma = "";

	buf_add_char(out, '{');
	if (cell->marks[MARK_INPUT]) {
		buf_addf(out, "\"" CELL_KEY "\": {\"inputWidgets\": {\"inp%04u\": {}}}",
			 cell->marks[MARK_INPUT]);
		comma = ", ";
	}
	if (cell->marks[MARK_TAG])
		buf_addf(out, "%s\"tags\": [\"tag%04u\"%s]", comma, cell->marks[MARK_TAG],
			 cell->keeps ? ", \"keep_output\"" : "");
	else if (cell->keeps)
		buf_addf(out, "%s\"tags\": [\"keep_output\"]", comma);
	buf_add_char(out, '}');
}

static void put_cell(const struct rich_cell *cell, struct buf *out)
{
	unsigned number = cell->marks[MARK_OUTPUT];

	buf_addf(out, "\n {\"cell_type\": \"code\", \"execution_count\": %s, \"metadata\": ",
		 number ? "1" : "null");
	put_cell_metadata(cell, out);
	buf_add_str(out, ", \"outputs\": [");
	if (number)
		buf_addf(out,
			 "{\"name\": \"stdout\", \"output_type\": \"stream\", \"text\": "
			 "[\"out%04u\\n\"]}, {\"data\": {\"text/plain\": [\"out%04u\"]}, "
			 "\"execution_count\": 1, \"metadata\": {}, \"output_type\": "
			 "\"execute_result\"}",
			 number, number);
	buf_addf(out, "], \"source\": [\"tok%04u\"]}", cell->token);
}

static void put_widget(const char *name, unsigned number, enum mark mark, const char *comma,
		       struct buf *out)
{
	if (number)
		buf_addf(out, "%s\"%s\": {\"currentValue\": \"%s%04u\"}", comma, name, words[mark],
			 number);
}

/* What the notebook says under the key of Databricks, if it says anything. */
static void put_notebook_metadata(const struct rich *nb, struct buf *out)
{
	const uint16_t *marks = nb->marks;
	unsigned any = 0;

	for (enum mark k = MARKS_OF_CELLS; k < MARKS; k++)
		any |= marks[k];
	if (!any)
		return;
	buf_add_str(out, "\"" NOTEBOOK_KEY "\": {\"dashboards\": [");
	if (marks[MARK_DASHBOARD])
		buf_addf(out, "{\"title\": \"das%04u\"}", marks[MARK_DASHBOARD]);
	buf_add_str(out, "], \"environmentMetadata\": ");
	if (marks[MARK_ENVIRONMENT])
		buf_addf(out,
			 "{\"base_environment\": \"databricks_ai_v4\", \"dependencies\": "
			 "[\"env%04u\"], "
			 "\"environment_version\": \"4\"}",
			 marks[MARK_ENVIRONMENT]);
	else
		buf_add_str(out, "null");
	buf_addf(out, ", \"language\": \"%s\", \"widgets\": {", language_words[nb->language]);
	put_widget("day", marks[MARK_WIDGET], MARK_WIDGET, "", out);
	put_widget("place", marks[MARK_WIDGET_TOO], MARK_WIDGET_TOO, marks[MARK_WIDGET] ? ", " : "",
		   out);
	buf_add_str(out, "}}, ");
}

static void put_ipynb(const struct rich *nb, struct buf *out)
{
	buf_add_str(out, "{\"cells\": [");
	for (size_t i = 0; i < nb->count; i++) {
		if (i)
			buf_add_char(out, ',');
		put_cell(&nb->cells[i], out);
	}
	buf_add_str(out, "\n], \"metadata\": {");
	put_notebook_metadata(nb, out);
	buf_addf(
		out,
		"\"language_info\": {\"name\": \"%s\"}}, \"nbformat\": 4, \"nbformat_minor\": 4}\n",
		language_words[nb->language]);
}

char *rich_text(const struct rich *nb)
{
	struct buf out = BUF_INIT(1024 * 1024);

	if (nb->format == NOTEBOOK_IPYNB)
		put_ipynb(nb, &out);
	else
		put_source(nb, &out);
	return buf_steal(&out, NULL);
}

/* ---- telling ---- */

void rich_tell(const struct rich *nb, struct buf *out)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < nb->count; i++) {
		const struct rich_cell *cell = &nb->cells[i];

		buf_addf(out, "%s%u", i ? " " : "", cell->token);
		for (enum mark k = 0; k < MARKS_OF_CELLS; k++)
			if (cell->marks[k])
				buf_addf(out, "/%s%u", words[k], cell->marks[k]);
		buf_add_str(out, cell->keeps ? "/keep" : "");
	}
	buf_add_char(out, ']');
	for (enum mark k = MARKS_OF_CELLS; k < MARKS; k++)
		if (nb->marks[k])
			buf_addf(out, " %s%u", words[k], nb->marks[k]);
}
