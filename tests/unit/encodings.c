/* SPDX-License-Identifier: Apache-2.0 */
/* Encoders that are as plain as can be: none shares a line with what they test. */

#include "encodings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Of those that write every byte in the same way. */
static const char *const formats[ENC_COUNT] = {
	[ENC_HEX] = "%02x",        [ENC_HEX_UPPER] = "%02X",       [ENC_HEX_SPACED] = "%02x ",
	[ENC_JSON_U] = "\\u%04x",  [ENC_JSON_U_UPPER] = "\\u%04X", [ENC_C_X] = "\\x%02x",
	[ENC_PERCENT] = "%%%02X",  [ENC_PERCENT_LOWER] = "%%%02x", [ENC_ENTITY] = "&#%d;",
	[ENC_ENTITY_X] = "&#x%x;",
};

/* All formats are that table's. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void each(struct buf *out, const char *format, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char piece[16];
		int n = snprintf(piece, sizeof(piece), format, (unsigned char)text[i]);

		buf_add(out, piece, (size_t)n);
	}
}
#pragma GCC diagnostic pop

static void broken(struct buf *out, const char *with, size_t columns, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (i && i % columns == 0)
			buf_add_str(out, with);
		buf_add_char(out, text[i]);
	}
}

static void base64(struct buf *out, const char *digits, const char *text, size_t len)
{
	for (size_t bit = 0; bit < 8 * len; bit += 6) {
		unsigned value = 0;

		for (size_t i = bit; i < bit + 6; i++)
			value = value * 2 +
				(i < 8 * len ? (unsigned char)text[i / 8] >> (7 - i % 8) & 1 : 0);
		buf_add_char(out, digits[value]);
	}
	while (len++ % 3)
		buf_add_char(out, '=');
}

static void json(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char *blank = strchr("\nn\rr\tt", text[i]);

		if (strchr("\"\\/\n\r\t", text[i]))
			buf_add_char(out, '\\');
		buf_add_char(out, strchr("\n\r\t", text[i]) ? blank[1] : text[i]);
	}
}

static void url(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (isalnum((unsigned char)text[i]) || strchr("-._~", text[i]))
			buf_add_char(out, text[i]);
		else
			each(out, formats[ENC_PERCENT], text + i, 1);
	}
}

static void twice(struct buf *out, enum encoding how, const char *text, size_t len)
{
	cleanup_buf struct buf once = BUF_UNBOUNDED;

	encode(&once, how, text, len);
	encode(out, how, buf_str(&once), once.len);
}

static void cased(struct buf *out, bool all, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)text[i];

		buf_add_char(out, (char)(all || i % 2 ? toupper(c) : tolower(c)));
	}
}

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static void lines_of_base64(struct buf *out, const char *text, size_t len)
{
	cleanup_buf struct buf digits = BUF_UNBOUNDED;

	base64(&digits, ALNUM "+/", text, len);
	broken(out, "\r\n", 76, digits.data, digits.len);
}

void encode(struct buf *out, enum encoding how, const char *text, size_t len)
{
	if (formats[how])
		return each(out, formats[how], text, len);
	switch (how) {
	case ENC_UPPER:
		return cased(out, true, text, len);
	case ENC_SWAPPED:
		return cased(out, false, text, len);
	case ENC_BASE64:
		return base64(out, ALNUM "+/", text, len);
	case ENC_BASE64_URL:
		return base64(out, ALNUM "-_", text, len);
	case ENC_BASE64_LINES:
		return lines_of_base64(out, text, len);
	case ENC_JSON:
		return json(out, text, len);
	case ENC_JSON_TWICE:
		return twice(out, ENC_JSON, text, len);
	case ENC_PERCENT_TWICE:
		return twice(out, ENC_PERCENT, text, len);
	case ENC_URL:
		return url(out, text, len);
	case ENC_LINES:
		return broken(out, "\n", 7, text, len);
	case ENC_CRLF:
		return broken(out, "\r\n\t", 5, text, len);
	case ENC_ESCAPED_LINES:
		return broken(out, "\\n", 7, text, len);
	case ENC_FOLDED:
		return broken(out, "\\\n    ", 6, text, len);
	default:
		buf_add(out, text, len);
	}
}
