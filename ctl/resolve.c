/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync resolve: ends a clash by saying which version is right: one side's, or one that was put
 * together in a file. The copies that the clash left are removed when it is everywhere.
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/adopt.h"
#include "ctl/commands.h"

static const char usage[] =
	"usage: nbsync resolve (--local | --workspace | --git | --file FILE) [--once] [--no-wait]\n"
	"                      [--config FILE] [--socket PATH] [--verbose] [MAPPING] PATH\n";

/* The daemon's current directory is not ours. */
static int resolve_with_file(const struct cli *cli, char *const *words, const char *file)
{
	cleanup_free char *path = realpath(file, NULL);
	struct err e;

	if (!path || access(path, R_OK) < 0) {
		err_errno(&e, errno, "cannot read '%s'", file);
		return cli_fail(&e);
	}
	return adopt_run(cli, usage, words, CYCLE_FROM_FILE, path);
}

/* The side that an option's letter stands for; NULL: none. */
static const char *side_of(int letter)
{
	static const char letters[SIDE_COUNT] = {
		[SIDE_LOCAL] = 'L', [SIDE_WORKSPACE] = 'W', [SIDE_GIT] = 'G'
	};

	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (letter == letters[s])
			return side_names[s];
	return NULL;
}

int cmd_resolve(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "local", no_argument, NULL, 'L' },
		{ "workspace", no_argument, NULL, 'W' },
		{ "git", no_argument, NULL, 'G' },
		{ "file", required_argument, NULL, 'F' },
		OPTIONS_ASK,
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { .wait = true };
	const char *side = NULL, *file = NULL;
	int opt, versions = 0;

	while ((opt = getopt_long(argc, argv, LETTERS_ASK, longopts, NULL)) != -1) {
		const char *named = side_of(opt);

		if (opt == 'F')
			file = optarg;
		else if (named)
			side = named;
		else if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
		versions += opt == 'F' || named;
	}
	if (versions != 1)
		return cli_refuse(usage, "say which version is right: --local, --workspace, --git "
					 "or --file FILE, one of them");
	if (file && !*file)
		return cli_refuse(usage, "--file needs the name of a file, not ''");
	return file ? resolve_with_file(&cli, argv + optind, file)
		    : adopt_run(&cli, usage, argv + optind, CYCLE_FROM_SIDE, side);
}
