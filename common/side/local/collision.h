/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Two local files for one notebook; see collision.c. */

#include "side/local/internal.h"

/* Called before file is taken into the row. Whether that is settled by what else stands there:
 * another file of the row, with which it collides (the row is held then), or of which it is the new
 * name (the row is up to date then); or the file is no notebook. */
bool local_collides(struct local_side *s, struct row *row, const char *file);
