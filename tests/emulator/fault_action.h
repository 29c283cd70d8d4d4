/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Internal to the fault rules: the table of actions and their parameters. */

#include "tests/emulator/faults.h"

/* Reads "action" and its parameters from a rule; *out holds one reference. ERR_INVALID. */
int fault_action_parse(struct fault_action **out, const struct json *v, struct err *e);

/* Whether a rule may have a member of that name because of its action. */
bool fault_action_member(const char *name);

/* Adds "actions":{name: explanation} to an open JSON object. */
void fault_action_print_help(struct buf *out);
