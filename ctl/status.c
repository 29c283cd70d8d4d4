/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync status: asks the daemon and shows the answer, once or every second. What it looks like is
 * status_text.c's.
 */

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/status_text.h"

struct status_options {
	bool json;
	bool watch;
	const char *config;
	const char *socket;
};

static const char usage[] =
	"usage: nbsync status [--json] [--watch] [--config FILE] [--socket PATH]\n";

static int64_t unix_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A picture replaces the last one only when somebody looks at it on a terminal. */
static void begin_picture(const struct status_options *o)
{
	if (o->watch && !o->json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
}

static void print_reply(const struct json *reply, const struct status_options *o)
{
	cleanup_buf struct buf text = BUF_INIT(CLIENT_REPLY_MAX);

	if (o->json) {
		cleanup_free char *line = json_print(reply, !o->watch);

		puts(line);
		return;
	}
	status_text(reply, unix_ms(), &text);
	fputs(buf_str(&text), stdout);
}

/* Asks and prints once; returns the exit code. */
static int show(const char *socket, const struct status_options *o)
{
	cleanup_json struct json *reply = NULL;
	struct err e = ERR_INIT;
	int r = client_call(socket, "org.nbsync.Daemon.Status", NULL, &reply, &e);

	begin_picture(o);
	if (r) {
		fprintf(stderr, "nbsync: %s\n", e.text);
		return r == ERR_ABSENT ? EXIT_NO_DAEMON : err_exit(r);
	}
	print_reply(reply, o);
	fflush(stdout);
	return status_exit(reply);
}

/* A daemon that is being restarted is worth waiting for, one that never ran is not. */
static int watch(const char *socket, const struct status_options *o)
{
	int status = show(socket, o);

	if (status != EXIT_DONE && status != EXIT_ATTENTION)
		return status;
	while (!ferror(stdout)) {
		sleep(1);
		status = show(socket, o);
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
	struct status_options o = { 0 };
	cleanup_free char *socket = NULL;
	struct err e = ERR_INIT;
	int opt;

	while ((opt = getopt_long(argc, argv, "jwc:s:h", longopts, NULL)) != -1) {
		switch (opt) {
		case 'j':
			o.json = true;
			break;
		case 'w':
			o.watch = true;
			break;
		case 'c':
			o.config = optarg;
			break;
		case 's':
			o.socket = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "nbsync: status takes no argument '%s'\n%s", argv[optind], usage);
		return EXIT_USAGE;
	}
	log_init(LOG_LEVEL_WARNING, NULL);
	if (client_socket(&socket, o.socket, o.config, &e)) {
		fprintf(stderr, "nbsync: %s\n", e.text);
		return err_exit(e.code);
	}
	return o.watch ? watch(socket, &o) : show(socket, &o);
}
