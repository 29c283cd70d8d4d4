/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync commit: commits what is agreed and pushes it, now, with a summary that a human wrote. An
 * empty one is refused, as in a workspace's Git folder.
 */

#include <stdio.h>
#include <string.h>

#include "ctl/cli/ask.h"
#include "ctl/cli/target.h"
#include "ctl/commands.h"
#include "ctl/text/result_text.h"
#include "log/log.h"

static const char usage[] = "usage: nbsync commit -m SUMMARY [--once] [--no-wait] [--config FILE]\n"
			    "                     [--socket PATH] [--verbose] [MAPPING]\n";

/* What became of it is in the counts, and in what the Git side says when it is held. */
static int print_commit_end(const struct config_mapping *m, const struct json *end)
{
	int64_t commits = json_int(end, "counts.commits", 0);
	int64_t pushes = json_int(end, "counts.pushes", 0);
	const char *trouble = json_str(end, "sides.git.sentence");
	struct err e = ERR_INIT;

	if (err_parse(json_str(end, "code"))) {
		err_set(&e, err_parse(json_str(end, "code")), "mapping '%s': %s", m->name,
			json_str(end, "sentence") ? json_str(end, "sentence") : "failed");
		return cli_fail(&e);
	}
	if (str_eq(json_str(end, "sides.git.state"), "held")) {
		err_set(&e, ERR_BUG, "mapping '%s': %s: %s", m->name,
			commits ? "committed, but not pushed" : "nothing was committed",
			trouble ? trouble : "the Git side is held");
		cli_fail(&e);
		return EXIT_ATTENTION;
	}
	if (commits)
		cli_print("%s: committed%s to branch '%s'", m->name, pushes ? " and pushed" : "",
			  m->branch);
	else if (pushes)
		cli_print("%s: pushed branch '%s'", m->name, m->branch);
	else
		cli_print("%s: nothing to commit: branch '%s' has all that is agreed%s", m->name,
			  m->branch,
			  result_attention(end) ? "; see 'nbsync status' for what is not" : "");
	return EXIT_DONE;
}

static int commit(const struct cli *cli, const struct config *config, const char *name,
		  const char *summary)
{
	struct cycle_request request = { .full = true, .commit = true, .summary = summary };
	cleanup_json struct json *end = NULL;
	const struct config_mapping *m;
	struct err e = ERR_INIT;
	struct ask ask;
	int status;

	if (target_mapping(&m, config, name, &e))
		return cli_refuse("", "%s", e.text);
	if (!config_has_side(m, SIDE_GIT)) {
		err_set(&e, ERR_CONFIG, "mapping '%s' has no Git side: set 'git' in its section",
			m->name);
		return cli_fail(&e);
	}
	status = ask_open(&ask, cli, config);
	if (!status)
		status = ask_run(&end, &ask, m->name, &request);
	ask_close(&ask);
	return end ? print_commit_end(m, end) : status;
}

int cmd_commit(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "summary", required_argument, NULL, 'm' },
		OPTIONS_ASK,
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { .wait = true };
	const char *summary = NULL;
	struct config *config;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "m:" LETTERS_ASK, longopts, NULL)) != -1) {
		if (opt == 'm')
			summary = optarg;
		else if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	}
	if (!summary || !summary[strspn(summary, " \t\r\n")])
		return cli_refuse(usage, "say with -m what was changed: a commit needs a summary");
	if (argc - optind > 1)
		return cli_refuse(usage, "commit takes one mapping, not '%s' as well",
				  argv[optind + 1]);
	log_init(cli.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL);
	status = cli_config(&config, &cli);
	if (status)
		return status;
	status = commit(&cli, config, argv[optind], summary);
	config_free(config);
	return status;
}
