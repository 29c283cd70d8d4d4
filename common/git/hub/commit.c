/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits: writing one, reading one, and asking whether one contains another. No reference is moved
 * here, no configuration asked who the author is.
 */

#include <git2/sys/commit.h>
#include <stdlib.h>
#include <time.h>

#include "git/hub/internal.h"

/* ---- writing ---- */

/* Minutes east of Greenwich, as clocks here show that time. */
static int zone_offset(int64_t when_s)
{
	time_t when = (time_t)when_s;
	struct tm local;

	return localtime_r(&when, &local) ? (int)(local.tm_gmtoff / 60) : 0;
}

static int make_signature(git_signature **out, const char *name, const char *email, int64_t when_s,
			  struct err *e)
{
	int rc = git_signature_new(out, name, email, (git_time_t)when_s, zone_offset(when_s));

	if (!rc)
		return ERR_OK;
	*out = NULL;
	return libgit2_fail_as(e, ERR_CONFIG, "'%s <%s>' cannot sign a commit", name, email);
}

static int write_commit(struct hub *h, const struct commit_spec *spec, const git_signature *author,
			const git_signature *committer, struct oid *out, struct err *e)
{
	git_oid id, tree = oid_to_git(&spec->tree);
	git_oid *parents = xcalloc(spec->parent_count, sizeof(*parents));
	const git_oid **pointers = xcalloc(spec->parent_count, sizeof(*pointers));
	bool whole = hub_has(h, &spec->tree);
	int rc;

	for (size_t i = 0; i < spec->parent_count; i++) {
		whole = whole && hub_has(h, &spec->parents[i]);
		parents[i] = oid_to_git(&spec->parents[i]);
		pointers[i] = &parents[i];
	}
	/* Unless one is missing: tree and parents were read or written a moment ago, and opening each of
	 * them once more, to see what it is, would be half of what a commit costs. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, !whole);
	rc = git_commit_create_from_ids(&id, h->repo, NULL, author, committer, NULL, spec->message,
					&tree, spec->parent_count, pointers);
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
	free(pointers);
	free(parents);
	if (rc)
		return libgit2_fail(e, rc, "cannot commit to the hub '%s'", h->dir);
	*out = oid_from_git(&id);
	return hub_bound_memory(h, e);
}

int hub_commit(struct hub *h, const struct commit_spec *spec, struct oid *out, struct err *e)
{
	int64_t when_s = spec->when_s ? spec->when_s : (int64_t)time(NULL);
	git_signature *author = NULL, *committer = NULL;
	int r;

	tzset(); /* a daemon lives longer than a person stays in one zone */
	r = make_signature(&committer, spec->committer_name, spec->committer_email, when_s, e);
	if (!r)
		r = make_signature(&author,
				   spec->author_name ? spec->author_name : spec->committer_name,
				   spec->author_name ? spec->author_email : spec->committer_email,
				   spec->said_s ? spec->said_s : when_s, e);
	if (!r)
		r = write_commit(h, spec, author, committer, out, e);
	git_signature_free(author);
	git_signature_free(committer);
	return r;
}

/* ---- reading ---- */

/* git_commit_free() the result. An id may come from a user, so here ERR_ABSENT is an answer. */
static int open_commit(git_commit **out, struct hub *h, const struct oid *commit, struct err *e)
{
	git_oid id = oid_to_git(commit);
	char hex[41];
	int rc;

	oid_hex(commit, hex);
	rc = git_commit_lookup(out, h->repo, &id);
	if (rc == GIT_ENOTFOUND)
		return hub_has(h, commit)
			       ? err_set(e, ERR_INVALID, "object %s is not a commit", hex)
			       : err_set(e, ERR_ABSENT, "there is no commit %s", hex);
	return rc ? libgit2_fail(e, rc, "cannot read commit %s from the hub '%s'", hex, h->dir)
		  : ERR_OK;
}

int hub_commit_tree(struct hub *h, const struct oid *commit, struct oid *tree, struct err *e)
{
	git_commit *c;
	int r = open_commit(&c, h, commit, e);

	if (r)
		return r;
	*tree = oid_from_git(git_commit_tree_id(c));
	git_commit_free(c);
	return ERR_OK;
}

int hub_commit_info(struct hub *h, const struct oid *commit, struct commit_info *out, struct err *e)
{
	const git_signature *author;
	git_commit *c;
	int r = open_commit(&c, h, commit, e);

	*out = (struct commit_info){ 0 };
	if (r)
		return r;
	author = git_commit_author(c);
	out->id = *commit;
	out->tree = oid_from_git(git_commit_tree_id(c));
	out->parent_count = git_commit_parentcount(c);
	out->parents = xcalloc(out->parent_count, sizeof(*out->parents));
	for (size_t i = 0; i < out->parent_count; i++)
		out->parents[i] = oid_from_git(git_commit_parent_id(c, (unsigned)i));
	if (out->parent_count)
		out->first_parent = out->parents[0];
	out->when_s = git_commit_time(c);
	out->said_s = author->when.time;
	out->message = xstrdup(git_commit_message(c));
	out->author = xasprintf("%s <%s>", author->name, author->email);
	out->committer = xstrdup(git_commit_committer(c)->name);
	git_commit_free(c);
	return ERR_OK;
}

void commit_info_release(struct commit_info *c)
{
	free(c->parents);
	free(c->message);
	free(c->author);
	free(c->committer);
	*c = (struct commit_info){ 0 };
}

/* ---- what a person types ---- */

#define REVISION_MIN 7 /* digits, as git abbreviates */

static bool is_revision(const char *text, size_t len)
{
	return len >= REVISION_MIN && len <= 2 * OID_SIZE &&
	       strspn(text, "0123456789abcdefABCDEF") == len;
}

int hub_commit_resolve(struct hub *h, const char *revision, struct oid *out, struct err *e)
{
	size_t len = strlen(revision);
	git_commit *c = NULL;
	git_oid id;
	int rc;

	if (!is_revision(revision, len) || git_oid_fromstrn(&id, revision, len) < 0)
		return err_set(e, ERR_INVALID,
			       "a revision is %d to %d hexadecimal digits of a commit, as 'nbsync "
			       "log' shows them",
			       REVISION_MIN, 2 * OID_SIZE);
	rc = git_commit_lookup_prefix(&c, h->repo, &id, len);
	if (!rc)
		*out = oid_from_git(git_commit_id(c));
	git_commit_free(c);
	if (rc == GIT_EAMBIGUOUS)
		return err_set(e, ERR_INVALID, "revision '%s' is ambiguous: give more digits",
			       revision);
	if (rc == GIT_ENOTFOUND)
		return err_set(e, ERR_INVALID,
			       "there is no revision '%s' in this mapping's history", revision);
	return rc ? libgit2_fail(e, rc, "cannot read revision '%s' from the hub '%s'", revision,
				 h->dir)
		  : ERR_OK;
}

/* ---- ancestry ---- */

int hub_is_ancestor(struct hub *h, const struct oid *ancestor, const struct oid *descendant,
		    bool *out, struct err *e)
{
	git_oid a = oid_to_git(ancestor), d = oid_to_git(descendant);
	git_commit *c;
	int r, rc;

	*out = false;
	r = open_commit(&c, h, ancestor, e);
	if (r)
		return r;
	git_commit_free(c);
	r = open_commit(&c, h, descendant, e);
	if (r)
		return r;
	git_commit_free(c);
	rc = oid_equal(ancestor, descendant) ? 1 : git_graph_descendant_of(h->repo, &d, &a);
	if (rc < 0)
		return libgit2_fail(e, rc, "cannot follow the history in the hub '%s'", h->dir);
	*out = rc == 1;
	return ERR_OK;
}

int hub_merge_base(struct hub *h, const struct oid *a, const struct oid *b, struct oid *out,
		   struct err *e)
{
	git_oid base, one = oid_to_git(a), two = oid_to_git(b);
	int rc = git_merge_base(&base, h->repo, &one, &two);

	*out = rc ? (struct oid){ 0 } : oid_from_git(&base);
	if (!rc || rc == GIT_ENOTFOUND)
		return ERR_OK;
	return libgit2_fail(e, rc, "cannot compare commits of the hub '%s'", h->dir);
}
