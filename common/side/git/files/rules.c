/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore files of the branch, for a mapping without a local side. A file's stamp (rules.h) is the
 * id of its blob.
 */

#include "side/git/files/rules.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "side/rules.h"

#define MODE_FILE 0100000u /* of a tree's entry */
#define MODE_TYPE 0170000u

/* An ignore file. */
struct found {
	char *folder; /* owned */
	enum ignore_kind kind;
	const struct tree_file *file;
};

/* A folder before what is below it. */
static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int order = strcmp(x->folder, y->folder);

	return order ? order : (int)x->kind - (int)y->kind;
}

static struct found *find_files(const struct tree_files *files, size_t *count)
{
	struct found *all = NULL;
	size_t cap = 0;

	*count = 0;
	for (size_t i = 0; i < files->count; i++) {
		enum ignore_kind kind;

		if (!ignore_is_name(files->items[i].path, &kind))
			continue;
		all = array_grow(all, *count, &cap, sizeof(*all));
		all[(*count)++] = (struct found){ .folder = path_dir(files->items[i].path),
						  .kind = kind,
						  .file = &files->items[i] };
	}
	if (*count)
		qsort(all, *count, sizeof(*all), compare_found);
	return all;
}

static void take_blob(struct rules_loading *l, const struct found *found)
{
	cleanup_buf struct buf data = BUF_INIT(IGNORE_FILE_MAX);
	const struct tree_file *f = found->file;
	struct rules_reading reading = { .path = f->path,
					 .source = { found->folder, found->kind, f->id },
					 .data = &data,
					 .why = ERR_INIT };

	if (rules_take_known(l, &reading))
		return;
	if ((f->mode & MODE_TYPE) != MODE_FILE)
		err_set(&reading.why, ERR_INVALID,
			"cannot read '%s': it is no file in the repository", f->path);
	else if (hub_blob_get(l->c->hub, &f->id, &data, &reading.why))
		err_wrap(&reading.why, "cannot read '%s'", f->path);
	rules_take(l, &reading);
}

void git_rules_load(struct side_context *c, const struct tree_files *files)
{
	struct rules_loading l = { .c = c };
	struct found *all;
	size_t count;

	if (config_has_side(c->mapping, SIDE_LOCAL))
		return;
	all = find_files(files, &count);
	for (size_t i = 0; i < count; i++) {
		const char *folder = all[i].folder;

		if (!*folder || (path_check(folder, NULL) == 0 && !names_folder_ignored(folder) &&
				 ignore_path(&l.next, folder, true) != IGNORE_MATCHED))
			take_blob(&l, &all[i]);
		free(all[i].folder);
	}
	free(all);
	filter_swap(&c->filter, &l.next);
	rules_commit(c, &l.next);
}
