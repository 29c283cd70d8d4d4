/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees as bytes, for who compares many. libgit2 makes a list of a tree's entries first, which takes
 * longer than going through them; and it hashes each object that it reads, which for a large tree takes
 * ten times as long as taking it from its pack. A reading (struct tree_reading) leaves the hash out, and
 * keeps the trees it read last: what stands after one commit is what stood before the next.
 *
 * What is read without its hash was hashed when it came into the hub, and zlib's checksum tells a bad disk.
 * Whatever is not as it should be is left to libgit2, which says so.
 */

#include <stdlib.h>

#include "git/hub/internal.h"

/* What a tree costs besides its bytes, and how much dearer one is that is loose and not in a pack, where it is
 * mostly told by what differs from another (0.15 ms instead of 0.015 ms for 74 KB). */
#define TREE_COST   8192
#define LOOSE_TIMES 10

static int fail_damaged(const struct hub *h, struct err *e)
{
	return err_set(e, ERR_BUG, "cannot read a folder from the hub '%s': it is damaged", h->dir);
}

void raw_tree_release(struct raw_tree *t)
{
	if (t->backend)
		git_odb_backend_data_free(t->backend, t->packed);
	git_odb_object_free(t->object);
	free(t->copy);
	*t = (struct raw_tree){ 0 };
}

/* ---- reading ---- */

/* What is not on the disk yet: a copy, because hub_flush() may come before the tree is released. */
static bool read_new(struct raw_tree *t, const struct hub *h)
{
	const struct slice_object *o = slice_find(h->slice, &t->id);

	if (!o || o->type != GIT_OBJECT_TREE)
		return false;
	t->data = t->copy = xmemdup(o->data, o->len);
	t->len = o->len;
	return true;
}

static bool read_packed(struct raw_tree *t, struct hub *h)
{
	git_oid id = oid_to_git(&t->id);
	git_object_t type;
	size_t len;

	if (h->packed->read(&t->packed, &len, &type, h->packed, &id))
		return false;
	if (type != GIT_OBJECT_TREE) {
		git_odb_backend_data_free(h->packed, t->packed);
		return false;
	}
	t->backend = h->packed;
	t->data = t->packed;
	t->len = len;
	return true;
}

static bool read_loose(struct raw_tree *t, struct hub *h)
{
	t->data = t->copy = hub_loose_tree(h, &t->id, &t->len);
	return t->copy != NULL;
}

static int read_object(struct raw_tree *t, struct hub *h, struct err *e)
{
	git_oid id = oid_to_git(&t->id);
	int rc = git_odb_read(&t->object, h->odb, &id);

	if (rc)
		return libgit2_fail(e, rc, "cannot read a folder from the hub '%s'", h->dir);
	if (git_odb_object_type(t->object) != GIT_OBJECT_TREE)
		return fail_damaged(h, e);
	t->data = git_odb_object_data(t->object);
	t->len = git_odb_object_size(t->object);
	return ERR_OK;
}

static bool take_kept(struct tree_reading *r, const struct oid *id, struct raw_tree *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->kept); i++) {
		struct raw_tree *t = r->kept[i];

		if (!t || !oid_equal(&t->id, id))
			continue;
		*out = *t;
		free(t);
		r->kept[i] = NULL;
		return true;
	}
	return false;
}

int raw_tree_read(struct raw_tree *out, struct hub *h, const struct oid *id,
		  struct tree_reading *reading, struct err *e)
{
	int r = ERR_OK;
	bool cheap;

	if (reading && take_kept(reading, id, out))
		return ERR_OK;
	*out = (struct raw_tree){ .id = *id };
	cheap = reading && (read_new(out, h) || read_packed(out, h));
	if (!cheap && !(reading && read_loose(out, h)))
		r = read_object(out, h, e);
	if (reading)
		reading->cost += (TREE_COST + out->len) * (cheap ? 1 : LOOSE_TIMES);
	if (r)
		raw_tree_release(out);
	return r;
}

void raw_tree_done(struct raw_tree *t, struct tree_reading *reading)
{
	struct raw_tree **slot;

	if (!reading || !t->data) {
		raw_tree_release(t);
		return;
	}
	slot = &reading->kept[reading->next++ % ARRAY_SIZE(reading->kept)];
	if (*slot)
		raw_tree_release(*slot);
	else
		*slot = xcalloc(1, sizeof(**slot));
	**slot = *t;
	*t = (struct raw_tree){ 0 };
}

void tree_reading_release(struct tree_reading *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->kept); i++) {
		if (!r->kept[i])
			continue;
		raw_tree_release(r->kept[i]);
		free(r->kept[i]);
	}
	*r = (struct tree_reading){ 0 };
}

/* ---- entries ---- */

/* As libgit2 does: what old programs wrote is one of the modes of today. */
static uint32_t usual_mode(uint32_t mode)
{
	switch (mode & 0170000) {
	case 0040000:
		return GIT_FILEMODE_TREE;
	case 0120000:
		return GIT_FILEMODE_LINK;
	case 0160000:
		return GIT_FILEMODE_COMMIT;
	default:
		return mode & 0100 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	}
}

/* The entry at offset `at`; *next is where the following one begins. */
int raw_tree_entry(const struct raw_tree *t, size_t at, struct raw_entry *out, size_t *next)
{
	const char *start = t->data, *p = start + at, *end = start + t->len, *nul;
	uint32_t mode = 0;

	while (p < end && *p >= '0' && *p <= '7' && mode < 01000000)
		mode = mode << 3 | (uint32_t)(*p++ - '0');
	if (p == start + at || p == end || *p++ != ' ')
		return ERR_BUG;
	nul = memchr(p, '\0', (size_t)(end - p));
	if (!nul || nul == p || (size_t)(end - nul) <= OID_SIZE)
		return ERR_BUG;
	out->name = p;
	out->name_len = (size_t)(nul - p);
	out->mode = usual_mode(mode);
	memcpy(&out->id, nul + 1, OID_SIZE);
	*next = (size_t)(nul + 1 + OID_SIZE - start);
	return ERR_OK;
}

int raw_tree_find(struct hub *h, const struct oid *tree, const char *path,
		  struct tree_reading *reading, struct oid *out, struct err *e)
{
	*out = *tree;
	for (const char *p = path; *p && !oid_is_zero(out);) {
		size_t len = strcspn(p, "/"), next = 0;
		struct raw_entry entry;
		struct raw_tree t;
		int r = raw_tree_read(&t, h, out, reading, e);

		if (r)
			return r;
		*out = (struct oid){ 0 };
		while (!r && next < t.len && oid_is_zero(out)) {
			if ((r = raw_tree_entry(&t, next, &entry, &next)))
				r = fail_damaged(h, e);
			else if (entry.mode == GIT_FILEMODE_TREE && entry.name_len == len &&
				 memcmp(entry.name, p, len) == 0)
				*out = entry.id;
		}
		raw_tree_done(&t, reading);
		if (r)
			return r;
		p += len;
		p += *p == '/';
	}
	return ERR_OK;
}
