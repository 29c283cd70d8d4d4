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

#include "path/path.h"
#include "workspace/call.h"
#include "workspace/error.h"
#include "workspace/list/folder.h"
#include "workspace/list/listing.h"
#include "workspace/object.h"

#define SLICE 128 /* folders in one batch */

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
	struct paths gone;    /* those of them that really do not */
	unsigned depth;       /* 0 while root is listed */
	workspace_problem_fn problem;
	void *payload;
};

/* A parent of missing folders, asked again. */
struct settled {
	const char *path; /* borrowed */
	struct folder *folder;
	int code;
	struct err why;
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

/* Sorts and drops what is twice. */
static void paths_sort(struct paths *p)
{
	size_t kept = 0;

	if (p->count)
		qsort(p->items, p->count, sizeof(*p->items), listing_compare_paths);
	for (size_t i = 0; i < p->count; i++) {
		if (kept && str_eq(p->items[kept - 1], p->items[i]))
			free(p->items[i]);
		else
			p->items[kept++] = p->items[i];
	}
	p->count = kept;
}

/* Reports that what is below dir is unknown; without a function to report to, the listing fails. */
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

	if (s->overfull && walk->room.objects && s->seen <= WORKSPACE_OBJECTS_MAX)
		return err_set(e, ERR_INVALID,
			       "folder '%s' of workspace '%s' holds paths of more than %zu bytes",
			       walk->root, walk->w->name, ENTRIES_TEXT_MAX);
	if (s->overfull)
		return err_set(e, ERR_INVALID,
			       "folder '%s' of workspace '%s' holds more than %d objects",
			       walk->root, walk->w->name, WORKSPACE_OBJECTS_MAX);
	for (size_t i = 0; i < l->count; i++) {
		out->items = array_grow(out->items, out->count, &walk->cap, sizeof(*out->items));
		out->items[out->count++] = l->items[i];
		if (object_is_folder(&l->items[i]))
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

/* What the answer about one folder means. Only what concerns the whole walk is returned. */
static int take_answer(struct walk *walk, struct folder *f, const struct batch *b, size_t i,
		       struct err *e)
{
	const char *dir = f->entries.dir;
	struct err why = ERR_INIT;
	int code = folder_answer(f, b, i, &why);

	if (!code)
		return take_entries(walk, &f->entries, e);
	if (walk->depth == 0) {
		*e = why;
		return code;
	}
	if (code != ERR_ABSENT)
		return report(walk, dir, &why, e);
	paths_add(&walk->missing, dir);
	return ERR_OK;
}

static int list_slice(struct walk *walk, char *const *dirs, size_t count, struct err *e)
{
	struct folder *folders = xcalloc(count, sizeof(*folders));
	struct batch b;
	int code;

	batch_init(&b, walk->w, CALL_LOOK, "list", count);
	for (size_t i = 0; i < count; i++)
		folder_ask(&folders[i], &b, i, dirs[i], &walk->room);
	code = batch_run(&b, e);
	for (size_t i = 0; !code && i < count; i++)
		code = take_answer(walk, &folders[i], &b, i, e);
	batch_release(&b);
	folders_free(folders, count);
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

/* dir was "not found"; parent is the folder that it is in, and what that one shows now. */
static int settle_missing(struct walk *walk, const char *dir, const struct settled *parent,
			  struct err *e)
{
	char shown[API_QUOTE_MAX];
	struct err hidden;

	if (parent->code)
		return report(walk, dir, &parent->why, e);
	if (!listing_names(&parent->folder->entries.l, dir)) {
		paths_add(&walk->gone, dir);
		return ERR_OK;
	}
	api_quote(shown, dir, strlen(dir));
	err_set(&hidden, ERR_CONFIG,
		"workspace '%s' shows folder '%s' but not what is in it: no permission to read it",
		walk->w->name, shown);
	return report(walk, dir, &hidden, e);
}

/* Reads what a parent of missing folders shows now. */
static void settle_parent(struct walk *walk, struct settled *s, const struct batch *b, size_t i)
{
	struct entries *now = &s->folder->entries;

	s->code = folder_answer(s->folder, b, i, &s->why);
	if (!s->code && (now->overfull || now->gap.code))
		s->code = ERR_ABSENT;
	/* It was there a moment ago: it was removed, or may no longer be read. The next listing
	 * tells which. */
	if (s->code == ERR_ABSENT)
		s->code = err_set(&s->why, ERR_RETRY,
				  "folder '%s' of workspace '%s' changed while it was listed",
				  walk->root, walk->w->name);
	listing_sort(&now->l, walk->w->name);
}

static int compare_settled(const void *a, const void *b)
{
	const struct settled *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Settles the missing folders that are in one of these, which are sorted. */
static int settle_children(struct walk *walk, const struct settled *parents, size_t count,
			   struct err *e)
{
	int code = ERR_OK;

	for (size_t i = 0; !code && i < walk->missing.count; i++) {
		cleanup_free char *parent = object_parent(walk->missing.items[i]);
		const struct settled key = { .path = parent };
		const struct settled *found = bsearch(&key, parents, count, sizeof(key),
						      compare_settled);

		if (found)
			code = settle_missing(walk, walk->missing.items[i], found, e);
	}
	return code;
}

/* Asks these parents of missing folders again. */
static int settle_slice(struct walk *walk, char *const *parents, size_t count, struct err *e)
{
	struct folder *folders = xcalloc(count, sizeof(*folders));
	struct settled *settled = xcalloc(count, sizeof(*settled));
	struct entries_room room = ENTRIES_ROOM_INIT;
	struct batch b;
	int code;

	batch_init(&b, walk->w, CALL_LOOK, "list", count);
	for (size_t i = 0; i < count; i++) {
		settled[i] = (struct settled){ .path = parents[i], .folder = &folders[i] };
		folder_ask(&folders[i], &b, i, parents[i], &room);
	}
	code = batch_run(&b, e);
	for (size_t i = 0; !code && i < count; i++)
		settle_parent(walk, &settled[i], &b, i);
	if (!code)
		code = settle_children(walk, settled, count, e);
	batch_release(&b);
	folders_free(folders, count);
	free(settled);
	return code;
}

/* Asks the parents of all missing folders again. */
static int settle_all_missing(struct walk *walk, struct err *e)
{
	struct paths parents = { 0 };
	int code = ERR_OK;

	for (size_t i = 0; i < walk->missing.count; i++) {
		cleanup_free char *parent = object_parent(walk->missing.items[i]);

		paths_add(&parents, parent);
	}
	paths_sort(&parents);
	for (size_t i = 0; !code && i < parents.count; i += SLICE) {
		size_t n = parents.count - i < SLICE ? parents.count - i : SLICE;

		code = settle_slice(walk, parents.items + i, n, e);
	}
	paths_release(&parents);
	paths_sort(&walk->gone);
	listing_forget(walk->out, walk->gone.items, walk->gone.count);
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
	paths_release(&walk.gone);
	if (code)
		workspace_listing_release(out);
	else
		listing_sort(out, w->name);
	return code;
}
