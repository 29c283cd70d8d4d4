/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader and one printer for each type of the key table. Printing what was read, and reading
 * that, gives the same value: a worker gets its configuration that way.
 */

#include "config/values.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/syntax.h"
#include "path/path.h"

#define CREDENTIALS "${CREDENTIALS_DIRECTORY}/"

struct unit {
	const char *name;
	int64_t factor;
};

/* Ascending. */
static const struct unit durations[] = {
	{ "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 }, { "d", 86400000 },
};
static const struct unit sizes[] = {
	{ "", 1 },
	{ "K", 1024 },
	{ "M", 1024 * 1024 },
	{ "G", 1024 * 1024 * 1024 },
};

/* ---- numbers and units ---- */

/* Digits only; *rest is what follows them. */
static bool parse_digits(const char *text, int64_t *out, const char **rest)
{
	int64_t value = 0;

	*rest = text;
	for (; **rest >= '0' && **rest <= '9'; ++*rest)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, **rest - '0', &value))
			return false;
	*out = value;
	return *rest != text;
}

static bool parse_unit(const struct unit *units, size_t count, const char *text, int64_t *out)
{
	const char *rest;
	int64_t value;
	size_t i = 0;

	if (!parse_digits(text, &value, &rest))
		return false;
	while (i < count && !str_eq(rest, units[i].name))
		i++;
	if (i == count || __builtin_mul_overflow(value, units[i].factor, &value))
		return false;
	*out = value;
	return true;
}

static void print_unit(const struct unit *units, size_t count, struct buf *out, int64_t value)
{
	size_t i = count - 1;

	while (i > 0 && (value == 0 || value % units[i].factor != 0))
		i--;
	buf_addf(out, "%lld%s", (long long)(value / units[i].factor), units[i].name);
}

bool value_duration_parse(const char *text, int64_t *ms)
{
	return parse_unit(durations, ARRAY_SIZE(durations), text, ms);
}

bool value_size_parse(const char *text, int64_t *bytes)
{
	return parse_unit(sizes, ARRAY_SIZE(sizes), text, bytes);
}

void value_duration_print(struct buf *out, int64_t ms)
{
	print_unit(durations, ARRAY_SIZE(durations), out, ms);
}

void value_size_print(struct buf *out, int64_t bytes)
{
	print_unit(sizes, ARRAY_SIZE(sizes), out, bytes);
}

static bool parse_integer(enum config_type type, const char *text, int64_t *out)
{
	const char *rest;

	if (type == CONFIG_DURATION)
		return value_duration_parse(text, out);
	if (type == CONFIG_SIZE)
		return value_size_parse(text, out);
	return parse_digits(text, out, &rest) && *rest == '\0';
}

static void print_integer(enum config_type type, struct buf *out, int64_t value)
{
	if (type == CONFIG_DURATION)
		value_duration_print(out, value);
	else if (type == CONFIG_SIZE)
		value_size_print(out, value);
	else
		buf_addf(out, "%lld", (long long)value);
}

static int read_integer(const struct config_key *key, int64_t *out, const char *text, struct err *e)
{
	static const char *const kinds[] = {
		[CONFIG_NUMBER] = "a number",
		[CONFIG_DURATION] = "a duration",
		[CONFIG_SIZE] = "a size",
	};
	cleanup_buf struct buf range = BUF_INIT(ERR_TEXT_MAX);
	int64_t value;

	if (key->zero && (str_eq(text, key->zero) || (!key->zero_by_word && str_eq(text, "0")))) {
		*out = 0;
		return 0;
	}
	if (parse_integer(key->type, text, &value) && value >= key->min && value <= key->max) {
		*out = value;
		return 0;
	}
	print_integer(key->type, &range, key->min);
	buf_add_str(&range, " to ");
	print_integer(key->type, &range, key->max);
	if (key->zero)
		buf_addf(&range, ", or %s", key->zero);
	return err_set(e, ERR_CONFIG, "%s must be %s from %s, not '%.64s'", key->name,
		       kinds[key->type], buf_str(&range), text);
}

/* ---- words and texts ---- */

static int find_word(const struct config_key *key, const char *text, unsigned *index, struct err *e)
{
	cleanup_buf struct buf list = BUF_INIT(ERR_TEXT_MAX);

	for (unsigned i = 0; key->words[i]; i++) {
		if (str_eq(key->words[i], text)) {
			*index = i;
			return 0;
		}
		buf_addf(&list, "%s%s",
			 i == 0              ? ""
			 : key->words[i + 1] ? ", "
					     : " or ",
			 key->words[i]);
	}
	return err_set(e, ERR_CONFIG, "%s must be %s, not '%.64s'", key->name, buf_str(&list),
		       text);
}

/* All our enums are stored as the compiler stores an unsigned. */
static int read_enum(const struct config_key *key, void *member, const char *text, struct err *e)
{
	unsigned index;
	int r = find_word(key, text, &index, e);

	assert(key->size == sizeof(index));
	if (!r)
		memcpy(member, &index, sizeof(index));
	return r;
}

static const char *enum_word(const struct config_key *key, const void *member)
{
	unsigned index;

	memcpy(&index, member, sizeof(index));
	return key->words[index];
}

/* Takes over value on success. */
static int store_text(const struct config_key *key, char **member, char **value, struct err *e)
{
	struct err why = ERR_INIT;

	if (key->check && key->check(value, &why))
		return err_set(e, ERR_CONFIG, "%s %s", key->name, why.text);
	free(*member);
	*member = steal(value);
	return 0;
}

static int read_text(const struct config_key *key, char **member, const char *text, struct err *e)
{
	cleanup_free char *value = xstrdup(text);
	unsigned index;
	int r;

	if (*text == '\0' && !str_eq(key->fallback, ""))
		return err_set(e, ERR_CONFIG, "%s has no value", key->name);
	if (strlen(text) > CONFIG_VALUE_MAX)
		return err_set(e, ERR_CONFIG, "%s is longer than %d bytes", key->name,
			       CONFIG_VALUE_MAX);
	r = key->words ? find_word(key, text, &index, e) : 0;
	if (r)
		return r;
	return store_text(key, member, &value, e);
}

static int read_file(const struct config_key *key, char **member, const char *text, struct err *e)
{
	cleanup_free char *path = NULL;
	cleanup_free char *normal = NULL;

	if (key->credential && str_starts(text, CREDENTIALS) && !strstr(text, "/..")) {
		normal = xstrdup(text); /* the reader of the secret expands it, in the service */
		return store_text(key, member, &normal, e);
	}
	if (str_starts(text, "~/") && path_expand(&path, text, e))
		return err_set(e, ERR_CONFIG, "%s: HOME is not set, so '%.200s' cannot be found",
			       key->name, text);
	if (!path)
		path = xstrdup(text);
	if (*path != '/' && key->credential) /* it may be the secret itself: not repeated */
		return err_set(e, ERR_CONFIG,
			       "%s must be the absolute path of a file that holds the token",
			       key->name);
	if (*path != '/')
		return err_set(e, ERR_CONFIG,
			       "%s must be an absolute path or start with '~/', not '%.200s'",
			       key->name, text);
	normal = syntax_normal_path(path);
	if (!normal || !syntax_is_writable(normal))
		return err_set(e, ERR_CONFIG, "%s '%.200s' is not a usable path", key->name, path);
	return store_text(key, member, &normal, e);
}

/* ---- by type ---- */

int value_read(const struct config_key *key, void *section, const char *text, struct err *e)
{
	void *member = (char *)section + key->offset;

	switch (key->type) {
	case CONFIG_TEXT:
		return read_text(key, member, text, e);
	case CONFIG_FILE:
		return read_file(key, member, text, e);
	case CONFIG_ENUM:
		return read_enum(key, member, text, e);
	case CONFIG_OWN:
		return key->own->read(key, section, text, e);
	default:
		return read_integer(key, member, text, e);
	}
}

bool value_print(const struct config_key *key, const void *section, struct buf *out)
{
	const void *member = (const char *)section + key->offset;
	char *const *text = member;
	const int64_t *number = member;

	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_FILE:
		if (!*text || **text == '\0')
			return false;
		buf_add_str(out, *text);
		return true;
	case CONFIG_ENUM:
		buf_add_str(out, enum_word(key, member));
		return true;
	case CONFIG_OWN:
		return key->own->print(section, out);
	default:
		if (key->zero && *number == 0)
			buf_add_str(out, key->zero);
		else
			print_integer(key->type, out, *number);
		return true;
	}
}

void value_release(const struct config_key *key, void *section)
{
	char **text = (void *)((char *)section + key->offset);

	if (key->type == CONFIG_TEXT || key->type == CONFIG_FILE)
		free(steal(text));
	if (key->type == CONFIG_OWN && key->own->release)
		key->own->release(section);
}
