/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Messages out of a stream in which each is ended by one byte, which it does not contain itself:
 * lines of JSON, or Varlink's texts with their NUL. What arrives is added in pieces of any size.
 */

#include "base/buf.h"

struct frames {
	char end;
	size_t max;    /* bytes of a message, without its end */
	struct buf in; /* owned; from start on: what was received and not taken */
	size_t start;
	size_t searched; /* bytes from start on that hold no end */
	bool whole;      /* and the next one is an end */
};

#define FRAMES_INIT(ending, maximum) \
	((struct frames){ .end = (ending), .max = (maximum), .in = BUF_UNBOUNDED })
void frames_release(struct frames *f);

/* Adds what was received. To be called only when frames_first() had no message left, so that in
 * never holds more than one message and a piece. */
void frames_add(struct frames *f, const char *data, size_t len);

enum frames_state {
	FRAMES_NONE,     /* no message is complete */
	FRAMES_MESSAGE,  /* *text and *len are the first one */
	FRAMES_TOO_LONG, /* the first one has, or will have, more than max bytes */
};
/* *text (borrowed until the next frames_drop() or frames_add()) is followed by a NUL in the
 * place of the end. */
enum frames_state frames_first(struct frames *f, char **text, size_t *len);

/* Drops the first message, which there is. */
void frames_drop(struct frames *f);
