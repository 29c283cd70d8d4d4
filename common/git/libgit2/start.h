/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* Once per process, before anything else of common/git, and at its end. Empties Git's configuration search
 * paths, switches fsync on, sets libgit2's limits, and drops GIT_*, SSH_*, SUDO_UID, *_proxy and
 * SSL_CERT_* from the environment. ERR_BUG when libgit2 is older than 1.5.1. */
int git_start(struct err *e);
void git_stop(void);
