/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side, looking: a branch of a remote repository, as fetched into the hub.
 *
 * Nothing of the repository outside git_path is ever read into the table, and within it only
 * notebooks, and other files when they are wanted. What the branch holds is kept reachable under
 * refs/nbsync/seen/git, so that a rewritten branch destroys nothing. The policy is asked before the
 * remote is contacted and again inside the transport. Acting on this side is git_publish()'s.
 */

#include <stdlib.h>
#include <string.h>

#include "fs/secret_file.h"
#include "path/path.h"
#include "sync/file.h"
#include "sync/ignore_load.h"
#include "sync/kind.h"

#define MODE_LINK      0120000u
#define MODE_SUBMODULE 0160000u

/* ---- policy and connection ---- */

int git_side_allowed(struct cycle *c, enum policy_op op, struct err *e)
{
	struct policy_verdict verdict = { 0 };
	int r = ERR_OK;

	policy_set_check(&c->policy, c->mapping->git, op, &verdict);
	if (!verdict.allowed)
		r = err_set(e, ERR_DENIED, "%s: %s", verdict.reason, verdict.sentence);
	else if (!str_eq(c->git.url, verdict.canonical)) {
		free(c->git.url);
		c->git.url = xstrdup(verdict.canonical);
	}
	policy_verdict_release(&verdict);
	return r;
}

/* The transport's last question: by then only the canonical URL is left to ask about. */
static int allow(void *payload, const char *url, const char *op, struct err *e)
{
	struct cycle *c = payload;
	struct policy_verdict verdict = { 0 };
	int r = ERR_OK;

	policy_set_check(&c->policy, url, str_eq(op, "push") ? POLICY_PUSH : POLICY_FETCH,
			 &verdict);
	if (!verdict.allowed)
		r = err_set(e, ERR_DENIED, "%s: %s", verdict.reason, verdict.sentence);
	policy_verdict_release(&verdict);
	return r;
}

static void on_progress(void *payload, const char *what)
{
	(void)what;
	cycle_progress(payload, "push", 0, 0);
}

/* A server that puts a large pack together says so in a few bytes now and then, for minutes. */
static const struct http_limits git_limits = { .grace_s = 600 };

int git_side_remote(struct cycle *c, struct remote *out, struct err *e)
{
	int r;

	if (c->mapping->git_token_file) {
		secret_release(&c->git.token);
		if ((r = secret_read(&c->git.token, c->mapping->git_token_file, e)))
			return r;
	}
	if (!c->git.http && (r = http_new(&c->git.http, CYCLE_USER_AGENT, c->mapping->git_ca_file,
					  &git_limits, c->options.cancel, e)))
		return r;
	*out = (struct remote){
		.url = c->git.url,
		.branch = c->mapping->branch,
		.user = c->mapping->git_user,
		.token = &c->git.token,
		.token_file = c->mapping->git_token_file,
		.http = c->git.http,
		.allow = allow,
		.allow_payload = c,
		.progress = on_progress,
		.progress_payload = c,
		.cancel = c->options.cancel,
	};
	return ERR_OK;
}

void git_side_close(struct cycle *c)
{
	free(c->git.url);
	secret_release(&c->git.token);
	http_free(c->git.http);
}

char *git_side_head(const struct cycle *c)
{
	return xasprintf("refs/heads/%s", c->mapping->branch);
}

char *git_side_path(const struct cycle *c, const char *file)
{
	return path_join(c->mapping->git_path, file);
}

/* ---- one file of the branch ---- */

/* Whether the file is managed as what path says it is: a notebook's stem, or its own name. */
static bool takes(const struct cycle *c, const char *path, const struct tree_file *f)
{
	return filter_takes(&c->filter, path, f->path, table_find(&c->table, path));
}

static void hold(struct row *row, enum hold_reason reason, const char *file, const struct err *why)
{
	entry_hold(row, SIDE_GIT, reason, file, why->text);
	entry_found(row, SIDE_GIT);
}

/* A file that is not what it should be stays so until it changes; one that could not be read is read
 * again at the next look. */
static void hold_unread(struct cycle *c, struct row *row, const struct tree_file *f,
			enum hold_reason invalid, const struct err *why)
{
	bool read = why->code == ERR_INVALID;

	hold(row, read ? invalid : HOLD_UNREADABLE, f->path, why);
	row->side[SIDE_GIT].raw = read ? f->id : (struct oid){ 0 };
	c->git.looked &= read;
}

static bool known_plain(const struct cycle *c, const struct tree_file *f)
{
	const struct row *row = table_find(&c->plain, f->path);

	return row && oid_equal(&row->side[SIDE_GIT].raw, &f->id);
}

/* A notebook that lost its header in a commit is none any more (see kind.h). */
static bool is_plain(struct cycle *c, const struct tree_file *f, const struct notebook_name *name,
		     const struct buf *data, struct err *e)
{
	if (name->format == NOTEBOOK_IPYNB ||
	    notebook_is_source(buf_str(data), data->len, name->language))
		return false;
	if (file_was_notebook(c, SIDE_GIT, f->path) && kind_check_commit(f->path, data, e))
		return false;
	if (!files_wanted(c))
		table_get(&c->plain, f->path)->side[SIDE_GIT].raw = f->id;
	return true;
}

/* A file that is no notebook. What it holds need not be read to know that. */
static void take_plain(struct cycle *c, const struct tree_file *f)
{
	struct version v = { .blob = f->id, .kind = VERSION_FILE };
	struct row *row = table_get(&c->table, f->path);
	struct err e = ERR_INIT;
	uint64_t size;

	if (hub_blob_size(c->hub, &f->id, &size, &e) || file_check_size(f->path, size, &e)) {
		hold_unread(c, row, f, HOLD_TOO_LARGE, &e);
		return;
	}
	entry_set_present(row, SIDE_GIT, &v, &f->id, f->path);
	entry_found(row, SIDE_GIT);
}

/* Another file of this notebook was found before. */
static void hold_both(struct row *row, const char *file)
{
	const char *first = row->side[SIDE_GIT].file;
	struct err e = ERR_INIT;

	err_set(&e, ERR_INVALID, "'%s' and '%s' would be one notebook '%s': rename one of them",
		first, file, row->path);
	hold(row, HOLD_COLLISION, first, &e);
}

static void read_file(struct cycle *c, const struct tree_file *f, const struct notebook_name *name)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	struct err e = ERR_INIT;
	struct version v;
	struct row *row;
	struct oid raw;

	if (hub_blob_get(c->hub, &f->id, &data, &e) == ERR_OK && is_plain(c, f, name, &data, &e)) {
		if (files_wanted(c) && takes(c, f->path, f))
			take_plain(c, f);
		return;
	}
	if (!takes(c, name->stem, f))
		return;
	row = table_get(&c->table, name->stem);
	if (entry_is_found(row, SIDE_GIT)) {
		hold_both(row, f->path);
		return;
	}
	if (!e.code)
		content_take(&c->content, row, SIDE_GIT, f->path, buf_str(&data), data.len, &v,
			     &raw, &e);
	if (e.code) {
		hold_unread(c, row, f, HOLD_UNPARSABLE, &e);
		/* What it was until now is not gone. */
		if ((row = file_twin(c, row, SIDE_GIT)))
			hold(row, HOLD_UNPARSABLE, f->path, &e);
		return;
	}
	entry_set_present(row, SIDE_GIT, &v, &raw, f->path);
	entry_found(row, SIDE_GIT);
}

/* The row that knows this very file already; NULL: it has to be read. */
static struct row *known_row(struct cycle *c, const struct tree_file *f)
{
	struct row *row = table_find_file(&c->table, SIDE_GIT, f->path);
	const struct entry *entry = row ? &row->side[SIDE_GIT] : NULL;

	return entry && entry->state != ENTRY_ABSENT && oid_equal(&entry->raw, &f->id) &&
			       !entry_is_found(row, SIDE_GIT)
		       ? row
		       : NULL;
}

/* The path of the row that a file may belong to, or at least is held under; NULL: none. A script is
 * the mapping's if it would be either way: which it is says its first line. Borrowed. */
static const char *path_of(const struct cycle *c, const struct tree_file *f,
			   const struct notebook_name *name)
{
	if (name->stem && takes(c, name->stem, f))
		return name->stem;
	if (!files_wanted(c) || f->mode == MODE_SUBMODULE || file_class(f->path) == FILE_NOTEBOOK)
		return NULL;
	return takes(c, f->path, f) ? f->path : NULL;
}

static void take_file(struct cycle *c, const struct tree_file *f, const char *path,
		      const struct notebook_name *name)
{
	struct row *row = table_find(&c->table, path), *known;
	struct err e = ERR_INIT;

	if (path_check(f->path, &e)) {
		hold(table_get(&c->table, path), HOLD_NAME, f->path, &e);
	} else if (f->mode == MODE_LINK || f->mode == MODE_SUBMODULE) {
		err_set(&e, ERR_INVALID, "'%s' is a link in the repository", f->path);
		hold(table_get(&c->table, path), HOLD_KIND, f->path, &e);
	} else if (!files_wanted(c) && row && entry_is_found(row, SIDE_GIT)) {
		hold_both(row, f->path);
	} else if ((known = known_row(c, f))) {
		entry_found(known, SIDE_GIT);
	} else if (name->stem) {
		read_file(c, f, name);
	} else if (row && entry_is_found(row, SIDE_GIT)) {
		hold_both(row, f->path);
	} else {
		take_plain(c, f);
	}
}

static void look_at_file(struct cycle *c, const struct tree_file *f)
{
	struct notebook_name name = { 0 };
	const char *path;

	notebook_name_parse(&name, f->path);
	path = path_of(c, f, &name);
	if (path && !known_plain(c, f))
		take_file(c, f, path, &name);
	notebook_name_release(&name);
}

/* ---- the branch ---- */

/* Reads a new tip into the table. */
static int take_tip(struct cycle *c, const struct oid *tip, struct err *e)
{
	struct tree_files files = { 0 };
	struct oid tree = { 0 };
	int r;

	if (!oid_is_zero(tip)) {
		if ((r = hub_commit_tree(c->hub, tip, &tree, e)) ||
		    (r = hub_tree_files(c->hub, &tree, c->mapping->git_path, &files, e)))
			return r;
		if (!oid_equal(&c->state.seen_tree[SIDE_GIT], &tree) &&
		    (r = state_see_commit(&c->state, SIDE_GIT, tip, e)))
			goto out;
	}
	ignore_load_git(c, &files);
	c->git.tip = *tip;
	c->git.looked = true;
	table_probe(&c->table, SIDE_GIT);
	for (size_t i = 0; i < files.count; i++) {
		if (i % 512 == 511)
			cycle_progress(c, "look", i + 1, files.count);
		look_at_file(c, &files.items[i]);
	}
	filter_spare(&c->filter, &c->table, SIDE_GIT);
	table_settle_probes(&c->table, SIDE_GIT);
	r = ERR_OK;
out:
	tree_files_release(&files);
	return r;
}

/* ---- what a push brought to the branch ---- */

/* Whether a row has just these bytes of the file, as a version or held. */
static bool holds(const struct row *row, const struct tree_file *f)
{
	const struct entry *entry = &row->side[SIDE_GIT];

	return entry->state != ENTRY_ABSENT && str_eq(entry->file, f->path) &&
	       oid_equal(&entry->raw, &f->id);
}

/* What a row had in this file is gone: the file is, or it is of the other kind now. */
static void hear_deletion(struct cycle *c, struct row *row, const char *file)
{
	const struct version *base = &row->base[SIDE_GIT];
	cleanup_free char *its = version_absent(base) ? NULL : version_file(row->path, base);

	if (str_eq(its, file))
		state_set_base(&c->state, row, SIDE_GIT, &(struct version){ 0 });
	if (str_eq(row->side[SIDE_GIT].file, file))
		entry_set_absent(row, SIDE_GIT);
}

static bool hear_file(void *payload, const struct tree_difference *d)
{
	const struct tree_file f = { .path = (void *)(uintptr_t)d->path,
				     .id = d->new_id,
				     .mode = d->new_mode };
	struct notebook_name name = { .stem = NULL };
	struct row *rows[2], *holder = NULL;
	struct cycle *c = payload;

	if (!oid_is_zero(&f.id))
		look_at_file(c, &f);
	rows[0] = table_find(&c->table, f.path);
	rows[1] = notebook_name_parse(&name, f.path) ? table_find(&c->table, name.stem) : NULL;
	notebook_name_release(&name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i] && holds(rows[i], &f))
			holder = rows[i];
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i] && rows[i] != holder && (holder || oid_is_zero(&f.id)))
			hear_deletion(c, rows[i], f.path);
	if (holder && holder->side[SIDE_GIT].state == ENTRY_PRESENT)
		state_set_base(&c->state, holder, SIDE_GIT, &holder->side[SIDE_GIT].version);
	return true;
}

int git_side_hear(struct cycle *c, const struct oid *old_tree, const struct oid *new_tree,
		  struct err *e)
{
	const struct tree_diff diff = { .file = hear_file, .payload = c };

	table_probe(&c->table, SIDE_GIT);
	return hub_tree_diff(c->hub, old_tree, new_tree, c->mapping->git_path, &diff, e);
}

/* ---- a push that arrived, and nobody heard of it ---- */

/*
 * The answer to a push was lost, or we were killed before it: the remote held what was agreed then, so
 * that what people made of it since is an edit of that, and a deletion is no deletion of something
 * older. What our commits changed is what they differ in from the branch as it was last seen. Bases
 * are saved before the branch is recorded as seen, or a kill in between would lose this.
 */
static int hear_push(struct cycle *c, const struct oid *tip, struct err *e)
{
	cleanup_free char *ref = git_side_head(c);
	const struct oid *seen = &c->state.seen[SIDE_GIT];
	bool arrived = false, known = false;
	struct oid head, tree;
	int r = hub_ref_get(c->hub, ref, &head, e);

	if (r || oid_is_zero(tip))
		return r == ERR_ABSENT ? ERR_OK : r;
	if ((r = hub_is_ancestor(c->hub, &head, tip, &arrived, e)) ||
	    (!oid_is_zero(seen) && (r = hub_is_ancestor(c->hub, &head, seen, &known, e))) ||
	    !arrived || known)
		return r;
	if ((r = hub_commit_tree(c->hub, &head, &tree, e)) ||
	    (r = git_side_hear(c, &c->state.seen_tree[SIDE_GIT], &tree, e)))
		return r;
	return state_save(&c->state, "the push had arrived", e);
}

/* ---- whether it is the branch it was ---- */

/* Whether a tip goes on from what was seen of the branch, be it from before a commit that somebody took
 * back. */
static int goes_on(struct cycle *c, const struct oid *tip, bool *out, struct err *e)
{
	const struct oid *seen = &c->state.seen[SIDE_GIT];
	struct oid base;
	int r;

	/* The usual case, for which no long way is gone. */
	if (!oid_is_zero(&c->git.tip) &&
	    ((r = hub_is_ancestor(c->hub, &c->git.tip, tip, out, e)) || *out))
		return r;
	r = hub_merge_base(c->hub, seen, tip, &base, e);
	*out = !oid_is_zero(&base);
	return r;
}

/* Another repository may have taken the place of the one that was there; that it lacks notebooks
 * says as little as with another directory. One that holds just what the branch held is taken for
 * the same. */
static int check_identity(struct cycle *c, const struct oid *tip, struct err *e)
{
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	char token[CYCLE_TOKEN_SIZE], hex[41];
	struct oid tree;
	bool same;
	int r;

	if (oid_is_zero(tip) || oid_is_zero(&c->state.seen[SIDE_GIT]))
		return ERR_OK;
	/* First what costs nothing: after a restart the branch mostly is as it was. */
	if ((r = hub_commit_tree(c->hub, tip, &tree, e)) ||
	    oid_equal(&tree, &c->state.seen_tree[SIDE_GIT]))
		return r;
	if ((r = goes_on(c, tip, &same, e)) || same || !cycle_known(c, SIDE_GIT))
		return r;
	oid_hex(tip, hex);
	buf_addf(&plan, "root git\n%s\n", hex);
	if (cycle_confirmed(c, &plan, token))
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "branch '%s' of '%s' is not the one it was, it has no commit in common with "
		       "it: bring the old one back, or run 'nbsync confirm %s %s' to go on with "
		       "this one, and delete everywhere what it lacks",
		       c->mapping->branch, c->git.url, c->mapping->name, token);
}

static int check_tip(struct cycle *c, const struct oid *tip, struct err *e)
{
	size_t known;

	if (oid_is_zero(tip) && (known = cycle_known(c, SIDE_GIT)) > 0)
		return err_set(
			e, ERR_CONFIG,
			"branch '%s' of '%s' is gone although it held %zu notebooks: nothing "
			"is deleted elsewhere until it is back",
			c->mapping->branch, c->git.url, known);
	return check_identity(c, tip, e);
}

/* Before the remote is contacted for the first time this is a clone, later a fetch. */
static enum policy_op fetch_op(struct cycle *c)
{
	cleanup_free char *ref = xasprintf("refs/remotes/origin/%s", c->mapping->branch);
	struct oid tip;

	return hub_ref_get(c->hub, ref, &tip, NULL) == ERR_OK ? POLICY_FETCH : POLICY_CLONE;
}

int git_look(struct cycle *c, const struct cycle_hints *hints, struct err *e)
{
	int64_t now = cycle_now_ms();
	struct remote remote;
	struct oid tip;
	bool empty;
	int r;

	if (hints || (c->git.looked && c->git.fetched_ms &&
		      now - c->git.fetched_ms < c->mapping->git_poll_ms))
		return ERR_OK;
	cycle_progress(c, "look", 0, 0);
	if ((r = git_side_allowed(c, fetch_op(c), e)) || (r = git_side_remote(c, &remote, e)) ||
	    (r = remote_fetch(c->hub, &remote, &tip, &empty, e)))
		return r;
	if (!c->git.looked || !oid_equal(&tip, &c->git.tip)) {
		if ((r = check_tip(c, &tip, e)) || (r = hear_push(c, &tip, e)) ||
		    (r = take_tip(c, &tip, e)))
			return r;
	}
	/* What is held is asked about again at the next look. */
	c->git.fetched_ms = now;
	return ERR_OK;
}
