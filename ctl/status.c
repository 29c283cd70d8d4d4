/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync status: asks the daemon and shows the answer, once or every second. What it looks like is
 * status_text.c's.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/cli/cli.h"
#include "ctl/cli/client.h"
#include "ctl/commands.h"
#include "ctl/text/status_text.h"
#include "log/log.h"

static const char usage[] =
	"usage: nbsync status [--json] [--watch] [--config FILE] [--socket PATH]\n";

/* Clears the screen before another table, where standard output is a terminal. */
static void begin_picture(const struct cli *cli, bool again)
{
	if (again && !cli->json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
}

static void print_reply(const struct json *reply, const struct cli *cli, bool again)
{
	cleanup_buf struct buf text = BUF_INIT(CLIENT_REPLY_MAX);

	if (cli->json) {
		cleanup_free char *line = json_print(reply, !again);

		puts(line);
		return;
	}
	status_text(reply, clock_unix_ms(), &text);
	fputs(buf_str(&text), stdout);
}

/* Asks and prints once; returns the exit code. */
static int show_status(const char *socket, const struct cli *cli, bool again)
{
	cleanup_json struct json *reply = NULL;
	struct err e = ERR_INIT;
	int r = client_call(socket, "org.nbsync.Daemon.Status", NULL, &reply, &e);

	begin_picture(cli, again);
	if (r)
		return cli_fail_call(&e);
	print_reply(reply, cli, again);
	fflush(stdout);
	return status_exit(reply);
}

/* A daemon that is being restarted is worth waiting for, one that never ran is not. */
static int watch(const char *socket, const struct cli *cli)
{
	int status = show_status(socket, cli, true);

	if (status != EXIT_DONE && status != EXIT_ATTENTION)
		return status;
	while (!ferror(stdout)) {
		sleep(1);
		status = show_status(socket, cli, true);
	}
	return status;
}

int cmd_status(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'w' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { 0 };
	cleanup_free char *socket = NULL;
	bool again = false;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "jwc:s:h", longopts, NULL)) != -1) {
		if (opt == 'w')
			again = true;
		else if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	}
	if (optind < argc)
		return cli_refuse(usage, "status takes no argument '%s'", argv[optind]);
	log_init(LOG_LEVEL_WARNING, NULL);
	status = cli_socket(&socket, &cli);
	if (status)
		return status;
	return again ? watch(socket, &cli) : show_status(socket, &cli, false);
}
