/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree. Every node hangs in a list of its directory and in one hash table keyed by (directory,
 * name): a path is found by one probe per component, and moving a directory touches one node.
 * Disk first, memory second: when the disk refuses, the tree has not changed; only a recursive
 * removal may stop half way, as Databricks' may.
 */

#include "tests/emulator/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/emulator/disk.h"
#include "tests/emulator/rng.h"

#define ROOT_ID   1000
#define DEPTH_MAX 1000 /* of what is read back; what requests make is far less deep */

struct store {
	struct disk *disk;
	struct node root;
	struct node **buckets; /* owned; bucket_count is a power of two */
	size_t bucket_count;
	size_t count;
	int64_t next_id;
	int64_t last_ms; /* the latest time given to an object */
	struct rng rng;
};

static const char *const type_names[NODE_TYPES] = {
	[NODE_DIRECTORY] = "DIRECTORY",
	[NODE_NOTEBOOK] = "NOTEBOOK",
	[NODE_FILE] = "FILE",
	[NODE_DASHBOARD] = "DASHBOARD",
	[NODE_DESIGNER_FILE] = "DESIGNER_FILE",
};

const char *node_type_name(enum node_type type)
{
	return type_names[type];
}

bool node_type_parse(const char *name, enum node_type *out)
{
	for (unsigned i = 0; i < NODE_TYPES; i++)
		if (str_eq(type_names[i], name)) {
			*out = (enum node_type)i;
			return true;
		}
	return false;
}

/* ---- index and links ---- */

static size_t bucket_of(const struct store *s, const struct node *dir, const char *name, size_t len)
{
	uint64_t h = (uint64_t)dir->id;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3u;
	return (size_t)rng_mix(h) & (s->bucket_count - 1);
}

static void index_add(struct store *s, struct node *n)
{
	size_t at = bucket_of(s, n->parent, n->name, strlen(n->name));

	n->hash_next = s->buckets[at];
	s->buckets[at] = n;
}

static void index_remove(struct store *s, struct node *n)
{
	struct node **at = &s->buckets[bucket_of(s, n->parent, n->name, strlen(n->name))];

	while (*at != n)
		at = &(*at)->hash_next;
	*at = n->hash_next;
}

static void index_grow(struct store *s)
{
	struct node **old = s->buckets;
	size_t old_count = s->bucket_count;

	s->bucket_count = old_count ? old_count * 2 : 1024;
	s->buckets = xcalloc(s->bucket_count, sizeof(struct node *));
	for (size_t i = 0; i < old_count; i++)
		for (struct node *n = old[i], *next; n; n = next) {
			next = n->hash_next;
			index_add(s, n);
		}
	free(old);
}

static void link_node(struct store *s, struct node *dir, struct node *n)
{
	n->parent = dir;
	n->prev_sibling = NULL;
	n->next_sibling = dir->first_child;
	if (dir->first_child)
		dir->first_child->prev_sibling = n;
	dir->first_child = n;
	dir->children++;
	index_add(s, n);
}

static void unlink_node(struct store *s, struct node *n)
{
	index_remove(s, n);
	if (n->prev_sibling)
		n->prev_sibling->next_sibling = n->next_sibling;
	else
		n->parent->first_child = n->next_sibling;
	if (n->next_sibling)
		n->next_sibling->prev_sibling = n->prev_sibling;
	n->parent->children--;
}

static void attach(struct store *s, struct node *dir, struct node *n)
{
	if (s->count >= s->bucket_count)
		index_grow(s);
	link_node(s, dir, n);
	s->count++;
}

static void node_free(struct node *n)
{
	free(n->name);
	free(n);
}

/* The node that a depth-first walk below top visits after n; NULL at the end. */
static struct node *following(const struct node *top, struct node *n)
{
	if (n->first_child)
		return n->first_child;
	while (n != top && !n->next_sibling)
		n = n->parent;
	return n == top ? NULL : n->next_sibling;
}

void store_walk(struct store *s, struct node *top, void (*visit)(void *payload, struct node *n),
		void *payload)
{
	for (struct node *n = top; n; n = following(top, n))
		if (n != &s->root)
			visit(payload, n);
}

/* ---- opening ---- */

static int compare_id(const void *key, const void *item)
{
	const int64_t *id = key;
	const struct disk_entry *entry = item;

	return (*id > entry->node->id) - (*id < entry->node->id);
}

static struct node *entry_find(struct disk_entry *entries, size_t count, int64_t id)
{
	struct disk_entry *entry = bsearch(&id, entries, count, sizeof(*entries), compare_id);

	return entry ? entry->node : NULL;
}

static bool reaches_root(const struct store *s, const struct node *n)
{
	for (unsigned depth = 0; n && depth < DEPTH_MAX; depth++, n = n->parent)
		if (n == &s->root)
			return true;
	return false;
}

/* Links what was loaded. An object without its directory is the rest of an interrupted deletion:
 * its file goes too. Parents are looked up for all before any is judged, as a rename may have put
 * an older directory into a younger one. */
static int adopt(struct store *s, struct disk_entry *entries, size_t count, struct err *e)
{
	cleanup_free bool *kept = xcalloc(count, sizeof(*kept));
	int code = ERR_OK;

	for (size_t i = 0; i < count; i++)
		entries[i].node->parent = entries[i].parent == ROOT_ID
						  ? &s->root
						  : entry_find(entries, count, entries[i].parent);
	for (size_t i = 0; i < count; i++)
		kept[i] = reaches_root(s, entries[i].node);
	for (size_t i = 0; i < count; i++) {
		struct node *n = entries[i].node;

		if (n->modified_ms > s->last_ms)
			s->last_ms = n->modified_ms;
		if (kept[i])
			attach(s, n->parent, n);
	}
	for (size_t i = 0; i < count; i++) {
		if (kept[i])
			continue;
		if (code == ERR_OK)
			code = disk_remove(s->disk, entries[i].node->id, e);
		node_free(entries[i].node);
	}
	return code;
}

static int load(struct store *s, struct err *e)
{
	struct disk_entry *entries = NULL;
	size_t count = 0;
	int code = disk_load(s->disk, &entries, &count, e);

	if (code == ERR_OK)
		code = adopt(s, entries, count, e);
	else
		for (size_t i = 0; i < count; i++)
			node_free(entries[i].node);
	free(entries);
	return code;
}

int store_open(struct store **out, const char *dir, uint64_t seed, struct err *e)
{
	struct store *s = xcalloc(1, sizeof(*s));
	int code;

	s->root.id = ROOT_ID;
	s->root.type = NODE_DIRECTORY;
	s->root.name = xstrdup("");
	s->rng.state = seed;
	index_grow(s);
	code = disk_open(&s->disk, dir, &s->next_id, e);
	if (code == ERR_OK)
		code = load(s, e);
	if (code != ERR_OK) {
		store_close(s);
		return code;
	}
	*out = s;
	return ERR_OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->bucket_count; i++)
		for (struct node *n = s->buckets[i], *next; n; n = next) {
			next = n->hash_next;
			node_free(n);
		}
	free(s->buckets);
	free(s->root.name);
	disk_close(s->disk);
	free(s);
}

/* ---- looking ---- */

struct node *store_root(struct store *s)
{
	return &s->root;
}

size_t store_count(const struct store *s)
{
	return s->count;
}

struct node *store_child(struct store *s, const struct node *dir, const char *name, size_t len)
{
	struct node *n = s->buckets[bucket_of(s, dir, name, len)];

	while (n && (n->parent != dir || strncmp(n->name, name, len) != 0 || n->name[len]))
		n = n->hash_next;
	return n;
}

struct node *store_find(struct store *s, const char *path)
{
	struct node *n = &s->root;

	for (const char *at = path + 1; n && *at; at += *at == '/') {
		size_t len = strcspn(at, "/");

		n = store_child(s, n, at, len);
		at += len;
	}
	return n;
}

void node_path(const struct node *n, struct buf *out)
{
	if (!n->parent) {
		buf_add_char(out, '/');
		return;
	}
	if (n->parent->parent)
		node_path(n->parent, out);
	buf_add_char(out, '/');
	buf_add_str(out, n->name);
}

int store_read(struct store *s, const struct node *n, struct buf *out, struct err *e)
{
	return disk_read(s->disk, n, out, e);
}

/* ---- changing ---- */

/* Now, but never earlier than any time given before, and later than after. */
static int64_t next_ms(struct store *s, int64_t after)
{
	struct timespec ts;
	int64_t now;

	clock_gettime(CLOCK_REALTIME, &ts);
	now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (now < s->last_ms)
		now = s->last_ms;
	if (now <= after)
		now = after + 1;
	s->last_ms = now;
	return now;
}

static struct node *node_new(struct store *s, const char *name)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->id = s->next_id;
	s->next_id += 1 + (int64_t)rng_below(&s->rng, 4096);
	n->name = xstrdup(name);
	n->created_ms = next_ms(s, 0);
	return n;
}

int store_put(struct store *s, struct node *dir, const char *name,
	      const struct store_content *content, struct node **out, struct err *e)
{
	struct node *old = store_child(s, dir, name, strlen(name));
	struct node *n = old ? old : node_new(s, name);
	struct node before = *n;
	int code;

	n->type = content->type;
	n->language = content->language;
	n->format = content->format;
	n->size = content->len;
	n->modified_ms = next_ms(s, n->modified_ms);
	code = disk_write(s->disk, n, dir->id, content->data, content->len, e);
	if (code != ERR_OK && old)
		*old = before;
	else if (code != ERR_OK)
		node_free(n);
	else if (!old)
		attach(s, dir, n);
	if (code == ERR_OK && out)
		*out = n;
	return code;
}

int store_mkdirs(struct store *s, const char *path, struct node **out, struct err *e)
{
	static const struct store_content directory = { .type = NODE_DIRECTORY };
	struct node *n = &s->root;
	const char *at = path + 1;

	while (*at) {
		size_t len = strcspn(at, "/");
		struct node *child = store_child(s, n, at, len);
		cleanup_free char *name = xstrndup(at, len);
		int code = child ? ERR_OK : store_put(s, n, name, &directory, &child, e);

		if (code != ERR_OK)
			return code;
		if (child->type != NODE_DIRECTORY)
			return err_set(e, ERR_CONFLICT, "%.*s already exists.",
				       (int)(at + len - path), path);
		n = child;
		at += len;
		at += *at == '/';
	}
	if (out)
		*out = n;
	return ERR_OK;
}

int store_remove(struct store *s, struct node *n, struct err *e)
{
	/* The top goes first: whatever a kill leaves behind has no directory and is swept at the
	 * next start. */
	int code = disk_remove(s->disk, n->id, e);

	if (code != ERR_OK)
		return code;
	while (n->first_child) {
		code = store_remove(s, n->first_child, e);
		if (code != ERR_OK)
			return code;
	}
	unlink_node(s, n);
	node_free(n);
	s->count--;
	return ERR_OK;
}

int store_rename(struct store *s, struct node *n, struct node *dir, const char *name, struct err *e)
{
	struct buf content = BUF_INIT(STORE_CONTENT_MAX);
	struct node moved = *n;
	int code = store_read(s, n, &content, e);

	moved.name = xstrdup(name);
	if (code == ERR_OK)
		code = disk_write(s->disk, &moved, dir->id, content.data, content.len, e);
	buf_release(&content);
	if (code != ERR_OK) {
		free(moved.name);
		return code;
	}
	unlink_node(s, n);
	free(n->name);
	n->name = moved.name;
	n->content_at = moved.content_at;
	link_node(s, dir, n);
	return ERR_OK;
}
