/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agreed state of any names: the message of its commit, and the paths of its tree, with record
 * separators between them. It is refused with a sentence, or becomes rows; what is written from these
 * rows is read as the same rows, and is the same tree if we could have written that; and a base moves
 * only to what the message says.
 */

#include "fuzz.h"

#include <unistd.h>

#include "git/libgit2/start.h"
#include "memory/state.h"
#include "tests/temp_dir.h"

#define PATHS_MAX  40
#define STATES_MAX 500 /* that a hub takes before it is made anew */
#define AGREED     "refs/nbsync/agreed"

static struct {
	char *dir; /* owned */
	struct hub *hub;
	struct oid blobs[2];
	unsigned count;
} world;

static void remove_hub(void)
{
	hub_free(world.hub);
	world.hub = NULL;
	MUST(temp_dir_remove(world.dir) == 0);
	free(world.dir);
}

static void remove_world(void)
{
	remove_hub();
	git_stop();
}

static void make_hub(void)
{
	cleanup_free char *dir = NULL;
	struct err e = ERR_INIT;

	if (world.hub && world.count++ < STATES_MAX)
		return;
	if (world.hub) {
		remove_hub();
	} else {
		MUST(git_start(&e) == 0);
		atexit(remove_world);
	}
	world.dir = temp_dir_new();
	MUST(world.dir);
	dir = xasprintf("%s/hub.git", world.dir);
	MUST(hub_open(&world.hub, dir, &e) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(world.blobs); i++)
		MUST(hub_blob_put(world.hub, &"ab"[i], 1, &world.blobs[i], &e) == 0);
	world.count = 0;
}

/* No references, as in a hub that is new. */
static void forget(void)
{
	struct err e = ERR_INIT;

	MUST(hub_ref_delete(world.hub, AGREED, &e) == 0);
	for (int s = 0; s < SIDE_COUNT; s++) {
		cleanup_free char *base = xasprintf("refs/nbsync/base/%s", side_names[s]);

		MUST(hub_ref_delete(world.hub, base, &e) == 0);
	}
}

/* ---- the state ---- */

/* A tree with these paths; false when Git has no such tree. */
static bool make_tree(const uint8_t *data, size_t len, struct oid *tree, size_t *count)
{
	struct oid next;
	struct err e = ERR_INIT;

	*tree = (struct oid){ 0 };
	for (*count = 0; len && *count < PATHS_MAX; ++*count) {
		const uint8_t *rest;
		size_t rest_len, n = fuzz_split(data, len, &rest, &rest_len);
		cleanup_free char *path = xstrndup((const char *)data, n);
		struct tree_change change = { .path = path,
					      .id = world.blobs[*count % ARRAY_SIZE(world.blobs)] };
		int r = hub_tree_update(world.hub, tree, &change, 1, &next, &e);

		if (r)
			return false;
		*tree = next;
		data = rest;
		len = rest_len;
	}
	return *count > 0;
}

static void agree(const struct oid *tree, const char *message)
{
	struct commit_spec spec = { .tree = *tree,
				    .message = message,
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost",
				    .when_s = 1700000000 };
	struct err e = ERR_INIT;
	struct oid id;

	MUST(hub_commit(world.hub, &spec, &id, &e) == 0);
	MUST(hub_ref_set(world.hub, AGREED, &id, NULL, "fuzz", &e) == 0);
}

/* ---- what must hold ---- */

static void check_bases(const struct state *st, const char *message)
{
	for (int s = 0; s < SIDE_COUNT; s++) {
		cleanup_free char *trailer = NULL;
		char hex[41];

		if (oid_is_zero(&st->base_tree[s]))
			continue;
		oid_hex(&st->base_tree[s], hex);
		trailer = xasprintf("\nNbsync-Base-%s: ", side_names[s]);
		MUST(strstr(message, trailer) && strcasestr(message, hex));
	}
}

static void must_equal(const struct table *a, const struct table *b)
{
	MUST(a->count == b->count);
	for (const struct row *row = NULL; (row = table_next(a, row));) {
		const struct row *other = table_find(b, row->path);

		MUST(other && oid_equal(&other->agreed.blob, &row->agreed.blob));
		MUST(other->agreed.kind == row->agreed.kind);
		MUST(other->agreed.format == row->agreed.format);
		MUST(other->agreed.language == row->agreed.language);
		MUST(row_is_file(row) == (row->agreed.kind == VERSION_FILE));
	}
}

/* Writes the rows as a state of their own, and reads it. */
static void check_written(const struct state *st, size_t files, bool ours)
{
	struct table written, read;
	struct state first, second;
	struct err e = ERR_INIT;

	forget();
	table_init(&written);
	table_init(&read);
	MUST(state_load(&first, world.hub, &written, true, &e) == 0 && !written.count);
	for (const struct row *row = NULL; (row = table_next(st->table, row));)
		state_set_agreed(&first, table_get(&written, row->path), &row->agreed);
	MUST(state_save(&first, "fuzz", &e) == 0);
	MUST(state_load(&second, world.hub, &read, true, &e) == 0);
	must_equal(st->table, &read);
	MUST(files != st->table->count || !ours ||
	     oid_equal(&second.agreed_tree, &st->agreed_tree));
	state_release(&first);
	state_release(&second);
	table_release(&written);
	table_release(&read);
}

static void check_without_files(void)
{
	struct table table;
	struct state st;
	struct err e = ERR_INIT;

	table_init(&table);
	MUST(state_load(&st, world.hub, &table, false, &e) == 0);
	for (const struct row *row = NULL; (row = table_next(&table, row));)
		MUST(row->agreed.kind == VERSION_NOTEBOOK);
	state_release(&st);
	table_release(&table);
}

static void check(const char *message, size_t files, bool ours)
{
	struct table table;
	struct state st;
	struct err e = ERR_INIT;
	int r;

	table_init(&table);
	r = state_load(&st, world.hub, &table, true, &e);
	check_bases(&st, message);
	if (r) {
		MUST(r == ERR_BUG && e.text[0] && utf8_valid(e.text, strlen(e.text)));
	} else {
		MUST(table.count <= files);
		check_without_files();
		check_written(&st, files, ours);
	}
	state_release(&st);
	table_release(&table);
}

/* Whether we could have written these names: with our extensions, and with nothing put aside. */
static bool could_be_ours(const char *paths, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (paths[i] >= 'A' && paths[i] <= 'Z')
			return false;
	return !memmem(paths, len, STATE_BESIDE, strlen(STATE_BESIDE));
}

/* What was put aside has its own path again. */
static void check_read(const struct oid *tree)
{
	struct table table;
	struct state st;
	struct err e = ERR_INIT;

	forget();
	agree(tree, "agreed\n");
	table_init(&table);
	state_load(&st, world.hub, &table, true, &e);
	for (const struct row *row = NULL; (row = table_next(&table, row));)
		MUST(!str_starts(row->path, STATE_BESIDE));
	state_release(&st);
	table_release(&table);
}

/* A message of ours that a kill cut off from its base. */
static void check_trailer(const struct oid *tree, const char *message)
{
	cleanup_free char *whole = NULL;
	struct table table;
	struct state st;
	struct err e = ERR_INIT;
	char from[41], to[41];

	if (strstr(message, "\nNbsync-Base-local: "))
		return;
	oid_hex(&(struct oid){ 0 }, from);
	oid_hex(tree, to);
	whole = xasprintf("agreed %s\nNbsync-Base-local: %s %s", message, from, to);
	forget();
	agree(tree, whole);
	table_init(&table);
	state_load(&st, world.hub, &table, true, &e);
	MUST(hub_ref_get(world.hub, "refs/nbsync/base/local", &st.base_tree[SIDE_LOCAL], &e) == 0);
	MUST(oid_equal(&st.base_tree[SIDE_LOCAL], tree));
	state_release(&st);
	table_release(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *paths;
	size_t paths_len, message_len = fuzz_split(data, len, &paths, &paths_len), count;
	cleanup_free char *message = xstrndup((const char *)data, message_len);
	struct oid tree;

	make_hub();
	if (!utf8_valid((const char *)paths, paths_len) ||
	    !make_tree(paths, paths_len, &tree, &count))
		return 0;
	forget();
	agree(&tree, message);
	check(message, count, could_be_ours((const char *)paths, paths_len));
	check_trailer(&tree, message);
	if (!memmem(paths, paths_len, "/" STATE_BESIDE, strlen("/" STATE_BESIDE)))
		check_read(&tree);
	return 0;
}
