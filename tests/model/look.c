/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the sides without the code under test, but for what reads notebooks. */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "filter/names.h"
#include "path/path.h"
#include "tests/model/model.h"
#include "tests/world/files.h"
#include "tests/world/store.h"

void sight_release(struct sight *s)
{
	free(s->file);
	free(s->stem);
	free(s->text);
	*s = (struct sight){ 0 };
}

void sights_release(struct sights *s)
{
	for (size_t i = 0; i < s->count; i++)
		sight_release(&s->items[i]);
	free(s->items);
	*s = (struct sights){ 0 };
}

/* ---- what a file is ---- */

/* "l00/a.conflict-git-….py": a copy, whatever its extension. */
static bool is_copy(const char *stem)
{
	return names_is_conflict(stem, NULL, NULL);
}

/* Two notebooks have the same cells: language, types, texts and titles, but for newlines at the end.
 * Not the canonical form, which is under test. */
static void hash_cells(struct sight *s, const struct notebook *nb)
{
	cleanup_buf struct buf all = BUF_UNBOUNDED;
	size_t count = notebook_cell_count(nb);

	buf_addf(&all, "%d", (int)notebook_language(nb));
	for (size_t i = 0; i < count; i++) {
		const struct notebook_cell *cell = notebook_cell(nb, i);
		size_t len = cell->len;

		while (len && i + 1 == count && cell->text[len - 1] == '\n')
			len--;
		if (count == 1 && !len)
			break;
		buf_addf(&all, "\n%d %d %d %s %zu\n", (int)cell->type, cell->show_title,
			 cell->sandbox, cell->title ? cell->title : "", len);
		buf_add(&all, cell->text, len);
	}
	hub_hash(buf_str(&all), all.len, &s->cells);
}

void sight_read(struct sight *s, const char *text, size_t len)
{
	cleanup_notebook struct notebook *nb = NULL;
	struct notebook_name name;
	struct err e = ERR_INIT;

	hub_hash(text, len, &s->raw);
	rich_read_tokens(&s->nb, text, len);
	s->kind = SIGHT_OTHER;
	if (!notebook_name_parse(&name, s->file)) {
		s->stem = xstrdup(s->file);
		return;
	}
	s->stem = steal(&name.stem);
	s->format = name.format;
	s->language = name.language;
	notebook_name_release(&name);
	if (memmem(text, len, "\n<<<<<<< ", 9) ||
	    notebook_parse(&nb, text, len, NOTEBOOK_AS(s->format, s->language), &e)) {
		s->kind = SIGHT_BROKEN;
		return;
	}
	if (s->format == NOTEBOOK_SOURCE && !notebook_is_source(text, len, s->language))
		return;
	s->kind = is_copy(s->stem) ? SIGHT_COPY : SIGHT_NOTEBOOK;
	s->language = notebook_language(nb);
	rich_read(&s->nb, text, len, s->format, s->language);
	hash_cells(s, nb);
}

char *sight_told(const struct sight *s)
{
	struct buf out = BUF_INIT(4096);

	if (!s)
		return xstrdup("nothing");
	buf_addf(&out, "%s%s", s->kind == SIGHT_BROKEN ? "broken " : "", path_ext(s->file));
	rich_tell(&s->nb, &out);
	return buf_steal(&out, NULL);
}

/* Of another time or another side, what was read of a file of this name and content. */
static const struct sight *remembered(const struct model *m, const char *file,
				      const struct oid *raw)
{
	for (size_t i = 0; i < m->memory.count; i++)
		if (oid_equal(&m->memory.items[i].raw, raw) &&
		    str_eq(m->memory.items[i].file, file))
			return &m->memory.items[i];
	return NULL;
}

/* Most of what stands somewhere stood there when it was looked at last: to read it as a notebook each
 * time was a tenth of all that a program costs. */
static const struct sight *read_once(struct model *m, const char *file, const char *text,
				     size_t len)
{
	const struct sight *known;
	struct sight *s;
	struct oid raw;

	hub_hash(text, len, &raw);
	if ((known = remembered(m, file, &raw)))
		return known;
	m->memory.items = array_grow(m->memory.items, m->memory.count, &m->memory.cap, sizeof(*s));
	s = &m->memory.items[m->memory.count++];
	*s = (struct sight){ .file = xstrdup(file) };
	sight_read(s, text, len);
	return s;
}

static struct sight *add(struct sights *out, enum side_id side, const struct sight *known)
{
	struct sight *s;

	out->items = array_grow(out->items, out->count, &out->cap, sizeof(*out->items));
	s = &out->items[out->count++];
	*s = *known;
	s->side = side;
	s->file = xstrdup(known->file);
	s->stem = xstrdup(known->stem);
	return s;
}

const struct sight *sights_find(const struct sights *all, enum side_id side, const char *stem)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].side == side && all->items[i].kind == SIGHT_NOTEBOOK &&
		    str_eq(all->items[i].stem, stem))
			return &all->items[i];
	return NULL;
}

const struct sight *sights_file(const struct sights *all, enum side_id side, const char *file)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].side == side && str_eq(all->items[i].file, file))
			return &all->items[i];
	return NULL;
}

/* ---- the sides ---- */

static void look_local(struct model *m, const char *folder, struct sights *out)
{
	cleanup_free char *dir = folder[0] ? xasprintf("%s/%s", m->w->local, folder)
					   : xstrdup(m->w->local);
	char **names = files_names(dir);

	for (char **name = names; *name; name++) {
		cleanup_buf struct buf text = BUF_INIT(FILES_MAX);
		cleanup_free char *path = path_join(folder, *name);
		cleanup_free char *whole = xasprintf("%s/%s", m->w->local, path);
		struct stat st;

		if (lstat(whole, &st) < 0)
			files_die("cannot look at '%s'", whole);
		if (S_ISDIR(st.st_mode))
			look_local(m, path, out);
		else if (files_read(whole, &text))
			add(out, SIDE_LOCAL, read_once(m, path, buf_str(&text), text.len));
	}
	files_names_free(names);
}

/* The name of an object's export. */
static char *object_name(const struct store_object *o)
{
	const char *path = o->path + strlen(WORLD_FOLDER) + 1;

	return o->type == STORE_NOTEBOOK ? notebook_name_make(path, o->format, o->language)
					 : xstrdup(path);
}

static void look_workspace(struct model *m, struct sights *out)
{
	char **paths = store_below(m->w->store, WORLD_FOLDER);

	for (char **path = paths; *path; path++) {
		cleanup_buf struct buf text = BUF_INIT(FILES_MAX);
		cleanup_free char *name = NULL;
		struct err e = ERR_INIT;
		struct store_object o;

		if (!store_get(m->w->store, *path, &o))
			files_die("object '%s' vanished", *path);
		if (o.type != STORE_DIRECTORY) {
			name = object_name(&o);
			world_ok(store_export(&o, o.format, &text, &e), &e);
			add(out, SIDE_WORKSPACE, read_once(m, name, buf_str(&text), text.len));
		}
		store_object_release(&o);
	}
	files_names_free(paths);
}

struct hub *model_branch(struct model *m, struct oid *tree)
{
	struct hub *remote = world_remote(m->w);
	struct err e = ERR_INIT;
	struct oid tip;

	*tree = (struct oid){ 0 };
	if (hub_ref_get(remote, WORLD_BRANCH, &tip, &e) == ERR_OK)
		world_ok(hub_commit_tree(remote, &tip, tree, &e), &e);
	return remote;
}

/* A blob that was read before need not be read again. */
static struct sight *add_blob(struct model *m, struct sights *out, const char *file,
			      const struct oid *blob)
{
	cleanup_buf struct buf text = BUF_INIT(FILES_MAX);
	const struct sight *known = remembered(m, file, blob);
	struct err e = ERR_INIT;

	if (!known) {
		world_ok(hub_blob_get(world_remote(m->w), blob, &text, &e), &e);
		known = read_once(m, file, buf_str(&text), text.len);
	}
	return add(out, SIDE_GIT, known);
}

static void look_git(struct model *m, struct sights *out)
{
	struct tree_files files;
	struct err e = ERR_INIT;
	struct oid tree;
	struct hub *remote = model_branch(m, &tree);

	world_ok(hub_tree_files(remote, &tree, "", &files, &e), &e);
	for (size_t i = 0; i < files.count; i++) {
		const char *path = files.items[i].path;
		size_t n = strlen(m->setup->git_path);
		cleanup_free char *outside = xasprintf("/%s", path);

		/* What stands elsewhere in the repository keeps its whole name, with a slash before
		 * it. */
		if (strncmp(path, m->setup->git_path, n) == 0)
			add_blob(m, out, path + n, &files.items[i].id);
		else
			add_blob(m, out, outside, &files.items[i].id)->kind = SIGHT_OTHER;
	}
	tree_files_release(&files);
}

void model_look(struct model *m, struct sights *out)
{
	*out = (struct sights){ 0 };
	if (!m->setup->options.without[SIDE_LOCAL])
		look_local(m, "", out);
	if (!m->setup->options.without[SIDE_WORKSPACE])
		look_workspace(m, out);
	if (!m->setup->options.without[SIDE_GIT])
		look_git(m, out);
}

void model_copies(struct model *m, unsigned lane, struct sights *out)
{
	cleanup_free char *folder = xasprintf("l%02u", lane);
	struct sights all = { 0 };

	*out = (struct sights){ 0 };
	if (!m->setup->options.without[SIDE_LOCAL])
		look_local(m, folder, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (all.items[i].kind != SIGHT_COPY)
			continue;
		out->items = array_grow(out->items, out->count, &out->cap, sizeof(*out->items));
		out->items[out->count++] = all.items[i];
		all.items[i] = (struct sight){ 0 };
	}
	sights_release(&all);
}

/* ---- one notebook ---- */

static bool find_in_workspace(struct model *m, const char *stem, struct sight *out)
{
	cleanup_free char *path = xasprintf("%s/%s", WORLD_FOLDER, stem);
	cleanup_buf struct buf text = BUF_INIT(FILES_MAX);
	struct err e = ERR_INIT;
	struct store_object o;
	bool there = store_get(m->w->store, path, &o) && o.type == STORE_NOTEBOOK;

	if (there) {
		out->file = object_name(&o);
		world_ok(store_export(&o, o.format, &text, &e), &e);
		sight_read(out, buf_str(&text), text.len);
		out->text = buf_steal(&text, NULL);
	}
	store_object_release(&o);
	return there;
}

/* The first file that stands for the notebook. */
static bool find_local(struct model *m, const char *stem, struct sight *out, struct buf *text)
{
	for (size_t i = 0; i < EXTENSIONS; i++) {
		cleanup_free char *whole = xasprintf("%s/%s%s", m->w->local, stem,
						     extension_names[i]);

		if (!files_read(whole, text))
			continue;
		out->file = xasprintf("%s%s", stem, extension_names[i]);
		return true;
	}
	return false;
}

static bool find_in_git(struct model *m, const char *stem, struct sight *out, struct buf *text)
{
	struct err e = ERR_INIT;
	struct oid tree, id;
	struct hub *remote = model_branch(m, &tree);

	for (size_t i = 0; i < EXTENSIONS && !out->file && !oid_is_zero(&tree); i++) {
		cleanup_free char *path = xasprintf("%s%s%s", m->setup->git_path, stem,
						    extension_names[i]);

		if (hub_tree_find(remote, &tree, path, &id, NULL, &e))
			continue;
		world_ok(hub_blob_get(remote, &id, text, &e), &e);
		out->file = xasprintf("%s%s", stem, extension_names[i]);
	}
	return out->file != NULL;
}

bool model_find(struct model *m, enum side_id side, const char *stem, struct sight *out)
{
	struct buf text = BUF_INIT(FILES_MAX);
	bool there;

	*out = (struct sight){ .side = side };
	if (side == SIDE_WORKSPACE)
		return find_in_workspace(m, stem, out);
	there = side == SIDE_LOCAL ? find_local(m, stem, out, &text)
				   : find_in_git(m, stem, out, &text);
	if (!there)
		return false;
	sight_read(out, buf_str(&text), text.len);
	out->text = buf_steal(&text, NULL);
	return true;
}
