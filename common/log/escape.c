/* SPDX-License-Identifier: Apache-2.0 */
/* Text that somebody else wrote, made fit for a line. */

#include "log/escape.h"

#include <string.h>

#include "base/utf8.h"
#include "secret/secret.h"

/* Adds one character that must not appear as itself. */
static bool add_escaped(struct buf *out, uint32_t c)
{
	switch (c) {
	case '\n':
		return buf_add_str(out, "\\n");
	case '\r':
		return buf_add_str(out, "\\r");
	case '\t':
		return buf_add_str(out, "\\t");
	default:
		return c < 0x100 ? buf_addf(out, "\\x%02x", c) : buf_addf(out, "\\u%04x", c);
	}
}

bool escape_add(struct buf *out, const char *text, size_t len)
{
	uint32_t cp;
	size_t n;
	bool fits = true;

	for (size_t i = 0; i < len && fits; i += n) {
		n = utf8_decode(text + i, len - i, &cp);
		if (n == 0) {
			n = 1;
			fits = add_escaped(out, (unsigned char)text[i]);
		} else if (utf8_is_control(cp) || utf8_is_bidi(cp)) {
			fits = add_escaped(out, cp);
		} else {
			fits = buf_add(out, text + i, n);
		}
	}
	return fits;
}

void escape_masked(struct buf *out, const char *text, size_t len)
{
	cleanup_buf struct buf copy = BUF_UNBOUNDED;

	buf_add(&copy, text, len);
	secret_redact(&copy);
	escape_add(out, buf_str(&copy), copy.len);
}

void escape_masked_str(struct buf *out, const char *text)
{
	escape_masked(out, text, strlen(text));
}
