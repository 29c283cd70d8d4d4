/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted array: the kernel hands out watch descriptors in rising order, so that adding is nearly
 * always appending, and finding is a binary search.
 */

#include "daemon/watch/watch_dirs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/util.h"
#include "path/path.h"

static int compare_wd(const void *key, const void *item)
{
	const int *wd = key;
	const struct watch_dir *dir = item;

	return (*wd > dir->wd) - (*wd < dir->wd);
}

/* The index of wd, or where it belongs. */
static size_t find_wd(const struct watch_dirs *d, int wd, bool *found)
{
	return array_find(&wd, d->items, d->count, sizeof(*d->items), compare_wd, found);
}

void watch_dirs_put(struct watch_dirs *d, int wd, const char *rel)
{
	bool found;
	size_t at = find_wd(d, wd, &found);

	if (found) {
		free(d->items[at].rel);
	} else {
		d->items = array_grow(d->items, d->count, &d->cap, sizeof(*d->items));
		memmove(&d->items[at + 1], &d->items[at], (d->count - at) * sizeof(*d->items));
		d->count++;
		d->items[at].wd = wd;
	}
	d->items[at].rel = xstrdup(rel);
}

const char *watch_dirs_get(const struct watch_dirs *d, int wd)
{
	bool found;
	size_t at = find_wd(d, wd, &found);

	return found ? d->items[at].rel : NULL;
}

void watch_dirs_drop(struct watch_dirs *d, int wd)
{
	bool found;
	size_t at = find_wd(d, wd, &found);

	if (!found)
		return;
	free(d->items[at].rel);
	d->count--;
	memmove(&d->items[at], &d->items[at + 1], (d->count - at) * sizeof(*d->items));
}

void watch_dirs_drop_tree(struct watch_dirs *d, int fd, const char *rel)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++) {
		struct watch_dir *dir = &d->items[i];

		if (str_eq(dir->rel, rel) || path_is_below(dir->rel, rel)) {
			inotify_rm_watch(fd, dir->wd);
			free(dir->rel);
		} else {
			d->items[kept++] = *dir;
		}
	}
	d->count = kept;
}

void watch_dirs_release(struct watch_dirs *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->items[i].rel);
	free(d->items);
	*d = (struct watch_dirs){ 0 };
}
