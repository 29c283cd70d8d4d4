/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing the hub, and blobs. What a hub is made of stands in dir.c (the directory),
 * odb.c and flush.c (the objects), tree.c, tree_update.c, commit.c and refs.c.
 */

#include "git/hub/hub.h"

#include <stdlib.h>

#include "git/hub/internal.h"

/* ---- opening ---- */

/* libgit2 must have opened exactly the directory that was checked. */
static bool is_plain_bare(git_repository *repo)
{
	return git_repository_is_bare(repo) && !git_repository_is_worktree(repo) &&
	       str_eq(git_repository_path(repo), git_repository_commondir(repo));
}

static int open_repository(struct hub *h, struct err *e)
{
	unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT |
			 GIT_REPOSITORY_OPEN_BARE;
	int rc = git_repository_open_ext(&h->repo, h->dir, flags, NULL);

	if (rc)
		return libgit2_fail(e, rc, "cannot open the hub '%s'", h->dir);
	if (!is_plain_bare(h->repo))
		return err_set(e, ERR_BUG, "the hub '%s' is not a plain bare repository", h->dir);
	return hub_odb_open(h, e);
}

static void close_repository(struct hub *h)
{
	git_odb_free(h->odb);
	git_repository_free(h->repo);
}

int hub_reopen(struct hub *h, struct err *e)
{
	struct hub fresh = *h;
	int r;

	fresh.repo = NULL;
	fresh.odb = NULL;
	r = open_repository(&fresh, e);
	close_repository(r ? &fresh : h);
	if (!r)
		*h = fresh;
	return r;
}

static int open_hub(struct hub **out, const char *dir, bool reader, struct err *e)
{
	size_t len = strlen(dir);
	struct hub *h;
	int r;

	*out = NULL;
	if (dir[0] != '/')
		return err_set(e, ERR_BUG, "the hub '%s' is not an absolute path", dir);
	while (len > 1 && dir[len - 1] == '/')
		len--;
	h = xcalloc(1, sizeof(*h));
	h->dir = xstrndup(dir, len);
	h->reader = reader;
	r = reader ? hub_dir_check(h->dir, e) : hub_dir_prepare(h->dir, e);
	if (!r)
		r = open_repository(h, e);
	if (r) {
		hub_free(h);
		return r;
	}
	*out = h;
	return ERR_OK;
}

int hub_open(struct hub **out, const char *dir, struct err *e)
{
	return open_hub(out, dir, false, e);
}

int hub_open_reader(struct hub **out, const char *dir, struct err *e)
{
	return open_hub(out, dir, true, e);
}

void hub_free(struct hub *h)
{
	if (!h)
		return;
	git_odb_free(h->large);
	close_repository(h);
	free(h->dir);
	free(h);
}

/* ---- blobs ---- */

static void hash_blob(git_oid *id, const void *data, size_t len)
{
	/* libgit2 wants a pointer even for nothing; otherwise this cannot fail. */
	if (git_odb_hash(id, data ? data : "", len, GIT_OBJECT_BLOB) < 0)
		abort();
}

void hub_hash(const void *data, size_t len, struct oid *out)
{
	git_oid id;

	hash_blob(&id, data, len);
	*out = oid_from_git(&id);
}

static bool has(struct hub *h, const git_oid *id)
{
	/* Only a reader is not told when there is a new pack. */
	unsigned flags = h->reader ? 0 : GIT_ODB_LOOKUP_NO_REFRESH;

	return git_odb_exists_ext(h->odb, id, flags) == 1;
}

bool hub_has(struct hub *h, const struct oid *id)
{
	git_oid g = oid_to_git(id);

	return has(h, &g);
}

/* Not git_odb_write(): it would hash again, and touch the file of a blob that exists. */
int hub_blob_put(struct hub *h, const void *data, size_t len, struct oid *out, struct err *e)
{
	git_oid id;

	hash_blob(&id, data, len);
	*out = oid_from_git(&id);
	if (has(h, &id))
		return ERR_OK;
	slice_add(h->slice, out, GIT_OBJECT_BLOB, data, len);
	return hub_bound_memory(h, e);
}

int hub_blob_get(struct hub *h, const struct oid *id, struct buf *out, struct err *e)
{
	git_oid g = oid_to_git(id);
	git_odb_object *object = NULL;
	char hex[41];
	int r = ERR_OK, rc;

	oid_hex(id, hex);
	rc = git_odb_read(&object, h->odb, &g);
	if (rc)
		return libgit2_fail(e, rc, "cannot read object %s from the hub '%s'", hex, h->dir);
	if (git_odb_object_type(object) != GIT_OBJECT_BLOB)
		r = err_set(e, ERR_INVALID, "object %s is not a file's content", hex);
	else if (!buf_add(out, git_odb_object_data(object), git_odb_object_size(object)))
		r = err_set(e, ERR_INVALID, "object %s is larger than %zu bytes", hex, out->max);
	git_odb_object_free(object);
	return r;
}
