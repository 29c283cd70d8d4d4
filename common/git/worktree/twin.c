/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks that a kill leaves recognisable: a second name (link(2)) of a file of ours. See internal.h.
 *
 * Git itself, when it is killed, leaves a lock of which nobody can say whose it is, and the user has
 * to remove it. A lock that is no second name of our file is never touched.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"
#include "git/worktree/internal.h"

struct twin twin_at(char *own, char *lock)
{
	return (struct twin){ own, lock };
}

void twin_release(struct twin *t)
{
	free(t->own);
	free(t->lock);
	*t = (struct twin){ 0 };
}

static bool write_own(const struct twin *t, const char *content)
{
	size_t len = strlen(content);
	cleanup_fd int fd = -1;
	ssize_t n;

	unlink(t->own);
	fd = open(t->own, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0)
		return false;
	n = write(fd, content, len);
	if (n >= 0 && (size_t)n < len)
		errno = ENOSPC;
	return n == (ssize_t)len && fsync(fd) == 0;
}

int twin_take(struct twin *t, const char *content, struct err *e)
{
	int errnum = 0;

	step_here("working tree: our file");
	if (!write_own(t, content))
		errnum = errno;
	step_here("working tree: lock");
	if (!errnum && link(t->own, t->lock) == 0)
		return ERR_OK;
	errnum = errnum ? errnum : errno;
	unlink(t->own);
	if (errnum == EEXIST)
		return err_set(e, ERR_RETRY, "'%s' is there: another command of Git is at work",
			       t->lock);
	return err_errno(e, errnum, "cannot make '%s'", t->lock);
}

int twin_place(struct twin *t, const char *target, struct err *e)
{
	int r = ERR_OK;

	step_here("working tree: reference");
	if (rename(t->lock, target)) {
		r = err_errno(e, errno, "cannot replace '%s'", target);
		unlink(t->lock);
	}
	step_here("working tree: our file goes");
	unlink(t->own);
	return r;
}

void twin_drop(struct twin *t)
{
	step_here("working tree: unlock");
	unlink(t->lock);
	step_here("working tree: our file goes");
	unlink(t->own);
}

void twin_recover(struct twin *t)
{
	struct stat own, lock;

	if (lstat(t->own, &own))
		return;
	if (lstat(t->lock, &lock) == 0 && own.st_dev == lock.st_dev && own.st_ino == lock.st_ino) {
		step_here("working tree: lock of a killed process");
		unlink(t->lock);
	}
	unlink(t->own);
}
