/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ignore files of the branch; see side/rules.h. */

#include "git/hub/hub.h"
#include "side/context.h"

/* Called before the branch is taken into the table; files are those below git_path. Puts the rules
 * of its ignore files in force, unless the mapping has a local side, whose rules hold then. */
void git_rules_load(struct side_context *c, const struct tree_files *files);
