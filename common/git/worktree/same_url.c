/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether two URLs of Git mean one repository. People clone by ssh what nbsync reaches by https, so
 * scheme, user and port do not matter; host and path do. It asks nobody, and decides about no
 * access: whoever is let in by it is only compared with, see worktree_relate().
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "git/worktree/worktree.h"

#define AZURE     "dev.azure.com"
#define AZURE_SSH "ssh.dev.azure.com"

struct address {
	char *host; /* "" for a path on this machine */
	char *path; /* without '/' at its ends and without ".git" */
};

static void address_release(struct address *a)
{
	free(a->host);
	free(a->path);
}

/* "%20" is a blank. */
static void decode(char *text)
{
	char *w = text;

	for (const char *p = text; *p; p++) {
		int high = *p == '%' ? hex_digit(p[1]) : -1;
		int low = high >= 0 ? hex_digit(p[2]) : -1;

		*w++ = low > 0 || high > 0 ? (char)(high * 16 + low) : *p;
		p += low > 0 || high > 0 ? 2 : 0;
	}
	*w = '\0';
}

static char *trimmed(const char *path)
{
	size_t len;

	while (*path == '/')
		path++;
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	if (len > 4 && strncmp(path + len - 4, ".git", 4) == 0)
		len -= 4;
	while (len && path[len - 1] == '/')
		len--;
	return xstrndup(path, len);
}

/* Azure DevOps has another path for ssh: v3/ORG/PROJECT/NAME is ORG/PROJECT/_git/NAME. */
static void translate_azure(struct address *a)
{
	char *name = strrchr(a->path, '/');
	char *path;

	if (strcasecmp(a->host, AZURE_SSH) || !str_starts(a->path, "v3/") || name < a->path + 3)
		return;
	*name++ = '\0';
	path = xasprintf("%s/_git/%s", a->path + 3, name);
	free(a->path);
	free(a->host);
	*a = (struct address){ xstrdup(AZURE), path };
}

/* authority is "user@host:port". */
static char *host_of(const char *authority, size_t len)
{
	const char *at = memchr(authority, '@', len);
	const char *host = at ? at + 1 : authority;
	size_t rest = len - (size_t)(host - authority);
	const char *port = memchr(host, ':', rest);

	return xstrndup(host, port ? (size_t)(port - host) : rest);
}

static void parse(struct address *a, const char *url)
{
	cleanup_free char *text = xstrdup(url);
	const char *rest = strstr(text, "://");
	size_t until;

	if (rest) {
		decode(text);
		rest = strstr(text, "://");
		rest = rest ? rest + 3 : text;
		until = strcspn(rest, "/");
		*a = (struct address){ host_of(rest, until), trimmed(rest + until) };
	} else {
		until = strcspn(text, ":/");
		if (text[until] == ':') /* user@host:path */
			*a = (struct address){ host_of(text, until), trimmed(text + until + 1) };
		else
			*a = (struct address){ xstrdup(""), trimmed(text) };
	}
	translate_azure(a);
}

bool worktree_same_url(const char *a, const char *b)
{
	struct address x, y;
	bool same;

	parse(&x, a);
	parse(&y, b);
	same = strcasecmp(x.host, y.host) == 0 &&
	       (*x.host ? strcasecmp(x.path, y.path) : strcmp(x.path, y.path)) == 0;
	address_release(&x);
	address_release(&y);
	return same;
}
