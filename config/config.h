/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The configuration: nbsyncd.ini and its drop-ins, read through one key table (keys.c) that gives
 * each key its section, type, default, check, place in these structures, and line in --dump and in
 * nbsyncd.ini(5).
 *
 * A configuration is parsed completely into a new struct, or not at all: all errors are collected
 * as "file:line: sentence". Durations are "300ms", "10s", "5min", "1h", "180d"; sizes "10M".
 */

#include "base/buf.h"
#include "base/err.h"
#include "config/side.h"

#define CONFIG_FILE_MAX (1024 * 1024) /* bytes of one file */
#define CONFIG_LINE_MAX 8000          /* bytes of one line */

enum config_format { CONFIG_FORMAT_SOURCE, CONFIG_FORMAT_IPYNB, CONFIG_FORMAT_KEEP };
enum config_commit { CONFIG_COMMIT_AUTO, CONFIG_COMMIT_MANUAL };
enum config_conflict {
	CONFIG_CONFLICT_KEEP_BOTH,
	CONFIG_CONFLICT_PREFER_LOCAL,
	CONFIG_CONFLICT_PREFER_WORKSPACE,
	CONFIG_CONFLICT_PREFER_GIT,
};
enum config_names { CONFIG_NAMES_PORTABLE, CONFIG_NAMES_ANY };
enum config_clone { CONFIG_CLONE_ASK, CONFIG_CLONE_FOLLOW, CONFIG_CLONE_INDEPENDENT };
enum config_files { CONFIG_FILES_NONE, CONFIG_FILES_ALL };
enum config_outputs { CONFIG_OUTPUTS_STRIP, CONFIG_OUTPUTS_KEEP, CONFIG_OUTPUTS_KEEP_TAGGED };

struct config_daemon {
	int64_t workers; /* children at once; default 8 */
	/* Never NULL. Defaults: what systemd says in STATE_DIRECTORY and RUNTIME_DIRECTORY; else for a
	 * configuration below /etc /var/lib/nbsyncd and /run/nbsyncd/nbsyncd.sock; else
	 * ~/.local/state/nbsyncd and XDG_RUNTIME_DIR/nbsyncd/nbsyncd.sock. */
	char *state;
	char *socket;
	char *policy;               /* additional policy file; NULL */
	char *log_level;            /* "info" */
	int64_t worker_idle_ms;     /* how long a worker lingers; default 60 s */
	int64_t worker_deadline_ms; /* without a progress line; default 120 s */
};

struct config_workspace {
	char *name;
	char *host;
	char *profile;
	char *token_file;
	char *ca_file;
};

struct config_mapping {
	char *name;
	char *local; /* absolute directory; NULL: no local side */
	enum config_format local_format;
	enum config_clone clone; /* what it means that local is in a Git working tree */
	char *workspace;         /* the workspace's name; NULL: no workspace side */
	char *workspace_path;    /* absolute path in it */
	enum config_format workspace_format;
	char *git; /* URL as written; NULL: no Git side yet */
	char *git_user;
	char *git_token_file;
	char *git_ca_file;
	char *branch;   /* "main" */
	char *git_path; /* sub-folder, "" for the whole repository */
	enum config_format git_format;
	enum config_names git_names;
	enum config_commit commit;
	int64_t commit_quiet_ms;    /* 30 s */
	int64_t commit_max_wait_ms; /* 5 min */
	char *author_name;          /* of commits; "nbsync" */
	char *author_email;         /* NULL: see config_author_email() */
	bool accepts[SIDE_COUNT];   /* direction: edits of this side are accepted … */
	bool receives[SIDE_COUNT];  /* … and changes are written to this side */
	int64_t poll_ms;            /* workspace and local full look; 10 s */
	int64_t git_poll_ms;        /* fetch; 60 s */
	int64_t settle_ms;          /* 300 ms */
	enum config_conflict conflict;
	enum config_outputs outputs;
	enum config_files files; /* what travels besides notebooks */
	int64_t max_notebook;    /* bytes; 10M */
	int64_t history_ms;      /* how long observations are kept; 180 d; 0: for ever */
	/* … and with the outputs of their notebooks; 0, or more than history_ms: as long. */
	int64_t history_outputs_ms;
	char *include; /* gitignore syntax, comma-separated; "**" */
	char *exclude;
};
/* Whether the mapping has this side at all. */
bool config_has_side(const struct config_mapping *m, enum side_id side);
/* The address of its commits. For a repository on this machine's file systems, where no server asks,
 * there is one by default. ERR_CONFIG: none is set, and the sentence asks for it. Borrowed. */
int config_author_email(const struct config_mapping *m, const char **out, struct err *e);

struct config {
	struct config_daemon daemon;
	struct config_workspace *workspaces; /* owned */
	size_t workspace_count;
	struct config_mapping *mappings; /* owned, in the order of the files */
	size_t mapping_count;
	char *file; /* the main file's name */
};

/*
 * Reads file and the *.ini files of the directory "<file without .ini>.d" beside it, in byte order
 * of their names. file NULL: the first that exists of ~/.config/nbsyncd/nbsyncd.ini (unless we are
 * root) and /etc/nbsyncd/nbsyncd.ini. On failure *out is NULL, the answer ERR_CONFIG, and problems
 * (may be NULL) receives every error, one "file:line: sentence" per line; *e the first of them.
 */
int config_load(struct config **out, const char *file, struct buf *problems, struct err *e);
void config_free(struct config *c);

/* The same from text, e.g. what config_dump() gave: how the supervisor hands a worker the very
 * configuration it runs with, whatever the files say by now. name is used in messages. */
int config_parse(struct config **out, const char *text, size_t len, const char *name,
		 struct buf *problems, struct err *e);

const struct config_mapping *config_mapping(const struct config *c, const char *name);
const struct config_workspace *config_workspace(const struct config *c, const char *name);

/* The effective configuration in the syntax it was read in; secrets are never part of it. */
void config_dump(const struct config *c, struct buf *out);

/* "<state>/<mapping>": owned by the caller. */
char *config_state_dir(const struct config *c, const struct config_mapping *m);
