/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A growing byte buffer with a mandatory maximum: whatever a workspace, a Git server or a file
 * sends ends up in one of these, and cannot make us allocate more than the caller allowed.
 *
 * The content is always followed by a NUL that is not counted in len, so that data may be handed
 * to functions that want a string; it may contain NULs itself. data is NULL until something is
 * added. Once an addition would pass max, nothing is added, full is set, and later additions are
 * ignored: a sequence of additions needs only one check at its end.
 */

#include "base/util.h"

struct buf {
	char *data; /* owned; NULL when nothing was ever added */
	size_t len;
	size_t cap;
	size_t max;
	bool full; /* an addition was refused */
};

#define BUF_INIT(maximum) ((struct buf){ .max = (maximum) })
/* For what is made of bytes that we hold already, and so is bounded by them. Half of SIZE_MAX,
 * so that doubling never overflows. */
#define BUF_UNBOUNDED BUF_INIT(SIZE_MAX / 2)
#define cleanup_buf   __attribute__((cleanup(buf_release)))

void buf_release(struct buf *b); /* frees; a zeroed buf is fine. Keeps max. */
void buf_clear(struct buf *b);   /* len = 0 and full = false; keeps the memory */

/* All return false, and add nothing, when max would be passed or was passed before. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_add_str(struct buf *b, const char *s);
bool buf_add_char(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool buf_reserve(struct buf *b, size_t more); /* room for more bytes without reallocation */

/* Cuts the content to its first len bytes, and gives back the memory behind them. */
void buf_trim(struct buf *b, size_t len);

/* The content as a string; "" when empty. Borrowed until the next change. */
const char *buf_str(const struct buf *b);

/* Hands the memory over (never NULL); the caller frees it. The buffer is empty afterwards. */
char *buf_steal(struct buf *b, size_t *len);
