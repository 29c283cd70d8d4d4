/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast notebooks are read and written, in the same run and on the same bytes beside memcpy and
 * beside cJSON's parser alone.
 *
 *	notebook-bench [--rounds N] [--mb N] FILE...
 *
 * measures all files together, then a generated .ipynb of that many megabytes (default 50) that is
 * mostly images in outputs, then a generated source notebook of a tenth of it. Prints the median
 * of the rounds as "name <tab> megabytes per second <tab> seconds".
 */

#include <cjson/cJSON.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notebook/notebook.h"
#include "tests/bench/cpu_time.h"

#define OUT_MAX ((size_t)1 << 31)

struct input {
	char *data; /* owned */
	size_t len;
	enum notebook_format format;
	enum notebook_language language;
};

struct inputs {
	struct input *at; /* owned */
	size_t count, cap, bytes;
};

typedef size_t (*work_fn)(const struct input *in);

static volatile unsigned char sink; /* keeps the copies from being optimised away */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *name, work_fn work, const struct inputs *in, size_t rounds)
{
	cleanup_free double *times = xcalloc(rounds, sizeof(*times));
	size_t bytes = 0;

	for (size_t r = 0; r < rounds; r++) {
		double start = cpu_seconds();

		bytes = 0;
		for (size_t i = 0; i < in->count; i++)
			bytes += work(&in->at[i]);
		times[r] = cpu_seconds() - start;
	}
	qsort(times, rounds, sizeof(*times), by_value);
	printf("%s\t%.1f\t%.6f\n", name, (double)bytes / 1e6 / times[rounds / 2],
	       times[rounds / 2]);
}

static size_t do_memcpy(const struct input *in)
{
	char *copy = xmalloc(in->len);

	memcpy(copy, in->data, in->len);
	sink = (unsigned char)copy[in->len / 2];
	free(copy);
	return in->len;
}

static size_t do_cjson(const struct input *in)
{
	cJSON *json = cJSON_ParseWithLength(in->data, in->len);

	sink = json != NULL;
	cJSON_Delete(json);
	return in->len;
}

/* NULL for what is no notebook; the corpus has some. */
static struct notebook *parse(const struct input *in)
{
	struct notebook *nb = NULL;
	struct notebook_limits limits = { .bytes = SIZE_MAX };

	notebook_parse(&nb, in->data, in->len,
		       &(struct notebook_reading){
			       .format = in->format, .language = in->language, .limits = &limits },
		       NULL);
	return nb;
}

static size_t do_parse(const struct input *in)
{
	cleanup_notebook struct notebook *nb = parse(in);

	sink = nb != NULL;
	return in->len;
}

static size_t rewrite(const struct input *in, enum notebook_format format,
		      enum notebook_outputs outputs)
{
	cleanup_notebook struct notebook *nb = parse(in);
	cleanup_buf struct buf out = BUF_INIT(OUT_MAX);
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.outputs = outputs;
	if (nb && notebook_write(nb, format, &options, &out, NULL) == 0)
		sink = (unsigned char)out.len;
	return in->len;
}

static size_t do_rewrite(const struct input *in)
{
	return rewrite(in, in->format, NOTEBOOK_OUTPUTS_KEEP);
}

static size_t do_strip(const struct input *in)
{
	return rewrite(in, in->format, NOTEBOOK_OUTPUTS_STRIP);
}

static size_t do_convert(const struct input *in)
{
	return rewrite(in, in->format == NOTEBOOK_SOURCE ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE,
		       NOTEBOOK_OUTPUTS_STRIP);
}

static void add_input(struct inputs *to, struct input in)
{
	to->at = array_grow(to->at, to->count, &to->cap, sizeof(*to->at));
	to->at[to->count++] = in;
	to->bytes += in.len;
}

static void release(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->at[i].data);
	free(in->at);
}

static void load(struct inputs *sources, struct inputs *ipynbs, const char *path)
{
	struct notebook_name name;
	struct input in = { 0 };
	FILE *f = fopen(path, "rb");
	cleanup_buf struct buf data = BUF_INIT(OUT_MAX);
	char part[65536];
	size_t n;

	if (!f || !notebook_name_parse(&name, path)) {
		fprintf(stderr, "cannot use '%s'\n", path);
		exit(1);
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&data, part, n);
	fclose(f);
	in.format = name.format;
	in.language = name.language;
	in.data = buf_steal(&data, &in.len);
	notebook_name_release(&name);
	add_input(in.format == NOTEBOOK_SOURCE ? sources : ipynbs, in);
}

static void add_base64(struct buf *out, size_t len, unsigned *seed)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	char part[64];

	for (; len >= sizeof(part); len -= sizeof(part)) {
		for (size_t i = 0; i < sizeof(part); i++) {
			*seed = *seed * 1664525u + 1013904223u;
			part[i] = digits[*seed >> 26];
		}
		buf_add(out, part, sizeof(part));
	}
}

/* Cells of a few lines, each with one image of 200 KB. */
static struct input make_ipynb(size_t bytes)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct input in = { .format = NOTEBOOK_IPYNB };
	unsigned seed = 7;

	buf_add_str(&out, "{\n \"cells\": [\n");
	for (size_t i = 0; out.len < bytes; i++) {
		buf_addf(&out,
			 "%s  {\n   \"cell_type\": \"code\",\n   \"execution_count\": %zu,\n"
			 "   \"metadata\": {},\n   \"outputs\": [\n    {\n     \"data\": {\n"
			 "      \"image/png\": \"",
			 i ? ",\n" : "", i);
		add_base64(&out, 200000, &seed);
		buf_addf(&out,
			 "\",\n      \"text/plain\": [\n       \"<Figure>\"\n      ]\n     },\n"
			 "     \"metadata\": {},\n     \"output_type\": \"display_data\"\n    }\n  "
			 " ],\n"
			 "   \"source\": [\n    \"import plots\\n\",\n    \"plots.show(%zu)\"\n   "
			 "]\n"
			 "  }",
			 i);
	}
	buf_add_str(&out,
		    "\n ],\n \"metadata\": {},\n \"nbformat\": 4,\n \"nbformat_minor\": 4\n}\n");
	in.data = buf_steal(&out, &in.len);
	return in;
}

static struct input make_source(size_t bytes)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct input in = { .format = NOTEBOOK_SOURCE };

	buf_add_str(&out, "# Databricks notebook source\n");
	for (size_t i = 0; out.len < bytes; i++) {
		if (i)
			buf_add_str(&out, "\n\n# COMMAND ----------\n\n");
		if (i % 3 == 0)
			buf_add_str(&out, "# MAGIC %md\n");
		for (size_t k = 0; k < bytes / 2000000 + 25; k++)
			buf_addf(&out,
				 "%sorders_%zu = spark.table(\"sales.orders\").where(day == %zu)\n",
				 i % 3 ? "" : "# MAGIC ", k, i);
	}
	in.data = buf_steal(&out, &in.len);
	return in;
}

static void measure_all(const char *what, const struct inputs *in, bool json, size_t rounds)
{
	static const struct {
		const char *name;
		work_fn work;
		bool json_only;
	} works[] = { { "memcpy", do_memcpy, false }, { "cjson-parse", do_cjson, true },
		      { "parse", do_parse, false },   { "rewrite", do_rewrite, false },
		      { "strip", do_strip, true },    { "convert", do_convert, false } };

	for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
		cleanup_free char *name = xasprintf("%s/%s", what, works[i].name);

		if (json || !works[i].json_only)
			measure(name, works[i].work, in, rounds);
	}
}

static size_t number(int argc, char **argv, int i)
{
	if (i >= argc || strtoul(argv[i], NULL, 10) == 0) {
		fprintf(stderr, "usage: notebook-bench [--rounds N] [--mb N] FILE...\n");
		exit(2);
	}
	return strtoul(argv[i], NULL, 10);
}

int main(int argc, char **argv)
{
	struct inputs sources = { 0 }, ipynbs = { 0 }, large = { 0 }, long_source = { 0 };
	size_t rounds = 7, mb = 50;

	/* As nbsync convert does. */
	mallopt(M_TRIM_THRESHOLD, 512 * 1024 * 1024);
	mallopt(M_MMAP_THRESHOLD, 512 * 1024 * 1024);

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--rounds") == 0)
			rounds = number(argc, argv, ++i);
		else if (strcmp(argv[i], "--mb") == 0)
			mb = number(argc, argv, ++i);
		else
			load(&sources, &ipynbs, argv[i]);
	}
	if (ipynbs.count)
		measure_all("ipynb", &ipynbs, true, rounds);
	if (sources.count)
		measure_all("source", &sources, false, rounds);
	add_input(&large, make_ipynb(mb * 1000000));
	measure_all("outputs", &large, true, rounds);
	add_input(&long_source, make_source(mb * 100000));
	measure_all("long-source", &long_source, false, rounds);
	release(&sources);
	release(&ipynbs);
	release(&large);
	release(&long_source);
	return 0;
}
