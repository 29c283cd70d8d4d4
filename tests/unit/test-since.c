/* SPDX-License-Identifier: Apache-2.0 */
/* The order of versions, by stories: what the branch had, newest first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "plan/since.h"

/* A version a word: p the workspace held it when it was committed, a it is agreed, w it holds it now, g and b are what
 * the branch and the workspace held when they last agreed, '-' is none of that. */
static const struct {
	const char *story, *versions;
	enum since_answer answer;
	size_t at;
} cases[] = {
	{ "no history", "", SINCE_UNKNOWN, 0 },
	{ "a commit by somebody else, the workspace as it was", "- gbw", SINCE_UNKNOWN, 0 },
	{ "saved twice, committed once: the workspace went on", "p gb", SINCE_GIT, 0 },
	{ "the workspace went back to what it was", "p gbw", SINCE_GIT, 0 },
	{ "committed by somebody on top of what the workspace held", "- p gb", SINCE_GIT, 1 },
	{ "the newest proof counts", "p p p gb", SINCE_GIT, 0 },
	{ "the workspace lags by one", "- w gb", SINCE_WORKSPACE, 1 },
	{ "the workspace lags by three", "- - - w - gb", SINCE_WORKSPACE, 3 },
	{ "it lags, and was proven to hold just that", "- pw gb", SINCE_WORKSPACE, 1 },
	{ "it held something newer: somebody brought an old one back", "p w gb", SINCE_GIT, 0 },
	{ "it held something newer once, in between", "- p w gb", SINCE_GIT, 1 },
	{ "it lags although an older one was proven", "- w p gb", SINCE_WORKSPACE, 1 },
	{ "it holds what the branch has now", "w gb", SINCE_UNKNOWN, 0 },
	{ "it went behind what it held", "- b w g", SINCE_UNKNOWN, 0 },
	{ "its base is not of the branch: what it held is not known to be older", "- w g",
	  SINCE_UNKNOWN, 0 },
	{ "its base is older than the branch's", "- w g b", SINCE_WORKSPACE, 1 },
	{ "the branch as it was, and the workspace catches up", "g w b", SINCE_WORKSPACE, 1 },
	{ "what was proven before the branch's base is old", "- g p b", SINCE_UNKNOWN, 0 },
	{ "the branch was set back behind its base", "p p", SINCE_UNKNOWN, 0 },
	{ "the branch came back to its base", "g p gb", SINCE_GIT, 1 },
	{ "it went on from what is agreed", "- a gb", SINCE_GIT, 1 },
	{ "it went on from that, and came back", "g - a gb", SINCE_GIT, 2 },
};

static size_t parse(const char *text, struct since_version *out)
{
	size_t n = 0;

	for (const char *word = text; *word; word += strspn(word, " ")) {
		struct since_version *v = &out[n++];

		for (; *word && *word != ' '; word++) {
			v->in_workspace |= *word == 'p';
			v->is_agreed |= *word == 'a';
			v->is_workspace |= *word == 'w';
			v->is_git_base |= *word == 'g';
			v->is_workspace_base |= *word == 'b';
		}
	}
	return n;
}

static void test_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct since_version versions[8] = { 0 };
		size_t at = 0, n = parse(cases[i].versions, versions);
		enum since_answer answer = since_judge(versions, n, &at);

		if (answer != cases[i].answer || at != cases[i].at)
			fail_msg("%s: '%s' gives %d at %zu", cases[i].story, cases[i].versions,
				 (int)answer, at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_stories) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
