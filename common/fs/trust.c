/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks from the root to a file, one component after the other, through descriptors: what was
 * examined is what the next step starts from, whatever happens to the names meanwhile.
 *
 * Whoever can write to the directory of a link can replace the link, so links are followed here and
 * not by the kernel, which would not say through which directories it went. Not done here: the file
 * itself, and access control lists, whose writers show as the group's.
 */

#include "fs/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

#define LINKS_MAX 40 /* as in the kernel */

struct walk {
	const char *file; /* borrowed: where to, for sentences */
	int dir;          /* where we are; owned, -1 before the root */
	char *where;      /* its path, without links; owned, "" for the root */
	char *ahead;      /* the components that are left; owned */
	bool shared;      /* others can write to where we are; it has the sticky bit */
	int links;        /* followed so far */
};

static void walk_release(struct walk *w)
{
	if (w->dir >= 0)
		close(w->dir);
	free(w->where);
	free(w->ahead);
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int cannot(const struct walk *w, const char *what, int errnum, struct err *e)
{
	return err_set(e, ERR_CONFIG, "cannot examine '%s', where '%s' lies: %s", what, w->file,
		       strerror(errnum));
}

/* Whoever can write to a directory can put another file in the place of one in it, or take it away.
 * With the sticky bit only owners can, and the owner of what we use there is examined. */
static int check_directory(const struct walk *w, const struct stat *st, const char *dir,
			   struct err *e)
{
	if (!is_ours(st))
		return err_set(e, ERR_CONFIG,
			       "'%s', where '%s' lies, belongs to user %u, not to root or to user "
			       "%u",
			       dir, w->file, st->st_uid, geteuid());
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) && !(st->st_mode & S_ISVTX))
		return err_set(e, ERR_CONFIG,
			       "'%s', where '%s' lies, can be written by others; chmod go-w '%s'",
			       dir, w->file, dir);
	return ERR_OK;
}

/* fd, which is taken over, is the directory of that path. */
static int trust_enter(struct walk *w, int *fd, const struct stat *st, char **path, struct err *e)
{
	int r = check_directory(w, st, **path ? *path : "/", e);

	if (r)
		return r;
	if (w->dir >= 0)
		close(w->dir);
	w->dir = steal_fd(fd);
	free(w->where);
	w->where = steal(path);
	w->shared = st->st_mode & (S_IWGRP | S_IWOTH);
	return ERR_OK;
}

static int enter_root(struct walk *w, struct err *e)
{
	cleanup_fd int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *path = xstrdup("");
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot(w, "/", errno, e);
	return trust_enter(w, &fd, &st, &path, e);
}

/* fd is a symbolic link in the directory where we are. */
static int follow(struct walk *w, int fd, const struct stat *st, const char *path, struct err *e)
{
	char target[PATH_MAX];
	char *ahead;
	ssize_t n;

	if (w->shared && !is_ours(st))
		return err_set(e, ERR_CONFIG,
			       "the link '%s', which leads to '%s', belongs to user %u, not to "
			       "root or to user %u",
			       path, w->file, st->st_uid, geteuid());
	if (++w->links > LINKS_MAX)
		return cannot(w, path, ELOOP, e);
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return cannot(w, path, errno, e);
	target[n] = '\0';
	ahead = xasprintf("%s/%s", target, w->ahead);
	free(w->ahead);
	w->ahead = ahead;
	return target[0] == '/' ? enter_root(w, e) : ERR_OK;
}

/* The path of a component of the directory where we are. */
static char *path_of(const struct walk *w, const char *name)
{
	const char *slash = strrchr(w->where, '/');

	if (str_eq(name, ".."))
		return xstrndup(w->where, slash ? (size_t)(slash - w->where) : 0);
	return xasprintf("%s/%s", w->where, name);
}

static int trust_open(int dir, const char *name)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	/* Asked for as a directory first: that is what has an automounter mount it. */
	int fd = openat(dir, name, flags | O_DIRECTORY);

	return fd < 0 && (errno == ENOTDIR || errno == ELOOP) ? openat(dir, name, flags) : fd;
}

static int go(struct walk *w, const char *name, struct err *e)
{
	cleanup_fd int fd = trust_open(w->dir, name);
	cleanup_free char *path = path_of(w, name);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_ABSENT, "'%s' does not exist", w->file);
	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot(w, path, errno, e);
	if (S_ISLNK(st.st_mode))
		return follow(w, fd, &st, path, e);
	if (!S_ISDIR(st.st_mode))
		return cannot(w, path, ENOTDIR, e);
	return trust_enter(w, &fd, &st, &path, e);
}

/* Takes the next component off what is ahead. NULL: there is none. The caller frees it. */
static char *next_name(struct walk *w)
{
	const char *start = w->ahead + strspn(w->ahead, "/");
	size_t n = strcspn(start, "/");
	char *name = n ? xstrndup(start, n) : NULL;

	memmove(w->ahead, start + n, strlen(start + n) + 1);
	return name;
}

static int walk(struct walk *w, struct err *e)
{
	int r = enter_root(w, e);

	while (!r) {
		cleanup_free char *name = next_name(w);

		if (!name)
			return ERR_OK;
		if (!str_eq(name, "."))
			r = go(w, name, e);
	}
	return r;
}

/* The directory part of a path, from the root on. NULL: errno says why. The caller frees it. */
static char *directory_of(const char *path, const char *name)
{
	cleanup_free char *cwd = NULL;

	if (*path == '/')
		return xstrndup(path, (size_t)(name - path));
	cwd = getcwd(NULL, 0);
	return cwd ? xasprintf("%s/%.*s", cwd, (int)(name - path), path) : NULL;
}

int trust_open_directory(int *dir, const char **name, const char *path, struct err *e)
{
	struct walk w = { .file = path, .dir = -1 };
	const char *slash = strrchr(path, '/');
	int r;

	*name = slash ? slash + 1 : path;
	if (!*path)
		return err_set(e, ERR_CONFIG, "the path of the file is empty; give its name");
	if (!**name || str_eq(*name, ".") || str_eq(*name, ".."))
		return err_set(e, ERR_CONFIG, "'%s' is not a regular file", path);
	w.ahead = directory_of(path, *name);
	r = w.ahead ? walk(&w, e) : cannot(&w, ".", errno, e);
	if (!r)
		*dir = steal_fd(&w.dir);
	walk_release(&w);
	return r;
}
