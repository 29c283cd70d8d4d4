/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the repository of a working tree, and whether it is what the mapping means.
 *
 * libgit2 refuses what it does not know (extensions of other versions of Git), and so do we: a
 * directory whose files are not what the index says would look like one with many deletions.
 */

#include <stdlib.h>

#include "git/worktree/internal.h"

#define INSTEAD "or set 'clone = independent' to treat it as a directory like any other"

void worktree_free(struct worktree *w)
{
	if (!w)
		return;
	git_repository_free(w->repo);
	worktree_place_release(&w->place);
	free(w->branch);
	free(w->branch_ref);
	free(w->url);
	free(w->owner);
	free(w);
}

const char *worktree_top(const struct worktree *w)
{
	return w->place.top;
}

/* Whether a setting of the repository itself is true. */
static bool is_set(struct worktree *w, const char *name)
{
	git_config *config = NULL;
	int value = 0;

	if (git_repository_config_snapshot(&config, w->repo) == 0 &&
	    git_config_get_bool(&value, config, name) != 0)
		value = 0;
	git_config_free(config);
	return value != 0;
}

/*
 * What a newer Git may have changed in the repository has a name under "extensions.". libgit2 refuses
 * what it does not know, too; but 1.5 heeds that only in version 1 of the format, and never frees
 * what it needs to look for it.
 */
static int check_extensions(const struct worktree *w, struct err *e)
{
	cleanup_free char *file = xasprintf("%s/config", w->place.common);
	git_config_iterator *all = NULL;
	git_config_entry *entry;
	git_config *config = NULL;
	int r = ERR_OK;

	if (git_config_open_ondisk(&config, file) == 0 &&
	    git_config_iterator_new(&all, config) == 0)
		while (!r && git_config_next(&entry, all) == 0)
			if (str_starts(entry->name, "extensions.") &&
			    !str_eq(entry->name, "extensions.noop") &&
			    !(str_eq(entry->name, "extensions.objectformat") &&
			      str_eq(entry->value, "sha1")))
				r = err_set(
					e, ERR_CONFIG,
					"the Git working tree '%s' has the extension '%.100s', "
					"which nbsync does not know: clone it without, " INSTEAD,
					w->place.top, entry->name + strlen("extensions."));
	git_config_iterator_free(all);
	git_config_free(config);
	return r;
}

static int open_repository(struct worktree *w, struct err *e)
{
	const char *top = w->place.top;
	cleanup_free char *real = NULL;
	struct err why = ERR_INIT;
	int rc = git_repository_open_ext(&w->repo, top, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);

	if (rc == GIT_EOWNER)
		return err_set(e, ERR_CONFIG,
			       "the Git working tree '%s' belongs to another user, whose settings "
			       "are not trusted: let nbsync run as that user, " INSTEAD,
			       top);
	if (rc) {
		libgit2_fail_as(&why, ERR_CONFIG, "cannot follow the Git working tree '%s'", top);
		return err_set(e, ERR_CONFIG, "%s: mend it, " INSTEAD, why.text);
	}
	if (git_repository_workdir(w->repo))
		real = realpath(git_repository_workdir(w->repo), NULL);
	if (!str_eq(real, top))
		return err_set(e, ERR_CONFIG,
			       "the repository in '%s' has its working tree elsewhere "
			       "(core.worktree or core.bare): unset that, " INSTEAD,
			       top);
	return ERR_OK;
}

static int check_corresponds(struct worktree *w, const struct worktree_wanted *wanted,
			     struct err *e)
{
	const struct worktree_place *p = &w->place;
	cleanup_free char *remote = NULL;

	if (is_set(w, "core.sparseCheckout"))
		return err_set(
			e, ERR_CONFIG,
			"the Git working tree '%s' is a sparse checkout, whose missing files "
			"nobody deleted: run 'git sparse-checkout disable' there, " INSTEAD,
			p->top);
	if (!str_eq(p->below, wanted->git_path))
		return err_set(e, ERR_CONFIG,
			       "'%s' is the folder '%s' of its Git working tree '%s', and the "
			       "mapping's git_path is '%s': make them the same, " INSTEAD,
			       wanted->dir, p->below, p->top, wanted->git_path);
	remote = worktree_remote(w);
	if (!remote)
		return err_set(e, ERR_CONFIG,
			       "the Git working tree '%s' has no remote that is '%s': add it with "
			       "'git remote add', correct the mapping's git, " INSTEAD,
			       p->top, wanted->url);
	return ERR_OK;
}

int worktree_open(struct worktree **out, const struct worktree_wanted *wanted, struct err *e)
{
	struct worktree *w = xcalloc(1, sizeof(*w));
	int r = ERR_OK;

	w->branch = xstrdup(wanted->branch);
	w->branch_ref = xasprintf("refs/heads/%s", wanted->branch);
	w->url = xstrdup(wanted->url);
	w->owner = xstrdup(wanted->owner);
	worktree_find(&w->place, wanted->dir);
	if (!w->place.top)
		r = err_set(e, ERR_CONFIG,
			    "'%s' is in no Git working tree that could be followed: clone the "
			    "repository there, or take 'clone = follow' out of the mapping",
			    wanted->dir);
	else if (w->place.problem.code)
		r = err_set(e, ERR_CONFIG,
			    "the Git working tree '%s' cannot be followed, because %s: let nbsync "
			    "run as its owner or repair it, " INSTEAD,
			    w->place.top, w->place.problem.text);
	if (!r && !(r = check_extensions(w, e)) && !(r = open_repository(w, e)))
		r = check_corresponds(w, wanted, e);
	if (r) {
		worktree_free(w);
		w = NULL;
	}
	*out = w;
	return r;
}
