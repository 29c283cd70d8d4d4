/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to a file that was moved aside so that another could take its place.
 *
 * A check before a rename leaves a gap in which somebody can save. So the old file is never
 * replaced by a rename but moved aside, and looked at when nobody can reach it by its name any
 * more: it is the expected version and goes, or it is an edit and goes back. All that this decision
 * needs is in the name that the file has while it is aside,
 *
 *     .nbsyncd-<expected>-<ours>-<random>-<target name, cut to what fits>
 *
 * so that a killed process changes nothing: fs_sweep_temps() decides at the next start.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs_beneath.h"
#include "path/path.h"

#define NAME_PART  (16 + 1 + 16 + 1 + 8 + 1) /* the numbers and dashes behind the prefix */
#define SWAP_TRIES 4

/* Identifies one version of a file, before and after a rename, which changes only its ctime. */
static uint64_t fingerprint(const struct stat *st)
{
	const uint64_t parts[] = { st->st_ino, (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec,
				   (uint64_t)st->st_mtim.tv_nsec };
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		h = (h ^ parts[i]) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
	}
	return h ? h : 1; /* 0 means "no file" */
}

static uint32_t random_number(void)
{
	uint32_t n;

	/* Without it 0 will do: the name only has to be unlikely to exist. */
	return getrandom(&n, sizeof(n), 0) == (ssize_t)sizeof(n) ? n : 0;
}

/* A file system that does not tell is taken for one without such limits. */
size_t fs_name_max(int dfd)
{
	long max = fpathconf(dfd, _PC_NAME_MAX);

	if (fs_switches.name_max)
		return fs_switches.name_max;
	return max > 0 && max < NAME_MAX ? (size_t)max : NAME_MAX;
}

/* What is left of it beside a part of ours. */
static size_t room_beside(int dfd, size_t part)
{
	size_t max = fs_name_max(dfd);

	return max > part ? max - part : 0;
}

void fs_aside_init(struct fs_aside *a, int dfd, const char *target, const struct stat *expected,
		   const struct stat *ours)
{
	size_t room = room_beside(dfd, strlen(PATH_TEMP_PREFIX) + NAME_PART);

	*a = (struct fs_aside){
		.dfd = dfd,
		.expected = fingerprint(expected),
		.ours = ours ? fingerprint(ours) : 0,
	};
	snprintf(a->target, sizeof(a->target), "%s", target);
	snprintf(a->name, sizeof(a->name),
		 PATH_TEMP_PREFIX "%016" PRIx64 "-%016" PRIx64 "-%08" PRIx32 "-%.*s", a->expected,
		 a->ours, random_number(), (int)path_cut(target, room), target);
}

/* Takes a number of so many digits and the dash behind it from the front of *at. */
static bool take_number(const char **at, size_t digits, uint64_t *out)
{
	if (strspn(*at, "0123456789abcdef") != digits || (*at)[digits] != '-')
		return false;
	*out = strtoull(*at, NULL, 16);
	*at += digits + 1;
	return true;
}

bool fs_aside_parse(struct fs_aside *a, int dfd, const char *name)
{
	const char *at = name + strlen(PATH_TEMP_PREFIX);
	uint64_t random;

	*a = (struct fs_aside){ .dfd = dfd };
	if (strlen(name) > NAME_MAX || !str_starts(name, PATH_TEMP_PREFIX))
		return false;
	if (!take_number(&at, 16, &a->expected) || !take_number(&at, 16, &a->ours) ||
	    !take_number(&at, 8, &random) || !*at)
		return false;
	snprintf(a->name, sizeof(a->name), "%s", name);
	snprintf(a->target, sizeof(a->target), "%s", at);
	return true;
}

/* File systems whose leases mean what fcntl(2) says. Network file systems answer by other rules. */
static bool has_leases(int fd)
{
	static const unsigned long known[] = { EXT4_SUPER_MAGIC,  XFS_SUPER_MAGIC,
					       BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
					       TMPFS_MAGIC,       OVERLAYFS_SUPER_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if ((unsigned long)fs.f_type == known[i])
			return true;
	return false;
}

enum lease {
	LEASE_NONE, /* nobody can tell here, or not to us: the file is somebody else's */
	LEASE_HELD, /* nobody has it open for writing; until fd is closed, whoever wants to waits */
	LEASE_REFUSED, /* somebody has */
};

static enum lease take_lease(int fd)
{
	if (fd < 0 || !has_leases(fd))
		return LEASE_NONE;
	/* Should somebody open it, the kernel sends a signal: one whose default is to be ignored,
	 * instead of SIGIO, which kills. */
	fcntl(fd, F_SETSIG, SIGURG);
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		return LEASE_HELD;
	return errno == EAGAIN ? LEASE_REFUSED : LEASE_NONE;
}

static int open_to_lease(int dfd, const char *name)
{
	return openat(dfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/*
 * A program that has opened the file but not yet written to it would write into a file that we are
 * about to unlink. The kernel grants a read lease only while nobody has the file open for writing.
 */
bool fs_has_writer(int dfd, const char *name)
{
	cleanup_fd int fd = open_to_lease(dfd, name);

	return take_lease(fd) == LEASE_REFUSED;
}

/*
 * Whether an entry is that version, and will stay so. First nobody may have it open for writing, then
 * it must be as it was, and then nobody may wait to open it: asked in another order, somebody could
 * write and close between two of the questions. Where there are no leases the stat alone tells.
 */
static bool is_version(int dfd, const char *name, uint64_t version)
{
	cleanup_fd int fd = version ? open_to_lease(dfd, name) : -1;
	enum lease lease = take_lease(fd);
	struct stat st;

	if (!version || lease == LEASE_REFUSED)
		return false;
	fs_reach(FS_POINT_SETTLING, name);
	return fs_entry_stat(dfd, name, &st) == 0 && S_ISREG(st.st_mode) &&
	       fingerprint(&st) == version &&
	       (lease == LEASE_NONE || fcntl(fd, F_GETLEASE) == F_RDLCK);
}

/* Gives the file a visible name of its own: "load.py" becomes "load.rescued-1a2b3c4d.py". */
static enum fs_aside_end rescue(const struct fs_aside *a, char rescued[static NAME_MAX + 1])
{
	const char *ext = path_ext(a->target);
	size_t ext_len = strlen(ext) <= 16 ? strlen(ext) : 0;
	size_t stem = strlen(a->target) - ext_len;
	size_t room = room_beside(a->dfd, strlen(".rescued-") + 8 + ext_len);

	for (int tries = 0; tries < SWAP_TRIES; tries++) {
		snprintf(rescued, NAME_MAX + 1, "%.*s.rescued-%08" PRIx32 "%s",
			 (int)path_cut(a->target, stem < room ? stem : room), a->target,
			 random_number(), ext_len ? ext : "");
		switch (fs_rename_new(a->dfd, a->name, rescued)) {
		case 0:
			return FS_ASIDE_RESCUED;
		case -EEXIST:
			continue;
		default:
			return FS_ASIDE_STUCK;
		}
	}
	return FS_ASIDE_STUCK;
}

/*
 * Our file stands at the target and the edit is aside: exchanges them back. If somebody saved at
 * the target in the meantime, what comes out is that newer version: it goes back in turn, and the
 * older edit is rescued.
 */
static enum fs_aside_end exchange_back(const struct fs_aside *a, char rescued[static NAME_MAX + 1])
{
	if (fs_rename(a->dfd, a->name, a->target, RENAME_EXCHANGE))
		return FS_ASIDE_STUCK;
	if (is_version(a->dfd, a->name, a->ours)) {
		step_here("unlink our version");
		unlinkat(a->dfd, a->name, 0);
		return FS_ASIDE_BACK;
	}
	if (fs_rename(a->dfd, a->name, a->target, RENAME_EXCHANGE))
		return FS_ASIDE_STUCK;
	return rescue(a, rescued);
}

enum fs_aside_end fs_aside_settle(const struct fs_aside *a, char rescued[static NAME_MAX + 1])
{
	enum fs_aside_end end;

	if (is_version(a->dfd, a->name, a->expected) || is_version(a->dfd, a->name, a->ours)) {
		step_here("unlink the old version");
		if (unlinkat(a->dfd, a->name, 0) && errno != ENOENT)
			return FS_ASIDE_STUCK;
		return FS_ASIDE_GONE;
	}
	fs_reach(FS_POINT_RETURN, a->target);
	if (is_version(a->dfd, a->target, a->ours))
		end = exchange_back(a, rescued);
	else if (fs_rename_new(a->dfd, a->name, a->target) == 0)
		end = FS_ASIDE_BACK;
	else
		end = rescue(a, rescued);
	fs_sync_dir(a->dfd);
	return end;
}
