/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recursive listing, breadth first: the folders of one depth are listed side by side, then those
 * they contain. The API lists one folder per request, without pages and without recursion.
 *
 * A listing must never claim more than the server said. A reply that names something outside its
 * folder is not used at all; a folder that could not be listed stays in the result and is reported,
 * so that nobody takes its emptiness for truth. "Not found" is what the API answers both for folders
 * that are gone and for folders we may not see, so at the end the parent is asked once more.
 */

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "workspace/call.h"
#include "workspace/error.h"
#include "workspace/object.h"

#define REPLY_MAX (64u * 1024 * 1024) /* 100,000 objects of some 300 bytes in one folder, doubled */
#define SLICE     128                 /* folders in one batch, to bound what is held at once */

struct paths {
	char **items; /* owned, as are its strings */
	size_t count, cap;
};

struct walk {
	struct workspace *w;
	const char *root; /* canonical */
	struct workspace_listing *out;
	size_t cap;           /* of out->items */
	struct paths next;    /* folders of the next depth */
	struct paths missing; /* folders that "do not exist" */
	unsigned depth;       /* 0 while root is listed */
	workspace_problem_fn problem;
	void *payload;
};

static void paths_add(struct paths *p, const char *path)
{
	p->items = array_grow(p->items, p->count, &p->cap, sizeof(*p->items));
	p->items[p->count++] = xstrdup(path);
}

static void paths_release(struct paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i]);
	free(p->items);
	*p = (struct paths){ 0 };
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts and drops what is twice. */
static void paths_sort(struct paths *p)
{
	size_t kept = 0;

	if (p->count)
		qsort(p->items, p->count, sizeof(*p->items), compare_paths);
	for (size_t i = 0; i < p->count; i++) {
		if (kept && str_eq(p->items[kept - 1], p->items[i]))
			free(p->items[i]);
		else
			p->items[kept++] = p->items[i];
	}
	p->count = kept;
}

static bool is_folder(const struct workspace_object *o)
{
	return o->type == WORKSPACE_DIRECTORY || o->type == WORKSPACE_REPO;
}

static int compare_objects(const void *a, const void *b)
{
	const struct workspace_object *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : strcmp(x->id, y->id);
}

/* The listing by path; a folder that was listed twice is kept once. */
static void listing_sort(struct workspace_listing *l)
{
	size_t kept = 0;

	if (l->count)
		qsort(l->items, l->count, sizeof(*l->items), compare_objects);
	for (size_t i = 0; i < l->count; i++) {
		struct workspace_object *last = kept ? &l->items[kept - 1] : NULL;

		if (last && is_folder(last) && is_folder(&l->items[i]) &&
		    str_eq(last->path, l->items[i].path))
			workspace_object_release(&l->items[i]);
		else
			l->items[kept++] = l->items[i];
	}
	l->count = kept;
}

/* Whether path names an entry of dir itself. */
static bool is_entry_of(const char *path, const char *dir)
{
	size_t n = str_eq(dir, "/") ? 0 : strlen(dir);
	const char *name;

	if (strncmp(path, dir, n) != 0 || path[n] != '/')
		return false;
	name = path + n + 1;
	return name[0] && !strchr(name, '/') && !str_eq(name, ".") && !str_eq(name, "..");
}

/* Reads the objects of a reply about dir into l; all of them or none. */
static int read_objects(const struct walk *walk, const char *dir, const struct json *reply,
			struct workspace_listing *l, struct err *e)
{
	const struct json *objects = json_get(reply, "objects");
	char shown[API_QUOTE_MAX];
	size_t cap = 0;

	if (objects && !json_is_array(objects))
		return err_set(e, ERR_RETRY, "workspace '%s' sent an unreadable listing",
			       walk->w->name);
	for (const struct json *j = json_first(objects); j; j = json_next(j)) {
		struct workspace_object *o;

		l->items = array_grow(l->items, l->count, &cap, sizeof(*l->items));
		o = &l->items[l->count];
		if (object_read(o, j, e))
			return err_wrap(e, "workspace '%s' sent an unusable listing",
					walk->w->name);
		l->count++;
		api_quote(shown, o->path, strlen(o->path));
		if (str_eq(o->path, dir))
			return err_set(e, ERR_CONFIG, "'%s' is not a folder of workspace '%s'",
				       shown, walk->w->name);
		if (!is_entry_of(o->path, dir))
			return err_set(e, ERR_RETRY,
				       "workspace '%s' listed '%s' in a folder it is not in",
				       walk->w->name, shown);
	}
	return ERR_OK;
}

static int list_reply(const struct walk *walk, const struct batch *b, size_t i, const char *dir,
		      struct workspace_listing *l, struct err *e)
{
	cleanup_json struct json *reply = NULL;
	int code = batch_reply(b, i, dir, &reply, e);

	*l = (struct workspace_listing){ 0 };
	if (!code)
		code = read_objects(walk, dir, reply, l, e);
	if (code)
		workspace_listing_release(l);
	return code;
}

/* What is below dir is unknown. Whoever does not want to hear of that, gets no listing. */
static int report(const struct walk *walk, const char *dir, const struct err *why, struct err *e)
{
	if (!walk->problem) {
		*e = *why;
		return why->code;
	}
	walk->problem(walk->payload, dir, why);
	return ERR_OK;
}

/* Moves the entries of one folder into the result and its folders to the next depth. */
static int take_entries(struct walk *walk, struct workspace_listing *l, struct err *e)
{
	struct workspace_listing *out = walk->out;

	if (out->count + l->count > WORKSPACE_OBJECTS_MAX)
		return err_set(e, ERR_INVALID,
			       "folder '%s' of workspace '%s' holds more than %d objects",
			       walk->root, walk->w->name, WORKSPACE_OBJECTS_MAX);
	for (size_t i = 0; i < l->count; i++) {
		out->items = array_grow(out->items, out->count, &walk->cap, sizeof(*out->items));
		out->items[out->count++] = l->items[i];
		if (is_folder(&l->items[i]))
			paths_add(&walk->next, l->items[i].path);
		l->items[i] = (struct workspace_object){ 0 };
	}
	return ERR_OK;
}

/* What the reply about one folder means. Only what concerns the whole walk is returned. */
static int take_reply(struct walk *walk, const struct batch *b, size_t i, const char *dir,
		      struct err *e)
{
	struct workspace_listing l;
	struct err why = ERR_INIT;
	int code = list_reply(walk, b, i, dir, &l, &why);

	if (!code) {
		code = take_entries(walk, &l, e);
		workspace_listing_release(&l);
		return code;
	}
	if (walk->depth == 0) {
		*e = why;
		return code;
	}
	if (code != ERR_ABSENT)
		return report(walk, dir, &why, e);
	paths_add(&walk->missing, dir);
	return ERR_OK;
}

static void ask_for(struct batch *b, size_t i, const char *dir)
{
	cleanup_free char *escaped = http_escape(dir, false);
	cleanup_free char *query = xasprintf("path=%s", escaped);

	batch_get(b, i, "/workspace/list", query, REPLY_MAX);
}

static int list_slice(struct walk *walk, char *const *dirs, size_t count, struct err *e)
{
	struct batch b;
	int code;

	batch_init(&b, walk->w, CALL_LOOK, "list", count);
	for (size_t i = 0; i < count; i++)
		ask_for(&b, i, dirs[i]);
	code = batch_run(&b, e);
	for (size_t i = 0; !code && i < count; i++)
		code = take_reply(walk, &b, i, dirs[i], e);
	batch_release(&b);
	return code;
}

/* All folders of one depth. */
static int list_level(struct walk *walk, const struct paths *dirs, struct err *e)
{
	int code = ERR_OK;

	for (size_t i = 0; !code && i < dirs->count; i += SLICE) {
		size_t n = dirs->count - i < SLICE ? dirs->count - i : SLICE;

		code = list_slice(walk, dirs->items + i, n, e);
	}
	return code;
}

/* Folders that are left when the walk has gone deep enough. */
static int report_too_deep(struct walk *walk, struct err *e)
{
	struct err why;
	int code = ERR_OK;

	err_set(&why, ERR_INVALID, "folder '%s' of workspace '%s' is more than %d levels deep",
		walk->root, walk->w->name, PATH_DEPTH_MAX);
	for (size_t i = 0; !code && i < walk->next.count; i++)
		code = report(walk, walk->next.items[i], &why, e);
	return code;
}

static int list_all(struct walk *walk, struct err *e)
{
	struct paths level = { 0 };
	int code = ERR_OK;

	paths_add(&walk->next, walk->root);
	while (!code && walk->next.count && walk->depth <= PATH_DEPTH_MAX) {
		level = walk->next;
		walk->next = (struct paths){ 0 };
		paths_sort(&level);
		code = list_level(walk, &level, e);
		walk->depth++;
		paths_release(&level);
	}
	return code ? code : report_too_deep(walk, e);
}

static void forget(struct workspace_listing *l, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (str_eq(l->items[i].path, path) && is_folder(&l->items[i]))
			workspace_object_release(&l->items[i]);
		else
			l->items[kept++] = l->items[i];
	}
	l->count = kept;
}

static bool names(const struct workspace_listing *l, const char *path)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->items[i].path, path))
			return true;
	return false;
}

static char *parent_of(const char *path)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');

	slash[slash == dir] = '\0';
	return dir;
}

/* dir was "not found"; l is what its parent says now. */
static int settle_missing(struct walk *walk, const char *dir, const struct workspace_listing *l,
			  struct err *e)
{
	char shown[API_QUOTE_MAX];
	struct err hidden;

	if (!names(l, dir)) {
		forget(walk->out, dir);
		return ERR_OK;
	}
	api_quote(shown, dir, strlen(dir));
	err_set(&hidden, ERR_CONFIG,
		"workspace '%s' shows folder '%s' but not what is in it: no permission to read it",
		walk->w->name, shown);
	return report(walk, dir, &hidden, e);
}

/* All missing folders of one parent, whose listing request i of b has just repeated. */
static int settle_parent(struct walk *walk, const struct batch *b, size_t i, const char *parent,
			 struct err *e)
{
	struct err why = ERR_INIT;
	struct workspace_listing l;
	int code = list_reply(walk, b, i, parent, &l, &why), r = ERR_OK;

	/* It was there a moment ago: removed, or closed to us? The next listing will know. */
	if (code == ERR_ABSENT)
		err_set(&why, ERR_RETRY,
			"folder '%s' of workspace '%s' changed while it was listed", walk->root,
			walk->w->name);
	for (size_t k = 0; !r && k < walk->missing.count; k++) {
		const char *dir = walk->missing.items[k];

		if (!is_entry_of(dir, parent))
			continue;
		if (code)
			r = report(walk, dir, &why, e);
		else
			r = settle_missing(walk, dir, &l, e);
	}
	workspace_listing_release(&l);
	return r;
}

/* Asks the parents of all missing folders again. */
static int settle_all_missing(struct walk *walk, struct err *e)
{
	struct paths parents = { 0 };
	struct batch b;
	int code;

	for (size_t i = 0; i < walk->missing.count; i++) {
		cleanup_free char *parent = parent_of(walk->missing.items[i]);

		paths_add(&parents, parent);
	}
	paths_sort(&parents);
	batch_init(&b, walk->w, CALL_LOOK, "list", parents.count);
	for (size_t i = 0; i < parents.count; i++)
		ask_for(&b, i, parents.items[i]);
	code = batch_run(&b, e);
	for (size_t i = 0; !code && i < parents.count; i++)
		code = settle_parent(walk, &b, i, parents.items[i], e);
	batch_release(&b);
	paths_release(&parents);
	return code;
}

int workspace_list(struct workspace *w, const char *dir, struct workspace_listing *out,
		   workspace_problem_fn problem, void *payload, struct err *e)
{
	cleanup_free char *canonical = workspace_path_canonical(dir);
	struct walk walk = {
		.w = w, .root = canonical, .out = out, .problem = problem, .payload = payload
	};
	int code;

	*out = (struct workspace_listing){ 0 };
	code = list_all(&walk, e);
	if (!code && walk.missing.count)
		code = settle_all_missing(&walk, e);
	paths_release(&walk.next);
	paths_release(&walk.missing);
	if (code)
		workspace_listing_release(out);
	else
		listing_sort(out);
	return code;
}
