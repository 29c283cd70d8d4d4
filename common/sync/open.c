/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing a mapping's synchroniser: the lock, the hub and what it remembers, and the
 * sides, which are named here and nowhere else. Opening contacts nobody and writes nothing outside
 * the state directory.
 */

#include <stdlib.h>
#include <unistd.h>

#include "fs/fs.h"
#include "memory/cache.h"
#include "memory/rules.h"
#include "side/git/git.h"
#include "side/local/local.h"
#include "side/workspace/workspace.h"
#include "sync/internal.h"

static struct cache cache_of(struct cycle *c)
{
	return (struct cache){ c->maintenance.dir, c->context.mapping, &c->context.state,
			       &c->context.plain };
}

void cycle_save_cache(struct cycle *c)
{
	const struct cache cache = cache_of(c);

	cache_save(&cache);
}

static int open_state(struct cycle *c, struct err *e)
{
	const char *dir = c->maintenance.dir;
	cleanup_free char *hub = xasprintf("%s/hub.git", dir);
	bool files = c->context.mapping->files == CONFIG_FILES_ALL;
	struct cache cache;
	int r;

	if ((r = fs_mkdirs(dir, 0700, e)) || (r = fs_lock(&c->lock, dir, e)) ||
	    (r = hub_open(&c->context.hub, hub, e)))
		return r;
	if ((r = state_load(&c->context.state, c->context.hub, &c->context.table, files, e)) ==
	    ERR_ABSENT)
		return err_set(e, ERR_CONFIG,
			       "the hub '%s' is damaged (%s): restore it from a backup, or move it "
			       "away to start with a new one",
			       hub, e->text);
	if (r)
		return r;
	c->context.content = (struct content){ .hub = c->context.hub,
					       .mapping = c->context.mapping };
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		c->context.content.cells_only[s] = state_cells_only(&c->context.state, s);
	cache = cache_of(c);
	cache_load(&cache);
	return rules_recall(&c->context.state, &c->context.filter, e);
}

static bool on_tidy(void *payload, size_t done, size_t total)
{
	context_progress(payload, "tidy", done, total);
	return !context_cancelled(payload);
}

static void make_sides(struct cycle *c, const struct workspace_api *api)
{
	const struct config_mapping *m = c->context.mapping;

	if (config_has_side(m, SIDE_GIT))
		c->sides[SIDE_GIT].side = git_side_new(&c->context);
	if (config_has_side(m, SIDE_WORKSPACE))
		c->sides[SIDE_WORKSPACE].side = workspace_side_new(&c->context, api);
	if (config_has_side(m, SIDE_LOCAL))
		c->sides[SIDE_LOCAL].side = local_side_new(&c->context);
}

int cycle_open(struct cycle **out, const struct cycle_options *options, struct err *e)
{
	const struct config_mapping *m = config_mapping(options->config, options->mapping);
	struct cycle *c;
	int r;

	if (!m)
		return err_set(e, ERR_CONFIG, "there is no mapping '%s' in '%s'", options->mapping,
			       options->config->file);
	c = xcalloc(1, sizeof(*c));
	c->context.config = options->config;
	c->context.mapping = m;
	c->context.run = (struct run){ options->cancel, options->progress, options->payload };
	c->lock = -1;
	c->maintenance = (struct maintenance){ .dir = config_state_dir(options->config, m),
					       .mapping = m,
					       .state = &c->context.state,
					       .tick = on_tidy,
					       .payload = &c->context };
	table_init(&c->context.table);
	table_init(&c->context.plain);
	table_init(&c->context.copies);
	filter_init(&c->context.filter, m);
	r = open_state(c, e);
	if (r) {
		cycle_close(c);
		return r == ERR_ABSENT ? err_set(e, ERR_CONFIG, "%s", e->text) : r;
	}
	make_sides(c, options->workspace);
	*out = c;
	return ERR_OK;
}

void cycle_close(struct cycle *c)
{
	if (!c)
		return;
	if (c->context.hub)
		cycle_save_cache(c);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (c->sides[s].side)
			c->sides[s].side->ops->close(c->sides[s].side);
		free(c->context.approvals.root_known[s]);
	}
	state_release(&c->context.state);
	filter_release(&c->context.filter);
	table_release(&c->context.table);
	table_release(&c->context.plain);
	table_release(&c->context.copies);
	hub_free(c->context.hub);
	if (c->lock >= 0)
		close(c->lock);
	free(c->maintenance.dir);
	free(c);
}
