/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes back during an attempt: libcurl's callbacks.
 *
 * Every limit is enforced here, on the bytes that really arrive: headers, body, and the pace of both
 * directions. (libcurl's own size limit misses bodies of unknown length; its low-speed limit takes any
 * byte for progress.) And here is noted how the end of a body was told: by its length, by a last
 * chunk, or by nothing but the end of the connection (RFC 9112, 6.3), which a cut looks like, too.
 */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/http_transfer.h"

static bool header_is(const char *line, size_t len, const char *name, const char **value)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	*value = line + n + 1;
	return true;
}

/* The value of a header line without the white space around it, cut to size. */
static void header_value(char *out, size_t size, const char *from, const char *end)
{
	size_t n;

	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && strchr(" \t\r\n", end[-1]))
		end--;
	n = (size_t)(end - from) < size - 1 ? (size_t)(end - from) : size - 1;
	memcpy(out, from, n);
	out[n] = '\0';
}

/* Retry-After is a number of seconds or a date; -1 when it is neither. */
static int64_t retry_after(const char *value)
{
	size_t digits = strspn(value, "0123456789");
	time_t then;

	if (digits && !value[digits])
		return digits > 9 ? 999999999 : strtol(value, NULL, 10);
	then = digits ? -1 : curl_getdate(value, NULL);
	if (then < 0)
		return -1;
	return then > time(NULL) ? (int64_t)(then - time(NULL)) : 0;
}

/* Forgets what an interim answer said. */
static void begin_head(struct transfer *t, const char *line, size_t len)
{
	const char *status = memchr(line, ' ', len);

	t->interim = status && status + 1 < line + len && status[1] == '1';
	t->r->answer.retry_after_s = -1;
	t->r->answer.part = false;
	t->chunked = false;
	t->lengths = 0;
	t->stream = memcmp(line, "HTTP/1", 6) != 0;
}

/* Two lengths that differ count as no length, whatever follows. */
static void take_length(struct transfer *t, const char *from, const char *end)
{
	char length[sizeof(t->length)];

	header_value(length, sizeof(length), from, end);
	if (t->lengths && !str_eq(t->length, length))
		t->lengths = 2;
	else if (!t->lengths)
		t->lengths = 1;
	memcpy(t->length, length, sizeof(length));
}

/* Ends the transfer: what a callback returns then. */
static size_t stop_transfer(struct transfer *t, enum transfer_stop why)
{
	t->stop = why;
	return 0;
}

size_t transfer_on_header(char *line, size_t size, size_t count, void *payload)
{
	struct transfer *t = payload;
	size_t len = size * count;
	char value[128];
	const char *at;

	t->header_bytes += len;
	if (t->header_bytes > t->http->limits.header_max)
		return stop_transfer(t, TRANSFER_HEADERS_TOO_LARGE);
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		begin_head(t, line, len);
	else if (len <= 2 && (line[0] == '\r' || line[0] == '\n'))
		t->answering = !t->interim;
	if (header_is(line, len, "Retry-After", &at)) {
		header_value(value, sizeof(value), at, line + len);
		t->r->answer.retry_after_s = retry_after(value);
	} else if (header_is(line, len, "Content-Range", &at)) {
		t->r->answer.part = true;
	} else if (header_is(line, len, "Content-Length", &at)) {
		take_length(t, at, line + len);
	} else if (header_is(line, len, "Transfer-Encoding", &at)) {
		header_value(value, sizeof(value), at, line + len);
		t->chunked = strcasecmp(value, "chunked") == 0;
		return t->chunked ? len : stop_transfer(t, TRANSFER_COMPRESSED);
	} else if (header_is(line, len, "Content-Encoding", &at)) {
		header_value(value, sizeof(value), at, line + len);
		if (value[0] && strcasecmp(value, "identity") != 0)
			return stop_transfer(t, TRANSFER_COMPRESSED);
	}
	return len;
}

/* Status and content type, for on_data before the end and for everybody at the end. */
void transfer_read_head(struct transfer *t)
{
	struct http_answer *a = &t->r->answer;
	char *text = NULL;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &a->status);
	if (curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &text) == CURLE_OK && text)
		snprintf(a->content_type, sizeof(a->content_type), "%s", text);
	text = NULL;
	if (curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &text) == CURLE_OK && text)
		snprintf(a->location, sizeof(a->location), "%s", text);
}

bool transfer_ended_by_close(const struct transfer *t)
{
	long status = t->r->answer.status;
	curl_off_t length = -1;

	if (t->stream || t->chunked || status < 200 || status == 204 || status == 304 ||
	    str_eq(t->r->method, "HEAD"))
		return false;
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return t->lengths != 1 || length < 0;
}

/* Whether the body of this answer goes into a file. */
static bool has_sink(const struct http_request *r)
{
	return r->sink.file && r->answer.status / 100 == 2;
}

static bool write_sink(struct transfer *t, const char *data, size_t len)
{
	off_t at = (off_t)(t->body_bytes - len);

	while (len) {
		ssize_t n = pwrite(*t->r->sink.file, data, len, at);

		if (n < 0) {
			t->stop = TRANSFER_DISK;
			return false;
		}
		data += n;
		len -= (size_t)n;
		at += n;
	}
	return true;
}

/* Whether the caller takes this answer piece by piece. */
static bool is_streamed(const struct http_request *r)
{
	return r->sink.on_data && (!r->sink.on_start || r->answer.status == 200);
}

/* Into the answer's body, if the memory that all share has room. */
static size_t collect(struct transfer *t, const char *data, size_t len)
{
	struct http_budget *memory = &t->http->memory;

	if (!http_budget_admits(memory, len, t->first)) {
		t->paused = len;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (!buf_add(&t->r->answer.body, data, len))
		return stop_transfer(t, TRANSFER_TOO_LARGE);
	http_budget_take(memory, len);
	t->held += len;
	t->body_bytes += len;
	return len;
}

size_t transfer_on_body(char *data, size_t size, size_t count, void *payload)
{
	struct transfer *t = payload;
	struct http_request *r = t->r;
	size_t len = size * count;

	if (len > r->response_max - t->body_bytes)
		return stop_transfer(t, TRANSFER_TOO_LARGE);
	if (!t->body_bytes && len)
		transfer_read_head(t);
	if (has_sink(r)) {
		t->body_bytes += len;
		return write_sink(t, data, len) ? len : 0;
	}
	if (is_streamed(r)) {
		t->body_bytes += len;
		return r->sink.on_data(r->payload, data, len) ? stop_transfer(t, TRANSFER_ABORTED)
							      : len;
	}
	if ((r->sink.file || r->sink.on_start) && len > HTTP_REFUSAL_MAX - t->body_bytes)
		return stop_transfer(t, TRANSFER_TOO_LARGE);
	return collect(t, data, len);
}

void transfer_resume(struct transfer *t)
{
	if (!t->paused || !http_budget_admits(&t->http->memory, t->paused, t->first))
		return;
	t->paused = 0;
	curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

/* Until connected, libcurl's own limit counts. Ours is a second longer, so that libcurl's error is
 * the one that is reported. */
static bool is_connecting(struct transfer *t, int64_t now_ms)
{
	long sent = 0;

	if (!t->connected && curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK)
		t->connected = sent > 0 ||
			       now_ms - t->began_ms > (t->http->limits.connect_s + 1LL) * 1000;
	return !t->connected;
}

int transfer_on_progress(void *payload, int64_t down_total, int64_t down, int64_t up_total,
			 int64_t up)
{
	struct transfer *t = payload;
	int64_t now = clock_monotonic_ms();
	struct http_look look = {
		.now_ms = now,
		.taken = (uint64_t)up,
		.received = t->body_bytes,
		.answering = t->answering,
		.paused = t->paused || is_connecting(t, now),
		.in_flight = t->http->in_flight,
	};

	(void)down_total;
	(void)down;
	t->to_send = up_total;
	t->sent = up;
	switch (http_pace_look(&t->pace, &t->http->limits, &look)) {
	case HTTP_STALLED:
		t->stop = TRANSFER_STALLED;
		return 1;
	case HTTP_TOO_SLOW:
		t->stop = TRANSFER_SLOW;
		return 1;
	default:
		return 0;
	}
}
