/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The workspace's objects: a tree in memory, content and metadata on disk (disk.h). Ids survive
 * overwriting, renaming and restarts and are never given twice. modified_ms never runs backwards
 * and grows by at least 1 with each version of an object. Names are case-sensitive.
 */

#include "base/buf.h"
#include "base/err.h"
#include "notebook/notebook.h"

#define STORE_CONTENT_MAX \
	(500u * 1024 * 1024) /* bytes of one object, Databricks' limit for files */

enum node_type {
	NODE_DIRECTORY,
	NODE_NOTEBOOK,
	NODE_FILE,
	NODE_DASHBOARD,     /* *.lvdash.json */
	NODE_DESIGNER_FILE, /* *.designer.ipynb */
};
#define NODE_TYPES 5

struct node {
	int64_t id;
	int64_t created_ms;
	int64_t modified_ms;
	uint64_t size; /* bytes of content */
	enum node_type type;
	enum notebook_language language; /* notebooks only */
	enum notebook_format format;     /* notebooks only: how content is stored */
	char *name;                      /* owned; one component, "" for the root */

	/* private to the store */
	struct node *parent; /* NULL for the root */
	struct node *first_child;
	struct node *next_sibling;
	struct node *prev_sibling;
	size_t children;
	struct node *hash_next;
	uint32_t content_at; /* where content starts in the object's file */
};

struct store;

/* Creates dir when missing, takes its lock, reads what stands there. seed makes ids repeatable.
 * ERR_CONFIG, ERR_RETRY (another emulator has it), ERR_INVALID (a file there is not ours). */
int store_open(struct store **out, const char *dir, uint64_t seed, struct err *e);
void store_close(struct store *s);

struct node *store_root(struct store *s);
size_t store_count(const struct store *s); /* objects, the root not counted */

/* path as wspath_parse() makes it. NULL when nothing stands there. Nodes are borrowed and stay
 * valid until removed. */
struct node *store_find(struct store *s, const char *path);
struct node *store_child(struct store *s, const struct node *dir, const char *name, size_t len);

void node_path(const struct node *n, struct buf *out); /* appends "/a/b" */
const char *node_type_name(enum node_type type);       /* as object_type spells it */
bool node_type_parse(const char *name, enum node_type *out);

struct store_content {
	enum node_type type;
	enum notebook_language language;
	enum notebook_format format;
	const char *data;
	size_t len;
};

/* Creates dir/name, or gives the object that stands there this content (and type): atomically on
 * disk, not synced. *out may be NULL. ERR_RETRY: the disk refuses; nothing has changed. */
int store_put(struct store *s, struct node *dir, const char *name,
	      const struct store_content *content, struct node **out, struct err *e);

/* Appends an object's content. */
int store_read(struct store *s, const struct node *n, struct buf *out, struct err *e);

/* mkdir -p. ERR_CONFLICT: a component exists and is no directory. *out may be NULL. */
int store_mkdirs(struct store *s, const char *path, struct node **out, struct err *e);

/* Removes an object and everything below it. */
int store_remove(struct store *s, struct node *n, struct err *e);

/* Gives an object another place; its id and times stay. The caller checks that dir has no child of
 * that name and does not lie below n. */
int store_rename(struct store *s, struct node *n, struct node *dir, const char *name,
		 struct err *e);

/* Depth first, a directory before what it holds, the root left out. visit must not change
 * the tree. */
void store_walk(struct store *s, struct node *top, void (*visit)(void *payload, struct node *n),
		void *payload);
