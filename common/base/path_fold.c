/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unicode's full case folding and canonical composition, by utf8proc. It only has to find names
 * that some file system would take for one; invalid UTF-8 never travels and only loses its ASCII
 * case here.
 */

#include "base/path.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

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
