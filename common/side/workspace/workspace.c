/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side as the cycle sees it, and its connection: made when it is first needed and again
 * after an error of the configuration, because what failed may have been the token file.
 */

#include "side/workspace/workspace.h"

#include <stdlib.h>

#include "http/http.h"
#include "path/path.h"
#include "side/name.h"
#include "side/workspace/internal.h"
#include "workspace/profile.h"

/* A request may wait minutes for its turn; the supervisor wants to know that we are alive. */
static void on_tick(void *payload)
{
	context_progress(payload, "workspace", 0, 0);
}

int workspace_connect(struct workspace_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct config_workspace *w = config_workspace(c->config, c->mapping->workspace);
	struct profile profile = { 0 };
	struct workspace_settings settings = {
		.name = w->name,
		.host = w->host,
		.ca_file = w->ca_file,
		.token_file = w->token_file,
	};
	int r = ERR_OK;

	if (s->workspace)
		return ERR_OK;
	if (!s->root)
		s->root = workspace_path_canonical(c->mapping->workspace_path);
	if (!w->token_file || !w->host) {
		if ((r = profile_load(&profile, NULL, w->profile, e)))
			return r;
		settings.token = w->token_file ? NULL : profile.token.text;
		settings.host = w->host ? w->host : profile.host;
	}
	if (!s->http)
		r = http_new(&s->http, CONTEXT_USER_AGENT " os/linux auth/pat", w->ca_file, NULL,
			     c->run.cancel, e);
	if (!r)
		http_on_tick(s->http, on_tick, c);
	if (!r)
		r = s->api->open(&s->workspace, s->http, &settings, e);
	profile_release(&profile);
	return r;
}

void workspace_disconnect(struct workspace_side *s)
{
	if (s->workspace)
		s->api->close(s->workspace);
	s->workspace = NULL;
}

void workspace_count_requests(const struct workspace_side *s)
{
	s->side.context->report->requests = s->api->changes_sent(s->workspace);
}

bool workspace_side_blocked(const struct side *side, const struct row *row)
{
	const struct workspace_side *s = (const struct workspace_side *)side;

	return table_find(&s->occupied, row->path) != NULL;
}

/* An object has its path, and its import the name with an extension. */
int workspace_side_check_name(const struct side *side, const struct row *row, const char *file,
			      struct err *e)
{
	const struct workspace_side *s = (const struct workspace_side *)side;
	int r;

	if (name_stands(row, SIDE_WORKSPACE, file))
		return ERR_OK;
	r = path_check_at(PATH_WORKSPACE, s->root, row->path, e);
	if (!r)
		r = path_check_at(PATH_WORKSPACE, s->root, file, e);
	return name_refuse(SIDE_WORKSPACE, r, "", e);
}

static void close_side(struct side *side)
{
	struct workspace_side *s = (struct workspace_side *)side;

	workspace_disconnect(s);
	http_free(s->http);
	free(s->root);
	table_release(&s->occupied);
	free(s);
}

struct side *workspace_side_new(struct side_context *c, const struct workspace_api *api)
{
	static const struct side_ops ops = {
		.look = workspace_side_look,
		.blocked = workspace_side_blocked,
		.check_name = workspace_side_check_name,
		.check = workspace_side_check,
		.apply = workspace_side_apply,
		.copy_name = workspace_copy_name,
		.copy_write = workspace_copy_write,
		.copy_read = workspace_copy_read,
		.copy_remove = workspace_copy_remove,
		.respells = true,
		.close = close_side,
	};
	struct workspace_side *s = xcalloc(1, sizeof(*s));

	s->side = (struct side){ &ops, SIDE_WORKSPACE, c };
	s->api = api ? api : &workspace_api;
	table_init(&s->occupied);
	return &s->side;
}
