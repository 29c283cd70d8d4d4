/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving a branch of somebody's repository, as Git does: <ref>.lock, compare, a line in the reflog,
 * rename. Reflogs that are not there are not made. A reference that is packed only gets its file.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/step.h"
#include "git/hub/internal.h"
#include "git/worktree/internal.h"

#define WHY "nbsync: fast-forward to what the remote has"

struct twin worktree_ref_twin(const struct worktree *w, const char *ref)
{
	return twin_at(xasprintf("%s/nbsync-%s.ref", w->place.common, w->owner),
		       xasprintf("%s/%s.lock", w->place.common, ref));
}

/* Folders of a branch like "team/ana". */
static int make_folders(const struct worktree *w, const char *path, struct err *e)
{
	for (const char *at = strchr(path + strlen(w->place.common) + 1, '/'); at;
	     at = strchr(at + 1, '/')) {
		cleanup_free char *folder = xstrndup(path, (size_t)(at - path));

		if (mkdir(folder, 0777) && errno != EEXIST)
			return err_errno(e, errno, "cannot make '%s'", folder);
	}
	return ERR_OK;
}

static int compare(struct worktree *w, const char *name, const struct oid *from, struct err *e)
{
	git_reference *ref = NULL;
	struct oid now = { 0 };
	bool direct = true;
	int rc = git_reference_lookup(&ref, w->repo, name);

	if (!rc) {
		direct = git_reference_type(ref) == GIT_REFERENCE_DIRECT;
		if (direct)
			now = oid_from_git(git_reference_target(ref));
	}
	git_reference_free(ref);
	if (rc && rc != GIT_ENOTFOUND)
		return libgit2_fail_as(e, ERR_RETRY, "cannot read '%s' of the working tree '%s'",
				       name, w->place.top);
	if (!direct || !oid_equal(&now, from))
		return err_set(e, ERR_CONFLICT, "'%s' of the working tree '%s' has just moved",
			       name, w->place.top);
	return ERR_OK;
}

/* One line, if there is a reflog. folder: the Git directory that has it. */
static void add_to_log(const char *folder, const char *name, const char *line)
{
	cleanup_free char *path = xasprintf("%s/logs/%s", folder, name);
	cleanup_fd int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	step_here("working tree: reflog");
	if (fd >= 0 && write(fd, line, strlen(line)) < 0)
		return; /* a reflog is for people: the branch moves without it */
}

static char *log_line(const struct worktree_advance *a, const struct oid *from)
{
	char before[OID_HEX], after[OID_HEX];

	oid_hex(from, before);
	oid_hex(a->tip, after);
	return xasprintf("%s %s %s <%s> %" PRId64 " +0000\t" WHY "\n", before, after, a->name,
			 a->email, clock_unix_ms() / 1000);
}

int worktree_move_ref(struct worktree *w, const struct worktree_advance *a, const char *ref,
		      const struct oid *from, bool head, struct err *e)
{
	cleanup_free char *target = xasprintf("%s/%s", w->place.common, ref);
	cleanup_free char *line = log_line(a, from);
	char content[OID_HEX + 1];
	struct twin t;
	int r;

	oid_hex(a->tip, content);
	strcat(content, "\n");
	if ((r = make_folders(w, target, e)))
		return r;
	t = worktree_ref_twin(w, ref);
	r = twin_take(&t, content, e);
	if (!r && (r = compare(w, ref, from, e))) {
		twin_drop(&t);
	} else if (!r) {
		if (head)
			add_to_log(w->place.gitdir, "HEAD", line);
		add_to_log(w->place.common, ref, line);
		r = twin_place(&t, target, e);
	}
	twin_release(&t);
	return r;
}
