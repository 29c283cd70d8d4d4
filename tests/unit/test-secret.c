/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: reading their files, forgetting them, and masking them wherever they turn up. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "fs/secret_file.h"
#include "redacted.h"
#include "scratch.h"
#include "secret/secret.h"

/* Masks text in place of a caller that logs it. */
static void assert_redacts(const char *text, const char *wanted)
{
	cleanup_free char *got = redacted(text);

	assert_string_equal(got, wanted);
}

static void test_shapes(void **state)
{
	static const struct {
		const char *text, *wanted;
	} table[] = {
		{ "x dapi0123456789abcdef0123456789abcdef y", "x *** y" },
		{ "dapi0123456789abcdef0123456789abcdef-2,", "***," },
		{ "dose0123456789abcdef0123456789abcdef", "***" },
		{ "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "***" },
		{ "gho_16C7e42F292c6912E7710c838347Ae178B4a "
		  "ghu_16C7e42F292c6912E7710c838347Ae178B4a",
		  "*** ***" },
		{ "ghs_16C7e42F292c6912E7710c838347Ae178B4a/"
		  "ghr_16C7e42F292c6912E7710c838347Ae178B4a",
		  "***/***" },
		{ "github_pat_11ABCDEFG0abcdefghijkl_"
		  "0123456789abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHI",
		  "***" },
		{ "glpat-abc_DEF-123456789012", "***" },
		{ "t=eyJhbGciOi.eyJzdWIiOi.SflKxwRJ-_x;", "t=***;" },
		{ "Authorization: Bearer abc def\nnext", "Authorization: ***\nnext" },
		{ "authorization:Basic Zm9vOmJhcg==", "authorization:***" },
		{ "{\"Authorization\": \"Bearer x\", \"a\": 1}",
		  "{\"Authorization\": \"***\", \"a\": 1}" },
		{ "sent Bearer abcdef.0123-_~+/= there", "sent Bearer *** there" },
		{ "https://ana:pa:ss@git.acme.example/x", "https://***@git.acme.example/x" },
		{ "https://ana:p@ss@acme.example", "https://***@acme.example" },
		{ "https://sometoken@acme.example/x", "https://***@acme.example/x" },
		{ "ssh://ana:pw@acme.example/x", "ssh://***@acme.example/x" },
		{ "malformed URL 'https://a:b@'", "malformed URL 'https://***@'" },
		{ "two https://a:b@c and https://d:e@f", "two https://***@c and https://***@f" },
		/* What must stay readable. */
		{ "", "" },
		{ "dapi0123", "dapi0123" },
		{ "dapi and dose, ghp_short, eyJ.a.b", "dapi and dose, ghp_short, eyJ.a.b" },
		{ "ssh://git@acme.example/x", "ssh://git@acme.example/x" },
		{ "https://acme.example/Users/ana@acme.example/etl",
		  "https://acme.example/Users/ana@acme.example/etl" },
		{ "https://acme.example:8443/a", "https://acme.example:8443/a" },
		{ "/Users/ana@acme.example/etl", "/Users/ana@acme.example/etl" },
		{ "the author is ana", "the author is ana" },
		{ "Authorization failed", "Authorization failed" },
		{ "Basic authentication", "Basic authentication" },
		{ "a // b@c", "a // b@c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_redacts(table[i].text, table[i].wanted);
}

static void test_registered(void **state)
{
	struct secret a = { 0 }, b = { 0 };

	(void)state;
	secret_set(&a, "hunter2!", 8);
	secret_set(&b, "hunter2!-longer", 15);
	assert_redacts("pw=hunter2! and hunter2!-longer.", "pw=*** and ***.");
	assert_redacts("hunter2!hunter2!", "***");
	assert_redacts("cut at the end: hunter2!-lon", "cut at the end: ***");
	assert_redacts("hunter2", "hunter2"); /* 7 bytes of it: too little to tell */
	secret_release(&b);
	assert_redacts("hunter2!-longer", "***-longer");
	secret_release(&a);
	assert_redacts("hunter2!", "hunter2!");
	assert_null(a.text);
	assert_int_equal(a.len, 0);
	secret_release(&a);
}

static void test_rotation_forgets_the_old(void **state)
{
	cleanup_secret struct secret s = { 0 };

	(void)state;
	secret_set(&s, "first-token", 11);
	secret_set(&s, "second-token", 12);
	assert_string_equal(s.text, "second-token");
	assert_int_equal(s.len, 12);
	assert_redacts("first-token second-token", "first-token ***");
	secret_set(&s, s.text, 6); /* from its own old text */
	assert_string_equal(s.text, "second");
	assert_redacts("a second-token", "a ***-token");
}

static void test_short_secrets_do_not_mask_words(void **state)
{
	cleanup_secret struct secret s = { 0 };

	(void)state;
	secret_set(&s, "abc", 3);
	assert_redacts("abcdef", "abcdef");
	secret_set(&s, "", 0);
	assert_string_equal(s.text, "");
	assert_redacts("abc", "abc");
}

static void test_redaction_with_embedded_nul(void **state)
{
	cleanup_secret struct secret s = { 0 };
	cleanup_buf struct buf b = BUF_INIT(100);

	(void)state;
	secret_set(&s, "hunter2!", 8);
	buf_add(&b, "a\0hunter2!\0b", 12);
	secret_redact(&b);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "a\0***\0b", 8);
	assert_int_equal(b.max, 100);
}

static void test_a_forked_child_has_no_secret(void **state)
{
	cleanup_secret struct secret s = { 0 };
	int status;
	pid_t pid;

	(void)state;
	secret_set(&s, "hunter2!", 8);
	pid = fork();
	if (pid == 0)
		_exit(s.text[0] == '\0' ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(s.text, "hunter2!");
}

static void test_released_pages_are_gone(void **state)
{
	struct secret s = { 0 };
	char *text;

	(void)state;
	secret_set(&s, "hunter2!", 8);
	text = s.text;
	secret_release(&s);
	assert_int_equal(msync(text, 1, MS_ASYNC), -1);
	assert_int_equal(errno, ENOMEM);
}

static void put_token(const char *rel, const char *text, size_t len, mode_t mode)
{
	int fd = openat(scratch_fd, rel, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_read(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *token, *problem;
	} table[] = {
		{ "dapi1", 5, "dapi1", NULL },
		{ "dapi1\n", 6, "dapi1", NULL },
		{ "dapi1\r\n", 7, "dapi1", NULL },
		{ "with space", 10, "with space", NULL },
		{ "t\xC3\xB6ken\n", 7, "t\xC3\xB6ken", NULL },
		{ "", 0, NULL, "is empty" },
		{ "\n", 1, NULL, "is empty" },
		{ "dapi1\n\n", 7, NULL, "has a control character or a second line" },
		{ "a\nb", 3, NULL, "has a control character or a second line" },
		{ "a\tb", 3, NULL, "has a control character" },
		{ "a\0b", 3, NULL, "has a control character" },
		{ "a\x7F", 2, NULL, "has a control character" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_secret struct secret s = { 0 };
		struct err e = ERR_INIT;

		put_token("t", table[i].text, table[i].len, 0600);
		assert_int_equal(secret_read(&s, scratch_path("t"), &e),
				 table[i].token ? 0 : ERR_CONFIG);
		if (table[i].token) {
			assert_string_equal(s.text, table[i].token);
			assert_int_equal(s.len, strlen(table[i].token));
		} else {
			assert_non_null(strstr(e.text, table[i].problem));
			assert_non_null(strstr(e.text, scratch_path("t")));
			assert_null(s.text);
		}
	}
}

static void test_size_limit(void **state)
{
	cleanup_secret struct secret s = { 0 };
	cleanup_free char *big = xmalloc(SECRET_MAX + 1);
	struct err e = ERR_INIT;

	(void)state;
	memset(big, 'x', SECRET_MAX + 1);
	put_token("t", big, SECRET_MAX, 0600);
	assert_int_equal(secret_read(&s, scratch_path("t"), &e), 0);
	assert_int_equal(s.len, SECRET_MAX);
	put_token("t", big, SECRET_MAX + 1, 0600);
	assert_int_equal(secret_read(&s, scratch_path("t"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "is longer than 65536 bytes"));
}

static void test_refused_files(void **state)
{
	cleanup_secret struct secret s = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	put_token("open", "dapi1", 5, 0640);
	assert_int_equal(secret_read(&s, scratch_path("open"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "can be read by others (mode 0640): run chmod 600 '/"));
	put_token("world", "dapi1", 5, 0604);
	assert_int_equal(secret_read(&s, scratch_path("world"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "(mode 0604)"));

	put_token("real", "dapi1", 5, 0400);
	assert_int_equal(symlinkat("real", scratch_fd, "link"), 0);
	assert_int_equal(secret_read(&s, scratch_path("link"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "is a symbolic link; name the file itself"));

	assert_int_equal(secret_read(&s, scratch_path("none"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "No such file"));
	assert_int_equal(secret_read(&s, scratch_dir, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "is not a regular file"));
	assert_int_equal(mkfifoat(scratch_fd, "fifo", 0600), 0);
	assert_int_equal(secret_read(&s, scratch_path("fifo"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "is not a regular file"));
	assert_null(s.text);
}

static void test_foreign_owner(void **state)
{
	cleanup_secret struct secret s = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	if (geteuid() != 0)
		skip();
	put_token("t", "dapi1", 5, 0600);
	assert_int_equal(fchownat(scratch_fd, "t", 65534, 65534, 0), 0);
	assert_int_equal(secret_read(&s, scratch_path("t"), &e), ERR_CONFIG);
	assert_non_null(
		strstr(e.text, "belongs to user 65534; it must be owned by root or by user 0"));
}

static void test_systemd_credential(void **state)
{
	cleanup_secret struct secret s = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	put_token("token", "dapi1", 5, 0440);
	setenv("CREDENTIALS_DIRECTORY", scratch_dir, 1);
	if (geteuid() == 0) {
		assert_int_equal(secret_read(&s, "${CREDENTIALS_DIRECTORY}/token", &e), 0);
		assert_string_equal(s.text, "dapi1");
	}
	put_token("wide", "dapi1", 5, 0444);
	assert_int_equal(secret_read(&s, "${CREDENTIALS_DIRECTORY}/wide", &e), ERR_CONFIG);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(secret_read(&s, "${CREDENTIALS_DIRECTORY}/token", &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "CREDENTIALS_DIRECTORY is not set"));
	assert_int_equal(secret_read(&s, scratch_path("token"), &e), ERR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_registered),
		cmocka_unit_test(test_rotation_forgets_the_old),
		cmocka_unit_test(test_short_secrets_do_not_mask_words),
		cmocka_unit_test(test_redaction_with_embedded_nul),
		cmocka_unit_test(test_a_forked_child_has_no_secret),
		cmocka_unit_test(test_released_pages_are_gone),
		ON_DISK(test_read),
		ON_DISK(test_size_limit),
		ON_DISK(test_refused_files),
		ON_DISK(test_foreign_owner),
		ON_DISK(test_systemd_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
