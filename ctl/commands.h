/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The subcommands of nbsync, one file each. argv[0] is "nbsync NAME", for getopt's messages; options
 * are the command's own. The result is the exit code of the process: enum exit_code in base/err.h.
 * Answers go to stdout, everything else to stderr, in sentences that start with "nbsync: ".
 */

#include "base/err.h"

int cmd_sync(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_policy(int argc, char **argv);
