/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ObjectInfo. Fields that the server leaves out are normal; types and languages that we do not know
 * are not errors: the workspace gets new kinds of objects more often than we get releases.
 */

#include "workspace/object.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"

static enum workspace_type read_type(const char *word)
{
	static const struct {
		const char *word;
		enum workspace_type type;
	} types[] = {
		{ "NOTEBOOK", WORKSPACE_NOTEBOOK },
		{ "DIRECTORY", WORKSPACE_DIRECTORY },
		{ "FILE", WORKSPACE_FILE },
		{ "REPO", WORKSPACE_REPO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(types[i].word, word))
			return types[i].type;
	return WORKSPACE_OTHER;
}

static bool read_language(const char *word, enum notebook_language *out)
{
	static const struct {
		const char *word;
		enum notebook_language language;
	} languages[NOTEBOOK_LANGUAGES] = {
		{ "PYTHON", NOTEBOOK_PYTHON },
		{ "SQL", NOTEBOOK_SQL },
		{ "SCALA", NOTEBOOK_SCALA },
		{ "R", NOTEBOOK_R },
	};

	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		if (str_eq(languages[i].word, word)) {
			*out = languages[i].language;
			return true;
		}
	}
	return false;
}

static enum workspace_format read_format(const char *word)
{
	if (str_eq(word, "JUPYTER"))
		return WORKSPACE_FORMAT_JUPYTER;
	return str_eq(word, "SOURCE") ? WORKSPACE_FORMAT_SOURCE : WORKSPACE_FORMAT_UNKNOWN;
}

int object_read(struct workspace_object *out, const struct json *from, struct err *e)
{
	const char *path, *type;

	*out = (struct workspace_object){ 0 };
	if (json_need_str(from, "path", &path, e) || json_need_str(from, "object_type", &type, e)) {
		e->code = ERR_RETRY;
		return e->code;
	}
	out->path = workspace_path_canonical(path);
	out->type = read_type(type);
	out->has_language = read_language(json_str(from, "language"), &out->language);
	if (!json_id(from, "object_id", out->id) && !json_id(from, "resource_id", out->id))
		out->id[0] = '\0';
	out->modified_ms = json_int(from, "modified_at", 0);
	out->size = json_int(from, "size", -1);
	if (out->type == WORKSPACE_NOTEBOOK)
		out->format = read_format(json_str(from, "repos_export_format"));
	return ERR_OK;
}

char *object_parent(const char *path)
{
	char *dir = path_dir(path);

	if (dir[0])
		return dir;
	free(dir);
	return xstrdup("/");
}

void workspace_object_release(struct workspace_object *o)
{
	free(o->path);
	*o = (struct workspace_object){ 0 };
}

void workspace_listing_release(struct workspace_listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		workspace_object_release(&l->items[i]);
	for (size_t i = 0; i < l->held_count; i++) {
		free(l->held[i].path);
		free(l->held[i].why);
	}
	free(l->items);
	free(l->held);
	*l = (struct workspace_listing){ 0 };
}

void workspace_results_free(struct workspace_result *results, size_t count)
{
	for (size_t i = 0; results && i < count; i++) {
		workspace_object_release(&results[i].object);
		buf_release(&results[i].content);
	}
	free(results);
}

char *workspace_path_canonical(const char *path)
{
	char *out = xmalloc(strlen(path) + 2), *w = out;
	bool first = true;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n && !(first && n == 9 && memcmp(path, "Workspace", 9) == 0)) {
			*w++ = '/';
			memcpy(w, path, n);
			w += n;
		}
		first = first && !n;
		path += n + (path[n] == '/');
	}
	if (w == out)
		*w++ = '/';
	*w = '\0';
	return out;
}
