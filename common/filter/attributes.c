/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of paths.
 *
 * libgit2 can read attributes from a commit (git_attr_get_ext), but takes "!pattern" for its contrary
 * and "folder/" for all that is in it, where Git matches nothing; and a pattern with a dozen stars
 * keeps it busy for minutes, which whoever may push could write. So lines are taken apart here,
 * patterns are those of glob.c, and both are compared with the real git check-attr in tests.
 */

#include "filter/attributes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "path/path.h"

#define BLANK         " \t\r\n"
#define LINE_MAX_GIT  2048 /* bytes: from here on Git passes a line over */
#define MACRO_PREFIX  "[attr]"
#define BUILTIN_MACRO "[attr]binary -diff -merge -text"

static const char *const known_names[ATTRIBUTE_COUNT] = {
	[ATTRIBUTE_TEXT] = "text",     [ATTRIBUTE_CRLF] = "crlf",
	[ATTRIBUTE_EOL] = "eol",       [ATTRIBUTE_IDENT] = "ident",
	[ATTRIBUTE_FILTER] = "filter", [ATTRIBUTE_ENCODING] = "working-tree-encoding",
};

/* "name", "-name", "!name" or "name=value". */
struct setting {
	size_t name;
	struct attribute_value value; /* value owned */
};

/* A line. */
struct rule {
	char *pattern; /* owned; glob borrows from it; NULL for a macro */
	struct glob glob;
	size_t macro;             /* the name it defines; unless there is a pattern */
	struct setting *settings; /* owned; in the order of the line */
	size_t count, cap;
};

struct attributes_folder {
	char *path;         /* owned */
	struct rule *rules; /* owned; in the order of the file */
	size_t count, cap;
};

static void rule_release(struct rule *r)
{
	for (size_t i = 0; i < r->count; i++)
		free((void *)(uintptr_t)r->settings[i].value.value);
	free(r->settings);
	free(r->pattern);
}

void attributes_release(struct attributes *a)
{
	for (size_t i = 0; i < a->count; i++) {
		for (size_t k = 0; k < a->folders[i].count; k++)
			rule_release(&a->folders[i].rules[k]);
		free(a->folders[i].rules);
		free(a->folders[i].path);
	}
	for (size_t i = 0; i < a->name_count; i++)
		free(a->names[i]);
	free(a->folders);
	free(a->names);
	*a = (struct attributes){ 0 };
}

/* ---- a line ---- */

static size_t intern(struct attributes *a, const char *name, size_t len)
{
	for (size_t i = 0; i < a->name_count; i++)
		if (strlen(a->names[i]) == len && memcmp(a->names[i], name, len) == 0)
			return i;
	a->names = array_grow(a->names, a->name_count, &a->name_cap, sizeof(*a->names));
	a->names[a->name_count] = xstrndup(name, len);
	return a->name_count++;
}

static bool is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-._", name[i]))
			return false;
	return len > 0 && *name != '-';
}

/* Reads a setting; false when it has no attribute's name. */
static bool read_setting(struct attributes *a, struct rule *r, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;
	struct setting s = { 0 };

	if (*text == '-' || *text == '!') {
		s.value.state = *text == '-' ? ATTRIBUTE_UNSET : ATTRIBUTE_UNSPECIFIED;
		text++;
		name_len--;
	} else {
		s.value.state = equals ? ATTRIBUTE_VALUE : ATTRIBUTE_SET;
	}
	if (!is_name(text, name_len))
		return false;
	if (s.value.state == ATTRIBUTE_VALUE)
		s.value.value = xstrndup(equals + 1, len - name_len - 1);
	s.name = intern(a, text, name_len);
	r->settings = array_grow(r->settings, r->count, &r->cap, sizeof(*r->settings));
	r->settings[r->count++] = s;
	return true;
}

static bool read_settings(struct attributes *a, struct rule *r, const char *text)
{
	for (text += strspn(text, BLANK); *text; text += strspn(text, BLANK)) {
		size_t len = strcspn(text, BLANK);

		if (!read_setting(a, r, text, len))
			return false;
		text += len;
	}
	return true;
}

/* One character of a quoted pattern behind its '\'; -1: none that Git knows. Moves *p behind it. */
static int read_escape(const char **p)
{
	static const char from[] = "abfnrtv\\\"", to[] = "\a\b\f\n\r\t\v\\\"";
	const char *at = *p, *known = *at ? strchr(from, *at) : NULL;

	if (known) {
		(*p)++;
		return (unsigned char)to[known - from];
	}
	for (int i = 0; i < 3; i++)
		if (at[i] < '0' || at[i] > (i ? '7' : '3'))
			return -1;
	*p += 3;
	return (at[0] - '0') << 6 | (at[1] - '0') << 3 | (at[2] - '0');
}

/* The pattern, or the macro's prefix and name; *rest is what follows. Git takes what is not quoted
 * well as it stands. Owned. */
static char *read_word(const char *line, const char **rest)
{
	cleanup_buf struct buf word = BUF_UNBOUNDED;
	const char *p = line + 1;
	int c = 0;

	while (*line == '"' && *p && *p != '"' && c >= 0) {
		c = (unsigned char)*p++;
		if (c == '\\')
			c = read_escape(&p);
		if (c >= 0)
			buf_add_char(&word, (char)c);
	}
	if (*line == '"' && *p == '"' && c >= 0) {
		*rest = p + 1;
		return xstrdup(buf_str(&word));
	}
	*rest = line + strcspn(line, BLANK);
	return xstrndup(line, (size_t)(*rest - line));
}

/* Takes a line apart. False when it says nothing. root: it may define a macro. */
static bool read_line(struct attributes *a, struct rule *r, const char *line, bool root)
{
	size_t prefix = strlen(MACRO_PREFIX);
	const char *rest;
	char *word;

	line += strspn(line, BLANK);
	if (!*line || *line == '#' || strlen(line) >= LINE_MAX_GIT)
		return false;
	word = r->pattern = read_word(line, &rest);
	if (str_starts(word, MACRO_PREFIX) && word[prefix]) {
		if (!root || !is_name(word + prefix, strlen(word + prefix)))
			return false;
		r->macro = intern(a, word + prefix, strlen(word + prefix));
		free(steal(&r->pattern));
	} else if (*word == '!' || !glob_parse_bare(&r->glob, word, strlen(word))) {
		return false;
	}
	return read_settings(a, r, rest);
}

/* ---- a file ---- */

static int add_line(struct attributes *a, struct attributes_folder *f, const char *text, size_t len,
		    struct err *e)
{
	cleanup_free char *line = xstrndup(text, len);
	struct rule rule = { 0 };

	if (read_line(a, &rule, line, !*f->path)) {
		f->rules = array_grow(f->rules, f->count, &f->cap, sizeof(*f->rules));
		f->rules[f->count++] = rule;
		a->rules++;
	} else {
		rule_release(&rule);
	}
	if (a->rules > ATTRIBUTES_RULES_MAX || a->name_count > ATTRIBUTES_NAMES_MAX)
		return err_set(e, ERR_INVALID,
			       "the " ATTRIBUTES_NAME " files have more than %d lines or %d "
			       "attributes",
			       ATTRIBUTES_RULES_MAX, ATTRIBUTES_NAMES_MAX);
	return ERR_OK;
}

static struct attributes_folder *add_folder(struct attributes *a, const char *path)
{
	a->folders = array_grow(a->folders, a->count, &a->cap, sizeof(*a->folders));
	a->folders[a->count] = (struct attributes_folder){ .path = xstrdup(path) };
	return &a->folders[a->count++];
}

/* The names that count, and what Git itself says before all files. */
static void begin(struct attributes *a)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		intern(a, known_names[i], strlen(known_names[i]));
	add_line(a, add_folder(a, ""), BUILTIN_MACRO, strlen(BUILTIN_MACRO), NULL);
}

int attributes_add(struct attributes *a, const char *folder, const char *text, size_t len,
		   struct err *e)
{
	const char *end = text + len;
	struct attributes_folder *f;

	if (len > ATTRIBUTES_FILE_MAX)
		return err_set(e, ERR_INVALID, "it has more than %zu bytes", ATTRIBUTES_FILE_MAX);
	if (!a->count)
		begin(a);
	if (a->count > ATTRIBUTES_FILES_MAX)
		return err_set(e, ERR_INVALID, "there are more than %d " ATTRIBUTES_NAME " files",
			       ATTRIBUTES_FILES_MAX);
	f = add_folder(a, folder);
	text += len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		int r = add_line(a, f, text, n, e);

		if (r)
			return r;
		text += n + (stop != NULL);
	}
	return ERR_OK;
}

/* ---- the answer ---- */

/* What has been found of each name so far. */
struct answer {
	const struct attributes *a;
	const struct setting *of[ATTRIBUTES_NAMES_MAX];
};

/* The definition of a macro: the last one. NULL: the name is none. */
static const struct rule *macro_of(const struct attributes *a, size_t name)
{
	for (size_t i = a->count; i-- > 0;)
		for (size_t k = a->folders[i].count; k-- > 0;) {
			const struct rule *r = &a->folders[i].rules[k];

			if (!r->pattern && r->macro == name)
				return r;
		}
	return NULL;
}

/* Takes what a line says of names of which nothing is known yet: the end of the line first. */
static void take_rule(struct answer *answer, const struct rule *r)
{
	for (size_t i = r->count; i-- > 0;) {
		const struct setting *s = &r->settings[i];
		const struct rule *macro;

		if (answer->of[s->name])
			continue;
		answer->of[s->name] = s;
		macro = s->value.state == ATTRIBUTE_SET ? macro_of(answer->a, s->name) : NULL;
		if (macro)
			take_rule(answer, macro);
	}
}

void attributes_of(const struct attributes *a, const char *path,
		   struct attribute_value out[static ATTRIBUTE_COUNT])
{
	size_t name = (size_t)(path_base(path) - path), len = strlen(path);
	struct answer answer = { .a = a };

	memset(out, 0, ATTRIBUTE_COUNT * sizeof(*out));
	for (size_t i = a->count; i-- > 0;) {
		const struct attributes_folder *f = &a->folders[i];
		size_t below = strlen(f->path);

		if (below && !path_is_below(path, f->path))
			continue;
		below += below > 0;
		for (size_t k = f->count; k-- > 0;)
			if (f->rules[k].pattern && glob_matches(&f->rules[k].glob, path + below,
								name - below, len - below, false))
				take_rule(&answer, &f->rules[k]);
	}
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		if (answer.of[i])
			out[i] = answer.of[i]->value;
}
