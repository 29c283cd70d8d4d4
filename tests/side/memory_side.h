/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A side of a mapping (side/side.h) whose content is a table of texts in memory, for tests of what
 * the cycle does with any side. What it holds comes into the hub and the rows as from a real side;
 * it acts only on what stands there as it was last seen, and can be told to fail.
 *
 * The side of Git acts in publish(), as the real one does, and has no copies of clashes; the others
 * act in apply(). Texts stand under file names with extension on all of them.
 */

#include "side/side.h"

/* What sides were asked to do, one line each, "SIDE VERB WHAT": "look full" (", asking": the
 * remote, too), "look a.py" (a hint), "forget", "check PATH", "agreed", "apply COUNT", "put PATH",
 * "delete PATH", "publish" ("now"), "copy PATH" (a copy of its clash is written), "uncopy" (one is
 * removed). Shared by sides, so that it shows their order. */
struct memory_log {
	struct buf text;
};
#define MEMORY_LOG_INIT ((struct memory_log){ .text = BUF_UNBOUNDED })

/* x is borrowed, and may be set later, before the side is used; log is borrowed and may be NULL. */
struct side *memory_side_new(struct side_context *x, enum side_id id, struct memory_log *log);

/* ---- people ---- */

void memory_write(struct side *s, const char *file, const char *text);
/* Both abort the program when there is no such file. */
void memory_remove(struct side *s, const char *file);
/* The text keeps the id that a workspace has for it. */
void memory_rename(struct side *s, const char *from, const char *to);
/* Borrowed until the next change; NULL: there is none. */
const char *memory_read(const struct side *s, const char *file);
/* The file of a copy of a clash, in the order of the names, from the first: borrowed; NULL: no
 * more. */
const char *memory_copy(const struct side *s, size_t index);

/* ---- trouble ---- */

/* The next write, deletion or letting go at this row's path fails with code, once. */
void memory_fail_next(struct side *s, const char *path, int code);
/* The same, of whole operations, until code is ERR_OK again. */
enum memory_operation { MEMORY_LOOK, MEMORY_ACT, MEMORY_COPY, MEMORY_OPERATIONS };
void memory_fail(struct side *s, enum memory_operation operation, int code);
/* Something that is no text stands at this row's path. */
void memory_obstruct(struct side *s, const char *path);
/* The side cannot have a new file of that name (check_name). */
void memory_refuse_name(struct side *s, const char *file);
/* It cannot take what is planned for this row (check), which it takes back. */
void memory_refuse_row(struct side *s, const char *path);
/* The text of that file is held until it is written again; question: or until a human says that it
 * is meant (let_go), from when on it is no notebook. */
void memory_hold(struct side *s, const char *file, bool question);
/* The next look brings these rules of an ignore file at the root. */
void memory_set_rules(struct side *s, const char *rules);
/* Called right before the side acts on a path, to interfere; fn NULL: no more. */
void memory_on_act(struct side *s, void (*fn)(void *payload, struct side *s, const char *path),
		   void *payload);
