/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving the branch of a working tree on to what the remote has; see worktree.h for the order and
 * what it means to be killed within it.
 *
 * The new index is made from a copy beforehand. Under the lock only this happens: the index is still
 * the one that was copied, the branch is still checked out and nothing else under way; rename, and the
 * branch. So nobody waits for us longer than that, and "git commit" sees both or neither.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"
#include "git/hub/internal.h"
#include "git/worktree/internal.h"

static struct twin index_twin(const struct worktree *w)
{
	return twin_at(xasprintf("%s/nbsync-%s.lock", w->place.gitdir, w->owner),
		       xasprintf("%s/index.lock", w->place.gitdir));
}

static char *copy_path(const struct worktree *w)
{
	return xasprintf("%s/nbsync-%s.index", w->place.gitdir, w->owner);
}

static char *tracking_ref(struct worktree *w)
{
	cleanup_free char *remote = worktree_remote(w);

	return remote ? xasprintf("refs/remotes/%s/%s", remote, w->branch) : NULL;
}

void worktree_recover(struct worktree *w)
{
	cleanup_free char *copy = copy_path(w);
	cleanup_free char *half = xasprintf("%s.lock", copy); /* libgit2 was writing the copy */
	cleanup_free char *tracking = tracking_ref(w);
	struct twin index = index_twin(w);
	const char *refs[] = { w->branch_ref, tracking };

	twin_recover(&index);
	twin_release(&index);
	for (size_t i = 0; i < ARRAY_SIZE(refs); i++) {
		struct twin t = worktree_ref_twin(w, refs[i] ? refs[i] : w->branch_ref);
		struct stat own, lock;

		/* Our file is one for both: it stays until both were looked at. */
		if (lstat(t.own, &own) == 0 && lstat(t.lock, &lock) == 0 &&
		    own.st_ino == lock.st_ino && own.st_dev == lock.st_dev)
			twin_recover(&t);
		else if (i + 1 == ARRAY_SIZE(refs))
			unlink(t.own);
		twin_release(&t);
	}
	unlink(half);
	unlink(copy);
}

/* ---- the copy of the index ---- */

/* A branch without commits may have no index yet: then there is no copy, which is an empty index. */
static int copy_index(struct worktree *w, const char *copy, struct err *e)
{
	cleanup_free char *index = xasprintf("%s/index", w->place.gitdir);
	cleanup_buf struct buf data = BUF_INIT((size_t)1 << 30);
	struct stat st;
	int r;

	unlink(copy);
	if (stat(index, &st))
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "cannot read '%s'", index);
	if ((r = fs_load(index, (size_t)1 << 30, &data, e)))
		return r;
	return fs_store(copy, buf_str(&data), data.len, st.st_mode & 0777, e);
}

/* Writes the copy as planned, and makes it what the index was to others: its mode. */
static int write_copy(struct worktree *w, const char *copy, struct worktree_paths *p, struct err *e)
{
	cleanup_free char *index = xasprintf("%s/index", w->place.gitdir);
	cleanup_fd int fd = -1;
	struct stat st;

	step_here("working tree: copy of the index");
	if (git_index_write(p->index))
		return libgit2_fail_as(e, ERR_RETRY, "cannot write '%s'", copy);
	if (stat(index, &st) == 0 && chmod(copy, st.st_mode & 0777))
		return err_errno(e, errno, "cannot change '%s'", copy);
	fd = open(copy, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return err_errno(e, errno, "cannot write '%s'", copy);
	return ERR_OK;
}

/* ---- under the lock ---- */

static int place_index(struct worktree *w, const char *copy, struct err *e)
{
	cleanup_free char *index = xasprintf("%s/index", w->place.gitdir);

	step_here("working tree: index");
	if (rename(copy, index))
		return err_errno(e, errno, "cannot replace '%s'", index);
	return hub_dir_sync(w->place.gitdir, e);
}

static int move_locked(struct worktree *w, const struct worktree_advance *a,
		       const struct worktree_paths *p, const char *copy,
		       const struct worktree_moment *before, struct err *e)
{
	struct worktree_moment now;
	int r = worktree_check_locked(w, e);

	worktree_moment_take(w, &now);
	if (!r && !worktree_moment_same(before, &now))
		r = err_set(e, ERR_RETRY, "the index of the working tree '%s' has just changed",
			    w->place.top);
	if (!r && p->changed)
		r = place_index(w, copy, e);
	if (!r && !p->others)
		r = worktree_move_ref(w, a, w->branch_ref, &p->from, true, e);
	return r;
}

static int move(struct worktree *w, const struct worktree_advance *a,
		const struct worktree_paths *p, const char *copy,
		const struct worktree_moment *before, struct err *e)
{
	struct twin lock = index_twin(w);
	int r = twin_take(&lock, "nbsyncd\n", e);

	if (!r) {
		r = move_locked(w, a, p, copy, before, e);
		twin_drop(&lock);
	}
	twin_release(&lock);
	return r;
}

/* ---- all of it ---- */

/* What "git fetch" would do: without it, "git status" calls the branch ahead of what was pushed. */
void worktree_track(struct worktree *w, const struct worktree_advance *a)
{
	cleanup_free char *ref = tracking_ref(w);
	bool behind = false;
	struct oid now;

	if (!ref || worktree_ref(w, ref, &now, NULL) || oid_equal(&now, a->tip))
		return;
	if (!oid_is_zero(&now) && (!hub_has(a->hub, &now) ||
				   hub_is_ancestor(a->hub, &now, a->tip, &behind, NULL) || !behind))
		return;
	worktree_move_ref(w, a, ref, &now, false, NULL);
}

static int advance(struct worktree *w, const struct worktree_advance *a, const char *copy,
		   enum worktree_outcome *out, struct err *e)
{
	struct worktree_paths p = { .index = NULL };
	struct worktree_moment before;
	int r;

	if ((r = worktree_check(w, &before, NULL, e)) ||
	    (r = worktree_ref(w, w->branch_ref, &p.from, e)) ||
	    (r = worktree_bring(w, a->hub, a->tip, &p.from, e)) || (r = copy_index(w, copy, e)) ||
	    (r = worktree_plan_paths(w, a, copy, &p, e)))
		goto out;
	if (p.waits.code) {
		*e = p.waits;
		r = e->code;
		goto out;
	}
	*out = p.others ? WORKTREE_STAGED : WORKTREE_MOVED;
	if (p.others && !p.changed)
		goto out;
	if (p.changed && (r = write_copy(w, copy, &p, e)))
		goto out;
	r = move(w, a, &p, copy, &before, e);
out:
	git_index_free(p.index);
	unlink(copy);
	return r;
}

int worktree_advance(struct worktree *w, const struct worktree_advance *a,
		     enum worktree_outcome *out, struct err *e)
{
	cleanup_free char *copy = copy_path(w);
	int r;

	*out = WORKTREE_STAGED;
	worktree_recover(w);
	r = advance(w, a, copy, out, e);
	if (!r && *out == WORKTREE_MOVED)
		worktree_track(w, a);
	return r;
}
