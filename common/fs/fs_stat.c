/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stat of an entry, how long it takes until it identifies the content, and the sync of a
 * folder: what the other fs*.c files stand on. Opens nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs_beneath.h"

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

bool fs_tells_seconds(int64_t ctime_ns)
{
	return ctime_ns % NS_PER_SEC == 0;
}

/*
 * Two writes within one tick of the clock by which files are stamped leave the same times, so that
 * a stat taken in the tick of a write does not yet identify the content. Waiting until the tick is
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

int fs_sync_dir(int dfd)
{
	step_here("sync a folder");
	/* EINVAL: a file system whose directories need no flushing (some FUSE ones). */
	return fsync(dfd) && errno != EINVAL ? -errno : 0;
}
