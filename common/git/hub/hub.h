/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The hub: a mapping's private bare Git repository, which is also its only database. With remote.h
 * the only user of libgit2 (no type of libgit2 appears in a header).
 *
 * Objects written between two hub_flush() calls stay in memory and then reach the disk together,
 * fsynced, before any reference may name them: as loose objects when they are few, as one pack when
 * they are many. hub_ref_set() flushes first, so a reference never points to a missing object.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/oid.h"

struct hub;

/*
 * Opens dir (an absolute path), creating a bare repository when there is none. The caller holds the
 * mapping's lock: every Git lock that is found inside is that of a killed process, and is removed.
 * ERR_BUG: exists and is damaged or not a plain bare repository (alternates, extensions, includes,
 * links; the sentence says what to do). ERR_CONFIG: others can write to it, or we cannot.
 */
int hub_open(struct hub **out, const char *dir, struct err *e);
/*
 * Opens a hub for reading beside a running worker: takes no lock, creates, sweeps and writes nothing,
 * and whatever would write through it answers ERR_BUG. Objects and references appear as the worker
 * writes them; what it removes meanwhile may be missing, and is then ERR_RETRY or ERR_BUG to who reads.
 * ERR_ABSENT: there is no hub yet. Otherwise as hub_open().
 */
int hub_open_reader(struct hub **out, const char *dir, struct err *e);
void hub_free(struct hub *h); /* drops what was not flushed */

/* ---- objects ---- */

void hub_hash(const void *data, size_t len, struct oid *out); /* the blob id; writes nothing */
int hub_blob_put(struct hub *h, const void *data, size_t len, struct oid *out, struct err *e);
/* Appends the content. ERR_INVALID: not a blob, or more than out takes. A blob that is not there is
 * damage (ERR_BUG), as a tree is below: only hub_has() asks whether. */
int hub_blob_get(struct hub *h, const struct oid *id, struct buf *out, struct err *e);
/* A blob of any size from or to a file, piece by piece: put reads len bytes from the file's beginning
 * (fewer: ERR_RETRY), copy writes where the descriptor stands. What is larger than HUB_BLOB_LARGE
 * goes to the disk at once, as a loose object; hub_flush() leaves it where it is. Only a large blob
 * that came in a pack from a remote is in memory once while it is copied. */
#define HUB_BLOB_LARGE (1024 * 1024)
int hub_blob_put_file(struct hub *h, int fd, uint64_t len, struct oid *out, struct err *e);
int hub_blob_copy(struct hub *h, const struct oid *id, int fd, struct err *e);
int hub_blob_size(struct hub *h, const struct oid *id, uint64_t *out, struct err *e);
bool hub_has(struct hub *h, const struct oid *id);
/* Objects of more bytes stay loose, so that whoever makes a pack never holds one in memory. */
#define HUB_PACKED_MAX (8 * 1024 * 1024)
/* Puts everything on disk now. Also happens by itself when more than 2 MiB wait in memory. */
int hub_flush(struct hub *h, struct err *e);

/* ---- trees ---- */

struct tree_file {
	char *path; /* owned; relative to the listed folder, '/'-separated */
	struct oid id;
	uint32_t mode; /* 0100644, 0100755, 0120000 (link), 0160000 (submodule) */
};
struct tree_files {
	struct tree_file *items; /* sorted by path (byte order of the whole path) */
	size_t count;
};
void tree_files_release(struct tree_files *f);

/* All files below folder ("" = everything) of a tree. A zero tree id, or a folder that does not
 * exist, gives an empty list. ERR_INVALID beyond 1,000,000 files, as many folders, or 256 nested
 * folders, and when a path stands there twice. */
int hub_tree_files(struct hub *h, const struct oid *tree, const char *folder,
		   struct tree_files *out, struct err *e);
/* One file; ERR_ABSENT. mode may be NULL. */
int hub_tree_find(struct hub *h, const struct oid *tree, const char *path, struct oid *out,
		  uint32_t *mode, struct err *e);

/* One file that differs between two trees. */
struct tree_difference {
	const char *path;            /* below the compared folder; borrowed for the call */
	struct oid old_id, new_id;   /* zero: not there */
	uint32_t old_mode, new_mode; /* as struct tree_file; 0: not there */
};
/*
 * A reading of many trees, as of those of a history: what it read last is kept, and nothing is hashed
 * again, so that a large tree costs a tenth. Zeroed, it is empty; release it. For who wants to
 * know in which order things came; not for who decides that something is gone.
 */
struct tree_reading {
	/* What was read so far, in bytes: each tree, and 8 KB for it; ten times that for a loose
	 * one. It is the same on every machine, and 32 MB of it are about 10 ms. */
	uint64_t cost;
	struct raw_tree *kept[8]; /* for tree_raw.c */
	size_t next;
};
void tree_reading_release(struct tree_reading *r);

struct tree_diff {
	/* Whether to look into a folder; NULL: into all. */
	bool (*enter)(void *payload, const char *folder);
	bool (*file)(void *payload, const struct tree_difference *d); /* false stops */
	void *payload;
	struct tree_reading *reading; /* borrowed; NULL: each tree is hashed */
};
/*
 * Compares what two trees (zero: empty) hold below folder ("" = everything), file by file in the
 * order of Git's trees. Equal folders are never opened, so the cost follows the difference. A file
 * in the place of a folder is one that came and many that went. ERR_INVALID beyond 1,000,000
 * entries that differ or 256 nested folders.
 */
int hub_tree_diff(struct hub *h, const struct oid *old_tree, const struct oid *new_tree,
		  const char *folder, const struct tree_diff *diff, struct err *e);

struct tree_change {
	const char *path; /* borrowed; from the tree's root */
	struct oid id;    /* zero: remove (a missing path is fine; empty folders disappear) */
	uint32_t mode;    /* 0 means: keep what is there, 0100644 when new */
	bool refused;     /* set by hub_tree_update_fitting() */
};
/* The tree with these changes, each of another path; base may be zero (empty). Untouched entries are
 * never read. ERR_INVALID: a name that Git refuses, a file below a file, or a file in the place of a
 * folder that is not empty. */
int hub_tree_update(struct hub *h, const struct oid *base, const struct tree_change *changes,
		    size_t count, struct oid *out, struct err *e);
/* The same, but for changes that do not fit, because a file and a folder would have one name: these are
 * left out and marked (refused is set in all changes, and also on error). What stands in base stays,
 * and of two newcomers the one that sorts first. */
int hub_tree_update_fitting(struct hub *h, const struct oid *base, struct tree_change *changes,
			    size_t count, struct oid *out, struct err *e);

/* ---- commits and references ---- */

struct commit_spec {
	struct oid tree;
	const struct oid *parents;
	size_t parent_count;
	const char *message;     /* complete, with trailers */
	const char *author_name; /* NULL: as committer */
	const char *author_email;
	const char *committer_name;
	const char *committer_email;
	int64_t when_s; /* seconds since the epoch; 0: now. The zone is the local one at that time */
	int64_t said_s; /* the author's time, where it is another one; 0: when_s */
};
int hub_commit(struct hub *h, const struct commit_spec *spec, struct oid *out, struct err *e);
/* These three: ERR_ABSENT when there is no object of this id, ERR_INVALID when it is no commit. */
int hub_commit_tree(struct hub *h, const struct oid *commit, struct oid *tree, struct err *e);
struct commit_info {
	struct oid id;
	struct oid tree;
	struct oid first_parent; /* zero for a root commit */
	struct oid *parents;     /* owned; all of them */
	size_t parent_count;
	int64_t when_s;  /* the committer's time */
	int64_t said_s;  /* the author's */
	char *message;   /* owned */
	char *author;    /* owned: "Name <email>" */
	char *committer; /* owned: the name alone */
};
int hub_commit_info(struct hub *h, const struct oid *commit, struct commit_info *out,
		    struct err *e);
void commit_info_release(struct commit_info *c);
/* The commit that a person means: its id, or the first seven digits and more of it, in lower or upper
 * case. ERR_INVALID: not of that form, no such commit, or several objects begin like that. */
int hub_commit_resolve(struct hub *h, const char *revision, struct oid *out, struct err *e);
/* Whether ancestor is reachable from (or is) descendant. */
int hub_is_ancestor(struct hub *h, const struct oid *ancestor, const struct oid *descendant,
		    bool *out, struct err *e);
/* The newest commit that two have in common; zero: none. */
int hub_merge_base(struct hub *h, const struct oid *a, const struct oid *b, struct oid *out,
		   struct err *e);

struct hub_walk {
	size_t limit; /* commits */
	/* false stops; the commit is borrowed for the call */
	bool (*visit)(void *payload, const struct commit_info *commit);
	void *payload;
};
/* Visits tip and what is reachable from it, by time, newest first; each after at least one of its
 * children. */
int hub_walk(struct hub *h, const struct oid *tip, const struct hub_walk *how, struct err *e);

/* What a commit changed: hub_tree_diff() of its first parent's tree (none: nothing) and its own. */
int hub_commit_diff(struct hub *h, const struct commit_info *commit, const char *folder,
		    const struct tree_diff *diff, struct err *e);

/* ERR_ABSENT when there is no such reference. Full names: "refs/nbsync/agreed". */
int hub_ref_get(struct hub *h, const char *name, struct oid *out, struct err *e);
/* Flushes, then moves the reference from expected (NULL: whatever; zero: must not exist) to to.
 * ERR_CONFLICT when it is elsewhere. */
int hub_ref_set(struct hub *h, const char *name, const struct oid *to, const struct oid *expected,
		const char *why, struct err *e);
int hub_ref_delete(struct hub *h, const char *name, struct err *e); /* a missing one is fine */
