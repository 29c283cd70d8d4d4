/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header line with the token. Our own header rather than libcurl's user and password options:
 * nothing but this line, which libcurl reads where it stands and we wipe, then holds the secret.
 *
 * The pages that it stands in are not dumped (secret/secret.h), and cost five system calls each. So
 * a pool keeps those that it had, wiped, until it ends: one for each request in flight, with the
 * question of the next one beside it, and one for the user and the password that a line is made of.
 */

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_transfer.h"
#include "secret/secret.h"

/* The longest line in pages that are kept; a longer one has pages of its own. */
#define LINE_MAX_KEPT 4095

struct authorization {
	struct curl_slist item;
	size_t len;
};

void http_pages_init(struct http *h)
{
	h->spare_max = 2 * (size_t)h->limits.parallel + 1;
	h->spare = xcalloc(h->spare_max, sizeof(*h->spare));
}

void http_pages_release(struct http *h)
{
	for (size_t i = 0; i < h->spare_count; i++)
		secret_pages_free(h->spare[i], LINE_MAX_KEPT);
	free(h->spare);
}

/* Room for len bytes and a NUL, zeroed. */
static char *pages_take(struct http *h, size_t len)
{
	if (len > LINE_MAX_KEPT)
		return secret_pages_new(len);
	return h->spare_count ? h->spare[--h->spare_count] : secret_pages_new(LINE_MAX_KEPT);
}

static void pages_give(struct http *h, char *pages, size_t len)
{
	if (len > LINE_MAX_KEPT || h->spare_count == h->spare_max) {
		secret_pages_free(pages, len > LINE_MAX_KEPT ? len : LINE_MAX_KEPT);
		return;
	}
	explicit_bzero(pages, LINE_MAX_KEPT + 1);
	h->spare[h->spare_count++] = pages;
}

static struct authorization *authorization_new(struct http *h, size_t len)
{
	struct authorization *a = xcalloc(1, sizeof(*a));

	a->len = len;
	a->item.data = pages_take(h, len);
	return a;
}

/* Writes the base64 of data at out, and a NUL. */
static void put_base64(char *out, const char *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)(unsigned char)data[i] << 16;

		v |= left > 1 ? (uint32_t)(unsigned char)data[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)(unsigned char)data[i + 2] : 0;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[v & 63] : '=';
	}
	*out = '\0';
}

#define BEARER "Authorization: Bearer "
#define BASIC  "Authorization: Basic "

static struct authorization *bearer_line(struct http *h, const char *token)
{
	struct authorization *a = authorization_new(h, strlen(BEARER) + strlen(token));

	stpcpy(stpcpy(a->item.data, BEARER), token);
	return a;
}

static struct authorization *basic_line(struct http *h, const char *user, const char *password)
{
	size_t len = strlen(user) + 1 + strlen(password);
	char *pair = pages_take(h, len);
	struct authorization *a = authorization_new(h, strlen(BASIC) + (len + 2) / 3 * 4);

	stpcpy(stpcpy(stpcpy(pair, user), ":"), password);
	put_base64(stpcpy(a->item.data, BASIC), pair, len);
	pages_give(h, pair, len);
	return a;
}

bool authorization_add(struct transfer *t)
{
	const struct http_credentials *c = &t->r->credentials;
	struct curl_slist *last = t->headers;

	if (c->bearer)
		t->authorization = bearer_line(t->http, c->bearer);
	else if (c->user || c->password)
		t->authorization = basic_line(t->http, c->user ? c->user : "",
					      c->password ? c->password : "");
	else
		return true;
	if (strpbrk(t->authorization->item.data, "\r\n"))
		return false;
	while (last->next)
		last = last->next;
	last->next = &t->authorization->item;
	return true;
}

void authorization_remove(struct transfer *t)
{
	struct authorization *a = t->authorization;

	if (!a)
		return;
	for (struct curl_slist *s = t->headers; s; s = s->next)
		if (s->next == &a->item)
			s->next = NULL;
	pages_give(t->http, a->item.data, a->len);
	free(a);
	t->authorization = NULL;
}
