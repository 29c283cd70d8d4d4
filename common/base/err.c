/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error sentences in a fixed buffer: setting one never allocates, so it works when nothing else
 * does. Text that does not fit is cut, never between the bytes of one UTF-8 character.
 */

#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Drops a trailing partial UTF-8 sequence that snprintf's cut may have left. */
static void cut_clean(char *text, size_t size, int wanted)
{
	size_t n = strlen(text);

	if (wanted < 0 || (size_t)wanted < size)
		return;
	while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80)
		n--;
	if (n > 0 && (unsigned char)text[n - 1] >= 0xC0)
		n--;
	text[n] = '\0';
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX]; /* an argument may be the sentence that stands in e */
	va_list ap;
	int wanted;

	if (!e)
		return code;
	va_start(ap, fmt);
	wanted = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cut_clean(text, sizeof(text), wanted);
	e->code = code;
	e->errnum = 0;
	memcpy(e->text, text, strlen(text) + 1);
	return code;
}

int err_bad_name(struct err *e, int errnum, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;
	int wanted;

	va_start(ap, fmt);
	wanted = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cut_clean(text, sizeof(text), wanted);
	err_set(e, ERR_INVALID, "%s", text);
	if (e)
		e->errnum = errnum;
	return ERR_INVALID;
}

static int errno_code(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return ERR_ABSENT;
	case EACCES:
	case EPERM:
	case EROFS:
	case ELOOP:
		return ERR_CONFIG;
	default:
		return ERR_RETRY;
	}
}

int err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	char what[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_set(e, errno_code(errnum), "%s: %s", what, strerror(errnum));
	if (e)
		e->errnum = errnum;
	return errno_code(errnum);
}

bool err_is_space(const struct err *e)
{
	return e->errnum == ENOSPC || e->errnum == EDQUOT;
}

bool err_is_name(const struct err *e)
{
	return e->code == ERR_INVALID &&
	       (e->errnum == EINVAL || e->errnum == ENAMETOOLONG || e->errnum == EILSEQ);
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char context[ERR_TEXT_MAX], old[ERR_TEXT_MAX];
	int errnum;
	va_list ap;

	if (!e)
		return ERR_BUG;
	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	memcpy(old, e->text, sizeof(old));
	errnum = e->errnum;
	err_set(e, e->code, "%s: %s", context, old);
	e->errnum = errnum;
	return e->code;
}

const char *err_name(int code)
{
	switch (code) {
	case ERR_OK:
		return "ok";
	case ERR_RETRY:
		return "retry";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_CONFIG:
		return "config";
	case ERR_CANCELLED:
		return "cancelled";
	case ERR_ABSENT:
		return "absent";
	case ERR_INVALID:
		return "invalid";
	case ERR_DENIED:
		return "denied";
	default:
		return "bug";
	}
}

int err_parse(const char *name)
{
	for (int code = ERR_OK; code >= ERR_DENIED; code--)
		if (name && strcmp(name, err_name(code)) == 0)
			return code;
	return ERR_BUG;
}

int err_exit(int code)
{
	switch (code) {
	case ERR_OK:
		return EXIT_DONE;
	case ERR_RETRY:
	case ERR_CANCELLED:
		return EXIT_RETRY;
	case ERR_CONFIG:
		return EXIT_CONFIG;
	case ERR_DENIED:
		return EXIT_DENIED;
	default:
		return EXIT_FAILED;
	}
}
