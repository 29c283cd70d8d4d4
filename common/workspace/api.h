/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The calls of workspace.h as a table, for those who shall not know which workspace answers them: tests
 * put one of their own in its place. Each member is what the function of that name is.
 */

#include "workspace/workspace.h"

struct workspace_api {
	int (*open)(struct workspace **out, struct http *h,
		    const struct workspace_settings *settings, struct err *e);
	void (*close)(struct workspace *w);
	int (*list)(struct workspace *w, const char *dir, struct workspace_listing *out,
		    workspace_problem_fn problem, void *payload, struct err *e);
	int (*stat)(struct workspace *w, const char *const *paths, size_t count,
		    struct workspace_result **out, struct err *e);
	int (*export)(struct workspace *w, const struct workspace_wanted *items, size_t count,
		      struct workspace_result **out, struct err *e);
	int (*download)(struct workspace *w, const struct workspace_download *items, size_t count,
			struct workspace_result **out, struct err *e);
	int (*import)(struct workspace *w, const struct workspace_import *items, size_t count,
		      struct workspace_result **out, struct err *e);
	int (*remove)(struct workspace *w, const char *path, const struct workspace_last_look *look,
		      struct err *e);
	int (*whoami)(struct workspace *w, char **user, struct err *e);
	const char *(*host)(const struct workspace *w);
	uint64_t (*changes_sent)(const struct workspace *w);
};

/* The Databricks Workspace API 2.0 over HTTP. */
extern const struct workspace_api workspace_api;
