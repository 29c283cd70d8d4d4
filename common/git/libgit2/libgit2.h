/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What all of common/git needs around libgit2's own functions. Only common/git includes it. */

#include <git2.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

/* Before git_libgit2_init(). Gives what git_libgit2_opts() gives. */
int git_alloc_set(void);

/*
 * Turns libgit2's last error into ours: "<what>: <its message, escaped>". The code follows from rc
 * and the error's class: a lock is ERR_RETRY, as are files and network; a reference elsewhere is
 * ERR_CONFLICT; anything unexpected, a missing object among it, is ERR_BUG. Call it at once: the
 * message is libgit2's thread-local last one.
 */
int libgit2_fail(struct err *e, int rc, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same where the caller knows better what the failure means. */
int libgit2_fail_as(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Text of a remote side in one escaped line of at most max bytes, for a sentence. Owned. */
char *remote_text(const char *text, size_t len, size_t max);

/* Whether the callback of a git_packbuilder may stop it at this stage. Not while it looks for deltas:
 * there libgit2 1.5 does not listen, and 1.9 never frees the deltas found so far. */
static inline bool git_pack_may_stop(int stage)
{
	return stage != GIT_PACKBUILDER_DELTAFICATION;
}

/* Puts a guard before the loose objects of a repository, which refuses those that end too early.
 * The repository's object database owns it. Gives an error of libgit2. */
int loose_guard_add(git_repository *repo);
