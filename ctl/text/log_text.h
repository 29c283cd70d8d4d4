/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A revision as people read it, and as programs do. Pure. */

#include "base/buf.h"
#include "memory/history.h"

/* Appends one line without its newline. Texts from elsewhere are escaped: a commit's subject cannot
 * move the cursor. */
void log_text(const struct history_item *item, struct buf *out);
/* Appends one JSON object, in one line without its newline. */
void log_json(const struct history_item *item, struct buf *out);
