/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remotes over HTTPS, by libgit2's smart protocol on our transport (transport.c) and on a handle of
 * the hub that shows one reference only (exchange.c). The remote is anonymous and in memory: no
 * configuration has a say in its URL. Nothing is pruned, no tags are fetched, nothing is forced, and
 * references are moved by remote.c, not by libgit2.
 */

#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "git/remote/link.h"

/* A connection: the exchange handle and the remote on it. */
struct session {
	struct link *l;
	git_repository *repo;
	git_remote *remote;
	struct remote_state state;
};

/* ---- callbacks ---- */

static int on_said(const char *text, int len, void *payload)
{
	struct link *l = payload;
	size_t room = l->said.max - l->said.len;

	if (len > 0)
		buf_add(&l->said, text, (size_t)len < room ? (size_t)len : room);
	return link_tick(l);
}

static int on_indexed(const git_indexer_progress *progress, void *payload)
{
	(void)progress;
	return link_tick(payload);
}

static int on_sent(unsigned current, unsigned total, size_t bytes, void *payload)
{
	(void)current;
	(void)total;
	(void)bytes;
	return link_tick(payload);
}

/* The server's verdict on the pushed reference, raw; no message means yes. */
static int on_verdict(const char *ref, const char *message, void *payload)
{
	struct link *l = payload;

	(void)ref;
	if (message && !l->refused)
		l->refused = xstrdup(message);
	return 0;
}

static void set_callbacks(git_remote_callbacks *c, struct link *l)
{
	c->transport = link_transport;
	c->sideband_progress = on_said;
	c->transfer_progress = on_indexed;
	c->pack_progress = link_tick_pack;
	c->push_transfer_progress = on_sent;
	c->push_update_reference = on_verdict;
	c->payload = l;
}

/* ---- connecting ---- */

static void session_close(struct session *s)
{
	git_remote_free(s->remote);
	git_repository_free(s->repo);
	s->remote = NULL;
	s->repo = NULL;
}

static int create_remote(struct session *s, struct err *e)
{
	const char *url = s->l->r->url;
	git_remote_create_options options;
	int rc;

	git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
	options.repository = s->repo;
	options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
	rc = git_remote_create_with_opts(&s->remote, url, &options);
	if (rc)
		return link_fail(s->l, rc, "use the URL", e);
	if (!str_eq(git_remote_url(s->remote), url) || git_remote_pushurl(s->remote))
		return err_set(e, ERR_BUG, "libgit2 changes the URL '%s'", url);
	return ERR_OK;
}

/* What holds for every exchange: the policy has seen this URL and no other, so that nothing is sent
 * through a proxy of the environment, or to where a server points. */
static void set_common(struct link *l, git_remote_callbacks *callbacks, git_proxy_options *proxy,
		       git_remote_redirect_t *redirects)
{
	proxy->type = GIT_PROXY_NONE;
	*redirects = GIT_REMOTE_REDIRECT_NONE;
	set_callbacks(callbacks, l);
}

static int connect_remote(struct session *s, struct err *e)
{
	git_direction direction = s->l->push ? GIT_DIRECTION_PUSH : GIT_DIRECTION_FETCH;
	git_remote_connect_options options;
	int rc;

	git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	set_common(s->l, &options.callbacks, &options.proxy_opts, &options.follow_redirects);
	rc = git_remote_connect_ext(s->remote, direction, &options);
	return rc ? link_fail(s->l, rc, "connect to", e) : ERR_OK;
}

static int read_state(struct session *s, struct err *e)
{
	const git_remote_head **heads;
	size_t count;
	int rc = git_remote_ls(&heads, &count, s->remote);

	if (rc)
		return link_fail(s->l, rc, "read the branches of", e);
	s->state = (struct remote_state){ .empty = true };
	for (size_t i = 0; i < count; i++) {
		struct oid id = oid_from_git(&heads[i]->oid);

		link_note_ref(s->l, &s->state, heads[i]->name, &id);
	}
	for (size_t i = 0; i < count; i++)
		if (str_eq(heads[i]->name, "HEAD"))
			link_note_head(s->l, heads[i]->symref_target);
	return link_check_refs(s->l, count, e);
}

/* Connects with id as the only reference that the other side may see; session_close() in any case. */
static int session_open(struct session *s, struct link *l, const char *name, const struct oid *id,
			struct err *e)
{
	int r;

	*s = (struct session){ .l = l };
	r = exchange_open(&s->repo, l->h, name, id, e);
	if (!r)
		r = create_remote(s, e);
	if (!r)
		r = connect_remote(s, e);
	return r ? r : read_state(s, e);
}

/* ---- fetch ---- */

static int download(struct session *s, struct err *e)
{
	struct link *l = s->l;
	cleanup_free char *spec = xasprintf("+%s:%s", l->branch_ref, l->tracking_ref);
	git_strarray specs = { &spec, 1 };
	git_fetch_options options;
	int rc;

	git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	options.prune = GIT_FETCH_NO_PRUNE;
	options.update_fetchhead = 0;
	options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	set_common(l, &options.callbacks, &options.proxy_opts, &options.follow_redirects);
	step_here("fetched pack");
	rc = git_remote_download(s->remote, &specs, &options);
	return rc ? link_fail(l, rc, "fetch from", e) : hub_odb_load_packs(l->h, e);
}

int remote_smart_fetch(struct link *l, struct remote_state *out, struct err *e)
{
	struct session s;
	int r = session_open(&s, l, l->tracking_ref, &l->known, e);

	if (!r && !oid_is_zero(&s.state.tip) && !hub_has(l->h, &s.state.tip)) {
		r = download(&s, e);
		if (!r && !hub_has(l->h, &s.state.tip))
			r = err_set(e, ERR_RETRY, "'%s' sent a pack without the branch '%s'",
				    l->r->url, l->r->branch);
	}
	*out = s.state;
	session_close(&s);
	return r;
}

/* ---- push ---- */

/* The server could not, or would not, read the pack: for libgit2 that is no verdict. It is larger than
 * the server takes, for example, and what it said to people tells. */
static bool is_unpacked_badly(int rc)
{
	const git_error *last = rc ? git_error_last() : NULL;

	return last && last->message && strstr(last->message, "unpacking the sent packfile");
}

static int upload(struct session *s, struct err *e)
{
	struct link *l = s->l;
	cleanup_free char *spec = xasprintf("%s:%s", l->branch_ref, l->branch_ref);
	git_strarray specs = { &spec, 1 };
	git_push_options options;
	int rc;

	git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
	options.pb_parallelism = 1;
	set_common(l, &options.callbacks, &options.proxy_opts, &options.follow_redirects);
	l->sent = true;
	rc = git_remote_upload(s->remote, &specs, &options);
	if (!l->error.code && !l->refused && is_unpacked_badly(rc))
		l->refused = xstrdup("it cannot take this pack");
	return rc && !l->refused ? link_fail(l, rc, "push to", e) : ERR_OK;
}

/* What the server said, verdict first: "pre-receive hook declined (GH006: …)". Owned. */
static char *refusal_text(const struct link *l)
{
	cleanup_free char *verdict = remote_text(l->refused, strlen(l->refused), LINK_SAID_MAX);
	cleanup_free char *said = remote_text(buf_str(&l->said), l->said.len, LINK_SAID_MAX);

	return said[0] ? xasprintf("%s (%s)", verdict, said) : xstrdup(verdict);
}

/*
 * Servers word their refusals as they like, so we do not read them. If the branch now stands
 * elsewhere than when we connected, somebody was faster; otherwise it is a rule.
 */
static int explain_rejection(struct link *l, const struct oid *before, struct err *e)
{
	char *text = refusal_text(l);
	struct session s;
	int r;

	l->error = ERR_INIT;
	r = session_open(&s, l, l->branch_ref, &(struct oid){ 0 }, e);
	session_close(&s);
	free(l->refused);
	l->refused = text;
	if (r)
		return r;
	if (!oid_equal(&s.state.tip, before))
		return err_set(e, ERR_CONFLICT, "branch '%s' of '%s' has just moved: fetch again",
			       l->r->branch, l->r->url);
	return err_set(e, ERR_CONFIG, "the Git server refused the push to branch '%s' of '%s': %s",
		       l->r->branch, l->r->url, text);
}

int remote_smart_push(struct link *l, const struct oid *commit, struct err *e)
{
	struct remote_state before;
	struct session s;
	int r = session_open(&s, l, l->branch_ref, commit, e);

	before = s.state;
	if (!r)
		r = link_check_forward(l, &before, commit, e);
	if (!r && !oid_equal(&before.tip, commit))
		r = upload(&s, e);
	session_close(&s);
	return !r && l->refused ? explain_rejection(l, &before.tip, e) : r;
}
