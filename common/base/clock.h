/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two clocks of the system, in milliseconds.
 */

#include <stdint.h>

/* For measuring how long something takes: never jumps, and counts from an unknown moment. */
int64_t clock_monotonic_ms(void);
/* The date, since 1970 in UTC: jumps when somebody sets it. */
int64_t clock_unix_ms(void);
