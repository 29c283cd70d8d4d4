/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of the branch at work. What Git's own filters would make of a file (LFS, encryption) is
 * neither run nor guessed: such a file is held, never committed as it stands and never taken for
 * content. Line ends are cleaned on the way into a commit and never converted back.
 */

#include "side/git/files/attributes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter/clean.h"
#include "path/path.h"
#include "side/git/files/name.h"

#define MODE_FILE   0100000u /* of a tree's entry */
#define MODE_TYPE   0170000u
#define POINTER_MAX 1024 /* bytes of a pointer of Git LFS (git-lfs, docs/spec.md) */
#define VALUE_MAX   40   /* bytes of a value that a sentence shows */

/* ---- reading ---- */

struct found {
	char *folder; /* from the repository's root; owned */
	struct oid id;
};

/* A folder before what is below it. */
static int compare_depth(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->folder, ((const struct found *)b)->folder);
}

struct found_list {
	struct found *items;
	size_t count, cap;
};

static void found_release(struct found_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].folder);
	free(l->items);
}

/* As Git, passes over what is no plain file. */
static void note(struct found_list *l, char *folder, const struct oid *id, uint32_t mode)
{
	if ((mode & MODE_TYPE) != MODE_FILE) {
		free(folder);
		return;
	}
	l->items = array_grow(l->items, l->count, &l->cap, sizeof(*l->items));
	l->items[l->count++] = (struct found){ .folder = folder, .id = *id };
}

/* That of one folder of the tree, if there is one. */
static int find_in(struct side_context *c, const struct oid *tree, const char *folder,
		   struct found_list *l, struct err *e)
{
	cleanup_free char *file = path_join(folder, ATTRIBUTES_NAME);
	struct err why = ERR_INIT;
	uint32_t mode;
	struct oid id;
	int r = hub_tree_find(c->hub, tree, file, &id, &mode, &why);

	if (r)
		return r == ERR_ABSENT ? ERR_OK : err_set(e, r, "%s", why.text);
	note(l, xstrdup(folder), &id, mode);
	return ERR_OK;
}

/* Those of the folders above git_path. */
static int find_above(struct side_context *c, const struct oid *tree, struct found_list *l,
		      struct err *e)
{
	cleanup_free char *folder = xstrdup(c->mapping->git_path);
	int r = ERR_OK;

	while (*folder && !r && !oid_is_zero(tree)) {
		char *above = path_dir(folder);

		free(folder);
		folder = above;
		r = find_in(c, tree, folder, l, e);
	}
	return r;
}

static int take(struct side_context *c, const struct found *found, struct attributes *out,
		struct err *e)
{
	cleanup_buf struct buf data = BUF_INIT(ATTRIBUTES_FILE_MAX);
	struct err why = ERR_INIT;
	int r = hub_blob_get(c->hub, &found->id, &data, &why);

	if (!r)
		r = attributes_add(out, found->folder, buf_str(&data), data.len, &why);
	if (r && r != ERR_INVALID)
		return err_set(e, r, "%s", why.text);
	if (r)
		return err_set(
			e, ERR_CONFIG,
			"'%s%s" ATTRIBUTES_NAME "' of branch '%s' cannot be used, and what it "
			"says about files is not guessed: %s",
			found->folder, *found->folder ? "/" : "", c->mapping->branch, why.text);
	return ERR_OK;
}

int git_attributes_load(struct side_context *c, const struct oid *tree,
			const struct tree_files *files, struct attributes *out, struct err *e)
{
	struct found_list found = { 0 };
	int r;

	attributes_release(out);
	r = find_above(c, tree, &found, e);
	for (size_t i = 0; i < files->count && !r; i++) {
		const struct tree_file *f = &files->items[i];

		if (str_eq(path_base(f->path), ATTRIBUTES_NAME)) {
			cleanup_free char *path = git_path_of(c, f->path);

			note(&found, path_dir(path), &f->id, f->mode);
		}
	}
	if (found.count)
		qsort(found.items, found.count, sizeof(*found.items), compare_depth);
	for (size_t i = 0; i < found.count && !r; i++)
		r = take(c, &found.items[i], out, e);
	if (r)
		attributes_release(out);
	found_release(&found);
	return r;
}

/* ---- what is held ---- */

bool git_is_pointer(struct side_context *c, const struct oid *blob)
{
	static const char head[] = "version https://git-lfs.github.com/spec/";
	cleanup_buf struct buf data = BUF_INIT(POINTER_MAX);
	uint64_t size;

	return hub_blob_size(c->hub, blob, &size, NULL) == ERR_OK && size <= POINTER_MAX &&
	       hub_blob_get(c->hub, blob, &data, NULL) == ERR_OK &&
	       str_starts(buf_str(&data), head);
}

int git_refuse_pointer(const char *file, struct err *e)
{
	return err_set(
		e, ERR_INVALID,
		"'%s' is a pointer of Git LFS in the branch, and nbsync does not get what it "
		"points to: keep the file out of LFS ('git lfs migrate export'), or leave it "
		"out with 'exclude'",
		file);
}

/* " 'lfs'"; empty when it is nothing to show to people. Owned. */
static char *shown(const char *value)
{
	size_t len = strlen(value);
	bool plain = len && len <= VALUE_MAX;

	for (size_t i = 0; i < len && plain; i++)
		plain = value[i] > ' ' && value[i] < 0x7f && value[i] != '\'';
	return plain ? xasprintf(" '%s'", value) : xstrdup("");
}

/* UTF-8 needs no other program; "working-tree-encoding" without a value is an error to Git. */
static bool is_encoded(const struct attribute_value *v)
{
	if (v->state == ATTRIBUTE_SET || v->state == ATTRIBUTE_UNSET)
		return true;
	return v->state == ATTRIBUTE_VALUE && *v->value && strcasecmp(v->value, "UTF-8") != 0 &&
	       strcasecmp(v->value, "UTF8") != 0;
}

static void values_of(const struct side_context *c, const struct attributes *a, const char *file,
		      struct attribute_value out[static ATTRIBUTE_COUNT])
{
	cleanup_free char *path = git_path_of(c, file);

	attributes_of(a, path, out);
}

int git_attributes_check(struct side_context *c, const struct attributes *a, const char *file,
			 const struct oid *blob, struct err *e)
{
	struct attribute_value values[ATTRIBUTE_COUNT];
	const struct attribute_value *filter = &values[ATTRIBUTE_FILTER];
	cleanup_free char *value = NULL;

	if (!a->rules)
		return ERR_OK;
	values_of(c, a, file, values);
	if (filter->state == ATTRIBUTE_VALUE) {
		if (blob && git_is_pointer(c, blob))
			return git_refuse_pointer(file, e);
		value = shown(filter->value);
		return err_set(
			e, ERR_INVALID,
			"Git hands '%s' to a filter%s (" ATTRIBUTES_NAME "), which nbsync "
			"does not run: it stays out of Git until the filter is taken away from "
			"it; 'exclude' leaves it out for good",
			file, value);
	}
	if (!is_encoded(&values[ATTRIBUTE_ENCODING]))
		return ERR_OK;
	return err_set(
		e, ERR_INVALID,
		"Git converts '%s' from another encoding (working-tree-encoding in " ATTRIBUTES_NAME
		"), which nbsync does not: it stays out of Git until that is "
		"taken away from it; 'exclude' leaves it out for good",
		file);
}

/* ---- what is stored ---- */

/* Appends what is stored for a blob. */
static int cleaned(struct side_context *c, const struct clean *clean, bool before,
		   const struct oid *blob, struct buf *out, struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	int r = hub_blob_get(c->hub, blob, &data, e);

	if (!r)
		clean_apply(clean, buf_str(&data), data.len, before, out);
	return r;
}

static bool stored_crlf(struct side_context *c, const struct oid *blob)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;

	return hub_blob_get(c->hub, blob, &data, NULL) == ERR_OK &&
	       clean_has_crlf(buf_str(&data), data.len);
}

int git_attributes_clean(struct side_context *c, const struct attributes *a, const char *file,
			 const struct oid *parent, struct oid *blob, struct err *e)
{
	struct attribute_value values[ATTRIBUTE_COUNT];
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	struct clean clean;
	bool before;
	int r;

	if (!a->rules)
		return ERR_OK;
	values_of(c, a, file, values);
	clean = clean_of(values);
	if (!clean_is_any(&clean))
		return ERR_OK;
	before = clean.lines == CLEAN_AUTO && parent && stored_crlf(c, parent);
	r = cleaned(c, &clean, before, blob, &data, e);
	return r ? r : hub_blob_put(c->hub, buf_str(&data), data.len, blob, e);
}

/* Whether the branch has just this for a version. Cleaning makes nothing longer, and at most half of a
 * text of blank lines goes. */
static bool is_stored_as(struct side_context *c, const struct clean *clean, const struct version *v,
			 const struct oid *blob)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	uint64_t size, stored;
	struct oid id;

	if (v->kind != VERSION_FILE || version_absent(v) ||
	    hub_blob_size(c->hub, &v->blob, &size, NULL) ||
	    hub_blob_size(c->hub, blob, &stored, NULL) || size < stored ||
	    cleaned(c, clean, false, &v->blob, &data, NULL))
		return false;
	hub_hash(buf_str(&data), data.len, &id);
	return oid_equal(&id, blob);
}

struct version git_attributes_version(struct side_context *c, const struct attributes *a,
				      const struct row *row, const char *file,
				      const struct oid *blob)
{
	const struct version *known[] = { &row->base[SIDE_GIT], &row->agreed };
	struct version v = { .blob = *blob, .kind = VERSION_FILE };
	struct attribute_value values[ATTRIBUTE_COUNT];
	struct clean clean;

	if (!a->rules || version_same(&v, known[0]) || version_same(&v, known[1]))
		return v;
	values_of(c, a, file, values);
	clean = clean_of(values);
	for (size_t i = 0; i < ARRAY_SIZE(known) && clean_is_any(&clean); i++)
		if (is_stored_as(c, &clean, known[i], blob))
			return *known[i];
	return v;
}

/* Whether a row that is to be put has nothing to change. */
static bool is_stored(struct side_context *c, const struct attributes *a, const struct row *row)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	struct oid blob = row->agreed.blob;

	return row->todo.action[SIDE_GIT] == PLAN_PUT && row->agreed.kind == VERSION_FILE &&
	       entry->state == ENTRY_PRESENT && str_eq(entry->file, row->path) &&
	       !git_attributes_check(c, a, row->path, NULL, NULL) &&
	       !git_attributes_clean(c, a, row->path, &entry->raw, &blob, NULL) &&
	       oid_equal(&blob, &entry->raw);
}

int git_attributes_settle(struct side_context *c, const struct attributes *a, struct row **rows,
			  size_t count, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < count && a->rules; i++) {
		const struct oid raw = rows[i]->side[SIDE_GIT].raw;

		if (!is_stored(c, a, rows[i]))
			continue;
		entry_set_present(rows[i], SIDE_GIT, &rows[i]->agreed, &raw, rows[i]->path);
		state_set_base(&c->state, rows[i], SIDE_GIT, &rows[i]->agreed);
		rows[i]->todo.action[SIDE_GIT] = PLAN_SETTLED;
		any = true;
	}
	return any ? state_save(&c->state, "settled by line ends", e) : ERR_OK;
}
