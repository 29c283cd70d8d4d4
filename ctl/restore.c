/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync restore: any recorded version of a notebook, back as a new version on all sides. Nothing of
 * what came after it is lost: history only grows.
 */

#include "ctl/adopt.h"
#include "ctl/commands.h"

static const char usage[] =
	"usage: nbsync restore --to REVISION [--once] [--no-wait] [--config FILE]\n"
	"                      [--socket PATH] [--verbose] [MAPPING] PATH\n";

int cmd_restore(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "to", required_argument, NULL, 't' },
		OPTIONS_ASK,
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { .wait = true };
	const char *revision = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, LETTERS_ASK, longopts, NULL)) != -1) {
		if (opt == 't')
			revision = optarg;
		else if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	}
	if (!revision)
		return cli_refuse(usage, "say with --to which revision; 'nbsync log' shows them");
	return adopt_run(&cli, usage, argv + optind, CYCLE_FROM_REVISION, revision);
}
