/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One line on stderr that says how far a cycle is, where that is a terminal; nothing elsewhere. */

#include <stdint.h>

void progress_show(const char *phase, int64_t done, int64_t total); /* total 0: not known */
void progress_end(void);                                            /* removes the line */
