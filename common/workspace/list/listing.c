/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of a recursive listing, put in order. Names in a folder of a workspace are unique; an
 * answer that says otherwise is not believed about that name.
 */

#include "workspace/list/listing.h"

#include <stdlib.h>
#include <string.h>

#include "workspace/error.h"

bool object_is_folder(const struct workspace_object *o)
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
	return (object_is_folder(a) && object_is_folder(b)) ||
	       (a->type == b->type && str_eq(a->id, b->id));
}

/* Two different things have one path, which is therefore held. Takes over the path of one of them.
 * (Names in a folder are unique; this is no answer that a workspace gives.) */
static void hold_twins(struct workspace_listing *out, size_t *cap, const char *workspace,
		       struct workspace_object *o)
{
	char shown[API_QUOTE_MAX];

	api_quote(shown, o->path, strlen(o->path));
	out->held = array_grow(out->held, out->held_count, cap, sizeof(*out->held));
	out->held[out->held_count++] = (struct workspace_held){
		.path = steal(&o->path),
		.why = xasprintf("workspace '%s' lists '%s' twice, as different things: it is held "
				 "until one of them is renamed or deleted",
				 workspace, shown),
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

static int compare_to_held(const void *path, const void *item)
{
	const struct workspace_held *h = item;

	return strcmp(path, h->path);
}

static bool is_held(const struct workspace_listing *l, size_t held, const char *path)
{
	return held && bsearch(path, l->held, held, sizeof(*l->held), compare_to_held);
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

void listing_sort(struct workspace_listing *l, const char *workspace)
{
	size_t kept = 0, held, cap;

	if (l->count)
		qsort(l->items, l->count, sizeof(*l->items), compare_objects);
	held_sort(l);
	held = cap = l->held_count;
	for (size_t i = 0, n; i < l->count; i += n) {
		struct workspace_object first = l->items[i];
		bool clear = !is_held(l, held, first.path), twins = false;

		n = same_path(l, i);
		for (size_t k = 1; k < n; k++) {
			if (!is_same(&first, &l->items[i + k]))
				twins = true;
			workspace_object_release(&l->items[i + k]);
		}
		if (clear && !twins) {
			l->items[kept++] = first;
			continue;
		}
		if (clear)
			hold_twins(l, &cap, workspace, &first);
		workspace_object_release(&first);
	}
	l->count = kept;
	held_sort(l);
}

static int compare_to_object(const void *path, const void *item)
{
	const struct workspace_object *o = item;

	return strcmp(path, o->path);
}

bool listing_names(const struct workspace_listing *l, const char *path)
{
	return (l->count &&
		bsearch(path, l->items, l->count, sizeof(*l->items), compare_to_object)) ||
	       is_held(l, l->held_count, path);
}

int listing_compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void listing_forget(struct workspace_listing *l, char *const *paths, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct workspace_object *o = &l->items[i];

		if (count && object_is_folder(o) &&
		    bsearch(&o->path, paths, count, sizeof(*paths), listing_compare_paths))
			workspace_object_release(o);
		else
			l->items[kept++] = *o;
	}
	l->count = kept;
}
