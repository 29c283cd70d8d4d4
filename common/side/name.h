/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the sides have in common when they check a name (side_ops.check_name); see name.c. */

#include "plan/table.h"

/* Whether the side holds the row under this very name: then it need not be checked. */
bool name_stands(const struct row *row, enum side_id side, const char *file);

/* The end of such a check: r and *e are what path_check_at() made of the name. Adds to the sentence
 * of a refusal what it means for the side, and also: "", or ", or …" with another way out. Returns
 * r. */
int name_refuse(enum side_id side, int r, const char *also, struct err *e);
