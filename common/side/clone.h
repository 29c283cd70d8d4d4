/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What it means that the local directory is in a Git working tree (the mapping's clone); see
 * clone.c. */

#include "config/config.h"
#include "git/worktree/worktree.h"

/*
 * *out is the working tree to go with: worktree_free() it; NULL when there is none, or none matters.
 * ERR_CONFIG: there is one and nobody has said what that means, or it cannot be followed; the
 * sentence explains what to set. *independent (owned; may be NULL) receives the working tree's
 * folder when it is treated as any other; else NULL. git_start() came before.
 */
int clone_open(const struct config_mapping *m, struct worktree **out, char **independent,
	       struct err *e);
