/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Plain files of test programs, by absolute path and without the code under test. Whatever fails ends
 * the program: a test world that cannot write says nothing about nbsync.
 */

#include "base/buf.h"

#define FILES_MAX (64u * 1024 * 1024) /* bytes of a file that is read */

/* Says what is wrong, with errno when it is set, and aborts. */
void files_die(const char *fmt, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

/* See temp_dir_new(). Owned. */
char *files_temp_dir(void);
void files_mkdirs(const char *dir);
void files_remove(const char *path); /* rm -rf */

/* Complete or not at all: written beside as ".new-NAME", renamed into place. Parents are made. */
void files_write(const char *path, const void *data, size_t len);
/* Appends; false when there is no such file. */
bool files_read(const char *path, struct buf *out);
bool files_exist(const char *path);
void files_rename(const char *from, const char *to);

/* Names in a directory in byte order, without "." and ".." and what files_write() left unfinished;
 * an owned array of owned strings that ends with NULL. Empty when there is no such directory. */
char **files_names(const char *dir);
void files_names_free(char **names);
