/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Hubs that are repacked, and what one may see of them. Include cmocka.h before this. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/repack/maintain.h"
#include "git_world.h"

#define AGREED "refs/nbsync/agreed"
#define DAY    (24 * 3600)

static inline void needs_git(void)
{
	if (!world_has_git())
		skip();
}

/* Commits that each change one file of ten, on top of a reference. */
static inline struct oid grow(struct world *w, const char *ref, int from, int count)
{
	struct oid tip = { { 0 } }, tree = { { 0 } };
	struct err e = ERR_INIT;

	if (hub_ref_get(w->hub, ref, &tip, &e) == ERR_OK)
		world_ok(hub_commit_tree(w->hub, &tip, &tree, &e), &e);
	for (int i = from; i < from + count; i++) {
		cleanup_free char *path = xasprintf("d%d/n%d.py", i % 3, i % 10);
		cleanup_free char *text = xasprintf(
			"# %s\nprint('a line that stays the same in all of them')\n# %d\n", ref, i);

		tree = world_put(w, &tree, path, text);
		tip = world_commit(w, &tree, &tip, "agreed\n", 1000 + i);
		world_ok(hub_ref_set(w->hub, ref, &tip, NULL, "test", &e), &e);
	}
	return tip;
}

/* All that references lead to, as one number. Owned. */
static inline char *everything(struct world *w, const char *hub)
{
	return world_out(w, "git -C %s rev-list --objects --all | sort | sha1sum", hub);
}

static inline void check_usage(struct world *w, size_t loose, size_t packs)
{
	struct hub_usage usage;
	struct err e = ERR_INIT;

	world_ok(hub_usage(w->hub, &usage, &e), &e);
	assert_int_equal(usage.loose, loose);
	assert_int_equal(usage.packs, packs);
	assert_true((usage.pack_bytes > 0) == (packs > 0));
}

static inline struct repack_result repack(struct world *w, const struct repack_request *request)
{
	struct repack_result result;
	struct err e = ERR_INIT;

	world_ok(hub_repack(w->hub, request, &result, &e), &e);
	return result;
}

static const struct repack_request pack = { 0 };

/* Makes all files of the hub look as old as that. */
static inline void age(struct world *w, int days)
{
	world_run(w, "find hub.git/objects -type f -exec touch -d '%d days ago' {} +", days);
}

static inline bool is_agreed(const struct commit_info *commit)
{
	return str_eq(commit->message, "agreed\n");
}
