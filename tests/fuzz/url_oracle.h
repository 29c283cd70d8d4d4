/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What must be true of every Git URL that is allowed, asked of others than the parser:
 * libcurl reads the same host, port and path out of the text that is handed to it; and a server that
 * reads paths as sloppily as any known one does not leave the folder that the entry names.
 * For tests/fuzz and tests/unit.
 */

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/policy.h"

/* ---- libcurl ---- */

static inline bool curl_part_is(CURLU *u, CURLUPart which, const char *expected)
{
	char *part = NULL;
	bool same;

	if (curl_url_get(u, which, &part, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return !expected;
	same = expected && strcmp(part, expected) == 0;
	curl_free(part);
	return same;
}

/* Whether libcurl takes the request's URL apart as the policy did. */
static inline bool curl_agrees(const struct git_url *url, unsigned flags)
{
	static const char query[] = "service=git-upload-pack";
	bool remote = url->kind != GIT_URL_FILE, ok;
	char *text = xasprintf("%s%s%s", url->canonical, remote ? "/info/refs?" : "",
			       remote ? query : "");
	char *path = xasprintf("%s%s", url->path, remote ? "/info/refs" : "");
	char *port = xasprintf("%u", url->port);
	CURLU *u = curl_url();

	ok = u && curl_url_set(u, CURLUPART_URL, text, flags) == CURLUE_OK &&
	     curl_part_is(u, CURLUPART_PATH, path) && curl_part_is(u, CURLUPART_USER, NULL) &&
	     curl_part_is(u, CURLUPART_PASSWORD, NULL) &&
	     curl_part_is(u, CURLUPART_FRAGMENT, NULL) &&
	     curl_part_is(u, CURLUPART_QUERY, remote ? query : NULL) &&
	     curl_part_is(u, CURLUPART_SCHEME,
			  url->kind == GIT_URL_HTTPS ? "https"
			  : remote                   ? "http"
						     : "file");
	if (remote)
		ok = ok && curl_part_is(u, CURLUPART_HOST, url->host) &&
		     curl_part_is(u, CURLUPART_PORT, port);
	curl_url_cleanup(u);
	free(text);
	free(path);
	free(port);
	return ok;
}

/* ---- a server that reads paths as sloppily as it can ---- */

enum {
	SLOPPY_DECODE = 1,       /* %XX, as all do */
	SLOPPY_DECODE_AGAIN = 2, /* what a proxy in front has already decoded */
	SLOPPY_BACKSLASH = 4,    /* '\' is '/': IIS, Node's URL */
	SLOPPY_PARAMETERS = 8,   /* a segment ends at ';' or ',': Tomcat, RFC 2396 */
	SLOPPY_STREAMS = 16,     /* ... or at ':' or '$': NTFS */
	SLOPPY_PLUS = 32,        /* '+' is a blank */
	SLOPPY_TRIM = 64,        /* blanks and dots at the end go: Windows */
	SLOPPY_ASCII = 128,      /* what is not ASCII goes from a segment */
	SLOPPY_DOT_GIT = 256,    /* ".git" at the end of a segment goes, with its short name */
	SLOPPY_SESSION = 512,    /* "(S(...))" goes: ASP.NET */
	SLOPPY_QUERY = 1024,     /* '?' and '#' end a decoded path */
	SLOPPY_ALL = 2048
};

static inline size_t sloppy_decode(char *s)
{
	char *w = s;

	for (const char *r = s; *r; r++) {
		char hex[3] = { r[1], r[1] ? r[2] : '\0', '\0' };
		char *end;
		long value = strtol(hex, &end, 16);

		if (*r == '%' && end == hex + 2 && value > 0) {
			*w++ = (char)value;
			r += 2;
		} else if (*r == '%' && end == hex + 2) {
			break;
		} else {
			*w++ = *r;
		}
	}
	*w = '\0';
	return (size_t)(w - s);
}

static inline void sloppy_drop_session(char *s)
{
	for (char *at = s; *at; at++) {
		char *end = strstr(at, "))");

		if (at[0] == '(' && isalpha((unsigned char)at[1]) && at[2] == '(' && end)
			memmove(at, end + 2, strlen(end + 2) + 1);
	}
}

static inline void sloppy_characters(char *s, unsigned mode)
{
	char *w = s;

	for (const char *r = s; *r; r++) {
		char c = *r;

		if ((mode & SLOPPY_QUERY) && (c == '?' || c == '#'))
			break;
		if ((mode & SLOPPY_BACKSLASH) && c == '\\')
			c = '/';
		if ((mode & SLOPPY_PLUS) && c == '+')
			c = ' ';
		*w++ = c;
	}
	*w = '\0';
}

static inline void sloppy_trim(char *segment)
{
	size_t n = strlen(segment);

	while (n > 0 && segment[n - 1] == ' ')
		segment[--n] = '\0';
	while (n > 0 && segment[n - 1] == '.' && strcmp(segment, ".") && strcmp(segment, "..")) {
		segment[--n] = '\0';
		while (n > 0 && segment[n - 1] == ' ')
			segment[--n] = '\0';
	}
	if (*segment == ' ')
		memmove(segment, segment + strspn(segment, " "),
			strlen(segment) + 1 - strspn(segment, " "));
}

/* A name that is wholly in another script becomes some other name. */
static inline void sloppy_to_ascii(char *segment)
{
	char *w = segment;

	for (const char *r = segment; *r; r++)
		if ((unsigned char)*r < 0x80)
			*w++ = *r;
	if (*w) {
		*w = '\0';
		w = segment + strspn(segment, " +");
		if (*w == '\0' || strcasecmp(w, ".git") == 0)
			memcpy(segment, "x", 2);
	}
}

static inline void sloppy_segment(char *segment, unsigned mode)
{
	size_t n;

	if (mode & SLOPPY_ASCII)
		sloppy_to_ascii(segment);
	if (mode & SLOPPY_PARAMETERS)
		segment[strcspn(segment, ";,")] = '\0';
	if (mode & SLOPPY_STREAMS)
		segment[strcspn(segment, ":$")] = '\0';
	if (mode & SLOPPY_TRIM)
		sloppy_trim(segment);
	if ((mode & SLOPPY_DOT_GIT) && strncasecmp(segment, "git~1", 5) == 0)
		*segment = '\0';
	for (n = strlen(segment); (mode & SLOPPY_DOT_GIT) && n >= 4; n = strlen(segment)) {
		if (strcasecmp(segment + n - 4, ".git") != 0)
			break;
		segment[n - 4] = '\0';
	}
	if (mode & SLOPPY_TRIM)
		sloppy_trim(segment);
}

/* The path that such a server looks up: "/a/b", without empty and dot segments. Owned. */
static inline char *sloppy_read(const char *path, unsigned mode)
{
	char *s = xstrdup(path), *out = xcalloc(strlen(path) + 2, 1), *rest = s, *segment;

	if (mode & SLOPPY_DECODE)
		sloppy_decode(s);
	if (mode & SLOPPY_DECODE_AGAIN)
		sloppy_decode(s);
	sloppy_characters(s, mode);
	if (mode & SLOPPY_SESSION)
		sloppy_drop_session(s);
	while ((segment = strsep(&rest, "/"))) {
		sloppy_segment(segment, mode);
		if (strcmp(segment, "..") == 0 && *out)
			*strrchr(out, '/') = '\0';
		else if (*segment && strcmp(segment, ".") && strcmp(segment, ".."))
			strcat(strcat(out, "/"), segment);
	}
	free(s);
	return out;
}

/* ".git" and what is in it belong to the folder itself. */
static inline bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	if (strlen(path) <= n || strncasecmp(path, folder, n) != 0)
		return false;
	return strcasecmp(path + n, ".git") != 0 && strncasecmp(path + n, ".git/", 5) != 0;
}

/* The modes that can matter for a path: those for which it has something to read, as it stands, once
 * decoded or twice. */
static inline unsigned sloppy_relevant(const char *path)
{
	unsigned modes = SLOPPY_TRIM | SLOPPY_DOT_GIT;
	char *s = xstrdup(path);

	for (int i = 0; i < 3; i++) {
		modes |= strchr(s, '%') ? (i ? SLOPPY_DECODE_AGAIN : SLOPPY_DECODE) : 0;
		modes |= strchr(s, '\\') ? SLOPPY_BACKSLASH : 0;
		modes |= strpbrk(s, ";,") ? SLOPPY_PARAMETERS : 0;
		modes |= strpbrk(s, ":$") ? SLOPPY_STREAMS : 0;
		modes |= strchr(s, '+') ? SLOPPY_PLUS : 0;
		modes |= strchr(s, '(') ? SLOPPY_SESSION : 0;
		modes |= strpbrk(s, "?#") ? SLOPPY_QUERY : 0;
		for (const char *c = s; *c; c++)
			modes |= (unsigned char)*c >= 0x80 ? SLOPPY_ASCII : 0;
		sloppy_decode(s);
	}
	free(s);
	return modes;
}

/* Whether such a server stays below folder ("/scm/team/") in every mode; if not, *mode is one. */
static inline bool sloppy_stays_below(const char *path, const char *folder, unsigned *mode)
{
	unsigned relevant = sloppy_relevant(path);

	for (*mode = 0; *mode < SLOPPY_ALL; ++*mode) {
		char *read;
		bool below;

		if (*mode & ~relevant)
			continue;
		read = sloppy_read(path, *mode);
		below = is_below(read, folder);
		free(read);
		if (!below)
			return false;
	}
	return true;
}
