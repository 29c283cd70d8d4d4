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

#include "facet_table.h"
#include "table_file.h"

static void test_table(void **state)
{
	cleanup_free char *table = facet_table();

	(void)state;
	table_file_check("tests/unit/facet-table.txt", table,
			 "notebooks are not merged as facet-table.txt says", "test-facet-table");
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
