/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The code says what to do; the sentence says what happened.
 *
 * A function that can fail returns one of these codes and fills *e with a sentence; 0 is success.
 * A caller forwards the code unless it can act on it, and adds context only when it knows
 * something the callee did not: err_wrap(e, "mapping '%s'", name). Sentences follow Git's grammar:
 * lower case, no full stop, the object in single quotes, and what to do when we know it. Only the
 * place that stops the propagation logs.
 */

#include "base/util.h"

enum err_code {
	ERR_OK = 0,
	ERR_RETRY = -1,    /* transient: network, 429, 5xx, lock held. Back off and try again. */
	ERR_CONFLICT = -2, /* somebody else changed it meanwhile: look again, then decide. */
	ERR_CONFIG =
		-3, /* credentials, permissions, missing root: a human must change something. */
	ERR_CANCELLED = -4, /* asked to stop (SIGTERM, deadline). */
	ERR_BUG = -5,       /* we are wrong, or the state is damaged: stop this mapping only. */
	ERR_ABSENT = -6,    /* the object is known not to exist; never used for "could not tell". */
	ERR_INVALID = -7,   /* this one object's content or name is unusable: hold it, go on. */
	ERR_DENIED = -8,    /* the allow-list refuses: only the administrator can change that. */
};

/* Process exit codes, documented in nbsync(1). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,    /* ERR_BUG, ERR_CONFLICT, ERR_INVALID, ERR_ABSENT */
	EXIT_USAGE = 2,     /* the command line makes no sense */
	EXIT_DENIED = 3,    /* ERR_DENIED */
	EXIT_NO_DAEMON = 4, /* nothing answers on the control socket */
	EXIT_ATTENTION = 5, /* done, but paths are held or in conflict: see nbsync status */
	EXIT_RETRY = 75,    /* EX_TEMPFAIL: ERR_RETRY, ERR_CANCELLED */
	EXIT_CONFIG = 78,   /* EX_CONFIG: ERR_CONFIG */
};

/* EX_OSERR: a worker got no memory. Only its supervisor sees it. */
#define WORKER_EXIT_MEMORY 71

/* Long enough for a 255-byte name, a URL and a sentence; longer text is cut at a UTF-8 boundary. */
#define ERR_TEXT_MAX 1024

struct err {
	int code;
	int errnum; /* the errno value behind it; 0: it came from elsewhere */
	char text[ERR_TEXT_MAX];
};

#define ERR_INIT ((struct err){ .code = ERR_OK, .text = "" })

/* Sets code and sentence; returns code, so that "return err_set(e, ...)" works. e may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, with ": " and the text of errno value errnum appended. Maps the errno to a code:
 * ENOENT and ENOTDIR ERR_ABSENT; EACCES, EPERM, EROFS, ELOOP ERR_CONFIG; the rest ERR_RETRY. */
int err_errno(struct err *e, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Whether it failed for want of room: the file system is full, or a quota is used up. */
bool err_is_space(const struct err *e);

/* A name is what is wrong: ERR_INVALID, and err_is_name() will say so. errnum: EINVAL, ENAMETOOLONG or
 * EILSEQ. */
int err_bad_name(struct err *e, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Whether a name is what is wrong: path_check() and its like refuse it, or a file system does. */
bool err_is_name(const struct err *e);

/* Puts "<context>: " before the sentence, keeps all else and returns the code. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A stable word for logs, JSON and tests: "retry", "config", ... */
const char *err_name(int code);
/* The code of such a word; ERR_BUG for any other, and for NULL. */
int err_parse(const char *name);

/* The exit code that a command ends with after this error. */
int err_exit(int code);
