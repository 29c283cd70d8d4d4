/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Strings that are made for somebody who only borrows them, kept until all can go. Zeroed, it is
 * empty. */

#include <stddef.h>

struct strlist {
	char **items; /* owned, with the strings */
	size_t count, cap;
};

/* Takes string over. What it returns is the same string, borrowed until strlist_release(). */
const char *strlist_keep(struct strlist *list, char *string);
void strlist_release(struct strlist *list);
