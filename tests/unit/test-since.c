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

#define NONE SIZE_MAX

/* A version a word: p the workspace held it when it was committed, a it is agreed, w it holds it now, g
 * and b are what the branch and the workspace held when they last agreed, '-' is none of that. Then with
 * which of them, counted from 0, the edits of the workspace and of the branch begin. */
static const struct {
	const char *story, *versions;
	size_t workspace, git;
} cases[] = {
	{ "no history", "", NONE, NONE },
	{ "a commit by somebody else, the workspace as it was", "- gbw", NONE, NONE },
	{ "saved twice, committed once: the workspace went on", "p gb", NONE, 0 },
	{ "the workspace went back to what it was", "p gbw", NONE, 0 },
	{ "committed by somebody on top of what the workspace held", "- p gb", NONE, 1 },
	{ "the newest proof counts", "p p p gb", NONE, 0 },
	{ "the workspace lags by one", "- w gb", 1, NONE },
	{ "the workspace lags by three", "- - - w - gb", 3, NONE },
	{ "it lags, and was proven to hold just that", "- pw gb", 1, NONE },
	{ "it held something newer: somebody brought an old one back", "p w gb", NONE, 0 },
	{ "it held something newer once, in between", "- p w gb", NONE, 1 },
	{ "it lags although an older one was proven", "- w p gb", 1, NONE },
	{ "it holds what the branch has now", "w gb", NONE, NONE },
	{ "it went behind what it held", "- b w g", NONE, NONE },
	{ "its base is not of the branch: what it held is not known to be older", "- w g", NONE,
	  NONE },
	{ "its base is older than the branch's", "- w g b", 1, NONE },
	{ "the branch as it was, and the workspace catches up", "g w b", 1, NONE },
	{ "what was proven before the branch's base is old", "- g p b", NONE, NONE },
	{ "the branch was set back behind its base", "p p", NONE, NONE },
	{ "the branch came back to its base", "g p gb", NONE, 1 },
	{ "it went on from what is agreed", "- a gb", NONE, 1 },
	{ "it went on from that, and came back", "g - a gb", NONE, 2 },
	{ "it lags, and what is agreed is older", "- w a gb", 1, 2 },
	{ "it lags behind the branch and holds what is agreed", "- wa gb", 1, 1 },
	{ "it lags, and what was proven to be there was never agreed", "- w p gb", 1, NONE },
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
		size_t n = parse(cases[i].versions, versions);
		size_t workspace = cases[i].workspace == NONE ? n : cases[i].workspace;
		size_t git = cases[i].git == NONE ? n : cases[i].git;
		struct since_answer answer = since_judge(versions, n);

		if (answer.workspace != workspace || answer.git != git)
			fail_msg("%s: '%s' gives %zu and %zu", cases[i].story, cases[i].versions,
				 answer.workspace, answer.git);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_stories) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
