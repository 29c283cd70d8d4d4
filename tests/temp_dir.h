/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory of its own for a test program: in memory when there is such a place, because what is
 * synced there costs nothing. */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* Empty, for this user only, in TMPDIR, /dev/shm or /tmp. Owned; NULL: none of them takes it. */
static inline char *temp_dir_new(void)
{
	const char *const places[] = { getenv("TMPDIR"), "/dev/shm", "/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_free char *dir = NULL;

		if (!places[i] || access(places[i], W_OK) != 0)
			continue;
		dir = xasprintf("%s/nbsync-test-XXXXXX", places[i]);
		if (mkdtemp(dir))
			return steal(&dir);
	}
	return NULL;
}

static inline int temp_dir_unlink(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

/* With all that is in it; 0, or -1 with errno. */
static inline int temp_dir_remove(const char *dir)
{
	return nftw(dir, temp_dir_unlink, 16, FTW_DEPTH | FTW_PHYS);
}
