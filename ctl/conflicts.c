/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync conflicts: the notebooks whose edits clashed, where the other version stands, and the
 * command that ends the clash.
 */

#include <stdio.h>
#include <string.h>

#include "ctl/cli/ask.h"
#include "ctl/cli/target.h"
#include "ctl/commands.h"
#include "ctl/text/result_text.h"
#include "log/log.h"

static const char usage[] = "usage: nbsync conflicts [--json] [--once] [--config FILE]\n"
			    "                        [--socket PATH] [--verbose] [MAPPING]\n";

static void print_json(const char *mapping, const struct json *conflict)
{
	cleanup_json struct json *out = json_object();
	cleanup_free char *line = NULL;

	json_add_str(out, "mapping", mapping);
	json_add_str(out, "path", json_str_or(conflict, "path", ""));
	json_add_str(out, "side", conflict_side(conflict));
	json_add_str(out, "file", json_str_or(conflict, "file", ""));
	json_add_str(out, "sentence", json_str_or(conflict, "sentence", ""));
	line = json_print(out, false);
	puts(line);
}

static void print_text(const char *mapping, const struct json *state, const struct json *conflict)
{
	cleanup_buf struct buf command = BUF_INIT(CLI_TEXT_MAX);
	const char *side = conflict_side(conflict);

	cli_print("%s: '%s': the %s%s version is '%s'", mapping, json_str_or(conflict, "path", ""),
		  side ? side : "other", side ? " side's" : "", json_str_or(conflict, "file", ""));
	if (*json_str_or(conflict, "sentence", ""))
		cli_print("  %s", json_str_or(conflict, "sentence", ""));
	hint_resolve(&command, mapping, state, conflict);
	printf("  %s\n", buf_str(&command));
}

/* Prints those of one mapping, and adds their number, listed or not. */
static int list(struct ask *a, const char *mapping, int64_t *count)
{
	cleanup_json struct json *state = NULL;
	const struct json *conflicts;
	struct err e = ERR_INIT;
	int64_t listed, total;
	int status = ask_state(&state, a, mapping);

	if (status)
		return status;
	conflicts = json_get(state, "conflicts");
	for (const struct json *c = json_first(conflicts); c; c = json_next(c)) {
		if (a->cli->json)
			print_json(mapping, c);
		else
			print_text(mapping, state, c);
	}
	listed = (int64_t)json_count(conflicts);
	total = json_int(state, "conflicts_total", 0);
	if (total < listed)
		total = listed;
	if (total > listed && !a->cli->json)
		cli_print("%s: and %lld more, to be seen when some of these are resolved", mapping,
			  (long long)(total - listed));
	*count += total;
	return ask_complete(state, mapping, &e) ? cli_fail(&e) : EXIT_DONE;
}

static int list_all(struct ask *a, const struct config *config, const struct config_mapping *only)
{
	int64_t count = 0;
	int status = EXIT_DONE;

	for (size_t i = 0; i < config->mapping_count; i++) {
		const struct config_mapping *m = &config->mappings[i];
		int s = only && only != m ? EXIT_DONE : list(a, m->name, &count);

		status = s ? s : status;
	}
	if (!status && !count && !a->cli->json)
		puts("no conflicts");
	return !status && count ? EXIT_ATTENTION : status;
}

static int run_conflicts(const struct cli *cli, const struct config *config, const char *name)
{
	const struct config_mapping *only = NULL;
	struct err e = ERR_INIT;
	struct ask ask;
	int status;

	if (name && target_mapping(&only, config, name, &e))
		return cli_refuse("", "%s", e.text);
	status = ask_open(&ask, cli, config);
	if (!status)
		status = list_all(&ask, config, only);
	ask_close(&ask);
	return status;
}

int cmd_conflicts(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "once", no_argument, NULL, 'o' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { 0 };
	struct config *config;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "jc:vh", longopts, NULL)) != -1)
		if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	if (argc - optind > 1)
		return cli_refuse(usage, "conflicts takes one mapping, not '%s' as well",
				  argv[optind + 1]);
	log_init(cli.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL);
	status = cli_config(&config, &cli);
	if (status)
		return status;
	status = run_conflicts(&cli, config, argv[optind]);
	config_free(config);
	return status;
}
