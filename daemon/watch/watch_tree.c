/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of watches, and the end of watching. A directory is watched first and read afterwards,
 * so that what appears in between is seen at least once. The walk stops where the cycle's own walk
 * stops: at other devices, at foreign repositories, at PATH_DEPTH_MAX, and it follows no symbolic
 * link below the root.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "daemon/watch/watch_internal.h"
#include "daemon/watch/watch_names.h"
#include "log/log.h"
#include "path/path.h"

#define EVENTS_WANTED                                                                       \
	(IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK)

#define LIMIT_RETRY_MS (10 * 60 * 1000) /* a limit that was reached is tried again after this */

void watch_say(struct watch *w, char *owned)
{
	free(w->sentence);
	w->sentence = owned;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

void watch_stop(struct watch *w)
{
	if (!w->poll)
		return;
	w->poll->data = NULL;
	uv_close((uv_handle_t *)w->poll, on_closed);
	w->poll = NULL;
	close(steal_fd(&w->fd));
	watch_dirs_release(&w->dirs);
	w->stale = false;
}

void watch_lose(struct watch *w, const char *why)
{
	watch_stop(w);
	watch_say(w, xstrdup(why));
}

void watch_lose_to_limit(struct watch *w, const char *setting)
{
	cleanup_free char *why = xasprintf(
		"cannot watch '%s': the limit %s is reached, so changes there are found by "
		"polling only; raise it, for example with 'sysctl %s=1048576'",
		w->root, setting, setting);

	log_warning("%s", why);
	watch_lose(w, why);
	w->retry_at = (int64_t)uv_now(w->loop) + LIMIT_RETRY_MS;
}

/* Whether the cycle looks into this directory at all: see fs_walk(). */
static bool is_ours(const struct watch *w, int fd, const char *rel)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_dev != w->dev || strlen(rel) > PATH_LEN_MAX)
		return false;
	return !*rel || faccessat(fd, ".git", F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

static int open_dir(int at, const char *name, int extra)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | extra);
}

static int add_dir(struct watch *w, int fd, const char *rel, unsigned depth);

static int add_children(struct watch *w, DIR *dir, const char *rel, unsigned depth)
{
	struct dirent *entry;
	int r = 0;

	while (!r && (entry = readdir(dir))) {
		cleanup_free char *child = NULL;
		int fd;

		if ((entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) ||
		    str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") ||
		    watch_name_class(entry->d_name, true) == WATCH_NAME_NOISE)
			continue;
		fd = open_dir(dirfd(dir), entry->d_name, O_NOFOLLOW);
		if (fd < 0)
			continue;
		child = path_join(rel, entry->d_name);
		r = add_dir(w, fd, child, depth + 1);
	}
	return r;
}

/* Takes fd over. Answers 0, also for what cannot be watched for reasons of its own, or the errno
 * of a limit that stops watching as a whole. */
static int add_dir(struct watch *w, int fd, const char *rel, unsigned depth)
{
	cleanup_free char *whole = *rel ? path_join(w->root, rel) : xstrdup(w->root);
	DIR *dir;
	int wd, r;

	if (depth > PATH_DEPTH_MAX || !is_ours(w, fd, rel)) {
		close(fd);
		return 0;
	}
	wd = inotify_add_watch(w->fd, whole, EVENTS_WANTED | (*rel ? IN_DONT_FOLLOW : 0));
	if (wd < 0) {
		r = errno == ENOSPC || errno == ENOMEM ? errno : 0;
		close(fd);
		return r;
	}
	watch_dirs_put(&w->dirs, wd, rel);
	if (!*rel)
		w->root_wd = wd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return 0;
	}
	r = add_children(w, dir, rel, depth);
	closedir(dir);
	return r;
}

static unsigned depth_of(const char *rel)
{
	unsigned depth = *rel ? 1 : 0;

	for (; *rel; rel++)
		depth += *rel == '/';
	return depth;
}

void watch_add_tree(struct watch *w, const char *rel)
{
	cleanup_free char *whole = *rel ? path_join(w->root, rel) : xstrdup(w->root);
	int fd = open_dir(AT_FDCWD, whole, *rel ? O_NOFOLLOW : 0);

	if (fd >= 0 && add_dir(w, fd, rel, depth_of(rel)))
		watch_lose_to_limit(w, "fs.inotify.max_user_watches");
}
