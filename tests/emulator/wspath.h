/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Paths of workspace objects as requests spell them. "/Users/a" and "/Workspace/Users/a" name the
 * same object; a reply repeats the alias when the request used it with one slash, and drops it when
 * the request said "//Workspace/...".
 */

#include "base/buf.h"
#include "base/err.h"

#define WSPATH_MAX   4096 /* bytes of a whole path */
#define WSPATH_DEPTH 100  /* components */

struct wspath {
	char *path;        /* owned; "/" or "/a/b": one slash between, none behind, no alias */
	const char *alias; /* "/Workspace" or "": what replies put before path; static */
};

#define cleanup_wspath __attribute__((cleanup(wspath_release)))
void wspath_release(struct wspath *p);

/* ERR_INVALID: not absolute, not UTF-8, too long, or a component that no object can have. */
int wspath_parse(struct wspath *out, const char *raw, struct err *e);

/* Whether path is top or lies below it, by components; "/" is above everything. */
bool wspath_within(const char *path, const char *top);

/* Behind the last slash; borrowed. */
const char *wspath_name(const char *path);

/* The parent's path, "/" for the top level; owned by the caller. */
char *wspath_parent(const char *path);
