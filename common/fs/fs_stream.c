/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are too large to hold in memory: opened, read by somebody else piece by piece, and asked
 * about afterwards; and scratch files without a name, which a kill cleans up by itself.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs_beneath.h"
#include "path/path.h"

bool fs_is_being_written(int root, const char *rel)
{
	const char *name;
	cleanup_fd int dfd = beneath_parent(root, rel, O_PATH, &name);

	return dfd >= 0 && fs_has_writer(dfd, name);
}

int fs_open(int *out, int root, const char *rel, struct fs_stat *st, struct err *e)
{
	cleanup_fd int fd = beneath_open(root, rel, O_RDONLY);
	struct stat raw;

	if (fd < 0)
		return beneath_error(e, -fd, "read", rel);
	if (fstat(fd, &raw))
		return beneath_error(e, errno, "examine", rel);
	fs_stat_from(st, &raw);
	if (st->kind != FS_FILE)
		return beneath_error(e, EISDIR, "read", rel);
	/* A file that is being written tells nothing yet, and a large one takes its time. */
	if (fs_is_being_written(root, rel))
		return err_set(e, ERR_RETRY, "'%s' is being written by another program", rel);
	fs_wait_for_tick(&raw);
	*out = steal_fd(&fd);
	return ERR_OK;
}

int fs_unchanged(int fd, const char *rel, const struct fs_stat *st, struct err *e)
{
	struct fs_stat now;
	struct stat raw;

	if (fstat(fd, &raw))
		return beneath_error(e, errno, "examine", rel);
	fs_stat_from(&now, &raw);
	if (!fs_stat_same(&now, st))
		return err_set(e, ERR_RETRY, "'%s' changed while being read", rel);
	return ERR_OK;
}

int fs_scratch(int *out, const char *dir, struct err *e)
{
	cleanup_free char *name = path_join(dir, PATH_TEMP_PREFIX "XXXXXX");

	step_here("create a scratch file");
	*out = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (*out >= 0)
		return ERR_OK;
	/* Not every file system has files without a name. */
	*out = mkostemp(name, O_CLOEXEC);
	if (*out < 0)
		return err_errno(e, errno, "cannot create a file in '%s'", dir);
	unlink(name);
	return ERR_OK;
}
