/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ignore files of the branch; see side/rules.h. */

#include "git/hub/hub.h"
#include "side/context.h"

/* The branch is about to be looked at, these are its files below git_path: takes the rules from
 * there, unless there is a local side. */
void git_rules_load(struct side_context *c, const struct tree_files *files);
