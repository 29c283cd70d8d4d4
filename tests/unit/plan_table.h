/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * plan-table.txt: what plan.c answers to everything that it can be asked, for people to read. Each
 * function appends one part.
 */

#include "base/buf.h"

/* The whole. Owned by the caller. */
char *plan_table(void);

void plan_table_paths(struct buf *out);   /* plan_path(), two-way: one, two, three sides */
void plan_table_one_way(struct buf *out); /* plan_path(), one side gives */
void plan_table_renames(struct buf *out); /* plan_rename() */
void plan_table_orders(struct buf *out);  /* plan_path(), versions whose order is known */
void plan_table_adopt(struct buf *out);   /* plan_adopt() */
