/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection pool and what is decided about URLs: which ones we speak to, their origin, and how
 * text is put into them. URLs are taken apart by libcurl's own parser, the one that later connects,
 * so that check and connection can never disagree about the host.
 *
 * Deliberately absent: redirects, cookies, netrc, proxies from the environment, compression (a
 * small compressed body can grow without limit, and our bodies are small).
 */

#include "http/http.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_transfer.h"

#define CONNECT_S  15
#define STALL_S    60
#define GRACE_S    60
#define RATE_MIN   4096 /* what a 33.6 kbit/s modem carries, for all transfers together */
#define PARALLEL   8
#define HEADER_MAX (64 * 1024)

static struct http_limits limits_or_default(const struct http_limits *wanted)
{
	struct http_limits l = wanted ? *wanted : (struct http_limits){ 0 };

	if (!l.connect_s)
		l.connect_s = CONNECT_S;
	if (!l.stall_s)
		l.stall_s = STALL_S;
	if (!l.grace_s)
		l.grace_s = GRACE_S;
	if (!l.rate_min)
		l.rate_min = RATE_MIN;
	if (!l.parallel)
		l.parallel = PARALLEL;
	if (!l.header_max)
		l.header_max = HEADER_MAX;
	if (!l.ahead_ms)
		l.ahead_ms = HTTP_AHEAD_MS;
	if (!l.memory)
		l.memory = HTTP_MEMORY;
	return l;
}

/* Once per process; a peer that resets its connection must not kill us by SIGPIPE, and libcurl
 * leaves that to its user when told not to use signals. */
static bool global_init(void)
{
	static bool done;
	struct sigaction old;

	if (done)
		return true;
	if (!http_memory_init())
		return false;
	if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
	done = true;
	return true;
}

int http_new(struct http **out, const char *user_agent, const char *ca_file,
	     const struct http_limits *limits, const volatile int *cancel, struct err *e)
{
	struct http *h;
	CURLM *multi;

	*out = NULL;
	if (!global_init())
		return err_set(e, ERR_BUG, "cannot initialise libcurl");
	multi = curl_multi_init();
	if (!multi)
		return err_set(e, ERR_BUG, "cannot initialise libcurl");
	h = xcalloc(1, sizeof(*h));
	h->multi = multi;
	h->user_agent = xstrdup(user_agent);
	h->ca_file = xstrdup(ca_file);
	h->limits = limits_or_default(limits);
	h->cancel = cancel;
	http_pages_init(h);
	/* Without a number, the pool shrinks to what the last small call used. Three times the
	 * parallel requests: each may have a question of the next one beside it, and a workspace
	 * and a Git server may share one pool. */
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)h->limits.parallel * 3);
	*out = h;
	return ERR_OK;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	http_pages_release(h);
	free(h->user_agent);
	free(h->ca_file);
	free(h);
}

void http_on_tick(struct http *h, void (*tick)(void *payload), void *payload)
{
	h->tick = tick;
	h->tick_payload = payload;
}

void http_request_release(struct http_request *r)
{
	buf_release(&r->answer.body);
}

char *http_escape(const char *text, bool keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = xmalloc(strlen(text) * 3 + 1);
	char *w = out;

	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c) || (keep_slash && c == '/')) {
			*w++ = (char)c;
			continue;
		}
		*w++ = '%';
		*w++ = hex[c >> 4];
		*w++ = hex[c & 15];
	}
	*w = '\0';
	return out;
}

/* One component of a parsed URL, "" when it has none. Owned by the caller. */
static char *url_part(CURLU *u, CURLUPart which, unsigned flags)
{
	char *part = NULL, *copy;

	if (curl_url_get(u, which, &part, flags) != CURLUE_OK)
		return xstrdup("");
	copy = xstrdup(part);
	curl_free(part);
	return copy;
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
}

/* The parsed URL, NULL when libcurl cannot read it. curl_url_cleanup() it. */
static CURLU *url_parse(const char *url)
{
	CURLU *u = curl_url();

	if (!u)
		memory_exhausted(0);
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK)
		return u;
	curl_url_cleanup(u);
	return NULL;
}

/* Whether the host in the text of a URL is written with percent signs: libcurl decodes them, but
 * after it has looked for numbers in it, so "%38" would be another host when it is read again. An
 * IPv6 zone has one by rights. */
static bool has_escaped_host(const char *url)
{
	const char *colon = strchr(url, ':');
	const char *at = colon ? colon + 1 + strspn(colon + 1, "/") : url;
	size_t len = strcspn(at, "/?#");
	const char *user = memrchr(at, '@', len);
	const char *host = user ? user + 1 : at;

	return *host != '[' && memchr(host, '%', (size_t)(at + len - host));
}

/* libcurl also takes names of other scripts, which we do not know how to show or compare. */
static bool is_plain_host(const char *host)
{
	return host[0] &&
	       !host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_" /* IPv6: */ "[:]")];
}

char *http_origin(const char *url)
{
	cleanup_free char *scheme = NULL, *host = NULL, *port = NULL;
	CURLU *u = has_escaped_host(url) ? NULL : url_parse(url);

	if (!u)
		return NULL;
	scheme = url_part(u, CURLUPART_SCHEME, 0);
	host = url_part(u, CURLUPART_HOST, 0);
	port = url_part(u, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
	curl_url_cleanup(u);
	lower(scheme);
	lower(host);
	if (!is_plain_host(host) || (!str_eq(scheme, "https") && !str_eq(scheme, "http")))
		return NULL;
	return xasprintf("%s://%s%s%s", scheme, host, port[0] ? ":" : "", port);
}

static bool is_loopback(const char *host)
{
	return str_eq(host, "localhost") || str_eq(host, "127.0.0.1") || str_eq(host, "[::1]");
}

int http_check_url(const char *url, struct err *e)
{
	cleanup_free char *user = NULL, *password = NULL, *host = NULL, *origin = NULL;
	CURLU *u = url_parse(url);

	/* The text itself is not shown: what cannot be parsed may hold a password anywhere. Of an origin
	 * as much as a host's name may have. */
	if (!u)
		return err_set(e, ERR_CONFIG, "a URL cannot be parsed: it must be https://HOST/…");
	user = url_part(u, CURLUPART_USER, 0);
	password = url_part(u, CURLUPART_PASSWORD, 0);
	host = url_part(u, CURLUPART_HOST, 0);
	curl_url_cleanup(u);
	lower(host);
	origin = http_origin(url);
	if (!origin)
		return err_set(e, ERR_CONFIG, "a URL is not one of https://");
	if (user[0] || password[0])
		return err_set(e, ERR_CONFIG,
			       "the URL of '%.300s' must not name a user or password", origin);
	if (str_starts(origin, "http://") && !is_loopback(host))
		return err_set(
			e, ERR_CONFIG,
			"'%.300s' is not encrypted: use https:// (http:// is for this machine's "
			"own loopback address only)",
			origin);
	return ERR_OK;
}
