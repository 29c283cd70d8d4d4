/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header lines of an answer, as libcurl hands them on one by one. What is noted is what a slow
 * reading of the lines since the last status line says; a wait is one that a program can keep; and
 * headers are refused when they are too many, or say that the body is packed.
 */

#include "fuzz.h"

#include <ctype.h>

#include "http/http_transfer.h"

#define HEADER_MAX 2000
#define LENGTH_MAX 31

/* What the lines say. */
struct said {
	int64_t wait; /* of a Retry-After in seconds; -1: none; -2: a date, or what is neither */
	bool part, chunked;
	char *length; /* owned; NULL: none, "": several that differ */
	enum transfer_stop stop;
};

/* The value behind the name, without blanks around it; NULL when it is another header. Owned. */
static char *value_of(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name), end = len;

	if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
		return NULL;
	for (n++; n < end && (line[n] == ' ' || line[n] == '\t');)
		n++;
	while (end > n && strchr(" \t\r\n", line[end - 1]))
		end--;
	return xstrndup(line + n, end - n);
}

static void hear_wait(struct said *s, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	s->wait = -2;
	if (digits && !value[digits])
		s->wait = digits > 9 ? 999999999 : strtoll(value, NULL, 10);
}

/* No length has more digits than are compared. */
static void hear_length(struct said *s, const char *text)
{
	cleanup_free char *value = xstrndup(text, LENGTH_MAX);
	bool first = !s->length, differs = !first && !str_eq(s->length, value);

	if (!first && !differs)
		return;
	free(s->length);
	s->length = xstrdup(first ? value : "");
}

static void hear(struct said *s, const char *line, size_t len)
{
	cleanup_free char *wait = value_of(line, len, "retry-after"),
			  *range = value_of(line, len, "content-range"),
			  *length = value_of(line, len, "content-length"),
			  *transfer = value_of(line, len, "transfer-encoding"),
			  *content = value_of(line, len, "content-encoding");

	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
		free(s->length);
		*s = (struct said){ .wait = -1 };
	}
	if (wait)
		hear_wait(s, wait);
	if (length)
		hear_length(s, length);
	s->part |= range != NULL;
	if (transfer)
		s->chunked = strcasecmp(transfer, "chunked") == 0;
	if ((transfer && !s->chunked) ||
	    (content && *content && strcasecmp(content, "identity") != 0))
		s->stop = TRANSFER_COMPRESSED;
}

static void check(const struct said *s, const struct transfer *t)
{
	MUST(t->r->answer.retry_after_s >= -1);
	MUST(s->wait == -2 || t->r->answer.retry_after_s == s->wait);
	MUST(t->r->answer.part == s->part && t->stop == s->stop);
	MUST(s->stop || t->chunked == s->chunked);
	MUST((t->lengths == 0) == !s->length);
	MUST(t->lengths != 1 || str_eq(t->length, s->length));
	MUST(!s->length || *s->length || t->lengths == 2 || !*t->length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct http http = { .limits = { .header_max = HEADER_MAX } };
	struct http_request r = { .answer.retry_after_s = -1, .answer.body = BUF_INIT(1) };
	struct transfer t = { .http = &http, .r = &r };
	struct said said = { .wait = -1 };
	size_t total = 0;

	/* libcurl refuses a NUL in a header. */
	for (size_t n; len && !memchr(data, '\0', len) && !t.stop; data += n, len -= n) {
		const uint8_t *end = memchr(data, '\n', len);
		cleanup_free char *line = NULL;
		size_t taken;

		n = end ? (size_t)(end - data) + 1 : len;
		if (n > 128) /* lengths and waits are cut */
			break;
		line = xmemdup((const char *)data, n);
		taken = transfer_on_header(line, 1, n, &t);
		total += n;
		if (total > HEADER_MAX) {
			MUST(!taken && t.stop == TRANSFER_HEADERS_TOO_LARGE);
			break;
		}
		hear(&said, (const char *)data, n);
		MUST((taken == n) == !t.stop);
		check(&said, &t);
	}
	free(said.length);
	http_request_release(&r);
	return 0;
}
