/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing one pack of given objects with deltas, and making sure that they are in it.
 *
 * libgit2 takes the settings of a pack from the repository's configuration, and the hub's own (see
 * hub/dir.c) switches the search for deltas off for the sake of fast flushes. So the pack is built on
 * a second handle that has a configuration file of its own beside the hub's.
 */

#include <git2/pack.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/step.h"
#include "git/repack/repack.h"

#define SETTINGS_FILE "repack.config"
/* libgit2 takes this both for the memory of found deltas and for the size from which an object is
 * not compared with others. */
#define DELTA_MEMORY  (16 * 1024 * 1024)
#define WINDOW_MEMORY (32 * 1024 * 1024)

/* ---- the handle ---- */

static int set(git_config *config, const char *key, int64_t value)
{
	int64_t now;

	if (git_config_get_int64(&now, config, key) == 0 && now == value)
		return 0;
	return git_config_set_int64(config, key, value);
}

static int use_settings(git_repository *repo, struct hub *h)
{
	cleanup_free char *path = xasprintf("%s/" SETTINGS_FILE, h->dir);
	git_config *config = NULL;
	int rc = git_config_open_ondisk(&config, path);

	if (!rc)
		rc = set(config, "pack.deltaCacheSize", DELTA_MEMORY);
	if (!rc)
		rc = set(config, "pack.windowMemory", WINDOW_MEMORY);
	if (!rc)
		rc = git_repository_set_config(repo, config);
	git_config_free(config);
	return rc;
}

static int open_handle(git_repository **out, struct hub *h, struct err *e)
{
	unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT |
			 GIT_REPOSITORY_OPEN_BARE;
	int rc;

	*out = NULL;
	rc = git_repository_open_ext(out, h->dir, flags, NULL);
	if (!rc)
		rc = use_settings(*out, h);
	return rc ? libgit2_fail(e, rc, "cannot repack the hub '%s'", h->dir) : ERR_OK;
}

/* ---- building ---- */

struct builder {
	const char *dir; /* borrowed; the hub */
	const struct repack_request *request;
	size_t count;
	bool cancelled;
};

static int tick(struct builder *b, size_t done)
{
	if (!b->cancelled && b->request->tick &&
	    !b->request->tick(b->request->payload, done, b->count))
		b->cancelled = true;
	return b->cancelled ? GIT_EUSER : 0;
}

static int on_build(int stage, uint32_t current, uint32_t total, void *payload)
{
	int rc = tick(payload, current);

	(void)total;
	return git_pack_may_stop(stage) ? rc : 0;
}

static int on_write(const git_indexer_progress *stats, void *payload)
{
	return tick(payload, stats->indexed_objects);
}

static int insert(git_packbuilder *pack, const struct oid_set *objects, const uint32_t *names)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < objects->count; i++) {
		git_oid id = oid_to_git(&objects->items[i]);
		char name[16];

		/* Objects of equal names are compared first; what the name is does not matter. */
		snprintf(name, sizeof(name), "%08x", names[i]);
		rc = git_packbuilder_insert(pack, &id, name);
	}
	return rc;
}

static int build(git_packbuilder *pack, struct builder *b, const struct oid_set *objects,
		 const uint32_t *names)
{
	int rc;

	git_packbuilder_set_threads(pack, 1);
	rc = git_packbuilder_set_callbacks(pack, on_build, b);
	if (!rc)
		rc = insert(pack, objects, names);
	if (rc)
		return rc;
	step_here("pack");
	/* Into objects/pack, index first, both synced, and their directory too. */
	return git_packbuilder_write(pack, NULL, 0, on_write, b);
}

/* ---- checking ---- */

static int check(struct hub *h, const char *name, const struct oid_set *objects, struct err *e)
{
	git_odb_backend *pack;
	size_t found = 0;
	int r = stock_open(&pack, h, name, e);

	if (r)
		return r;
	for (size_t i = 0; i < objects->count; i++) {
		git_oid id = oid_to_git(&objects->items[i]);

		found += pack->exists(pack, &id) == 1;
	}
	pack->free(pack);
	if (found == objects->count)
		return ERR_OK;
	return err_set(e, ERR_BUG,
		       "the new pack '%s' of the hub '%s' lacks %zu objects: nothing was removed",
		       name, h->dir, objects->count - found);
}

/* *name is owned by the caller. */
static int build_pack(git_repository *repo, struct builder *b, const struct oid_set *objects,
		      const uint32_t *names, char **name, struct err *e)
{
	git_packbuilder *pack = NULL;
	int r = ERR_OK, rc = git_packbuilder_new(&pack, repo);

	if (!rc)
		rc = build(pack, b, objects, names);
	if (!rc)
		*name = xasprintf("pack-%s", git_packbuilder_name(pack));
	else if (b->cancelled)
		r = err_set(e, ERR_CANCELLED, "asked to stop");
	else
		r = libgit2_fail(e, rc, "cannot repack the hub '%s'", b->dir);
	git_packbuilder_free(pack);
	return r;
}

int repack_write(struct hub *h, const struct repack_request *request, const struct oid_set *objects,
		 const uint32_t *names, char **name, struct err *e)
{
	struct builder b = { .request = request, .count = objects->count, .dir = h->dir };
	git_repository *repo;
	int r = open_handle(&repo, h, e);

	*name = NULL;
	if (!r)
		r = build_pack(repo, &b, objects, names, name, e);
	git_repository_free(repo);
	if (!r)
		r = hub_odb_load_packs(h, e);
	return r ? r : check(h, *name, objects, e);
}
