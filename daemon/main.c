/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsyncd: the command line of the daemon. Reads the configuration and hands over to the supervisor
 * (supervisor.c), or to the worker's program for --worker. Logs whatever ends it.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/api.h"
#include "daemon/environment.h"
#include "daemon/load.h"
#include "daemon/supervisor.h"
#include "log/log.h"
#include "secret/secret.h"
#include "version.h"

struct command_line {
	struct supervisor_options options;
	const char *worker; /* --worker NAME */
	bool check;
	bool allow_root;
};

enum {
	OPT_CONFIG = 'c',
	OPT_HELP = 'h',
	OPT_CHECK = 256,
	OPT_ROOT,
	OPT_VERSION,
	OPT_WORKER,
	OPT_BINARY
};

static void usage(FILE *to)
{
	fputs("usage: nbsyncd [--config FILE] [--check] [--allow-root]\n"
	      "       nbsyncd --version | --help\n"
	      "\n"
	      "Keeps local directories, Databricks workspaces and Git branches in agreement.\n"
	      "\n"
	      "  -c, --config FILE  read this configuration instead of the usual places\n"
	      "      --check        say whether the configuration is valid, and end\n"
	      "      --allow-root   run as root, which no mapping needs\n"
	      "      --version      print the version, and end\n"
	      "  -h, --help         print this text, and end\n"
	      "\n"
	      "nbsyncd(8) and nbsyncd.ini(5) tell more; nbsync(1) is the command line.\n",
	      to);
}

/* What an option needs; an empty name is a variable that was not set. NULL: it has no name. */
static const char *needs(int option)
{
	switch (option) {
	case OPT_CONFIG:
		return "--config needs the name of a file";
	case OPT_WORKER:
		return "--worker needs the name of a mapping";
	case OPT_BINARY:
		return "--worker-binary needs the name of a file";
	default:
		return NULL;
	}
}

/* Returns -1 to go on, else the exit code. */
static int parse(struct command_line *line, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, OPT_CONFIG },
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "allow-root", no_argument, NULL, OPT_ROOT },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "worker", required_argument, NULL, OPT_WORKER },
		{ "worker-binary", required_argument, NULL, OPT_BINARY }, /* for tests */
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (needs(option) && !*optarg) {
			fprintf(stderr, "nbsyncd: %s, not ''\n", needs(option));
			return EXIT_USAGE;
		}
		switch (option) {
		case OPT_CONFIG:
			line->options.config_file = optarg;
			break;
		case OPT_CHECK:
			line->check = true;
			break;
		case OPT_ROOT:
			line->allow_root = true;
			break;
		case OPT_WORKER:
			line->worker = optarg;
			break;
		case OPT_BINARY:
			line->options.worker_binary = optarg;
			break;
		case OPT_VERSION:
			puts("nbsyncd " NBSYNC_VERSION);
			return EXIT_DONE;
		case OPT_HELP:
			usage(stdout);
			return EXIT_DONE;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "nbsyncd: '%s' is not an option\n", argv[optind]);
	return EXIT_USAGE;
}

static int become_worker(const struct command_line *line)
{
	char program[] = "nbsyncd-worker";
	cleanup_free char *binary = line->options.worker_binary
					    ? xstrdup(line->options.worker_binary)
					    : worker_binary();
	cleanup_free char *name = xstrdup(line->worker);
	char *argv[] = { program, name, NULL };

	execv(binary, argv);
	fprintf(stderr, "nbsyncd: cannot run '%s': %m\n", binary);
	return EXIT_FAILED;
}

static int run(const struct command_line *line)
{
	struct config *config;
	struct err e;

	if (load_config(&config, line->options.config_file, &e))
		return err_exit(e.code);
	if (line->check) {
		printf("'%s' is valid (mappings: %zu)\n", config->file, config->mapping_count);
		config_free(config);
		return EXIT_DONE;
	}
	/* A client or a worker that goes away is an error code of a write, not our end. */
	signal(SIGPIPE, SIG_IGN);
	environment_clean();
	if (!supervisor_run(&line->options, config, &e))
		return EXIT_DONE;
	log_error("%s", e.text);
	return err_exit(e.code);
}

static int program(int argc, char **argv)
{
	struct command_line line = { .options.service = api_service() };
	int exit_code = parse(&line, argc, argv);

	log_init(LOG_LEVEL_INFO, NULL);
	if (exit_code >= 0)
		return exit_code;
	if (line.worker)
		return become_worker(&line);
	if (geteuid() == 0 && !line.allow_root && !line.check) {
		log_error("nbsyncd does not run as root: start it as the user whose notebooks it "
			  "keeps, or say --allow-root");
		return EXIT_CONFIG;
	}
	return run(&line);
}

int main(int argc, char **argv)
{
	secret_forbid_dumps();
	return program(argc, argv);
}
