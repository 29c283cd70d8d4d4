/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listing of the workspace does not show some notebooks, and the answer about some of these says
 * nothing: they are asked for by name, or held. None of this changes when the process before was killed
 * in the middle of its look, when the configuration was changed, or when the cache is lost, or from an
 * older program. There are few enough notebooks for no guard to step in.
 */

#include "sync/cycle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/world/expectations.h"

#define ALL     17
#define OMITTED 6
#define ODD     3 /* of the omitted */

static char *text_of(unsigned i)
{
	return xasprintf(PY "%u\n", i);
}

static struct world *begin(void)
{
	struct world *w = world_new(NULL);

	for (unsigned i = 0; i < ALL; i++) {
		cleanup_free char *name = xasprintf("etl/n%02u.py", i), *text = text_of(i);

		world_write(w, SIDE_LOCAL, name, text);
	}
	settle(w);
	/* As whoever begins anew finds it: the cache has what is recorded by now. */
	world_reopen(w);
	world_cycle(w, true, true);
	world_close(w);
	return w;
}

static void omit(struct world *w)
{
	for (unsigned i = 0; i < OMITTED; i++) {
		cleanup_free char *name = xasprintf("etl/n%02u", i);

		world_fault(w, WORLD_LISTING_OMITS, name);
		if (i < ODD)
			world_fault(w, WORLD_STAT_ODD, name);
	}
}

static void expect_all(struct world *w, const char *what)
{
	for (unsigned i = 0; i < ALL; i++) {
		cleanup_free char *name = xasprintf("etl/n%02u.py", i), *text = text_of(i);

		for (enum side_id s = 0; s < SIDE_COUNT; s++) {
			cleanup_free char *there = world_read(w, s, name);

			if (!str_eq(there, text))
				fail_msg("%s: '%s' on the %s side is '%s'", what, name,
					 side_names[s], there ? there : "(none)");
		}
	}
}

static void cycles(struct world *w, const char *what)
{
	for (int i = 0; i < 3; i++) {
		world_cycle(w, true, true);
		if (w->report.code)
			fail_msg("%s: %s", what, w->report.sentence);
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			assert_int_equal(w->report.side[s].deleted, 0);
		expect_all(w, what);
		assert_int_equal(w->report.held.count, ODD);
	}
}

static void finish(struct world *w, const char *what)
{
	world_mend(w);
	settle(w);
	expect_all(w, what);
	assert_int_equal(w->report.held.count, 0);
	world_free(w);
}

/* ---- the cache ---- */

static char *cache_of(const struct world *w)
{
	return xasprintf("%s/look.cache", w->state);
}

static void lose_cache(struct world *w)
{
	cleanup_free char *path = cache_of(w);

	files_remove(path);
}

/* Of format 1: no "seen" lines, and no checksum behind the number of lines. */
static void write_format_1(const char *path, const char *text)
{
	cleanup_buf struct buf old = BUF_INIT(1 << 20);
	unsigned lines = 0;

	for (const char *line = text, *next; *line; line = next) {
		size_t len = strcspn(line, "\n") + 1;

		next = line + len;
		if (str_starts(line, "nbsync-cache 3 ")) {
			buf_add_str(&old, "nbsync-cache 1 ");
			buf_add(&old, line + 15, len - 15);
		} else if (str_starts(line, "end ")) {
			buf_addf(&old, "end %u\n", lines);
		} else if (!str_starts(line, "seen ")) {
			buf_add(&old, line, len);
			lines++;
		}
	}
	assert_true(lines >= (ALL - OMITTED) * SIDE_COUNT);
	files_write(path, buf_str(&old), old.len);
}

static void older_cache(struct world *w)
{
	cleanup_buf struct buf now = BUF_INIT(1 << 20);
	cleanup_free char *path = cache_of(w);

	assert_true(files_read(path, &now));
	write_format_1(path, buf_str(&now));
}

/* What a program left that had it from a listing that was not whole: the omitted are not in it. */
static void older_cache_of_an_omission(struct world *w)
{
	cleanup_buf struct buf now = BUF_INIT(1 << 20), some = BUF_INIT(1 << 20);
	cleanup_free char *path = cache_of(w);

	assert_true(files_read(path, &now));
	for (const char *line = buf_str(&now); *line;) {
		size_t len = strcspn(line, "\n") + 1;
		const char *name = memmem(line, len, "etl/n", 5);

		if (!str_starts(line, "workspace ") || !name || atoi(name + 5) >= OMITTED)
			buf_add(&some, line, len);
		line += len;
	}
	write_format_1(path, buf_str(&some));
}

static void torn_cache(struct world *w)
{
	cleanup_buf struct buf now = BUF_INIT(1 << 20);
	cleanup_free char *path = cache_of(w);

	assert_true(files_read(path, &now));
	files_write(path, buf_str(&now), now.len / 2);
}

/* ---- the configuration ---- */

static void other_limit(struct world *w)
{
	w->config->mappings[0].max_notebook /= 2;
}

static void other_files(struct world *w)
{
	w->config->mappings[0].files = CONFIG_FILES_ALL;
}

static void other_outputs(struct world *w)
{
	w->config->mappings[0].outputs = CONFIG_OUTPUTS_KEEP;
}

static const struct change {
	const char *what;
	void (*make)(struct world *w);
} changes[] = {
	{ "nothing", NULL },
	{ "the cache is lost", lose_cache },
	{ "the cache is of format 1", older_cache },
	{ "the cache is of format 1 and lacks them", older_cache_of_an_omission },
	{ "the cache is torn", torn_cache },
	{ "another limit", other_limit },
	{ "other files", other_files },
	{ "other outputs", other_outputs },
};

static void test_a_change_before_the_look(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct world *w = begin();

		if (changes[i].make)
			changes[i].make(w);
		omit(w);
		cycles(w, changes[i].what);
		finish(w, changes[i].what);
	}
}

/* The process that saw the omission first ends well, and the next one begins anew. */
static void test_a_change_between_two_looks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct world *w = begin();

		omit(w);
		cycles(w, "first");
		world_close(w);
		if (changes[i].make)
			changes[i].make(w);
		cycles(w, changes[i].what);
		finish(w, changes[i].what);
	}
}

/* ---- when it is written ---- */

static ino_t cache_id(const struct world *w)
{
	cleanup_free char *path = cache_of(w);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void test_an_idle_cycle_writes_no_cache(void **state)
{
	struct world *w = begin();
	ino_t first;

	(void)state;
	settle(w);
	first = cache_id(w);
	world_cycle(w, true, true);
	assert_int_equal(cache_id(w), first);
	world_reopen(w);
	world_cycle(w, true, true);
	assert_int_equal(cache_id(w), first);
	world_write(w, SIDE_LOCAL, "etl/n00.py", PY "edited\n");
	world_cycle(w, true, true);
	assert_int_not_equal(cache_id(w), first);
	world_free(w);
}

/* ---- killed in the middle of a look ---- */

static unsigned requests_left;

static void count_down(void *payload, const char *verb, const char *path)
{
	(void)payload;
	(void)verb;
	(void)path;
	if (!requests_left--)
		_exit(9);
}

/* In a process of its own: false when the look came to its end before that many requests. */
static bool look_and_die(struct world *w, unsigned requests)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		requests_left = requests;
		world_on_request(count_down, NULL);
		world_cycle(w, true, true);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 9;
}

static void test_killed_at_each_request_of_a_look(void **state)
{
	bool died = true;
	unsigned n;

	(void)state;
	for (n = 0; died && n < 200; n++) {
		const struct change *change = &changes[n % ARRAY_SIZE(changes)];
		struct world *w = begin();

		if (change->make)
			change->make(w);
		omit(w);
		died = look_and_die(w, n);
		cycles(w, change->what);
		finish(w, change->what);
	}
	assert_in_range(n, OMITTED + 2, 199);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_before_the_look),
		cmocka_unit_test(test_a_change_between_two_looks),
		cmocka_unit_test(test_an_idle_cycle_writes_no_cache),
		cmocka_unit_test(test_killed_at_each_request_of_a_look),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
