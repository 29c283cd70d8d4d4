/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Connections that are suspended until a moment: delayed requests and dripping replies. Nothing
 * sleeps; the loop in server.c asks how long it may wait and what is due.
 */

#include "base/util.h"

struct waiting_item {
	int64_t due_ns;
	void *connection;
};

struct waiting {
	struct waiting_item *heap; /* owned; the earliest first */
	size_t count;
	size_t cap;
};

void waiting_release(struct waiting *w);
void waiting_add(struct waiting *w, void *connection, int64_t due_ns);

/* The earliest connection if it is due, removed from the heap; NULL when none is. */
void *waiting_take(struct waiting *w, int64_t now_ns);

/* Milliseconds until something is due, rounded up; -1 when nothing waits. */
int waiting_ms(const struct waiting *w, int64_t now_ns);
