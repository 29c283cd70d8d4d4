/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt: a request becomes an easy handle, http_answer.c takes what comes back, the outcome
 * becomes a code and a sentence. Sentences name the origin, never the whole URL.
 */

#include "http/http_transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* A long-lived process must look at certificates and addresses again once in a while. */
#define CONNECTION_LIFE_S 3600L
/* Idle connections are kept as long as a worker lingers, and libcurl checks that they still live. */
#define CONNECTION_IDLE_S 300L
/* Bytes of a request that wait in the kernel to be sent. */
#define UNSENT_MAX (128 * 1024)

static size_t part_read(char *out, size_t size, size_t count, void *payload)
{
	struct transfer_part *p = payload;
	size_t left = p->part->len - p->at;
	size_t n = size * count < left ? size * count : left;

	if (p->part->file && n) {
		ssize_t got = pread(*p->part->file, out, n, (off_t)p->at);

		if (got <= 0)
			return CURL_READFUNC_ABORT;
		n = (size_t)got;
	} else if (n) {
		memcpy(out, (const char *)p->part->data + p->at, n);
	}
	p->at += n;
	return n;
}

/* libcurl rewinds to send once more, over a new connection, when a kept one ends without a byte of
 * answer. That it was dead before it only guesses: the server may have carried everything out.
 * Where something has to be looked at before, the caller decides. */
static int part_seek(void *payload, curl_off_t offset, int origin)
{
	struct transfer_part *p = payload;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > p->part->len)
		return CURL_SEEKFUNC_CANTSEEK;
	if (p->once && p->at)
		return CURL_SEEKFUNC_FAIL;
	p->at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* The body of a request that has one ahead of it, and must not be sent again without it. */
static bool set_body_once(struct transfer *t)
{
	const struct http_body *body = &t->r->body;

	t->body = (struct http_part){ .data = body->data, .len = body->len };
	t->parts = xcalloc(1, sizeof(*t->parts));
	t->parts[0] = (struct transfer_part){ .part = &t->body, .once = true };
	return curl_easy_setopt(t->easy, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len) ==
		       CURLE_OK &&
	       curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, part_read) == CURLE_OK &&
	       curl_easy_setopt(t->easy, CURLOPT_READDATA, &t->parts[0]) == CURLE_OK &&
	       curl_easy_setopt(t->easy, CURLOPT_SEEKFUNCTION, part_seek) == CURLE_OK &&
	       curl_easy_setopt(t->easy, CURLOPT_SEEKDATA, &t->parts[0]) == CURLE_OK;
}

/* False for an empty line, which would end the headers, and for one that is several: a mistake
 * of our callers. */
static bool add_header(struct transfer *t, const char *line)
{
	struct curl_slist *list;

	if (!line[0] || strpbrk(line, "\r\n"))
		return false;
	list = curl_slist_append(t->headers, line);
	if (!list)
		memory_exhausted(0);
	t->headers = list;
	return true;
}

static bool add_headers(struct transfer *t)
{
	const struct http_request *r = t->r;
	/* Waiting for "100 Continue" costs up to a second. Whoever does not say that it takes nothing
	 * compressed says that it takes anything. */
	bool ok = add_header(t, "Expect:") && add_header(t, "Accept-Encoding: identity");

	for (size_t i = 0; r->headers && r->headers[i]; i++)
		ok = ok && add_header(t, r->headers[i]);
	if (r->body.data && !r->body.part_count) {
		const char *type = r->body.content_type;
		cleanup_free char *line = xasprintf("Content-Type: %s",
						    type ? type : "application/json");

		ok = ok && add_header(t, line);
	}
	ok = ok && authorization_add(t);
	return ok && curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
}

static bool set_parts(struct transfer *t)
{
	const struct http_request *r = t->r;
	bool ok = true;

	t->mime = curl_mime_init(t->easy);
	if (!t->mime)
		memory_exhausted(0);
	t->parts = xcalloc(r->body.part_count, sizeof(*t->parts));
	for (size_t i = 0; i < r->body.part_count; i++) {
		const struct http_part *part = &r->body.parts[i];
		curl_mimepart *field = curl_mime_addpart(t->mime);

		if (!field)
			memory_exhausted(0);
		t->parts[i] = (struct transfer_part){ .part = part, .once = r->ahead != NULL };
		ok = ok && curl_mime_name(field, part->name) == CURLE_OK;
		if (part->file_name)
			ok = ok && curl_mime_filename(field, part->file_name) == CURLE_OK &&
			     curl_mime_type(field, "application/octet-stream") == CURLE_OK;
		ok = ok && curl_mime_data_cb(field, (curl_off_t)part->len, part_read, part_seek,
					     NULL, &t->parts[i]) == CURLE_OK;
	}
	return ok && curl_easy_setopt(t->easy, CURLOPT_MIMEPOST, t->mime) == CURLE_OK;
}

static bool set_method(struct transfer *t)
{
	const struct http_request *r = t->r;
	bool post = str_eq(r->method, "POST");
	bool ok = true;

	if (r->body.part_count) {
		ok = set_parts(t);
	} else if (r->body.data && r->ahead) {
		ok = set_body_once(t);
	} else if (r->body.data || post) {
		const char *body = r->body.data ? r->body.data : "";

		ok = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)r->body.len) == CURLE_OK &&
		     curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, body) == CURLE_OK;
	}
	if (str_eq(r->method, "HEAD"))
		return ok && curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
	if (post || str_eq(r->method, "GET"))
		return ok;
	return ok && curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, r->method) == CURLE_OK;
}

#define SET(option, value) (ok = ok && curl_easy_setopt(t->easy, option, value) == CURLE_OK)

/* What a request may do on the wire; none of it is configurable but the authority to trust. */
static bool set_security(struct transfer *t)
{
	const struct http *h = t->http;
	bool ok = true;

	SET(CURLOPT_PROTOCOLS_STR, strncasecmp(t->r->url, "http:", 5) == 0 ? "http" : "https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, ""); /* and not what the environment says */
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (h->ca_file) {
		SET(CURLOPT_CAINFO, h->ca_file);
		SET(CURLOPT_CAPATH, NULL); /* else the system's authorities stay trusted too */
	}
	return ok;
}

/* Without this, the kernel takes megabytes at once: a request would count as taken while a slow line
 * still has minutes to go, and then as unanswered. It costs no speed, as what is on its way to the peer
 * does not count; a kernel that does not know it does not matter. */
static int on_socket(void *payload, curl_socket_t fd, curlsocktype purpose)
{
	const int most = UNSENT_MAX;

	(void)payload;
	(void)purpose;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
	return CURL_SOCKOPT_OK;
}

static bool set_wire(struct transfer *t)
{
	const struct http *h = t->http;
	bool ok = true;

	SET(CURLOPT_URL, t->r->url);
	SET(CURLOPT_USERAGENT, h->user_agent);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_SOCKOPTFUNCTION, on_socket);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_MAXAGE_CONN, CONNECTION_IDLE_S);
	SET(CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFE_S);
	SET(CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver thread when giving up */
	SET(CURLOPT_CONNECTTIMEOUT, (long)h->limits.connect_s);
	SET(CURLOPT_ERRORBUFFER, t->text);
	return ok;
}

static bool set_callbacks(struct transfer *t)
{
	bool ok = true;

	SET(CURLOPT_HEADERFUNCTION, transfer_on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, transfer_on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_XFERINFOFUNCTION, transfer_on_progress);
	SET(CURLOPT_XFERINFODATA, t);
	SET(CURLOPT_NOPROGRESS, 0L);
	return ok;
}

/* As before the first attempt, but that attempts goes on counting. */
static void forget_answer(struct http_request *r)
{
	buf_release(&r->answer.body);
	r->answer = (struct http_answer){
		.body = BUF_INIT(r->response_max),
		.retry_after_s = -1,
		.attempts = r->answer.attempts,
	};
	if (r->sink.on_start)
		r->sink.on_start(r->payload);
}

int transfer_start(struct transfer *t, struct http *http, struct http_request *r)
{
	struct http_answer *a = &r->answer;
	int64_t now = clock_monotonic_ms();

	*t = (struct transfer){
		.http = http,
		.r = r,
		.began_ms = now,
		.pace = { .seen_ms = now },
		.refusals = http_memory_refusals(),
	};
	forget_answer(r);
	a->attempts++;
	a->unsent = true;
	a->result = http_check_url(r->url, &a->error);
	if (!a->result && r->sink.file && ftruncate(*r->sink.file, 0))
		a->result = err_errno(&a->error, errno, "cannot empty a file for an answer");
	if (a->result)
		return a->result;
	t->easy = curl_easy_init();
	if (!t->easy)
		memory_exhausted(0);
	if (set_security(t) && set_wire(t) && set_callbacks(t) && set_method(t) && add_headers(t) &&
	    curl_multi_add_handle(http->multi, t->easy) == CURLM_OK) {
		a->unsent = false;
		return ERR_OK;
	}
	transfer_release(t);
	a->result = err_set(&a->error, ERR_BUG, "cannot build a request from these parts");
	return a->result;
}

bool transfer_is_sent(const struct transfer *t)
{
	curl_off_t length = -1, body = 0;
	long sent = 0;

	curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_UPLOAD_T, &length);
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &body);
	return sent > 0 && body >= length;
}

void transfer_release(struct transfer *t)
{
	if (!t->easy)
		return;
	curl_multi_remove_handle(t->http->multi, t->easy);
	curl_easy_cleanup(t->easy);
	authorization_remove(t);
	curl_slist_free_all(t->headers);
	curl_mime_free(t->mime);
	free(t->parts);
	*t = (struct transfer){ 0 };
}

void transfer_finish(struct transfer *t, int curl_code)
{
	struct http_answer *a = &t->r->answer;
	cleanup_free char *origin = NULL;
	long sent = 0;

	transfer_read_head(t);
	a->ended_by_close = curl_code == CURLE_OK && transfer_ended_by_close(t);
	if (curl_code != CURLE_OK) {
		origin = http_origin(t->r->url);
		curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
		a->unsent = sent == 0;
		a->result = transfer_explain(t, curl_code, origin);
		a->slow = t->stop == TRANSFER_STALLED || t->stop == TRANSFER_SLOW;
		a->too_large = t->stop == TRANSFER_TOO_LARGE;
	}
	transfer_release(t);
}
