/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at files below a root: stat and read. fs_walk.c walks, fs_write.c writes and removes,
 * fs_own.c is for files of our own. Nothing here changes anything.
 */

#include "fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fs/fs_beneath.h"

int fs_root_open(int *out, const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(e, errno, "cannot open folder '%s'", dir);
	*out = fd;
	return 0;
}

int fs_stat(int root, const char *rel, struct fs_stat *out, struct err *e)
{
	cleanup_fd int fd = -1;
	const char *name;
	struct stat st;
	int r;

	if (*rel == '\0') {
		r = fstat(root, &st) ? -errno : 0;
	} else {
		fd = beneath_parent(root, rel, O_PATH, &name);
		r = fd < 0 ? fd : fs_entry_stat(fd, name, &st);
	}
	if (r)
		return beneath_error(e, -r, "examine", rel);
	fs_stat_from(out, &st);
	return 0;
}

/* Reads exactly len bytes, or fewer when the file ends earlier. */
static int read_bytes(int fd, char *data, size_t len, size_t *got)
{
	*got = 0;
	while (*got < len) {
		ssize_t n = read(fd, data + *got, len - *got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return 0;
}

int fs_read_open(int fd, const char *shown, size_t max, struct buf *out, struct fs_stat *st,
		 struct err *e)
{
	struct fs_stat before, after;
	struct stat raw;
	size_t got;
	int r;

	buf_clear(out);
	if (fstat(fd, &raw))
		return beneath_error(e, errno, "examine", shown);
	fs_stat_from(&before, &raw);
	if (before.kind != FS_FILE)
		return beneath_error(e, EISDIR, "read", shown);
	if (out->max < max)
		out->max = max;
	if (before.size > max || !buf_reserve(out, before.size))
		return err_set(e, ERR_INVALID, "cannot read '%s': %llu bytes are more than %zu",
			       shown, (unsigned long long)before.size, max);
	fs_wait_for_tick(&raw);
	r = read_bytes(fd, out->data, before.size, &got);
	if (r)
		return beneath_error(e, -r, "read", shown);
	out->len = got;
	out->data[got] = '\0';
	if (fstat(fd, &raw))
		return beneath_error(e, errno, "examine", shown);
	fs_stat_from(&after, &raw);
	if (got != before.size || !fs_stat_same(&before, &after))
		return err_set(e, ERR_RETRY, "'%s' changed while being read", shown);
	if (st)
		*st = after;
	return 0;
}

int fs_read(int root, const char *rel, size_t max, struct buf *out, struct fs_stat *st,
	    struct err *e)
{
	cleanup_fd int fd = beneath_open(root, rel, O_RDONLY);

	if (fd < 0)
		return beneath_error(e, -fd, "read", rel);
	return fs_read_open(fd, rel, max, out, st, e);
}
