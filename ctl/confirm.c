/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync confirm: says yes to the plan that waits: deletions of many notebooks at once, or a root
 * that is not the one it was. A plan is known by its token; when another one has taken its place, the
 * cycle refuses, so nobody confirms what they have not seen.
 */

#include <stdio.h>

#include "ctl/cli/ask.h"
#include "ctl/cli/target.h"
#include "ctl/commands.h"
#include "log/log.h"

#define LISTED_MAX 20 /* notebooks that are named */

static const char usage[] = "usage: nbsync confirm [--once] [--no-wait] [--config FILE]\n"
			    "                      [--socket PATH] [--verbose] [MAPPING] [TOKEN]\n";

static void print_deletions(const struct json *state)
{
	const struct json *held = json_get(state, "held");
	size_t count = 0;

	for (const struct json *h = json_first(held); h; h = json_next(h)) {
		if (!str_eq(json_str(h, "reason"), "deletions"))
			continue;
		if (++count <= LISTED_MAX)
			cli_print("  delete '%s', which is gone on the %s side",
				  json_str(h, "path") ? json_str(h, "path") : "?",
				  json_str(h, "side") ? json_str(h, "side") : "?");
	}
	if (count > LISTED_MAX)
		cli_print("  and %zu more", count - LISTED_MAX);
}

/* What waits, in the words of the cycle that planned it. */
static void print_plan(const char *mapping, const char *token, const struct json *state)
{
	cli_print("%s: confirming %s", mapping, token);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct json *side = json_get(json_get(state, "sides"), side_names[s]);

		if (str_eq(json_str(side, "state"), "held") && json_str(side, "sentence"))
			cli_print("  %s: %s", side_names[s], json_str(side, "sentence"));
	}
	print_deletions(state);
}

/* token NULL: the one that waits. */
static int confirm(struct ask *a, const char *mapping, const char *token)
{
	cleanup_json struct json *state = NULL, *end = NULL;
	struct cycle_request request = { .full = true };
	const char *waits;
	struct err e = ERR_INIT;
	int status;

	status = ask_state(&state, a, mapping);
	if (status)
		return status;
	waits = json_str(state, "confirm");
	request.confirm = token ? token : waits;
	if (!request.confirm) {
		if (!ask_complete(state, mapping, &e))
			err_set(&e, ERR_ABSENT, "nothing waits for a confirmation in mapping '%s'",
				mapping);
		return cli_fail(&e);
	}
	if (str_eq(request.confirm, waits))
		print_plan(mapping, waits, state);
	status = ask_run(&end, a, mapping, &request);
	return end ? ask_answer(end) : status;
}

/* words: [MAPPING] [TOKEN]; a single one is a mapping if there is one of that name. */
static int take_confirm_words(const struct config_mapping **m, const char **token,
			      const struct config *config, char *const *words, int count,
			      struct err *e)
{
	const char *name = NULL;

	*token = NULL;
	if (count == 2 || (count == 1 && config_mapping(config, words[0])))
		name = words[0];
	if (count == 2 || (count == 1 && !name))
		*token = words[count - 1];
	if (*token && !**token)
		return err_set(e, ERR_INVALID,
			       "the token is empty; leave it out to confirm the plan that waits");
	return target_mapping(m, config, name, e);
}

static int run_confirm(const struct cli *cli, const struct config *config, char *const *words,
		       int count)
{
	const struct config_mapping *m;
	const char *token;
	struct err e = ERR_INIT;
	struct ask ask;
	int status;

	if (take_confirm_words(&m, &token, config, words, count, &e))
		return cli_refuse("", "%s", e.text);
	status = ask_open(&ask, cli, config);
	if (!status)
		status = confirm(&ask, m->name, token);
	ask_close(&ask);
	return status;
}

int cmd_confirm(int argc, char **argv)
{
	static const struct option longopts[] = {
		OPTIONS_ASK,
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { .wait = true };
	struct config *config;
	int opt, status;

	while ((opt = getopt_long(argc, argv, LETTERS_ASK, longopts, NULL)) != -1)
		if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	if (argc - optind > 2)
		return cli_refuse(usage, "confirm takes a mapping and a token, not '%s' as well",
				  argv[optind + 2]);
	log_init(cli.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL);
	status = cli_config(&config, &cli);
	if (status)
		return status;
	status = run_confirm(&cli, config, argv + optind, argc - optind);
	config_free(config);
	return status;
}
