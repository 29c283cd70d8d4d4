/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync sync: one cycle now. With --once in this process, for cron, CI, debuggers and users who
 * want no service; otherwise by asking the running daemon.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "git/hub.h"
#include "sync/cycle.h"

#define SETTLE_CYCLES 4 /* somebody may move between look and act; then look again, not for ever */

static volatile int stop_requested;

struct sync_options {
	bool once;
	const char *confirm;
	bool json;
	bool verbose;
	const char *config;
	const char *socket;
};

static const char usage[] =
	"usage: nbsync sync [--once] [--config FILE] [--socket PATH] [--confirm TOKEN]\n"
	"                   [--json] [--verbose] [MAPPING...]\n";

static void on_signal(int signo)
{
	(void)signo;
	stop_requested = 1;
}

static void on_progress(void *payload, const char *phase, size_t done, size_t total)
{
	(void)payload;
	if (!isatty(STDERR_FILENO))
		return;
	if (total)
		fprintf(stderr, "\r\033[K%s %zu/%zu", phase, done, total);
	else
		fprintf(stderr, "\r\033[K%s", phase);
	fflush(stderr);
}

/* ---- in this process ---- */

static void print_path(const char *what, const char *path, const char *side, const char *sentence)
{
	cleanup_buf struct buf line = BUF_INIT(65536);

	buf_addf(&line, "  %s: ", what);
	log_escape(&line, path, strlen(path));
	if (side)
		buf_addf(&line, " (%s)", side);
	buf_add_str(&line, ": ");
	log_escape(&line, sentence, strlen(sentence));
	puts(buf_str(&line));
}

static void print_report(const char *mapping, const struct report *r)
{
	printf("%s: %s\n", mapping, r->code ? r->sentence : "done");
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct report_side *side = &r->side[s];

		if (!side->present)
			continue;
		if (side->held)
			printf("  %-9s held: %s\n", side_names[s], side->sentence);
		else
			printf("  %-9s %lld notebooks, %llu written, %llu deleted\n", side_names[s],
			       (long long)side->notebooks, (unsigned long long)side->written,
			       (unsigned long long)side->deleted);
	}
	for (size_t i = 0; i < r->held.count; i++)
		print_path("held", r->held.items[i].path, r->held.items[i].side,
			   r->held.items[i].sentence);
	for (size_t i = 0; i < r->conflicts.count; i++)
		print_path("conflict", r->conflicts.items[i].path, NULL,
			   r->conflicts.items[i].sentence);
	if (r->waiting)
		printf("  waiting: %s\n", r->waiting);
	for (size_t i = 0; i < r->note_count; i++)
		printf("  note: %s\n", r->notes[i]);
}

static void print_json(const struct report *r)
{
	cleanup_json struct json *line = report_json(r);
	cleanup_free char *text = json_print(line, false);

	puts(text);
}

/* Cycles until nothing moves any more. The counts of all of them are in *total. */
static void run_cycles(struct cycle *cycle, const struct sync_options *o, struct report *total)
{
	struct cycle_request request = { .full = true, .hurry = true, .confirm = o->confirm };
	struct report_side before[SIDE_COUNT] = { 0 };
	uint64_t commits = 0, pushes = 0;

	for (int i = 0; i < SETTLE_CYCLES; i++) {
		cycle_run(cycle, &request, total);
		for (enum side_id s = 0; s < SIDE_COUNT; s++) {
			total->side[s].written += before[s].written;
			total->side[s].deleted += before[s].deleted;
			before[s] = total->side[s];
		}
		commits = total->commits += commits;
		pushes = total->pushes += pushes;
		if (total->code || !cycle_unsettled(cycle) || i + 1 == SETTLE_CYCLES)
			return;
		report_release(total);
	}
}

static int sync_here(const struct config *config, const char *mapping, const struct sync_options *o)
{
	struct cycle_options options = { .config = config,
					 .mapping = mapping,
					 .cancel = &stop_requested,
					 .progress = on_progress };
	struct err e = ERR_INIT;
	struct cycle *cycle;
	struct report report;
	int status;

	if (cycle_open(&cycle, &options, &e)) {
		fprintf(stderr, "nbsync: mapping '%s': %s\n", mapping, e.text);
		return err_exit(e.code);
	}
	run_cycles(cycle, o, &report);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (o->json)
		print_json(&report);
	else
		print_report(mapping, &report);
	status = report_exit(&report);
	report_release(&report);
	cycle_close(cycle);
	return status;
}

static int sync_once(const struct sync_options *o, char **mappings)
{
	cleanup_buf struct buf problems = BUF_INIT(1024 * 1024);
	struct config *config;
	struct err e = ERR_INIT;
	int status = EXIT_DONE;

	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	if (config_load(&config, o->config, &problems, &e)) {
		fputs(problems.len ? buf_str(&problems) : e.text, stderr);
		if (!problems.len)
			fputc('\n', stderr);
		return EXIT_CONFIG;
	}
	if (git_start(&e)) {
		fprintf(stderr, "nbsync: %s\n", e.text);
		config_free(config);
		return err_exit(e.code);
	}
	for (size_t i = 0; !*mappings && i < config->mapping_count; i++) {
		int s = sync_here(config, config->mappings[i].name, o);

		status = s ? s : status;
	}
	for (; *mappings; mappings++) {
		int s = sync_here(config, *mappings, o);

		status = s ? s : status;
	}
	git_stop();
	config_free(config);
	return status;
}

/* ---- by the daemon ---- */

static int ask_one(const char *socket, const char *mapping, const char *confirm)
{
	cleanup_json struct json *params = json_object(), *reply = NULL;
	struct err e = ERR_INIT;
	int r;

	json_add_str(params, "mapping", mapping);
	json_add_bool(params, "full", true);
	if (confirm)
		json_add_str(params, "confirm", confirm);
	r = client_call(socket, "org.nbsync.Daemon.Sync", params, &reply, &e);
	if (r) {
		fprintf(stderr, "nbsync: %s\n", e.text);
		return r == ERR_ABSENT ? EXIT_NO_DAEMON : err_exit(r);
	}
	return EXIT_DONE;
}

static int ask_daemon(const struct sync_options *o, char **mappings)
{
	cleanup_free char *socket = NULL;
	struct err e = ERR_INIT;
	int status = EXIT_DONE;

	if (client_socket(&socket, o->socket, o->config, &e)) {
		fprintf(stderr, "nbsync: %s\n", e.text);
		return err_exit(e.code);
	}
	if (!*mappings)
		return ask_one(socket, "", o->confirm);
	for (; *mappings; mappings++) {
		int s = ask_one(socket, *mappings, o->confirm);

		status = s ? s : status;
	}
	return status;
}

int cmd_sync(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "once", no_argument, NULL, 'o' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "confirm", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sync_options o = { 0 };
	int opt;

	while ((opt = getopt_long(argc, argv, "c:vh", longopts, NULL)) != -1) {
		switch (opt) {
		case 'o':
			o.once = true;
			break;
		case 'c':
			o.config = optarg;
			break;
		case 's':
			o.socket = optarg;
			break;
		case 'd':
			o.confirm = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'v':
			o.verbose = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	log_init(o.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL);
	return o.once ? sync_once(&o, argv + optind) : ask_daemon(&o, argv + optind);
}
