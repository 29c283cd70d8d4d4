/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remotes on this machine's file systems, file:///path: the other repository is opened, and objects
 * go from one database to the other as a pack.
 *
 * libgit2's own local transport is not used. It copies all branches instead of one, again at every
 * fetch; it moves a branch without comparing where the branch was, so that of two pushes at the same
 * time one would be lost; and it fails on references to trees, which a hub has.
 */

#include <errno.h>
#include <fcntl.h>
#include <git2/pack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"
#include "git/remote/link.h"
#include "path/path.h"

/* ---- opening ---- */

/* The path of a file:/// URL. Owned. */
static char *path_of(const char *url)
{
	char *path = xstrdup(url + strlen("file://"));
	char *w = path;

	for (const char *p = path; *p; p++) {
		int high = *p == '%' ? hex_digit(p[1]) : -1;
		int low = high >= 0 ? hex_digit(p[2]) : -1;

		*w++ = low >= 0 ? (char)(high * 16 + low) : *p;
		p += low >= 0 ? 2 : 0;
	}
	*w = '\0';
	return path;
}

static int cannot_open(struct link *l, const char *path, int rc, struct err *e)
{
	struct stat st;

	/* Of another user's repository libgit2 1.5 says something about a setting. */
	if (stat(path, &st) < 0)
		return err_set(e, ERR_CONFIG, "there is no Git repository at '%s'", l->r->url);
	if (st.st_uid != geteuid())
		return err_set(
			e, ERR_CONFIG,
			"the Git repository '%s' belongs to another user (uid %u) and is not "
			"shared with us: its owner sets core.sharedRepository = group in it, "
			"and its group to one of ours",
			l->r->url, (unsigned)st.st_uid);
	return libgit2_fail_as(e, rc == GIT_ERROR ? ERR_RETRY : ERR_CONFIG,
			       "cannot open the Git repository '%s'", l->r->url);
}

/* The repository of another user, which is shared with us: the mapping names it, as safe.directory
 * would. libgit2 takes no command from a configuration. */
static int open_shared(git_repository **out, const char *path)
{
	int rc = git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);

	if (!rc)
		rc = git_repository_open_ext(out, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1);
	return rc;
}

/* git_repository_free() the result. */
static int open_remote(git_repository **out, struct link *l, struct err *e)
{
	cleanup_free char *path = path_of(l->r->url);
	int r, rc;

	/* As close to the opening as on the other way. */
	r = l->r->allow(l->r->allow_payload, l->r->url, l->push ? "push" : "fetch", e);
	if (r)
		return r;
	rc = git_repository_open_ext(out, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	if (rc && file_share_with_us(path))
		rc = open_shared(out, path);
	if (rc)
		return cannot_open(l, path, rc, e);
	rc = loose_guard_add(*out);
	if (!rc)
		return ERR_OK;
	r = link_fail(l, rc, "read the objects of", e);
	git_repository_free(*out);
	return r;
}

static void look_at_head(struct link *l, git_repository *repo)
{
	git_reference *head = NULL;

	if (git_reference_lookup(&head, repo, "HEAD") == 0 &&
	    git_reference_type(head) == GIT_REFERENCE_SYMBOLIC)
		link_note_head(l, git_reference_symbolic_target(head));
	git_reference_free(head);
}

/* git_strarray_dispose() the names. */
static int look(struct link *l, git_repository *repo, git_strarray *names, struct remote_state *out,
		struct err *e)
{
	git_oid id;
	int rc = git_reference_list(names, repo);

	*out = (struct remote_state){ .empty = true };
	if (!rc) {
		rc = git_reference_name_to_id(&id, repo, l->branch_ref);
		if (!rc)
			out->tip = oid_from_git(&id);
		rc = rc == GIT_ENOTFOUND ? 0 : rc;
	}
	if (rc)
		return link_fail(l, rc, "read the branches of", e);
	for (size_t i = 0; i < names->count; i++) {
		struct oid at = out->tip;

		/* Where the others stand matters to a push only. */
		if (l->commit && git_reference_name_to_id(&id, repo, names->strings[i]) == 0)
			at = oid_from_git(&id);
		link_note_ref(l, out, names->strings[i], &at);
	}
	look_at_head(l, repo);
	return link_check_refs(l, names->count, e);
}

/* ---- packing ---- */

/* Puts what wanted needs into pack, except what the commits in hidden (those that repo has) need. */
static int select_objects(struct link *l, git_packbuilder *pack, git_repository *repo,
			  const struct oid *wanted, const git_oid *hidden, size_t hidden_count)
{
	git_oid id = oid_to_git(wanted);
	git_revwalk *walk = NULL;
	int rc = git_packbuilder_set_callbacks(pack, link_tick_pack, l);

	if (!rc)
		rc = git_revwalk_new(&walk, repo);
	if (!rc)
		rc = git_revwalk_push(walk, &id);
	/* What is not here, or is no commit, cannot shorten the way. */
	for (size_t i = 0; !rc && i < hidden_count; i++)
		git_revwalk_hide(walk, &hidden[i]);
	if (!rc)
		rc = git_packbuilder_insert_walk(pack, walk);
	git_revwalk_free(walk);
	return rc;
}

/* ---- fetch ---- */

struct receiver {
	struct link *l;
	git_odb_writepack *pack;
	git_indexer_progress progress;
};

static int receive(void *data, size_t len, void *payload)
{
	struct receiver *to = payload;

	if (link_tick(to->l) || link_count(to->l, len))
		return GIT_EUSER;
	return to->pack->append(to->pack, data, len, &to->progress);
}

static int copy_pack(struct link *l, git_packbuilder *from)
{
	struct receiver to = { .l = l };
	int rc = git_odb_write_pack(&to.pack, l->h->odb, NULL, NULL);

	if (rc)
		return rc;
	rc = git_packbuilder_foreach(from, receive, &to);
	step_here("fetched pack");
	if (!rc)
		rc = to.pack->commit(to.pack, &to.progress);
	to.pack->free(to.pack);
	return rc;
}

static int bring(struct link *l, git_repository *from, const struct oid *tip, struct err *e)
{
	git_packbuilder *pack = NULL;
	git_oid known = oid_to_git(&l->known);
	int rc = git_packbuilder_new(&pack, from);

	if (!rc)
		rc = select_objects(l, pack, from, tip, &known, oid_is_zero(&l->known) ? 0 : 1);
	if (!rc)
		rc = copy_pack(l, pack);
	git_packbuilder_free(pack);
	return rc ? link_fail(l, rc, "fetch from", e) : hub_odb_load_packs(l->h, e);
}

int remote_file_fetch(struct link *l, struct remote_state *out, struct err *e)
{
	git_repository *from = NULL;
	git_strarray names = { 0 };
	int r;

	r = open_remote(&from, l, e);
	if (r)
		return r;
	r = look(l, from, &names, out, e);
	if (!r && !oid_is_zero(&out->tip) && !hub_has(l->h, &out->tip))
		r = bring(l, from, &out->tip, e);
	git_strarray_dispose(&names);
	git_repository_free(from);
	return r;
}

/* ---- push ---- */

static int tick_write(const git_indexer_progress *progress, void *payload)
{
	(void)progress;
	return link_tick(payload);
}

static char *pack_folder(git_repository *to)
{
	return xasprintf("%sobjects/pack", git_repository_commondir(to));
}

static int write_pack(struct link *l, git_packbuilder *pack, git_repository *to)
{
	cleanup_free char *folder = pack_folder(to);

	if (git_packbuilder_object_count(pack) == 0)
		return 0;
	step_here("pushed pack");
	return git_packbuilder_write(pack, folder, 0, tick_write, l);
}

/* The commits of the remote's branches: what they need need not be sent. */
static git_oid *tips_of(git_repository *to, const git_strarray *names, size_t *count)
{
	git_oid *tips = xcalloc(names->count, sizeof(*tips));

	*count = 0;
	for (size_t i = 0; i < names->count; i++)
		if (str_starts(names->strings[i], "refs/heads/") &&
		    git_reference_name_to_id(&tips[*count], to, names->strings[i]) == 0)
			(*count)++;
	return tips;
}

static int pack_objects(struct link *l, git_repository *to, const struct oid *commit,
			const git_oid *tips, size_t count)
{
	git_packbuilder *pack = NULL;
	int rc = git_packbuilder_new(&pack, l->h->repo);

	if (!rc)
		rc = select_objects(l, pack, l->h->repo, commit, tips, count);
	if (!rc)
		rc = write_pack(l, pack, to);
	git_packbuilder_free(pack);
	return rc;
}

static int send_objects(struct link *l, git_repository *to, const git_strarray *names,
			const struct oid *commit, struct err *e)
{
	size_t count;
	git_oid *tips = tips_of(to, names, &count);
	git_refdb *kept;
	int rc = exchange_hide_refs(&kept, l->h);

	if (!rc) {
		rc = pack_objects(l, to, commit, tips, count);
		exchange_show_refs(kept, l->h);
	}
	free(tips);
	return rc ? link_fail(l, rc, "push to", e) : ERR_OK;
}

static int check_writable(const struct link *l, git_repository *to, struct err *e)
{
	cleanup_free char *folder = pack_folder(to);

	if (!git_repository_is_bare(to))
		return err_set(
			e, ERR_CONFIG,
			"'%s' has a working tree, which a push would not update: push to a bare "
			"repository",
			l->r->url);
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
		return err_set(e, ERR_CONFIG, "'%s' cannot be written: %s", l->r->url,
			       strerror(errno));
	return ERR_OK;
}

/* What the repository itself asks of a push. */
static int check_rules(struct link *l, git_repository *to, struct err *e)
{
	int r = file_check_hooks(to, l->r->url, e);

	return r ? r : file_share_read(&l->share, to, l->r->url, e);
}

/* A branch is a file, so 'team' and 'team/ana' exclude each other. A packed branch is no file that
 * would be in the way, therefore the names are compared. */
static int check_name(const struct link *l, const git_strarray *names, struct err *e)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *other = names->strings[i];

		if (path_is_below(other, l->branch_ref) || path_is_below(l->branch_ref, other))
			return err_set(e, ERR_CONFIG,
				       "'%s' cannot have branch '%s' beside '%s': choose another "
				       "name for one of them",
				       l->r->url, l->r->branch, other + strlen("refs/heads/"));
	}
	return ERR_OK;
}

static int send_branch(struct link *l, git_repository *to, const git_strarray *names,
		       const struct oid *tip, const struct oid *commit, struct err *e)
{
	mode_t mask = umask(0);
	int r;

	umask(file_share_umask(l->share, mask));
	r = send_objects(l, to, names, commit, e);
	l->sent = !r;
	if (!r)
		r = file_ref_move(l, to, tip, commit, e);
	umask(mask);
	return r;
}

int remote_file_push(struct link *l, const struct oid *commit, struct err *e)
{
	struct remote_state now;
	git_repository *to = NULL;
	git_strarray names = { 0 };
	int r;

	r = open_remote(&to, l, e);
	if (r)
		return r;
	r = check_writable(l, to, e);
	if (!r)
		r = look(l, to, &names, &now, e);
	if (!r)
		r = check_name(l, &names, e);
	if (!r)
		r = link_check_forward(l, &now, commit, e);
	if (!r && !oid_equal(&now.tip, commit))
		r = check_rules(l, to, e);
	if (!r && !oid_equal(&now.tip, commit))
		r = send_branch(l, to, &names, &now.tip, commit, e);
	git_strarray_dispose(&names);
	git_repository_free(to);
	return r;
}
