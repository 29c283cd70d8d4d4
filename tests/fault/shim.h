/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between the program and the C library: functions of the library's names (shim_calls.c,
 * shim_memory.c) that ask here whether this call shall fail. libgit2 calls them too, because a
 * program's own symbols come before those of libraries. Only calls on files below one directory are
 * counted. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum shim_call {
	SHIM_OPEN = 1 << 0,   /* of what exists, also to read a directory */
	SHIM_CREATE = 1 << 1, /* O_CREAT, O_TMPFILE */
	SHIM_MODIFY = 1 << 2, /* opening for writing what exists */
	SHIM_READ = 1 << 3,
	SHIM_WRITE = 1 << 4,
	SHIM_SYNC = 1 << 5,
	SHIM_CLOSE = 1 << 6,
	SHIM_LIST = 1 << 7, /* readdir() */
	SHIM_STAT = 1 << 8,
	SHIM_MAP = 1 << 9,
	SHIM_MAP_SHARED = 1 << 10, /* to write */
	SHIM_LOCK = 1 << 11,
	SHIM_MKDIR = 1 << 12,
	SHIM_RENAME = 1 << 13,
	SHIM_LINK = 1 << 14,
	SHIM_REMOVE = 1 << 15,
	SHIM_RESIZE = 1 << 16,
	SHIM_MARK = 1 << 17, /* owner, mode, times */
	SHIM_ALLOCATE = 1 << 18,
};
/* What leaves traces on a disk. */
#define SHIM_EFFECTS                                                                         \
	(SHIM_CREATE | SHIM_WRITE | SHIM_SYNC | SHIM_MAP_SHARED | SHIM_MKDIR | SHIM_RENAME | \
	 SHIM_LINK | SHIM_REMOVE | SHIM_RESIZE | SHIM_MARK)

struct shim_fault {
	const char *name;
	unsigned calls; /* enum shim_call, which are counted */
	int errnum;     /* 0: reads and writes do half of what they should */
	bool lasts;     /* from the n-th on all fail; otherwise only that one */
};

/* Calls on dir and what is in it count, but for the folder except in it. Both are borrowed. */
void shim_watch(const char *dir, const char *except);
/* Counts from 0 again, and lets the n-th call fail; 0: none. */
void shim_arm(const struct shim_fault *fault, unsigned n);
void shim_disarm(void);
unsigned shim_count(void);
/* The call that failed, "rename 'local/a.py'"; NULL while none has. */
const char *shim_failed(void);

/* For models of a disk: called instead of failing, and after each fsync() that succeeded; before
 * something new gets a name. fd -1: all of it was synced. */
struct shim_disk {
	void (*cut)(void);
	void (*synced)(int fd);
	void (*created)(int fd);
};
void shim_disk(const struct shim_disk *disk);

/* Whether allocations count, as SHIM_ALLOCATE; not in every build. */
bool shim_memory(void);

/* ---- for the functions that stand in ---- */

/* Whether a path counts, seen from directory dirfd (AT_FDCWD). */
bool shim_below(int dirfd, const char *path);
bool shim_below_fd(int fd);
/* A descriptor has come, or gone (below false). */
void shim_note_fd(int fd, bool below);
/* 0, or the errno with which this call has to fail. what and path are for shim_failed(). */
int shim_gate(unsigned calls, bool below, const char *what, const char *path);
/* How many of len bytes this call may move. */
size_t shim_portion(unsigned calls, bool below, const char *what, size_t len);
void shim_synced(int fd, bool below);
void shim_created(int fd, bool below);
