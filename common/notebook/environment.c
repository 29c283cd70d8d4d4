/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment block of source notebooks. Reads the few lines of TOML that Databricks writes
 * there: string values and one list of strings. Keys it does not know stay in the file as they are
 * and mean nothing here.
 */

#include "notebook/environment.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_OPEN  "# /// script"
#define BLOCK_CLOSE "# ///"

void environment_release(struct environment *env)
{
	free(env->base);
	free(env->version);
	for (size_t i = 0; i < env->count; i++)
		free(env->dependencies[i]);
	free(env->dependencies);
	memset(env, 0, sizeof(*env));
}

void environment_depend(struct environment *env, const char *name, size_t len)
{
	env->dependencies = array_grow(env->dependencies, env->count, &env->cap,
				       sizeof(*env->dependencies));
	env->dependencies[env->count++] = xstrndup(name, len);
}

void environment_copy(struct environment *to, const struct environment *from)
{
	memset(to, 0, sizeof(*to));
	to->known = from->known;
	to->base = xstrdup(from->base);
	to->version = xstrdup(from->version);
	for (size_t i = 0; i < from->count; i++)
		environment_depend(to, from->dependencies[i], strlen(from->dependencies[i]));
}

bool environment_equal(const struct environment *a, const struct environment *b)
{
	if (a->known != b->known || !str_eq(a->base, b->base) || !str_eq(a->version, b->version) ||
	    a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!str_eq(a->dependencies[i], b->dependencies[i]))
			return false;
	return true;
}

struct line {
	const char *at;
	size_t len;
};

static bool next_line(struct line *line, const char **p, const char *end)
{
	const char *lf;

	if (*p >= end)
		return false;
	lf = memchr(*p, '\n', (size_t)(end - *p));
	if (!lf)
		return false;
	line->at = *p;
	line->len = (size_t)(lf - *p);
	*p = lf + 1;
	return true;
}

static bool line_is(const struct line *line, const char *text)
{
	return line->len == strlen(text) && memcmp(line->at, text, line->len) == 0;
}

/* The line without its "#" and blanks at both ends. */
static struct line inside(const struct line *line)
{
	struct line in = { line->at + 1, line->len - 1 };

	while (in.len && (*in.at == ' ' || *in.at == '\t')) {
		in.at++;
		in.len--;
	}
	while (in.len && strchr(" \t\r", in.at[in.len - 1]))
		in.len--;
	return in;
}

/* Takes the next string in double quotes out of the front of a line; NULL when there is none. */
static char *take_quoted(struct line *line)
{
	const char *end = line->at + line->len;
	const char *p = memchr(line->at, '"', line->len);
	char *out, *o;

	if (!p)
		return NULL;
	o = out = xmalloc(line->len);
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
			*o++ = (char)(*p == 'n' ? '\n' : *p == 't' ? '\t' : *p == 'r' ? '\r' : *p);
		} else {
			*o++ = *p;
		}
	}
	*o = '\0';
	line->at = p < end ? p + 1 : end;
	line->len = (size_t)(end - line->at);
	return out;
}

static void write_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s; s++) {
		if (strchr("\"\\\n\t\r", *s))
			buf_add_char(out, '\\');
		buf_add_char(out, (char)(*s == '\n'   ? 'n'
					 : *s == '\t' ? 't'
					 : *s == '\r' ? 'r'
						      : *s));
	}
	buf_add_char(out, '"');
}

static bool has_key(const struct line *line, const char *key)
{
	size_t n = strlen(key), i = n;

	if (line->len <= n || memcmp(line->at, key, n) != 0)
		return false;
	while (i < line->len && line->at[i] == ' ')
		i++;
	return i < line->len && line->at[i] == '=';
}

static void set_string(char **field, struct line line)
{
	free(*field);
	*field = take_quoted(&line);
}

/* Adds every string of a line; true while the list goes on after it. */
static bool read_items(struct environment *env, struct line line)
{
	char *item;

	while ((item = take_quoted(&line))) {
		environment_depend(env, item, strlen(item));
		free(item);
	}
	return !memchr(line.at, ']', line.len);
}

struct block {
	struct environment *env;
	bool table;   /* inside [tool.databricks.environment] */
	bool listing; /* inside its dependencies */
};

static void read_line(struct block *b, const struct line *whole)
{
	struct line line = inside(whole);

	if (b->listing) {
		b->listing = read_items(b->env, line);
	} else if (line.len && *line.at == '[') {
		b->table = line_is(&line, "[tool.databricks.environment]");
	} else if (!b->table) {
		return; /* PEP 723's own keys repeat the list of dependencies */
	} else if (has_key(&line, "base_environment")) {
		set_string(&b->env->base, line);
	} else if (has_key(&line, "environment_version")) {
		set_string(&b->env->version, line);
	} else if (has_key(&line, "dependencies")) {
		b->listing = read_items(b->env, line);
	}
}

/* Length up to and with the closing line, 0 when the block does not close. */
static size_t block_length(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct line line;

	if (!next_line(&line, &p, end) || !line_is(&line, BLOCK_OPEN))
		return 0;
	while (next_line(&line, &p, end)) {
		if (line_is(&line, BLOCK_CLOSE))
			return (size_t)(p - text);
		if (!line.len || *line.at != '#' || (line.len > 1 && line.at[1] != ' '))
			return 0;
	}
	/* the closing line may be the last of a file without a final newline */
	return (size_t)(end - p) == strlen(BLOCK_CLOSE) &&
			       memcmp(p, BLOCK_CLOSE, strlen(BLOCK_CLOSE)) == 0
		       ? len
		       : 0;
}

size_t environment_read_block(struct environment *env, const char *text, size_t len)
{
	struct block block = { .env = env };
	size_t n = block_length(text, len);
	const char *p = text;
	struct line line;

	if (!n || !env)
		return n;
	environment_release(env);
	env->known = true;
	while (next_line(&line, &p, text + n) && !line_is(&line, BLOCK_CLOSE))
		read_line(&block, &line);
	return n;
}

static void write_key(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "# %s = ", key);
	write_quoted(out, value);
	buf_add_char(out, '\n');
}

void environment_write_block(const struct environment *env, struct buf *out)
{
	buf_add_str(out, BLOCK_OPEN "\n# [tool.databricks.environment]\n");
	if (env->base && *env->base)
		write_key(out, "base_environment", env->base);
	if (env->version)
		write_key(out, "environment_version", env->version);
	if (env->count)
		buf_add_str(out, "# dependencies = [\n");
	for (size_t i = 0; i < env->count; i++) {
		buf_add_str(out, "#   ");
		write_quoted(out, env->dependencies[i]);
		buf_add_str(out, ",\n");
	}
	if (env->count)
		buf_add_str(out, "# ]\n");
	buf_add_str(out, BLOCK_CLOSE "\n");
}
