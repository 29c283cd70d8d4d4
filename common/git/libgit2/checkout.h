/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What may be asked about a repository that a person works in. Nothing of it is opened for writing,
 * and none of its settings decides anything for us.
 */

#include "base/err.h"

/*
 * The repository that dir is in, bare ones too: *common is its directory as an absolute path with a
 * '/' at the end, the one that all its working trees share. Owned by the caller. git_start() came
 * before. ERR_ABSENT when there is none, ERR_CONFIG when it belongs to somebody else.
 */
int checkout_find(char **common, const char *dir, struct err *e);

/* What gitattributes(5), but for those of user and system, give a file of this name in the
 * repository's root: the value of an attribute that has one, else NULL. Owned by the caller. */
int checkout_attribute(char **value, const char *common, const char *file, const char *attribute,
		       struct err *e);
