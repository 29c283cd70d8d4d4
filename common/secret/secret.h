/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tokens: kept out of core dumps, wiped on release, and known to the log sink so that they are
 * masked wherever they turn up.
 */

#include "base/buf.h"
#include "base/err.h"

/* The largest credential file that is read; an OAuth secret or a JWT is far below it. */
#define SECRET_MAX (64 * 1024)

struct secret {
	char *text; /* owned, NUL-terminated; NULL when unset */
	size_t len;
};

#define cleanup_secret __attribute__((cleanup(secret_release)))

/* Copies len bytes; the source remains the caller's to wipe. Registers it for redaction. */
void secret_set(struct secret *s, const char *text, size_t len);
void secret_release(struct secret *s); /* wipes, unregisters, frees; a zeroed secret is fine */

/*
 * Pages for len bytes of a secret and a NUL: zeroed, locked in memory when the limit allows it,
 * left out of core dumps, empty in a forked child. Not known to redaction. Never NULL.
 */
char *secret_pages_new(size_t len);
void secret_pages_free(char *pages, size_t len); /* wipes; NULL is fine */

/*
 * From here on this process leaves no core dump, neither in a file nor to a program that
 * /proc/sys/kernel/core_pattern names (which RLIMIT_CORE alone does not stop, core(5)), and other
 * processes of our own user cannot read its memory. Call it first in main(). A debugger still works
 * when it started the process.
 */
void secret_forbid_dumps(void);

/*
 * For words: replaces in place by "***" whatever belongs to a registered secret, in the encodings
 * and pieces that secret/redact.h describes, and everything token-shaped (redact_shapes.c): tokens
 * of Databricks, GitHub and GitLab, a JWT, the value of Authorization:, what follows "Bearer " or
 * "Basic " and looks like it, user:password@ in a URL. Shapes are known in plain text only. Secrets
 * of less than 4 bytes are left alone. The result may pass text->max by a few bytes. Takes time in
 * proportion to the text. Everything that leaves the program in words goes through it: see the
 * callers.
 */
void secret_redact(struct buf *text);

/*
 * For names and what is kept for ever, such as paths in an answer that a program goes on with, or a
 * person's summary of a commit: only whole registered secrets, exactly as they stand, in hex or in
 * base64, also escaped. Neither shapes nor pieces are masked: in a name they are likely an ordinary
 * word that a secret has too, and a mask would tell that it does.
 */
void secret_redact_whole(struct buf *text);

/* For these two: redact_find() and redact_find_whole() with all registered secrets. */
bool secret_find(const char *text, size_t len, bool *hide);
bool secret_find_whole(const char *text, size_t len, bool *hide);
