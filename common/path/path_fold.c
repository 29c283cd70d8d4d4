/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What needs Unicode's tables, by utf8proc: full case folding and canonical composition, to find names
 * that some file system would take for one; and what macOS asks of a name. Invalid UTF-8 never travels
 * and only loses its ASCII case here.
 */

#include "path/path.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/util.h"

static char *fold_ascii(const char *path)
{
	char *folded = xstrdup(path);

	for (char *p = folded; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	return folded;
}

char *path_fold(const char *path)
{
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t n;

	n = utf8proc_map((const utf8proc_uint8_t *)path, 0, &folded,
			 UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE |
				 UTF8PROC_CASEFOLD);
	if (n == UTF8PROC_ERROR_NOMEM)
		abort();
	return n < 0 ? fold_ascii(path) : (char *)folded;
}

size_t path_units(const char *name, size_t len)
{
	utf8proc_ssize_t count;
	utf8proc_int32_t *points;
	size_t units = 0;

	/* Without composition, every code point of the result has come from one of the name. */
	count = utf8proc_decompose((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)len, NULL, 0,
				   UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
	if (count < 0)
		return len;
	points = xcalloc((size_t)count + 1, sizeof(*points));
	utf8proc_decompose((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)len, points, count,
			   UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
	for (utf8proc_ssize_t i = 0; i < count; i++)
		units += points[i] >= 0x10000 ? 2 : 1;
	free(points);
	return units;
}

bool path_is_assigned(const char *name, size_t len)
{
	utf8proc_int32_t cp;
	utf8proc_ssize_t n;

	for (size_t i = 0; i < len; i += (size_t)n) {
		n = utf8proc_iterate((const utf8proc_uint8_t *)name + i,
				     (utf8proc_ssize_t)(len - i), &cp);
		if (n <= 0 || utf8proc_category(cp) == UTF8PROC_CATEGORY_CN)
			return false;
	}
	return true;
}
