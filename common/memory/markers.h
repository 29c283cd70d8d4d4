/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The lines that Git leaves in a text whose merge is not finished. Pure.
 */

#include <stddef.h>

/* The number of the first line that starts with "<<<<<<< ", followed somewhere below by a line
 * "=======" and then by one that starts with ">>>>>>> "; 0: there are none. git-merge(1). */
size_t markers_find(const char *text, size_t len);
