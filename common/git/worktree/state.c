/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts by which judge.c decides, read from the Git directory.
 *
 * Git changes files, then replaces the index, and then moves HEAD: between the last two no lock is
 * left, and HEAD still names the old branch. So an index that was replaced a moment ago counts as a
 * command at work, and whoever looked at the files compares the moments before and after.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "git/worktree/internal.h"
#include "git/worktree/judge.h"

#define FRESH_MS 250

bool worktree_moment_same(const struct worktree_moment *a, const struct worktree_moment *b)
{
	return a->has_index == b->has_index &&
	       (!a->has_index || fs_stat_same(&a->index, &b->index));
}

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

void worktree_moment_take(const struct worktree *w, struct worktree_moment *now)
{
	cleanup_free char *path = xasprintf("%s/index", w->place.gitdir);
	struct stat st;

	*now = (struct worktree_moment){ .has_index = stat(path, &st) == 0 };
	if (now->has_index)
		now->index = (struct fs_stat){ .dev = st.st_dev,
					       .ino = st.st_ino,
					       .size = (uint64_t)st.st_size,
					       .mtime_ns = nanoseconds(&st.st_mtim),
					       .ctime_ns = nanoseconds(&st.st_ctim) };
}

/* A clock that was set back does not make the index fresh for long: only the next moments count. */
static bool is_fresh(const struct worktree_moment *now)
{
	int64_t age_ms = clock_unix_ms() - now->index.mtime_ns / 1000000;

	return now->has_index && age_ms >= 0 && age_ms < FRESH_MS;
}

/* What HEAD names, for facts->head. Owned. */
static char *read_head(const struct worktree *w, struct worktree_facts *facts)
{
	cleanup_free char *path = xasprintf("%s/HEAD", w->place.gitdir);
	char text[WORKTREE_REF_MAX + 1];
	cleanup_fd int fd = -1;
	struct oid id;
	ssize_t n = readlink(path, text, WORKTREE_REF_MAX); /* as Git did long ago */

	if (n > 0) {
		text[n] = '\0';
		return remote_text(text, (size_t)n, WORKTREE_REF_MAX);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	n = fd < 0 ? -1 : read(fd, text, WORKTREE_REF_MAX);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (str_starts(text, "ref: "))
		return remote_text(text + 5, strlen(text + 5), WORKTREE_REF_MAX);
	facts->head_unknown = !oid_parse(&id, text);
	return NULL;
}

/* Reads the index when it is another one than was read last. */
static void read_index(struct worktree *w, const struct worktree_moment *now)
{
	cleanup_free char *path = xasprintf("%s/index", w->place.gitdir);
	git_index *index = NULL;

	if (w->read_once && worktree_moment_same(&w->read, now))
		return;
	w->unmerged = w->index_unknown = false;
	if (now->has_index) {
		w->index_unknown = git_index_open(&index, path) != 0;
		w->unmerged = !w->index_unknown && git_index_has_conflicts(index);
	}
	git_index_free(index);
	w->read = *now;
	w->read_once = true;
}

static int check(struct worktree *w, bool ours, struct worktree_moment *now, bool *brief,
		 struct err *e)
{
	struct worktree_facts facts = { .top = w->place.top };
	cleanup_free char *head = read_head(w, &facts);
	enum worktree_verdict verdict;

	facts.head = head;
	for (int i = 0; i < WORKTREE_MARKS; i++) {
		cleanup_free char *path = xasprintf("%s/%s", w->place.gitdir,
						    worktree_mark_files[i]);

		facts.marks[i] = !(ours && i == MARK_INDEX_LOCK) &&
				 faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	worktree_moment_take(w, now);
	facts.index_fresh = !ours && is_fresh(now);
	if (!facts.marks[MARK_INDEX_LOCK])
		read_index(w, now);
	facts.unmerged = w->unmerged;
	facts.index_unknown = w->index_unknown;
	verdict = worktree_judge(&facts, w->branch, e);
	*brief = verdict == WORKTREE_BRIEF;
	return verdict == WORKTREE_FREE ? ERR_OK : ERR_RETRY;
}

int worktree_check(struct worktree *w, struct worktree_moment *now, bool *brief, struct err *e)
{
	struct worktree_moment moment;
	bool moment_only;

	return check(w, false, now ? now : &moment, brief ? brief : &moment_only, e);
}

int worktree_check_locked(struct worktree *w, struct err *e)
{
	struct worktree_moment moment;
	bool brief;

	return check(w, true, &moment, &brief, e);
}
