/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One check for the words of a command line, a call on the control socket and an order to a worker, so
 * that nothing of another form reaches the hub.
 */

#include "sync/source.h"

#include <ctype.h>
#include <string.h>

#include "config/config.h"

#define REVISION_MIN 7
#define REVISION_MAX 40
#define FILE_MAX     4095 /* bytes: PATH_MAX */

const char *const cycle_source_names[CYCLE_SOURCES] = { "side", "revision", "file" };

bool cycle_source_parse(const char *word, enum cycle_source *out)
{
	for (int i = 0; i < CYCLE_SOURCES; i++) {
		if (!str_eq(word, cycle_source_names[i]))
			continue;
		*out = (enum cycle_source)i;
		return true;
	}
	return false;
}

static int check_side(const char *what, struct err *e)
{
	enum side_id side;

	if (side_parse(&side, what, strlen(what)))
		return ERR_OK;
	return err_set(e, ERR_INVALID, "'%s' is no side: say git, workspace or local", what);
}

static int check_revision(const char *what, struct err *e)
{
	size_t len = 0;

	while (isxdigit((unsigned char)what[len]))
		len++;
	if (!what[len] && len >= REVISION_MIN && len <= REVISION_MAX)
		return ERR_OK;
	return err_set(e, ERR_INVALID,
		       "'%s' is no revision: give %d to %d hexadecimal digits, as 'nbsync log' "
		       "shows them",
		       what, REVISION_MIN, REVISION_MAX);
}

static int check_file(const char *what, struct err *e)
{
	if (what[0] == '/' && strlen(what) <= FILE_MAX)
		return ERR_OK;
	return err_set(e, ERR_INVALID, "'%s' is no absolute path of a file", what);
}

int cycle_source_check(enum cycle_source from, const char *what, struct err *e)
{
	switch (from) {
	case CYCLE_FROM_SIDE:
		return check_side(what, e);
	case CYCLE_FROM_REVISION:
		return check_revision(what, e);
	case CYCLE_FROM_FILE:
		return check_file(what, e);
	}
	return err_set(e, ERR_BUG, "no such source of versions");
}
