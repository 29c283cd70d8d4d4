/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The rules of ignore files, remembered; see rules.c. */

#include "filter/filter.h"
#include "memory/state.h"

/* Once the hub is open and the state is loaded: puts the rules in force that were last, and names of
 * notebooks that they ignore into the table, where no cache had them. Errors of the hub. */
int rules_recall(struct state *st, struct filter *f, struct err *e);
/* Makes these rules the ones that are recalled. Errors of the hub. */
int rules_remember(struct hub *hub, const struct ignore *rules, struct err *e);
