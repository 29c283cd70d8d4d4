/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round trips over real notebooks: every file comes back byte for byte, through its own format and
 * as an update through the other one. A file may only be refused for a reason on the list below.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"

#define OUT_MAX ((size_t)1 << 30)

struct tally {
	size_t files, refused, failed, carried, same_bytes;
};

static const char *const refusals[] = {
	"an object was expected",
	"the file is empty",
	"nbformat before 4, save it with a current Jupyter first",
	"not a Jupyter notebook, nbformat is missing",
	"a value was expected after the comma",
	"this cell has no source",
};

static const char *const not_convertible[] = {
	"the notebook's language is none that Databricks source has",
	"lines that all begin with MAGIC would lose the mark",
};

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(text, list[i]))
			return true;
	return false;
}

static void fail_file(struct tally *t, const struct corpus_file *file, const char *what,
		      const char *why)
{
	t->failed++;
	fprintf(stderr, "%s: %s%s%s\n", file->path, what, *why ? ": " : "", why);
}

static struct notebook *parse(const struct buf *data, enum notebook_format format,
			      enum notebook_language language, struct err *e)
{
	struct notebook *nb = NULL;

	notebook_parse(&nb, buf_str(data), data->len, NOTEBOOK_AS(format, language), e);
	return nb;
}

static struct notebook *parse_file(struct tally *t, const struct corpus_file *file)
{
	struct err e = ERR_INIT;
	struct notebook *nb = parse(&file->data, file->name.format, file->name.language, &e);

	t->files++;
	if (nb)
		return nb;
	t->refused++;
	if (!is_one_of(e.text, refusals, ARRAY_SIZE(refusals)))
		fail_file(t, file, "refused", e.text);
	return NULL;
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

static struct notebook_options keep_all(void)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.outputs = NOTEBOOK_OUTPUTS_KEEP;
	return options;
}

static void check_own_bytes(struct tally *t, const struct corpus_file *file)
{
	cleanup_notebook struct notebook *nb = parse_file(t, file);
	cleanup_buf struct buf out = BUF_INIT(OUT_MAX);
	struct notebook_options options = keep_all();
	struct err e = ERR_INIT;

	if (!nb)
		return;
	if (notebook_write(nb, file->name.format, &options, &out, &e))
		fail_file(t, file, "not written", e.text);
	else if (!same(&out, &file->data))
		fail_file(t, file, "other bytes", "");
}

/* The other format's notebook back into the original, and into a new file without the original. */
static void check_back(struct tally *t, const struct corpus_file *file, const struct notebook *nb,
		       const struct notebook *other)
{
	cleanup_buf struct buf updated = BUF_INIT(OUT_MAX), fresh = BUF_INIT(OUT_MAX);
	cleanup_notebook struct notebook *again = NULL;
	struct notebook_options options = keep_all();
	struct err e = ERR_INIT;

	if (notebook_update(nb, other, &options, &updated, &e))
		fail_file(t, file, "no update", e.text);
	else if (!same(&updated, &file->data))
		fail_file(t, file, "update changed bytes", "");
	if (notebook_write(other, file->name.format, &options, &fresh, &e)) {
		fail_file(t, file, "no way back", e.text);
		return;
	}
	again = parse(&fresh, file->name.format, notebook_language(nb), &e);
	if (!again || !notebook_equal(nb, again))
		fail_file(t, file, "not canonically equal without the original", e.text);
	t->carried++;
	t->same_bytes += same(&fresh, &file->data);
}

static void check_through_other(struct tally *t, const struct corpus_file *file)
{
	enum notebook_format format = file->name.format == NOTEBOOK_SOURCE ? NOTEBOOK_IPYNB
									   : NOTEBOOK_SOURCE;
	cleanup_notebook struct notebook *nb = parse_file(t, file), *other = NULL;
	cleanup_buf struct buf text = BUF_INIT(OUT_MAX);
	struct notebook_options options = keep_all();
	struct err e = ERR_INIT;

	if (!nb)
		return;
	if (notebook_write(nb, format, &options, &text, &e)) {
		t->refused++;
		if (!is_one_of(e.text, not_convertible, ARRAY_SIZE(not_convertible)))
			fail_file(t, file, "not converted", e.text);
		return;
	}
	other = parse(&text, format, notebook_language(nb), &e);
	if (!other || !notebook_equal(nb, other))
		fail_file(t, file, "conversion is not equal", e.text);
	else
		check_back(t, file, nb, other);
}

static void over_folder(const char *sub, void (*check)(struct tally *, const struct corpus_file *))
{
	struct tally t = { 0 };
	struct corpus_file *files;
	size_t count;

	if (!corpus_dir())
		skip();
	files = corpus_load(sub, &count);
	for (size_t i = 0; i < count; i++)
		check(&t, &files[i]);
	corpus_free(files, count);
	print_message("%s: %zu files, %zu refused, %zu failed", sub, t.files, t.refused, t.failed);
	if (t.carried)
		print_message("; without the original %zu of %zu byte for byte", t.same_bytes,
			      t.carried);
	print_message("\n");
	assert_true(t.files > 0);
	assert_int_equal(t.failed, 0);
	assert_true(t.refused * 10 < t.files);
}

static void test_source_own_bytes(void **state)
{
	(void)state;
	over_folder("src", check_own_bytes);
}

static void test_ipynb_own_bytes(void **state)
{
	(void)state;
	over_folder("nb", check_own_bytes);
}

static void test_source_through_ipynb(void **state)
{
	(void)state;
	over_folder("src", check_through_other);
}

static void test_ipynb_through_source(void **state)
{
	(void)state;
	over_folder("nb", check_through_other);
}

/* "070/a.py" */
static const char *path_tail(const char *path)
{
	const char *tail = path + strlen(path);

	for (int slashes = 0; tail > path; tail--)
		if (tail[-1] == '/' && ++slashes == 2)
			break;
	return tail;
}

static size_t check_exact_bytes(const struct corpus_pair *pair, const struct notebook *a,
				const struct notebook *b)
{
	cleanup_buf struct buf source = BUF_INIT(OUT_MAX), updated = BUF_INIT(OUT_MAX);
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct err e = ERR_INIT;
	struct tally t = { 0 };

	if (notebook_write(b, NOTEBOOK_SOURCE, &options, &source, &e))
		fail_file(&t, &pair->ipynb, "not converted", e.text);
	else if (!same(&source, &pair->source.data))
		fail_file(&t, &pair->ipynb, "is not its pair's source", "");
	else if (notebook_update(b, a, &options, &updated, &e) ||
		 !same(&updated, &pair->ipynb.data))
		fail_file(&t, &pair->ipynb, "is changed by an update from its source", e.text);
	return t.failed;
}

static bool same_cell(const struct notebook_cell *x, const struct notebook_cell *y)
{
	return x->type == y->type && x->len == y->len && memcmp(x->text, y->text, x->len) == 0;
}

/* The rule before 2024 trimmed Markdown at both ends; that is no edit. */
static bool same_but_trimmed(const struct notebook_cell *x, const struct notebook_cell *y)
{
	const struct notebook_cell *cells[] = { x, y };
	const char *at[2];
	size_t len[2];

	if (x->type != NOTEBOOK_MARKDOWN || y->type != NOTEBOOK_MARKDOWN)
		return false;
	for (int i = 0; i < 2; i++) {
		at[i] = cells[i]->text;
		len[i] = cells[i]->len;
		while (len[i] && strchr(" \t\n", *at[i])) {
			at[i]++;
			len[i]--;
		}
		while (len[i] && strchr(" \t\n", at[i][len[i] - 1]))
			len[i]--;
	}
	return len[0] == len[1] && memcmp(at[0], at[1], len[0]) == 0;
}

/* What lies between the two versions of a pair that is not exact. */
static void explain_pair(const struct corpus_pair *pair, const struct notebook *a,
			 const struct notebook *b)
{
	size_t n = notebook_cell_count(a), m = notebook_cell_count(b), trimmed = 0, edited = 0;

	for (size_t i = 0; i < n; i++) {
		bool found = false, near = false;

		for (size_t k = 0; k < m && !found; k++) {
			found = same_cell(notebook_cell(a, i), notebook_cell(b, k));
			near |= same_but_trimmed(notebook_cell(a, i), notebook_cell(b, k));
		}
		trimmed += !found && near;
		edited += !found && !near;
	}
	print_message("  %s: %zu cells against %zu, %zu edited, %zu trimmed by the old rule\n",
		      path_tail(pair->source.path), n, m, edited, trimmed);
}

static size_t check_pair(const struct corpus_pair *pair)
{
	struct err e = ERR_INIT;
	cleanup_notebook struct notebook *a = parse(&pair->source.data, NOTEBOOK_SOURCE,
						    pair->source.name.language, &e);
	cleanup_notebook struct notebook *b = parse(&pair->ipynb.data, NOTEBOOK_IPYNB,
						    NOTEBOOK_PYTHON, &e);
	struct tally t = { 0 };

	if (!a || !b)
		fail_file(&t, &pair->ipynb, "not read", e.text);
	else if (pair->exact_cells && !notebook_equal(a, b))
		fail_file(&t, &pair->ipynb, "has other cells than its source", "");
	else if (pair->exact_bytes)
		t.failed += check_exact_bytes(pair, a, b);
	if (a && b && !pair->exact_cells)
		explain_pair(pair, a, b);
	return t.failed;
}

static void test_pairs(void **state)
{
	size_t count, failed = 0, bytes = 0, cells = 0;
	struct corpus_pair *pairs;

	(void)state;
	if (!corpus_dir())
		skip();
	pairs = corpus_load_pairs(&count);
	for (size_t i = 0; i < count; i++) {
		failed += check_pair(&pairs[i]);
		bytes += pairs[i].exact_bytes;
		cells += pairs[i].exact_cells;
	}
	corpus_free_pairs(pairs, count);
	print_message("pairs: %zu, %zu exact in bytes, %zu exact in cells, %zu failed\n", count,
		      bytes, cells, failed);
	assert_true(bytes > 0 && cells >= bytes);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source_own_bytes),
		cmocka_unit_test(test_ipynb_own_bytes),
		cmocka_unit_test(test_source_through_ipynb),
		cmocka_unit_test(test_ipynb_through_source),
		cmocka_unit_test(test_pairs),
	};

	if (!corpus_dir())
		print_message("no corpus of real notebooks here, so these tests are skipped\n");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
