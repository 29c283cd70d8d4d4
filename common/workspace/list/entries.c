/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging the entries of a listing. An entry says its path and its type; everything else may be
 * missing. A path that is not one of this folder is not believed: it is evidence of nothing but an
 * answer that went wrong, so nothing that this answer leaves out is taken for gone.
 *
 * Which names may travel is not decided here: a name that Git cannot hold is a good name in a
 * workspace.
 */

#include "workspace/list/entries.h"

#include <stdlib.h>
#include <string.h>

#include "workspace/error.h"
#include "workspace/object.h"

#define LEFT_OUT "what it leaves out there is not taken for deleted"

void entries_init(struct entries *s, const char *workspace, const char *dir,
		  struct entries_room *room)
{
	*s = (struct entries){ .workspace = workspace, .dir = dir, .room = room, .gap = ERR_INIT };
}

void entries_release(struct entries *s)
{
	workspace_listing_release(&s->l);
}

void entries_clear(struct entries *s)
{
	s->room->objects += s->l.count;
	s->room->held += s->l.held_count;
	s->room->text += s->text;
	workspace_listing_release(&s->l);
	entries_init(s, s->workspace, s->dir, s->room);
}

bool entries_is_in(const char *path, const char *dir)
{
	size_t n = str_eq(dir, "/") ? 0 : strlen(dir);
	const char *name;

	if (strncmp(path, dir, n) != 0 || path[n] != '/')
		return false;
	name = path + n + 1;
	return name[0] && !strchr(name, '/') && !str_eq(name, ".") && !str_eq(name, "..");
}

void entries_gap(struct entries *s, const char *fmt, ...)
{
	cleanup_free char *what = NULL;
	char dir[API_QUOTE_MAX];
	va_list ap;

	if (s->gap.code)
		return;
	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	api_quote(dir, s->dir, strlen(s->dir));
	err_set(&s->gap, ERR_RETRY,
		"workspace '%s' was asked to list '%s' and its answer %s: " LEFT_OUT, s->workspace,
		dir, what);
}

/* False: there is none, which says so itself. */
static bool take_room(struct entries *s, size_t *what, size_t text)
{
	if (!*what || s->room->text < text)
		return false;
	--*what;
	s->room->text -= text;
	s->text += text;
	return true;
}

/* Takes path over. why is a sentence about '%s', the path as it may be shown. */
static void hold(struct entries *s, char *path, const char *why)
{
	char shown[API_QUOTE_MAX];

	api_quote(shown, path, strlen(path));
	if (!take_room(s, &s->room->held, strlen(path))) {
		entries_gap(s, "has too many entries that cannot be used, '%s' among them", shown);
		free(path);
		return;
	}
	s->l.held = array_grow(s->l.held, s->l.held_count, &s->held_cap, sizeof(*s->l.held));
	s->l.held[s->l.held_count++] = (struct workspace_held){
		.path = path,
		.why = xasprintf("workspace '%s' lists '%s' %s: it is held until the workspace "
				 "says what it is",
				 s->workspace, shown, why),
	};
}

/* An entry of this folder, by its path, which is taken over. */
static void take_named(struct entries *s, char *path, const struct json *entry)
{
	struct workspace_object *o;
	const char *text;

	if (api_object_is_error(entry, &text)) {
		cleanup_free char *why = NULL;
		char shown[API_QUOTE_MAX];

		api_quote(shown, text, strlen(text));
		why = xasprintf("with an error in it (%s)", shown);
		hold(s, path, why);
		return;
	}
	if (!json_str(entry, "object_type") || !json_str(entry, "object_type")[0]) {
		hold(s, path, "without a type");
		return;
	}
	if (!take_room(s, &s->room->objects, strlen(path))) {
		s->overfull = true;
		free(path);
		return;
	}
	s->l.items = array_grow(s->l.items, s->l.count, &s->cap, sizeof(*s->l.items));
	o = &s->l.items[s->l.count++];
	object_read(o, entry, NULL);
	free(o->path);
	o->path = path;
}

void entries_take(struct entries *s, const struct json *entry, const char *text, size_t len)
{
	char shown[API_QUOTE_MAX];
	const char *path;
	char *canonical;

	/* What is no object costs time, too. */
	if (++s->seen > WORKSPACE_OBJECTS_MAX) {
		s->overfull = true;
		return;
	}
	if (!json_is_object(entry)) {
		api_quote(shown, text, len);
		entries_gap(s, "has an entry that cannot be read, '%s'", shown);
		return;
	}
	path = json_str(entry, "path");
	if (!path || path[0] != '/') {
		api_quote(shown, text, len);
		entries_gap(s, "has an entry without a path, '%s'", shown);
		return;
	}
	canonical = workspace_path_canonical(path);
	if (entries_is_in(canonical, s->dir)) {
		take_named(s, canonical, entry);
		return;
	}
	if (str_eq(canonical, s->dir)) {
		s->named++;
	} else {
		api_quote(shown, canonical, strlen(canonical));
		entries_gap(s, "names '%s', which is not in it", shown);
	}
	free(canonical);
}

int entries_end(struct entries *s, struct err *e)
{
	char shown[API_QUOTE_MAX];

	api_quote(shown, s->dir, strlen(s->dir));
	if (s->named == 1 && s->seen == 1)
		return err_set(e, ERR_CONFIG, "'%s' is not a folder of workspace '%s'", shown,
			       s->workspace);
	if (s->named)
		entries_gap(s, "names the folder itself among its entries");
	return ERR_OK;
}
