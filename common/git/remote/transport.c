/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git's smart HTTP protocol below libgit2: a subtransport that turns "list the references", "fetch"
 * and "push" into requests of http/http.h. The protocol's packets are libgit2's business; whom we
 * talk to, with which credentials, how much we accept and what an answer's status means is ours.
 *
 * Every connection to a Git server begins in on_action(), which asks the policy once more, about
 * the very URL that is contacted. There are no redirects (one could lead past the allow-list), no
 * negotiation of authentication (the token goes to this URL or nowhere), and no configuration.
 *
 * A request is stateless: what libgit2 writes is spooled until it starts to read, then sent; the
 * answer is spooled too, and libgit2 reads from there.
 */

#include <stdio.h>
#include <stdlib.h>

#include "git/remote/link.h"
#include "git/remote/spool.h"

#define USER_DEFAULT   "nbsyncd"
#define REFS_BYTES_MAX (16 * 1024 * 1024) /* of the list of references */
#define ANNOUNCE_MAX   64

/* Some servers show people a web page under the same URL, and tell Git by this. */
#define USER_AGENT_HEADER "User-Agent: git/2.0 (nbsyncd)"

struct service {
	const char *name;
	bool list; /* the list of references, not the exchange itself */
	bool push;
};

struct subtransport {
	git_smart_subtransport parent; /* must be first: libgit2 knows only this part */
	struct link *l;
};

struct stream {
	git_smart_subtransport_stream parent; /* must be first */
	struct link *l;
	const struct service *service;
	struct http_request request;
	struct spool out;
	struct spool in;
	bool sent;
	char announce[ANNOUNCE_MAX]; /* given to libgit2 before in */
	size_t announce_len;
	size_t announce_at;
};

static const struct service *service_of(git_smart_service_t action)
{
	static const struct service services[] = {
		[GIT_SERVICE_UPLOADPACK_LS] = { "git-upload-pack", true, false },
		[GIT_SERVICE_UPLOADPACK] = { "git-upload-pack", false, false },
		[GIT_SERVICE_RECEIVEPACK_LS] = { "git-receive-pack", true, true },
		[GIT_SERVICE_RECEIVEPACK] = { "git-receive-pack", false, true },
	};

	if ((size_t)action >= ARRAY_SIZE(services) || !services[action].name)
		return NULL;
	return &services[action];
}

/* ---- what a status means ---- */

static int explain_refusal(struct link *l, long status)
{
	const struct remote *r = l->r;
	const char *where = r->token_file ? r->token_file : "the file that 'git_token_file' names";
	const char *quote = r->token_file ? "'" : "";

	if (!r->token || !r->token->text)
		return err_set(&l->error, ERR_CONFIG,
			       "the Git server wants a token for '%s': put one into %s%s%s", r->url,
			       quote, where, quote);
	return err_set(&l->error, ERR_CONFIG,
		       "the Git server refused the token for '%s': put a new token into %s%s%s%s",
		       r->url, quote, where, quote, status == 403 ? ", one that may do this" : "");
}

static int explain_redirect(struct link *l, const struct http_answer *a)
{
	cleanup_free char *to = remote_text(a->location, strlen(a->location), 400);

	return err_set(
		&l->error, ERR_CONFIG,
		"the Git server redirects '%s' to '%s', which is not followed: if that is the "
		"repository's new place, configure its URL",
		l->r->url, to[0] ? to : "nowhere");
}

static int explain_status(struct link *l, const struct http_answer *a)
{
	switch (a->status) {
	case 203: /* Azure DevOps: a page to sign in */
	case 401:
	case 403:
		return explain_refusal(l, a->status);
	case 404:
	case 410:
		return err_set(
			&l->error, ERR_CONFIG,
			"there is no Git repository at '%s', or its server hides it from this "
			"token",
			l->r->url);
	case 413:
		l->refused = xstrdup("a push of this size is too large (HTTP status 413)");
		return err_set(&l->error, ERR_CONFIG, "'%s' refuses a push of this size",
			       l->r->url);
	default:
		if (a->status >= 300 && a->status < 400)
			return explain_redirect(l, a);
		return err_set(&l->error, ERR_RETRY,
			       "the Git server answered '%s' with HTTP status %ld", l->r->url,
			       a->status);
	}
}

static int explain_type(struct link *l, const struct http_answer *a)
{
	cleanup_free char *type = remote_text(a->content_type, strlen(a->content_type), 100);

	return err_set(&l->error, ERR_CONFIG,
		       "'%s' answers, but not as a Git repository (content type '%s')", l->r->url,
		       type);
}

/* l->error tells; a callback may have set it before. */
static int check_answer(struct stream *s, const char *type)
{
	const struct http_answer *a = &s->request.answer;
	struct link *l = s->l;

	if (l->error.code)
		return l->error.code;
	if (a->result)
		return err_set(&l->error, a->result == ERR_INVALID ? ERR_CONFIG : a->result, "%s",
			       a->error.text);
	if (a->status != 200)
		return explain_status(l, a);
	return str_eq(a->content_type, type) ? ERR_OK : explain_type(l, a);
}

/* ---- one request ---- */

static void on_tick(void *payload)
{
	struct stream *s = payload;

	link_tick(s->l);
}

static int on_data(void *payload, const char *data, size_t len)
{
	struct stream *s = payload;

	if (link_tick(s->l))
		return -1;
	if (s->request.answer.status != 200)
		return 0; /* a page for people */
	if (!s->service->list && link_count(s->l, len))
		return -1;
	return spool_add(&s->in, data, len, &s->l->error);
}

static int run(struct stream *s)
{
	const struct remote *r = s->l->r;
	struct http_request *q = &s->request;
	int rc;

	q->payload = s;
	q->sink.on_data = on_data;
	if (r->token && r->token->text) {
		q->credentials.user = r->user ? r->user : USER_DEFAULT;
		q->credentials.password = r->token->text;
	}
	http_on_tick(r->http, on_tick, s);
	rc = http_run(r->http, q, 1, NULL, &s->l->error);
	http_on_tick(r->http, NULL, NULL);
	/* The request is kept until its stream is freed, and the token's memory is not. */
	q->credentials.password = NULL;
	return rc;
}

/* GET .../info/refs */
static int run_list(struct stream *s)
{
	const char *name = s->service->name;
	cleanup_free char *url = xasprintf("%s/info/refs?service=%s", s->l->r->url, name);
	cleanup_free char *type = xasprintf("application/x-%s-advertisement", name);
	cleanup_free char *accept = xasprintf("Accept: %s", type);
	const char *const headers[] = { accept, USER_AGENT_HEADER, "Cache-Control: no-cache",
					NULL };
	int r;

	s->request.method = "GET";
	s->request.url = url;
	s->request.headers = headers;
	s->request.response_max = REFS_BYTES_MAX;
	r = run(s);
	return r ? r : check_answer(s, type);
}

/* POST .../git-upload-pack */
static int run_exchange(struct stream *s)
{
	const char *name = s->service->name;
	cleanup_free char *url = xasprintf("%s/%s", s->l->r->url, name);
	cleanup_free char *asked = xasprintf("application/x-%s-request", name);
	cleanup_free char *type = xasprintf("application/x-%s-result", name);
	cleanup_free char *accept = xasprintf("Accept: %s", type);
	const char *const headers[] = { accept, USER_AGENT_HEADER, NULL };
	int r;

	s->request.method = "POST";
	s->request.url = url;
	s->request.headers = headers;
	s->request.body.content_type = asked;
	s->request.response_max = SIZE_MAX; /* link_count() has the limit */
	r = spool_map(&s->out, &s->request.body.data, &s->request.body.len, &s->l->error);
	if (!r)
		r = run(s);
	return r ? r : check_answer(s, type);
}

/* ---- the announcement ---- */

/* Reads exactly len bytes and compares. */
static bool next_is(struct spool *in, const char *expected, size_t len)
{
	char text[ANNOUNCE_MAX];
	size_t got;

	return len <= sizeof(text) && spool_read(in, text, len, &got, NULL) == ERR_OK &&
	       got == len && memcmp(text, expected, len) == 0;
}

/*
 * The list begins with a packet that names the service, then a flush packet; a server that follows
 * version 1 of the protocol then says so in a third, which libgit2 does not know. The first two are
 * kept for libgit2.
 */
static int check_announcement(struct stream *s)
{
	static const char version[] = "000eversion 1\n";
	const char *name = s->service->name;
	size_t packet = strlen("0000# service=\n") + strlen(name);
	int len = snprintf(s->announce, sizeof(s->announce), "%04zx# service=%s\n0000", packet,
			   name);
	uint64_t mark;

	if (!next_is(&s->in, s->announce, (size_t)len))
		return err_set(&s->l->error, ERR_CONFIG,
			       "'%s' answers, but not as a Git repository", s->l->r->url);
	s->announce_len = (size_t)len;
	mark = s->in.read_at;
	if (!next_is(&s->in, version, strlen(version)))
		s->in.read_at = mark;
	return ERR_OK;
}

/* ---- the stream ---- */

static struct stream *stream_of(git_smart_subtransport_stream *stream)
{
	return (struct stream *)(void *)stream;
}

static int stream_error(const struct link *l)
{
	return l->error.code == ERR_CANCELLED ? GIT_EUSER : GIT_ERROR;
}

static size_t read_announcement(struct stream *s, char *data, size_t size)
{
	size_t n = s->announce_len - s->announce_at;

	n = n < size ? n : size;
	memcpy(data, s->announce + s->announce_at, n);
	s->announce_at += n;
	return n;
}

/* The announcement comes first, then the answer. */
static int read_some(struct stream *s, char *data, size_t size, size_t *got)
{
	*got = read_announcement(s, data, size);
	if (*got)
		return 0;
	return spool_read(&s->in, data, size, got, &s->l->error) ? stream_error(s->l) : 0;
}

/*
 * libgit2 1.9 looks for a server's capabilities with strstr(), which ends only at a NUL, in the
 * 65,536 bytes that we fill here: a long list of references made it read on behind them. So the last
 * byte stays free for a NUL of ours. No packet is missing it, the longest has 65,535 bytes.
 */
static int on_read(git_smart_subtransport_stream *stream, char *data, size_t size, size_t *got)
{
	struct stream *s = stream_of(stream);
	size_t room = size > 1 ? size - 1 : size;
	int rc;

	*got = 0;
	if (!s->sent) {
		s->sent = true;
		if (run_exchange(s))
			return stream_error(s->l);
	}
	rc = read_some(s, data, room, got);
	if (*got < size)
		data[*got] = '\0';
	return rc;
}

static int on_write(git_smart_subtransport_stream *stream, const char *data, size_t len)
{
	struct stream *s = stream_of(stream);

	if (link_tick(s->l) || spool_add(&s->out, data, len, &s->l->error))
		return stream_error(s->l);
	return 0;
}

static void stream_free(git_smart_subtransport_stream *stream)
{
	struct stream *s = stream_of(stream);

	http_request_release(&s->request);
	spool_release(&s->out);
	spool_release(&s->in);
	free(s);
}

static struct stream *stream_new(git_smart_subtransport *parent, struct link *l,
				 const struct service *service)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->parent.subtransport = parent;
	s->parent.read = on_read;
	s->parent.write = on_write;
	s->parent.free = stream_free;
	s->l = l;
	s->service = service;
	spool_init(&s->out, l->h->dir);
	spool_init(&s->in, l->h->dir);
	return s;
}

/* ---- the subtransport ---- */

/* What libgit2 wants must be what was asked of us, and allowed at this moment. */
static int check_action(struct link *l, const char *url, const struct service *service)
{
	const struct remote *r = l->r;

	if (!service || service->push != l->push || !str_eq(url, r->url))
		return err_set(&l->error, ERR_BUG, "libgit2 asks '%s' for something else", r->url);
	return r->allow(r->allow_payload, url, l->push ? "push" : "fetch", &l->error);
}

static int on_action(git_smart_subtransport_stream **out, git_smart_subtransport *parent,
		     const char *url, git_smart_service_t action)
{
	struct link *l = ((struct subtransport *)(void *)parent)->l;
	const struct service *service = service_of(action);
	struct stream *s;

	*out = NULL;
	if (check_action(l, url, service))
		return stream_error(l);
	s = stream_new(parent, l, service);
	if (service->list) {
		s->sent = true;
		if (run_list(s) || check_announcement(s)) {
			stream_free(&s->parent);
			return stream_error(l);
		}
	}
	*out = &s->parent;
	return 0;
}

/* Each stream is freed by itself, and connections belong to struct http. */
static int on_close(git_smart_subtransport *parent)
{
	(void)parent;
	return 0;
}

static void subtransport_free(git_smart_subtransport *parent)
{
	free(parent);
}

static int subtransport_new(git_smart_subtransport **out, git_transport *owner, void *payload)
{
	struct subtransport *t = xcalloc(1, sizeof(*t));

	(void)owner;
	t->parent.action = on_action;
	t->parent.close = on_close;
	t->parent.free = subtransport_free;
	t->l = payload;
	*out = &t->parent;
	return 0;
}

int link_transport(git_transport **out, git_remote *owner, void *payload)
{
	git_smart_subtransport_definition definition = {
		.callback = subtransport_new,
		.rpc = 1, /* every request stands alone */
		.param = payload,
	};

	return git_transport_smart(out, owner, &definition);
}
