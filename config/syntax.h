/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which texts make sense as a value, key by key. Each function fits struct config_key's check: it
 * may replace *text (owned) by its normal form, and its sentence speaks of the value only; the
 * caller puts the key's name in front.
 */

#include "base/err.h"

int syntax_origin(char **text, struct err *e);  /* host of a workspace -> "https://host[:port]" */
int syntax_git_url(char **text, struct err *e); /* kept as written */
int syntax_git_path(char **text,
		    struct err *e);            /* "" or a relative path; '/' at the ends dropped */
int syntax_branch(char **text, struct err *e); /* git-check-ref-format(1), without leading '-' */
int syntax_user(char **text, struct err *e);   /* HTTP Basic: no ':' and no blanks */
int syntax_person(char **text, struct err *e); /* a commit's author: no '<' and '>' */
int syntax_email(char **text, struct err *e);
int syntax_socket(char **text, struct err *e); /* fits into a struct sockaddr_un */
int syntax_patterns(char **text,
		    struct err *e); /* comma-separated, at least one that is not blank */

/* The name of a mapping or workspace: 1 to 64 of [A-Za-z0-9._-], not starting with '.' or '-'. */
bool syntax_is_name(const char *text, size_t len);

/* Whether the configuration could be written as a file with this value in it. Values that came from
 * a file can; those from the environment need not. */
bool syntax_is_writable(const char *text);

/* An absolute path without empty and "." components and without the final '/'; NULL when it has
 * a ".." or is too long. Owned by the caller. */
char *syntax_normal_path(const char *path);
