/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is particular about files that are no notebooks. They are never held in memory: they go from
 * a side into the hub and from the hub to a side piece by piece.
 *
 * Nothing here decides what happens to a path: plan.c does, for which a file is a version that
 * cannot be merged.
 */

#include "side/file.h"

#include "fs/fs.h"

bool files_wanted(const struct side_context *c)
{
	return c->mapping->files == CONFIG_FILES_ALL;
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

/* ---- content ---- */

int file_fill(void *payload, int fd, struct err *e)
{
	const struct file_source *source = payload;

	return hub_blob_copy(source->hub, source->blob, fd, e);
}

int file_scratch(struct side_context *c, int *out, struct err *e)
{
	cleanup_free char *dir = config_state_dir(c->config, c->mapping);

	return fs_scratch(out, dir, e);
}

int file_open_blob(struct side_context *c, const struct oid *blob, int *out, uint64_t *len,
		   struct err *e)
{
	cleanup_fd int fd = -1;
	int r;

	if ((r = hub_blob_size(c->hub, blob, len, e)) || (r = file_scratch(c, &fd, e)) ||
	    (r = hub_blob_copy(c->hub, blob, fd, e)))
		return r;
	*out = steal_fd(&fd);
	return ERR_OK;
}
