/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of the C library that reach files, in front of the library's own. Each name exists
 * twice, as the library has it for programs with and without 64-bit offsets, which here are the
 * same.
 */

#undef _FORTIFY_SOURCE   /* its wrappers have the same names */
#undef _FILE_OFFSET_BITS /* it renames open() to open64() */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/fault/shim.h"

_Static_assert(sizeof(off_t) == sizeof(off64_t), "one function must do for both names");

#define EXPORT __attribute__((visibility("default")))

/* The library's own function of this name. */
#define REAL(name)                                                         \
	static __typeof__(&name) real;                                     \
	do {                                                               \
		if (!real)                                                 \
			*(void **)(void *)&real = dlsym(RTLD_NEXT, #name); \
	} while (0)

/* Ends the calling function when this call has to fail. */
#define GATE(calls, below, path, failure)                              \
	do {                                                           \
		int errnum_ = shim_gate(calls, below, __func__, path); \
                                                                       \
		if (errnum_) {                                         \
			errno = errnum_;                               \
			return failure;                                \
		}                                                      \
	} while (0)

/* ---- opening and closing ---- */

static unsigned opening(int flags)
{
	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
		return SHIM_OPEN | SHIM_CREATE | SHIM_MODIFY;
	return (flags & O_ACCMODE) == O_RDONLY ? SHIM_OPEN : SHIM_OPEN | SHIM_MODIFY;
}

static bool is_there(int dirfd, const char *path)
{
	return syscall(SYS_faccessat, dirfd, path, F_OK) == 0;
}

static int opened(int fd, bool below, bool fresh)
{
	shim_note_fd(fd, below && fd >= 0);
	if (fd >= 0 && fresh)
		shim_created(fd, below);
	return fd;
}

EXPORT int openat(int dirfd, const char *path, int flags, ...)
{
	bool below = shim_below(dirfd, path), fresh = below && (flags & O_CREAT);
	mode_t mode = 0;
	va_list ap;

	REAL(openat);
	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	GATE(opening(flags), below, path, -1);
	fresh = fresh && !is_there(dirfd, path);
	return opened(real(dirfd, path, flags, mode), below, fresh);
}
EXPORT int openat64(int dirfd, const char *path, int flags, ...) __attribute__((alias("openat")));

EXPORT int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return openat(AT_FDCWD, path, flags, mode);
}
EXPORT int open64(const char *path, int flags, ...) __attribute__((alias("open")));

/* What optimised programs call where the flags are no constant. */
int __openat_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

EXPORT int __openat_2(int dirfd, const char *path, int flags)
{
	return openat(dirfd, path, flags);
}
EXPORT int __openat64_2(int dirfd, const char *path, int flags)
	__attribute__((alias("__openat_2")));

EXPORT int __open_2(const char *path, int flags)
{
	return openat(AT_FDCWD, path, flags);
}
EXPORT int __open64_2(const char *path, int flags) __attribute__((alias("__open_2")));

EXPORT long syscall(long number, ...)
{
	long a[6];
	bool below = false;
	va_list ap;
	long r;

	REAL(syscall);
	va_start(ap, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2) {
		below = shim_below((int)a[0], (const char *)a[1]);
		GATE(SHIM_OPEN, below, (const char *)a[1], -1);
	}
	r = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number == SYS_openat2)
		shim_note_fd((int)r, below && r >= 0);
	return r;
}

EXPORT int close(int fd)
{
	bool below = shim_below_fd(fd);
	int r;

	REAL(close);
	shim_note_fd(fd, false);
	r = real(fd);
	GATE(SHIM_CLOSE, below, "", -1); /* Linux closes whatever it answers */
	return r;
}

/* ---- reading and writing ---- */

EXPORT ssize_t read(int fd, void *data, size_t len)
{
	bool below = shim_below_fd(fd);

	REAL(read);
	GATE(SHIM_READ, below, "", -1);
	return real(fd, data, shim_portion(SHIM_READ, below, __func__, len));
}

EXPORT ssize_t pread(int fd, void *data, size_t len, off_t at)
{
	bool below = shim_below_fd(fd);

	REAL(pread);
	GATE(SHIM_READ, below, "", -1);
	return real(fd, data, shim_portion(SHIM_READ, below, __func__, len), at);
}
EXPORT ssize_t pread64(int fd, void *data, size_t len, off64_t at) __attribute__((alias("pread")));

EXPORT ssize_t write(int fd, const void *data, size_t len)
{
	bool below = shim_below_fd(fd);

	REAL(write);
	GATE(SHIM_WRITE, below, "", -1);
	return real(fd, data, shim_portion(SHIM_WRITE, below, __func__, len));
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	bool below = shim_below_fd(fd);

	REAL(pwrite);
	GATE(SHIM_WRITE, below, "", -1);
	return real(fd, data, shim_portion(SHIM_WRITE, below, __func__, len), at);
}
EXPORT ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
	__attribute__((alias("pwrite")));

EXPORT void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE && (protection & PROT_WRITE);

	REAL(mmap);
	GATE(shared ? SHIM_MAP | SHIM_MAP_SHARED : SHIM_MAP, shim_below_fd(fd), "", MAP_FAILED);
	return real(at, len, protection, flags, fd, offset);
}
EXPORT void *mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset)
	__attribute__((alias("mmap")));

EXPORT int ftruncate(int fd, off_t len)
{
	REAL(ftruncate);
	GATE(SHIM_RESIZE, shim_below_fd(fd), "", -1);
	return real(fd, len);
}
EXPORT int ftruncate64(int fd, off64_t len) __attribute__((alias("ftruncate")));

/* ---- syncing ---- */

EXPORT int fsync(int fd)
{
	bool below = shim_below_fd(fd);
	int r;

	REAL(fsync);
	GATE(SHIM_SYNC, below, "", -1);
	r = real(fd);
	if (r == 0)
		shim_synced(fd, below);
	return r;
}

EXPORT int fdatasync(int fd)
{
	return fsync(fd);
}

/* Not passed on: the file system of a test is shared with the rest of the machine. */
EXPORT int syncfs(int fd)
{
	GATE(SHIM_SYNC, shim_below_fd(fd), "", -1);
	shim_synced(-1, shim_below_fd(fd));
	return 0;
}

/* ---- names ---- */

EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	REAL(renameat2);
	GATE(SHIM_RENAME, shim_below(from_dir, from), to, -1);
	return real(from_dir, from, to_dir, to, flags);
}

EXPORT int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return renameat2(from_dir, from, to_dir, to, 0);
}

EXPORT int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	REAL(linkat);
	GATE(SHIM_LINK, shim_below(from_dir, from), to, -1);
	return real(from_dir, from, to_dir, to, flags);
}

EXPORT int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int unlinkat(int dirfd, const char *path, int flags)
{
	REAL(unlinkat);
	GATE(SHIM_REMOVE, shim_below(dirfd, path), path, -1);
	return real(dirfd, path, flags);
}

EXPORT int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

EXPORT int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

EXPORT int mkdirat(int dirfd, const char *path, mode_t mode)
{
	bool below = shim_below(dirfd, path);
	int r, fd;

	REAL(mkdirat);
	GATE(SHIM_MKDIR, below, path, -1);
	r = real(dirfd, path, mode);
	if (r || !below)
		return r;
	fd = (int)syscall(SYS_openat, dirfd, path, O_RDONLY | O_CLOEXEC);
	shim_created(fd, below);
	syscall(SYS_close, fd);
	return 0;
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

/* ---- looking ---- */

EXPORT int fstatat(int dirfd, const char *path, struct stat *st, int flags)
{
	REAL(fstatat);
	GATE(SHIM_STAT, shim_below(dirfd, path), path, -1);
	return real(dirfd, path, st, flags);
}

EXPORT int fstatat64(int dirfd, const char *path, struct stat64 *st, int flags)
{
	return fstatat(dirfd, path, (struct stat *)(void *)st, flags);
}

EXPORT int stat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, 0);
}

EXPORT int stat64(const char *path, struct stat64 *st)
{
	return fstatat(AT_FDCWD, path, (struct stat *)(void *)st, 0);
}

EXPORT int lstat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

EXPORT int lstat64(const char *path, struct stat64 *st)
{
	return fstatat(AT_FDCWD, path, (struct stat *)(void *)st, AT_SYMLINK_NOFOLLOW);
}

EXPORT int fstat(int fd, struct stat *st)
{
	REAL(fstat);
	GATE(SHIM_STAT, shim_below_fd(fd), "", -1);
	return real(fd, st);
}

EXPORT int fstat64(int fd, struct stat64 *st)
{
	return fstat(fd, (struct stat *)(void *)st);
}

EXPORT int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *out)
{
	REAL(statx);
	GATE(SHIM_STAT, shim_below(dirfd, path), path, -1);
	return real(dirfd, path, flags, mask, out);
}

EXPORT DIR *opendir(const char *path)
{
	bool below = shim_below(AT_FDCWD, path);
	DIR *d;

	REAL(opendir);
	GATE(SHIM_OPEN, below, path, NULL);
	d = real(path);
	if (d)
		shim_note_fd(dirfd(d), below);
	return d;
}

EXPORT int closedir(DIR *d)
{
	REAL(closedir);
	shim_note_fd(dirfd(d), false);
	return real(d);
}

EXPORT struct dirent *readdir(DIR *d)
{
	REAL(readdir);
	GATE(SHIM_LIST, shim_below_fd(dirfd(d)), "", NULL);
	return real(d);
}

EXPORT struct dirent64 *readdir64(DIR *d)
{
	return (struct dirent64 *)(void *)readdir(d);
}

/* ---- the rest ---- */

EXPORT int flock(int fd, int operation)
{
	REAL(flock);
	GATE(SHIM_LOCK, shim_below_fd(fd), "", -1);
	return real(fd, operation);
}

EXPORT int fchmod(int fd, mode_t mode)
{
	REAL(fchmod);
	GATE(SHIM_MARK, shim_below_fd(fd), "", -1);
	return real(fd, mode);
}

EXPORT int chmod(const char *path, mode_t mode)
{
	REAL(chmod);
	GATE(SHIM_MARK, shim_below(AT_FDCWD, path), path, -1);
	return real(path, mode);
}

EXPORT int utimes(const char *path, const struct timeval times[2])
{
	REAL(utimes);
	GATE(SHIM_MARK, shim_below(AT_FDCWD, path), path, -1);
	return real(path, times);
}
