/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the working tree that a directory is in, as Git does: a .git at the directory or above it.
 * By system calls alone, so that nothing is opened before it is known whose it is.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git/worktree/worktree.h"
#include "path/path.h"

#define FOLDERS_MAX 64
#define LINK_MAX    4200 /* bytes of a .git file, or of commondir: a path and a word */
#define GITDIR      "gitdir: "

void worktree_place_release(struct worktree_place *p)
{
	free(p->top);
	free(p->below);
	free(p->gitdir);
	free(p->common);
	*p = (struct worktree_place){ 0 };
}

/* The first line of a small file of ours. NULL: it cannot be read, or is none. Owned. */
static char *read_line(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char text[LINK_MAX + 1];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return NULL;
	n = read(fd, text, LINK_MAX);
	if (n <= 0 || n == LINK_MAX)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return xstrdup(text);
}

/* The real path of what is named in a file of folder. NULL: there is none. Owned. */
static char *resolve(const char *folder, const char *named)
{
	cleanup_free char *whole = *named == '/' ? xstrdup(named)
						 : xasprintf("%s/%s", folder, named);

	return realpath(whole, NULL);
}

static int check_owner(const char *path, const struct stat *st, struct err *e)
{
	if (st->st_uid == geteuid())
		return ERR_OK;
	return err_set(e, ERR_CONFIG, "'%s' belongs to another user (uid %u)", path,
		       (unsigned)st->st_uid);
}

/* path must be a directory of ours. */
static int check_directory(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_CONFIG, "'%s' is no directory", path);
	return check_owner(path, &st, e);
}

/* The directory that a .git file names. */
static int follow_file(struct worktree_place *p, const char *file, struct err *e)
{
	cleanup_free char *line = read_line(file);

	if (!line || !str_starts(line, GITDIR))
		return err_set(e, ERR_CONFIG, "the file '%s' names no Git directory", file);
	p->gitdir = resolve(p->top, line + strlen(GITDIR));
	if (!p->gitdir)
		return err_set(e, ERR_CONFIG, "the Git directory that '%s' names does not exist",
			       file);
	return check_directory(p->gitdir, e);
}

/* Branches and objects of a linked working tree are in the Git directory of the first one. */
static int find_common(struct worktree_place *p, struct err *e)
{
	cleanup_free char *file = xasprintf("%s/commondir", p->gitdir);
	cleanup_free char *line = access(file, F_OK) == 0 ? read_line(file) : xstrdup(".");

	p->common = line ? resolve(p->gitdir, line) : NULL;
	if (!p->common)
		return err_set(e, ERR_CONFIG, "'%s' names no Git directory", file);
	return check_directory(p->common, e);
}

/* *st: of the entry .git, which is not followed. */
static int follow(struct worktree_place *p, const char *dotgit, const struct stat *st,
		  struct err *e)
{
	int r = check_owner(dotgit, st, e);

	if (!r && S_ISREG(st->st_mode))
		r = follow_file(p, dotgit, e);
	else if (!r && (p->gitdir = realpath(dotgit, NULL)))
		r = check_directory(p->gitdir, e);
	else if (!r)
		r = err_set(e, ERR_CONFIG, "'%s' cannot be examined", dotgit);
	return r ? r : find_common(p, e);
}

/* Whether folder has a .git that makes it a working tree. */
static bool is_top(const char *folder, const struct stat *around, char **dotgit, struct stat *st)
{
	cleanup_free char *head = NULL;

	*dotgit = xasprintf("%s/.git", str_eq(folder, "/") ? "" : folder);
	if (lstat(*dotgit, st))
		return false;
	if (st->st_uid != geteuid())
		return st->st_uid == around->st_uid;
	if (S_ISREG(st->st_mode))
		return true;
	head = xasprintf("%s/HEAD", *dotgit);
	return faccessat(AT_FDCWD, head, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void found(struct worktree_place *out, const char *real, const char *folder,
		  const char *dotgit, const struct stat *st)
{
	const char *rest = real + (str_eq(folder, "/") ? 0 : strlen(folder));

	out->top = xstrdup(folder);
	out->below = xstrdup(*rest == '/' ? rest + 1 : rest);
	if (follow(out, dotgit, st, &out->problem)) {
		free(steal(&out->gitdir));
		free(steal(&out->common));
	}
}

void worktree_find(struct worktree_place *out, const char *dir)
{
	cleanup_free char *real = fs_real(dir);
	cleanup_free char *folder = xstrdup(real);
	struct stat first = { 0 }, around, st;
	bool any = false;

	*out = (struct worktree_place){ .problem = ERR_INIT };
	for (int i = 0; i < FOLDERS_MAX; i++) {
		cleanup_free char *dotgit = NULL;
		char *slash = strrchr(folder, '/');

		if (stat(folder, &around) == 0) {
			if (any && around.st_dev != first.st_dev)
				return;
			first = around;
			any = true;
			if (is_top(folder, &around, &dotgit, &st)) {
				found(out, real, folder, dotgit, &st);
				return;
			}
		}
		if (!slash || str_eq(folder, "/"))
			return;
		slash[slash == folder] = '\0';
	}
}
