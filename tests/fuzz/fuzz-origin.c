/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A URL of any bytes, as a configuration or a server may name it: no origin, or one that is its own
 * origin and names the host to which libcurl would connect. What we speak to is encrypted or this
 * machine, and names no password.
 */

#include <curl/curl.h>

#include "fuzz.h"

#include "http/http_transfer.h"

#define HOST     "abcdefghijklmnopqrstuvwxyz0123456789.-_[:]"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* One part as libcurl has it; NULL when it cannot read the URL, or there is none. curl_free() it. */
static char *part_of(const char *url, CURLUPart which)
{
	CURLU *u = curl_url();
	char *part = NULL;

	MUST(u);
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(u, which, &part, CURLU_DEFAULT_PORT) != CURLUE_OK)
		part = NULL;
	curl_url_cleanup(u);
	return part;
}

static void must_share(const char *a, const char *b, CURLUPart which)
{
	char *x = part_of(a, which), *y = part_of(b, which);

	MUST(x && y && strcasecmp(x, y) == 0);
	curl_free(x);
	curl_free(y);
}

static void check_origin(const char *url, const char *origin)
{
	cleanup_free char *again = http_origin(origin);
	const char *host = strstr(origin, "://") + strlen("://");

	MUST(again && str_eq(again, origin));
	MUST(str_starts(origin, "https://") || str_starts(origin, "http://"));
	MUST(*host && !host[strspn(host, HOST)]);
	MUST(!str_ends(origin, str_starts(origin, "https") ? ":443" : ":80"));
	must_share(url, origin, CURLUPART_SCHEME);
	must_share(url, origin, CURLUPART_HOST);
	must_share(url, origin, CURLUPART_PORT);
}

/* Only what libcurl cannot read, another protocol, or an odd host has none. */
static void check_none(const char *url)
{
	char *scheme = part_of(url, CURLUPART_SCHEME), *host = part_of(url, CURLUPART_HOST);

	MUST(!scheme || !host || !*host || strchr(url, '%') || host[strspn(host, HOST CAPITALS)] ||
	     (strcasecmp(scheme, "https") != 0 && strcasecmp(scheme, "http") != 0));
	curl_free(scheme);
	curl_free(host);
}

static bool is_this_machine(const char *origin)
{
	static const char *const names[] = { "http://localhost", "http://127.0.0.1",
					     "http://[::1]" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(origin, names[i], n) == 0 && (!origin[n] || origin[n] == ':'))
			return true;
	}
	return false;
}

static void check_allowed(const char *url, const char *origin)
{
	char *user = part_of(url, CURLUPART_USER), *password = part_of(url, CURLUPART_PASSWORD);

	MUST(origin && (str_starts(origin, "https://") || is_this_machine(origin)));
	MUST((!user || !*user) && (!password || !*password));
	curl_free(user);
	curl_free(password);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_free char *url = xstrndup((const char *)data, len), *origin = http_origin(url);
	struct err e = ERR_INIT;

	if (origin)
		check_origin(url, origin);
	else
		check_none(url);
	if (http_check_url(url, &e) == ERR_OK)
		check_allowed(url, origin);
	else
		MUST(e.code == ERR_CONFIG && fuzz_is_sentence(e.text));
	return 0;
}
