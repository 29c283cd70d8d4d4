/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving a branch of a repository on this machine's file systems, in such a way that a kill blocks
 * nobody.
 *
 * Git's protocol: create <ref>.lock, write the new id, sync, compare the old one, rename. A process
 * that is killed in between leaves a lock of which nobody can say whose it is, and the branch stands
 * still until a human removes it. So here the lock appears complete, as a link to a file that has no
 * name yet; and a lock that names a commit which only we can have made (one that we are about to
 * push, or tried to push before, and that the branch does not have) is what a killed push of ours left: the mapping's own lock
 * says that no other is alive. It is taken over. Every other lock is respected. No reflog is kept.
 */

#include <errno.h>
#include <fcntl.h>
#include <git2/refs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"
#include "git/remote/link.h"

#define HEX_SIZE 40

/* One move of one reference. */
struct move {
	struct link *l;
	git_repository *to;
	char *path, *lock; /* of the reference's file */
	char *folder;
};

static int failed(const struct move *m, int errnum, struct err *e)
{
	return err_set(e, errnum == EACCES || errnum == EROFS ? ERR_CONFIG : ERR_RETRY,
		       "cannot move branch '%s' of '%s': %s", m->l->r->branch, m->l->r->url,
		       strerror(errnum));
}

/* ---- the lock ---- */

/* Opens a file without a name. Where a file system has no such files it gets one that Git passes
 * over, *name (owned), for the time until the lock is taken. -1 with errno. */
static int open_unnamed(const struct move *m, char **name)
{
	int fd = open(m->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);

	*name = NULL;
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	*name = xasprintf("%s.%d.lock", m->path, (int)getpid());
	unlink(*name);
	return open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* The id, on the disk. False with errno. */
static bool write_id(int fd, const struct oid *id)
{
	char line[HEX_SIZE + 2];
	ssize_t n;

	oid_hex(id, line);
	line[HEX_SIZE] = '\n';
	n = write(fd, line, HEX_SIZE + 1);
	if (n >= 0 && n < HEX_SIZE + 1)
		errno = ENOSPC;
	return n == HEX_SIZE + 1 && fsync(fd) == 0;
}

/* 0, or an errno. */
static int take(const struct move *m, int fd, const char *name)
{
	cleanup_free char *open_file = xasprintf("/proc/self/fd/%d", fd);

	step_here("pushed reference: lock");
	if (linkat(AT_FDCWD, name ? name : open_file, AT_FDCWD, m->lock, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	return errno;
}

/* Whether the lock that is there was left by a push of ours. */
static bool is_ours(const struct move *m, const struct oid *tip, const struct oid *commit)
{
	cleanup_fd int fd = open(m->lock, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char line[HEX_SIZE + 2] = "";
	bool pushed = false, public = false;
	struct oid id;

	if (fd < 0 || read(fd, line, sizeof(line)) != HEX_SIZE + 1 || line[HEX_SIZE] != '\n')
		return false;
	line[HEX_SIZE] = '\0';
	if (!oid_parse(&id, line) || !hub_has(m->l->h, &id) ||
	    hub_is_ancestor(m->l->h, &id, commit, &pushed, NULL))
		return false;
	if (!pushed && !(m->l->r->was_sent && m->l->r->was_sent(m->l->r->was_sent_payload, &id)))
		return false;
	return oid_is_zero(tip) || (hub_has(m->l->h, tip) &&
				    !hub_is_ancestor(m->l->h, &id, tip, &public, NULL) && !public);
}

static int lock(const struct move *m, const struct oid *tip, const struct oid *commit,
		struct err *e)
{
	cleanup_free char *name = NULL;
	cleanup_fd int fd = open_unnamed(m, &name);
	int errnum = fd < 0 || !write_id(fd, commit) ? errno : take(m, fd, name);

	if (errnum == EEXIST && is_ours(m, tip, commit)) {
		step_here("pushed reference: lock of a killed process");
		if (unlink(m->lock) == 0)
			errnum = take(m, fd, name);
	}
	if (name)
		unlink(name);
	if (errnum == EEXIST)
		return err_set(e, ERR_RETRY,
			       "branch '%s' of '%s' is locked by another program: if none is "
			       "running, remove '%s'",
			       m->l->r->branch, m->l->r->url, m->lock);
	return errnum ? failed(m, errnum, e) : ERR_OK;
}

/* ---- the move ---- */

/* Whether the branch still stands at tip (zero: is not there), now that nobody else may move it. */
static int compare(const struct move *m, const struct oid *tip, struct err *e)
{
	git_reference *ref = NULL;
	struct oid now = { 0 };
	bool direct = true;
	int rc = git_reference_lookup(&ref, m->to, m->l->branch_ref);

	if (rc == 0) {
		direct = git_reference_type(ref) == GIT_REFERENCE_DIRECT;
		if (direct)
			now = oid_from_git(git_reference_target(ref));
	}
	git_reference_free(ref);
	if (rc && rc != GIT_ENOTFOUND)
		return link_fail(m->l, rc, "push to", e);
	if (!direct)
		return err_set(e, ERR_CONFIG, "branch '%s' of '%s' is a symbolic reference",
			       m->l->r->branch, m->l->r->url);
	return oid_equal(&now, tip)
		       ? ERR_OK
		       : err_set(e, ERR_CONFLICT, "branch '%s' of '%s' has just moved: fetch again",
				 m->l->r->branch, m->l->r->url);
}

static int place(const struct move *m, struct err *e)
{
	step_here("pushed reference");
	if (rename(m->lock, m->path) < 0)
		return failed(m, errno, e);
	step_here("the push has an answer");
	return hub_dir_sync(m->folder, e);
}

/* 0, or an errno. */
static int make_one_folder(const struct move *m, const char *path)
{
	int errnum;

	if (mkdir(path, 0777) < 0)
		return errno == EEXIST ? 0 : errno;
	errnum = file_share_folder(m->l->share, path);
	if (errnum)
		rmdir(path);
	return errnum;
}

/* Folders of a branch like "team/ana". */
static int make_folder(const struct move *m, struct err *e)
{
	int errnum;

	for (char *at = m->folder + strlen(git_repository_commondir(m->to)); at;
	     at = strchr(at + 1, '/')) {
		cleanup_free char *above = xstrndup(m->folder, (size_t)(at - m->folder));

		step_here("pushed reference: folder");
		if ((errnum = make_one_folder(m, above)))
			return failed(m, errnum, e);
	}
	errnum = make_one_folder(m, m->folder);
	return errnum ? failed(m, errnum, e) : ERR_OK;
}

/* Compares and places under the lock, which goes when that fails. */
static int place_locked(const struct move *m, const struct oid *tip, struct err *e)
{
	int r = compare(m, tip, e);

	if (!r)
		r = place(m, e);
	if (r) {
		step_here("pushed reference: unlock");
		unlink(m->lock);
	}
	return r;
}

int file_ref_move(struct link *l, git_repository *to, const struct oid *tip,
		  const struct oid *commit, struct err *e)
{
	struct move m = { .l = l, .to = to };
	int r;

	m.path = xasprintf("%s%s", git_repository_commondir(to), l->branch_ref);
	m.lock = xasprintf("%s.lock", m.path);
	m.folder = xstrndup(m.path, (size_t)(strrchr(m.path, '/') - m.path));
	r = make_folder(&m, e);
	if (!r)
		r = lock(&m, tip, commit, e);
	if (!r)
		r = place_locked(&m, tip, e);
	free(m.path);
	free(m.lock);
	free(m.folder);
	return r;
}
