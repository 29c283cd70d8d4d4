/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing a mapping's synchroniser: the lock, the hub and what it remembers; later the
 * connection to the workspace. Opening contacts nobody and writes nothing outside the state
 * directory.
 */

#include <stdlib.h>
#include <unistd.h>

#include "fs/fs.h"
#include "sync/ignore_load.h"
#include "workspace/profile.h"

static int open_state(struct cycle *c, struct err *e)
{
	cleanup_free char *dir = config_state_dir(c->config, c->mapping);
	cleanup_free char *hub = xasprintf("%s/hub.git", dir);
	bool files = c->mapping->files == CONFIG_FILES_ALL;
	int r;

	if ((r = fs_mkdirs(dir, 0700, e)) || (r = fs_lock(&c->lock, dir, e)) ||
	    (r = hub_open(&c->hub, hub, e)))
		return r;
	if ((r = state_load(&c->state, c->hub, &c->table, files, e)) == ERR_ABSENT)
		return err_set(e, ERR_CONFIG,
			       "the hub '%s' is damaged (%s): restore it from a backup, or move it "
			       "away to start with a new one",
			       hub, e->text);
	if (r)
		return r;
	c->content = (struct content){ .hub = c->hub, .mapping = c->mapping };
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		c->content.unheard[s] = state_unheard(&c->state, s);
	cache_load(c);
	return ignore_load_known(c, e);
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
	c->config = options->config;
	c->mapping = m;
	c->options = *options;
	c->lock = -1;
	c->root = -1;
	c->litter = true;
	table_init(&c->table);
	table_init(&c->plain);
	table_init(&c->conflicts);
	table_init(&c->occupied);
	filter_init(&c->filter, m);
	r = open_state(c, e);
	if (r) {
		cycle_close(c);
		return r == ERR_ABSENT ? err_set(e, ERR_CONFIG, "%s", e->text) : r;
	}
	*out = c;
	return ERR_OK;
}

void cycle_close(struct cycle *c)
{
	if (!c)
		return;
	if (c->hub)
		cache_save(c);
	git_side_close(c);
	workspace_free(c->workspace);
	http_free(c->http);
	free(c->workspace_root);
	policy_set_release(&c->policy);
	state_release(&c->state);
	filter_release(&c->filter);
	table_release(&c->table);
	table_release(&c->plain);
	table_release(&c->conflicts);
	table_release(&c->occupied);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		free(c->root_known[s]);
	hub_free(c->hub);
	if (c->root >= 0)
		close(c->root);
	if (c->lock >= 0)
		close(c->lock);
	free(c);
}

/* A request may wait minutes for its turn; the supervisor wants to hear that we are alive. */
static void on_tick(void *payload)
{
	cycle_progress(payload, "workspace", 0, 0);
}

int cycle_open_workspace(struct cycle *c, struct err *e)
{
	const struct config_workspace *w = config_workspace(c->config, c->mapping->workspace);
	struct profile profile = { 0 };
	struct workspace_settings settings = {
		.name = w->name,
		.host = w->host,
		.ca_file = w->ca_file,
		.token_file = w->token_file,
	};
	int r = ERR_OK;

	if (c->workspace)
		return ERR_OK;
	if (!c->workspace_root)
		c->workspace_root = workspace_path_canonical(c->mapping->workspace_path);
	if (!w->token_file || !w->host) {
		if ((r = profile_load(&profile, NULL, w->profile, e)))
			return r;
		settings.token = w->token_file ? NULL : profile.token.text;
		settings.host = w->host ? w->host : profile.host;
	}
	if (!c->http)
		r = http_new(&c->http, CYCLE_USER_AGENT " os/linux auth/pat", w->ca_file, NULL,
			     c->options.cancel, e);
	if (!r)
		http_on_tick(c->http, on_tick, c);
	if (!r)
		r = workspace_new(&c->workspace, c->http, &settings, e);
	profile_release(&profile);
	return r;
}
