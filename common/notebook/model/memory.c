/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large blocks on huge pages, where the kernel gives them; ordinary memory otherwise.
 */

#include "notebook/model/memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE     (2 * HUGE_PAGE)

void *memory_block(size_t size)
{
	void *block;

	if (size < LARGE || size > SIZE_MAX - HUGE_PAGE)
		return xmalloc(size);
	size = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	if (posix_memalign(&block, HUGE_PAGE, size))
		memory_exhausted(size);
	madvise(block, size, MADV_HUGEPAGE); /* only advice: without it everything is as before */
	return block;
}

void memory_reserve(struct buf *out, size_t more)
{
	if (out->full || more > out->max - out->len)
		return;
	if (!out->data && more + 1 >= LARGE) {
		out->data = memory_block(more + 1);
		out->data[0] = '\0';
		out->cap = more + 1;
	}
	buf_reserve(out, more);
}
