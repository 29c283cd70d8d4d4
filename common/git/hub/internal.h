/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inside of a hub, and the way from libgit2's ids to ours. Only common/git includes it, so
 * libgit2's types end here.
 */

#include <dirent.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <string.h>

#include "git/hub/hub.h"
#include "git/hub/slice.h"
#include "git/libgit2/libgit2.h"

/* Nesting of folders in a tree that we follow; a hostile repository must not overflow the stack.
 * Far above PATH_DEPTH_MAX, because the rest of a shared repository is not ours to judge. */
#define TREE_DEPTH_MAX 256

struct hub {
	char *dir; /* owned; absolute, no trailing '/' */
	git_repository *repo;
	git_odb *odb;
	bool reader; /* opened beside a worker: nothing may be written */
	/* Only loose objects, for what does not go through the slice; NULL: not yet open. */
	git_odb *large;

	/* The object database's parts, all owned by odb. */
	struct slice *slice;
	git_odb_backend *loose;
	git_odb_backend *packed;
	int (*load_packs)(git_odb_backend *packed); /* see odb.c */
	uint64_t writes;                            /* how often objects reached the disk */
};

/* Opens repository and objects again, after files of them were removed. What was not flushed must
 * have been. On failure the hub stays as it was. */
int hub_reopen(struct hub *h, struct err *e);

/* ---- dir.c: the directory ---- */

/* Makes dir a bare repository that is fit to be a hub: creates it when there is none, otherwise
 * checks its shape and sweeps what a killed process left. ERR_BUG, see hub_open(). */
int hub_dir_prepare(const char *dir, struct err *e);
/* The same checks for a reader, who creates and sweeps nothing. ERR_ABSENT when there is no hub. */
int hub_dir_check(const char *dir, struct err *e);
/* closedir() the result. NULL (with errno) when there is no such directory, or when it is a symbolic
 * link. */
DIR *hub_dir_open(int at, const char *name);
/* ERR_BUG for a hub that was opened for reading; asked before anything is written. */
int hub_refuse_reader(const struct hub *h, struct err *e);
/* fsync of a directory. */
int hub_dir_sync(const char *path, struct err *e);

/* ---- odb.c, flush.c: objects ---- */

/* Puts the slice in front of the repository's object database. A reader, who is not told when a
 * pack is added, looks for new ones by itself. */
int hub_odb_open(struct hub *h, struct err *e);
/* Makes packs known that were written since. Whoever adds a pack to the hub calls this. */
int hub_odb_load_packs(struct hub *h, struct err *e);
/* Flushes when the slice has grown beyond what we want to hold in memory. */
int hub_bound_memory(struct hub *h, struct err *e);

/* ---- blob_loose.c ---- */

/* Writes the content of a loose blob to fd. ERR_ABSENT: there is no loose object of that id. */
int hub_loose_copy(struct hub *h, const struct oid *id, int fd, struct err *e);
/* The bytes of a loose tree, not hashed; free() the result. NULL: there is none, or it is damaged or very
 * large: libgit2 knows what to say. */
void *hub_loose_tree(struct hub *h, const struct oid *id, size_t *len);

/* ---- tree.c ---- */

/* Whether an entry of a tree, or NULL, is a folder. */
static inline bool hub_is_folder(const git_tree_entry *entry)
{
	return entry && git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE;
}
/* git_tree_free() the result. A missing tree is damage, never "absent". */
int hub_tree_open(git_tree **out, struct hub *h, const git_oid *id, struct err *e);
/* The tree of a folder ("" is tree itself); zero when there is none, or a file. */
int hub_tree_folder(struct hub *h, const struct oid *tree, const char *folder, git_oid *out,
		    struct err *e);

/* ---- tree_raw.c ---- */

/* A tree as Git stores it. */
struct raw_tree {
	struct oid id;
	const void *data; /* in one of the three below; NULL: released */
	size_t len;
	void *copy;   /* owned */
	void *packed; /* owned, with the backend that gave it */
	git_odb_backend *backend;
	git_odb_object *object; /* owned */
};
struct raw_entry {
	const char *name; /* borrowed from the tree */
	size_t name_len;
	uint32_t mode;
	struct oid id;
};
/* reading may be NULL: then the tree is hashed. raw_tree_done() the result. ERR_BUG: damage, as
 * hub_tree_open(). */
int raw_tree_read(struct raw_tree *out, struct hub *h, const struct oid *id,
		  struct tree_reading *reading, struct err *e);
/* Keeps it in the reading, or releases it. A zeroed one is fine. */
void raw_tree_done(struct raw_tree *t, struct tree_reading *reading);
void raw_tree_release(struct raw_tree *t);
/* The entry at an offset; *next is that of the following one. ERR_BUG (without a text): there is none. */
int raw_tree_entry(const struct raw_tree *t, size_t at, struct raw_entry *out, size_t *next);
/* hub_tree_folder() in a reading (may be NULL). */
int raw_tree_find(struct hub *h, const struct oid *tree, const char *path,
		  struct tree_reading *reading, struct oid *out, struct err *e);

/* ---- ids ---- */

_Static_assert(sizeof(git_oid) == sizeof(struct oid), "libgit2 was built for other object ids");

static inline git_oid oid_to_git(const struct oid *o)
{
	git_oid g;

	memcpy(&g, o, sizeof(g));
	return g;
}

static inline struct oid oid_from_git(const git_oid *g)
{
	struct oid o;

	memcpy(&o, g, sizeof(o));
	return o;
}
