/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The objects of a workspace that is a directory. Each object is one file: a line with its type,
 * language, format, id and time, then its content; its path is the file's name. Each change is one
 * rename, so a process may die anywhere and another go on. Ids survive overwriting and renaming and
 * are never given twice; times always grow.
 *
 *   <dir>/objects/%2FUsers%2Fana      "directory - - 1 1770000000001"
 *   <dir>/counter                     the last number given; how many changing requests arrived
 *   <dir>/displaced                   what cycles replaced or took away, see store_displaced()
 *   <dir>/server                      a number, see world.h
 *   <dir>/faults/                     what is to go wrong, see world.h
 */

#include "notebook/notebook.h"
#include "tests/world/world.h"

enum store_type {
	STORE_NOTHING, /* no object stands there */
	STORE_NOTEBOOK,
	STORE_DIRECTORY,
	STORE_FILE,
};

struct store_object {
	char *path; /* owned */
	enum store_type type;
	enum notebook_language language; /* notebooks */
	enum notebook_format format;     /* notebooks: of the content */
	int64_t id;
	int64_t modified_ms;
	struct buf content;
};
void store_object_release(struct store_object *o);

/* False when nothing stands at the path. "/" always is a directory. */
bool store_get(const char *dir, const char *path, struct store_object *out);
enum store_type store_type(const char *dir, const char *path);
/* Creates or overwrites: keeps the id, gives it a new time. Gives *o both. */
void store_put(const char *dir, struct store_object *o);
/* These three of a folder concern everything in it. */
void store_remove(const char *dir, const char *path);
void store_rename(const char *dir, const char *from, const char *to);
/* All paths below a folder in byte order; free with files_names_free(). */
char **store_below(const char *dir, const char *folder);

/* Creates a folder and what is missing above it. ERR_CONFLICT: something else stands there. */
int store_mkdirs(const char *dir, const char *path, struct err *e);

/*
 * What an import with format AUTO does: by name and content a notebook or a plain file. path has the
 * extension, which a notebook loses. *made (may be NULL) receives the object, which the caller
 * releases. ERR_ABSENT: no parent folder. ERR_CONFLICT: an object of another type, or one that is not
 * to be overwritten, stands there. ERR_INVALID: it is no valid .ipynb.
 */
int store_import(const char *dir, const char *path, const void *data, size_t len, bool overwrite,
		 struct store_object *made, struct err *e);
/* What an export gives, in its own format the very bytes, outputs included; appends. */
int store_export(const struct store_object *o, enum notebook_format format, struct buf *out,
		 struct err *e);
/* A notebook as .ipynb without its outputs. */
int store_export_bare(const struct store_object *o, struct buf *out, struct err *e);

/* Changing requests. */
void store_count_change(const char *dir);
int64_t store_changes(const char *dir);

/* What somebody else's change of an object replaced or took away: kept in mind by the hash of its
 * content, as a blob, until the world ends. */
void store_displace(const char *dir, const struct store_object *o);
/* Lines "<40 hex digits> PATH"; appends. */
void store_displaced(const char *dir, struct buf *out);

/* How it answers; plain as long as nobody said anything. */
void store_set_server(const char *dir, enum world_server server);
enum world_server store_server(const char *dir);

void store_set_fault(const char *dir, enum world_fault fault, const char *path);
/* Whether this fault is set for this path; a fault that happens once is taken away. */
bool store_fault(const char *dir, enum world_fault fault, const char *path);
/* Whether any is set at all: much cheaper than to ask for each of many. */
bool store_has_faults(const char *dir);
void store_mend_one(const char *dir, enum world_fault fault, const char *path);
void store_mend(const char *dir);
