/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync branch --create: makes the branch that the configuration names, which the remote has not, where
 * another of its branches stands. Which branch a mapping follows only its configuration says.
 */

#include <stdio.h>

#include "ctl/cli/ask.h"
#include "ctl/cli/target.h"
#include "ctl/commands.h"
#include "log/log.h"

static const char usage[] =
	"usage: nbsync branch --create [--from NAME] [--once] [--no-wait]\n"
	"                     [--config FILE] [--socket PATH] [--verbose] [MAPPING]\n";

static int create(const struct cli *cli, const struct config *config, const char *name,
		  const char *from)
{
	struct cycle_request request = { .full = true, .create_from = from };
	cleanup_json struct json *end = NULL;
	const struct config_mapping *m;
	struct err e = ERR_INIT;
	int status;

	if (target_mapping(&m, config, name, &e))
		return cli_refuse("", "%s", e.text);
	status = ask_once(&end, cli, config, m->name, &request);
	return end ? ask_answer(end) : status;
}

static int check_words(bool create_it, const char *from, char *const *words, int count)
{
	if (!create_it)
		return cli_refuse(usage,
				  "say --create: which branch a mapping follows is 'branch' in "
				  "its configuration");
	if (from && !*from)
		return cli_refuse(usage, "--from needs the name of a branch; leave it out for the "
					 "remote's default branch");
	if (count > 1)
		return cli_refuse(usage, "branch takes one mapping, not '%s' as well", words[1]);
	return EXIT_DONE;
}

int cmd_branch(int argc, char **argv)
{
	enum { OPTION_CREATE = 1000, OPTION_FROM };
	static const struct option longopts[] = {
		{ "create", no_argument, NULL, OPTION_CREATE },
		{ "from", required_argument, NULL, OPTION_FROM },
		OPTIONS_ASK,
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { .wait = true };
	const char *from = NULL;
	bool create_it = false;
	struct config *config;
	int opt, status;

	while ((opt = getopt_long(argc, argv, LETTERS_ASK, longopts, NULL)) != -1) {
		if (opt == OPTION_CREATE)
			create_it = true;
		else if (opt == OPTION_FROM)
			from = optarg;
		else if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	}
	status = check_words(create_it, from, argv + optind, argc - optind);
	if (status)
		return status;
	log_init(cli.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL);
	status = cli_config(&config, &cli);
	if (status)
		return status;
	status = create(&cli, config, argv[optind], from ? from : "");
	config_free(config);
	return status;
}
