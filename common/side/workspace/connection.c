/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side's connection: made when it is first needed, and again after an error of the
 * configuration, because what failed may have been the token file. What is in the workspace is not
 * asked here.
 */

#include "side/workspace/connection.h"

#include "http/http.h"
#include "workspace/profile.h"

/* A request may wait minutes for its turn; without progress the supervisor takes a worker for
 * dead. */
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
