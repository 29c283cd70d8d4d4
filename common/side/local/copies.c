/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of clashes beside the notebooks of the local side. Which version is kept, and when a copy
 * may go, is sync/conflict.c's.
 */

#include "fs/fs.h"
#include "path/path.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/local/clone.h"
#include "side/local/internal.h"
#include "side/local/plain.h"

int local_copy_name(const struct side *side, const struct row *row, enum side_id of, int64_t at_s,
		    char **file, struct err *e)
{
	const struct local_side *s = (const struct local_side *)side;

	*file = copy_name_make(row, of, at_s, fs_name_max(s->root));
	return path_check_at(PATH_LOCAL, "", *file, e);
}

int local_copy_write(struct side *side, const struct row *row, const char *file,
		     const struct oid *raw, struct err *e)
{
	struct local_side *s = (struct local_side *)side;
	struct file_source source = { .hub = side->context->hub, .blob = raw };
	int r;

	(void)row;
	if (s->root < 0)
		return err_set(e, ERR_RETRY, "the local directory is not open");
	if ((r = local_clone_may_write(s, e)))
		return r;
	r = fs_write(s->root, file, &(struct fs_content){ .fill = file_fill, .payload = &source },
		     NULL, NULL, e);
	if (r == ERR_RETRY)
		s->litter = true;
	if (!r)
		table_get(&side->context->copies, file);
	return r;
}

int local_copy_read(struct side *side, struct row *copy, struct oid *raw, char **file,
		    struct err *e)
{
	struct local_side *s = (struct local_side *)side;
	int r = local_read_blob(s, copy->path, &copy->side[SIDE_LOCAL].stat, raw, e);

	if (!r)
		*file = xstrdup(copy->path);
	return r;
}

int local_copy_remove(struct side *side, struct row *copy, const char *file, const struct oid *raw,
		      struct err *e)
{
	struct local_side *s = (struct local_side *)side;
	int r;

	(void)file;
	(void)raw;
	if ((r = local_clone_may_write(s, e)))
		return r;
	return fs_remove(s->root, copy->path, &copy->side[SIDE_LOCAL].stat, e);
}
