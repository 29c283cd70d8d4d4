/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of a draft: what the next commit changes. It is built on the remote's tip, or on our
 * own commits that were not pushed yet; its tree differs from its first parent only in managed
 * paths, because only rows bring changes.
 *
 * Our commits may hold versions that are no longer agreed. The draft lists the files in which they
 * differ from the remote's branch; for every other file the rows say what the branch holds. So the
 * cost follows the number of changes and not the size of the tree.
 */

#include "side/git/draft.h"

#include <stdlib.h>
#include <string.h>

#include "side/git/name.h"

static void release_put(struct draft_put *put)
{
	free(put->path);
	free(put->file);
}

void draft_release(struct draft *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->changes[i].path);
	for (size_t i = 0; i < d->put_count; i++)
		release_put(&d->puts[i]);
	for (size_t i = 0; i < d->unpushed_count; i++)
		free(d->unpushed_files[i].file);
	free(d->unpushed_files);
	free(d->changes);
	free(d->message_changes);
	free(d->puts);
}

/* ---- what the first parent holds ---- */

static int compare_unpushed(const void *a, const void *b)
{
	const struct unpushed_file *x = a, *y = b;

	return strcmp(x->file, y->file);
}

void draft_sort_unpushed(struct draft *d)
{
	if (d->unpushed_count)
		qsort(d->unpushed_files, d->unpushed_count, sizeof(*d->unpushed_files),
		      compare_unpushed);
}

static int compare_file(const void *file, const void *unpushed)
{
	return strcmp(file, ((const struct unpushed_file *)unpushed)->file);
}

const struct unpushed_file *draft_find_unpushed(const struct draft *d, const char *file)
{
	if (!d->unpushed_count)
		return NULL;
	return bsearch(file, d->unpushed_files, d->unpushed_count, sizeof(*d->unpushed_files),
		       compare_file);
}

const struct oid *draft_on_parent(const struct draft *d, const struct row *row, const char *file)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	const struct unpushed_file *unpushed = draft_find_unpushed(d, file);

	if (unpushed)
		return oid_is_zero(&unpushed->id) ? NULL : &unpushed->id;
	return entry->state == ENTRY_PRESENT && str_eq(entry->file, file) ? &entry->raw : NULL;
}

/* ---- what changes ---- */

bool draft_set_file(struct side_context *c, struct draft *d, const struct row *row,
		    const char *file, const struct oid *id, uint32_t mode)
{
	const struct oid *parent = draft_on_parent(d, row, file);
	bool same = id ? parent && oid_equal(parent, id) : !parent;

	if (same)
		return false;
	d->changes = array_grow(d->changes, d->count, &d->cap, sizeof(*d->changes));
	d->changes[d->count++] = (struct draft_change){
		.path = git_path_of(c, file),
		.row = row,
		.mode = mode,
	};
	if (id)
		d->changes[d->count - 1].id = *id;
	return true;
}

/* The id of the workspace's object, if that holds what is agreed: who reads the commit then knows that
 * what the workspace holds later came after it. */
static const char *proven_object(const struct row *row)
{
	const struct entry *entry = &row->side[SIDE_WORKSPACE];

	return entry->state == ENTRY_PRESENT && version_same(&entry->version, &row->agreed)
		       ? entry->id
		       : NULL;
}

void draft_add_message(struct draft *d, const struct row *row, enum message_verb verb)
{
	d->message_changes = array_grow(d->message_changes, d->message_count, &d->message_cap,
					sizeof(*d->message_changes));
	d->message_changes[d->message_count++] = (struct message_change){
		.verb = verb,
		.path = row->path,
		.sides = row->origins,
		.object_id = proven_object(row),
		.file = row_is_file(row),
	};
}

static int compare_puts(const void *a, const void *b)
{
	const struct draft_put *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int compare_path(const void *path, const void *put)
{
	return strcmp(path, ((const struct draft_put *)put)->path);
}

/* Where a file becomes a notebook, or the other way round, one row removes the path that the other
 * one puts. */
void draft_drop_overridden(struct draft *d)
{
	size_t kept = 0;

	if (!d->put_count)
		return;
	qsort(d->puts, d->put_count, sizeof(*d->puts), compare_puts);
	for (size_t i = 0; i < d->count; i++) {
		char *path = d->changes[i].path;

		if (oid_is_zero(&d->changes[i].id) &&
		    bsearch(path, d->puts, d->put_count, sizeof(*d->puts), compare_path))
			free(path);
		else
			d->changes[kept++] = d->changes[i];
	}
	d->count = kept;
}

void draft_drop_row(struct draft *d, const struct row *row)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++)
		if (d->changes[i].row == row)
			free(d->changes[i].path);
		else
			d->changes[kept++] = d->changes[i];
	d->count = kept;
	kept = 0;
	for (size_t i = 0; i < d->message_count; i++)
		if (!str_eq(d->message_changes[i].path, row->path))
			d->message_changes[kept++] = d->message_changes[i];
	d->message_count = kept;
	kept = 0;
	for (size_t i = 0; i < d->put_count; i++)
		if (d->puts[i].row == row)
			release_put(&d->puts[i]);
		else
			d->puts[kept++] = d->puts[i];
	d->put_count = kept;
}
