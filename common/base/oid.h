/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The id of a Git object: the SHA-1 of its kind, size and content. A zeroed one stands for "none".
 */

#include <stdbool.h>

#define OID_SIZE 20
#define OID_HEX  (2 * OID_SIZE + 1) /* bytes of an id in hexadecimal digits, with the final NUL */

struct oid {
	unsigned char id[OID_SIZE];
};

bool oid_is_zero(const struct oid *o);
bool oid_equal(const struct oid *a, const struct oid *b);
/* Writes 40 lower-case digits and a NUL. */
void oid_hex(const struct oid *o, char hex[static OID_HEX]);
/* Takes exactly 40 hexadecimal digits of either case; false, and *o as it was, for anything
 * else. */
bool oid_parse(struct oid *o, const char *hex);
