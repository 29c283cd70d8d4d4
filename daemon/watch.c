/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inotify descriptor of one mapping and the tree of watches behind it. A directory is watched
 * first and read afterwards, so that what appears in between is seen at least once. The walk stops
 * where the cycle's own walk stops: at other devices, at foreign repositories, at PATH_DEPTH_MAX,
 * and it follows no symbolic link below the root.
 *
 * Why not uv_fs_event: it drops overflows silently, is not recursive, and cannot tell a file that
 * was closed from one that is still being written.
 */

#include "daemon/watch_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/util.h"
#include "daemon/watch_fs.h"
#include "daemon/watch_names.h"

#define EVENTS_WANTED                                                                       \
	(IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK)

#define LIMIT_RETRY_MS (10 * 60 * 1000) /* a limit that was reached is tried again after this */
#define READS_AT_ONCE  16               /* the loop has other mappings to serve in a storm */

static void set_sentence(struct watch *w, char *owned)
{
	free(w->sentence);
	w->sentence = owned;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

static void stop(struct watch *w)
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
	stop(w);
	set_sentence(w, xstrdup(why));
}

static void lose_to_limit(struct watch *w, const char *setting)
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
		lose_to_limit(w, "fs.inotify.max_user_watches");
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	_Alignas(struct inotify_event) static char buffer[64 * 1024];
	struct watch *w = poll->data;

	(void)events;
	if (status < 0) {
		watch_lose(w, "the event queue of the kernel failed");
		w->handlers.full(w->owner);
		return;
	}
	for (int i = 0; i < READS_AT_ONCE && w->poll; i++) {
		ssize_t n = read(w->fd, buffer, sizeof(buffer));
		const char *at = buffer;

		if (n <= 0)
			return;
		while (at < buffer + n && w->poll) {
			const struct inotify_event *event = (const void *)at;

			at += sizeof(*event) + event->len;
			watch_event(w, event);
		}
	}
}

/* inotify_init1() answers EMFILE both for its own limit and for that of open files. */
static bool open_descriptor(struct watch *w)
{
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0) {
		lose_to_limit(w, "fs.inotify.max_user_instances");
		return false;
	}
	w->poll = xcalloc(1, sizeof(*w->poll));
	if (uv_poll_init(w->loop, w->poll, w->fd) < 0) {
		free(steal(&w->poll));
		close(steal_fd(&w->fd));
		set_sentence(w, xstrdup("the event loop cannot watch any more descriptors"));
		return false;
	}
	w->poll->data = w;
	uv_poll_start(w->poll, UV_READABLE, on_readable);
	return true;
}

static void start(struct watch *w)
{
	const char *remote = watch_fs_remote(w->root);
	struct stat st;

	if (remote) {
		set_sentence(w, xasprintf("'%s' is on %s, where changes made elsewhere raise no "
					  "events: they are found by polling",
					  w->root, remote));
		/* A server that went away would block us with every further question. */
		w->retry_at = INT64_MAX;
		return;
	}
	if (stat(w->root, &st) < 0) {
		set_sentence(w, xasprintf("cannot watch '%s': %s", w->root, strerror(errno)));
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		set_sentence(w, xasprintf("cannot watch '%s': it is not a directory", w->root));
		return;
	}
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	w->root_wd = -1;
	if (!open_descriptor(w))
		return;
	set_sentence(w, NULL);
	watch_add_tree(w, "");
	if (w->poll && w->root_wd < 0)
		watch_lose(w, "the directory cannot be read");
}

struct watch *watch_new(uv_loop_t *loop, const char *root, bool files,
			const struct watch_handlers *handlers, void *owner)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	*w = (struct watch){
		.loop = loop,
		.root = xstrdup(root),
		.files = files,
		.handlers = *handlers,
		.owner = owner,
		.fd = -1,
	};
	start(w);
	return w;
}

static bool root_is_same(const struct watch *w)
{
	struct stat st;

	return stat(w->root, &st) == 0 && st.st_dev == w->dev && st.st_ino == w->ino;
}

void watch_look(struct watch *w)
{
	if (w->poll && !root_is_same(w))
		watch_lose(w, "the directory was replaced");
	if (!w->poll) {
		if ((int64_t)uv_now(w->loop) >= w->retry_at)
			start(w);
	} else if (w->stale) {
		w->stale = false;
		watch_add_tree(w, "");
	}
}

enum watch_mode watch_mode(const struct watch *w)
{
	return w->poll ? WATCH_EVENTS : WATCH_POLLING;
}

const char *watch_mode_name(enum watch_mode mode)
{
	return mode == WATCH_EVENTS ? "events" : "polling";
}

const char *watch_sentence(const struct watch *w)
{
	return w->sentence ? w->sentence : "";
}

size_t watch_directories(const struct watch *w)
{
	return w->dirs.count;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	stop(w);
	free(w->root);
	free(w->sentence);
	free(w->move_name);
	free(w->move_rel);
	free(w);
}
