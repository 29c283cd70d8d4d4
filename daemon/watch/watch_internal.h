/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What watch.c (the descriptor), watch_events.c (the events) and watch_tree.c (the watches)
 * share. */

#include <stdbool.h>
#include <sys/inotify.h>
#include <sys/types.h>

#include "daemon/watch/watch.h"
#include "daemon/watch/watch_dirs.h"

struct watch {
	uv_loop_t *loop; /* borrowed */
	char *root;      /* owned */
	bool files;      /* not only notebooks */
	struct watch_handlers handlers;
	void *owner; /* borrowed */

	uv_poll_t *poll; /* owned until its close callback; NULL while polling */
	int fd;          /* inotify; -1 while polling */
	dev_t dev;       /* of the root as it was when we began to watch */
	ino_t ino;
	int root_wd;
	struct watch_dirs dirs;
	bool stale;       /* events were lost: directories may be missing from dirs */
	int64_t retry_at; /* uv_now() before which watching again is pointless */
	char *sentence;   /* owned; why we poll; NULL in WATCH_EVENTS */

	/* The first half of a rename, until its second half arrives. */
	uint32_t move_cookie;
	char *move_name; /* owned */
	char *move_rel;  /* owned */
};

/* Watches the directory rel and everything below it. */
void watch_add_tree(struct watch *w, const char *rel);

/* Takes the sentence over; NULL while events come. */
void watch_say(struct watch *w, char *owned);

/* Closes the descriptor; a second time does nothing. */
void watch_stop(struct watch *w);

/* The same; why (copied) becomes the sentence. */
void watch_lose(struct watch *w, const char *why);
/* The same because the limit that this setting of sysctl(8) sets is reached; tried again later. */
void watch_lose_to_limit(struct watch *w, const char *setting);

/* One event. May end in watch_lose(). */
void watch_event(struct watch *w, const struct inotify_event *event);
