/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the fs*.c files share: opening below a root, directory entries, temporary files, and the
 * switches by which tests reach the races. Internal to fs*.c and their tests. Functions return a
 * descriptor or 0, or a negative errno value; the callers make sentences of it.
 */

#include <limits.h>
#include <sys/stat.h>

#include "fs/fs.h"

/* Opens rel below root without following any symbolic link; "" is root itself. flags are those of
 * open(2) without O_CREAT; O_CLOEXEC, and O_NONBLOCK against FIFOs, are added. A link anywhere is
 * -ELOOP; "..", ".", an empty component or a leading '/' is -EXDEV. */
int beneath_open(int root, const char *rel, int flags);

/* Opens the directory that holds rel; *name (borrowed from rel) is the last component. flags is
 * O_PATH or O_RDONLY (which fsync needs). */
int beneath_parent(int root, const char *rel, int flags, const char **name);

/* The same with O_RDONLY, creating missing directories durably (mode 0777 & ~umask). */
int beneath_make_parent(int root, const char *rel, const char **name);

/* "cannot <verb> '<rel>': …". A symbolic link or a way out of the root is ERR_INVALID. */
int beneath_error(struct err *e, int errnum, const char *verb, const char *rel);

/* An entry of an open directory, links not followed. */
int fs_entry_stat(int dfd, const char *name, struct stat *st);
void fs_stat_from(struct fs_stat *out, const struct stat *st);

/* Reads an open file whole, see fs_read(). shown is its name in sentences. */
int fs_read_open(int fd, const char *shown, size_t max, struct buf *out, struct fs_stat *st,
		 struct err *e);

/* Whether a file with this ctime seems to be on a file system that tells no fractions of seconds. */
bool fs_tells_seconds(int64_t ctime_ns);
/* How long a file with this ctime can still be changed without getting another one; 0: not any more. */
int64_t fs_tick_rest(int64_t ctime_ns, int64_t now_ns);
/* Waits until a later write leaves another stat than this one: at most 10 ms, or 2 s on a file system
 * that tells no fractions of seconds. */
void fs_wait_for_tick(const struct stat *st);

/* A file that is being written beside its destination. Zeroed, with fd = -1, it holds nothing. */
struct fs_temp {
	int dfd;                 /* borrowed */
	int fd;                  /* owned, -1 when closed */
	char name[NAME_MAX + 1]; /* "" when there is nothing to unlink any more */
};

/* Creates an empty file of that mode & ~umask; fs_temp_fill() writes all of it, flushes it and
 * closes it; fs_temp_finish() does the latter two to one that somebody else has written. */
int fs_temp_open(struct fs_temp *t, int dfd, mode_t mode);
int fs_temp_fill(struct fs_temp *t, const void *data, size_t len);
int fs_temp_finish(struct fs_temp *t);
void fs_temp_drop(struct fs_temp *t); /* closes and unlinks what is left; keeps errno */
bool fs_temp_is_name(const char *name);

/* Flushes an open directory to the disk. */
int fs_sync_dir(int dfd);

/* renameat2(2) within one directory; -EINVAL where the file system does not know the flag. */
int fs_rename(int dfd, const char *from, const char *to, unsigned flags);

/* Renames to a name that must be free, on every file system; -EEXIST when it is not. */
int fs_rename_new(int dfd, const char *from, const char *to);

/*
 * A file moved aside: what stood at a path is now under a name of ours, in the same directory, and
 * goes away only when it is the version that we meant. The name carries all that is needed to
 * decide after a crash: the version that was expected, our new file (if any), the path's last
 * component.
 */
struct fs_aside {
	int dfd;                   /* borrowed */
	char name[NAME_MAX + 1];   /* of the file moved aside */
	char target[NAME_MAX + 1]; /* the name that it had */
	uint64_t expected;         /* fingerprint of the version that may go */
	uint64_t ours;             /* fingerprint of what we put in its place, 0 for nothing */
};

/* ours may be NULL. Only fills the struct. */
void fs_aside_init(struct fs_aside *a, int dfd, const char *target, const struct stat *expected,
		   const struct stat *ours);
/* Reads back a name that fs_aside_init() made; false for any other name. */
bool fs_aside_parse(struct fs_aside *a, int dfd, const char *name);

enum fs_aside_end {
	FS_ASIDE_GONE,    /* it was the expected version and is unlinked, or our own file */
	FS_ASIDE_BACK,    /* it was an edit and stands at its path again */
	FS_ASIDE_RESCUED, /* it was an edit, its path is taken by another: it has a name of its own */
	FS_ASIDE_STUCK,   /* the file system refused; it is still aside, for fs_sweep_temps() */
};
/* Decides about the file that is aside now. rescued receives its new name for FS_ASIDE_RESCUED. */
enum fs_aside_end fs_aside_settle(const struct fs_aside *a, char rescued[static NAME_MAX + 1]);

/* Whether a program has this file open for writing; false when the file system cannot tell. */
bool fs_has_writer(int dfd, const char *name);

/* Where a test may step in. */
enum fs_point {
	FS_POINT_CHECKED,   /* the last check of the target is over, the rename comes next */
	FS_POINT_EXCHANGED, /* our file is in place, the old one aside and not yet looked at */
	FS_POINT_SETTLING,  /* between the two questions whether what is aside may go */
	FS_POINT_RETURN,    /* the file that is aside turned out to be an edit and goes back next */
};

/* For tests only; all zero in a running daemon, except that no_openat2 is set when the kernel says
 * so. */
struct fs_switches {
	void (*hook)(enum fs_point point, const char *name);
	bool no_openat2;      /* as before Linux 5.6 */
	bool no_rename_flags; /* as on NFS */
	size_t name_max; /* a file system that takes no longer names (eCryptfs: 143); 0: as it is … */
	int name_errno; /* … and what it says then; 0: ENAMETOOLONG */
};
extern struct fs_switches fs_switches;
void fs_reach(enum fs_point point, const char *name);
