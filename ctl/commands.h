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
int cmd_commit(int argc, char **argv);
int cmd_branch(int argc, char **argv);
int cmd_confirm(int argc, char **argv);
int cmd_conflicts(int argc, char **argv);
int cmd_resolve(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_discard(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_policy(int argc, char **argv);
