/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of common/workspace/api.h on a directory (store.h), with the same contract, but without a
 * network. The store is where the token file lies: the one thing in the configuration that is a path.
 * Changing requests are in workspace_change.c.
 */

#include "workspace/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/step.h"
#include "path/path.h"
#include "tests/world/client.h"
#include "tests/world/files.h"
#include "tests/world/store.h"

/* Whoever wants to interfere; the client that a cycle makes does not know its world. */
static void (*on_request)(void *payload, const char *verb, const char *path);
static void *on_request_payload;

void world_on_request(void (*fn)(void *payload, const char *verb, const char *path), void *payload)
{
	on_request = fn;
	on_request_payload = payload;
}

void client_before_request(const char *verb, const char *path)
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
	if (w->sound)
		return NULL;
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

static const enum workspace_type types[] = {
	[STORE_NOTEBOOK] = WORKSPACE_NOTEBOOK,
	[STORE_DIRECTORY] = WORKSPACE_DIRECTORY,
	[STORE_FILE] = WORKSPACE_FILE,
};

static void describe(const struct workspace *w, struct workspace_object *out,
		     const struct store_object *o)
{
	*out = (struct workspace_object){
		.path = xstrdup(o->path),
		.type = types[o->type],
		.language = o->language,
		.has_language = o->type == STORE_NOTEBOOK,
		.modified_ms = o->modified_ms,
		.size = o->type == STORE_FILE ? (int64_t)o->content.len : -1,
		.format = o->type != STORE_NOTEBOOK     ? WORKSPACE_FORMAT_UNKNOWN
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

	if (has_fault(w, WORLD_LIST_FAILS, NULL))
		return err_set(e, ERR_RETRY, "the workspace did not answer");
	there = store_get(w->dir, path, &o);
	if (!there)
		r = no_object(path, e);
	else if (o.type != STORE_DIRECTORY)
		r = err_set(e, ERR_CONFIG, "'%s' is no folder", path);
	else if (has_fault(w, WORLD_FOLDER_UNREADABLE, path))
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
	client_before_request("list", top);
	w->sound = !store_has_faults(w->dir);
	if ((r = check_folder(w, top, e)))
		return r;
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
		closed = o.type == STORE_DIRECTORY && has_fault(w, WORLD_FOLDER_UNREADABLE, *path);
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
	if (r)
		workspace_listing_release(out);
	return r;
}

int client_stat_one(struct workspace *w, const char *path, struct workspace_result *out)
{
	cleanup_free char *canonical = workspace_path_canonical(path);
	cleanup_free char *parent = path_dir(canonical), *closed = NULL;
	struct store_object o;

	w->sound = !store_has_faults(w->dir);
	closed = parent[0] ? unreadable(w, parent) : NULL;
	if (closed)
		return no_permission(closed, &out->error);
	if (has_fault(w, WORLD_STAT_ODD, canonical))
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
		client_before_request("stat", paths[i]);
		(*out)[i].code = client_stat_one(w, paths[i], &(*out)[i]);
	}
	return ERR_OK;
}

static int export_as(const struct store_object *o, enum workspace_form form, struct buf *out,
		     struct err *e)
{
	if (form == WORKSPACE_AS_SOURCE)
		return store_export(o, NOTEBOOK_SOURCE, out, e);
	if (o->type != STORE_NOTEBOOK)
		return err_set(e, ERR_INVALID, "'%s' is no notebook", o->path);
	return form == WORKSPACE_AS_WHOLE ? store_export(o, NOTEBOOK_IPYNB, out, e)
					  : store_export_bare(o, out, e);
}

int client_export_one(struct workspace *w, const char *path, enum workspace_form form,
		      struct workspace_result *out)
{
	cleanup_free char *canonical = workspace_path_canonical(path), *closed = NULL;
	struct store_object o;
	int r;

	w->sound = !store_has_faults(w->dir);
	closed = unreadable(w, canonical);
	if (closed)
		return no_permission(closed, &out->error);
	if (has_fault(w, WORLD_EXPORT_FAILS, canonical))
		return err_set(&out->error, ERR_RETRY, "cannot export '%s': no answer", canonical);
	if (is_hidden(w, canonical) || has_fault(w, WORLD_EXPORT_ABSENT, canonical) ||
	    !store_get(w->dir, canonical, &o))
		return no_object(canonical, &out->error);
	if (form == WORKSPACE_AS_JUPYTER && w->server == WORLD_SERVER_SENDS_OUTPUTS)
		form = WORKSPACE_AS_WHOLE;
	out->content = BUF_INIT(2 * FILES_MAX);
	r = export_as(&o, form, &out->content, &out->error);
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
		client_before_request("export", items[i].path);
		(*out)[i].code = client_export_one(w, items[i].path, items[i].form, &(*out)[i]);
	}
	return ERR_OK;
}

/* The file that is waiting for it takes the content. */
static int download_one(struct workspace *w, const struct workspace_download *item,
			struct workspace_result *out)
{
	int r = client_export_one(w, item->path, WORKSPACE_AS_SOURCE, out);

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
	.remove = client_delete,
	.whoami = client_whoami,
	.host = client_host,
	.changes_sent = client_changes_sent,
};
