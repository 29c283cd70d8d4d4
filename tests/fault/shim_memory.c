/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc() and its likes, in front of the library's own. Not with AddressSanitizer, which has an
 * allocator of its own.
 */

#include <errno.h>
#include <stdlib.h>

#include "tests/fault/shim.h"

#define EXPORT __attribute__((visibility("default")))

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

#if SANITIZED

bool shim_memory(void)
{
	return false;
}

#else

bool shim_memory(void)
{
	return true;
}

/* The C library's, under the names that it has for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool fails(const char *what)
{
	if (!shim_gate(SHIM_ALLOCATE, true, what, ""))
		return false;
	errno = ENOMEM;
	return true;
}

EXPORT void *malloc(size_t size)
{
	return fails(__func__) ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	return fails(__func__) ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	return fails(__func__) ? NULL : __libc_realloc(old, size);
}

#endif
