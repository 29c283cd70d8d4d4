/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's memory: wiped when it is given back. libcurl copies headers into the buffer of a request
 * and frees that without clearing it, so a token would stay in memory that nobody owns until
 * something happens to overwrite it. Each block has its size in front, in the room that keeps the
 * rest aligned.
 *
 * Not done here: keeping these blocks out of core dumps. They are many and short-lived; the programs
 * leave no dumps at all (secret_forbid_dumps()).
 */

#include <curl/curl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_transfer.h"

union head {
	size_t size; /* of what follows, in bytes */
	max_align_t align;
};

static unsigned refusals;

unsigned http_memory_refusals(void)
{
	return refusals;
}

static union head *head_of(void *block)
{
	return (union head *)block - 1;
}

static void *block_new(size_t size)
{
	union head *head;

	head = size > SIZE_MAX - sizeof(*head) ? NULL : malloc(sizeof(*head) + size);
	if (!head) {
		refusals++;
		return NULL;
	}
	head->size = size;
	return head + 1;
}

static void block_free(void *block)
{
	if (!block)
		return;
	explicit_bzero(block, head_of(block)->size);
	free(head_of(block));
}

/* Never in place: realloc() would leave the old bytes where they were. */
static void *block_resize(void *old, size_t size)
{
	void *block;
	size_t kept;

	if (old && head_of(old)->size >= size && size >= head_of(old)->size / 2)
		return old;
	block = block_new(size);
	if (!block || !old)
		return block;
	kept = head_of(old)->size < size ? head_of(old)->size : size;
	memcpy(block, old, kept);
	block_free(old);
	return block;
}

static void *block_zeroed(size_t count, size_t size)
{
	size_t bytes;
	void *block;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	block = block_new(bytes);
	return block ? memset(block, 0, bytes) : NULL;
}

static char *block_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = block_new(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

bool http_memory_init(void)
{
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, block_new, block_free, block_resize,
				    block_copy, block_zeroed) == CURLE_OK;
}
