/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ~/.databrickscfg, as far as a personal access token needs it. The whole file must be readable: a
 * line that we misunderstand could belong to the profile in question. No sentence quotes a line, as
 * any line may hold a token.
 */

#include "workspace/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/ini.h"
#include "http/http.h"
#include "path/path.h"

#define DEFAULT_FILE "~/.databrickscfg"
#define DEFAULT_NAME "DEFAULT"
/* A section that is no profile but says which one is used when none is named. */
#define SETTINGS     "__settings__"
#define SETTINGS_KEY "default_profile"

struct reading {
	struct profile *out; /* NULL while only the settings are looked for */
	const char *name;
	char *chosen;    /* owned: default_profile of the settings */
	char *host_text; /* owned: as written */
	bool any_key;    /* the profile has one */
	unsigned bad_line;
	char bad[160]; /* why that line cannot be read */
};

/* Go's reader, which most of Databricks' tools share, takes off one pair of quotes. */
static char *unquoted(const char *value)
{
	size_t n = strlen(value);

	if (n >= 2 && strchr("\"'`", value[0]) && value[n - 1] == value[0])
		return xstrndup(value + 1, n - 2);
	return xstrdup(value);
}

static void replace(char **at, char *value)
{
	free(*at);
	*at = value;
}

static void set_token(struct reading *r, const char *value)
{
	char *text = unquoted(value);

	secret_release(&r->out->token);
	if (text[0])
		secret_set(&r->out->token, text, strlen(text));
	explicit_bzero(text, strlen(text));
	free(text);
}

static void on_entry(void *payload, const char *section, const char *key, const char *value,
		     unsigned line)
{
	struct reading *r = payload;

	(void)line;
	if (str_eq(section, SETTINGS) && str_eq(key, SETTINGS_KEY))
		replace(&r->chosen, unquoted(value));
	if (!r->out || !str_eq(section, r->name))
		return;
	r->any_key = true;
	if (str_eq(key, "host"))
		replace(&r->host_text, unquoted(value));
	else if (str_eq(key, "token"))
		set_token(r, value);
	else if (str_eq(key, "auth_type"))
		replace(&r->out->auth_type, unquoted(value));
}

static void on_problem(void *payload, unsigned line, const char *sentence)
{
	struct reading *r = payload;

	if (r->bad_line)
		return;
	r->bad_line = line;
	snprintf(r->bad, sizeof(r->bad), "%s", sentence);
}

/* Where the file is; what is meant by its name. */
static int find_file(char **out, const char *file, struct err *e)
{
	if (!file || !file[0])
		file = getenv("DATABRICKS_CONFIG_FILE");
	if (!file || !file[0])
		file = DEFAULT_FILE;
	return path_expand(out, file, e);
}

/* Reads the text with r as it is set up. */
static int read_text(struct reading *r, const char *text, size_t len, const char *file,
		     struct err *e)
{
	const struct ini_sink sink = {
		.entry = on_entry,
		.problem = on_problem,
		.payload = r,
	};

	if (ini_read(text, len, &sink))
		return ERR_OK;
	return err_set(e, ERR_CONFIG, "%s:%u: %s", file, r->bad_line, r->bad);
}

/* The profile's name: what the caller or the file's own settings say. */
static int find_name(char **out, const char *text, size_t len, const char *file, const char *name,
		     struct err *e)
{
	struct reading r = { 0 };
	int code;

	if (name && name[0]) {
		*out = xstrdup(name);
		return ERR_OK;
	}
	code = read_text(&r, text, len, file, e);
	if (r.chosen && r.chosen[0])
		*out = steal(&r.chosen);
	else
		*out = xstrdup(DEFAULT_NAME);
	free(r.chosen);
	return code;
}

static int set_host(struct profile *out, const char *text, const char *file, const char *name,
		    struct err *e)
{
	cleanup_free char *url = NULL;

	if (!text || !text[0])
		return err_set(e, ERR_CONFIG, "profile '%s' in '%s' has no host", name, file);
	url = strstr(text, "://") ? xstrdup(text) : xasprintf("https://%s", text);
	out->host = http_origin(url);
	if (out->host)
		return ERR_OK;
	return err_set(e, ERR_CONFIG, "the host of profile '%s' in '%s' is not https://HOST", name,
		       file);
}

/* A file that holds a token is nobody else's to read. */
static int check_mode(const struct profile *p, const char *file, struct err *e)
{
	struct stat st;

	if (!p->token.text)
		return ERR_OK;
	if (stat(file, &st))
		return err_set(e, ERR_CONFIG, "cannot examine '%s': %s", file, strerror(errno));
	if (!(st.st_mode & (S_IRWXG | S_IRWXO)))
		return ERR_OK;
	return err_set(e, ERR_CONFIG, "'%s' holds a token and others can read it; chmod 600 '%s'",
		       file, file);
}

int profile_parse(struct profile *out, const char *text, size_t len, const char *file,
		  const char *name, struct err *e)
{
	cleanup_free char *found = NULL;
	struct reading r = { .out = out };
	int code;

	*out = (struct profile){ 0 };
	code = find_name(&found, text, len, file, name, e);
	r.name = found;
	if (!code)
		code = read_text(&r, text, len, file, e);
	if (!code && !r.any_key)
		code = err_set(e, ERR_CONFIG, "%s has no %s profile configured", file, found);
	if (!code)
		code = set_host(out, r.host_text, file, found, e);
	if (code)
		profile_release(out);
	free(r.chosen);
	free(r.host_text);
	return code;
}

int profile_load(struct profile *out, const char *file, const char *name, struct err *e)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	cleanup_free char *path = NULL;
	int code;

	*out = (struct profile){ 0 };
	code = find_file(&path, file, e);
	if (!code)
		code = ini_load(&text, path, e);
	if (code == ERR_ABSENT)
		code = err_set(e, ERR_CONFIG, "'%s' does not exist: nbsync needs it for a profile",
			       path);
	if (!name || !name[0])
		name = getenv("DATABRICKS_CONFIG_PROFILE");
	if (!code)
		code = profile_parse(out, buf_str(&text), text.len, path, name, e);
	if (!code)
		code = check_mode(out, path, e);
	if (text.data)
		explicit_bzero(text.data, text.len);
	buf_release(&text);
	if (code)
		profile_release(out);
	return code;
}

void profile_release(struct profile *p)
{
	free(p->host);
	free(p->auth_type);
	secret_release(&p->token);
	*p = (struct profile){ 0 };
}
