/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that ends the process instead of failing, the cleanup functions behind the attributes, and
 * what else every file may need. Nothing here reports errors to its caller.
 */

#include "base/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int exit_status;

void memory_exit_status(int status)
{
	exit_status = status;
}

void memory_exhausted(size_t wanted)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "out of memory: cannot get %zu bytes\n", wanted);

	/* Nothing that could allocate. Nobody is left to be told when this fails. */
	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		abort();
	if (exit_status)
		_exit(exit_status);
	abort();
}

static void *must(void *p, size_t wanted)
{
	if (!p)
		memory_exhausted(wanted);
	return p;
}

void *xmalloc(size_t size)
{
	return must(malloc(size ? size : 1), size);
}

void *xcalloc(size_t count, size_t size)
{
	return must(calloc(count ? count : 1, size ? size : 1), count * size);
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return must(realloc(old, bytes ? bytes : 1), bytes);
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
	size_t n = strnlen(s, len);
	char *copy = xmalloc(n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

void *xmemdup(const void *data, size_t len)
{
	void *copy = xmalloc(len);

	if (len)
		memcpy(copy, data, len);
	return copy;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		memory_exhausted(0);
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void *array_grow(void *items, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 8;
	return xreallocarray(items, *cap, size);
}

size_t array_find(const void *key, const void *items, size_t count, size_t size,
		  int (*compare)(const void *key, const void *item), bool *found)
{
	size_t low = 0, high = count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(key, (const char *)items + middle * size);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void cleanup_free_p(void *p)
{
	free(*(void **)p);
}

void cleanup_fd_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

bool str_eq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}
