/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The vocabulary every other file uses: allocation that cannot fail, cleanup attributes, and
 * transfer of ownership.
 *
 * Out of memory ends the process. A cycle can be repeated from its refs at any instruction, so that
 * costs one cycle of one mapping, while unwinding every allocation would cost a third of the code.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a)          (sizeof(a) / sizeof((a)[0]))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* The process has no memory: says so in one line on standard error, and ends, with the status that
 * memory_exit_status() set, or by abort(). For allocations of libraries, too; wanted: bytes, 0 when
 * that is not known. */
void memory_exhausted(size_t wanted) __attribute__((noreturn));

/* For a process whose parent explains how it ended. 0, the default: abort(). */
void memory_exit_status(int status);

/* Never return NULL: memory_exhausted(), or abort() on overflow of count * size. The caller owns the
 * result and frees it with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *s);              /* NULL gives NULL */
char *xstrndup(const char *s, size_t len); /* copies at most len bytes, always terminates */
void *xmemdup(const void *data, size_t len);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *xvasprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

/* What a hexadecimal digit of either case is worth; -1: it is none. */
int hex_digit(char c);

/*
 * Makes room for one more element in a growing array: *cap doubles when count reaches it.
 *   items = array_grow(items, count, &cap, sizeof(*items));
 */
void *array_grow(void *items, size_t count, size_t *cap, size_t size);

/* As bsearch(3), for who also adds: the index of the element that compare(key, element) calls equal, or
 * where one of this key belongs. *found tells which. */
size_t array_find(const void *key, const void *items, size_t count, size_t size,
		  int (*compare)(const void *key, const void *item), bool *found);

/* Locals that own one resource: cleanup_free char *s = NULL; */
void cleanup_free_p(void *p);
void cleanup_fd_p(int *fd);
#define cleanup_free __attribute__((cleanup(cleanup_free_p)))
#define cleanup_fd   __attribute__((cleanup(cleanup_fd_p)))

/* Moves a pointer or a descriptor out of a local that would otherwise release it. */
#define steal(p)                                 \
	__extension__({                          \
		__typeof__(*(p)) stolen_ = *(p); \
		*(p) = NULL;                     \
		stolen_;                         \
	})
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
