/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at files below a root: stat and read. fs_walk.c walks, fs_write.c writes and removes,
 * fs_own.c is for files of our own. Nothing here changes anything.
 */

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/fs_beneath.h"

#define NS_PER_MS  1000000
#define NS_PER_SEC 1000000000LL
/* Whole seconds are all that ext4 has room for in small inodes, and what some servers tell; on FAT
 * only every other. */
#define COARSE_TICK_NS (2 * NS_PER_SEC)

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * NS_PER_SEC + t->tv_nsec;
}

static enum fs_kind kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return FS_FILE;
	case S_IFDIR:
		return FS_DIR;
	case S_IFLNK:
		return FS_SYMLINK;
	default:
		return FS_OTHER;
	}
}

void fs_stat_from(struct fs_stat *out, const struct stat *st)
{
	*out = (struct fs_stat){
		.kind = kind_of(st->st_mode),
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime_ns = nanoseconds(&st->st_mtim),
		.ctime_ns = nanoseconds(&st->st_ctim),
		.mode = st->st_mode & 07777,
	};
}

bool fs_stat_same(const struct fs_stat *a, const struct fs_stat *b)
{
	return a->kind == b->kind && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

int fs_entry_stat(int dfd, const char *name, struct stat *st)
{
	return fstatat(dfd, name, st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) ? -errno : 0;
}

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

bool fs_tells_seconds(int64_t ctime_ns)
{
	return ctime_ns % NS_PER_SEC == 0;
}

/*
 * Two writes within one tick of the clock by which files are stamped leave the same times, so that a
 * stat taken in the tick of a write does not yet identify the content. Waiting until the tick is
 * over makes it do so: whatever is written from then on has a later ctime. A ctime that is farther
 * in the future comes from a clock that was set back; it is not waited for.
 */
int64_t fs_tick_rest(int64_t ctime_ns, int64_t now_ns)
{
	int64_t tick = fs_tells_seconds(ctime_ns) ? COARSE_TICK_NS : NS_PER_MS;
	int64_t ahead = ctime_ns - now_ns;

	return ahead > 20 * NS_PER_MS || ahead + tick <= 0 ? 0 : ahead + tick;
}

void fs_wait_for_tick(const struct stat *st)
{
	struct timespec now, pause;
	int64_t rest;

	for (int tries = 0; tries < 20; tries++) {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		rest = fs_tick_rest(nanoseconds(&st->st_ctim), nanoseconds(&now));
		if (rest == 0)
			return;
		pause.tv_sec = rest / NS_PER_SEC;
		pause.tv_nsec = rest % NS_PER_SEC;
		nanosleep(&pause, NULL);
	}
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
