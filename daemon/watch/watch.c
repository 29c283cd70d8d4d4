/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inotify descriptor of one mapping: opening, reading and closing it, and watching again later.
 * The watches are set in watch_tree.c, the events understood in watch_events.c.
 *
 * Why not uv_fs_event: it drops overflows silently, is not recursive, and cannot tell a file that
 * was closed from one that is still being written.
 */

#include "daemon/watch/watch_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "daemon/watch/watch_fs.h"

#define READS_AT_ONCE 16 /* the loop has other mappings to serve in a storm */

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
		watch_lose_to_limit(w, "fs.inotify.max_user_instances");
		return false;
	}
	w->poll = xcalloc(1, sizeof(*w->poll));
	if (uv_poll_init(w->loop, w->poll, w->fd) < 0) {
		free(steal(&w->poll));
		close(steal_fd(&w->fd));
		watch_say(w, xstrdup("the event loop cannot watch any more descriptors"));
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
		watch_say(w, xasprintf("'%s' is on %s, where changes made elsewhere raise no "
				       "events: they are found by polling",
				       w->root, remote));
		/* A server that went away would block us with every further question. */
		w->retry_at = INT64_MAX;
		return;
	}
	if (stat(w->root, &st) < 0) {
		watch_say(w, xasprintf("cannot watch '%s': %s", w->root, strerror(errno)));
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		watch_say(w, xasprintf("cannot watch '%s': it is not a directory", w->root));
		return;
	}
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	w->root_wd = -1;
	if (!open_descriptor(w))
		return;
	watch_say(w, NULL);
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
	watch_stop(w);
	free(w->root);
	free(w->sentence);
	free(w->move_name);
	free(w->move_rel);
	free(w);
}
