/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each byte is searched once and moved at most once for each piece that arrives. The memory of a
 * large message is given back after it.
 */

#include "base/frames.h"

#include <assert.h>
#include <string.h>

#define KEPT (64 * 1024) /* bytes of memory that are kept for the next message */

void frames_release(struct frames *f)
{
	buf_release(&f->in);
	f->start = f->searched = 0;
	f->whole = false;
}

static size_t unread(const struct frames *f)
{
	return f->in.len - f->start;
}

void frames_add(struct frames *f, const char *data, size_t len)
{
	if (f->start) {
		memmove(f->in.data, f->in.data + f->start, unread(f));
		f->in.len -= f->start;
		f->start = 0;
	}
	buf_add(&f->in, data, len);
}

enum frames_state frames_first(struct frames *f, char **text, size_t *len)
{
	char *first = f->in.data ? f->in.data + f->start : NULL;

	if (!f->whole && unread(f) > f->searched) {
		char *end = memchr(first + f->searched, f->end, unread(f) - f->searched);

		f->whole = end;
		f->searched = end ? (size_t)(end - first) : unread(f);
	}
	if (f->searched > f->max)
		return FRAMES_TOO_LONG;
	if (!f->whole)
		return FRAMES_NONE;
	first[f->searched] = '\0';
	*text = first;
	*len = f->searched;
	return FRAMES_MESSAGE;
}

void frames_drop(struct frames *f)
{
	assert(f->whole);
	f->start += f->searched + 1;
	f->searched = 0;
	f->whole = false;
	if (unread(f) == 0 && f->in.cap > KEPT)
		frames_release(f);
}
