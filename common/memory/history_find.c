/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding one notebook or file in one revision, or all of a folder. Where it stands depends on whose
 * revision it is: the chains of local, workspace and agreed states hold the mapping's notebooks at
 * their root and other files in STATE_FILES; every other commit is the repository's and holds them
 * below git_path.
 */

#include <stdlib.h>

#include "memory/history_match.h"

struct search {
	struct hub *hub;
	const struct config_mapping *mapping;
	struct history_match match;
	bool plain; /* not a notebook, but a file of just that name */
	enum history_origin origin;
	enum side_id side; /* whose it is; SIDE_COUNT: agreed */

	enum history_fit fit; /* of the best file so far; HISTORY_OTHER: none */
	char *file, *other;   /* owned; it, and one that fits as well */
	struct oid blob;
	struct err error;
};

/* ---- whose revision ---- */

static int is_on(struct hub *h, const char *ref, const struct oid *commit, bool *out, struct err *e)
{
	struct oid tip;
	int r = hub_ref_get(h, ref, &tip, e);

	*out = false;
	if (r)
		return r == ERR_ABSENT ? ERR_OK : r;
	return hub_is_ancestor(h, commit, &tip, out, e);
}

/* No commit of the branch is on these chains. HISTORY_AGREED stands for all three here: their trees
 * have the same form, and hold nothing but the mapping's files. */
static int find_origin(struct search *s, const struct oid *commit, struct err *e)
{
	static const struct {
		const char *ref;
		enum side_id side;
	} chains[] = { { "refs/nbsync/agreed", SIDE_COUNT },
		       { "refs/nbsync/seen/workspace", SIDE_WORKSPACE },
		       { "refs/nbsync/seen/local", SIDE_LOCAL } };

	s->origin = HISTORY_GIT;
	s->side = SIDE_GIT;
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
		bool on;
		int r = is_on(s->hub, chains[i].ref, commit, &on, e);

		if (r)
			return r;
		if (!on)
			continue;
		s->origin = HISTORY_AGREED;
		s->side = chains[i].side;
		return ERR_OK;
	}
	return ERR_OK;
}

/* ---- the file ---- */

static bool enter_toward(void *payload, const char *folder)
{
	const struct search *s = payload;

	return history_match_enters(&s->match, s->origin, folder) && !str_eq(folder, s->match.path);
}

/* How well the file is what was asked for, as far as its name tells. */
static enum history_fit fit_of(const struct search *s, const struct history_file *file)
{
	enum history_fit fit = HISTORY_OTHER;
	struct notebook_name name;

	if (s->plain)
		return str_eq(file->name, s->match.path) ? HISTORY_FILE : HISTORY_OTHER;
	if (!file->plain && notebook_name_parse(&name, file->name)) {
		fit = history_match_file(&s->match, file->name, name.stem);
		notebook_name_release(&name);
	}
	return fit;
}

static struct history_file new_file(const struct search *s, const struct tree_difference *d)
{
	struct history_file file = history_file(s->origin, d->path);

	file.id = &d->new_id;
	file.mode = d->new_mode;
	return file;
}

static int take_file(struct search *s, const struct tree_difference *d, struct err *e)
{
	struct history_file file = new_file(s, d);
	enum history_fit fit = fit_of(s, &file);
	cleanup_free char *path = NULL;
	int r;

	if (fit <= HISTORY_BELOW || fit < s->fit)
		return ERR_OK;
	r = history_path(s->hub, s->mapping, &file, &path, e);
	if (r || !path || str_eq(path, file.name) != s->plain)
		return r;
	free(s->other);
	s->other = fit == s->fit ? s->file : NULL;
	if (fit > s->fit)
		free(s->file);
	s->file = xstrdup(file.name);
	s->fit = fit;
	s->blob = d->new_id;
	return ERR_OK;
}

static bool found_file(void *payload, const struct tree_difference *d)
{
	struct search *s = payload;

	return take_file(s, d, &s->error) == ERR_OK;
}

/* All files of the notebook's folder: those that come when nothing becomes this tree. */
static int search_tree(struct search *s, const struct oid *tree, struct err *e)
{
	static const struct oid nothing;
	const struct tree_diff diff = { .enter = enter_toward, .file = found_file, .payload = s };
	const char *folder = s->origin == HISTORY_GIT ? s->mapping->git_path : "";
	int r = hub_tree_diff(s->hub, &nothing, tree, folder, &diff, e);

	if (r || !s->error.code)
		return r;
	*e = s->error;
	return e->code;
}

static int search_commit(struct search *s, const struct oid *id, struct err *e)
{
	struct commit_info commit, parent;
	int r;

	if ((r = find_origin(s, id, e)) || (r = history_commit(s->hub, id, &commit, e)))
		return r;
	r = search_tree(s, &commit.tree, e);
	if (!r && !s->file && commit.parent_count &&
	    !(r = history_commit(s->hub, &commit.first_parent, &parent, e))) {
		r = search_tree(s, &parent.tree, e);
		commit_info_release(&parent);
	}
	commit_info_release(&commit);
	return r;
}

static int find(struct search *s, const char *revision, const char *path, struct err *e)
{
	struct oid id;
	int r;

	if (!s->match.path)
		return err_set(e, ERR_INVALID, "a notebook's path is needed");
	if ((r = hub_commit_resolve(s->hub, revision, &id, e)) || (r = search_commit(s, &id, e)))
		return r;
	if (!s->file)
		return err_set(e, ERR_ABSENT, "revision '%s' has no %s '%s'", revision,
			       s->plain ? "file" : "notebook", path);
	if (s->other)
		return err_set(e, ERR_INVALID, "revision '%s' has '%s' and '%s': name one of them",
			       revision, s->other, s->file);
	return ERR_OK;
}

static void search_release(struct search *s)
{
	free(s->file);
	free(s->other);
	history_match_release(&s->match);
}

int history_find(const struct history_revision *revision, const char *path,
		 struct history_found *out, struct err *e)
{
	struct search s = { .hub = revision->hub, .mapping = revision->mapping };
	int r;

	*out = (struct history_found){ .side = SIDE_COUNT };
	history_match_init(&s.match, path);
	r = find(&s, revision->id, path, e);
	if (!r)
		*out = (struct history_found){ s.blob, steal(&s.file), s.side };
	search_release(&s);
	return r;
}

int history_find_file(const struct history_revision *revision, const char *path, struct oid *blob,
		      struct err *e)
{
	struct search s = { .hub = revision->hub, .mapping = revision->mapping, .plain = true };
	int r;

	history_match_init(&s.match, path);
	r = find(&s, revision->id, path, e);
	if (!r)
		*blob = s.blob;
	search_release(&s);
	return r;
}

/* ---- a folder ---- */

struct listing {
	struct search search;
	void (*fn)(void *payload, const char *path);
	void *payload;
};

static bool enter_folder(void *payload, const char *folder)
{
	const struct listing *l = payload;

	return history_match_enters(&l->search.match, l->search.origin, folder);
}

static bool list_file(void *payload, const struct tree_difference *d)
{
	struct listing *l = payload;
	struct search *s = &l->search;
	struct history_file file = new_file(s, d);
	cleanup_free char *path = NULL;
	int r;

	if (history_match_file(&s->match, file.name, file.name) != HISTORY_BELOW)
		return true;
	r = history_path(s->hub, s->mapping, &file, &path, &s->error);
	if (path)
		l->fn(l->payload, path);
	return r == ERR_OK;
}

static int list_commit(struct listing *l, const struct oid *id, struct err *e)
{
	static const struct oid nothing;
	const struct tree_diff diff = { .enter = enter_folder, .file = list_file, .payload = l };
	struct search *s = &l->search;
	struct oid tree;
	int r;

	if ((r = find_origin(s, id, e)) || (r = hub_commit_tree(s->hub, id, &tree, e)) ||
	    (r = hub_tree_diff(s->hub, &nothing, &tree,
			       s->origin == HISTORY_GIT ? s->mapping->git_path : "", &diff, e)))
		return r;
	if (s->error.code)
		*e = s->error;
	return s->error.code;
}

int history_list(const struct history_revision *revision, const char *folder,
		 void (*fn)(void *payload, const char *path), void *payload, struct err *e)
{
	struct listing l = { .search = { .hub = revision->hub, .mapping = revision->mapping },
			     .fn = fn,
			     .payload = payload };
	struct oid id;
	int r;

	history_match_init(&l.search.match, folder);
	r = hub_commit_resolve(revision->hub, revision->id, &id, e);
	if (!r)
		r = list_commit(&l, &id, e);
	history_match_release(&l.search.match);
	return r;
}
