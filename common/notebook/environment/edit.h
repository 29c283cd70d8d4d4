/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files about changing a block share. Text is a block's without its "#" (toml.h). */

#include "notebook/environment/block.h"

/* Adds the value of item, a list, with want's dependencies as its elements. False when one is not
 * UTF-8. */
bool edit_put_list(struct buf *out, const struct block *block, const struct toml_item *item,
		   const struct environment *want);

/* Adds a list as Databricks writes it, or on one row. */
bool edit_put_new_list(struct buf *out, const struct environment *want, bool row);
