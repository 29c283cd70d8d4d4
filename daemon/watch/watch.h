/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Watches the local directory of one mapping, recursively, with an inotify descriptor of its own:
 * a burst in one mapping's tree overflows only its own queue, and closing the descriptor drops all
 * its watches. Events are hints; the full cycle that the poll causes is the truth. Whatever cannot
 * be watched is therefore not an error but a slower answer, and says so in watch_sentence().
 */

#include <stddef.h>
#include <uv.h>

#include "daemon/schedule/pending.h"

struct watch;

/* Called from the loop, never from within a function of this header. rel is borrowed. */
struct watch_handlers {
	/* Look at this file or directory, relative to the root. */
	void (*hint)(void *owner, const char *rel, enum pending_how how);
	/* Look at everything: events were lost, a filter changed, or the root vanished. */
	void (*full)(void *owner);
};

enum watch_mode {
	WATCH_EVENTS,  /* every readable directory below the root is watched */
	WATCH_POLLING, /* changes are found by the poll only; watch_sentence() says why */
};

/* Starts watching root (absolute, copied); files: for other files than notebooks, too. Never fails:
 * see watch_mode(). */
struct watch *watch_new(uv_loop_t *loop, const char *root, bool files,
			const struct watch_handlers *handlers, void *owner);

/*
 * To be called ahead of every full cycle: watches again when the root vanished or was replaced, or
 * when a limit was reached a while ago, and catches up after lost events. What changes between this
 * call and the cycle's own look is seen by one of them.
 */
void watch_look(struct watch *w);

enum watch_mode watch_mode(const struct watch *w);
const char *watch_mode_name(enum watch_mode mode); /* "events" "polling" */
const char *watch_sentence(const struct watch *w); /* "" in WATCH_EVENTS; borrowed */
size_t watch_directories(const struct watch *w);

/* Stops and frees; NULL is fine. No handler is called any more. */
void watch_free(struct watch *w);
