/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the subcommands share: the options that most of them have, the sentences on stderr, and
 * finding the configuration and the control socket. Functions that return an exit code have said
 * what is wrong when it is not EXIT_DONE.
 */

#include <getopt.h>

#include "base/buf.h"
#include "config/config.h"

#define CLI_TEXT_MAX (16 * 1024 * 1024) /* bytes of problems, lists, dumps */

/* All borrowed from argv. */
struct cli {
	bool once; /* in this process, without a daemon */
	bool wait; /* for the end of what was asked for */
	bool json;
	bool verbose;
	const char *config; /* NULL: the usual places */
	const char *socket; /* NULL: that of the configuration */
};

/* clang-format off */
/* The options of every command that has something done for one mapping, long ones and letters. */
#define OPTIONS_ASK                                 \
	{ "once", no_argument, NULL, 'o' },         \
	{ "no-wait", no_argument, NULL, 'n' },      \
	{ "config", required_argument, NULL, 'c' }, \
	{ "socket", required_argument, NULL, 's' }, \
	{ "verbose", no_argument, NULL, 'v' },      \
	{ "help", no_argument, NULL, 'h' }
/* clang-format on */
#define LETTERS_ASK "c:vh"

/* Takes an option that getopt_long() found and several commands share, by its letter; false when it
 * is none of them, or was given an empty name, which is said then: cli_usage() goes on. */
bool cli_take(struct cli *cli, int letter);

/* What is left of getopt_long()'s answers: help, or an option that it complained about. */
int cli_usage(int letter, const char *usage);

/* "nbsync: sentence" on standard error; text from elsewhere is escaped, and tokens are masked. */
void cli_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* "nbsync: sentence", then the usage: EXIT_USAGE. */
int cli_refuse(const char *usage, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "nbsync: sentence": the exit code that goes with it. */
int cli_fail(const struct err *e);
/* The same for a failed call of the daemon, where ERR_ABSENT is EXIT_NO_DAEMON. */
int cli_fail_call(const struct err *e);

/* Reads the configuration, or prints every problem of it; the caller frees it. */
int cli_config(struct config **out, const struct cli *cli);

/* The control socket; reads the configuration only when it was not named. The caller frees it. */
int cli_socket(char **out, const struct cli *cli);

/* Prints a line in which text from elsewhere is escaped. */
void cli_print(const char *fmt, ...) PRINTF_LIKE(1, 2);
