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
	const struct http_request *r = t->r;

	t->body = (struct http_part){ .data = r->body, .len = r->body_len };
	t->parts = xcalloc(1, sizeof(*t->parts));
	t->parts[0] = (struct transfer_part){ .part = &t->body, .once = true };
	return curl_easy_setopt(t->easy, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len) ==
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
	if (r->body && !r->part_count) {
		cleanup_free char *type = xasprintf(
			"Content-Type: %s", r->content_type ? r->content_type : "application/json");

		ok = ok && add_header(t, type);
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
	t->parts = xcalloc(r->part_count, sizeof(*t->parts));
	for (size_t i = 0; i < r->part_count; i++) {
		const struct http_part *part = &r->parts[i];
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

	if (r->part_count) {
		ok = set_parts(t);
	} else if (r->body && r->ahead) {
		ok = set_body_once(t);
	} else if (r->body || post) {
		const char *body = r->body ? r->body : "";

		ok = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)r->body_len) == CURLE_OK &&
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

static void forget_answer(struct http_request *r)
{
	buf_release(&r->response);
	r->response = BUF_INIT(r->response_max);
	r->result = ERR_OK;
	r->error = ERR_INIT;
	r->unsent = false;
	r->slow = false;
	r->too_large = false;
	r->status = 0;
	r->content_type_in[0] = '\0';
	r->location[0] = '\0';
	r->retry_after_s = -1;
	r->part = false;
	r->ended_by_close = false;
	if (r->on_start)
		r->on_start(r->payload);
}

int transfer_start(struct transfer *t, struct http *http, struct http_request *r)
{
	int64_t now = clock_monotonic_ms();

	*t = (struct transfer){
		.http = http,
		.r = r,
		.began_ms = now,
		.pace = { .seen_ms = now },
		.refusals = http_memory_refusals(),
	};
	forget_answer(r);
	r->attempts++;
	r->unsent = true;
	r->result = http_check_url(r->url, &r->error);
	if (!r->result && r->sink && ftruncate(*r->sink, 0))
		r->result = err_errno(&r->error, errno, "cannot empty a file for an answer");
	if (r->result)
		return r->result;
	t->easy = curl_easy_init();
	if (!t->easy)
		memory_exhausted(0);
	if (set_security(t) && set_wire(t) && set_callbacks(t) && set_method(t) && add_headers(t) &&
	    curl_multi_add_handle(http->multi, t->easy) == CURLM_OK) {
		r->unsent = false;
		return ERR_OK;
	}
	transfer_release(t);
	r->result = err_set(&r->error, ERR_BUG, "cannot build a request from these parts");
	return r->result;
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
	struct http_request *r = t->r;
	cleanup_free char *origin = NULL;
	long sent = 0;

	transfer_read_head(t);
	r->ended_by_close = curl_code == CURLE_OK && transfer_ended_by_close(t);
	if (curl_code != CURLE_OK) {
		origin = http_origin(r->url);
		curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
		r->unsent = sent == 0;
		r->result = transfer_explain(t, curl_code, origin);
		r->slow = t->stop == TRANSFER_STALLED || t->stop == TRANSFER_SLOW;
		r->too_large = t->stop == TRANSFER_TOO_LARGE;
	}
	transfer_release(t);
}
