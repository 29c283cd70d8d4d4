/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is particular about files that are no notebooks. They are never held in memory: they go from
 * a side into the hub and from the hub to a side piece by piece.
 *
 * Nothing here decides what happens to a path; that is plan.c's, to which a file is a version like
 * any other that cannot be merged.
 */

#include "side/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "side/kind.h"

bool files_wanted(const struct cycle *c)
{
	return c->context.mapping->files == CONFIG_FILES_ALL;
}

enum file_class file_class(const char *file)
{
	struct notebook_name name;
	enum file_class class;

	if (!notebook_name_parse(&name, file))
		return FILE_OTHER;
	class = name.format == NOTEBOOK_IPYNB ? FILE_NOTEBOOK : FILE_SCRIPT;
	notebook_name_release(&name);
	return class;
}

bool file_is_notebook(const char *file, const void *head, size_t len)
{
	struct notebook_name name;
	bool is;

	if (!notebook_name_parse(&name, file))
		return false;
	is = name.format == NOTEBOOK_IPYNB || notebook_is_source(head, len, name.language);
	notebook_name_release(&name);
	return is;
}

int file_check_size(const char *file, uint64_t size, struct err *e)
{
	if (size <= FILE_BYTES_MAX)
		return ERR_OK;
	return err_set(e, ERR_INVALID,
		       "'%s' is larger than the 500 MB that travel: exclude it, or make it smaller",
		       file);
}

int file_check_workspace_name(const char *file, struct err *e)
{
	static const char *const others[] = { ".lvdash.json", ".designer.ipynb" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (str_ends(file, others[i]))
			return err_set(e, ERR_INVALID,
				       "a workspace would make something else than a file of "
				       "'%s' ('*%s'): rename or exclude it",
				       file, others[i]);
	return ERR_OK;
}

/* Whether a row's file on a side was this one by the last look or, before any, when it agreed last. */
static bool had(const struct row *row, enum side_id side, const char *file)
{
	const struct version *base = &row->base[side];
	cleanup_free char *its = NULL;

	if (row->side[side].file)
		return str_eq(row->side[side].file, file);
	its = version_absent(base) ? NULL : version_file(row->path, base);
	return str_eq(its, file);
}

struct row *file_twin(struct cycle *c, const struct row *row, enum side_id side)
{
	const char *file = row->side[side].file;
	struct notebook_name name;
	struct row *twin;

	if (!files_wanted(c))
		return NULL;
	if (file && !row_names_file(row, file)) {
		twin = table_find(&c->context.table, file);
		return twin && had(twin, side, twin->path) ? twin : NULL;
	}
	if (!notebook_name_parse(&name, row->path))
		return NULL;
	twin = table_find(&c->context.table, name.stem);
	notebook_name_release(&name);
	return twin && had(twin, side, row->path) ? twin : NULL;
}

bool file_was_notebook(struct cycle *c, enum side_id side, const char *file)
{
	const struct row *plain = table_find(&c->context.table, file), *row;
	struct notebook_name name;

	if (!notebook_name_parse(&name, file))
		return false;
	row = table_find(&c->context.table, name.stem);
	notebook_name_release(&name);
	if (!row || kind_is_settled(c, row, side))
		return false;
	if (str_eq(row->side[side].file, file))
		return true;
	/* Not looked at since a restart: all that is known is that a notebook was there, or this. */
	return row->side[side].state == ENTRY_ABSENT && row->base[side].kind == VERSION_NOTEBOOK &&
	       !version_absent(&row->base[side]) &&
	       !(plain && plain->base[side].kind == VERSION_FILE);
}

static bool is_put(const struct row *row)
{
	return row && (row->todo.action[SIDE_LOCAL] == PLAN_PUT ||
		       row->todo.action[SIDE_WORKSPACE] == PLAN_PUT);
}

bool file_makes_way(struct cycle *c, const struct row *row)
{
	struct notebook_name name;
	bool way;

	if (!files_wanted(c))
		return false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->side[s].file && !row_names_file(row, row->side[s].file) &&
		    is_put(table_find(&c->context.table, row->side[s].file)))
			return true;
	if (!notebook_name_parse(&name, row->path))
		return false;
	way = is_put(table_find(&c->context.table, name.stem));
	notebook_name_release(&name);
	return way;
}

/* ---- content ---- */

int file_read_local(struct cycle *c, const char *file, struct fs_stat *st, struct oid *blob,
		    struct err *e)
{
	cleanup_fd int fd = -1;
	int r;

	if ((r = fs_open(&fd, c->root, file, st, e)) || (r = file_check_size(file, st->size, e)) ||
	    (r = hub_blob_put_file(c->context.hub, fd, st->size, blob, e)))
		return r;
	return fs_unchanged(fd, file, st, e);
}

int file_fill(void *payload, int fd, struct err *e)
{
	const struct file_source *source = payload;

	return hub_blob_copy(source->hub, source->blob, fd, e);
}

int file_scratch(struct cycle *c, int *out, struct err *e)
{
	cleanup_free char *dir = config_state_dir(c->context.config, c->context.mapping);

	return fs_scratch(out, dir, e);
}

int file_open_blob(struct cycle *c, const struct oid *blob, int *out, uint64_t *len, struct err *e)
{
	cleanup_fd int fd = -1;
	int r;

	if ((r = hub_blob_size(c->context.hub, blob, len, e)) || (r = file_scratch(c, &fd, e)) ||
	    (r = hub_blob_copy(c->context.hub, blob, fd, e)))
		return r;
	*out = steal_fd(&fd);
	return ERR_OK;
}
