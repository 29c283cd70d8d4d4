/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* nbsync convert, one file at a time; convert.c has the options and finds the files. */

#include "base/err.h"
#include "filter/ignore.h"
#include "notebook/notebook.h"

/* What is done for Git instead of writing files. */
enum convert_git {
	CONVERT_FILES,
	CONVERT_FILTER,
	CONVERT_TEXTCONV,
	CONVERT_INSTALL,
	CONVERT_UNINSTALL
};

struct convert_options {
	enum convert_git git;
	bool to_set, language_set, outputs_set, check, strip, recursive, overwrite, verbose;
	struct buf exclude; /* owned; the patterns of --exclude, a line each */
	enum notebook_format to;
	enum notebook_language language;
	enum notebook_outputs outputs;
	const char *output, *update; /* borrowed */
};

/* A file that was named. */
struct convert_job {
	char *path; /* owned; "-" is standard input */
	char *rel;  /* owned; its name below the folder that was named */
};

struct convert_run {
	const struct convert_options *options;
	struct convert_job *jobs; /* owned */
	size_t count, cap;
	char **written; /* owned; targets so far, with room for one a job */
	size_t written_count;
	char **folders; /* owned; that were written to and want fs_sync_folder(), some twice */
	size_t folder_count, folder_cap;
	struct ignore exclude; /* owned; the options' patterns */
	size_t failed;
};

bool convert_is_stdio(const char *path);
bool convert_is_folder(const char *path);
bool convert_exists(const char *path); /* a symbolic link that leads nowhere does not */

/* One file that was read and is converted now. */
struct conversion {
	struct convert_run *run;         /* borrowed */
	const struct convert_job *job;   /* borrowed */
	const struct notebook *notebook; /* borrowed; what was read */
	const struct notebook_name
		*name; /* borrowed; of the file, or what standard input looks like */
	enum notebook_format to;
};

/*
 * Where the result goes, owned by the caller also on error: the output that was named, or a file beside
 * the job's or below that folder, whose extension is spelled as that of the file that stands there
 * ("load.R"). ERR_INVALID when it stands there in several spellings.
 */
int convert_target(char **out, const struct conversion *c, struct err *e);

/* The largest notebook that is read, in bytes: Databricks' limit. */
#define CONVERT_FILE_MAX ((size_t)100 << 20)
#define CONVERT_OUT_MAX  ((size_t)400 << 20) /* escapes can make more of a notebook */

/* The language in which data is a source notebook; false when it is none. */
bool convert_source_language(enum notebook_language *out, const struct buf *data);

/* Converts or checks one file. ERR_INVALID names the place in it. */
int convert_file(struct convert_run *run, const struct convert_job *job, struct err *e);

/* Makes what was written last. ERR_CONFIG and others: which folder cannot be. */
int convert_sync(struct convert_run *run, struct err *e);

/* "nbsync: PATH: dropped: outputs (2), scrolled (1)" on standard error. */
void convert_tell_dropped(const char *path, const struct notebook_dropped *dropped);

/* --filter and --textconv: the exit code. path is the file of textconv; of a filter it is only what
 * the file is called, or NULL. */
int convert_for_git(const struct convert_options *o, const char *path);

/* --install-git and --uninstall-git for the repository that dir is in: the exit code. */
int convert_install(const struct convert_options *o, const char *dir);
