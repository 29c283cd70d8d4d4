/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync, the command line: finds the subcommand and hands over. No logic of its own.
 */

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "ctl/commands.h"
#include "secret/secret.h"
#include "version.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "sync", cmd_sync, "synchronise mappings now" },
	{ "status", cmd_status, "show what the daemon is doing" },
	{ "commit", cmd_commit, "commit and push now, with a summary" },
	{ "branch", cmd_branch, "make the branch that the remote has not" },
	{ "confirm", cmd_confirm, "say yes to a plan that waits" },
	{ "conflicts", cmd_conflicts, "list notebooks whose edits clashed" },
	{ "resolve", cmd_resolve, "end a clash: say which version is right" },
	{ "restore", cmd_restore, "bring a recorded version back" },
	{ "discard", cmd_discard, "bring the branch's version back" },
	{ "log", cmd_log, "show the history of revisions" },
	{ "check", cmd_check, "check the configuration" },
	{ "convert", cmd_convert, "convert a notebook between source and ipynb" },
	{ "policy", cmd_policy, "explain whether a Git URL is allowed" },
};

static void print_help(FILE *out)
{
	fputs("usage: nbsync COMMAND [ARGUMENT...]\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'nbsync COMMAND --help' shows the options of a command. See nbsync(1).\n", out);
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	near = suggest(name, names, ARRAY_SIZE(commands));
	fprintf(stderr, "nbsync: unknown command '%s'; %s%s%s\n", name,
		near ? "did you mean '" : "see nbsync --help", near ? near : "", near ? "'?" : "");
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	char title[32];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!str_eq(argv[1], commands[i].name))
			continue;
		snprintf(title, sizeof(title), "nbsync %s", commands[i].name);
		argv[1] = title;
		return commands[i].run(argc - 1, argv + 1);
	}
	return unknown_command(argv[1]);
}

/* Output that could not be written makes the command fail. */
static int flush(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fputs("nbsync: cannot write to standard output\n", stderr);
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
	secret_forbid_dumps();
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (str_eq(argv[1], "--help") || str_eq(argv[1], "-h") || str_eq(argv[1], "help")) {
		print_help(stdout);
		return flush(EXIT_DONE);
	}
	if (str_eq(argv[1], "--version") || str_eq(argv[1], "-V")) {
		printf("nbsync %s\n", NBSYNC_VERSION);
		return flush(EXIT_DONE);
	}
	return flush(run(argc, argv));
}
