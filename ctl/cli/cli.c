/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared part of the command line. It knows no subcommand, and nothing of what any of them does.
 */

#include "ctl/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/cli/client.h"
#include "log/escape.h"
#include "secret/secret.h"

/* An empty name comes from a variable that was not set. An empty socket would name an abstract one,
 * at which anybody may listen. */
static bool take_name(const char **out, const char *option, const char *of_what)
{
	if (!*optarg)
		cli_say("%s needs the %s, not ''", option, of_what);
	*out = optarg;
	return *optarg;
}

bool cli_take(struct cli *cli, int letter)
{
	switch (letter) {
	case 'o':
		cli->once = true;
		return true;
	case 'n':
		cli->wait = false;
		return true;
	case 'w':
		cli->wait = true;
		return true;
	case 'j':
		cli->json = true;
		return true;
	case 'v':
		cli->verbose = true;
		return true;
	case 'c':
		return take_name(&cli->config, "--config", "name of a file");
	case 's':
		return take_name(&cli->socket, "--socket", "path of a socket");
	default:
		return false;
	}
}

int cli_usage(int letter, const char *usage)
{
	fputs(usage, letter == 'h' ? stdout : stderr);
	return letter == 'h' ? EXIT_DONE : EXIT_USAGE;
}

static void say(const char *sentence)
{
	cleanup_buf struct buf line = BUF_INIT(CLI_TEXT_MAX);

	escape_masked_str(&line, sentence);
	fprintf(stderr, "nbsync: %s\n", buf_str(&line));
}

void cli_say(const char *fmt, ...)
{
	cleanup_free char *sentence = NULL;
	va_list ap;

	va_start(ap, fmt);
	sentence = xvasprintf(fmt, ap);
	va_end(ap);
	say(sentence);
}

int cli_refuse(const char *usage, const char *fmt, ...)
{
	cleanup_free char *sentence = NULL;
	va_list ap;

	va_start(ap, fmt);
	sentence = xvasprintf(fmt, ap);
	va_end(ap);
	say(sentence);
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int cli_fail(const struct err *e)
{
	say(e->text);
	return err_exit(e->code);
}

int cli_fail_call(const struct err *e)
{
	int status = cli_fail(e);

	return e->code == ERR_ABSENT ? EXIT_NO_DAEMON : status;
}

int cli_config(struct config **out, const struct cli *cli)
{
	cleanup_buf struct buf problems = BUF_INIT(CLI_TEXT_MAX);
	struct err e = ERR_INIT;

	if (!config_load(out, cli->config, &problems, &e))
		return EXIT_DONE;
	if (!problems.len)
		return cli_fail(&e);
	secret_redact(&problems); /* a token may stand where it does not belong */
	fputs(buf_str(&problems), stderr);
	return EXIT_CONFIG;
}

int cli_socket(char **out, const struct cli *cli)
{
	struct config *config;
	int status;

	*out = NULL;
	if (cli->socket) {
		*out = xstrdup(cli->socket);
		return EXIT_DONE;
	}
	status = cli_config(&config, cli);
	if (status)
		return status;
	*out = client_socket(config);
	config_free(config);
	return EXIT_DONE;
}

void cli_print(const char *fmt, ...)
{
	cleanup_buf struct buf line = BUF_INIT(CLI_TEXT_MAX);
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	escape_masked_str(&line, text);
	puts(buf_str(&line));
}
