/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listing reader. The first byte is the size of the pieces, the rest is the answer about "/a": in
 * these pieces and in one it says the same; what is a listing for it is one for the tree of the whole
 * text, and shows the same entries; and no more is held than the answer can have named.
 */

#include "fuzz.h"

#include "workspace/list/reader.h"

struct reading {
	struct entries_room room;
	struct entries entries;
	struct list_reader reader;
	struct err e;
	int code;
};

static void read_in_pieces(struct reading *r, const char *text, size_t len, size_t piece)
{
	r->room = ENTRIES_ROOM_INIT;
	r->e = ERR_INIT;
	entries_init(&r->entries, "dev", "/a", &r->room);
	list_reader_init(&r->reader, &r->entries);
	for (size_t i = 0, n; i < len; i += n) {
		cleanup_free char *copy = NULL;

		n = len - i < piece ? len - i : piece;
		copy = xmemdup(text + i, n);
		if (!list_reader_add(&r->reader, copy, n))
			break;
		MUST(r->reader.value.len <= LIST_ENTRY_MAX);
	}
	r->code = list_reader_end(&r->reader, &r->e);
	MUST(r->code == ERR_OK ||
	     (r->e.text[0] && (r->code == ERR_RETRY || r->code == ERR_CONFIG)));
	MUST(r->entries.text <= len + 2 * r->entries.seen);
	for (size_t i = 0; i < r->entries.l.count; i++)
		MUST(entries_is_in(r->entries.l.items[i].path, "/a"));
}

static void release(struct reading *r)
{
	list_reader_release(&r->reader);
	entries_release(&r->entries);
}

static void check_equal(const struct reading *a, const struct reading *b)
{
	MUST(a->code == b->code && str_eq(a->e.text, b->e.text));
	MUST(a->entries.l.count == b->entries.l.count);
	MUST(a->entries.l.held_count == b->entries.l.held_count);
	MUST(str_eq(a->entries.gap.text, b->entries.gap.text));
	for (size_t i = 0; i < a->entries.l.count; i++)
		MUST(str_eq(a->entries.l.items[i].path, b->entries.l.items[i].path));
	for (size_t i = 0; i < a->entries.l.held_count; i++)
		MUST(str_eq(a->entries.l.held[i].why, b->entries.l.held[i].why));
}

/* The same entries from the tree of the whole text. */
static void check_tree(const struct reading *r, const char *text, size_t len)
{
	cleanup_json struct json *tree = NULL;
	struct entries_room room = ENTRIES_ROOM_INIT;
	struct entries whole;
	const struct json *objects;

	if (json_parse(&tree, text, len, len, NULL))
		/* A gap is what keeps a listing with one broken entry from being taken as whole. */
		MUST(r->code || r->entries.gap.code || r->entries.named || r->reader.key_count > 1);
	if (!tree || r->code)
		return;
	MUST(json_is_object(tree));
	objects = json_get(tree, "objects");
	MUST(json_is_array(objects) || !json_count(tree));
	entries_init(&whole, "dev", "/a", &room);
	for (const struct json *j = json_first(objects); j; j = json_next(j))
		entries_take(&whole, j, "", 0);
	MUST(whole.seen == r->entries.seen && whole.l.count == r->entries.l.count);
	MUST(whole.l.held_count == r->entries.l.held_count);
	for (size_t i = 0; i < whole.l.count; i++) {
		MUST(str_eq(whole.l.items[i].path, r->entries.l.items[i].path));
		MUST(str_eq(whole.l.items[i].id, r->entries.l.items[i].id));
		MUST(whole.l.items[i].type == r->entries.l.items[i].type);
		MUST(whole.l.items[i].modified_ms == r->entries.l.items[i].modified_ms);
	}
	entries_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reading one, many;
	const char *text = (const char *)data + 1;

	if (!len || len > LIST_ENTRY_MAX)
		return 0;
	read_in_pieces(&one, text, len - 1, SIZE_MAX);
	read_in_pieces(&many, text, len - 1, (size_t)data[0] + 1);
	check_equal(&one, &many);
	check_tree(&one, text, len - 1);
	release(&one);
	release(&many);
	return 0;
}
