/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgit2's errors in our words. Its messages may quote a server, a file name or a URL, so they are
 * escaped before they enter a sentence; they never hold a token, because libgit2 never gets one.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "git/libgit2/libgit2.h"
#include "log/escape.h"

#define MESSAGE_MAX 400

static int code_of_class(int klass)
{
	switch (klass) {
	case GIT_ERROR_OS:
	case GIT_ERROR_NET:
	case GIT_ERROR_HTTP:
	case GIT_ERROR_SSL:
	case GIT_ERROR_SSH:
		return ERR_RETRY;
	default:
		return ERR_BUG;
	}
}

static int code_of(int rc, int klass)
{
	switch (rc) {
	case GIT_ELOCKED:
	case GIT_EEOF:
		return ERR_RETRY;
	case GIT_EMODIFIED:
	case GIT_EEXISTS:
	case GIT_ENONFASTFORWARD:
		return ERR_CONFLICT;
	case GIT_EAUTH:
	case GIT_ECERTIFICATE:
	case GIT_EBAREREPO:
		return ERR_CONFIG;
	case GIT_EINVALIDSPEC:
		return ERR_INVALID;
	case GIT_EUSER:
		return ERR_CANCELLED;
	default:
		/* A system call failed, and libgit2 said nothing about it: see fail(). */
		return rc == GIT_ERROR && klass == GIT_ERROR_NONE ? ERR_RETRY
								  : code_of_class(klass);
	}
}

/* Git's last message behind what we wanted to do. Where a rename fails, libgit2 says nothing, and
 * errno has the reason. */
static int PRINTF_LIKE(3, 0) fail(struct err *e, int code, const char *fmt, va_list ap)
{
	const char *system = errno ? strerror(errno) : "no reason given";
	const git_error *last = git_error_last();
	const char *message = last && last->message ? last->message : system;
	cleanup_free char *what = xvasprintf(fmt, ap);
	cleanup_free char *why = NULL;

	/* As everywhere: a process without memory cannot go on. */
	if (last && last->klass == GIT_ERROR_NOMEMORY)
		memory_exhausted(0);
	why = remote_text(message, strlen(message), MESSAGE_MAX);
	return err_set(e, code, "%s: %s", what, why);
}

int libgit2_fail(struct err *e, int rc, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = fail(e, code_of(rc, last ? last->klass : GIT_ERROR_NONE), fmt, ap);
	va_end(ap);
	return r;
}

int libgit2_fail_as(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = fail(e, code, fmt, ap);
	va_end(ap);
	return r;
}

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ';
}

char *remote_text(const char *text, size_t len, size_t max)
{
	cleanup_buf struct buf line = BUF_INIT(max);
	struct buf out = BUF_INIT(max * 4 + 1); /* an escape is at most four bytes for one */
	bool gap = false;

	for (size_t i = 0; i < len && !line.full; i++) {
		if (is_blank(text[i])) {
			gap = line.len > 0;
			continue;
		}
		if (gap)
			buf_add_char(&line, ' ');
		gap = false;
		buf_add_char(&line, text[i]);
	}
	escape_masked(&out, buf_str(&line), line.len);
	return buf_steal(&out, NULL);
}
