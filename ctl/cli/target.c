/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path is decided by how it is written and where the user stands, never by what happens to exist:
 * the same words mean the same notebook before and after it was deleted, which is when people ask
 * for one to be restored.
 */

#include "ctl/cli/target.h"

#include <stdlib.h>
#include <string.h>

#include "filter/names.h"
#include "fs/fs.h"
#include "notebook/notebook.h"
#include "path/path.h"

#define NAMES_MAX 1000 /* bytes of names in a sentence */

void target_release(struct target *t)
{
	free(t->path);
	*t = (struct target){ 0 };
}

/* ---- mappings ---- */

static void list_mappings(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < c->mapping_count; i++)
		buf_addf(out, "%s'%s'", i ? ", " : "", c->mappings[i].name);
}

int target_mapping(const struct config_mapping **out, const struct config *c, const char *name,
		   struct err *e)
{
	cleanup_buf struct buf names = BUF_INIT(NAMES_MAX);

	*out = name ? config_mapping(c, name) : c->mapping_count == 1 ? c->mappings : NULL;
	if (*out)
		return ERR_OK;
	if (!c->mapping_count)
		return err_set(e, ERR_INVALID, "there is no mapping in '%s'", c->file);
	list_mappings(c, &names);
	if (name)
		return err_set(e, ERR_INVALID, "there is no mapping '%s' in '%s', only %s", name,
			       c->file, buf_str(&names));
	return err_set(e, ERR_INVALID, "say which mapping: %s", buf_str(&names));
}

/* ---- names ---- */

/* Takes "", "." and ".." components out of a path. Of one that begins with "/", what climbs above
 * the root stays there; NULL when a relative one climbs above its start. Owned by the caller. */
static char *normalise(const char *path)
{
	cleanup_free char *out = xcalloc(strlen(path) + 2, 1);
	bool absolute = path[0] == '/';
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0) {
			if (!len && !absolute)
				return NULL;
			while (len && out[--len] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			if (len || absolute)
				out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	out[len] = '\0';
	if (absolute && !len)
		strcpy(out, "/");
	return steal(&out);
}

/* The part of path below dir ("" for dir itself), borrowed; NULL when it is elsewhere. */
static const char *part_below(const char *path, const char *dir)
{
	if (str_eq(path, dir))
		return "";
	if (str_eq(dir, "/"))
		return path + 1;
	return str_starts(path, dir) && path[strlen(dir)] == '/' ? path + strlen(dir) + 1 : NULL;
}

/* The name below m's local directory of a normalised absolute path, whatever links lead to either;
 * a link that is the last component is not followed. NULL when it is elsewhere. Owned. */
static char *below_local(const struct config_mapping *m, const char *path)
{
	cleanup_free char *root = NULL, *dir = NULL, *real_dir = NULL, *spelled = NULL,
			  *real = NULL;
	const char *part;

	if (!m->local)
		return NULL;
	root = fs_real(m->local);
	dir = path_dir(path);
	real_dir = fs_real(*dir ? dir : "/");
	spelled = xasprintf("%s/%s", str_eq(real_dir, "/") ? "" : real_dir, path_base(path));
	real = fs_real(path);
	part = part_below(spelled, root);
	if (!part)
		part = part_below(real, root);
	return xstrdup(part);
}

static bool is_relative_name(const char *word)
{
	return str_eq(word, ".") || str_eq(word, "..") || str_starts(word, "./") ||
	       str_starts(word, "../");
}

/* The mapping that cwd is in; NULL. */
static const struct config_mapping *mapping_at(const struct config *c, const char *cwd)
{
	for (size_t i = 0; cwd && i < c->mapping_count; i++) {
		cleanup_free char *rel = below_local(&c->mappings[i], cwd);

		if (rel)
			return &c->mappings[i];
	}
	return NULL;
}

/* ---- putting it together ---- */

static int from_absolute(struct target *out, const struct config *c, const char *word,
			 const char *path, struct err *e)
{
	for (size_t i = 0; i < c->mapping_count; i++) {
		if (out->mapping && out->mapping != &c->mappings[i])
			continue;
		out->path = below_local(&c->mappings[i], path);
		if (!out->path)
			continue;
		out->mapping = &c->mappings[i];
		return ERR_OK;
	}
	if (!out->mapping)
		return err_set(e, ERR_INVALID, "'%s' is in no mapping's local directory", word);
	if (!out->mapping->local)
		return err_set(e, ERR_INVALID,
			       "mapping '%s' has no local directory: give the path below its root",
			       out->mapping->name);
	return err_set(e, ERR_INVALID, "'%s' is not in '%s', the local directory of mapping '%s'",
		       word, out->mapping->local, out->mapping->name);
}

static int from_root(struct target *out, const struct config *c, const char *word, struct err *e)
{
	int r = out->mapping ? ERR_OK : target_mapping(&out->mapping, c, NULL, e);

	if (r)
		return r;
	out->path = normalise(word);
	if (!out->path)
		return err_set(e, ERR_INVALID, "'%s' leads out of mapping '%s'", word,
			       out->mapping->name);
	return ERR_OK;
}

static int find(struct target *out, const struct config *c, const char *word, const char *cwd,
		struct err *e)
{
	const struct config_mapping *here = mapping_at(c, cwd);
	bool from_here = out->mapping ? here == out->mapping && is_relative_name(word)
				      : here != NULL;
	cleanup_free char *joined = NULL, *path = NULL;

	if (*word != '/' && !from_here)
		return from_root(out, c, word, e);
	joined = *word == '/' ? xstrdup(word) : path_join(cwd, word);
	path = normalise(joined);
	return from_absolute(out, c, word, path, e);
}

/* A copy of a clash's other version stands for the notebook. */
static void take_original(struct target *t)
{
	struct notebook_name name = { 0 };
	char *original = NULL;

	notebook_name_parse(&name, t->path);
	if (names_is_conflict(name.stem ? name.stem : t->path, &original, NULL)) {
		free(t->path);
		t->path = original;
	}
	notebook_name_release(&name);
}

int target_path(struct target *out, const struct config *c, char *const *words, size_t count,
		const char *cwd, struct err *e)
{
	const char *word = words[count - 1];
	int r;

	*out = (struct target){ 0 };
	r = count > 1 ? target_mapping(&out->mapping, c, words[0], e) : ERR_OK;
	if (r)
		return r;
	if (!*word)
		return err_set(e, ERR_INVALID, "the path is empty");
	r = find(out, c, word, cwd, e);
	if (!r && *out->path)
		r = path_check(out->path, e);
	if (r) {
		target_release(out);
		return r;
	}
	take_original(out);
	return ERR_OK;
}
