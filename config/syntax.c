/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for single values, pure. What depends on other values, or on files, is in check.c.
 */

#include "config/syntax.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/buf.h"
#include "config/keys.h"
#include "path/path.h"
#include "policy/policy.h"

#define NAME_MAX_BYTES 64
#define TEXT_MAX_BYTES 200

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool syntax_is_name(const char *text, size_t len)
{
	if (len == 0 || len > NAME_MAX_BYTES || *text == '.' || *text == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(text[i]) && text[i] != '.' && text[i] != '_' && text[i] != '-')
			return false;
	return true;
}

bool syntax_is_writable(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > CONFIG_VALUE_MAX || text[0] == ' ' || text[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7F)
			return false;
		if ((c == ';' || c == '#') && (i == 0 || text[i - 1] == ' '))
			return false;
	}
	return true;
}

static void replace(char **text, char *by)
{
	free(*text);
	*text = by;
}

/* The rules for hosts and ports are those for Git URLs, so the origin is parsed as one. */
int syntax_origin(char **text, struct err *e)
{
	const char *scheme = strstr(*text, "://") ? "" : "https://"; /* as Databricks' tools do */
	const char *slash = str_ends(*text, "/") ? "" : "/";
	cleanup_free char *probe = xasprintf("%s%s%sx", scheme, *text, slash);
	cleanup_free char *shown = git_url_mask(*text, strlen(*text));
	struct git_url url = { 0 };
	enum git_url_problem problem = git_url_parse(&url, probe, strlen(probe));
	int r = 0;

	if (problem || url.kind == GIT_URL_FILE || url.had_user || !str_eq(url.path, "/x"))
		r = err_set(e, ERR_CONFIG,
			    "must be 'https://NAME' without user, path or query, not '%s'", shown);
	else
		replace(text, xstrndup(url.canonical, strlen(url.canonical) - strlen("/x")));
	git_url_release(&url);
	return r;
}

int syntax_git_url(char **text, struct err *e)
{
	cleanup_free char *shown = git_url_mask(*text, strlen(*text)), *why = NULL;
	struct git_url url = { 0 };
	enum git_url_problem problem = git_url_parse(&url, *text, strlen(*text));

	git_url_release(&url);
	if (!problem)
		return 0;
	why = git_url_explain(*text, strlen(*text));
	return err_set(e, ERR_CONFIG, "'%s' %s", shown, why);
}

int syntax_git_path(char **text, struct err *e)
{
	const char *start = *text;
	size_t len;
	int r;

	while (*start == '/')
		start++;
	len = strlen(start);
	while (len > 0 && start[len - 1] == '/')
		len--;
	replace(text, xstrndup(start, len));
	if (len == 0)
		return 0;
	r = path_check(*text, e);
	return r ? err_set(e, ERR_CONFIG, "'%s' cannot be a folder of the repository", *text) : 0;
}

/* One component of a ref's name. */
static bool is_ref_component(const char *at, size_t len)
{
	return len > 0 && at[0] != '.' && !(len >= 5 && memcmp(at + len - 5, ".lock", 5) == 0);
}

int syntax_branch(char **text, struct err *e)
{
	const char *name = *text;
	bool good = *name != '-' && strlen(name) <= TEXT_MAX_BYTES &&
		    !strpbrk(name, " \t~^:?*[\\") && !strstr(name, "..") && !strstr(name, "@{") &&
		    !str_eq(name, "@") && !str_ends(name, ".") && !str_starts(name, "refs/");

	while (good) {
		size_t n = strcspn(name, "/");

		good = is_ref_component(name, n);
		if (name[n] == '\0')
			break;
		name += n + 1;
	}
	return good ? 0 : err_set(e, ERR_CONFIG, "'%.200s' is not the name of a branch", *text);
}

static int check_text(const char *text, const char *forbidden, const char *what, struct err *e)
{
	if (strlen(text) <= TEXT_MAX_BYTES && !strpbrk(text, forbidden))
		return 0;
	return err_set(e, ERR_CONFIG, "'%.200s' is not %s", text, what);
}

int syntax_user(char **text, struct err *e)
{
	if (strlen(*text) <= TEXT_MAX_BYTES && !strpbrk(*text, ": "))
		return 0;
	/* Not repeated: what stands behind a ':' is a password. */
	return err_set(e, ERR_CONFIG,
		       "must be a user name without ':' and blanks; a token belongs into a file");
}

int syntax_person(char **text, struct err *e)
{
	return check_text(*text, "<>", "the name of an author", e);
}

int syntax_email(char **text, struct err *e)
{
	const char *at = strchr(*text, '@');
	const char *forbidden = at && at != *text && at[1] ? "<> \t" : *text;

	return check_text(*text, forbidden, "an e-mail address", e);
}

int syntax_socket(char **text, struct err *e)
{
	size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (strlen(*text) <= max)
		return 0;
	return err_set(e, ERR_CONFIG, "'%.200s' is longer than the %zu bytes a socket may have",
		       *text, max);
}

int syntax_patterns(char **text, struct err *e)
{
	if ((*text)[strspn(*text, ", \t")] != '\0')
		return 0;
	return err_set(e, ERR_CONFIG, "has no pattern; '**' stands for everything");
}

char *syntax_normal_path(const char *path)
{
	struct buf out = BUF_INIT(PATH_MAX);

	for (const char *at = path; *at;) {
		size_t n = strcspn(at, "/");

		if (n == 2 && memcmp(at, "..", 2) == 0) {
			buf_release(&out);
			return NULL;
		}
		if (n > 0 && !(n == 1 && *at == '.')) {
			buf_add_char(&out, '/');
			buf_add(&out, at, n);
		}
		at += n + (at[n] == '/');
	}
	if (out.full || out.len >= PATH_MAX) {
		buf_release(&out);
		return NULL;
	}
	if (out.len == 0)
		buf_add_char(&out, '/');
	return buf_steal(&out, NULL);
}
