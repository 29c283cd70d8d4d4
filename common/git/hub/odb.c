/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub's object database: first the slice in memory, which takes every new object, then libgit2's
 * packs and loose objects on disk.
 *
 * libgit2 reads the pack directory again whenever an object is not found, and before each write it
 * looks for the object first: with hundreds of packs that is a millisecond per new object. Nobody
 * else writes to the hub, so that automatic refresh is switched off, and hub_odb_load_packs() is
 * called where a pack is added.
 */

#include <stdlib.h>

#include "git/hub/internal.h"

#define SLICE_PRIORITY 100 /* libgit2's own backends have 1 and 2; higher is asked first */

struct slice_backend {
	git_odb_backend parent; /* must be first: libgit2 knows only this part */
	struct slice slice;
};

static struct slice *slice_of(git_odb_backend *backend)
{
	return &((struct slice_backend *)(void *)backend)->slice;
}

static const struct slice_object *find(git_odb_backend *backend, const git_oid *id)
{
	struct oid key = oid_from_git(id);

	return slice_find(slice_of(backend), &key);
}

static int slice_read(void **data, size_t *len, git_object_t *type, git_odb_backend *backend,
		      const git_oid *id)
{
	const struct slice_object *o = find(backend, id);

	if (!o)
		return GIT_ENOTFOUND;
	*data = git_odb_backend_data_alloc(backend, o->len ? o->len : 1);
	if (!*data)
		memory_exhausted(o->len);
	if (o->len)
		memcpy(*data, o->data, o->len);
	*len = o->len;
	*type = (git_object_t)o->type;
	return 0;
}

static int slice_read_header(size_t *len, git_object_t *type, git_odb_backend *backend,
			     const git_oid *id)
{
	const struct slice_object *o = find(backend, id);

	if (!o)
		return GIT_ENOTFOUND;
	*len = o->len;
	*type = (git_object_t)o->type;
	return 0;
}

static int slice_write(git_odb_backend *backend, const git_oid *id, const void *data, size_t len,
		       git_object_t type)
{
	struct oid key = oid_from_git(id);

	slice_add(slice_of(backend), &key, (int)type, data, len);
	return 0;
}

static int slice_exists(git_odb_backend *backend, const git_oid *id)
{
	return find(backend, id) != NULL;
}

static void slice_free(git_odb_backend *backend)
{
	slice_release(slice_of(backend));
	free(backend);
}

static git_odb_backend *slice_backend_new(void)
{
	struct slice_backend *b = xcalloc(1, sizeof(*b));

	b->parent.version = GIT_ODB_BACKEND_VERSION;
	b->parent.read = slice_read;
	b->parent.read_header = slice_read_header;
	b->parent.write = slice_write;
	b->parent.exists = slice_exists;
	b->parent.free = slice_free;
	return &b->parent;
}

/* Exactly one backend for loose objects and one for packs: a second pair would be alternates. */
static int find_disk_backends(struct hub *h, struct err *e)
{
	for (size_t i = 0; i < git_odb_num_backends(h->odb); i++) {
		git_odb_backend *b;
		int rc = git_odb_get_backend(&b, h->odb, i);

		if (rc)
			return libgit2_fail(e, rc, "cannot use the hub '%s'", h->dir);
		if (b->writepack)
			h->packed = b;
		else
			h->loose = b;
	}
	if (git_odb_num_backends(h->odb) != 2 || !h->packed || !h->loose || !h->packed->refresh)
		return err_set(e, ERR_BUG, "the hub '%s' has an unexpected object database",
			       h->dir);
	h->load_packs = h->packed->refresh;
	if (!h->reader)
		h->packed->refresh = NULL;
	return ERR_OK;
}

int hub_odb_open(struct hub *h, struct err *e)
{
	git_odb_backend *backend;
	int r, rc = git_repository_odb(&h->odb, h->repo);

	if (rc)
		return libgit2_fail(e, rc, "cannot open the objects of the hub '%s'", h->dir);
	r = find_disk_backends(h, e);
	if (r)
		return r;
	rc = loose_guard_add(h->repo);
	if (rc)
		return libgit2_fail(e, rc, "cannot open the objects of the hub '%s'", h->dir);
	backend = slice_backend_new();
	rc = git_odb_add_backend(h->odb, backend, SLICE_PRIORITY);
	if (rc) {
		slice_free(backend);
		return libgit2_fail(e, rc, "cannot open the objects of the hub '%s'", h->dir);
	}
	h->slice = slice_of(backend);
	return ERR_OK;
}

int hub_odb_load_packs(struct hub *h, struct err *e)
{
	int rc = h->load_packs(h->packed);

	h->writes++;
	return rc ? libgit2_fail(e, rc, "cannot read the packs of the hub '%s'", h->dir) : ERR_OK;
}
