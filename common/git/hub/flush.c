/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From memory to disk. Few objects become loose objects; many become one pack, because a first sync
 * of 100,000 notebooks must not leave 100,000 files and twice as many fsyncs. Very large blobs are
 * always loose, so that nobody who repacks has to hold them in memory. Either way everything is on
 * disk before hub_flush() returns, and nothing refers to a new object until then: killed half way,
 * the hub merely holds objects that nobody asks for.
 */

#include <git2/pack.h>

#include "base/step.h"
#include "git/hub/internal.h"

#define LOOSE_MAX       64                /* as many objects and more go into a pack */
#define SLICE_BYTES_MAX (2 * 1024 * 1024) /* of memory between two flushes */

static bool is_big(const struct slice_object *o)
{
	return o->len > HUB_PACKED_MAX;
}

static int flush_loose(struct hub *h, bool only_big, struct err *e)
{
	cleanup_free char *objects = xasprintf("%s/objects", h->dir);

	for (size_t i = 0; i < h->slice->count; i++) {
		const struct slice_object *o = &h->slice->items[i];
		git_oid id = oid_to_git(&o->id);
		int rc;

		if (only_big && !is_big(o))
			continue;
		step_here("object");
		rc = h->loose->write(h->loose, &id, o->data, o->len, (git_object_t)o->type);
		if (rc)
			return libgit2_fail(e, rc, "cannot write to the hub '%s'", h->dir);
	}
	h->writes++;
	/* libgit2 syncs each object and its folder, but not the folder that a new folder is in. */
	return hub_dir_sync(objects, e);
}

static int write_pack(struct hub *h, git_packbuilder *pack)
{
	int rc = 0;

	git_packbuilder_set_threads(pack, 1);
	for (size_t i = 0; !rc && i < h->slice->count; i++) {
		git_oid id = oid_to_git(&h->slice->items[i].id);

		if (!is_big(&h->slice->items[i]))
			rc = git_packbuilder_insert(pack, &id, NULL);
	}
	step_here("pack");
	/* Into objects/pack, index first, both synced, and their directory too. */
	return rc ? rc : git_packbuilder_write(pack, NULL, 0, NULL, NULL);
}

static int flush_pack(struct hub *h, struct err *e)
{
	git_packbuilder *pack = NULL;
	int rc = git_packbuilder_new(&pack, h->repo);

	if (!rc)
		rc = write_pack(h, pack);
	git_packbuilder_free(pack);
	if (rc)
		return libgit2_fail(e, rc, "cannot write to the hub '%s'", h->dir);
	return hub_odb_load_packs(h, e);
}

int hub_flush(struct hub *h, struct err *e)
{
	size_t small = 0;
	int r;

	if (!h->slice->count)
		return ERR_OK;
	r = hub_refuse_reader(h, e);
	if (r)
		return r;
	for (size_t i = 0; i < h->slice->count; i++)
		small += !is_big(&h->slice->items[i]);
	r = flush_loose(h, small >= LOOSE_MAX, e);
	if (!r && small >= LOOSE_MAX)
		r = flush_pack(h, e);
	if (!r)
		slice_clear(h->slice);
	return r;
}

int hub_bound_memory(struct hub *h, struct err *e)
{
	return h->slice->bytes > SLICE_BYTES_MAX ? hub_flush(h, e) : ERR_OK;
}
