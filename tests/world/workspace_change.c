/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of common/workspace/api.h that change something, on a directory (workspace.c). Each changing
 * request is two steps (base/step.h): before it is carried out, and when its answer has arrived.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/step.h"
#include "path/path.h"
#include "tests/world/client.h"
#include "tests/world/files.h"
#include "tests/world/store.h"

/* What is imported, wherever it is. */
static void read_item(const struct workspace_import *item, struct buf *out)
{
	if (!item->file) {
		buf_add(out, item->data, item->len);
		return;
	}
	if (!buf_reserve(out, item->len) ||
	    pread(*item->file, out->data, item->len, 0) != (ssize_t)item->len)
		files_die("cannot read what is imported");
	out->len = item->len;
}

static void before_change(struct workspace *w, const char *verb, const char *path)
{
	cleanup_free char *step = xasprintf("%s '%s'", verb, path);

	step_here(step);
	client_before_request(verb, path);
	w->changes++;
	store_count_change(w->dir);
}

/* The request has been carried out, or refused with r; whether its sender learns of it is another
 * matter. */
static int after_change(struct workspace *w, const char *path, int r, struct err *e)
{
	if (store_fault(w->dir, WORLD_REPLY_LOST, path))
		r = err_set(e, ERR_RETRY, "the workspace's answer about '%s' was lost", path);
	step_here("answered");
	return r;
}

/* What stood there before a change that was carried out, if it does not stand there any more. */
static void keep_in_mind(const struct workspace *w, struct store_object *old)
{
	struct store_object now;
	bool there = store_get(w->dir, old->path, &now);

	if (old->type != STORE_DIRECTORY &&
	    (!there || now.content.len != old->content.len ||
	     memcmp(buf_str(&now.content), buf_str(&old->content), now.content.len) != 0))
		store_displace(w->dir, old);
	store_object_release(&now);
	store_object_release(old);
}

/* What an import under that name would replace, if anything. */
static bool find_old(const struct workspace *w, const char *path, struct store_object *out)
{
	struct notebook_name name = { 0 };
	bool there = store_get(w->dir, path, out);

	if (!there && notebook_name_parse(&name, path))
		there = store_get(w->dir, name.stem, out);
	notebook_name_release(&name);
	return there;
}

static int import_once(struct workspace *w, const struct workspace_import *item,
		       struct workspace_result *out)
{
	cleanup_free char *path = workspace_path_canonical(item->path);
	cleanup_buf struct buf data = BUF_INIT(FILES_MAX);
	struct store_object made = { 0 }, old;
	bool replaces;
	int r;

	read_item(item, &data);
	before_change(w, "import", path);
	replaces = find_old(w, path, &old);
	if (store_fault(w->dir, WORLD_IMPORT_REFUSED, path))
		r = err_set(&out->error, ERR_CONFIG, "the workspace refuses '%s'", path);
	else if (store_fault(w->dir, WORLD_IMPORT_UNDONE, path))
		r = ERR_OK;
	else
		r = store_import(w->dir, path, buf_str(&data), data.len, item->overwrite, &made,
				 &out->error);
	if (!r)
		snprintf(out->object.id, sizeof(out->object.id), "%lld", (long long)made.id);
	store_object_release(&made);
	if (replaces)
		keep_in_mind(w, &old);
	return after_change(w, path, r, &out->error);
}

/* The last look before a change: ERR_CONFLICT when it says no. */
static int look_once_more(struct workspace *w, const char *object,
			  const struct workspace_last_look *look, struct err *e)
{
	struct workspace_result now = { 0 };
	bool same;
	int r;

	step_here("look once more");
	client_before_request("look", object);
	if (look->content)
		r = client_export_one(w, object, look->form, &now);
	else
		r = client_stat_one(w, object, &now);
	same = !r && look->still(look->payload, look->content ? NULL : &now.object,
				 look->content ? &now.content : NULL);
	workspace_object_release(&now.object);
	buf_release(&now.content);
	if (r && r != ERR_ABSENT)
		return err_set(e, r, "%s", now.error.text);
	return same ? ERR_OK
		    : err_set(e, ERR_CONFLICT, "'%s' changed in the workspace meanwhile", object);
}

static int client_mkdirs(struct workspace *w, const char *path, struct err *e)
{
	cleanup_free char *canonical = workspace_path_canonical(path);
	int r;

	before_change(w, "mkdirs", canonical);
	r = store_mkdirs(w->dir, canonical, e);
	return after_change(w, canonical, r, e);
}

int client_import(struct workspace *w, const struct workspace_import *items, size_t count,
		  struct workspace_result **out, struct err *e)
{
	(void)e;
	*out = xcalloc(count, sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		struct workspace_result *result = &(*out)[i];
		cleanup_free char *path = workspace_path_canonical(items[i].path);
		cleanup_free char *parent = path_dir(path);

		if (items[i].look)
			result->code = look_once_more(w, items[i].object, items[i].look,
						      &result->error);
		if (!result->code)
			result->code = import_once(w, &items[i], result);
		if (result->code != ERR_ABSENT)
			continue;
		result->error = ERR_INIT;
		result->code = client_mkdirs(w, parent, &result->error);
		if (!result->code)
			result->code = import_once(w, &items[i], result);
	}
	return ERR_OK;
}

static bool is_full(const struct workspace *w, const char *path)
{
	char **below = store_below(w->dir, path);
	bool full = below[0] != NULL;

	files_names_free(below);
	return full;
}

int client_delete(struct workspace *w, const char *path, const struct workspace_last_look *look,
		  struct err *e)
{
	cleanup_free char *canonical = workspace_path_canonical(path);
	struct store_object old;
	bool there;
	int r = ERR_OK;

	if (look && (r = look_once_more(w, canonical, look, e)))
		return r;
	before_change(w, "delete", canonical);
	there = store_get(w->dir, canonical, &old);
	if (is_full(w, canonical))
		r = err_set(e, ERR_CONFLICT, "folder '%s' is not empty", canonical);
	else if (!store_fault(w->dir, WORLD_DELETE_UNDONE, canonical))
		store_remove(w->dir, canonical);
	if (there)
		keep_in_mind(w, &old);
	return after_change(w, canonical, r, e);
}
