/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The working tree that the mapping goes along with (clone = follow), around publishing; see
 * clone.c. */

#include "side/git/internal.h"

/* Whether nothing is to be committed or pushed now, because the working tree's branch has commits
 * that the remote does not have; says so in the report when something waits for it. */
bool git_clone_waits(struct git_side *s);

/* After a look, while the cycle has not planned: what the branch has, and the local files stand on, is
 * no edit of the Git side's. */
void git_clone_take_over(struct git_side *s);

/* Moves the working tree's branch on to the remote's, when that is possible. */
void git_clone_follow(struct git_side *s);
