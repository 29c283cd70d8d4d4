/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files below a root directory, for directories that somebody else may change at any moment.
 *
 * Every access goes through the root's descriptor with openat2(RESOLVE_BENEATH | NO_SYMLINKS |
 * NO_MAGICLINKS), or component by component with O_NOFOLLOW where the kernel lacks it, so no
 * symbolic link and no ".." ever leads outside. Writes are complete or absent: temporary file,
 * fsync, rename (exchange and verify when replacing), fsync of the directory.
 */

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum fs_kind { FS_FILE, FS_DIR, FS_SYMLINK, FS_OTHER };

/* What tells one version of a file from another without reading it. */
struct fs_stat {
	enum fs_kind kind;
	uint32_t mode; /* permission bits */
	uint64_t dev;
	uint64_t ino;
	uint64_t size;
	int64_t mtime_ns;
	int64_t ctime_ns;
};

/* All but mode; two equal stats mean "not changed since". */
bool fs_stat_same(const struct fs_stat *a, const struct fs_stat *b);

/* Bytes that a name may have below root: what the file system says, at most 255. */
size_t fs_name_max(int root);

/* Opens a directory that the configuration names (symbolic links on the way are the owner's).
 * *out is a descriptor for the functions below; the caller closes it. ERR_ABSENT, ERR_CONFIG. */
int fs_root_open(int *out, const char *dir, struct err *e);

/* What tells a directory from another one that has taken its name: file system and inode, in a form
 * that outlives a restart of the machine where the file system has an identity of its own. */
#define FS_IDENTITY_SIZE 64
int fs_root_identity(int root, char out[static FS_IDENTITY_SIZE], struct err *e);

/* ERR_ABSENT when the path, or a directory on the way, does not exist. A symbolic link at the end
 * is FS_SYMLINK. In all functions below, a symbolic link on the way, or a path that is not plain
 * components, is ERR_INVALID. rel "" is the root itself. */
int fs_stat(int root, const char *rel, struct fs_stat *out, struct err *e);

/*
 * Reads a regular file whole into out, which is emptied first and whose maximum is raised to max
 * when it is lower. The stat before and after the reading must agree, otherwise ERR_RETRY "changed
 * while being read" (somebody is writing: settle and come back). Larger than max, or not a regular
 * file: ERR_INVALID. Unreadable: ERR_CONFIG. st may be NULL; it identifies this very content: a
 * file that was changed within the same tick of the clock is read when the tick is over (at most
 * 10 ms, or 2 s on a file system that tells no fractions of seconds).
 */
int fs_read(int root, const char *rel, size_t max, struct buf *out, struct fs_stat *st,
	    struct err *e);

/* Opens a regular file to be read piece by piece; the caller closes it. *st identifies the content,
 * as long as fs_unchanged() says ERR_OK after the reading. The answers are those of fs_read(), and
 * ERR_RETRY while another program has the file open for writing, where the file system can tell. */
int fs_open(int *out, int root, const char *rel, struct fs_stat *st, struct err *e);
int fs_unchanged(int fd, const char *rel, const struct fs_stat *st, struct err *e);

/* Whether another program has the file open for writing, where the file system can tell. */
bool fs_is_being_written(int root, const char *rel);

/* A file of our own without a name, in dir (absolute), for reading and writing: gone when closed. */
int fs_scratch(int *out, const char *dir, struct err *e);

/* What fs_write() writes: a text, or what fill writes to the descriptor piece by piece, of any size.
 * What fill returns other than ERR_OK ends the write, and the path has what it had. */
typedef int (*fs_fill_fn)(void *payload, int fd, struct err *e);
struct fs_content {
	const void *data; /* borrowed */
	size_t len;
	fs_fill_fn fill; /* NULL: data */
	void *payload;   /* of fill */
};

/*
 * Writes a file atomically and durably, creating parent directories. expect says what must stand
 * there: NULL means nothing (a file that appeared meanwhile is ERR_CONFLICT and stays untouched);
 * otherwise the file must still have this very stat. When replacing, the files are exchanged and
 * the one that came out is compared with expect; if an edit slipped in, it is put back and the
 * answer is ERR_CONFLICT. A file that another program has open for writing is ERR_CONFLICT too,
 * where the file system can tell. The mode, the access control list and, as far as we may, the
 * owner of a replaced file are kept (setuid, setgid and sticky bits are dropped; where we may not
 * keep its group, the new group gets what everybody had); a new one gets 0666 & ~umask. A file
 * where a folder should be is ERR_INVALID, and so is a name that the file system does not take
 * (err_is_name()); ERR_ABSENT does not happen. *now (may be NULL) receives
 * the new stat. Should somebody save twice while we put an edit back, the older edit gets the name
 * "NAME.rescued-XXXXXXXX.EXT" beside it, and the sentence names it.
 */
int fs_write(int root, const char *rel, const struct fs_content *content,
	     const struct fs_stat *expect, struct fs_stat *now, struct err *e);

/* Removes a file that must still have this very stat (else ERR_CONFLICT: it is renamed aside
 * first, verified, and put back). Already gone: success. Parents that are empty then are removed,
 * up to, not including, root. */
int fs_remove(int root, const char *rel, const struct fs_stat *expect, struct err *e);

/* Removes the folders above rel that are empty, lowest first, up to, not including, root. Nothing needs
 * to stand at rel, and some of the folders may be gone already. Ends at the first one that is not empty or
 * cannot be removed. */
void fs_remove_empty_parents(int root, const char *rel);

/*
 * Walks everything below rel ("" = the root; rel itself is not visited) in byte order of names but
 * those that begin with a dot first (.gitignore before "#1.py"), a directory before what is in it,
 * never following symbolic links. visit gets every entry except our
 * own temporary files. problem is never NULL; its code is 0, or says why what is at, or below, the
 * entry is unknown, which does not mean that it is absent:
 *   ERR_CONFIG   not readable;
 *   ERR_RETRY    changed again and again while being read;
 *   ERR_ABSENT   its folder named it, and then it was not there: an entry (the kind is FS_OTHER, or
 *                FS_DIR) that somebody removes, or a file system that is going away;
 *   ERR_INVALID  a directory that is not entered: it holds a .git of its own (the root may), it is
 *                another file system, or it is deeper than PATH_DEPTH_MAX.
 * A directory named .git is visited and never entered. For other directories, visit's return value
 * of false means "do not enter". rel and problem are borrowed for the call.
 * Returns an error only when rel itself cannot be walked: the above, or ERR_ABSENT.
 */
typedef bool (*fs_visit_fn)(void *payload, const char *rel, const struct fs_stat *st,
			    const struct err *problem);
int fs_walk(int root, const char *rel, fs_visit_fn visit, void *payload, struct err *e);

/* Whether a folder above rel, below root, holds a .git entry: a walk of root would not get
 * there. */
bool fs_in_nested_repo(int root, const char *rel);

/* Cleans up what a killed process left below root: removes our own temporary files, and finishes a
 * fs_write() or fs_remove() that was cut short; an edit that was aside then goes back to its
 * path. */
void fs_sweep_temps(int root);

/* Creates dir and missing parents, durably, with this mode & ~umask; existing ones keep theirs. */
int fs_mkdirs(const char *dir, mode_t mode, struct err *e);

/* Takes the advisory lock file <dir>/lock; the descriptor holds it until closed, in whatever way
 * the process ends. ERR_RETRY when somebody else holds it (the sentence says who: the pid inside).
 * The file is never removed, since a lock on a removed file locks nobody out. */
int fs_lock(int *out, const char *dir, struct err *e);

/* Whole small files of our own by absolute path (configuration, caches): the same durability as
 * fs_write, replacing whatever is there. fs_load() as fs_read(), but follows symbolic links. */
int fs_load(const char *path, size_t max, struct buf *out, struct err *e);
int fs_store(const char *path, const void *data, size_t len, mode_t mode, struct err *e);

/* One of many files: as fs_store(), complete or as before, but it is certain to be there after a power
 * failure only when fs_sync_folder() was called for its folder ("" is the current one). */
int fs_store_one(const char *path, const void *data, size_t len, mode_t mode, struct err *e);
int fs_sync_folder(const char *dir, struct err *e);

/* The same for files of any size, of which only a piece is ever in memory: fill writes the content as
 * for fs_write(); line is called with each line, without its newline, until it returns false
 * (ERR_OK as well). A line of FS_LINE_MAX bytes or more, or with a NUL, or without a newline at the end
 * of the file, is ERR_INVALID. */
#define FS_LINE_MAX (64 * 1024)
int fs_store_with(const char *path, fs_fill_fn fill, void *payload, mode_t mode, struct err *e);
int fs_load_lines(const char *path, bool (*line)(void *payload, char *line), void *payload,
		  struct err *e);

/* Writes all of it to a descriptor: 0 or -errno. */
int fs_add(int fd, const void *data, size_t len);

/* An absolute path with the symbolic links of the part that exists resolved: two spellings of one
 * place become the same. Owned by the caller. */
char *fs_real(const char *path);

/* Free space of the file system that holds dir, in bytes available to us and in percent. */
int fs_free_space(const char *dir, uint64_t *bytes, unsigned *percent, struct err *e);
