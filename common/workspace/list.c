/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recursive listing, breadth first: the folders of one depth are listed side by side, then those
 * they contain. The API lists one folder per request, without pages and without recursion.
 *
 * A listing must never claim more than the server said. A folder that could not be listed, or not as
 * a whole, stays in the result and is reported, so that nobody takes its emptiness for truth. "Not
 * found" is what the API answers both for folders that are gone and for folders we may not see, so at
 * the end the parent is asked once more.
 */

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "workspace/call.h"
#include "workspace/entries.h"
#include "workspace/error.h"

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
	size_t cap, held_cap; /* of out's arrays */
	struct entries_room room;
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

static int compare_held(const void *a, const void *b)
{
	const struct workspace_held *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static bool is_same(const struct workspace_object *a, const struct workspace_object *b)
{
	return (is_folder(a) && is_folder(b)) || (a->type == b->type && str_eq(a->id, b->id));
}

/* Two things have one path: which of them is it? Takes the path of one of them. (Names in a folder
 * are unique; this is no answer that a workspace gives.) */
static void hold_twins(struct walk *walk, struct workspace_object *o)
{
	struct workspace_listing *out = walk->out;
	char shown[API_QUOTE_MAX];

	api_quote(shown, o->path, strlen(o->path));
	out->held = array_grow(out->held, out->held_count, &walk->held_cap, sizeof(*out->held));
	out->held[out->held_count++] = (struct workspace_held){
		.path = steal(&o->path),
		.why = xasprintf("workspace '%s' lists '%s' twice, as different things: it is held "
				 "until one of them is renamed or deleted",
				 walk->w->name, shown),
	};
}

/* How many items from at on have one path. */
static size_t same_path(const struct workspace_listing *l, size_t at)
{
	size_t n = 1;

	while (at + n < l->count && str_eq(l->items[at].path, l->items[at + n].path))
		n++;
	return n;
}

static bool is_held(const struct workspace_listing *l, size_t held, const char *path)
{
	const struct workspace_held key = { .path = (char *)(uintptr_t)path };

	return held && bsearch(&key, l->held, held, sizeof(key), compare_held);
}

/* Orders what is held by path; of one path, one reason is enough. */
static void held_sort(struct workspace_listing *l)
{
	size_t kept = 0;

	if (l->held_count)
		qsort(l->held, l->held_count, sizeof(*l->held), compare_held);
	for (size_t i = 0; i < l->held_count; i++) {
		if (kept && str_eq(l->held[kept - 1].path, l->held[i].path)) {
			free(l->held[i].path);
			free(l->held[i].why);
		} else {
			l->held[kept++] = l->held[i];
		}
	}
	l->held_count = kept;
}

/* Orders by path, and leaves each path once: among the items, or among what is held. */
static void listing_sort(struct walk *walk)
{
	struct workspace_listing *l = walk->out;
	size_t kept = 0, held;

	if (l->count)
		qsort(l->items, l->count, sizeof(*l->items), compare_objects);
	held_sort(l);
	held = l->held_count;
	for (size_t i = 0, n; i < l->count; i += n) {
		struct workspace_object first = l->items[i];
		bool clear = !is_held(l, held, first.path), twins = false;

		n = same_path(l, i);
		for (size_t k = 1; k < n; k++) {
			twins |= !is_same(&first, &l->items[i + k]);
			workspace_object_release(&l->items[i + k]);
		}
		if (clear && !twins) {
			l->items[kept++] = first;
			continue;
		}
		if (clear)
			hold_twins(walk, &first);
		workspace_object_release(&first);
	}
	l->count = kept;
	held_sort(l);
}

/* Reads what a reply says about its folder; nothing of it when the reply cannot be read. */
static int read_objects(const struct json *reply, struct entries *s, struct err *e)
{
	const struct json *objects = json_get(reply, "objects");

	if (objects && !json_is_array(objects))
		return err_set(e, ERR_RETRY, "workspace '%s' sent an unreadable listing",
			       s->workspace);
	for (const struct json *j = json_first(objects); j; j = json_next(j)) {
		cleanup_free char *text = json_print(j, false);

		entries_take(s, j, text, strlen(text));
	}
	return entries_end(s, e);
}

/* The answer of request i, which is about s->dir. */
static int list_reply(const struct batch *b, size_t i, struct entries *s, struct err *e)
{
	cleanup_json struct json *reply = NULL;
	int code = batch_reply(b, i, s->dir, &reply, e);

	if (!code)
		code = read_objects(reply, s, e);
	if (code)
		entries_clear(s);
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

/* Moves what one folder shows into the result, and its folders to the next depth. */
static int take_entries(struct walk *walk, struct entries *s, struct err *e)
{
	struct workspace_listing *out = walk->out, *l = &s->l;

	if (s->overfull)
		return err_set(e, ERR_INVALID,
			       "folder '%s' of workspace '%s' holds more than %d objects",
			       walk->root, walk->w->name, WORKSPACE_OBJECTS_MAX);
	for (size_t i = 0; i < l->count; i++) {
		out->items = array_grow(out->items, out->count, &walk->cap, sizeof(*out->items));
		out->items[out->count++] = l->items[i];
		if (is_folder(&l->items[i]))
			paths_add(&walk->next, l->items[i].path);
	}
	for (size_t i = 0; i < l->held_count; i++) {
		out->held = array_grow(out->held, out->held_count, &walk->held_cap,
				       sizeof(*out->held));
		out->held[out->held_count++] = l->held[i];
	}
	l->count = l->held_count = 0;
	return s->gap.code ? report(walk, s->dir, &s->gap, e) : ERR_OK;
}

/* What the reply about one folder means. Only what concerns the whole walk is returned. */
static int take_reply(struct walk *walk, const struct batch *b, size_t i, const char *dir,
		      struct err *e)
{
	struct entries s;
	struct err why = ERR_INIT;
	int code;

	entries_init(&s, walk->w->name, dir, &walk->room);
	code = list_reply(b, i, &s, &why);
	if (!code)
		code = take_entries(walk, &s, e);
	else if (walk->depth == 0)
		*e = why;
	else if (code != ERR_ABSENT)
		code = report(walk, dir, &why, e);
	else {
		paths_add(&walk->missing, dir);
		code = ERR_OK;
	}
	entries_release(&s);
	return code;
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
	for (size_t i = 0; i < l->held_count; i++)
		if (str_eq(l->held[i].path, path))
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
	struct entries_room room = ENTRIES_ROOM_INIT;
	struct err why = ERR_INIT;
	struct entries now;
	int code, r = ERR_OK;

	entries_init(&now, walk->w->name, parent, &room);
	code = list_reply(b, i, &now, &why);
	if (!code && (now.overfull || now.gap.code))
		code = ERR_ABSENT;
	/* It was there a moment ago: removed, or closed to us? The next listing will know. */
	if (code == ERR_ABSENT)
		err_set(&why, ERR_RETRY,
			"folder '%s' of workspace '%s' changed while it was listed", walk->root,
			walk->w->name);
	for (size_t k = 0; !r && k < walk->missing.count; k++) {
		const char *dir = walk->missing.items[k];

		if (!entries_is_in(dir, parent))
			continue;
		if (code)
			r = report(walk, dir, &why, e);
		else
			r = settle_missing(walk, dir, &now.l, e);
	}
	entries_release(&now);
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
		.w = w,
		.root = canonical,
		.out = out,
		.problem = problem,
		.payload = payload,
		.room = ENTRIES_ROOM_INIT,
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
		listing_sort(&walk);
	return code;
}
