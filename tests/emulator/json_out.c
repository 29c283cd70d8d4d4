/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON writer: commas behind every value, one taken back by whoever closes. Nothing checks the
 * nesting; the tests parse every reply.
 */

#include "tests/emulator/json_out.h"

#include <stdio.h>
#include <string.h>

static void drop_comma(struct buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] == ',')
		out->data[--out->len] = '\0';
}

static void quoted(struct buf *out, const char *text, size_t len)
{
	size_t start = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		char escape[8];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, text + start, i - start);
		start = i + 1;
		if (c == '"' || c == '\\')
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c == '\n')
			snprintf(escape, sizeof(escape), "\\n");
		else
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		buf_add_str(out, escape);
	}
	buf_add(out, text + start, len - start);
	buf_add_char(out, '"');
}

static void name(struct buf *out, const char *key)
{
	if (!key)
		return;
	quoted(out, key, strlen(key));
	buf_add_char(out, ':');
}

void json_out_open(struct buf *out, const char *key, char bracket)
{
	name(out, key);
	buf_add_char(out, bracket);
}

void json_out_close(struct buf *out, char bracket)
{
	char text[] = { bracket, ',' };

	drop_comma(out);
	buf_add(out, text, sizeof(text));
}

void json_out_strn(struct buf *out, const char *key, const char *value, size_t len)
{
	name(out, key);
	quoted(out, value, len);
	buf_add_char(out, ',');
}

void json_out_str(struct buf *out, const char *key, const char *value)
{
	json_out_strn(out, key, value, strlen(value));
}

void json_out_int(struct buf *out, const char *key, int64_t value)
{
	char digits[32];

	name(out, key);
	snprintf(digits, sizeof(digits), "%lld,", (long long)value);
	buf_add_str(out, digits);
}

void json_out_bool(struct buf *out, const char *key, bool value)
{
	name(out, key);
	buf_add_str(out, value ? "true," : "false,");
}

void json_out_end(struct buf *out)
{
	drop_comma(out);
}
