/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client object: where the workspace is, with what token, and what it told us about its limits.
 * Nothing is sent from here.
 */

#include "workspace/workspace.h"

#include <stdlib.h>
#include <string.h>

#include "fs/secret_file.h"
#include "workspace/call.h"
#include "workspace/error.h"

/* A host may be written without its scheme, as Databricks' own tools allow. */
static int take_host(struct workspace *w, const char *host, struct err *e)
{
	cleanup_free char *url = NULL;
	char shown[API_QUOTE_MAX];

	if (!host || !host[0])
		return err_set(e, ERR_CONFIG, "workspace '%s' has no host", w->name);
	url = strstr(host, "://") ? xstrdup(host) : xasprintf("https://%s", host);
	w->origin = http_origin(url);
	if (w->origin)
		return ERR_OK;
	api_quote(shown, host, strlen(host));
	return err_set(e, ERR_CONFIG, "workspace '%s': host '%s' is not https://HOST", w->name,
		       shown);
}

/* A token with a blank or a control byte would end its header line early or be two words. */
static bool is_token(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return false;
	return text[0] != '\0';
}

static int take_token(struct workspace *w, const struct workspace_settings *s, struct err *e)
{
	if (s->token_file) {
		w->token_file = xstrdup(s->token_file);
		if (secret_read(&w->token, s->token_file, e))
			return err_wrap(e, "workspace '%s'", w->name);
	} else if (s->token) {
		secret_set(&w->token, s->token, strlen(s->token));
	} else {
		return err_set(e, ERR_CONFIG, "workspace '%s' has no token: give it a token_file",
			       w->name);
	}
	if (is_token(w->token.text))
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "workspace '%s': its token is empty or has a blank or other odd character",
		       w->name);
}

int workspace_new(struct workspace **out, struct http *h, const struct workspace_settings *settings,
		  struct err *e)
{
	struct workspace *w = xcalloc(1, sizeof(*w));
	int code;

	*out = NULL;
	w->http = h;
	w->name = xstrdup(settings->name ? settings->name : "");
	w->token_number = 1;
	rate_window_init(&w->changes,
			 settings->imports_per_s ? settings->imports_per_s : RATE_IMPORTS);
	rate_window_init(&w->exports,
			 settings->exports_per_s ? settings->exports_per_s : RATE_EXPORTS);
	code = take_host(w, settings->host, e);
	if (!code)
		code = take_token(w, settings, e);
	if (code)
		workspace_free(w);
	else
		*out = w;
	return code;
}

void workspace_free(struct workspace *w)
{
	if (!w)
		return;
	free(w->name);
	free(w->origin);
	free(w->token_file);
	secret_release(&w->token);
	free(w);
}

uint64_t workspace_changes_sent(const struct workspace *w)
{
	return w->changes_sent;
}

const char *workspace_host(const struct workspace *w)
{
	return w->origin;
}
