/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing one folder: its request, and the answer, which is read while it arrives. When the connection
 * is lost, the next attempt begins anew.
 */

#include "workspace/list/folder.h"

#include <stdlib.h>

/* Bytes of the listing of one folder, which are read as they come and not kept: what 100,000 objects
 * need. One has some 350 bytes with all that the API tells of it, of which 250 are not its path; a
 * path of 400 then still fits. */
#define REPLY_MAX (64u * 1024 * 1024)

static int on_data(void *payload, const char *data, size_t len)
{
	struct folder *f = payload;

	return !list_reader_add(&f->reader, data, len);
}

static void on_start(void *payload)
{
	struct folder *f = payload;

	list_reader_restart(&f->reader);
}

void folder_ask(struct folder *f, struct batch *b, size_t i, const char *dir,
		struct entries_room *room)
{
	cleanup_free char *escaped = http_escape(dir, false);
	cleanup_free char *query = xasprintf("path=%s&return_export_info=true", escaped);

	entries_init(&f->entries, b->w->name, dir, room);
	list_reader_init(&f->reader, &f->entries);
	batch_get(b, i, "/workspace/list", query, REPLY_MAX);
	b->requests[i].payload = f;
	b->requests[i].sink.on_start = on_start;
	b->requests[i].sink.on_data = on_data;
}

int folder_answer(struct folder *f, const struct batch *b, size_t i, struct err *e)
{
	bool stopped = f->reader.failure.code || f->entries.overfull;
	int code = stopped ? ERR_OK : batch_check(b, i, f->entries.dir, e);

	if (!code)
		code = list_reader_end(&f->reader, e);
	if (code)
		entries_clear(&f->entries);
	return code;
}

void folders_free(struct folder *folders, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		list_reader_release(&folders[i].reader);
		entries_release(&folders[i].entries);
	}
	free(folders);
}
