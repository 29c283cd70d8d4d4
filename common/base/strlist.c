/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings with one owner. Those who borrow them can be const, which what is freed cannot be.
 */

#include "base/strlist.h"

#include <stdlib.h>

#include "base/util.h"

const char *strlist_keep(struct strlist *list, char *string)
{
	list->items = array_grow(list->items, list->count, &list->cap, sizeof(*list->items));
	list->items[list->count++] = string;
	return string;
}

void strlist_release(struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strlist){ 0 };
}
