/* SPDX-License-Identifier: Apache-2.0 */
/* What people do on the three sides, and reading what stands there. */

#include <stdlib.h>
#include <string.h>

#include "base/strlist.h"
#include "path/path.h"
#include "tests/world/files.h"
#include "tests/world/store.h"
#include "tests/world/world_internal.h"

static char *local_path(const struct world *w, const char *path)
{
	return path[0] ? xasprintf("%s/%s", w->local, path) : xstrdup(w->local);
}

static char *below_folder(const char *path)
{
	return path[0] ? xasprintf("%s/%s", WORLD_FOLDER, path) : xstrdup(WORLD_FOLDER);
}

/* ---- workspace ---- */

char *world_object(const struct world *w, const char *path)
{
	char *whole = below_folder(path);
	struct notebook_name name = { 0 };
	struct store_object o;
	bool there = store_get(w->store, whole, &o);

	store_object_release(&o);
	if (there || !notebook_name_parse(&name, whole))
		return whole;
	if (store_get(w->store, name.stem, &o) && o.type == STORE_NOTEBOOK &&
	    (name.format == NOTEBOOK_IPYNB || name.language == o.language)) {
		free(whole);
		whole = steal(&name.stem);
	}
	store_object_release(&o);
	notebook_name_release(&name);
	return whole;
}

static void write_workspace(struct world *w, const char *file, const char *text)
{
	cleanup_free char *path = below_folder(file), *parent = path_dir(path);
	struct err e = ERR_INIT;

	world_ok(store_mkdirs(w->store, parent, &e), &e);
	world_ok(store_import(w->store, path, text, strlen(text), true, NULL, &e), &e);
}

static void need_object(const struct world *w, const char *path)
{
	struct store_object o;

	if (!store_get(w->store, path, &o))
		files_die("there is no '%s' in the workspace", path);
	store_object_release(&o);
}

static void rename_workspace(struct world *w, const char *from, const char *to)
{
	cleanup_free char *old = world_object(w, from), *new = below_folder(to), *parent = NULL;
	struct notebook_name name = { 0 };
	struct err e = ERR_INIT;
	struct store_object o;

	need_object(w, old);
	store_get(w->store, old, &o);
	if (o.type == STORE_NOTEBOOK && notebook_name_parse(&name, new)) {
		free(new);
		new = steal(&name.stem);
	}
	parent = path_dir(new);
	world_ok(store_mkdirs(w->store, parent, &e), &e);
	store_rename(w->store, old, new);
	store_object_release(&o);
	notebook_name_release(&name);
}

static char *read_workspace(struct world *w, const char *file)
{
	cleanup_free char *path = world_object(w, file);
	struct buf out = BUF_INIT(FILES_MAX);
	enum notebook_format format = str_ends(file, ".ipynb") ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	struct err e = ERR_INIT;
	struct store_object o;
	bool there = store_get(w->store, path, &o) && o.type != STORE_DIRECTORY;

	if (there)
		world_ok(store_export(&o, format, &out, &e), &e);
	store_object_release(&o);
	return there ? buf_steal(&out, NULL) : NULL;
}

/* ---- Git ---- */

/* Opening costs as much as a small cycle; but an open repository does not see what a push brings. */
struct hub *world_remote(struct world *w)
{
	struct world *first = w->first;
	struct err e = ERR_INIT;

	if (!first->remote_open)
		world_ok(hub_open(&first->remote_open, first->remote, &e), &e);
	return first->remote_open;
}

void world_remote_close(struct world *w)
{
	hub_free(w->first->remote_open);
	w->first->remote_open = NULL;
}

/* The remote's branch, ready for a change by somebody else. */
struct branch {
	struct hub *hub;
	struct oid tip, tree; /* zero: no commit yet */
};

static void branch_open(struct world *w, struct branch *b)
{
	struct err e = ERR_INIT;

	*b = (struct branch){ .hub = world_remote(w) };
	if (hub_ref_get(b->hub, WORLD_BRANCH, &b->tip, &e) == ERR_OK)
		world_ok(hub_commit_tree(b->hub, &b->tip, &b->tree, &e), &e);
	else
		b->tip = (struct oid){ 0 };
}

static void branch_commit(struct branch *b, const struct tree_change *changes, size_t count,
			  const char *verb, const char *path)
{
	cleanup_free char *message = xasprintf("%s %s\n", verb, path);
	struct commit_spec spec = {
		.parents = &b->tip,
		.parent_count = !oid_is_zero(&b->tip),
		.message = message,
		.committer_name = "Ben",
		.committer_email = "ben@acme.example",
	};
	struct err e = ERR_INIT;
	struct oid commit;

	world_ok(hub_tree_update(b->hub, &b->tree, changes, count, &spec.tree, &e), &e);
	world_ok(hub_commit(b->hub, &spec, &commit, &e), &e);
	world_ok(hub_ref_set(b->hub, WORLD_BRANCH, &commit, &b->tip, "commit", &e), &e);
}

static void write_git(struct world *w, const char *file, const char *text)
{
	struct tree_change change = { .path = file };
	struct err e = ERR_INIT;
	struct branch b;

	branch_open(w, &b);
	world_ok(hub_blob_put(b.hub, text, strlen(text), &change.id, &e), &e);
	branch_commit(&b, &change, 1, "Write", file);
}

/* Takes the file or folder away, and puts it elsewhere when to is not NULL. */
static void move_git(struct world *w, const char *from, const char *to)
{
	struct tree_change *changes;
	struct strlist paths = { 0 };
	struct tree_files files;
	struct err e = ERR_INIT;
	struct branch b;
	size_t n = 0;

	branch_open(w, &b);
	world_ok(hub_tree_files(b.hub, &b.tree, "", &files, &e), &e);
	changes = xcalloc(2 * files.count + 1, sizeof(*changes));
	for (size_t i = 0; i < files.count; i++) {
		const struct tree_file *f = &files.items[i];

		if (!str_eq(f->path, from) && !path_is_below(f->path, from))
			continue;
		changes[n++] = (struct tree_change){ .path = f->path };
		if (to) {
			char *moved = xasprintf("%s%s", to, f->path + strlen(from));

			changes[n++] = (struct tree_change){
				.path = strlist_keep(&paths, moved),
				.id = f->id,
				.mode = f->mode,
			};
		}
	}
	if (!n)
		files_die("there is no '%s' on the branch", from);
	branch_commit(&b, changes, n, to ? "Rename" : "Delete", from);
	free(changes);
	strlist_release(&paths);
	tree_files_release(&files);
}

static char *read_git(struct world *w, const char *file)
{
	struct buf out = BUF_INIT(FILES_MAX);
	struct err e = ERR_INIT;
	struct branch b;
	struct oid id;
	bool there;

	branch_open(w, &b);
	there = !oid_is_zero(&b.tree) &&
		hub_tree_find(b.hub, &b.tree, file, &id, NULL, &e) == ERR_OK;
	if (there)
		world_ok(hub_blob_get(b.hub, &id, &out, &e), &e);
	return there ? buf_steal(&out, NULL) : NULL;
}

/* ---- all three ---- */

void world_write(struct world *w, enum side_id side, const char *file, const char *text)
{
	cleanup_free char *path = local_path(w, file);

	if (side == SIDE_LOCAL)
		files_write(path, text, strlen(text));
	else if (side == SIDE_WORKSPACE)
		write_workspace(w, file, text);
	else
		write_git(w, file, text);
}

void world_delete(struct world *w, enum side_id side, const char *path)
{
	if (side == SIDE_LOCAL) {
		cleanup_free char *whole = local_path(w, path);

		if (!files_exist(whole))
			files_die("there is no '%s'", whole);
		files_remove(whole);
	} else if (side == SIDE_WORKSPACE) {
		cleanup_free char *object = world_object(w, path);

		need_object(w, object);
		store_remove(w->store, object);
	} else {
		move_git(w, path, NULL);
	}
}

void world_rename(struct world *w, enum side_id side, const char *from, const char *to)
{
	if (side == SIDE_LOCAL) {
		cleanup_free char *old = local_path(w, from), *new = local_path(w, to);

		files_rename(old, new);
	} else if (side == SIDE_WORKSPACE) {
		rename_workspace(w, from, to);
	} else {
		move_git(w, from, to);
	}
}

void world_mkdir(struct world *w, enum side_id side, const char *folder)
{
	cleanup_free char *path = side == SIDE_LOCAL ? local_path(w, folder) : below_folder(folder);
	struct err e = ERR_INIT;

	if (side == SIDE_LOCAL)
		files_mkdirs(path);
	else if (side == SIDE_WORKSPACE)
		world_ok(store_mkdirs(w->store, path, &e), &e);
	else
		files_die("git has no empty folders, so no '%s'", folder);
}

char *world_read(struct world *w, enum side_id side, const char *file)
{
	struct buf out = BUF_INIT(FILES_MAX);

	if (side == SIDE_LOCAL) {
		cleanup_free char *path = local_path(w, file);

		return files_read(path, &out) ? buf_steal(&out, NULL) : NULL;
	}
	return side == SIDE_WORKSPACE ? read_workspace(w, file) : read_git(w, file);
}

static size_t length_but_newlines(const char *text)
{
	size_t n = strlen(text);

	while (n && text[n - 1] == '\n')
		n--;
	return n;
}

bool world_texts_alike(const char *a, const char *b)
{
	size_t n;

	if (!a || !b)
		return a == b;
	n = length_but_newlines(a);
	return n == length_but_newlines(b) && memcmp(a, b, n) == 0;
}

/* ---- faults ---- */

void world_fault(struct world *w, enum world_fault fault, const char *path)
{
	cleanup_free char *object = path ? below_folder(path) : NULL;

	store_set_fault(w->store, fault, object);
}

void world_mend_one(struct world *w, enum world_fault fault, const char *path)
{
	cleanup_free char *object = path ? below_folder(path) : NULL;

	store_mend_one(w->store, fault, object);
}

void world_mend(struct world *w)
{
	store_mend(w->store);
}
