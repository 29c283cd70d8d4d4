/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files on their way into place: created under a name of ours, filled, flushed, renamed. A process
 * that is killed leaves such a file behind; fs_sweep_temps() knows it by its exact name.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs_beneath.h"
#include "path/path.h"

#define TEMP_SUFFIX ".tmp"
#define HEX_DIGITS  16

bool fs_temp_is_name(const char *name)
{
	size_t prefix = strlen(PATH_TEMP_PREFIX);

	return str_starts(name, PATH_TEMP_PREFIX) &&
	       strspn(name + prefix, "0123456789abcdef") == HEX_DIGITS &&
	       str_eq(name + prefix + HEX_DIGITS, TEMP_SUFFIX);
}

int fs_temp_open(struct fs_temp *t, int dfd, mode_t mode)
{
	*t = (struct fs_temp){ .dfd = dfd, .fd = -1 };
	for (int tries = 0; tries < 8; tries++) {
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -errno;
		snprintf(t->name, sizeof(t->name), PATH_TEMP_PREFIX "%016" PRIx64 TEMP_SUFFIX,
			 random);
		step_here("create a temporary file");
		t->fd = openat(dfd, t->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			       mode);
		if (t->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	t->name[0] = '\0';
	return -errno;
}

int fs_add(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int fs_temp_fill(struct fs_temp *t, const void *data, size_t len)
{
	int r;

	step_here("write a temporary file");
	r = fs_add(t->fd, data, len);
	return r ? r : fs_temp_finish(t);
}

int fs_temp_finish(struct fs_temp *t)
{
	int r = 0;

	step_here("sync a temporary file");
	/* Not tried again: after a failed fsync the kernel may have dropped the pages, and a second
	 * one would succeed without them. */
	if (fsync(t->fd))
		r = -errno;
	/* Linux closes the descriptor even when it reports EINTR. */
	if (close(steal_fd(&t->fd)) && errno != EINTR && r == 0)
		r = -errno;
	return r;
}

void fs_temp_drop(struct fs_temp *t)
{
	int saved = errno;

	if (t->fd >= 0)
		close(steal_fd(&t->fd));
	if (t->name[0]) {
		step_here("drop a temporary file");
		unlinkat(t->dfd, t->name, 0);
	}
	t->name[0] = '\0';
	errno = saved;
}

/* What a file system that a test asks for says of a name. */
static int refused(const char *name)
{
	if (!fs_switches.name_max || strlen(name) <= fs_switches.name_max)
		return 0;
	return fs_switches.name_errno ? -fs_switches.name_errno : -ENAMETOOLONG;
}

int fs_rename(int dfd, const char *from, const char *to, unsigned flags)
{
	if (refused(to))
		return refused(to);
	if (flags && fs_switches.no_rename_flags)
		return -EINVAL;
	step_here(flags & RENAME_EXCHANGE ? "exchange two files" : "rename a file");
	if (renameat2(dfd, from, dfd, to, flags) == 0)
		return 0;
	return errno == ENOSYS || errno == EOPNOTSUPP ? -EINVAL : -errno;
}

int fs_rename_new(int dfd, const char *from, const char *to)
{
	int r = fs_rename(dfd, from, to, RENAME_NOREPLACE);
	struct stat st;

	if (r != -EINVAL || refused(to))
		return r;
	/* A hard link never replaces anything either. */
	step_here("link a file");
	if (linkat(dfd, from, dfd, to, 0) == 0) {
		step_here("unlink a file");
		return unlinkat(dfd, from, 0) ? -errno : 0;
	}
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	r = fs_entry_stat(dfd, to, &st);
	if (r != -ENOENT)
		return r ? r : -EEXIST;
	return fs_rename(dfd, from, to, 0);
}
