/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The time of a test program: it runs ahead of the real one and jumps when the test says so. Only
 * nbsync's own code sees it (the program's functions clock_gettime() and time() are not exported to
 * libraries), so a minute passes without waiting, and a file is never as young as "now", which
 * spares fs_read() its wait for the end of the kernel's tick. On tmpfs and on ext4 that is safe: a
 * file that is replaced by renaming gets another inode.
 */

#include <stdint.h>

/* Lets ms milliseconds pass. */
void clock_pass(int64_t ms);
/* Sets the clock on the wall by ms, forth or back; the time that passes is none of its business. */
void clock_set(int64_t ms);
