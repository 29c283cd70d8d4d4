/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mapping's filter: names that never travel, then include, then exclude.
 */

#include "sync/filter.h"

#include "sync/glob.h"

bool filter_manages(const struct config_mapping *m, const char *stem)
{
	return !names_ignored(stem) && glob_list_matches(m->include, stem) &&
	       !glob_list_matches(m->exclude, stem);
}
