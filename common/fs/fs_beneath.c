/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening below a root. openat2(2) resolves the whole path in the kernel and refuses every link and
 * every way out, whatever somebody does to the directories meanwhile. Where it does not exist
 * (before Linux 5.6, or behind an old seccomp filter), the path is opened component by component
 * with O_NOFOLLOW, which gives the same guarantees with more system calls. Mount points are allowed
 * on the way; only fs_walk() stops at them.
 */

#include "fs/fs_beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/step.h"
#include "path/path.h"

#define AGAIN_MAX 8 /* openat2 answers EAGAIN when a rename got in its way */

struct fs_switches fs_switches;

void fs_reach(enum fs_point point, const char *name)
{
	if (fs_switches.hook)
		fs_switches.hook(point, name);
}

/* No component may be "", "." or "..": none of them names an entry. */
static int check_components(const char *rel)
{
	for (const char *at = rel;;) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n <= 2 && strncmp(at, "..", n) == 0))
			return -EXDEV;
		if (at[n] == '\0')
			return 0;
		at += n + 1;
	}
}

/* Opens one component. Gives -ELOOP for a link whatever the flags are, as openat2 does. */
static int open_component(int dfd, const char *name, int flags)
{
	int fd = openat(dfd, name, flags | O_NOFOLLOW);
	int saved = errno;
	struct stat st;

	if (fd >= 0)
		return fd;
	if (saved == ENOTDIR && fs_entry_stat(dfd, name, &st) == 0 && S_ISLNK(st.st_mode))
		return -ELOOP;
	return -saved;
}

static int open_by_components(int root, const char *rel, int flags)
{
	cleanup_free char *copy = xstrdup(rel);
	cleanup_fd int dir = -1;
	char *rest = copy, *name = strsep(&rest, "/");

	while (rest) {
		int next = open_component(dir < 0 ? root : dir, name,
					  O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (next < 0)
			return next;
		if (dir >= 0)
			close(dir);
		dir = next;
		name = strsep(&rest, "/");
	}
	return open_component(dir < 0 ? root : dir, name, flags);
}

static int open_by_kernel(int root, const char *rel, int flags)
{
	/* Without O_NOFOLLOW, under which O_DIRECTORY would call a link "not a directory". */
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};

	for (int tries = 0;; tries++) {
		long fd = syscall(SYS_openat2, root, rel, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EINTR && (errno != EAGAIN || tries == AGAIN_MAX))
			return -errno;
	}
}

int beneath_open(int root, const char *rel, int flags)
{
	int fd = *rel ? check_components(rel) : 0;

	if (fd < 0)
		return fd;
	if (*rel == '\0')
		rel = ".";
	flags |= O_CLOEXEC;
	if (!(flags & O_PATH))
		flags |= O_NONBLOCK | O_NOCTTY;
	if (!fs_switches.no_openat2) {
		fd = open_by_kernel(root, rel, flags);
		if (fd != -ENOSYS && fd != -EPERM)
			return fd;
		fs_switches.no_openat2 = fd == -ENOSYS;
	}
	return open_by_components(root, rel, flags);
}

int beneath_parent(int root, const char *rel, int flags, const char **name)
{
	cleanup_free char *dir = path_dir(rel);
	int r = check_components(rel);

	if (r)
		return r;
	*name = path_base(rel);
	return beneath_open(root, dir, flags | O_DIRECTORY);
}

/* Opens a directory, creating it first when it is missing. */
static int make_component(int dfd, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open_component(dfd, name, flags), r;

	if (fd != -ENOENT)
		return fd;
	step_here("create a folder");
	if (mkdirat(dfd, name, 0777) && errno != EEXIST)
		return -errno;
	r = fs_sync_dir(dfd);
	return r ? r : open_component(dfd, name, flags);
}

int beneath_make_parent(int root, const char *rel, const char **name)
{
	cleanup_free char *copy = xstrdup(rel);
	cleanup_fd int dir = beneath_parent(root, rel, O_RDONLY, name);
	char *rest = copy, *component;

	if (dir != -ENOENT)
		return dir < 0 ? dir : steal_fd(&dir);
	dir = beneath_open(root, "", O_RDONLY | O_DIRECTORY);
	component = strsep(&rest, "/");
	while (dir >= 0 && rest) {
		int next = make_component(dir, component);

		close(dir);
		dir = next;
		component = strsep(&rest, "/");
	}
	return dir < 0 ? dir : steal_fd(&dir);
}

int beneath_error(struct err *e, int errnum, const char *verb, const char *rel)
{
	switch (errnum) {
	case ELOOP:
		return err_set(e, ERR_INVALID, "cannot %s '%s': a symbolic link is in the way",
			       verb, rel);
	case EXDEV:
		return err_set(e, ERR_INVALID,
			       "cannot %s '%s': the path does not stay below its root", verb, rel);
	case ENXIO: /* a socket, or a FIFO without a reader */
	case ENODEV:
	case EISDIR:
		return err_set(e, ERR_INVALID, "cannot %s '%s': it is not a regular file", verb,
			       rel);
	case ENAMETOOLONG:
		return err_bad_name(e, errnum, "cannot %s '%s': the name is too long", verb, rel);
	default:
		return err_errno(e, errnum, "cannot %s '%s'", verb, rel);
	}
}
