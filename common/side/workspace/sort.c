/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the objects that a look found have to be read: the API has no ETag, so an object is read
 * when its id or modified_at differs from what the row says, or it has none. Nothing is asked here.
 */

#include "side/workspace/sort.h"

#include <stdlib.h>

#include "path/path.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/workspace/plain.h"
#include "side/workspace/row.h"

static void add_item(struct workspace_items *list, struct row *row,
		     const struct workspace_object *o)
{
	list->items = array_grow(list->items, list->count, &list->cap, sizeof(*list->items));
	list->items[list->count++] =
		(struct workspace_item){ .row = row, .object = o, .format = o->format };
}

void workspace_looked_release(struct workspace_looked *looked)
{
	struct workspace_items *all[] = { &looked->notebooks, &looked->files };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		free(all[i]->items);
}

bool workspace_travels(const struct side_context *c, const struct workspace_object *o)
{
	return o->type == WORKSPACE_NOTEBOOK || (o->type == WORKSPACE_FILE && files_wanted(c));
}

static bool is_unchanged(const struct entry *entry, const struct workspace_object *o)
{
	return entry->state == ENTRY_PRESENT && o->modified_ms > 0 &&
	       entry->modified_ms == o->modified_ms && str_eq(entry->id, o->id);
}

static bool is_copy(const struct side_context *c, const struct workspace_object *o,
		    const char *path)
{
	return o->type == WORKSPACE_NOTEBOOK ? names_is_conflict(path, NULL, NULL)
					     : copy_of(c, path, NULL, NULL);
}

static bool is_managed(const struct side_context *c, const struct workspace_object *o,
		       const char *path)
{
	struct row *row = table_find(&c->table, path);

	if (o->type == WORKSPACE_NOTEBOOK)
		return filter_takes_object(&c->filter, path, o->has_language ? &o->language : NULL,
					   row);
	return workspace_travels(c, o) && filter_takes(&c->filter, path, path, row);
}

void workspace_sort(struct workspace_side *s, const struct workspace_object *o,
		    struct workspace_looked *looked)
{
	struct side_context *c = s->side.context;
	const char *path = workspace_relative(s, o->path);
	struct err e = ERR_INIT;
	struct row *row;

	if (!path)
		return;
	if (workspace_travels(c, o) && is_copy(c, o, path))
		table_get(&c->copies, path);
	if (!is_managed(c, o, path)) {
		table_get(&s->occupied, path)->side[SIDE_WORKSPACE].reason =
			o->type == WORKSPACE_DIRECTORY ? HOLD_NONE : HOLD_KIND;
		return;
	}
	table_remove(&s->occupied, path);
	row = table_get(&c->table, path);
	if (path_check(path, &e)) {
		workspace_hold(row, HOLD_NAME, &e);
	} else if (o->type == WORKSPACE_NOTEBOOK && !o->has_language) {
		err_set(&e, ERR_INVALID, "the workspace names no language for '%s'", o->path);
		workspace_hold(row, HOLD_KIND, &e);
	} else if (is_unchanged(&row->side[SIDE_WORKSPACE], o)) {
		entry_found(row, SIDE_WORKSPACE);
	} else if (o->type == WORKSPACE_NOTEBOOK) {
		add_item(&looked->notebooks, row, o);
	} else if (!workspace_file_refused(row, o)) {
		add_item(&looked->files, row, o);
	}
}
