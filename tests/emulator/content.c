/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AUTO decision table and the normal forms. Conversion between formats is the product's own
 * (common/notebook): the emulator has to agree with it about cells, while spelling is its own.
 */

#include "tests/emulator/content.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/emulator/jupyter.h"

static const struct {
	const char *extension;
	const char *header;
} languages[NOTEBOOK_LANGUAGES] = {
	[NOTEBOOK_PYTHON] = { "py", "# Databricks notebook source" },
	[NOTEBOOK_SQL] = { "sql", "-- Databricks notebook source" },
	[NOTEBOOK_SCALA] = { "scala", "// Databricks notebook source" },
	[NOTEBOOK_R] = { "r", "# Databricks notebook source" },
};

const char *content_extension(enum notebook_language language)
{
	return languages[language].extension;
}

void content_release(struct content *c)
{
	free(c->name);
	buf_release(&c->bytes);
	*c = (struct content){ 0 };
}

/* Whether name ends in "." and this extension, with something before it. */
static bool has_extension(const char *name, const char *extension)
{
	size_t n = strlen(name), m = strlen(extension);

	return n > m + 1 && name[n - m - 1] == '.' && strcasecmp(name + n - m, extension) == 0;
}

static size_t first_line(const char *data, size_t len)
{
	const char *end = memchr(data, '\n', len);
	size_t n = end ? (size_t)(end - data) : len;

	return n > 0 && data[n - 1] == '\r' ? n - 1 : n;
}

/* Whether a file's first line makes it a notebook. The server was seen to accept a character before
 * the header, Databricks' own tools want nothing but the header. */
static bool has_header(const char *data, size_t len, enum notebook_language language, bool lax)
{
	const char *header = languages[language].header;
	size_t n = first_line(data, len);

	if (lax)
		return memmem(data, n, header, strlen(header)) != NULL;
	return n == strlen(header) && memcmp(data, header, n) == 0;
}

/* Stores source text: without a byte order mark, with a header line. */
static void keep_source(struct content *c, const char *data, size_t len)
{
	const char *header = languages[c->object.language].header;

	if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
		data += 3;
		len -= 3;
	}
	if (len < strlen(header) || memcmp(data, header, strlen(header)) != 0) {
		buf_add_str(&c->bytes, header);
		buf_add_char(&c->bytes, '\n');
	}
	buf_add(&c->bytes, data, len);
	c->object.type = NODE_NOTEBOOK;
	c->object.format = NOTEBOOK_SOURCE;
}

static int keep_jupyter(struct content *c, const struct content_source *in, const struct knobs *k,
			struct rng *rng, struct err *e)
{
	struct jupyter_options options = {
		.name = c->name,
		.nuid_seed = rng_next(rng) | 1,
		.duplicate_keys = knob(k, KNOB_DUPLICATE_KEYS) != 0,
	};

	c->object.type = NODE_NOTEBOOK;
	c->object.format = NOTEBOOK_IPYNB;
	return jupyter_rewrite(&c->bytes, &c->object.language, in->data, in->len, &options, e);
}

static void keep_file(struct content *c, const struct content_source *in)
{
	c->object.type = NODE_FILE;
	if (has_extension(in->name, "designer.ipynb"))
		c->object.type = NODE_DESIGNER_FILE;
	else if (has_extension(in->name, "lvdash.json"))
		c->object.type = NODE_DASHBOARD;
	buf_add(&c->bytes, in->data, in->len);
}

/* The name without its last extension. */
static void strip_name(struct content *c)
{
	*strrchr(c->name, '.') = '\0';
}

/* Whether AUTO would make a notebook of it. */
static bool is_notebook(const struct content_source *in, bool lax)
{
	if (has_extension(in->name, "ipynb"))
		return !has_extension(in->name, "designer.ipynb");
	for (unsigned i = 0; i < NOTEBOOK_LANGUAGES; i++)
		if (has_extension(in->name, content_extension((enum notebook_language)i)) &&
		    has_header(in->data, in->len, (enum notebook_language)i, lax))
			return true;
	return false;
}

/* Whether AUTO is to go wrong this time, by the knob. */
static bool takes_for_file(struct knobs *k)
{
	if (k->value[KNOB_AUTO_FILES] > 0)
		return k->value[KNOB_AUTO_FILES]-- > 0;
	return k->value[KNOB_AUTO_FILES] < 0;
}

static int decide(struct content *c, const struct content_source *in, struct knobs *k,
		  struct rng *rng, struct err *e)
{
	bool lax = knob(k, KNOB_HEADER_LAX) != 0;

	if (is_notebook(in, lax) && takes_for_file(k)) {
		keep_file(c, in);
		return ERR_OK;
	}
	if (has_extension(in->name, "ipynb") && !has_extension(in->name, "designer.ipynb")) {
		strip_name(c);
		return keep_jupyter(c, in, k, rng, e);
	}
	for (unsigned i = 0; i < NOTEBOOK_LANGUAGES; i++) {
		enum notebook_language language = (enum notebook_language)i;

		if (has_extension(in->name, content_extension(language)) &&
		    has_header(in->data, in->len, language, lax)) {
			strip_name(c);
			c->object.language = language;
			keep_source(c, in->data, in->len);
			return ERR_OK;
		}
	}
	keep_file(c, in);
	return ERR_OK;
}

int content_make(struct content *out, const struct content_source *in, struct knobs *k,
		 struct rng *rng, struct err *e)
{
	int code = ERR_OK;

	*out = (struct content){ .name = xstrdup(in->name),
				 .bytes = BUF_INIT(2 * STORE_CONTENT_MAX) };
	out->object.language = in->language;
	if (in->format == CONTENT_AUTO)
		code = decide(out, in, k, rng, e);
	else if (in->format == CONTENT_SOURCE)
		keep_source(out, in->data, in->len);
	else if (in->format == CONTENT_JUPYTER)
		code = keep_jupyter(out, in, k, rng, e);
	else
		keep_file(out, in);
	out->object.data = buf_str(&out->bytes);
	out->object.len = out->bytes.len;
	return code;
}

static int to_source(struct buf *out, const struct node *n, const char *data, size_t len,
		     struct err *e)
{
	struct notebook_options options = { .outputs = NOTEBOOK_OUTPUTS_STRIP };
	cleanup_notebook struct notebook *nb = NULL;
	int code = notebook_parse(&nb, data, len, NOTEBOOK_AS(NOTEBOOK_IPYNB, n->language), e);

	return code == ERR_OK ? notebook_write(nb, NOTEBOOK_SOURCE, &options, out, e) : code;
}

/* nuids follow from id and time, so that an export repeats itself until the notebook changes. */
static int to_jupyter(struct buf *out, const struct node *n, const char *data, size_t len,
		      struct err *e)
{
	struct notebook_options options = { .name = n->name };
	struct jupyter_options spelling = {
		.name = n->name,
		.nuid_seed = rng_mix((uint64_t)n->id ^ (uint64_t)n->modified_ms) | 1,
		.new_nuids = true,
	};
	cleanup_notebook struct notebook *nb = NULL;
	struct buf plain = BUF_INIT(out->max);
	enum notebook_language language;
	int code = notebook_parse(&nb, data, len, NOTEBOOK_AS(NOTEBOOK_SOURCE, n->language), e);

	if (code == ERR_OK)
		code = notebook_write(nb, NOTEBOOK_IPYNB, &options, &plain, e);
	if (code == ERR_OK)
		code = jupyter_rewrite(out, &language, buf_str(&plain), plain.len, &spelling, e);
	buf_release(&plain);
	return code;
}

int content_convert(struct buf *out, const struct node *n, const char *data, size_t len,
		    enum notebook_format format, bool strip_outputs, struct err *e)
{
	struct jupyter_options stripped = { .name = n->name, .strip_outputs = true };
	enum notebook_language language;

	if (format != n->format && format == NOTEBOOK_SOURCE)
		return to_source(out, n, data, len, e);
	if (format != n->format)
		return to_jupyter(out, n, data, len, e);
	if (format == NOTEBOOK_IPYNB && strip_outputs)
		return jupyter_rewrite(out, &language, data, len, &stripped, e);
	buf_add(out, data, len);
	return ERR_OK;
}

int content_edit(struct buf *out, const struct node *n, const struct buf *old, const char *data,
		 size_t len, enum notebook_format format, struct err *e)
{
	struct notebook_options options = { .name = n->name };
	cleanup_notebook struct notebook *before = NULL;
	cleanup_notebook struct notebook *after = NULL;
	int code = notebook_parse(&before, buf_str(old), old->len,
				  NOTEBOOK_AS(n->format, n->language), e);

	if (code == ERR_OK)
		code = notebook_parse(&after, data, len, NOTEBOOK_AS(format, n->language), e);
	return code == ERR_OK ? notebook_update(before, after, &options, out, e) : code;
}
