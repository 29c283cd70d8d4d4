/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes and what they do to bytes, beside the real Git: a table and some hundreds of made-up files,
 * of which git check-attr says what holds for a path, and git add stores what it makes of the bytes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "filter/clean.h"
#include "path/path.h"
#include "scratch.h"
#include "seeded.h"

static const char *const words[ATTRIBUTE_COUNT] = { "text",  "crlf",   "eol",
						    "ident", "filter", "working-tree-encoding" };

/* ---- both sides of a comparison ---- */

static void run(const char *command)
{
	cleanup_free char *line = xasprintf("cd '%s' && { %s; } 2>>stderr", scratch_dir, command);

	if (system(line) != 0)
		fail_msg("%s", command);
}

static void fresh(void)
{
	run("rm -rf r && git init -q r");
}

static void put_bytes(const char *path, const char *data, size_t len)
{
	cleanup_free char *full = xasprintf("r/%s", path), *dir = path_dir(full);
	cleanup_free char *make = xasprintf("mkdir -p '%s'", dir);
	int fd;

	if (!scratch_exists(dir))
		run(make);
	fd = openat(scratch_fd, full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

/* A whole file below the scratch folder. */
static void get_bytes(const char *path, struct buf *out)
{
	FILE *f = fopen(scratch_path(path), "r");
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		buf_add_char(out, (char)c);
	fclose(f);
}

static void attribute_file(struct attributes *a, const char *folder, const char *text)
{
	cleanup_free char *path = path_join(folder, ATTRIBUTES_NAME);
	struct err e = ERR_INIT;

	put_bytes(path, text, strlen(text));
	assert_int_equal(attributes_add(a, folder, text, strlen(text), &e), ERR_OK);
}

static const char *said(const struct attribute_value *v)
{
	static const char *const states[] = { "unspecified", "set", "unset" };

	return v->state == ATTRIBUTE_VALUE ? v->value : states[v->state];
}

/* What git says of a path, one word a line, against what we say. */
static void compare_words(const struct attributes *a, const char *path)
{
	struct attribute_value ours[ATTRIBUTE_COUNT];
	cleanup_buf struct buf git = BUF_UNBOUNDED;
	const char *at;
	size_t left;

	put_bytes("../path", path, strlen(path) + 1);
	run("cd r && git check-attr -z --stdin text crlf eol ident filter working-tree-encoding "
	    "<../path >../said");
	get_bytes("said", &git);
	attributes_of(a, path, ours);
	at = buf_str(&git);
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		left = strlen(at) + 1;
		assert_string_equal(at, path);
		assert_string_equal(at + left, words[i]);
		at += left + strlen(words[i]) + 1;
		if (!str_eq(at, said(&ours[i])))
			fail_msg("'%s': git says %s: %s, we %s", path, words[i], at,
				 said(&ours[i]));
		at += strlen(at) + 1;
	}
}

/* ---- which lines hold ---- */

static const struct {
	const char *root, *folder, *nested, *path;
	const char *text; /* what holds for text */
} lookups[] = {
	{ "*.py text\n", NULL, NULL, "etl/load.py", "set" },
	{ "*.py -text\n", NULL, NULL, "etl/load.py", "unset" },
	{ "*.py text=auto\n", NULL, NULL, "load.py", "auto" },
	{ "*.py text\n", NULL, NULL, "load.sql", "unspecified" },
	{ "* text\n*.py -text\n", NULL, NULL, "load.py", "unset" },
	{ "*.py -text\n* text\n", NULL, NULL, "load.py", "set" },
	{ "*.py text\n", "etl", "*.py -text\n", "etl/load.py", "unset" },
	{ "*.py text\n", "etl", "*.py -text\n", "load.py", "set" },
	{ "*.py text\n", "etl", "*.py !text\n", "etl/load.py", "unspecified" },
	{ "*.py text !text\n", NULL, NULL, "load.py", "unspecified" },
	{ "*.py !text text\n", NULL, NULL, "load.py", "set" },
	{ "*.py text -text text=auto\n", NULL, NULL, "load.py", "auto" },
	{ "*.py text=\n", NULL, NULL, "load.py", "" },
	{ "*.py -text=auto\n", NULL, NULL, "load.py", "unset" },
	/* Patterns. */
	{ "/load.py text\n", NULL, NULL, "load.py", "set" },
	{ "/load.py text\n", NULL, NULL, "etl/load.py", "unspecified" },
	{ "etl/load.py text\n", NULL, NULL, "etl/load.py", "set" },
	{ "load.py text\n", NULL, NULL, "a/b/load.py", "set" },
	{ "etl/*.py text\n", NULL, NULL, "etl/a/load.py", "unspecified" },
	{ "etl/**/*.py text\n", NULL, NULL, "etl/a/b/load.py", "set" },
	{ "etl/** text\n", NULL, NULL, "etl/a/load.py", "set" },
	{ "etl text\n", NULL, NULL, "etl/load.py", "unspecified" },
	{ "etl/ text\n", NULL, NULL, "etl/load.py", "unspecified" },
	{ "!*.sql text\n", NULL, NULL, "load.py", "unspecified" },
	{ "\\!load.py text\n", NULL, NULL, "!load.py", "set" },
	{ "load.p? text\n", NULL, NULL, "load.py", "set" },
	{ "load.[a-q]y text\n", NULL, NULL, "load.py", "set" },
	{ "LOAD.py text\n", NULL, NULL, "load.py", "unspecified" },
	{ "*.PY text\n", NULL, NULL, "load.py", "unspecified" },
	{ "/ text\n", NULL, NULL, "load.py", "unspecified" },
	{ "", "etl", "/load.py text\n", "etl/load.py", "set" },
	{ "", "etl", "a/load.py text\n", "etl/a/load.py", "set" },
	/* Quoted ones. */
	{ "\"a b.py\" text\n", NULL, NULL, "a b.py", "set" },
	{ "a b.py text\n", NULL, NULL, "a b.py", "unspecified" },
	{ "\"a\\tb.py\" text\n", NULL, NULL, "a\tb.py", "set" },
	{ "\"\\303\\244.py\" text\n", NULL, NULL, "\xc3\xa4.py", "set" },
	{ "\xc3\xa4.py text\n", NULL, NULL, "\xc3\xa4.py", "set" },
	{ "\"a\\\"b.py\" text\n", NULL, NULL, "a\"b.py", "set" },
	{ "\"#a.py\" text\n", NULL, NULL, "#a.py", "set" },
	{ "\"a.py \" text\n", NULL, NULL, "a.py", "unspecified" },
	{ "\"load.py\"text\n", NULL, NULL, "load.py", "set" },
	{ "\"load.py text\n", NULL, NULL, "load.py", "unspecified" },
	{ "\"load\\q.py\" text\n", NULL, NULL, "load.py", "unspecified" },
	/* Lines. */
	{ "# *.py text\n", NULL, NULL, "load.py", "unspecified" },
	{ "  \t*.py\ttext  \n", NULL, NULL, "load.py", "set" },
	{ "*.py text\r\n", NULL, NULL, "load.py", "set" },
	{ "\xef\xbb\xbf*.py text\n", NULL, NULL, "load.py", "set" },
	{ "*.py text", NULL, NULL, "load.py", "set" },
	{ "*.py\n", NULL, NULL, "load.py", "unspecified" },
	{ "*.py text -\n", NULL, NULL, "load.py", "unspecified" },
	{ "*.py text a*b\n", NULL, NULL, "load.py", "unspecified" },
	{ "*.py text --x\n", NULL, NULL, "load.py", "unspecified" },
	/* Macros. */
	{ "*.py binary\n", NULL, NULL, "load.py", "unset" },
	{ "*.py -binary\n", NULL, NULL, "load.py", "unspecified" },
	{ "*.py text binary\n", NULL, NULL, "load.py", "unset" },
	{ "*.py binary text\n", NULL, NULL, "load.py", "set" },
	{ "[attr]source text=auto eol=lf\n*.py source\n", NULL, NULL, "load.py", "auto" },
	{ "*.py source\n[attr]source text=auto eol=lf\n", NULL, NULL, "load.py", "auto" },
	{ "[attr]source text\n*.py source\n", "etl", "*.py -source\n", "etl/load.py",
	  "unspecified" },
	{ "[attr]source text\n", "etl", "*.py source\n", "etl/load.py", "set" },
	{ "[attr]source -text\n[attr]source text\n*.py source\n", NULL, NULL, "load.py", "set" },
	{ "*.py source\n", "etl", "[attr]source text\n", "etl/load.py", "unspecified" },
	{ "[attr]b text\n[attr]a b\n*.py a\n", NULL, NULL, "load.py", "set" },
	{ "[attr]b a\n[attr]a b text\n*.py a\n", NULL, NULL, "load.py", "set" },
	{ "[attr]binary text\n*.py binary\n", NULL, NULL, "load.py", "set" },
	{ "[attr]source text\n*.py source=yes\n", NULL, NULL, "load.py", "unspecified" },
	{ "[attr] text\n*.py text\n", NULL, NULL, "load.py", "set" },
	{ "[attr]text eol=lf\n*.py text\n", NULL, NULL, "load.py", "set" },
};

static void test_lookups(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lookups); i++) {
		struct attribute_value ours[ATTRIBUTE_COUNT];
		struct attributes a = { 0 };

		fresh();
		attribute_file(&a, "", lookups[i].root);
		if (lookups[i].folder)
			attribute_file(&a, lookups[i].folder, lookups[i].nested);
		compare_words(&a, lookups[i].path);
		attributes_of(&a, lookups[i].path, ours);
		if (!str_eq(said(&ours[ATTRIBUTE_TEXT]), lookups[i].text))
			fail_msg("row %zu: '%s'", i, said(&ours[ATTRIBUTE_TEXT]));
		attributes_release(&a);
	}
}

/* ---- made up ---- */

#define PICK(list) (list)[random_below(ARRAY_SIZE(list))]

static void add_made_up_line(struct buf *out)
{
	static const char *const patterns[] = {
		"*",        "*.py",    "a.py",    "/a.py",   "a/*", "**/b.py",     "a/**",
		"a/",       "!a.py",   "[ab]*",   "\"a b\"", "b",   "\"a\\040b\"", "?.py",
		"a/b/a.py", "[attr]m", "[attr]n", "#",       "*b*", "a*/b*",       "\\a.py",
	};
	static const char *const settings[] = {
		"text",       "-text",   "!text",
		"text=auto",  "eol=lf",  "eol=crlf",
		"-eol",       "crlf",    "-crlf",
		"crlf=input", "ident",   "-ident",
		"filter=lfs", "-filter", "filter",
		"m",          "n",       "-m",
		"binary",     "!binary", "working-tree-encoding=UTF-16",
		"m=1",        "-",       "diff",
	};

	buf_add_str(out, PICK(patterns));
	for (size_t n = random_below(4); n; n--)
		buf_addf(out, " %s", PICK(settings));
	buf_add_str(out, random_below(8) ? "\n" : "\r\n");
}

static void test_made_up(void **state)
{
	static const char *const folders[] = { "", "a", "a/b", "b" };
	static const char *const names[] = { "a.py", "b.py", "a b", "b", "ab.py", "#" };

	(void)state;
	rng_state = from_env("NBSYNC_SEED", 20260131) | 1;
	for (size_t i = 0; i < 60; i++) {
		struct attributes a = { 0 };

		fresh();
		for (size_t f = 0; f < ARRAY_SIZE(folders); f++) {
			cleanup_buf struct buf text = BUF_UNBOUNDED;

			for (size_t n = random_below(6); n; n--)
				add_made_up_line(&text);
			attribute_file(&a, folders[f], buf_str(&text));
		}
		for (size_t n = 0; n < 6; n++) {
			cleanup_free char *path = path_join(PICK(folders), PICK(names));

			compare_words(&a, path);
		}
		attributes_release(&a);
	}
}

/* ---- bytes ---- */

#define T(text) (text), sizeof(text) - 1

static const struct {
	const char *root;
	const char *before; /* what is stored already; NULL: nothing */
	const char *data;
	size_t len;
	const char *stored;
	size_t stored_len;
} bytes[] = {
	{ "", NULL, T("a\r\nb\n"), T("a\r\nb\n") },
	{ "* text\n", NULL, T("a\r\nb\n"), T("a\nb\n") },
	{ "* text\n", NULL, T("a\rb\r\r\nc\r"), T("a\rb\r\nc\r") },
	{ "* text\n", NULL, T("a\0b\r\n"), T("a\0b\n") },
	{ "* text\n", NULL, T(""), T("") },
	{ "* text\n", NULL, T("\r\n\r\n"), T("\n\n") },
	{ "* text\n", "a\r\nb\r\n", T("a\r\nc\r\n"), T("a\nc\n") },
	{ "* -text\n", NULL, T("a\r\nb\n"), T("a\r\nb\n") },
	{ "* -text eol=lf\n", NULL, T("a\r\n"), T("a\r\n") },
	{ "* eol=lf\n", NULL, T("a\r\n"), T("a\n") },
	{ "* eol=crlf\n", NULL, T("a\r\nb\n"), T("a\nb\n") },
	{ "* eol=cr\n", NULL, T("a\r\n"), T("a\r\n") },
	{ "* text eol=crlf\n", NULL, T("a\r\n"), T("a\n") },
	{ "* text=auto\n", NULL, T("a\r\nb\n"), T("a\nb\n") },
	{ "* text=auto\n", NULL, T("a\r\nb\rc\n"), T("a\r\nb\rc\n") },
	{ "* text=auto\n", NULL, T("a\0\r\n"), T("a\0\r\n") },
	{ "* text=auto\n", NULL, T("\x01\x02\x03 a\r\n"), T("\x01\x02\x03 a\r\n") },
	{ "* text=auto\n", NULL, T("a\x1b[0m\t\f\b\r\n"), T("a\x1b[0m\t\f\b\n") },
	{ "* text=auto\n", NULL, T("a\r\n\x1a"), T("a\n\x1a") },
	{ "* text=auto\n", NULL, T("\xc3\xa4\r\n\xff\r\n"), T("\xc3\xa4\n\xff\n") },
	{ "* text=auto\n", "a\r\nb\r\n", T("a\r\nc\r\n"), T("a\r\nc\r\n") },
	{ "* text=auto\n", "a\nb\r\n", T("c\r\n"), T("c\r\n") },
	{ "* text=auto\n", "a\nb\n", T("a\r\nc\r\n"), T("a\nc\n") },
	{ "* text=auto\n", "a\rb\r\n", T("a\r\n"), T("a\n") },
	{ "* text=auto eol=crlf\n", "a\r\n", T("b\r\n"), T("b\r\n") },
	{ "* text=auto eol=lf\n", NULL, T("b\r\n"), T("b\n") },
	{ "* text=input\n", NULL, T("b\r\n"), T("b\n") },
	{ "* text=other\n", NULL, T("b\r\n"), T("b\r\n") },
	{ "* text=other crlf\n", NULL, T("b\r\n"), T("b\n") },
	{ "* crlf\n", NULL, T("b\r\n"), T("b\n") },
	{ "* -crlf eol=lf\n", NULL, T("b\r\n"), T("b\r\n") },
	{ "* crlf=input\n", NULL, T("b\r\n"), T("b\n") },
	{ "* crlf=auto\n", NULL, T("b\rc\r\n"), T("b\rc\r\n") },
	{ "* -text crlf\n", NULL, T("b\r\n"), T("b\r\n") },
	{ "* binary\n", NULL, T("b\r\n"), T("b\r\n") },
	{ "* filter=lfs -text\n", NULL, T("b\r\n"), T("b\r\n") },
	{ "* ident\n", NULL, T("x $Id: 12 ab$ y\r\n"), T("x $Id$ y\r\n") },
	{ "* ident text\n", NULL, T("$Id: a\r\n$\r\n$Id:$Id: $ $Id$"),
	  T("$Id: a\n$\n$Id$Id: $ $Id$") },
	{ "* ident\n", NULL, T("$Id: a"), T("$Id: a") },
	{ "* ident\n", NULL, T("$Id:"), T("$Id:") },
	{ "* -ident\n", NULL, T("$Id: a$"), T("$Id: a$") },
};

static void stored_by_git(const char *data, size_t len, struct buf *out)
{
	put_bytes("f", data, len);
	run("cd r && git add f && git cat-file blob :f >../stored");
	get_bytes("stored", out);
}

static void stored_by_us(const struct attributes *a, const char *before, const char *data,
			 size_t len, struct buf *out)
{
	struct attribute_value values[ATTRIBUTE_COUNT];
	struct clean c;

	attributes_of(a, "f", values);
	c = clean_of(values);
	clean_apply(&c, data, len, before && clean_has_crlf(before, strlen(before)), out);
}

static void compare_bytes(const char *root, const char *before, const char *data, size_t len,
			  struct buf *ours)
{
	cleanup_buf struct buf git = BUF_UNBOUNDED, ignored = BUF_UNBOUNDED;
	struct attributes a = { 0 };

	fresh();
	if (before)
		stored_by_git(before, strlen(before), &ignored);
	attribute_file(&a, "", root);
	stored_by_git(data, len, &git);
	stored_by_us(&a, before, data, len, ours);
	attributes_release(&a);
	if (git.len != ours->len || memcmp(buf_str(&git), buf_str(ours), git.len) != 0)
		fail_msg("%s'%s' of %zu bytes: git\n%s\nours\n%s", root, data, len, buf_str(&git),
			 buf_str(ours));
}

static void test_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		cleanup_buf struct buf ours = BUF_UNBOUNDED;

		compare_bytes(bytes[i].root, bytes[i].before, bytes[i].data, bytes[i].len, &ours);
		assert_int_equal(ours.len, bytes[i].stored_len);
		assert_memory_equal(buf_str(&ours), bytes[i].stored, ours.len);
	}
}

static void test_made_up_bytes(void **state)
{
	static const char *const roots[] = { "* text\n", "* text=auto\n", "* ident text=auto\n",
					     "* ident\n", "* eol=crlf\n" };
	static const char *const pieces[] = {
		"\r\n",     "\r\n", "\n",    "$Id: ",
		"$",        "$Id$", "word ", "a line of some length, so that it is a text",
		"\r",       "\x01", "\x1a",  "\x7f",
		"\xc3\xa4", "\t"
	};

	(void)state;
	rng_state = from_env("NBSYNC_SEED", 20260131) | 1;
	for (size_t i = 0; i < 80; i++) {
		cleanup_buf struct buf data = BUF_UNBOUNDED, before = BUF_UNBOUNDED;
		cleanup_buf struct buf ours = BUF_UNBOUNDED;
		unsigned kinds = random_below(2) ? (unsigned)ARRAY_SIZE(pieces) : 8;

		for (size_t n = random_below(30); n; n--)
			buf_add_str(&data, pieces[random_below(kinds)]);
		for (size_t n = random_below(6); n; n--)
			buf_add_str(&before, pieces[random_below(kinds)]);
		compare_bytes(PICK(roots), random_below(2) ? buf_str(&before) : NULL,
			      buf_str(&data), data.len, &ours);
	}
}

/* ---- bounds ---- */

static void test_bounds(void **state)
{
	cleanup_buf struct buf lines = BUF_UNBOUNDED, names = BUF_UNBOUNDED, wrong = BUF_UNBOUNDED;
	cleanup_buf struct buf line = BUF_UNBOUNDED;
	struct attribute_value values[ATTRIBUTE_COUNT];
	struct attributes a = { 0 };
	struct err e = ERR_INIT;
	size_t large = ATTRIBUTES_FILE_MAX + 1;
	cleanup_free char *zeros = xcalloc(large, 1);

	(void)state;
	assert_int_equal(attributes_add(&a, "", zeros, large, &e), ERR_INVALID);
	assert_string_equal(e.text, "it has more than 262144 bytes");
	for (int i = 0; i < ATTRIBUTES_RULES_MAX; i++)
		buf_add_str(&lines, "* text\n");
	assert_int_equal(attributes_add(&a, "", buf_str(&lines), lines.len, &e), ERR_INVALID);
	assert_string_equal(e.text, "the .gitattributes files have more than 2000 lines or 200 "
				    "attributes");
	attributes_release(&a);
	/* Names that are no use: lines that are passed over count. */
	for (int i = 0; i <= ATTRIBUTES_NAMES_MAX; i++) {
		buf_addf(&names, "* a%d\n", i);
		buf_addf(&wrong, "* a%d -\n", i);
	}
	assert_int_equal(attributes_add(&a, "", buf_str(&names), names.len, &e), ERR_INVALID);
	attributes_release(&a);
	assert_int_equal(attributes_add(&a, "", buf_str(&wrong), wrong.len, &e), ERR_INVALID);
	attributes_release(&a);
	for (int i = 0; i <= ATTRIBUTES_FILES_MAX; i++)
		if (attributes_add(&a, "x", "", 0, &e))
			break;
	assert_string_equal(e.text, "there are more than 1000 .gitattributes files");
	attributes_release(&a);
	/* Many stars, a macro of itself, and a line that Git passes over. */
	for (int i = 0; i < 60; i++)
		buf_add_str(&line, "*a");
	buf_add_str(&line, "*b text\n[attr]x x\n* x\n*.py text");
	while (line.len < 2048 + 200)
		buf_add_char(&line, ' ');
	assert_int_equal(attributes_add(&a, "", buf_str(&line), line.len, &e), ERR_OK);
	attributes_of(&a,
		      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
		      values);
	assert_int_equal(values[ATTRIBUTE_TEXT].state, ATTRIBUTE_UNSPECIFIED);
	attributes_of(&a, "a.py", values);
	assert_int_equal(values[ATTRIBUTE_TEXT].state, ATTRIBUTE_UNSPECIFIED);
	attributes_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(test_lookups),       ON_DISK(test_made_up),         ON_DISK(test_bytes),
		ON_DISK(test_made_up_bytes), cmocka_unit_test(test_bounds),
	};

	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
