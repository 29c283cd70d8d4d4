/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The remote of the Git side: whether the policy allows what is to be done, and the parameters of a
 * fetch or push. It does not contact the remote.
 */

#include <stdlib.h>

#include "fs/secret_file.h"
#include "git/remote/remote.h"
#include "http/http.h"
#include "side/git/internal.h"

int git_allowed(struct git_side *s, enum policy_op op, struct err *e)
{
	struct side_context *c = s->side.context;
	struct policy_verdict verdict = { 0 };
	int r = ERR_OK;

	policy_set_check(&s->policy, c->mapping->git, op, &verdict);
	if (!verdict.allowed)
		r = err_set(e, ERR_DENIED, "%s: %s", verdict.reason, verdict.sentence);
	else if (!str_eq(s->url, verdict.canonical)) {
		free(s->url);
		s->url = xstrdup(verdict.canonical);
	}
	policy_verdict_release(&verdict);
	return r;
}

/* remote.allow: the transport asks once more, with the canonical URL, before it contacts the
 * remote. */
static int allow(void *payload, const char *url, const char *op, struct err *e)
{
	struct git_side *s = payload;
	struct policy_verdict verdict = { 0 };
	int r = ERR_OK;

	policy_set_check(&s->policy, url, str_eq(op, "push") ? POLICY_PUSH : POLICY_FETCH,
			 &verdict);
	if (!verdict.allowed)
		r = err_set(e, ERR_DENIED, "%s: %s", verdict.reason, verdict.sentence);
	policy_verdict_release(&verdict);
	return r;
}

/* remote.was_sent */
static bool was_sent(void *payload, const struct oid *commit)
{
	return remember_was_sent(payload, commit);
}

static void on_progress(void *payload, const char *what)
{
	(void)what;
	context_progress(payload, "push", 0, 0);
}

/* While a server puts a large pack together, it sends a few bytes now and then, for minutes. */
static const struct http_limits git_limits = { .grace_s = 600 };

int git_remote(struct git_side *s, struct remote *out, struct err *e)
{
	struct side_context *c = s->side.context;
	int r;

	if (c->mapping->git_token_file) {
		secret_release(&s->token);
		if ((r = secret_read(&s->token, c->mapping->git_token_file, e)))
			return r;
	}
	if (!s->http && (r = http_new(&s->http, CONTEXT_USER_AGENT, c->mapping->git_ca_file,
				      &git_limits, c->run.cancel, e)))
		return r;
	*out = (struct remote){
		.url = s->url,
		.branch = c->mapping->branch,
		.user = c->mapping->git_user,
		.token = &s->token,
		.token_file = c->mapping->git_token_file,
		.http = s->http,
		.allow = allow,
		.allow_payload = s,
		.was_sent = was_sent,
		.was_sent_payload = s,
		.progress = on_progress,
		.progress_payload = c,
		.cancel = c->run.cancel,
	};
	return ERR_OK;
}
