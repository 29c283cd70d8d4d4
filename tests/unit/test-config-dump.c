/* SPDX-License-Identifier: Apache-2.0 */
/* What config_dump() writes is the configuration: every key of the table, and nothing gets lost. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "config/own.h"
#include "config/values.h"
#include "parsed.h"

static char *dump(const struct config *c)
{
	struct buf out = BUF_INIT(CONFIG_FILE_MAX);

	config_dump(c, &out);
	assert_false(out.full);
	return buf_steal(&out, NULL);
}

static void expect_equal_text(const char *a, const char *b)
{
	if (a || b)
		assert_string_equal(a ? a : "(unset)", b ? b : "(unset)");
}

static void expect_equal_own(const struct config_key *key, const struct config_mapping *a,
			     const struct config_mapping *b)
{
	if (key->own == &config_folder) {
		expect_equal_text(a->workspace, b->workspace);
		expect_equal_text(a->workspace_path, b->workspace_path);
	} else {
		assert_ptr_equal(key->own, &config_direction);
		assert_memory_equal(a->accepts, b->accepts, SIDE_COUNT);
		assert_memory_equal(a->receives, b->receives, SIDE_COUNT);
	}
}

/* Compares the members themselves, not what is printed of them. */
static void expect_equal_member(const struct config_key *key, const void *a, const void *b)
{
	const void *x = (const char *)a + key->offset, *y = (const char *)b + key->offset;

	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_FILE:
		expect_equal_text(*(char *const *)x, *(char *const *)y);
		break;
	case CONFIG_OWN:
		expect_equal_own(key, a, b);
		break;
	default:
		if (memcmp(x, y, key->size) != 0)
			fail_msg("%s differs", key->name);
	}
}

static void expect_equal_section(enum config_scope scope, const void *a, const void *b)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].scope == scope)
			expect_equal_member(&config_keys[i], a, b);
}

static void expect_equal(const struct config *a, const struct config *b)
{
	expect_equal_section(CONFIG_DAEMON, &a->daemon, &b->daemon);
	assert_int_equal(a->workspace_count, b->workspace_count);
	for (size_t i = 0; i < a->workspace_count; i++) {
		assert_string_equal(a->workspaces[i].name, b->workspaces[i].name);
		expect_equal_section(CONFIG_WORKSPACE, &a->workspaces[i], &b->workspaces[i]);
	}
	assert_int_equal(a->mapping_count, b->mapping_count);
	for (size_t i = 0; i < a->mapping_count; i++) {
		assert_string_equal(a->mappings[i].name, b->mappings[i].name);
		expect_equal_section(CONFIG_MAPPING, &a->mappings[i], &b->mappings[i]);
	}
}

/* The dump says everything: reading it needs neither the home nor the service's environment. */
static void round_trip(const char *text)
{
	cleanup_free char *first = NULL, *second = NULL;
	struct config *a, *b;

	setenv("HOME", "/home/ana", 1);
	setenv("STATE_DIRECTORY", "/state", 1);
	setenv("RUNTIME_DIRECTORY", "/run", 1);
	a = parsed_config(text, "x.ini");
	first = dump(a);
	unsetenv("HOME");
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
	b = parsed_config(first, "x.ini");
	second = dump(b);
	expect_equal(a, b);
	assert_string_equal(first, second);
	config_free(a);
	config_free(b);
}

#define GIT "git = https://ana@github.com/acme/r\n"

static const char *const texts[] = {
	"",
	"[daemon]\nworkers = 64\nworker_idle = 90s\nworker_deadline = 10001ms\npolicy = ~/p.ini\n",
	"[workspace a]\nprofile = DEFAULT\n"
	"[workspace b]\nhost = HOST.acme.example\ntoken_file = ${CREDENTIALS_DIRECTORY}/b\n"
	"[mapping x]\nlocal = ~/a b/;c//d\nworkspace = a:/Workspace/Users/ana@acme.example/#x\n"
	"[mapping y]\nworkspace = b:/\n" GIT "direction = git->workspace\n",
	"[mapping a]\nlocal = /srv/a\n" GIT
	"include = etl/**, *.sql, [a-c]*\nexclude = tmp,\nbranch = feature/x\ngit_path = /a/b/\n"
	"author_name = Ana L\xC3\xADma\nauthor_email = ana@acme.example\nsettle = 0s\n"
	"commit_quiet = 0ms\ncommit_max_wait = 1d\nmax_notebook = 1025\nhistory = "
	"forever\nhistory_outputs = 36h\nworkspace_format = source\ndirection = local -> git\n",
};

static void test_round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		round_trip(texts[i]);
}

/* Each word of each enum, each text of words, through the dump. */
static void test_every_word(void **state)
{
	static const char formats[] = "local_format = source\n"; /* clone = follow wants it */

	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		for (size_t w = 0; key->words && key->words[w]; w++) {
			cleanup_free char *text = NULL;

			if (key->scope == CONFIG_DAEMON)
				text = xasprintf("[daemon]\n%s = %s\n", key->name, key->words[w]);
			else
				text = xasprintf("[mapping a]\nlocal = /srv/a\n" GIT "%s = %s\n%s",
						 key->name, key->words[w],
						 str_eq(key->words[w], "follow") ? formats : "");
			round_trip(text);
		}
	}
}

/* The longest value that a file can hold still fits when it is written with blanks around '='. */
static void test_longest_value(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(65536);

	(void)state;
	buf_add_str(&text, "[mapping a]\nlocal=/srv/a\n" GIT "exclude=");
	for (int i = 0; i < CONFIG_VALUE_MAX; i++)
		buf_add_char(&text, 'x');
	round_trip(buf_str(&text));
}

static void test_what_it_looks_like(void **state)
{
	cleanup_free char *text = NULL;
	struct config *c;

	(void)state;
	c = parsed_config(
		"[daemon]\nstate = /s\nsocket = /k\n[workspace dev]\nhost = h\ntoken_file = /t\n"
		"[mapping a]\nworkspace = dev:/a\nlocal = /srv/a\nlocal_format = source\n",
		"x.ini");
	text = dump(c);
	assert_string_equal(text, "[daemon]\n"
				  "workers = 8\n"
				  "state = /s\n"
				  "socket = /k\n"
				  "log_level = info\n"
				  "worker_idle = 1min\n"
				  "worker_deadline = 2min\n"
				  "\n"
				  "[workspace dev]\n"
				  "host = https://h\n"
				  "token_file = /t\n"
				  "\n"
				  "[mapping a]\n"
				  "local = /srv/a\n"
				  "local_format = source\n"
				  "clone = ask\n"
				  "workspace = dev:/a\n"
				  "workspace_format = keep\n"
				  "branch = main\n"
				  "git_format = source\n"
				  "git_names = portable\n"
				  "commit = auto\n"
				  "commit_quiet = 30s\n"
				  "commit_max_wait = 5min\n"
				  "author_name = nbsync\n"
				  "direction = two-way\n"
				  "poll = 10s\n"
				  "git_poll = 1min\n"
				  "settle = 300ms\n"
				  "conflict = keep-both\n"
				  "outputs = strip\n"
				  "files = none\n"
				  "max_notebook = 10M\n"
				  "history = 180d\n"
				  "history_outputs = forever\n"
				  "include = **\n");
	config_free(c);
}

/* ---- the table ---- */

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		assert_ptr_equal(config_key_find(key->scope, key->name), key);
		assert_true(config_key_index(key) < CONFIG_KEYS_MAX);
		for (size_t k = 0; k < i; k++) {
			bool same_place = config_keys[k].scope == key->scope &&
					  config_keys[k].offset == key->offset;

			assert_false(same_place);
			if (config_keys[k].scope == key->scope)
				assert_int_not_equal(config_key_index(key),
						     config_key_index(&config_keys[k]));
		}
		if (key->type == CONFIG_ENUM)
			assert_non_null(key->words);
		if (key->type == CONFIG_NUMBER || key->type == CONFIG_SIZE ||
		    key->type == CONFIG_DURATION)
			assert_true(key->min < key->max);
	}
	assert_null(config_key_find(CONFIG_DAEMON, "branch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),   cmocka_unit_test(test_every_word),
		cmocka_unit_test(test_longest_value), cmocka_unit_test(test_what_it_looks_like),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
