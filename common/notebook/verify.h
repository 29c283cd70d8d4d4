/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads back what was written and compares it with what was meant. */

#include "notebook/match/place.h"

/* The cells of a new file are nb's. ERR_INVALID names the cell that is not. */
int verify_written(const struct notebook *nb, struct span text, enum notebook_format format,
		   enum notebook_language language, struct err *e);

/* The cells of an ipynb are still there after what a run leaves was taken out. ERR_BUG when they
 * are not. */
int verify_stripped(const struct notebook *nb, struct span text, struct err *e);

/* An updated file has nb's cells, all that nb tells beyond them, and of what nb does not tell all that
 * old had. ERR_INVALID names the cell. */
int verify_updated(const struct update *up, struct span text, struct err *e);
