/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of facets (facet-table.txt, see facet_table.h) is what merge and lift do. With --print
 * it prints the table instead.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "facet_table.h"

static void test_table(void **state)
{
	cleanup_free char *path = xasprintf("%s/tests/unit/facet-table.txt",
					    getenv("NBSYNC_SOURCE"));
	cleanup_free char *table = facet_table();
	cleanup_buf struct buf file = BUF_INIT(1024 * 1024);
	const char *is = table, *was;
	struct err e = ERR_INIT;

	(void)state;
	if (fs_load(path, 1024 * 1024, &file, &e))
		fail_msg("%s", e.text);
	was = buf_str(&file);
	while (*is || *was) {
		size_t n = strcspn(is, "\n"), m = strcspn(was, "\n");

		if (n != m || memcmp(is, was, n) != 0)
			fail_msg("notebooks are not merged as facet-table.txt says, which has\n"
				 "%.*s\nwhere it should have\n%.*s\nIf that is meant: "
				 "test-facet-table --print",
				 (int)m, was, (int)n, is);
		is += n + (is[n] == '\n');
		was += m + (was[m] == '\n');
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};
	cleanup_free char *table = NULL;

	if (argc < 2 || strcmp(argv[1], "--print") != 0)
		return cmocka_run_group_tests(tests, NULL, NULL);
	table = facet_table();
	fputs(table, stdout);
	return 0;
}
