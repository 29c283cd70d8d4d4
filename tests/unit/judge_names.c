/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not a test: answers for one. Reads pairs of texts from standard input, each ended by a NUL, and
 * writes one text for each pair, ended by a NUL: what path_check_at() says of the second text at
 * the place that the first one names (nothing when it can be made); or, where the first is "copy
 * MAX EXT", the name of a conflict copy. tests/e2e/test_names.py compares that with rules of its
 * own.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/names.h"
#include "path/path.h"

static char *next_text(void)
{
	size_t cap = 0;
	char *text = NULL;

	if (getdelim(&text, &cap, '\0', stdin) >= 0)
		return text;
	free(text);
	return NULL;
}

static bool judge(const char *place, const char *path, struct err *e)
{
	static const char *const places[] = { [PATH_LOCAL] = "local",
					      [PATH_WORKSPACE] = "workspace",
					      [PATH_BRANCH] = "branch",
					      [PATH_ANYWHERE] = "anywhere" };

	for (enum path_place p = PATH_LOCAL; p <= PATH_ANYWHERE; p++) {
		if (!str_eq(place, places[p]))
			continue;
		path_check_at(p, "", path, e);
		return true;
	}
	return false;
}

int main(void)
{
	for (;;) {
		cleanup_free char *what = next_text(), *path = what ? next_text() : NULL;
		cleanup_free char *copy = NULL;
		struct err e = ERR_INIT;
		char ext[256] = "";
		size_t max;

		if (!path)
			return what ? 2 : 0;
		if (sscanf(what, "copy %zu %255s", &max, ext) >= 1)
			copy = names_conflict(path, ext, SIDE_WORKSPACE, "20260131T120000Z", max);
		else if (!judge(what, path, &e))
			return 2;
		fputs(copy ? copy : e.text, stdout);
		putchar('\0');
	}
}
