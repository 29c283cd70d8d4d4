/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a plan says of one row, for the guards that look at it. Pure.
 */

#include "plan/table.h"

/* What will be agreed of a row when this plan is carried out. Borrowed. */
const struct version *row_planned(const struct row *row);

/* A side that the agreed version came from; SIDE_GIT when that is not known. */
enum side_id row_origin(const struct row *row);

/* The row stays as it is, on every side; so does the other path of a rename. */
void row_take_back(struct row *row);
