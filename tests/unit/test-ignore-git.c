/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our matcher against the real git check-ignore: the table of cases, and some thousands that are
 * made up. Every case has a small world of its own, a folder of one working tree, so that one
 * process answers for all. What .nbsyncignore says stands at the end of Git's file.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter/ignore.h"
#include "ignore_cases.h"
#include "path/path.h"
#include "scratch.h"
#include "seeded.h"

#define WORLDS          340
#define PATHS_PER_WORLD 16

/* ---- what is asked ---- */

struct question {
	char *path;    /* owned; below the working tree */
	char *rules;   /* owned; for the message */
	bool answer;   /* ours */
	bool expected; /* the table's, or ours */
};
struct questions {
	struct question *items;
	size_t count, cap;
};

static void make_dirs(const char *path)
{
	for (const char *p = path; (p = strchr(p, '/')); p++) {
		cleanup_free char *dir = xstrndup(path, (size_t)(p - path));

		if (mkdirat(scratch_fd, dir, 0755))
			assert_int_equal(errno, EEXIST);
	}
}

static void ask(struct questions *q, const struct ignore *g, const char *world, const char *path,
		const char *rules, int expected)
{
	size_t len = strlen(path) - str_ends(path, "/");
	cleanup_free char *bare = xstrndup(path, len), *full = xasprintf("%s/%s", world, bare);
	struct stat st;
	bool folder = fstatat(scratch_fd, full, &st, 0) == 0 && S_ISDIR(st.st_mode);
	bool answer = ignore_path(g, bare, folder) == IGNORE_MATCHED;

	q->items = array_grow(q->items, q->count, &q->cap, sizeof(*q->items));
	q->items[q->count++] = (struct question){ .path = steal(&full),
						  .rules = xstrdup(rules),
						  .answer = answer,
						  .expected = expected < 0 ? answer : expected };
}

/* Gives both the same rules. second may be NULL. */
static void add_rules(struct ignore *g, const char *world, const char *folder, const char *first,
		      const char *second)
{
	cleanup_free char *dir = path_join(world, folder), *file = path_join(dir, ".gitignore");
	cleanup_free char *all = xasprintf("%s%s", first, second ? second : "");
	const struct ignore_source git = { .folder = folder, .kind = IGNORE_GIT };
	const struct ignore_source nbsync = { .folder = folder, .kind = IGNORE_NBSYNC };
	struct err e = ERR_INIT;

	make_dirs(file);
	scratch_put(file, all);
	assert_int_equal(ignore_add(g, &git, first, strlen(first), &e), 0);
	if (second)
		assert_int_equal(ignore_add(g, &nbsync, second, strlen(second), &e), 0);
}

static void ask_table(struct questions *q)
{
	for (size_t i = 0; i < ignore_case_count; i++) {
		const struct ignore_case *c = &ignore_cases[i];
		cleanup_free char *world = xasprintf("case%zu", i);
		cleanup_free char *full = xasprintf("%s/%s", world, c->path);
		cleanup_free char *rules = xasprintf(
			"%s%s%s%s", c->root ? c->root : "", c->folder ? c->folder : "",
			c->folder ? ":\n" : "", c->nested ? c->nested : "");
		struct ignore g = { 0 };

		make_dirs(full);
		if (c->root)
			add_rules(&g, world, "", c->root, NULL);
		if (c->folder)
			add_rules(&g, world, c->folder, c->nested, NULL);
		ask(q, &g, world, c->path, rules, c->ignored);
		ignore_release(&g);
	}
}

/* ---- made up ---- */

#define PICK(list) (list)[random_below(ARRAY_SIZE(list))]

static const char *const names[] = { "a",   "b",   "ab",  "ba",      "a.py",    "b.py",
				     "a b", "a-b", "!a",  "#a",      "abab.py", "a\\b",
				     "[a]", "*",   "a.r", "\xc3\xa4" };
static const char *const folders[] = { "", "a", "a/b", "b", "ab", "a/a" };

static void add_name(struct buf *out)
{
	buf_add_str(out, PICK(names));
}

/* A component of a pattern: a name, some of whose bytes became something else. */
static void add_component(struct buf *out)
{
	static const char *const specials[] = { "*",    "*",    "?",      "**",
						"[ab]", "[!a]", "[^b]",   "[a-b]",
						"\\a",  "[]a]", "[a",     "[[:alpha:]]",
						"\\",   "***",  "[\\]a]", "[[:x:]]",
						"[!]]", "[a-]", "[[:",    "[[:lower:]-b]" };
	const char *name = PICK(names);

	if (random_below(6) == 0)
		buf_add_str(out, random_below(2) ? "**" : "*");
	else
		for (; *name; name++)
			if (random_below(4) == 0)
				buf_add_str(out, PICK(specials));
			else
				buf_add_char(out, *name);
}

static void add_line(struct buf *out)
{
	static const char *const ends[] = {
		"\n", "\n", "\n", "\n", " \n", "\r\n", "\\ \n", "  \n"
	};
	size_t components = 1 + random_below(2) + (random_below(4) == 0);

	if (random_below(5) == 0)
		buf_add_char(out, '!');
	if (random_below(5) == 0)
		buf_add_char(out, '/');
	for (size_t i = 0; i < components; i++) {
		if (i)
			buf_add_char(out, '/');
		add_component(out);
	}
	if (random_below(5) == 0)
		buf_add_char(out, '/');
	buf_add_str(out, PICK(ends));
}

static void add_lines(struct buf *out, unsigned most)
{
	for (size_t n = random_below(most + 1); n > 0; n--)
		add_line(out);
}

static void ask_world(struct questions *q, size_t number)
{
	cleanup_free char *world = xasprintf("world%zu", number);
	cleanup_buf struct buf all = BUF_INIT(1 << 20), first = BUF_INIT(1 << 20),
			       second = BUF_INIT(1 << 20), path = BUF_INIT(1 << 20);
	struct ignore g = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		buf_clear(&first);
		buf_clear(&second);
		add_lines(&first, i ? 3 : 6);
		add_lines(&second, 2);
		if (i && random_below(2))
			continue;
		add_rules(&g, world, folders[i], buf_str(&first), buf_str(&second));
		buf_addf(&all, "%s:\n%s%s", folders[i], buf_str(&first), buf_str(&second));
	}
	for (size_t i = 0; i < PATHS_PER_WORLD; i++) {
		buf_clear(&path);
		for (size_t depth = 1 + random_below(3); depth > 0; depth--) {
			add_name(&path);
			if (depth > 1)
				buf_add_char(&path, '/');
		}
		ask(q, &g, world, buf_str(&path), buf_str(&all), -1);
	}
	ignore_release(&g);
}

/* ---- Git's answers ---- */

static void write_questions(const struct questions *q)
{
	FILE *f = fopen(scratch_path("questions"), "w");

	assert_non_null(f);
	for (size_t i = 0; i < q->count; i++)
		fwrite(q->items[i].path, 1, strlen(q->items[i].path) + 1, f);
	assert_int_equal(fclose(f), 0);
}

/* The ignored ones of the questions, in their order, each with a NUL. Owned by the caller. */
static char *ask_git(const struct questions *q, size_t *len)
{
	cleanup_free char *command = xasprintf(
		"cd '%s' && git init -q . && git check-ignore --no-index -z --stdin "
		"<questions >answers",
		scratch_dir);
	FILE *f;
	char *out;
	struct stat st;

	setenv("XDG_CONFIG_HOME", scratch_dir, 1);
	write_questions(q);
	assert_int_equal(system(command), 0);
	f = fopen(scratch_path("answers"), "r");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*len = (size_t)st.st_size;
	out = xcalloc(1, *len + 1);
	assert_int_equal(fread(out, 1, *len, f), *len);
	fclose(f);
	return out;
}

static void compare(const struct questions *q)
{
	size_t len, ignored = 0, differ = 0;
	cleanup_free char *answers = ask_git(q, &len);
	const char *next = answers, *end = answers + len;

	for (size_t i = 0; i < q->count; i++) {
		const struct question *one = &q->items[i];
		bool git = next < end && str_eq(next, one->path);

		next += git ? strlen(next) + 1 : 0;
		ignored += git;
		if (one->answer == git && one->expected == git)
			continue;
		print_error("'%s': git says %d, we say %d, the table %d\n%s\n", one->path, git,
			    one->answer, one->expected, one->rules);
		differ++;
	}
	assert_ptr_equal(next, end);
	assert_int_equal(differ, 0);
	/* Neither side is right by always saying the same. */
	assert_in_range(ignored, q->count / 5, q->count - q->count / 5);
}

static void release(struct questions *q)
{
	for (size_t i = 0; i < q->count; i++) {
		free(q->items[i].path);
		free(q->items[i].rules);
	}
	free(q->items);
}

static void test_the_table_is_what_git_says(void **state)
{
	struct questions q = { 0 };

	(void)state;
	ask_table(&q);
	compare(&q);
	release(&q);
}

static void test_made_up_rules(void **state)
{
	struct questions q = { 0 };

	(void)state;
	rng_state = from_env("NBSYNC_SEED", 20260131) | 1;
	for (size_t i = 0; i < WORLDS; i++)
		ask_world(&q, i);
	compare(&q);
	release(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_table_is_what_git_says, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(test_made_up_rules, scratch_setup,
						scratch_teardown),
	};

	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
