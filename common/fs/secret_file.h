/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tokens from files. */

#include "secret/secret.h"

/*
 * Reads a token from a file. The file must be a regular file (no symbolic link), owned by root or
 * by us, not readable by group or others (in $CREDENTIALS_DIRECTORY, root's file may carry the
 * group bit that systemd's access control list shows), at most SECRET_MAX; one final newline (LF or
 * CRLF) is dropped; empty content and control characters are refused (they would inject HTTP
 * headers). "~/" at the start of path is the home directory; ${CREDENTIALS_DIRECTORY} is expanded.
 * Errors: ERR_CONFIG with a sentence that names the file and the mend, never its content.
 */
int secret_read(struct secret *out, const char *path, struct err *e);
