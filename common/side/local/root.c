/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of the local side: opening it, and whether it is the one that it was (side/root.h).
 * A directory that is missing or empty does not count as one from which everything was deleted.
 */

#include "side/local/root.h"

#include <sys/stat.h>
#include <unistd.h>

#include "fs/fs.h"
#include "side/local/missing.h"
#include "side/root.h"

int local_check_same_root(const struct local_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	struct stat named, open;

	if (!stat(c->mapping->local, &named) && !fstat(s->root, &open) &&
	    named.st_dev == open.st_dev && named.st_ino == open.st_ino)
		return ERR_OK;
	return err_set(
		e, ERR_RETRY,
		"the local directory '%s' went away while it was looked at: nothing is deleted "
		"elsewhere until it is back",
		c->mapping->local);
}

/*
 * We removed a file and were killed before we removed its folders, which are empty now, or before
 * the base was saved. Removes such folders; where the file still stands they are not empty. The
 * rows are those that are agreed to be absent and whose base is not: when a user deletes a file
 * here, the two change together.
 */
static void finish_deletions(struct local_side *s)
{
	struct side_context *c = s->side.context;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (version_absent(&row->agreed) && !version_absent(&row->base[SIDE_LOCAL]))
			fs_remove_empty_parents(s->root, row->path);
}

int local_open_root(struct local_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	const char *dir = c->mapping->local;
	size_t known;
	int fd, r;

	r = fs_root_open(&fd, dir, e);
	if (r == ERR_ABSENT && access(dir, F_OK) == 0)
		return err_set(
			e, ERR_CONFIG,
			"'%s' is not a directory: move what stands there away, and bring the "
			"local directory back",
			dir);
	known = r == ERR_ABSENT ? context_known(c, SIDE_LOCAL) : 0;
	if (known)
		return err_set(
			e, ERR_CONFIG,
			"the local directory '%s' is missing although it held %zu notebooks: "
			"mount it or bring it back",
			dir, known);
	if (r == ERR_ABSENT && (r = fs_mkdirs(dir, 0777, e)) == ERR_OK)
		r = fs_root_open(&fd, dir, e);
	if (r)
		return r;
	if (s->root >= 0)
		close(s->root);
	s->root = fd;
	/* Temporary files of a killed worker or a failing disk. They are ours: we hold the lock. */
	if (s->litter) {
		s->litter = false;
		fs_sweep_temps(fd);
		finish_deletions(s);
	}
	return ERR_OK;
}

static bool shows_some(const struct side_context *c)
{
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (entry_is_found(row, SIDE_LOCAL) && row->side[SIDE_LOCAL].state != ENTRY_ABSENT)
			return true;
	return false;
}

int local_check_root(struct local_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *name = xasprintf("the local directory '%s'", c->mapping->local);
	char identity[FS_IDENTITY_SIZE];
	int r;

	if ((r = root_check_empty(c, SIDE_LOCAL, shows_some(c), name, e)))
		return r;
	filter_spare(&c->filter, &c->table, SIDE_LOCAL);
	if (local_look_for_missing(s) && (r = local_check_same_root(s, e)))
		return r;
	table_settle_probes(&c->table, SIDE_LOCAL);
	if ((r = fs_root_identity(s->root, identity, e)))
		return r;
	return root_check_identity(c, SIDE_LOCAL, identity, name, e);
}
