/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync commit: commits what is agreed and pushes it, now, with a summary that a human wrote. An
 * empty one is refused, as in a workspace's Git folder. It succeeds when the remote has it.
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

/* What the branch did not get although nothing is wrong with the Git side as a whole. */
static int64_t count_held(const struct json *end)
{
	int64_t n = 0;

	for (const struct json *h = json_first(json_get(end, "held")); h; h = json_next(h))
		n += str_eq(json_str(h, "side"), side_names[SIDE_GIT]);
	return n;
}

/* The Git side is held, or something waits: the remote does not have it. */
static int print_not_pushed(const struct config_mapping *m, const struct json *end, bool held)
{
	bool any = json_int(end, "counts.commits", 0);
	const char *why = json_str(end, held ? "sides.git.sentence" : "waiting.sentence");
	struct err e = ERR_INIT;

	if (!why || !*why)
		why = held ? "the Git side is held" : "see 'nbsync status'";
	err_set(&e, ERR_RETRY, "mapping '%s': %s: %s", m->name,
		any || !held ? "committed, but not pushed" : "nothing was pushed", why);
	cli_fail(&e);
	return held ? EXIT_ATTENTION : EXIT_RETRY;
}

static int print_done(const struct config_mapping *m, const struct json *end)
{
	int64_t held = count_held(end);
	cleanup_free char *but =
		held ? xasprintf("; %lld that the branch could not take: see 'nbsync status'",
				 (long long)held)
		     : xstrdup("");

	if (json_int(end, "counts.pushes", 0))
		cli_print("%s: %spushed %s branch '%s'%s", m->name,
			  json_int(end, "counts.commits", 0) ? "committed and " : "",
			  json_int(end, "counts.commits", 0) ? "to" : "earlier commits to",
			  m->branch, but);
	else if (held)
		cli_print("%s: nothing was committed to branch '%s'%s", m->name, m->branch, but);
	else
		cli_print("%s: nothing to commit: branch '%s' has all that is agreed%s", m->name,
			  m->branch,
			  result_attention(end) ? "; see 'nbsync status' for what is not" : "");
	return held ? EXIT_ATTENTION : EXIT_DONE;
}

/* It is done when the remote has it. */
static int print_commit_end(const struct config_mapping *m, const struct json *end)
{
	bool held = str_eq(json_str(end, "sides.git.state"), "held");
	int64_t commits = json_int(end, "counts.commits", 0);
	struct err e = ERR_INIT;

	if (err_parse(json_str(end, "code"))) {
		err_set(&e, err_parse(json_str(end, "code")), "mapping '%s': %s", m->name,
			json_str(end, "sentence") ? json_str(end, "sentence") : "failed");
		return cli_fail(&e);
	}
	if (held || json_int(end, "waiting.paths", 0) ||
	    (commits && !json_int(end, "counts.pushes", 0)))
		return print_not_pushed(m, end, held);
	return print_done(m, end);
}

static int commit(const struct cli *cli, const struct config *config, const char *name,
		  const char *summary)
{
	struct cycle_request request = { .full = true, .commit = true, .summary = summary };
	cleanup_json struct json *end = NULL;
	const struct config_mapping *m;
	struct err e = ERR_INIT;
	int status;

	if (target_mapping(&m, config, name, &e))
		return cli_refuse("", "%s", e.text);
	if (!config_has_side(m, SIDE_GIT)) {
		err_set(&e, ERR_CONFIG, "mapping '%s' has no Git side: set 'git' in its section",
			m->name);
		return cli_fail(&e);
	}
	status = ask_once(&end, cli, config, m->name, &request);
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
