/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of ~/.databrickscfg, in a home directory of our own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "workspace/profile.h"

static char *file; /* owned: ~/.databrickscfg */

static int set_up(void **state)
{
	if (scratch_setup(state))
		return -1;
	file = xasprintf("%s/.databrickscfg", scratch_dir);
	setenv("HOME", scratch_dir, 1);
	unsetenv("DATABRICKS_CONFIG_FILE");
	unsetenv("DATABRICKS_CONFIG_PROFILE");
	return 0;
}

static int tear_down(void **state)
{
	free(file);
	return scratch_teardown(state);
}

/* --- what is read --------------------------------------------------------------------------- */

static void test_values(void **state)
{
	static const struct {
		const char *text, *name, *host, *token, *auth_type;
	} cases[] = {
		{ "[DEFAULT]\nhost = https://acme.example\ntoken = t1\n", NULL,
		  "https://acme.example", "t1", NULL },
		{ "[DEFAULT]\nhost = https://acme.example\ntoken = t1\n", "",
		  "https://acme.example", "t1", NULL },
		{ "[DEFAULT]\nhost=a.example\n[dev]\nhost=b.example\ntoken=t2\n", "dev",
		  "https://b.example", "t2", NULL },
		/* DEFAULT is a profile, not a source of defaults */
		{ "[DEFAULT]\nhost=a.example\ntoken=t1\n[dev]\nhost=b.example\n", "dev",
		  "https://b.example", NULL, NULL },
		/* only the origin of a host counts */
		{ "[dev]\nhost = https://Acme.Example:443/?o=123#x\ntoken = t\n", "dev",
		  "https://acme.example", "t", NULL },
		{ "[dev]\nhost = http://127.0.0.1:8080/\ntoken = t\n", "dev",
		  "http://127.0.0.1:8080", "t", NULL },
		/* comments, quotes, other keys, odd spacing */
		{ "; top\n# top\n[dev] ; x\n  host   =  acme.example  # why\ntoken=a#b;c ; d\n"
		  "cluster_id = 0101\nauth_type = pat\n",
		  "dev", "https://acme.example", "a#b;c", "pat" },
		{ "[dev]\r\nhost = \"acme.example\"\r\ntoken = 'a b'\r\n", "dev",
		  "https://acme.example", "a b", NULL },
		{ "[dev]\nhost=a.example\ntoken=old\n[dev]\ntoken=new\n", "dev",
		  "https://a.example", "new", NULL },
		/* the file may choose */
		{ "[DEFAULT]\nhost=a.example\n[dev]\nhost=b.example\n[__settings__]\ndefault_"
		  "profile = dev\n",
		  NULL, "https://b.example", NULL, NULL },
		{ "[DEFAULT]\nhost=a.example\n[__settings__]\ndefault_profile = dev\n", "DEFAULT",
		  "https://a.example", NULL, NULL },
		{ "[DEFAULT]\nhost=a.example\n[__settings__]\ndefault_profile =\n", NULL,
		  "https://a.example", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct profile p;
		struct err e = ERR_INIT;

		write_file(file, cases[i].text, 0600);
		if (profile_load(&p, NULL, cases[i].name, &e))
			fail_msg("%s: %s", cases[i].text, e.text);
		if (!str_eq(p.host, cases[i].host) || !str_eq(p.token.text, cases[i].token) ||
		    !str_eq(p.auth_type, cases[i].auth_type))
			fail_msg("%s: %s", cases[i].text, p.host);
		profile_release(&p);
	}
}

static void test_long_values_are_whole(void **state)
{
	cleanup_free char *token = xmalloc(5001);
	cleanup_free char *text = NULL;
	struct profile p;
	struct err e = ERR_INIT;

	(void)state;
	memset(token, 't', 5000);
	token[5000] = '\0';
	text = xasprintf("[DEFAULT]\nhost=acme.example\ntoken=%s\n", token);
	write_file(file, text, 0600);
	assert_int_equal(profile_load(&p, NULL, NULL, &e), ERR_OK);
	assert_string_equal(p.token.text, token);
	assert_int_equal(p.token.len, 5000);
	profile_release(&p);
}

static void test_environment(void **state)
{
	cleanup_free char *other = xasprintf("%s/other", scratch_dir);
	struct profile p;
	struct err e = ERR_INIT;

	(void)state;
	write_file(file, "[DEFAULT]\nhost=b.example\n[dev]\nhost=c.example\n", 0644);
	assert_int_equal(rename(file, other), 0);
	write_file(file, "[DEFAULT]\nhost=a.example\n", 0644);

	setenv("DATABRICKS_CONFIG_FILE", "~/other", 1);
	assert_int_equal(profile_load(&p, NULL, NULL, &e), ERR_OK);
	assert_string_equal(p.host, "https://b.example");
	profile_release(&p);
	setenv("DATABRICKS_CONFIG_PROFILE", "dev", 1);
	assert_int_equal(profile_load(&p, "", "", &e), ERR_OK);
	assert_string_equal(p.host, "https://c.example");
	profile_release(&p);
	/* what the caller names goes before */
	assert_int_equal(profile_load(&p, file, "DEFAULT", &e), ERR_OK);
	assert_string_equal(p.host, "https://a.example");
	profile_release(&p);
	unsetenv("DATABRICKS_CONFIG_FILE");
	unsetenv("DATABRICKS_CONFIG_PROFILE");
	unlink(other);
}

/* --- what is refused ------------------------------------------------------------------------ */

/* %s in a sentence is the file's name. */
static void assert_refused(const char *text, mode_t mode, const char *name, const char *before,
			   const char *after)
{
	cleanup_free char *sentence = xasprintf("%s%s%s", before, file, after);
	struct profile p;
	struct err e = ERR_INIT;

	write_file(file, text, mode);
	assert_int_equal(profile_load(&p, NULL, name, &e), ERR_CONFIG);
	assert_string_equal(e.text, sentence);
	assert_null(strstr(e.text, "hunter2"));
	assert_null(p.host);
	assert_null(p.token.text);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("[DEFAULT]\nhost=a.example\n", 0600, "dev", "",
		       " has no dev profile configured");
	assert_refused("[DEFAULT]\nhost=a.example\n[dev]\n", 0600, "dev", "",
		       " has no dev profile configured");
	assert_refused("", 0600, NULL, "", " has no DEFAULT profile configured");
	assert_refused("host=a.example\ntoken=hunter2\n", 0600, NULL, "",
		       " has no DEFAULT profile configured");
	assert_refused("[dev]\ntoken=hunter2\n", 0600, "dev", "profile 'dev' in '",
		       "' has no host");
	assert_refused("[dev]\nhost=ftp://hunter2\n", 0600, "dev", "the host of profile 'dev' in '",
		       "' is not https://HOST");
	assert_refused("[dev]\nhost=https://a%DE.example\n", 0600, "dev",
		       "the host of profile 'dev' in '", "' is not https://HOST");
	assert_refused("[dev]\nhost=https://a%20b.example\n", 0600, "dev",
		       "the host of profile 'dev' in '", "' is not https://HOST");
	assert_refused("[dev]\nhost=https://b\xC3\xBC.example\n", 0600, "dev",
		       "the host of profile 'dev' in '", "' is not https://HOST");
	assert_refused("[dev]\nhost=a.example\ntoken: hunter2\n", 0600, "dev", "",
		       ":3: line is neither 'key = value' nor a section nor a comment");
	assert_refused("[dev]\nhost=a.example\n[other\nhunter2\n", 0600, "dev", "",
		       ":3: section has no closing ']'");
	assert_refused("[dev]\nhost=a.example\ntoken=hunter2\x01\n", 0600, "dev", "",
		       ":3: line contains a control character");
}

static void test_missing_file(void **state)
{
	cleanup_free char *sentence = xasprintf(
		"'%s' does not exist: nbsync needs it for a profile", file);
	struct profile p;
	struct err e = ERR_INIT;

	(void)state;
	unlink(file);
	assert_int_equal(profile_load(&p, NULL, NULL, &e), ERR_CONFIG);
	assert_string_equal(e.text, sentence);
}

static void test_modes(void **state)
{
	static const mode_t readable[] = { 0644, 0640, 0604 };
	cleanup_free char *sentence = xasprintf(
		"'%s' holds a token and others can read it; chmod 600 '%s'", file, file);
	struct profile p;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(readable); i++) {
		write_file(file, "[DEFAULT]\nhost=a.example\ntoken=hunter2\n", readable[i]);
		assert_int_equal(profile_load(&p, NULL, NULL, &e), ERR_CONFIG);
		assert_string_equal(e.text, sentence);
		assert_null(p.token.text);
	}
	write_file(file, "[DEFAULT]\nhost=a.example\n", 0644); /* no secret in the profile */
	assert_int_equal(profile_load(&p, NULL, NULL, &e), ERR_OK);
	profile_release(&p);
	write_file(file, "[DEFAULT]\nhost=a.example\n", 0666); /* but anybody could put one there */
	assert_int_equal(profile_load(&p, NULL, NULL, &e), ERR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),       cmocka_unit_test(test_long_values_are_whole),
		cmocka_unit_test(test_environment),  cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_missing_file), cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
