/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub as a remote may see it: the same objects, but a single reference.
 *
 * When libgit2 fetches, it offers the commits of all references to the server, newest first, and
 * gives up after 256; when it pushes, it wants a reference to push. The hub's references are
 * chains of recorded states that no server knows, soon more than 256: every fetch would bring the
 * whole repository again. So the exchange runs on a repository handle whose references are not those
 * on disk but one in memory: the branch as we know it, or the commit to push.
 */

#include <git2/sys/refdb_backend.h>
#include <git2/sys/refs.h>
#include <git2/sys/repository.h>
#include <stdlib.h>

#include "git/remote/link.h"

struct one_ref {
	git_refdb_backend parent; /* must be first: libgit2 knows only this part */
	char *name;               /* owned */
	git_oid id;               /* zero: no reference at all */
};

struct one_ref_iterator {
	git_reference_iterator parent; /* must be first */
	struct one_ref *db;
	bool done;
};

static struct one_ref *of(git_refdb_backend *backend)
{
	return (struct one_ref *)(void *)backend;
}

/* ---- reading ---- */

static bool holds(const struct one_ref *db, const char *name)
{
	return !git_oid_is_zero(&db->id) && str_eq(db->name, name);
}

static int ref_exists(int *exists, git_refdb_backend *backend, const char *name)
{
	*exists = holds(of(backend), name);
	return 0;
}

static int make_reference(git_reference **out, const struct one_ref *db)
{
	*out = git_reference__alloc(db->name, &db->id, NULL);
	if (!*out)
		abort();
	return 0;
}

static int ref_lookup(git_reference **out, git_refdb_backend *backend, const char *name)
{
	*out = NULL;
	return holds(of(backend), name) ? make_reference(out, of(backend)) : GIT_ENOTFOUND;
}

static bool advance(git_reference_iterator *parent, struct one_ref **db)
{
	struct one_ref_iterator *it = (struct one_ref_iterator *)(void *)parent;
	bool more = !it->done && !git_oid_is_zero(&it->db->id);

	it->done = true;
	*db = it->db;
	return more;
}

static int iterator_next(git_reference **out, git_reference_iterator *parent)
{
	struct one_ref *db;

	*out = NULL;
	return advance(parent, &db) ? make_reference(out, db) : GIT_ITEROVER;
}

static int iterator_next_name(const char **out, git_reference_iterator *parent)
{
	struct one_ref *db;
	bool more = advance(parent, &db);

	*out = more ? db->name : NULL;
	return more ? 0 : GIT_ITEROVER;
}

static void iterator_free(git_reference_iterator *parent)
{
	free(parent);
}

/* The only pattern that is asked for is "refs/" and everything below it. */
static int ref_iterator(git_reference_iterator **out, git_refdb_backend *backend, const char *glob)
{
	struct one_ref_iterator *it = xcalloc(1, sizeof(*it));

	(void)glob;
	it->parent.next = iterator_next;
	it->parent.next_name = iterator_next_name;
	it->parent.free = iterator_free;
	it->db = of(backend);
	*out = &it->parent;
	return 0;
}

/* ---- writing: libgit2 wants these functions to exist, and nothing here may ever write ---- */

static int no_write(git_refdb_backend *backend, const git_reference *ref, int force,
		    const git_signature *who, const char *message, const git_oid *old,
		    const char *old_target)
{
	(void)backend, (void)ref, (void)force, (void)who, (void)message, (void)old;
	(void)old_target;
	return GIT_EINVALID;
}

static int no_rename(git_reference **out, git_refdb_backend *backend, const char *old_name,
		     const char *new_name, int force, const git_signature *who, const char *message)
{
	(void)backend, (void)old_name, (void)new_name, (void)force, (void)who, (void)message;
	*out = NULL;
	return GIT_EINVALID;
}

static int no_delete(git_refdb_backend *backend, const char *name, const git_oid *old,
		     const char *old_target)
{
	(void)backend, (void)name, (void)old, (void)old_target;
	return GIT_EINVALID;
}

static int no_log(git_refdb_backend *backend, const char *name)
{
	(void)backend, (void)name;
	return 0;
}

static int no_log_change(git_refdb_backend *backend, const char *name)
{
	(void)backend, (void)name;
	return GIT_EINVALID;
}

static int no_log_read(git_reflog **out, git_refdb_backend *backend, const char *name)
{
	(void)backend, (void)name;
	*out = NULL;
	return GIT_ENOTFOUND;
}

static int no_log_write(git_refdb_backend *backend, git_reflog *log)
{
	(void)backend, (void)log;
	return GIT_EINVALID;
}

static int no_log_rename(git_refdb_backend *backend, const char *old_name, const char *new_name)
{
	(void)backend, (void)old_name, (void)new_name;
	return GIT_EINVALID;
}

/* ---- the whole ---- */

static void one_ref_free(git_refdb_backend *backend)
{
	free(of(backend)->name);
	free(backend);
}

static git_refdb_backend *one_ref_new(const char *name, const struct oid *id)
{
	struct one_ref *db = xcalloc(1, sizeof(*db));

	db->name = xstrdup(name);
	db->id = oid_to_git(id);
	db->parent.version = GIT_REFDB_BACKEND_VERSION;
	db->parent.exists = ref_exists;
	db->parent.lookup = ref_lookup;
	db->parent.iterator = ref_iterator;
	db->parent.write = no_write;
	db->parent.rename = no_rename;
	db->parent.del = no_delete;
	db->parent.has_log = no_log;
	db->parent.ensure_log = no_log_change;
	db->parent.free = one_ref_free;
	db->parent.reflog_read = no_log_read;
	db->parent.reflog_write = no_log_write;
	db->parent.reflog_rename = no_log_rename;
	db->parent.reflog_delete = no_log_change;
	return &db->parent;
}

static int replace_refs(git_repository *repo, const char *name, const struct oid *id)
{
	git_refdb_backend *backend;
	git_refdb *refdb = NULL;
	int rc = git_refdb_new(&refdb, repo);

	if (rc)
		return rc;
	backend = one_ref_new(name, id);
	rc = git_refdb_set_backend(refdb, backend);
	if (rc)
		one_ref_free(backend);
	else
		rc = git_repository_set_refdb(repo, refdb);
	git_refdb_free(refdb);
	return rc;
}

int exchange_open(git_repository **out, struct hub *h, const char *name, const struct oid *id,
		  struct err *e)
{
	unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT |
			 GIT_REPOSITORY_OPEN_BARE;
	int rc = git_repository_open_ext(out, h->dir, flags, NULL);

	if (!rc)
		rc = replace_refs(*out, name, id);
	if (!rc)
		return ERR_OK;
	libgit2_fail(e, rc, "cannot open the hub '%s' for an exchange", h->dir);
	git_repository_free(*out);
	*out = NULL;
	return ERR_BUG;
}

int exchange_hide_refs(git_refdb **kept, struct hub *h)
{
	int rc = git_repository_refdb(kept, h->repo);

	if (!rc && (rc = replace_refs(h->repo, "", &(struct oid){ 0 })))
		exchange_show_refs(*kept, h);
	return rc;
}

void exchange_show_refs(git_refdb *kept, struct hub *h)
{
	git_repository_set_refdb(h->repo, kept);
	git_refdb_free(kept);
}
