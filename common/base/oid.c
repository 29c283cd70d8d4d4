/* SPDX-License-Identifier: Apache-2.0 */
/* Object ids as bytes and as text. Computes none: hub_hash() does. */

#include "base/oid.h"

#include <string.h>

bool oid_is_zero(const struct oid *o)
{
	static const struct oid zero;

	return oid_equal(o, &zero);
}

bool oid_equal(const struct oid *a, const struct oid *b)
{
	return memcmp(a->id, b->id, OID_SIZE) == 0;
}

void oid_hex(const struct oid *o, char hex[static OID_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < OID_SIZE; i++) {
		*hex++ = digits[o->id[i] >> 4];
		*hex++ = digits[o->id[i] & 15];
	}
	*hex = '\0';
}

/* -1: no hexadecimal digit. */
static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool oid_parse(struct oid *o, const char *hex)
{
	struct oid parsed;

	if (strlen(hex) != 2 * OID_SIZE)
		return false;
	for (int i = 0; i < OID_SIZE; i++) {
		int high = digit_value(hex[2 * i]), low = digit_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		parsed.id[i] = (unsigned char)(high << 4 | low);
	}
	*o = parsed;
	return true;
}
