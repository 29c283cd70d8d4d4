/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* nbsync convert, one file at a time; convert.c has the options and finds the files. */

#include "base/err.h"
#include "notebook/notebook.h"

struct convert_options {
	bool to_set, language_set, outputs_set, check, strip, recursive, overwrite;
	enum notebook_format to;
	enum notebook_language language;
	enum notebook_outputs outputs;
	const char *output, *update; /* borrowed */
};

/* A file to convert. */
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
	size_t failed;
};

bool convert_is_stdio(const char *path);
bool convert_is_folder(const char *path);

/* The largest notebook that is read, in bytes: Databricks' limit. */
#define CONVERT_FILE_MAX ((size_t)100 << 20)

/* Converts or checks one file. ERR_INVALID names the place in it. */
int convert_file(struct convert_run *run, const struct convert_job *job, struct err *e);
