/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads back what was written and compares it with what was meant. */

#include "notebook/match/place.h"

/* The cells of a new file are nb's. ERR_INVALID names the cell that is not. */
int verify_written(const struct notebook *nb, struct span text, enum notebook_format format,
		   enum notebook_language language, struct err *e);

/* The same of what was made of an ipynb by taking out what a run leaves. ERR_BUG when it is not so. */
int verify_stripped(const struct notebook *nb, struct span text, struct err *e);

/* An updated file has nb's cells, all that nb tells beyond them, and of what nb does not tell all that
 * old had. ERR_INVALID names the cell. */
int verify_updated(const struct update *up, struct span text, struct err *e);
