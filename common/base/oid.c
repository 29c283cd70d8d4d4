/* SPDX-License-Identifier: Apache-2.0 */
/* Object ids as bytes and as text. Computes none: hub_hash() does. */

#include "base/oid.h"

#include <string.h>

#include "base/util.h"

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

bool oid_parse(struct oid *o, const char *hex)
{
	struct oid parsed;

	if (strlen(hex) != 2 * OID_SIZE)
		return false;
	for (int i = 0; i < OID_SIZE; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		parsed.id[i] = (unsigned char)(high << 4 | low);
	}
	*o = parsed;
	return true;
}
