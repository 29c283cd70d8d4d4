/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgit2's memory comes from our functions, which end the process when there is none. Its own
 * handling of such failures does not hold: without this, one failing allocation in four ends in a
 * null pointer, and a "not found" that only means "no memory" would be believed.
 */

#include <git2/sys/alloc.h>
#include <stdlib.h>

#include "git/libgit2/libgit2.h"

static void *take(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return xmalloc(size);
}

static void *resize(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return xreallocarray(old, 1, size);
}

#ifdef GIT_ALLOCATOR_KNOWS_STRINGS /* until libgit2 1.5 */
static void *take_zeros(size_t count, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return xcalloc(count, size);
}

static char *copy(const char *s, const char *file, int line)
{
	(void)file, (void)line;
	return xstrdup(s);
}

static char *copy_start(const char *s, size_t len, const char *file, int line)
{
	(void)file, (void)line;
	return xstrndup(s, len);
}

static char *copy_part(const char *s, size_t len, const char *file, int line)
{
	char *out = take(len + 1, file, line);

	memcpy(out, s, len);
	out[len] = '\0';
	return out;
}

static void *resize_array(void *old, size_t count, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return xreallocarray(old, count, size);
}

static void *take_array(size_t count, size_t size, const char *file, int line)
{
	return resize_array(NULL, count, size, file, line);
}
#endif

int git_alloc_set(void)
{
	git_allocator a = {
		.gmalloc = take,
		.grealloc = resize,
		.gfree = free,
#ifdef GIT_ALLOCATOR_KNOWS_STRINGS
		.gcalloc = take_zeros,
		.gstrdup = copy,
		.gstrndup = copy_start,
		.gsubstrdup = copy_part,
		.greallocarray = resize_array,
		.gmallocarray = take_array,
#endif
	};

	return git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &a);
}
