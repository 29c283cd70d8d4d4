/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what is to be replaced or deleted in the workspace is still what was looked at. There is
 * no compare-and-swap: the questions of this file are asked right before the change, and a save
 * during the round trip of the last one is not seen. Nothing is changed here.
 */

#include "side/workspace/standing.h"

/* Whether the object or, where only its content was asked for, its bytes are what was looked at. */
static bool still_stands(void *payload, const struct workspace_object *o, const struct buf *content)
{
	const struct workspace_standing *standing = payload;
	const struct entry *entry = standing->entry;
	enum workspace_type type = entry->version.kind == VERSION_FILE ? WORKSPACE_FILE
								       : WORKSPACE_NOTEBOOK;
	struct oid raw;

	if (o)
		return o->type == type && o->modified_ms == entry->modified_ms &&
		       str_eq(o->id, entry->id);
	hub_hash(buf_str(content), content->len, &raw);
	return oid_equal(&raw, oid_is_zero(&standing->whole) ? &entry->raw : &standing->whole);
}

struct workspace_last_look workspace_last_look_at(struct workspace_standing *standing)
{
	const struct entry *entry = standing->entry;

	return (struct workspace_last_look){ .content = entry->modified_ms <= 0 || entry->restless,
					     .form = oid_is_zero(&standing->whole)
							     ? WORKSPACE_AS_SOURCE
							     : WORKSPACE_AS_WHOLE,
					     .still = still_stands,
					     .payload = standing };
}

int workspace_check_recorded(const struct row *row, struct err *e)
{
	const struct entry *entry = &row->side[SIDE_WORKSPACE];

	if (entry->state == ENTRY_ABSENT || (entry->state == ENTRY_PRESENT && entry->recorded))
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "'%s' changed in the workspace meanwhile", row->path);
}

bool workspace_misses_format(const struct entry *entry)
{
	return entry->state == ENTRY_PRESENT && entry->version.kind == VERSION_NOTEBOOK &&
	       entry->is_source && (entry->modified_ms <= 0 || entry->restless);
}

int workspace_check_format(struct workspace_side *s, const struct row *row, const char *path,
			   struct err *e)
{
	struct workspace_result *result = NULL;
	int r;

	if (!workspace_misses_format(&row->side[SIDE_WORKSPACE]))
		return ERR_OK;
	if ((r = s->api->stat(s->workspace, &path, 1, &result, e)))
		return r;
	if (result[0].code)
		r = err_set(e, result[0].code == ERR_ABSENT ? ERR_CONFLICT : result[0].code, "%s",
			    result[0].error.text);
	else if (result[0].object.format != WORKSPACE_FORMAT_SOURCE)
		r = err_set(e, ERR_CONFLICT, "'%s' changed in the workspace meanwhile", row->path);
	workspace_results_free(result, 1);
	return r;
}
