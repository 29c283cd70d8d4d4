/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync sync: one cycle now. With --once in this process, for cron, CI, debuggers and users who
 * want no service; otherwise by asking the running daemon, whose end is waited for only with --wait.
 */

#include <stdio.h>

#include "ctl/cli/ask.h"
#include "ctl/commands.h"
#include "ctl/text/result_text.h"
#include "log/log.h"

static const char usage[] = "usage: nbsync sync [--once | --wait] [--config FILE] [--socket PATH] "
			    "[--json] [--verbose]\n"
			    "                   [MAPPING...]\n";

static const struct cycle_request look = { .full = true };

static int print_sync_end(const struct cli *cli, const char *mapping, const struct json *end)
{
	cleanup_buf struct buf text = BUF_INIT(CLI_TEXT_MAX);

	if (cli->json) {
		cleanup_free char *line = json_print(end, false);

		puts(line);
	} else {
		result_text(mapping, end, &text);
		fputs(buf_str(&text), stdout);
	}
	return result_exit(end);
}

/* ---- in this process ---- */

static int sync_here(struct ask *a, const char *mapping)
{
	cleanup_json struct json *end = NULL;
	int status = ask_run(&end, a, mapping, &look);

	return status ? status : print_sync_end(a->cli, mapping, end);
}

/* One mapping does not stop the others; the exit code is that of the last one in trouble. */
static int sync_all_here(struct ask *a, char **mappings)
{
	int status = EXIT_DONE, s;

	for (size_t i = 0; !*mappings && i < a->config->mapping_count; i++) {
		s = sync_here(a, a->config->mappings[i].name);
		status = s ? s : status;
	}
	for (; *mappings; mappings++) {
		s = sync_here(a, *mappings);
		status = s ? s : status;
	}
	return status;
}

static int sync_once(const struct cli *cli, char **mappings)
{
	struct config *config;
	struct ask ask;
	int status;

	status = cli_config(&config, cli);
	if (status)
		return status;
	status = ask_open(&ask, cli, config);
	if (!status)
		status = sync_all_here(&ask, mappings);
	ask_close(&ask);
	config_free(config);
	return status;
}

/* ---- by the daemon ---- */

static int wait_for_all(struct ask *a, const struct json *cycles)
{
	int status = EXIT_DONE;

	for (const struct json *c = json_first(cycles); c; c = json_next(c)) {
		cleanup_json struct json *end = NULL;
		int s = ask_wait(&end, a, json_key(c), json_int(c, "", -1));

		if (!s)
			s = print_sync_end(a->cli, json_key(c), end);
		status = s ? s : status;
	}
	return status;
}

static int ask_one(struct ask *a, const char *mapping)
{
	cleanup_json struct json *cycles = NULL;
	int status = ask_start(&cycles, a, mapping, &look);

	return status || !a->cli->wait ? status : wait_for_all(a, cycles);
}

static int ask_all(struct ask *a, char **mappings)
{
	int status = *mappings ? EXIT_DONE : ask_one(a, "");

	for (; *mappings; mappings++) {
		int s = ask_one(a, *mappings);

		status = s ? s : status;
	}
	return status;
}

static int ask_daemon(const struct cli *cli, char **mappings)
{
	struct ask ask;
	int status = ask_open(&ask, cli, NULL);

	if (!status)
		status = ask_all(&ask, mappings);
	ask_close(&ask);
	return status;
}

int cmd_sync(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "once", no_argument, NULL, 'o' },
		{ "wait", no_argument, NULL, 'w' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { 0 };
	int opt;

	while ((opt = getopt_long(argc, argv, "c:vh", longopts, NULL)) != -1)
		if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	log_init(cli.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL);
	return cli.once ? sync_once(&cli, argv + optind) : ask_daemon(&cli, argv + optind);
}
