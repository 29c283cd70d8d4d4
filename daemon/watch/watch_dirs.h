/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which watch descriptor stands for which directory: one small entry per directory, none per file,
 * so that a tree of a thousand notebooks in fifty folders costs fifty entries.
 */

#include <stddef.h>

struct watch_dir {
	int wd;
	char *rel; /* owned; relative to the root, "" for the root itself */
};

struct watch_dirs {
	struct watch_dir *items; /* owned; sorted by wd */
	size_t count;
	size_t cap;
};

/* A wd that is known already gets the new name: its directory was moved. rel is copied. */
void watch_dirs_put(struct watch_dirs *d, int wd, const char *rel);
/* NULL when unknown; borrowed until the next change. */
const char *watch_dirs_get(const struct watch_dirs *d, int wd);
void watch_dirs_drop(struct watch_dirs *d, int wd);

/* Drops rel and everything below it, and removes their watches from the inotify descriptor fd. */
void watch_dirs_drop_tree(struct watch_dirs *d, int fd, const char *rel);

void watch_dirs_release(struct watch_dirs *d); /* a zeroed one is fine */
