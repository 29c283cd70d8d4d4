/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A generated table that is kept as a file, to be read and reviewed as text: what the code prints now has to
 * be what the file says. Include cmocka.h before this.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fs.h"

#define TABLE_FILE_MAX ((size_t)1024 * 1024)

/* Fails with the first line that differs. file: below the sources; wrong: "plan.c does not do what
 * plan-table.txt says"; program: what prints the table with --print. */
static inline void table_file_check(const char *file, const char *table, const char *wrong,
				    const char *program)
{
	cleanup_free char *path = xasprintf("%s/%s", getenv("NBSYNC_SOURCE"), file);
	cleanup_buf struct buf text = BUF_INIT(TABLE_FILE_MAX);
	const char *is = table, *was;
	struct err e = ERR_INIT;

	if (fs_load(path, TABLE_FILE_MAX, &text, &e))
		fail_msg("%s", e.text);
	was = buf_str(&text);
	while (*is || *was) {
		size_t n = strcspn(is, "\n"), m = strcspn(was, "\n");

		if (n != m || memcmp(is, was, n) != 0)
			fail_msg("%s, which has\n%.*s\nwhere it should have\n%.*s\nIf that is "
				 "meant: "
				 "%s --print",
				 wrong, (int)m, was, (int)n, is, program);
		is += n + (is[n] == '\n');
		was += m + (was[m] == '\n');
	}
}
