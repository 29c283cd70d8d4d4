/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside of workspace/: one folder that is being listed, as one request of a batch. */

#include "workspace/call.h"
#include "workspace/list/reader.h"

struct folder {
	struct entries entries;
	struct list_reader reader;
};

/* Makes request i of b the one that lists dir (canonical; borrowed, as is room). f must stay where it
 * is until the batch has run. */
void folder_ask(struct folder *f, struct batch *b, size_t i, const char *dir,
		struct entries_room *room);

/* Once the batch has run: what request i, which is about f, was answered; f->entries holds what the
 * folder shows, nothing after a failure. */
int folder_answer(struct folder *f, const struct batch *b, size_t i, struct err *e);

/* Frees an array of them with what was not taken out of their entries. */
void folders_free(struct folder *folders, size_t count);
