/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * INI files, read strictly: whatever could be understood in two ways is a problem with a line
 * number, never a guess. The only user of inih, which on its own cuts long lines, long section names
 * and NULs silently, joins indented lines, and calls back without a line number.
 *
 *   [section name]          ; a comment starts with ';' or '#', at the start of a line
 *   key = value             # or behind white space
 *
 * The text must be UTF-8 without control characters other than tab, at most INI_FILE_MAX bytes, no
 * line over INI_LINE_MAX; CRLF and a BOM at the very start are fine. A line is one key: values are
 * never continued, a value never starts with a comment sign. The handler knows which sections
 * and keys exist, and which may come twice.
 */

#include "base/buf.h"
#include "base/err.h"

#define INI_FILE_MAX (1024 * 1024) /* bytes of one file */
#define INI_LINE_MAX 8000          /* bytes of one line, without its end */

/* All strings are borrowed for the call. line counts from 1. Callbacks come in the order of the
 * text. */
struct ini_sink {
	/* A section begins; name has no white space at its ends and single blanks inside. May be
	 * NULL. */
	void (*section)(void *payload, const char *name, unsigned line);
	/* A key of the current section ("" before the first). value may be "". */
	void (*entry)(void *payload, const char *section, const char *key, const char *value,
		      unsigned line);
	/* A line that cannot be read; sentence as in err.h, without file and line. Reading goes on,
	 * except that keys below an unreadable section line are not reported. */
	void (*problem)(void *payload, unsigned line, const char *sentence);
	void *payload;
};

/* Reads text, which need not end in a NUL or a newline. False when there was a problem. */
bool ini_read(const char *text, size_t len, const struct ini_sink *sink);

/*
 * Loads a file that decides what we may do: it must be a regular file (symbolic links are followed;
 * what counts is the file that is opened), owned by root or by us, not writable by group or others,
 * at most INI_FILE_MAX bytes. ERR_ABSENT: there is nothing of this name, not even a dangling link.
 * Everything else: ERR_CONFIG with a sentence that names the file.
 */
int ini_load(struct buf *out, const char *path, struct err *e);

/* ini_load() of the file of that name in an open directory, as trust_open_directory() gives them; a
 * symbolic link is ERR_CONFIG, too. path is for the sentences. */
int ini_load_in(struct buf *out, int dir, const char *name, const char *path, struct err *e);
