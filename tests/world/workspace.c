/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of common/workspace/api.h on a directory (store.h), with the same contract, but without a
 * network. The store is where the token file lies: the one thing in the configuration that is a path.
 *
 * Each changing request is two steps (base/step.h): before it is carried out, and when its answer
 * has arrived.
 */

#include "workspace/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/step.h"
#include "path/path.h"
#include "tests/world/files.h"
#include "tests/world/store.h"
#include "tests/world/world.h"

struct workspace {
	char *dir; /* of the store */
	enum world_server server;
	bool sound; /* while a listing is made: no fault is set */
	uint64_t changes;
};

/* Whoever wants to interfere; the client that a cycle makes does not know its world. */
static void (*on_request)(void *payload, const char *verb, const char *path);
static void *on_request_payload;

void world_on_request(void (*fn)(void *payload, const char *verb, const char *path), void *payload)
{
	on_request = fn;
	on_request_payload = payload;
}

static void before_request(const char *verb, const char *path)
{
	if (on_request)
		on_request(on_request_payload, verb, path);
}

static int client_open(struct workspace **out, struct http *h,
		       const struct workspace_settings *settings, struct err *e)
{
	struct workspace *w;

	(void)h;
	*out = NULL;
	if (!settings->token_file || !files_exist(settings->token_file))
		return err_set(e, ERR_CONFIG, "workspace '%s' has no token", settings->name);
	w = xcalloc(1, sizeof(*w));
	w->dir = path_dir(settings->token_file);
	w->server = store_server(w->dir);
	*out = w;
	return ERR_OK;
}

static void client_close(struct workspace *w)
{
	if (w)
		free(w->dir);
	free(w);
}

static uint64_t client_changes_sent(const struct workspace *w)
{
	return w->changes;
}

static int client_whoami(struct workspace *w, char **user, struct err *e)
{
	if (store_fault(w->dir, WORLD_USER_UNTOLD, NULL))
		return err_set(e, ERR_RETRY, "the workspace does not say who we are");
	*user = xstrdup(store_fault(w->dir, WORLD_USER_OTHER, NULL) ? "eve@acme.example"
								    : "ana@acme.example");
	return ERR_OK;
}

/* ---- looking ---- */

static bool has_fault(const struct workspace *w, enum world_fault fault, const char *path)
{
	return !w->sound && store_fault(w->dir, fault, path);
}

static int no_object(const char *path, struct err *e)
{
	return err_set(e, ERR_ABSENT, "'%s' does not exist in the workspace", path);
}

/* The first folder on the way to path, or path itself, that may not be read. Owned. */
static char *unreadable(const struct workspace *w, const char *path)
{
	for (const char *slash = strchr(path + 1, '/');;
	     slash = slash ? strchr(slash + 1, '/') : NULL) {
		char *folder = xstrndup(path, slash ? (size_t)(slash - path) : strlen(path));

		if (store_fault(w->dir, WORLD_FOLDER_UNREADABLE, folder))
			return folder;
		free(folder);
		if (!slash)
			return NULL;
	}
}

static int no_permission(const char *path, struct err *e)
{
	return err_set(e, ERR_CONFIG, "the workspace does not let us read '%s'", path);
}

static void describe(const struct workspace *w, struct workspace_object *out,
		     const struct store_object *o)
{
	*out = (struct workspace_object){
		.path = xstrdup(o->path),
		.type = o->type,
		.language = o->language,
		.has_language = o->type == WORKSPACE_NOTEBOOK,
		.modified_ms = o->modified_ms,
		.size = o->type == WORKSPACE_FILE ? (int64_t)o->content.len : -1,
		.format = o->type != WORKSPACE_NOTEBOOK ? WORKSPACE_FORMAT_UNKNOWN
			  : o->format == NOTEBOOK_IPYNB ? WORKSPACE_FORMAT_JUPYTER
							: WORKSPACE_FORMAT_SOURCE,
	};
	if (has_fault(w, WORLD_KIND_UNKNOWN, o->path))
		out->type = WORKSPACE_OTHER;
	snprintf(out->id, sizeof(out->id), "%lld", (long long)o->id);
}

static int check_folder(struct workspace *w, const char *path, struct err *e)
{
	struct store_object o;
	bool there;
	int r = ERR_OK;

	if (store_fault(w->dir, WORLD_LIST_FAILS, NULL))
		return err_set(e, ERR_RETRY, "the workspace did not answer");
	there = store_get(w->dir, path, &o);
	if (!there)
		r = no_object(path, e);
	else if (o.type != WORKSPACE_DIRECTORY)
		r = err_set(e, ERR_CONFIG, "'%s' is no folder", path);
	else if (store_fault(w->dir, WORLD_FOLDER_UNREADABLE, path))
		r = no_permission(path, e);
	store_object_release(&o);
	return r;
}

/* Whether a fault is that of path, or of a folder that it is in. */
static bool is_below_fault(const struct workspace *w, enum world_fault fault, const char *path)
{
	cleanup_free char *above = NULL;
	char *slash;

	if (w->sound)
		return false;
	above = xstrdup(path);
	do {
		if (has_fault(w, fault, above))
			return true;
		slash = strrchr(above, '/');
		if (slash)
			*slash = '\0';
	} while (slash && slash != above);
	return false;
}

/* What is below a thing of an unknown kind is as invisible as what is hidden. Were that thing
 * itself not shown, all would say the same: that it is gone. */
static bool is_hidden(const struct workspace *w, const char *path)
{
	cleanup_free char *parent = path_dir(path);

	return is_below_fault(w, WORLD_HIDDEN, path) ||
	       (is_below_fault(w, WORLD_KIND_UNKNOWN, parent) &&
		!is_below_fault(w, WORLD_LISTING_OMITS, parent));
}

static int client_list(struct workspace *w, const char *dir, struct workspace_listing *out,
		       workspace_problem_fn problem, void *payload, struct err *e)
{
	cleanup_free char *top = workspace_path_canonical(dir), *hidden = NULL;
	size_t cap = 0;
	char **paths;
	int r;

	*out = (struct workspace_listing){ 0 };
	step_here("list");
	before_request("list", top);
	if ((r = check_folder(w, top, e)))
		return r;
	w->sound = !store_has_faults(w->dir);
	paths = store_below(w->dir, top);
	for (char **path = paths; *path && !r; path++) {
		struct store_object o;
		bool closed;

		if (hidden && path_is_below(*path, hidden))
			continue;
		if (is_below_fault(w, WORLD_LISTING_OMITS, *path) || is_hidden(w, *path))
			continue;
		if (!store_get(w->dir, *path, &o))
			files_die("object '%s' vanished", *path);
		out->items = array_grow(out->items, out->count, &cap, sizeof(*out->items));
		describe(w, &out->items[out->count], &o);
		if (w->server == WORLD_SERVER_LISTS_LESS)
			out->items[out->count].format = WORKSPACE_FORMAT_UNKNOWN;
		out->count++;
		closed = o.type == WORKSPACE_DIRECTORY &&
			 has_fault(w, WORLD_FOLDER_UNREADABLE, *path);
		store_object_release(&o);
		if (closed) {
			struct err why = ERR_INIT;

			free(hidden);
			hidden = xstrdup(*path);
			no_permission(hidden, &why);
			if (problem)
				problem(payload, hidden, &why);
			else
				r = err_set(e, why.code, "%s", why.text);
		}
	}
	files_names_free(paths);
	w->sound = false;
	if (r)
		workspace_listing_release(out);
	return r;
}

static int stat_one(struct workspace *w, const char *path, struct workspace_result *out)
{
	cleanup_free char *canonical = workspace_path_canonical(path);
	cleanup_free char *parent = path_dir(canonical);
	cleanup_free char *closed = parent[0] ? unreadable(w, parent) : NULL;
	struct store_object o;

	if (closed)
		return no_permission(closed, &out->error);
	if (store_fault(w->dir, WORLD_STAT_ODD, canonical))
		return err_set(&out->error, ERR_CONFIG, "'%s': 404 page not found", canonical);
	if (is_hidden(w, canonical) || !store_get(w->dir, canonical, &o))
		return no_object(canonical, &out->error);
	describe(w, &out->object, &o);
	store_object_release(&o);
	return ERR_OK;
}

static int client_stat(struct workspace *w, const char *const *paths, size_t count,
		       struct workspace_result **out, struct err *e)
{
	(void)e;
	step_here("stat");
	*out = xcalloc(count, sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		before_request("stat", paths[i]);
		(*out)[i].code = stat_one(w, paths[i], &(*out)[i]);
	}
	return ERR_OK;
}

static int export_one(struct workspace *w, const char *path, enum workspace_form form,
		      struct workspace_result *out)
{
	cleanup_free char *canonical = workspace_path_canonical(path);
	cleanup_free char *closed = unreadable(w, canonical);
	struct store_object o;
	int r;

	if (closed)
		return no_permission(closed, &out->error);
	if (store_fault(w->dir, WORLD_EXPORT_FAILS, canonical))
		return err_set(&out->error, ERR_RETRY, "cannot export '%s': no answer", canonical);
	if (is_hidden(w, canonical) || store_fault(w->dir, WORLD_EXPORT_ABSENT, canonical) ||
	    !store_get(w->dir, canonical, &o))
		return no_object(canonical, &out->error);
	if (form == WORKSPACE_AS_JUPYTER && w->server == WORLD_SERVER_SENDS_OUTPUTS)
		form = WORKSPACE_AS_WHOLE;
	out->content = BUF_INIT(2 * FILES_MAX);
	r = store_export_as(&o, form, &out->content, &out->error);
	store_object_release(&o);
	return r;
}

static int client_export(struct workspace *w, const struct workspace_wanted *items, size_t count,
			 struct workspace_result **out, struct err *e)
{
	(void)e;
	step_here("export");
	*out = xcalloc(count, sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		before_request("export", items[i].path);
		(*out)[i].code = export_one(w, items[i].path, items[i].form, &(*out)[i]);
	}
	return ERR_OK;
}

/* The file that is waiting for it takes the content. */
static int download_one(struct workspace *w, const struct workspace_download *item,
			struct workspace_result *out)
{
	int r = export_one(w, item->path, WORKSPACE_AS_SOURCE, out);

	if (r)
		return r;
	if (ftruncate(*item->file, 0) || pwrite(*item->file, buf_str(&out->content),
						out->content.len, 0) != (ssize_t)out->content.len)
		files_die("cannot write a download");
	out->object.size = (int64_t)out->content.len;
	return ERR_OK;
}

static int client_download(struct workspace *w, const struct workspace_download *items,
			   size_t count, struct workspace_result **out, struct err *e)
{
	(void)e;
	step_here("export");
	*out = xcalloc(count, sizeof(**out));
	for (size_t i = 0; i < count; i++)
		(*out)[i].code = download_one(w, &items[i], &(*out)[i]);
	return ERR_OK;
}

/* ---- changing ---- */

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
	before_request(verb, path);
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

	if (old->type != WORKSPACE_DIRECTORY &&
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
	before_request("look", object);
	if (look->content)
		r = export_one(w, object, look->form, &now);
	else
		r = stat_one(w, object, &now);
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

static int client_import(struct workspace *w, const struct workspace_import *items, size_t count,
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

static int client_delete(struct workspace *w, const char *path,
			 const struct workspace_last_look *look, struct err *e)
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

static const char *client_host(const struct workspace *w)
{
	(void)w;
	return "https://workspace.acme.example";
}

const struct workspace_api world_workspace = {
	.open = client_open,
	.close = client_close,
	.list = client_list,
	.stat = client_stat,
	.export = client_export,
	.download = client_download,
	.import = client_import,
	.delete = client_delete,
	.whoami = client_whoami,
	.host = client_host,
	.changes_sent = client_changes_sent,
};
