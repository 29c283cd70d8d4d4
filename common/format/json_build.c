/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building values and printing them. What is built here parses again with json_parse() as long as
 * the caller adds no key twice. Out of memory aborts, as everywhere.
 */

#include "format/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Beyond this, cJSON prints "1e+15" or drops digits. */
#define PLAIN_MAX   999999999999999LL
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static cJSON *must_item(cJSON *item)
{
	if (!item)
		memory_exhausted(0);
	return item;
}

/* NULL when s is valid UTF-8 already, else a repaired copy for the caller to free. */
static char *repaired(const char *s)
{
	struct buf out = BUF_UNBOUNDED;
	size_t len = strlen(s), n;
	uint32_t cp;

	if (utf8_valid(s, len))
		return NULL;
	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(s + i, len - i, &cp);
		if (n > 0) {
			buf_add(&out, s + i, n);
		} else {
			buf_add_str(&out, REPLACEMENT);
			n = 1;
		}
	}
	return buf_steal(&out, NULL);
}

static struct json *add(struct json *at, const char *key, cJSON *item)
{
	cleanup_free char *copy = key ? repaired(key) : NULL;
	cJSON *parent = (cJSON *)(void *)at;
	cJSON_bool ok;

	must_item(item);
	if (key)
		ok = cJSON_AddItemToObject(parent, copy ? copy : key, item);
	else
		ok = cJSON_AddItemToArray(parent, item);
	if (!ok)
		memory_exhausted(0);
	return (struct json *)(void *)item;
}

struct json *json_object(void)
{
	return (struct json *)(void *)must_item(cJSON_CreateObject());
}

struct json *json_array(void)
{
	return (struct json *)(void *)must_item(cJSON_CreateArray());
}

void json_add_str(struct json *at, const char *key, const char *value)
{
	cleanup_free char *copy = value ? repaired(value) : NULL;

	add(at, key, value ? cJSON_CreateString(copy ? copy : value) : cJSON_CreateNull());
}

void json_add_int(struct json *at, const char *key, int64_t value)
{
	char digits[24];

	if (value >= -PLAIN_MAX && value <= PLAIN_MAX) {
		add(at, key, cJSON_CreateNumber((double)value));
		return;
	}
	snprintf(digits, sizeof(digits), "%lld", (long long)value);
	add(at, key, cJSON_CreateRaw(digits));
}

void json_add_bool(struct json *at, const char *key, bool value)
{
	add(at, key, cJSON_CreateBool(value));
}

struct json *json_add_object(struct json *at, const char *key)
{
	return add(at, key, cJSON_CreateObject());
}

struct json *json_add_array(struct json *at, const char *key)
{
	return add(at, key, cJSON_CreateArray());
}

void json_add_copy(struct json *at, const char *key, const struct json *value)
{
	add(at, key,
	    value ? cJSON_Duplicate((const cJSON *)(const void *)value, true) : cJSON_CreateNull());
}

static void new_line(struct buf *out, unsigned depth)
{
	buf_add_char(out, '\n');
	while (depth-- > 0)
		buf_add_str(out, "  ");
}

/* The length of the string that starts at s with its quote, both quotes included. */
static size_t string_length(const char *s)
{
	size_t n = 1;

	while (s[n] != '"')
		n += s[n] == '\\' ? 2 : 1;
	return n + 1;
}

/* Lays compact JSON out for people, two spaces a level. cJSON's own layout puts tabs behind the
 * colons. */
static char *indented(const char *compact)
{
	struct buf out = BUF_UNBOUNDED;
	unsigned depth = 0;
	size_t n;

	for (const char *s = compact; *s; s += n) {
		bool opens = *s == '{' || *s == '[', closes = *s == '}' || *s == ']';

		n = *s == '"' ? string_length(s) : 1;
		if (opens && (s[1] == '}' || s[1] == ']')) {
			n = 2;
			opens = false;
		}
		if (closes)
			new_line(&out, --depth);
		buf_add(&out, s, n);
		if (opens)
			new_line(&out, ++depth);
		else if (*s == ',')
			new_line(&out, depth);
		else if (*s == ':')
			buf_add_char(&out, ' ');
	}
	return buf_steal(&out, NULL);
}

/* What moves a cursor or turns text around stands only in strings, and may stand there as an escape.
 * cJSON does so below U+0020. Takes and gives ownership. */
static char *escaped(char *compact)
{
	struct buf out = BUF_UNBOUNDED;
	size_t len = strlen(compact), n;
	uint32_t cp;

	if (!compact[strcspn(compact, "\x7F\xC2\xD8\xE2")])
		return compact;
	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(compact + i, len - i, &cp);
		if (n && (utf8_is_control(cp) || utf8_is_bidi(cp)))
			buf_addf(&out, "\\u%04x", cp);
		else
			buf_add(&out, compact + i, n ? n : 1);
		n = n ? n : 1;
	}
	free(compact);
	return buf_steal(&out, NULL);
}

char *json_print(const struct json *v, bool pretty)
{
	char *compact = cJSON_PrintUnformatted((const cJSON *)(const void *)v);
	char *out;

	if (!compact)
		memory_exhausted(0);
	compact = escaped(compact);
	if (!pretty)
		return compact;
	out = indented(compact);
	free(compact);
	return out;
}
