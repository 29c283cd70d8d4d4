/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about a branch that the remote has not, and which names of a server may stand there. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "git/libgit2/start.h"
#include "side/git/branch.h"

#define URL "https://git.acme.example/data/notebooks"

static const struct {
	const char *branch, *head;
	const char *names[6];
	size_t known;
	const char *sentence;
} table[] = {
	{ "main",
	  "master",
	  { "master" },
	  0,
	  "there is no branch 'main' at '" URL "'; its default branch is 'master': set "
	  "'branch = master' in the configuration, or "
	  "run 'nbsync branch etl --create' to begin 'main' where 'master' stands" },
	{ "mian",
	  "main",
	  { "main", "other" },
	  0,
	  "there is no branch 'mian' at '" URL
	  "'; its default branch is 'main': set 'branch = main' in the configuration, or "
	  "run "
	  "'nbsync branch etl --create' to begin 'mian' where 'main' stands" },
	{ "feature/lod",
	  "main",
	  { "feature/load", "main" },
	  0,
	  "there is no branch 'feature/lod' at '" URL
	  "'; its default branch is 'main', and 'feature/load' is spelled alike: set "
	  "'branch = "
	  "feature/load' or 'branch = main' in the configuration, or run 'nbsync branch "
	  "etl "
	  "--create' to begin 'feature/lod' where 'main' stands" },
	{ "feature/lod",
	  NULL,
	  { "feature/load", "main" },
	  0,
	  "there is no branch 'feature/lod' at '" URL
	  "'; 'feature/load' is spelled alike: set 'branch = feature/load' in the "
	  "configuration, or run 'nbsync branch etl --create --from feature/load' to begin "
	  "'feature/lod' where 'feature/load' stands" },
	{ "main",
	  NULL,
	  { "a", "b", "c", "d", "e" },
	  0,
	  "there is no branch 'main' at '" URL
	  "'; it has 'a', 'b', 'c' and 2 more: set 'branch' to one that it has in the "
	  "configuration, or run 'nbsync branch etl --create --from NAME' to begin 'main' "
	  "where "
	  "another one stands" },
	/* all its names are odd */
	{ "main",
	  NULL,
	  { NULL },
	  0,
	  "there is no branch 'main' at '" URL "': set 'branch' to one that it has in the "
	  "configuration, or run 'nbsync branch etl "
	  "--create --from NAME' to begin 'main' where another one stands" },
	{ "main",
	  "trunk",
	  { "trunk" },
	  5,
	  "branch 'main' of '" URL "' is gone although it held 5 notebooks: nothing is "
	  "deleted elsewhere until it is "
	  "back; its default branch is 'trunk': set 'branch = trunk' in the configuration, "
	  "or "
	  "run 'nbsync branch etl --create' to begin 'main' where 'trunk' stands" },
};

static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct remote_branches branches = { .names = (char **)(uintptr_t)table[i].names,
						    .head = (char *)(uintptr_t)table[i].head };
		const struct branch_missing missing = { "etl", table[i].branch, URL, table[i].known,
							&branches };
		struct err e = ERR_INIT;

		while (branches.count < 6 && table[i].names[branches.count])
			branches.count++;
		assert_int_equal(branch_missing(&missing, &e), ERR_CONFIG);
		assert_string_equal(e.text, table[i].sentence);
	}
}

static void test_plain_names(void **state)
{
	static const char *const plain[] = { "main", "feature/load-1", "a.b", "a@b", "1", "a+b_c" };
	static const char *const odd[] = { "",     "-x",      "a b",       "it's", "a;b",    "a`b",
					   "$(x)", "a\nb",    "m\303\244", "a..b", "a.lock", "/a",
					   "a//b", "a\033[m", "a#b",       "a=b",  "\"a\"",  "a/" };
	char longest[REMOTE_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (!remote_name_is_plain(plain[i]))
			fail_msg("'%s'", plain[i]);
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		if (remote_name_is_plain(odd[i]))
			fail_msg("'%s'", odd[i]);
	memset(longest, 'a', sizeof(longest));
	longest[REMOTE_NAME_MAX + 1] = '\0';
	assert_false(remote_name_is_plain(longest));
	longest[REMOTE_NAME_MAX] = '\0';
	assert_true(remote_name_is_plain(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_plain_names),
	};

	/* libgit2 judges names. */
	if (git_start(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
