/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a repository on this machine's file systems asks of a push: its hooks are not walked past, and
 * what is put there gets the permissions that the real git push gives it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "git/remote/file_rules.h"
#include "git_fixture.h"

/* ---- hooks ---- */

#define HOOK "printf '#!/bin/sh\\nexit 0\\n' > "

static const struct {
	const char *make; /* a shell command in origin.git */
	const char *hook; /* named in the refusal; NULL: pushed */
} hooks[] = {
	{ HOOK "hooks/pre-receive; chmod 755 hooks/pre-receive", "pre-receive" },
	{ HOOK "hooks/update; chmod 755 hooks/update", "update" },
	{ HOOK "hooks/proc-receive; chmod 755 hooks/proc-receive", "proc-receive" },
	{ HOOK "hooks/reference-transaction; chmod 755 hooks/reference-transaction",
	  "reference-transaction" },
	{ HOOK "hooks/post-receive; chmod 755 hooks/post-receive", "post-receive" },
	{ HOOK "hooks/post-update; chmod 755 hooks/post-update", "post-update" },
	{ HOOK "hooks/pre-receive; chmod 010 hooks/pre-receive", "pre-receive" },
	{ HOOK "real; chmod 755 real; ln -s ../real hooks/update", "update" },
	{ "mkdir team; " HOOK "team/update; chmod 755 team/update; git config core.hooksPath team",
	  "update" },
	{ "mkdir team; " HOOK "team/update; chmod 755 team/update; "
	  "git config core.hooksPath \"$PWD/team\"",
	  "update" },
	{ "git config hook.ticket.event pre-receive; git config hook.ticket.command true",
	  "pre-receive" },
	/* None that a push runs. */
	{ HOOK "hooks/pre-receive; chmod 644 hooks/pre-receive", NULL },
	{ HOOK "hooks/pre-commit; chmod 755 hooks/pre-commit", NULL },
	{ "touch hooks/update.sample; chmod 755 hooks/update.sample", NULL },
	{ "mkdir hooks/update", NULL },
	{ "rm -rf hooks", NULL },
	{ HOOK "hooks/update; chmod 755 hooks/update; git config core.hooksPath /dev/null", NULL },
};

static void test_hooks(void **state)
{
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct oid mine = hub_next(f, &no_oid, "a.py");
		struct err e = ERR_INIT;

		fixture_renew(f);
		world_run(f->w, "cd origin.git && %s", hooks[i].make);
		if (hooks[i].hook) {
			cleanup_free char *named = xasprintf("has a hook '%s', which nbsync does "
							     "not run and does not walk past: have",
							     hooks[i].hook);

			assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
			assert_non_null(strstr(e.text, named));
			assert_int_not_equal(
				world_try(f->w, "git -C origin.git rev-parse -q --verify main"), 0);
			world_run(f->w, "! ls origin.git/objects/pack | grep -q .");
		} else {
			world_ok(push_try(f, &mine, &e), &e);
		}
	}
}

/* Looking needs no hook. */
static void test_fetch_beside_hooks(void **state)
{
	FIXTURE(f);
	struct oid first = origin_commit(f, "main", "a.py", "1"), tip;

	origin_hook(f, "pre-receive", "exit 1");
	tip = fetch_ok(f);
	expect_oid(&tip, &first);
}

/* ---- permissions ---- */

static const struct {
	const char *value; /* NULL: as "[core] sharedRepository" without a value */
	bool valid;
	file_share share;
} values[] = {
	{ "umask", true, 0 },        { "false", true, 0 },    { "0", true, 0 },
	{ "group", true, 0660 },     { "true", true, 0660 },  { "1", true, 0660 },
	{ NULL, true, 0660 },        { "all", true, 0664 },   { "world", true, 0664 },
	{ "everybody", true, 0664 }, { "2", true, 0664 },     { "0640", true, -0640 },
	{ "0660", true, -0660 },     { "0600", true, -0600 }, { "0777", true, -0666 },
	{ "0440", false, 0 },        { "3", false, 0 },       { "-1", true, -0666 },
	{ "some", false, 0 },        { "", true, 0 },
};

static void test_values(void **state)
{
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *value = values[i].value;
		file_share share;

		assert_int_equal(file_share_parse(&share, value), values[i].valid);
		if (values[i].valid)
			assert_int_equal(share, values[i].share);
		/* Git judges the setting when it writes. */
		fixture_renew(f);
		if (value)
			world_run(f->w, "git -C origin.git config core.sharedRepository '%s'",
				  value);
		else
			world_run(f->w,
				  "printf '[core]\\n\\tsharedRepository\\n' >>origin.git/config");
		if ((world_try(f->w, "echo %zu | git -C origin.git hash-object -w --stdin >hash",
			       i) == 0) != values[i].valid)
			fail_msg("git says something else of '%s'", value ? value : "(none)");
	}
}

/* A push of ours, or of git, into an empty repository that is shared like that. What stands there
 * then, with its permissions. Owned. */
static char *pushed(struct git_remote_fixture *f, const char *value, unsigned mask, bool git)
{
	struct oid mine = hub_next(f, &no_oid, "a.py");
	struct err e = ERR_INIT;
	char hex[41];
	mode_t before;

	world_ok(hub_flush(f->w->hub, &e), &e);
	oid_hex(&mine, hex);
	/* It is made under a mild umask, and then told how it is shared: both know only the setting. */
	world_run(f->w,
		  "rm -rf origin.git && git init -q --bare -b main %s%s origin.git && "
		  "git -C origin.git config receive.unpackLimit 1",
		  *value ? "--shared=" : "", value);
	if (git) {
		world_run(f->w,
			  "umask %03o && git -C hub.git push -q ../origin.git "
			  "%s:refs/heads/team/x/ana",
			  mask, hex);
	} else {
		f->remote.branch = "team/x/ana";
		before = umask(mask);
		world_ok(push_try(f, &mine, &e), &e);
		assert_int_equal(umask(before), mask);
	}
	return world_out(f->w,
			 "cd origin.git && find refs/heads objects/pack -printf '%%m %%y %%P\\n' | "
			 "grep -v '\\.rev$' | sed 's/pack-[0-9a-f]*/pack/' | sort -k3");
}

static void test_permissions(void **state)
{
	static const char *const shares[] = { "", "umask", "group", "all", "0640", "0600" };
	static const unsigned masks[] = { 022, 077, 027 };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		for (size_t k = 0; k < ARRAY_SIZE(masks); k++) {
			cleanup_free char *git = pushed(f, shares[i], masks[k], true);
			cleanup_free char *ours = pushed(f, shares[i], masks[k], false);

			if (!str_eq(git, ours))
				fail_msg("shared '%s', umask %03o: git\n%s\nours\n%s", shares[i],
					 masks[k], git, ours);
			assert_non_null(strstr(git, ".pack"));
			assert_non_null(strstr(git, "team/x/ana"));
		}
}

/* Folders that do not hand their group on get that from us. */
static void test_group_of_folders(void **state)
{
	struct err e = ERR_INIT;
	struct oid mine;
	FIXTURE(f);

	mine = hub_next(f, &no_oid, "a.py");
	world_run(f->w, "git -C origin.git config core.sharedRepository group && "
			"find origin.git -type d -exec chmod g-s {} +");
	f->remote.branch = "team/ana";
	world_ok(push_try(f, &mine, &e), &e);
	world_run(f->w, "test \"$(stat -c %%a origin.git/refs/heads/team)\" = 2775");
}

/* ---- another user's ---- */

/* In a process of another user with these groups. */
static int as_other(struct git_remote_fixture *f, gid_t group,
		    int (*what)(struct git_remote_fixture *f))
{
	int status = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (setgid(group) || setuid(4711))
			_exit(99);
		_exit(what(f));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int asked(struct git_remote_fixture *f)
{
	cleanup_free char *path = xasprintf("%s/origin.git", f->w->dir);

	return file_share_with_us(path);
}

static void test_whose_it_is(void **state)
{
	static const struct {
		const char *value;
		gid_t group;
		bool shared;
	} rows[] = {
		{ "group", 4712, true }, { "group", 4713, false }, { "0660", 4712, true },
		{ "0640", 4712, true },  { "all", 4713, true },    { "umask", 4712, false },
		{ "0600", 4712, false }, { "some", 4712, false },
	};
	FIXTURE(f);

	if (geteuid() != 0)
		skip();
	world_run(f->w, "chmod 755 . && chgrp -R 4712 origin.git");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		world_run(f->w,
			  "git -C origin.git config core.sharedRepository %s 2>/dev/null || "
			  "git config -f origin.git/config core.sharedRepository %s",
			  rows[i].value, rows[i].value);
		if (as_other(f, rows[i].group, asked) != rows[i].shared)
			fail_msg("%s, group %d", rows[i].value, (int)rows[i].group);
	}
	world_run(f->w, "git config -f origin.git/config core.sharedRepository umask");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_hooks),
		FIXTURE_TEST(test_fetch_beside_hooks),
		FIXTURE_TEST(test_values),
		FIXTURE_TEST(test_permissions),
		FIXTURE_TEST(test_group_of_folders),
		FIXTURE_TEST(test_whose_it_is),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
