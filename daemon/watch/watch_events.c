/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an inotify event means for a mapping. Complete files (closed after writing, renamed into
 * place) are hinted at once; open and vanished ones settle; lost events mean "look at everything".
 * The order of events is the order of deeds, but what they describe may be over already, so nothing
 * here concludes anything about content: it only names paths.
 */

#include <stdlib.h>

#include "base/util.h"
#include "daemon/watch/watch_internal.h"
#include "daemon/watch/watch_names.h"
#include "path/path.h"

static void lose_root(struct watch *w)
{
	cleanup_free char *why = xasprintf(
		"'%s' was removed, moved or unmounted; watching it again once it is back", w->root);

	watch_lose(w, why);
	w->handlers.full(w->owner);
}

/* The first half of a rename inside the tree, or all there is of one that leads out of it. */
static void remember_move(struct watch *w, const struct inotify_event *event, const char *rel)
{
	free(w->move_name);
	free(w->move_rel);
	w->move_cookie = event->cookie;
	w->move_name = xstrdup(event->name);
	w->move_rel = xstrdup(rel);
}

/* A notebook that was renamed is one piece of news: its old name is looked at together with the new
 * one. After a rename to a backup name, or from a temporary one, the old name just settles. */
static void complete_move(struct watch *w, const struct inotify_event *event)
{
	if (w->move_rel && w->move_cookie == event->cookie &&
	    watch_name_is_move(w->move_name, event->name, event->mask & IN_ISDIR))
		w->handlers.hint(w->owner, w->move_rel, PENDING_NOW);
	free(steal(&w->move_rel));
	free(steal(&w->move_name));
}

static enum pending_how how(uint32_t mask)
{
	if (mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
		return PENDING_NOW;
	if (mask & (IN_DELETE | IN_MOVED_FROM))
		return PENDING_GONE;
	return mask & IN_ATTRIB ? PENDING_TOUCHED : PENDING_SETTLE;
}

/* Keeps the table of directories up with the tree. A directory that is new to us may have been
 * filled already: the hint at itself makes the cycle look at all of it. */
static void follow_directory(struct watch *w, uint32_t mask, const char *rel)
{
	if (mask & (IN_MOVED_FROM | IN_DELETE))
		watch_dirs_drop_tree(&w->dirs, w->fd, rel);
	else
		watch_add_tree(w, rel);
	/* A limit was reached: the events still in the queue went with the descriptor. */
	if (!w->poll)
		w->handlers.full(w->owner);
}

static void on_entry(struct watch *w, const char *dir, const struct inotify_event *event)
{
	enum watch_name class = watch_name_class(event->name, event->mask & IN_ISDIR);
	cleanup_free char *rel = NULL;

	if (class == WATCH_NAME_NOISE || (class == WATCH_NAME_FILE && !w->files))
		return;
	if (class == WATCH_NAME_FILTER) {
		w->handlers.full(w->owner);
		return;
	}
	rel = path_join(dir, event->name);
	/* Not a name that can travel, perhaps not even text: the cycle will say so. */
	if (path_check(rel, NULL)) {
		w->handlers.full(w->owner);
		return;
	}
	w->handlers.hint(w->owner, rel, how(event->mask));
	if (event->mask & IN_MOVED_FROM)
		remember_move(w, event, rel);
	else if (event->mask & IN_MOVED_TO)
		complete_move(w, event);
	if (event->mask & IN_ISDIR)
		follow_directory(w, event->mask, rel);
}

void watch_event(struct watch *w, const struct inotify_event *event)
{
	const char *dir;

	if (event->mask & IN_Q_OVERFLOW) {
		w->stale = true;
		w->handlers.full(w->owner);
		return;
	}
	if (event->wd == w->root_wd &&
	    (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))) {
		lose_root(w);
		return;
	}
	if (event->mask & IN_IGNORED) {
		watch_dirs_drop(&w->dirs, event->wd);
		return;
	}
	dir = watch_dirs_get(&w->dirs, event->wd);
	if (dir && event->len)
		on_entry(w, dir, event);
}
