/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide POLICY-FILE <URLS: the policy's decision about many URLs at once, for the tests that compare
 * it with what others do. URLs are lines; an answer is "allow CANONICAL-URL" or "deny REASON".
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_file.h"

int main(int argc, char **argv)
{
	struct policy_set set;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (argc != 2) {
		fputs("usage: decide POLICY-FILE\n", stderr);
		return 2;
	}
	policy_set_load(&set, argv[1], argv[1]);
	if (set.note)
		fprintf(stderr, "decide: %s\n", set.note);
	while ((n = getline(&line, &size, stdin)) > 0) {
		struct policy_verdict v;

		line[strcspn(line, "\n")] = '\0';
		policy_set_check(&set, line, POLICY_PUSH, &v);
		printf("%s %s\n", v.allowed ? "allow" : "deny", v.allowed ? v.canonical : v.reason);
		policy_verdict_release(&v);
	}
	free(line);
	policy_set_release(&set);
	return 0;
}
