/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync discard: the branch's version of a notebook back on the other sides. What is discarded stays
 * in the history.
 */

#include "ctl/adopt.h"
#include "ctl/commands.h"

static const char usage[] = "usage: nbsync discard [--once] [--no-wait] [--config FILE]\n"
			    "                      [--socket PATH] [--verbose] [MAPPING] PATH\n";

int cmd_discard(int argc, char **argv)
{
	static const struct option longopts[] = {
		OPTIONS_ASK,
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { .wait = true };
	int opt;

	while ((opt = getopt_long(argc, argv, LETTERS_ASK, longopts, NULL)) != -1)
		if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	return adopt_run(&cli, usage, argv + optind, CYCLE_FROM_SIDE, side_names[SIDE_GIT]);
}
