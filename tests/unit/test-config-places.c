/* SPDX-License-Identifier: Apache-2.0 */
/* Where the state and the socket are when the configuration does not say. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "parsed.h"

static void expect_places(const char *file, const char *state, const char *socket)
{
	struct config *c = parsed_config("", file);

	assert_string_equal(c->daemon.state, state);
	assert_string_equal(c->daemon.socket, socket);
	config_free(c);
}

static void test_places(void **state)
{
	(void)state;
	expect_places("/home/ana/x.ini", "/state", "/run/nbsyncd.sock");
	setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
	setenv("RUNTIME_DIRECTORY", "/run/a:/run/b", 1);
	expect_places("/etc/nbsyncd/nbsyncd.ini", "/var/lib/a", "/run/a/nbsyncd.sock");
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
	setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
	setenv("HOME", "/home/ana", 1);
	expect_places("/etc/nbsyncd/nbsyncd.ini", "/var/lib/nbsyncd", "/run/nbsyncd/nbsyncd.sock");
	expect_places("/home/ana/x.ini", "/home/ana/.local/state/nbsyncd",
		      "/run/user/1000/nbsyncd/nbsyncd.sock");
	unsetenv("XDG_RUNTIME_DIR");
	expect_places("x.ini", "/home/ana/.local/state/nbsyncd",
		      "/home/ana/.local/state/nbsyncd/nbsyncd.sock");
}

static void test_places_that_make_no_sense(void **state)
{
	cleanup_buf struct buf problems = BUF_INIT(65536);
	struct config *c = NULL;
	struct err e = ERR_INIT;

	(void)state;
	unsetenv("HOME");
	unsetenv("STATE_DIRECTORY");
	setenv("RUNTIME_DIRECTORY", "run", 1);
	assert_int_equal(config_parse(&c, "", 0, "x.ini", &problems, &e), ERR_CONFIG);
	assert_string_equal(
		buf_str(&problems),
		"x.ini: set 'state' in [daemon]: HOME is not set\n"
		"x.ini: set 'socket' in [daemon]: the default socket must be an absolute "
		"path or start with '~/', not 'run/nbsyncd.sock'\n");
}

static int set_places(void **state)
{
	(void)state;
	unsetenv("XDG_RUNTIME_DIR");
	setenv("STATE_DIRECTORY", "/state", 1);
	setenv("RUNTIME_DIRECTORY", "/run", 1);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_places, set_places),
		cmocka_unit_test_setup(test_places_that_make_no_sense, set_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
