/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to policies in force. Failing means denying: there is no error to forget to check.
 */

#include "policy/policy_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ini.h"
#include "policy/policy_internal.h"

/* Whoever can write to a directory can put another file in the policy's place, or take it away. In
 * one with the sticky bit only owners can, and the file's owner is checked with the file. */
static int check_directory(const char *dir, const char *file, struct err *e)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return err_set(e, ERR_CONFIG, "cannot examine '%s', where '%s' lies: %s", dir, file,
			       strerror(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(
			e, ERR_CONFIG,
			"'%s', where '%s' lies, belongs to user %u, not to root or to user %u", dir,
			file, st.st_uid, geteuid());
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))
		return err_set(e, ERR_CONFIG,
			       "'%s', where '%s' lies, can be written by others; chmod go-w '%s'",
			       dir, file, dir);
	return 0;
}

/* Cuts the last component off: "/a/b" becomes "/a", then "/", "a" becomes ".". False at the end. */
static bool cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (str_eq(path, "/") || str_eq(path, "."))
		return false;
	if (!slash)
		strcpy(path, ".");
	else
		slash[slash == path] = '\0';
	return true;
}

/* The directory that file lies in, without symbolic links; while it does not exist, the one in which
 * it would be made. Owned; NULL: errno says why. */
static char *real_directory(const char *file)
{
	cleanup_free char *dir = xstrdup(file);
	char *real = NULL;

	errno = ENOENT;
	while (!real && errno == ENOENT && cut_last(dir))
		real = realpath(dir, NULL);
	return real;
}

/* All directories from the root to the file, as they really are: a link among them is fine. */
static int check_directories(const char *file, struct err *e)
{
	cleanup_free char *dir = real_directory(file);
	int r;

	if (!dir)
		return err_set(e, ERR_CONFIG, "cannot find the directory of '%s': %s", file,
			       strerror(errno));
	do {
		r = check_directory(dir, file, e);
	} while (!r && cut_last(dir));
	return r;
}

/* ERR_ABSENT: there is no such file. */
static int load(struct policy **out, const char *file, struct err *e)
{
	cleanup_buf struct buf text = { 0 };
	int r = check_directories(file, e);

	if (!r)
		r = ini_load_no_link(&text, file, e);
	if (r)
		return r;
	return policy_parse(out, buf_str(&text), text.len, file, e);
}

static struct policy *deny(struct policy_set *set, const struct err *why)
{
	struct policy *p = policy_deny_all(why->text);

	free(set->note);
	set->note = xasprintf("every Git operation is denied: %s", p->why_denied);
	return p;
}

void policy_set_load(struct policy_set *out, const char *system_file, const char *additional_file)
{
	struct err e = ERR_INIT;
	int r;

	*out = (struct policy_set){ 0 };
	r = load(&out->system, system_file, &e);
	if (r == ERR_ABSENT) {
		out->system = policy_none();
		if (!additional_file)
			out->note = xstrdup("no policy file: restrict = none, any https "
					    "repository is allowed");
	} else if (r) {
		out->system = deny(out, &e);
	}
	if (additional_file && load(&out->additional, additional_file, &e))
		out->additional = deny(out, &e);
}

void policy_set_release(struct policy_set *set)
{
	policy_free(set->system);
	policy_free(set->additional);
	free(set->note);
	*set = (struct policy_set){ 0 };
}

void policy_set_check(const struct policy_set *set, const char *url, enum policy_op op,
		      struct policy_verdict *out)
{
	policy_check(set->system, set->additional, url, op, out);
}
