/* SPDX-License-Identifier: Apache-2.0 */
/* Single values: what each type takes, what it becomes, how it is printed, what is said otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "config/values.h"

/* ---- every type through the key table ---- */

struct value_case {
	enum config_scope scope;
	const char *key;
	const char *text;
	const char
		*printed; /* what value_print() gives; "" when it prints nothing; NULL: refused */
	const char *sentence; /* when refused */
};

#define DAEMON    CONFIG_DAEMON
#define WORKSPACE CONFIG_WORKSPACE
#define MAPPING   CONFIG_MAPPING

static const struct value_case values[] = {
	/* numbers, durations, sizes: limits are inclusive */
	{ DAEMON, "workers", "1", "1", NULL },
	{ DAEMON, "workers", "64", "64", NULL },
	{ DAEMON, "workers", "0", NULL, "workers must be a number from 1 to 64, not '0'" },
	{ DAEMON, "workers", "65", NULL, "workers must be a number from 1 to 64, not '65'" },
	{ DAEMON, "workers", "8x", NULL, "workers must be a number from 1 to 64, not '8x'" },
	{ DAEMON, "workers", "", NULL, "workers must be a number from 1 to 64, not ''" },
	{ DAEMON, "worker_deadline", "10s", "10s", NULL },
	{ DAEMON, "worker_deadline", "9999ms", NULL,
	  "worker_deadline must be a duration from 10s to 1h, not '9999ms'" },
	{ DAEMON, "worker_deadline", "61min", NULL,
	  "worker_deadline must be a duration from 10s to 1h, not '61min'" },
	{ MAPPING, "max_notebook", "1K", "1K", NULL },
	{ MAPPING, "max_notebook", "100M", "100M", NULL },
	{ MAPPING, "max_notebook", "1023", NULL,
	  "max_notebook must be a size from 1K to 100M, not '1023'" },
	/* words */
	{ DAEMON, "log_level", "debug", "debug", NULL },
	{ DAEMON, "log_level", "Debug", NULL,
	  "log_level must be error, warning, notice, info or debug, not 'Debug'" },
	{ DAEMON, "log_level", "", NULL, "log_level has no value" },
	{ MAPPING, "git_format", "keep", "keep", NULL },
	{ MAPPING, "git_format", "", NULL, "git_format must be source, ipynb or keep, not ''" },
	{ MAPPING, "git_names", "any", "any", NULL },
	{ MAPPING, "git_names", "linux", NULL, "git_names must be portable or any, not 'linux'" },
	{ MAPPING, "clone", "follow", "follow", NULL },
	{ MAPPING, "clone", "yes", NULL, "clone must be ask, follow or independent, not 'yes'" },
	{ MAPPING, "commit", "manual", "manual", NULL },
	{ MAPPING, "commit", "man", NULL, "commit must be auto or manual, not 'man'" },
	{ MAPPING, "conflict", "prefer-git", "prefer-git", NULL },
	{ MAPPING, "outputs", "keep-tagged", "keep-tagged", NULL },
	/* files */
	{ MAPPING, "local", "/srv/notebooks", "/srv/notebooks", NULL },
	{ MAPPING, "local", "/srv//notebooks/./x/", "/srv/notebooks/x", NULL },
	{ MAPPING, "local", "/", "/", NULL },
	{ MAPPING, "local", "~/notebooks", "/home/ana/notebooks", NULL },
	{ MAPPING, "local", "/srv/..notebooks", "/srv/..notebooks", NULL },
	{ MAPPING, "local", "/srv/.x", "/srv/.x", NULL },
	{ MAPPING, "local", "/srv/a b", "/srv/a b", NULL },
	{ MAPPING, "local", "~", NULL,
	  "local must be an absolute path or start with '~/', not '~'" },
	{ MAPPING, "local", "~ana/x", NULL,
	  "local must be an absolute path or start with '~/', not '~ana/x'" },
	{ MAPPING, "local", "notebooks", NULL,
	  "local must be an absolute path or start with '~/', not 'notebooks'" },
	{ MAPPING, "local", "", NULL, "local must be an absolute path or start with '~/', not ''" },
	{ MAPPING, "local", "/srv/../etc", NULL, "local '/srv/../etc' is not a usable path" },
	{ MAPPING, "local", "/srv/..", NULL, "local '/srv/..' is not a usable path" },
	{ MAPPING, "local", "~/../bob", NULL, "local '/home/ana/../bob' is not a usable path" },
	{ MAPPING, "local", "${CREDENTIALS_DIRECTORY}/x", NULL,
	  "local must be an absolute path or start with '~/', not '${CREDENTIALS_DIRECTORY}/x'" },
	{ WORKSPACE, "token_file", "${CREDENTIALS_DIRECTORY}/dev", "${CREDENTIALS_DIRECTORY}/dev",
	  NULL },
	{ MAPPING, "git_token_file", "${CREDENTIALS_DIRECTORY}/../x", NULL,
	  "git_token_file must be the absolute path of a file that holds the token" },
	{ WORKSPACE, "token_file", "dapi0123456789abcdef0123456789abcdef", NULL,
	  "token_file must be the absolute path of a file that holds the token" },
	{ MAPPING, "git_token_file", "~/t", "/home/ana/t", NULL },
	{ MAPPING, "git_token_file", "${CREDENTIALS_DIRECTORY}/git", "${CREDENTIALS_DIRECTORY}/git",
	  NULL },
	{ DAEMON, "socket",
	  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aa"
	  "aaaaaaaaaaaaaaaaa",
	  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aa"
	  "aaaaaaaaaaaaaaaaa",
	  NULL },
	{ DAEMON, "socket",
	  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aa"
	  "aaaaaaaaaaaaaaaaaa",
	  NULL,
	  "socket "
	  "'/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaa' is longer than the 107 bytes a socket may have" },
	/* hosts of workspaces */
	{ WORKSPACE, "host", "https://adb-1.7.azuredatabricks.net",
	  "https://adb-1.7.azuredatabricks.net", NULL },
	{ WORKSPACE, "host", "https://DBC-1.cloud.databricks.com/",
	  "https://dbc-1.cloud.databricks.com", NULL },
	{ WORKSPACE, "host", "adb-1.7.azuredatabricks.net", "https://adb-1.7.azuredatabricks.net",
	  NULL },
	{ WORKSPACE, "host", "https://h:8443", "https://h:8443", NULL },
	{ WORKSPACE, "host", "http://127.0.0.1:8080", "http://127.0.0.1:8080", NULL },
	{ WORKSPACE, "host", "http://[::1]:8080/", "http://[::1]:8080", NULL },
	{ WORKSPACE, "host", "", NULL, "host has no value" },
	{ WORKSPACE, "host", "https://h/x", NULL,
	  "host must be 'https://NAME' without user, path or query, not 'https://h/x'" },
	{ WORKSPACE, "host", "https://h/x/", NULL,
	  "host must be 'https://NAME' without user, path or query, not 'https://h/x/'" },
	{ WORKSPACE, "host", "https://ana@h", NULL,
	  "host must be 'https://NAME' without user, path or query, not 'https://***@h'" },
	{ WORKSPACE, "host", "file:///", NULL,
	  "host must be 'https://NAME' without user, path or query, not 'file:///'" },
	{ WORKSPACE, "host", "https://u:secret@h", NULL,
	  "host must be 'https://NAME' without user, path or query, not 'https://***@h'" },
	{ WORKSPACE, "host", "https://h/?o=1", NULL,
	  "host must be 'https://NAME' without user, path or query, not 'https://h/?***'" },
	{ WORKSPACE, "host", "http://h", NULL,
	  "host must be 'https://NAME' without user, path or query, not 'http://h'" },
	/* folders of a workspace */
	{ MAPPING, "workspace", "dev:/Users/ana@acme.example/etl",
	  "dev:/Users/ana@acme.example/etl", NULL },
	{ MAPPING, "workspace", "dev:/Users//ana/", "dev:/Users/ana", NULL },
	{ MAPPING, "workspace", "dev:/Workspace/Users/ana", "dev:/Users/ana", NULL },
	{ MAPPING, "workspace", "dev:/WorkspaceX/ana", "dev:/WorkspaceX/ana", NULL },
	{ MAPPING, "workspace", "dev:/Workspace", "dev:/", NULL },
	{ MAPPING, "workspace", "dev:/a:b", "dev:/a:b", NULL },
	{ MAPPING, "workspace", "dev", NULL, "workspace must be NAME:/PATH, not 'dev'" },
	{ MAPPING, "workspace", "/Users/ana", NULL,
	  "workspace must be NAME:/PATH, not '/Users/ana'" },
	{ MAPPING, "workspace", "dev:Users", NULL,
	  "workspace must be NAME:/PATH, not 'dev:Users'" },
	{ MAPPING, "workspace", "dev:", NULL, "workspace must be NAME:/PATH, not 'dev:'" },
	{ MAPPING, "workspace", ":/Users", NULL, "workspace must be NAME:/PATH, not ':/Users'" },
	{ MAPPING, "workspace", "de v:/Users", NULL,
	  "workspace must be NAME:/PATH, not 'de v:/Users'" },
	{ MAPPING, "workspace", "dev:/a/../b", NULL,
	  "workspace 'dev:/a/../b' is not a usable path" },
	/* Git */
	{ MAPPING, "git", "https://ana@h/r.git", "https://ana@h/r.git", NULL },
	{ MAPPING, "git", "file:///srv/git/r", "file:///srv/git/r", NULL },
	{ MAPPING, "git", "", NULL, "git has no value" },
	{ MAPPING, "git", "git@github.com:acme/r", NULL,
	  "git '***@github.com:acme/r' is neither https:// nor, where the policy names it, "
	  "file:/// "
	  "or http:// on this machine; SSH is not supported" },
	{ MAPPING, "git_path", "notebooks/etl", "notebooks/etl", NULL },
	{ MAPPING, "git_path", "//notebooks//", "notebooks", NULL },
	{ MAPPING, "git_path", "", "", NULL },
	{ MAPPING, "git_path", "/", "", NULL },
	{ MAPPING, "git_path", "../x", NULL,
	  "git_path '../x' cannot be a folder of the repository" },
	{ MAPPING, "git_path", "a//b", NULL,
	  "git_path 'a//b' cannot be a folder of the repository" },
	{ MAPPING, "git_path", ".git/x", NULL,
	  "git_path '.git/x' cannot be a folder of the repository" },
	{ MAPPING, "git_user", "oauth2", "oauth2", NULL },
	{ MAPPING, "git_user", "a:b", NULL,
	  "git_user must be a user name without ':' and blanks; a token belongs into a file" },
	{ MAPPING, "git_user", "a b", NULL,
	  "git_user must be a user name without ':' and blanks; a token belongs into a file" },
	{ MAPPING, "author_name", "Ana Lima", "Ana Lima", NULL },
	{ MAPPING, "author_name", "Ana <x>", NULL,
	  "author_name 'Ana <x>' is not the name of an author" },
	{ MAPPING, "author_email", "ana@acme.example", "ana@acme.example", NULL },
	{ MAPPING, "author_email", "ana", NULL, "author_email 'ana' is not an e-mail address" },
	{ MAPPING, "author_email", "@x", NULL, "author_email '@x' is not an e-mail address" },
	{ MAPPING, "author_email", "x@", NULL, "author_email 'x@' is not an e-mail address" },
	{ MAPPING, "author_email", "a b@x", NULL, "author_email 'a b@x' is not an e-mail address" },
	{ MAPPING, "author_email", "<a@x>", NULL, "author_email '<a@x>' is not an e-mail address" },
	{ MAPPING, "history", "180d", "180d", NULL },
	{ MAPPING, "history", "forever", "forever", NULL },
	{ MAPPING, "history", "0", "forever", NULL },
	{ MAPPING, "history", "36h", "36h", NULL },
	{ MAPPING, "history", "1h", NULL,
	  "history must be a duration from 1d to 36500d, or forever, not '1h'" },
	{ MAPPING, "history", "never", NULL,
	  "history must be a duration from 1d to 36500d, or forever, not 'never'" },
	{ MAPPING, "history_outputs", "forever", "forever", NULL },
	{ MAPPING, "history_outputs", "1d", "1d", NULL },
	{ MAPPING, "history_outputs", "24h", "1d", NULL },
	{ MAPPING, "history_outputs", "23h", NULL,
	  "history_outputs must be a duration from 1d to 36500d, or forever, not '23h'" },
	{ MAPPING, "history_outputs", "0", NULL,
	  "history_outputs must be a duration from 1d to 36500d, or forever, not '0'" },
	{ MAPPING, "workspace_format", "ipynb", "ipynb", NULL },
	{ MAPPING, "workspace_format", "jupyter", NULL,
	  "workspace_format must be source, ipynb or keep, not 'jupyter'" },
	/* patterns */
	{ MAPPING, "include", "etl/**, ml/*", "etl/**, ml/*", NULL },
	{ MAPPING, "include", "", NULL, "include has no value" },
	{ MAPPING, "include", ", ,", NULL, "include has no pattern; '**' stands for everything" },
	{ MAPPING, "exclude", "", "", NULL },
	{ MAPPING, "exclude", "tmp", "tmp", NULL },
	/* directions */
	{ MAPPING, "direction", "two-way", "two-way", NULL },
	{ MAPPING, "direction", "git->workspace", "git->workspace", NULL },
	{ MAPPING, "direction", "local->git", "local->git", NULL },
	{ MAPPING, "direction", "workspace -> local , git", "workspace->git,local", NULL },
};

static const char bad_direction[] =
	"direction must be two-way or an arrow like git->workspace or git->workspace,local, not '";

static union {
	struct config_daemon daemon;
	struct config_workspace workspace;
	struct config_mapping mapping;
} section;

static void check_value(const struct value_case *c)
{
	const struct config_key *key = config_key_find(c->scope, c->key);
	cleanup_buf struct buf out = BUF_INIT(CONFIG_LINE_MAX);
	struct err e = ERR_INIT;
	int r;

	assert_non_null(key);
	memset(&section, 0, sizeof(section));
	r = value_read(key, &section, c->text, &e);
	if ((r == 0) != (c->printed != NULL))
		fail_msg("%s = %s: '%s'", c->key, c->text, e.text);
	if (r) {
		assert_int_equal(r, ERR_CONFIG);
		assert_string_equal(e.text, c->sentence);
	} else {
		assert_int_equal(value_print(key, &section, &out), *c->printed != '\0');
		assert_string_equal(buf_str(&out), c->printed);
	}
	value_release(key, &section);
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(setenv("HOME", "/home/ana", 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		check_value(&values[i]);
}

static void test_bad_directions(void **state)
{
	static const char *const texts[] = { "",
					     "git",
					     "git->",
					     "->git",
					     "git->git",
					     "git->local,git",
					     "git->local,local",
					     "git->local,",
					     "git->,local",
					     "git>local",
					     "git<-local",
					     "git->hub",
					     "one-way",
					     "Two-Way",
					     "git->local->workspace" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *sentence = xasprintf("%s%s'", bad_direction, texts[i]);
		struct value_case c = { MAPPING, "direction", texts[i], NULL, sentence };

		check_value(&c);
	}
}

static void test_direction_sets_both_lists(void **state)
{
	const struct config_key *key = config_key_find(CONFIG_MAPPING, "direction");
	struct config_mapping m = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(value_read(key, &m, "two-way", &e), 0);
	for (int s = 0; s < SIDE_COUNT; s++)
		assert_true(m.accepts[s] && m.receives[s]);
	assert_int_equal(value_read(key, &m, "git->workspace,local", &e), 0);
	assert_true(m.accepts[SIDE_GIT] && !m.accepts[SIDE_WORKSPACE] && !m.accepts[SIDE_LOCAL]);
	assert_true(!m.receives[SIDE_GIT] && m.receives[SIDE_WORKSPACE] && m.receives[SIDE_LOCAL]);
	/* What cannot be read changes nothing. */
	assert_int_equal(value_read(key, &m, "local->", &e), ERR_CONFIG);
	assert_true(m.accepts[SIDE_GIT] && !m.accepts[SIDE_LOCAL] && m.receives[SIDE_LOCAL]);
}

static void test_failure_keeps_the_old_value(void **state)
{
	const struct config_key *branch = config_key_find(CONFIG_MAPPING, "branch");
	const struct config_key *poll = config_key_find(CONFIG_MAPPING, "poll");
	const struct config_key *folder = config_key_find(CONFIG_MAPPING, "workspace");
	struct config_mapping m = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(value_read(branch, &m, "main", &e), 0);
	assert_int_equal(value_read(branch, &m, "dev", &e), 0);
	assert_int_equal(value_read(branch, &m, "a..b", &e), ERR_CONFIG);
	assert_string_equal(m.branch, "dev");
	assert_int_equal(value_read(folder, &m, "dev:/a", &e), 0);
	assert_int_equal(value_read(folder, &m, "prod:/b", &e), 0);
	assert_int_equal(value_read(folder, &m, "test", &e), ERR_CONFIG);
	assert_string_equal(m.workspace, "prod");
	assert_string_equal(m.workspace_path, "/b");
	value_release(folder, &m);
	assert_null(m.workspace);
	assert_null(m.workspace_path);
	assert_int_equal(value_read(poll, &m, "7s", &e), 0);
	assert_int_equal(value_read(poll, &m, "7", &e), ERR_CONFIG);
	assert_int_equal(m.poll_ms, 7000);
	value_release(branch, &m);
	assert_null(m.branch);
}

static void test_home_that_is_not_set(void **state)
{
	struct value_case c = { MAPPING, "local", "~/x", NULL,
				"local: HOME is not set, so '~/x' cannot be found" };

	(void)state;
	unsetenv("HOME");
	check_value(&c);
}

/* A home that could not be written into a file must not get into the configuration. */
static void test_home_that_is_odd(void **state)
{
	static const char *const homes[] = { "/home/a ;b", "/home/a #b", "/home/a\nb",
					     "/home/\x7F" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		cleanup_free char *sentence = xasprintf("local '%s/x' is not a usable path",
							homes[i]);
		struct value_case c = { MAPPING, "local", "~/x", NULL, sentence };

		setenv("HOME", homes[i], 1);
		check_value(&c);
	}
}

static void test_long_values(void **state)
{
	const struct config_key *include = config_key_find(CONFIG_MAPPING, "include");
	const struct config_key *local = config_key_find(CONFIG_MAPPING, "local");
	struct config_mapping m = { 0 };
	struct err e = ERR_INIT;
	char text[CONFIG_VALUE_MAX + 2] = "";

	(void)state;
	memset(text, 'x', CONFIG_VALUE_MAX);
	assert_int_equal(value_read(include, &m, text, &e), 0);
	text[CONFIG_VALUE_MAX] = 'x';
	assert_int_equal(value_read(include, &m, text, &e), ERR_CONFIG);
	assert_string_equal(e.text, "include is longer than 7900 bytes");
	value_release(include, &m);

	text[0] = '/';
	text[4095] = '\0';
	assert_int_equal(value_read(local, &m, text, &e), 0);
	text[4095] = 'x';
	text[4096] = '\0';
	assert_int_equal(value_read(local, &m, text, &e), ERR_CONFIG);
	value_release(local, &m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_bad_directions),
		cmocka_unit_test(test_direction_sets_both_lists),
		cmocka_unit_test(test_failure_keeps_the_old_value),
		cmocka_unit_test(test_home_that_is_not_set),
		cmocka_unit_test(test_home_that_is_odd),
		cmocka_unit_test(test_long_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
