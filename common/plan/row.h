/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a plan says of one row, for the guards that look at it. Pure.
 */

#include "plan/table.h"

/* What will be agreed of a row when this plan is carried out. Borrowed. */
const struct version *row_planned(const struct row *row);

/* The version with which a side's edit is known to begin (plan_input.since), borrowed; NULL: not known. */
const struct version *row_since(const struct row *row, enum side_id side);

/* A side that the agreed version came from; SIDE_GIT when that is not known. */
enum side_id row_origin(const struct row *row);

/* The row stays as it is, on every side; so does the other path of a rename. */
void row_take_back(struct row *row);
