/* SPDX-License-Identifier: Apache-2.0 */
/* Policies from disk: whatever cannot be read, trusted or understood denies everything. */

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

#include "base/buf.h"
#include "policy/policy_file.h"
#include "scratch.h"

#define ACME "[policy]\nrestrict = commit-push\nallow = https://github.com/acme/\n"
#define NONE "[policy]\nrestrict = none\nallow = file:///srv/git/\n"

/* Checks one push under both files; reason "" means allowed. */
static void expect_push(const char *system, const char *more, const char *url, const char *reason)
{
	struct policy_set set;
	struct policy_verdict v;

	policy_set_load(&set, system, more);
	policy_set_check(&set, url, POLICY_PUSH, &v);
	assert_string_equal(v.reason, reason);
	assert_int_equal(v.allowed, *reason == '\0');
	policy_verdict_release(&v);
	policy_set_release(&set);
}

/* A text in which each "%s" stands for the directory of the test. */
static char *with_dir(const char *text)
{
	struct buf out = BUF_INIT(4096);

	for (const char *mark; (mark = strstr(text, "%s")); text = mark + 2) {
		buf_add(&out, text, (size_t)(mark - text));
		buf_add_str(&out, scratch_dir);
	}
	buf_add_str(&out, text);
	return buf_steal(&out, NULL);
}

/* The note that loading leaves; NULL when it leaves none. */
static void expect_note(const char *system, const char *more, const char *note)
{
	cleanup_free char *wanted = note ? with_dir(note) : NULL;
	struct policy_set set;

	policy_set_load(&set, system, more);
	if (note) {
		assert_non_null(set.note);
		assert_string_equal(set.note, wanted);
	} else {
		assert_null(set.note);
	}
	policy_set_release(&set);
	assert_null(set.system);
	policy_set_release(&set);
}

#define IN  "https://github.com/acme/r"
#define OUT "https://github.com/evil/r"

static void test_files_that_are_fine(void **state)
{
	(void)state;
	write_file("system.ini", ACME, 0644);
	write_file("more.ini", NONE, 0600);
	expect_push("system.ini", NULL, IN, "");
	expect_push("system.ini", NULL, OUT, "not-listed");
	expect_push("more.ini", NULL, OUT, "");
	/* The additional policy can only narrow, in either direction. */
	expect_push("system.ini", "more.ini", OUT, "not-listed");
	expect_push("more.ini", "system.ini", OUT, "not-listed");
	expect_push("system.ini", "more.ini", IN, "");
	expect_push("system.ini", "more.ini", "file:///srv/git/r", "not-listed");
	expect_note("system.ini", NULL, NULL);
	expect_note("system.ini", "more.ini", NULL);
}

static void test_missing_files(void **state)
{
	(void)state;
	write_file("system.ini", ACME, 0644);
	expect_push("missing.ini", NULL, OUT, "");
	expect_push("missing.ini", "system.ini", OUT, "not-listed");
	expect_push("missing.ini", NULL, "file:///srv/git/r", "not-listed");
	expect_push("system.ini", "missing.ini", IN, "policy-unreadable");
	expect_push("missing.ini", "missing.ini", IN, "policy-unreadable");
	expect_note("missing.ini", NULL,
		    "no policy file: restrict = none, any https repository is allowed");
	expect_note("missing.ini", "system.ini", NULL);
	expect_note("system.ini", "missing.ini",
		    "every Git operation is denied: 'missing.ini' does not exist");
}

static void test_files_that_cannot_be_trusted(void **state)
{
	(void)state;
	write_file("system.ini", ACME, 0644);
	write_file("open.ini", ACME, 0666);
	write_file("bad.ini", ACME "allow = nonsense\nfoo = bar\n", 0644);
	assert_int_equal(symlink("nowhere", "dangling.ini"), 0);
	expect_push("open.ini", NULL, IN, "policy-unreadable");
	expect_push("bad.ini", NULL, IN, "policy-unreadable");
	expect_push("dangling.ini", NULL, IN, "policy-unreadable");
	expect_push(".", NULL, IN, "policy-unreadable");
	expect_push("system.ini", "open.ini", IN, "policy-unreadable");
	expect_push("system.ini", "bad.ini", IN, "policy-unreadable");
	expect_note(
		"open.ini", NULL,
		"every Git operation is denied: 'open.ini' can be written by others; chmod go-w "
		"'open.ini'");
	/* One line, although there are two problems. */
	expect_note("bad.ini", NULL,
		    "every Git operation is denied: bad.ini:4: the entry 'nonsense' is neither "
		    "https:// nor, where the policy names it, file:/// or http:// on this machine; "
		    "SSH is not supported; bad.ini:5: unknown key 'foo'; a policy has restrict, "
		    "allow and allow_whole_host");
}

/* Whoever owns what a link points to decides what the policy says, and whoever can write to a
 * directory on the way can put another file there. */
static void test_links_and_directories(void **state)
{
	cleanup_free char *in_dir = NULL;

	(void)state;
	write_file("system.ini", ACME, 0644);
	assert_int_equal(symlink("system.ini", "link.ini"), 0);
	expect_push("link.ini", NULL, IN, "policy-unreadable");
	expect_push("system.ini", "link.ini", IN, "policy-unreadable");
	expect_note("link.ini", NULL,
		    "every Git operation is denied: 'link.ini' is a symbolic link; put the file "
		    "itself in its place");

	assert_int_equal(mkdir("sub", 0755), 0);
	assert_int_equal(symlink("sub", "linked"), 0);
	write_file("sub/policy.ini", ACME, 0644);
	expect_push("sub/policy.ini", NULL, IN, "");
	in_dir = xasprintf("%s/sub/policy.ini", scratch_dir);
	expect_push(in_dir, NULL, IN, "");
	/* A link among the directories is fine where nobody else can turn it. */
	expect_push("linked/policy.ini", NULL, IN, "");
	expect_push("sub/missing.ini", NULL, OUT, "");
	expect_push("sub/none/missing.ini", NULL, OUT, "");

	for (mode_t mode = 0775; mode <= 0777; mode += 2) {
		assert_int_equal(chmod("sub", mode), 0);
		expect_push("sub/policy.ini", NULL, IN, "policy-unreadable");
		expect_push("linked/policy.ini", NULL, IN, "policy-unreadable");
		expect_push("system.ini", "sub/policy.ini", IN, "policy-unreadable");
		/* Somebody may have taken the file away. */
		expect_push("sub/missing.ini", NULL, OUT, "policy-unreadable");
		expect_push("sub/none/missing.ini", NULL, OUT, "policy-unreadable");
	}
	expect_note("sub/policy.ini", NULL,
		    "every Git operation is denied: '%s/sub', where 'sub/policy.ini' lies, can be "
		    "written by others; chmod go-w '%s/sub'");
	assert_int_equal(chmod("sub", 01777), 0);
	expect_push("sub/policy.ini", NULL, IN, "");

	/* Of somebody else: only root can set that up. */
	if (geteuid() == 0) {
		assert_int_equal(chmod("sub", 0755), 0);
		assert_int_equal(chown("sub", 12345, (gid_t)-1), 0);
		expect_push("sub/policy.ini", NULL, IN, "policy-unreadable");
		assert_int_equal(chown("sub", 0, (gid_t)-1), 0);
		assert_int_equal(chown("sub/policy.ini", 12345, (gid_t)-1), 0);
		expect_push("sub/policy.ini", NULL, IN, "policy-unreadable");
	}
	assert_int_equal(unlink("sub/policy.ini") | unlink("linked") | rmdir("sub"), 0);
}

/* What a path leads to decides, so every directory that it leads through counts: also the one that
 * holds a link. */
static const struct {
	const char *at, *to; /* a link */
	const char *file;
	bool trusted;
} links[] = {
	{ "good/link", "../sub", "good/link/policy.ini", true },
	{ "good/link", "../sub/./..//sub/", "good/link/policy.ini", true },
	{ "good/link", "../sub/../open/../sub", "good/link/policy.ini", false },
	{ "good/link", "../open/kept", "good/link/policy.ini", false },
	{ "good/link", "../open/back", "good/link/policy.ini", false },
	{ "good/link", "../sub/policy.ini", "good/link/policy.ini", false },
	{ "good/link", "link", "good/link/policy.ini", false },
	{ "good/link", "/", "good/link/../%s/sub/policy.ini", true },
	{ "good/link", "/%s/sub", "good/link/policy.ini", true },
	{ "good/link", "/%s/open/back", "good/link/policy.ini", false },
	{ "open/link", "../sub", "open/link/policy.ini", false },
	{ "open/link", "/%s/sub", "open/link/policy.ini", false },
	{ "open/link", "nowhere", "open/link/policy.ini", false },
	{ "open/link", "../sub", "sub/../open/../sub/policy.ini", false },
	{ "sticky/link", "../sub", "sticky/link/policy.ini", true },
	{ "sticky/link", "../sub", "sticky/link/../good/policy.ini", true },
};

static void make_tree(void)
{
	assert_int_equal(mkdir("sub", 0755) | mkdir("good", 0755) | mkdir("open", 0755) |
				 mkdir("sticky", 0755) | mkdir("open/kept", 0755) |
				 symlink("../sub", "open/back"),
			 0);
	write_file("system.ini", ACME, 0644);
	write_file("sub/policy.ini", ACME, 0644);
	write_file("good/policy.ini", ACME, 0644);
	write_file("open/kept/policy.ini", ACME, 0644);
	assert_int_equal(chmod("open", 0777) | chmod("sticky", 01777), 0);
}

static void remove_tree(void)
{
	assert_int_equal(unlink("sub/policy.ini") | unlink("good/policy.ini") |
				 unlink("open/kept/policy.ini") | unlink("open/back") |
				 rmdir("open/kept") | rmdir("sub") | rmdir("good") | rmdir("open") |
				 rmdir("sticky"),
			 0);
}

static void test_directories_that_hold_links(void **state)
{
	(void)state;
	make_tree();
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		cleanup_free char *to = with_dir(links[i].to), *file = with_dir(links[i].file);
		const char *reason = links[i].trusted ? "" : "policy-unreadable";

		assert_int_equal(symlink(to, links[i].at), 0);
		expect_push(file, NULL, IN, reason);
		expect_push("system.ini", file, IN, reason);
		assert_int_equal(unlink(links[i].at), 0);
	}
	/* A directory that is not there yet, behind a link: who could make it? */
	assert_int_equal(symlink("../later", "good/link"), 0);
	expect_push("good/link/policy.ini", NULL, OUT, "");
	assert_int_equal(unlink("good/link") | symlink("../open/later", "good/link"), 0);
	expect_push("good/link/policy.ini", NULL, OUT, "policy-unreadable");
	assert_int_equal(unlink("good/link"), 0);
	remove_tree();
}

static void test_links_of_others(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	make_tree();
	assert_int_equal(symlink("../sub", "sticky/link") | symlink("../sub", "good/link"), 0);
	assert_int_equal(lchown("sticky/link", 12345, (gid_t)-1), 0);
	expect_note("sticky/link/policy.ini", NULL,
		    "every Git operation is denied: the link '%s/sticky/link', which leads to "
		    "'sticky/link/policy.ini', belongs to user 12345, not to root or to user 0");
	expect_push("sticky/link/policy.ini", NULL, IN, "policy-unreadable");
	/* Elsewhere it was the directory's owner who put it there. */
	assert_int_equal(lchown("good/link", 12345, (gid_t)-1), 0);
	expect_push("good/link/policy.ini", NULL, IN, "");
	assert_int_equal(unlink("sticky/link") | unlink("good/link"), 0);
	remove_tree();
}

static void test_names_of_no_file(void **state)
{
	static const struct {
		const char *path, *why;
	} rows[] = {
		{ "", "the path of the file is empty; give its name" },
		{ "/", "'/' is not a regular file" },
		{ ".", "'.' is not a regular file" },
		{ "..", "'..' is not a regular file" },
		{ "system.ini/", "'system.ini/' is not a regular file" },
		{ "./system.ini/..", "'./system.ini/..' is not a regular file" },
		{ "system.ini/x", "cannot examine '%s/system.ini', where 'system.ini/x' lies: Not "
				  "a directory" },
	};

	(void)state;
	write_file("system.ini", ACME, 0644);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *note = xasprintf("every Git operation is denied: %s",
						    rows[i].why);

		expect_push(rows[i].path, NULL, IN, "policy-unreadable");
		expect_push("system.ini", rows[i].path, IN, "policy-unreadable");
		expect_note(rows[i].path, NULL, note);
	}
}

/* The file that packages install: it must parse, and restrict nothing until somebody edits it. */
static void test_sample(void **state)
{
	const char *source = getenv("NBSYNC_SOURCE");
	cleanup_free char *sample = NULL, *copy = NULL, *command = NULL;
	struct policy_set set;

	(void)state;
	assert_non_null(source);
	sample = xasprintf("%s/config/policy.ini", source);
	/* Who may write to a checkout is not the sample's fault. */
	copy = xasprintf("%s/sample.ini", scratch_dir);
	command = xasprintf("install -m 644 '%s' '%s'", sample, copy);
	assert_int_equal(system(command), 0);
	policy_set_load(&set, copy, NULL);
	if (set.note)
		fail_msg("%s", set.note);
	assert_string_equal(policy_name(set.system), copy);
	assert_int_equal(policy_restrict(set.system), POLICY_RESTRICT_NONE);
	policy_set_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_files_that_are_fine),
		cmocka_unit_test(test_missing_files),
		cmocka_unit_test(test_files_that_cannot_be_trusted),
		cmocka_unit_test(test_links_and_directories),
		cmocka_unit_test(test_directories_that_hold_links),
		cmocka_unit_test(test_links_of_others),
		cmocka_unit_test(test_names_of_no_file),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_teardown);
}
