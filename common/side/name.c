/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that a side cannot have. A notebook's path is one thing, and what is made of it on each
 * side another: its file has an extension, the branch a folder above it. So each side checks the
 * name that will really be written there, when it is planned and again right before the write.
 */

#include "side/name.h"

bool name_stands(const struct row *row, enum side_id side, const char *file)
{
	const struct entry *entry = &row->side[side];

	return entry->state == ENTRY_PRESENT && entry->file &&
	       (side == SIDE_WORKSPACE || str_eq(entry->file, file));
}

int name_refuse(enum side_id side, int r, const char *also, struct err *e)
{
	struct err why = *e;

	if (!r)
		return ERR_OK;
	err_set(e, r, "%s: the %s side goes without it until it is renamed%s", why.text,
		side_names[side], also);
	e->errnum = why.errnum;
	return r;
}
