/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side, acting: one commit for everything that is agreed and not on the branch, then a
 * fast-forward push.
 *
 * A commit is built on the remote's tip, or on our own commits that wait to be pushed; if the remote
 * moved meanwhile it becomes a merge of both. Its tree differs from its first parent only in managed
 * paths, by construction. The side's base moves when the push has succeeded, not before: until then
 * the branch does not hold what was agreed. Nothing is ever forced.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "sync/file.h"
#include "sync/message.h"

#define PUSH_WINDOW_MS 60000
#define REJECTIONS_MAX 3

/* One commit in the making. */
struct draft {
	struct oid head;           /* refs/heads/<branch>; zero when there is none */
	bool unpushed;             /* head has commits that the remote has not */
	bool diverged;             /* … and the remote has some that head has not */
	struct oid tree;           /* of the first parent; zero: none */
	struct tree_files on_head; /* its files, only when unpushed and not diverged */
	struct tree_change *changes;
	size_t count, cap;
	struct message_change *told;
	size_t told_count, told_cap;
	struct given {
		char *path; /* in the repository */
		char *file; /* below git_path */
		struct row *row;
		struct oid blob;
	} * given; /* what the branch will hold for each row that is put */
	size_t given_count, given_cap;
};

static char *head_ref(const struct cycle *c)
{
	return xasprintf("refs/heads/%s", c->mapping->branch);
}

static void draft_release(struct draft *d)
{
	for (size_t i = 0; i < d->count; i++)
		free((void *)(uintptr_t)d->changes[i].path);
	for (size_t i = 0; i < d->given_count; i++) {
		free(d->given[i].path);
		free(d->given[i].file);
	}
	tree_files_release(&d->on_head);
	free(d->changes);
	free(d->told);
	free(d->given);
}

/* How our branch and the remote's belong together. Commits that the remote once had and has no more
 * were taken back by somebody; they are not pushed again. */
static int compare_heads(struct cycle *c, struct draft *d, struct err *e)
{
	const struct oid *tip = &c->git.tip, *seen = &c->state.seen[SIDE_GIT];
	bool behind = false, ahead = true, pushed = false;
	int r = ERR_OK;

	if (oid_is_zero(&d->head) || oid_equal(&d->head, tip))
		return ERR_OK;
	if (!oid_is_zero(tip) && ((r = hub_is_ancestor(c->hub, &d->head, tip, &behind, e)) ||
				  (r = hub_is_ancestor(c->hub, tip, &d->head, &ahead, e))))
		return r;
	if (!behind && !oid_is_zero(seen))
		r = hub_is_ancestor(c->hub, &d->head, seen, &pushed, e);
	d->unpushed = !behind && !pushed;
	d->diverged = d->unpushed && !ahead;
	return r;
}

/* Where the next commit starts from. */
static int draft_start(struct cycle *c, struct draft *d, struct err *e)
{
	cleanup_free char *ref = head_ref(c);
	const struct oid *tip = &c->git.tip;
	int r;

	*d = (struct draft){ 0 };
	r = hub_ref_get(c->hub, ref, &d->head, e);
	if (r && r != ERR_ABSENT)
		return r;
	if (r == ERR_ABSENT)
		d->head = (struct oid){ 0 };
	if ((r = compare_heads(c, d, e)))
		return r;
	if (d->unpushed && !d->diverged) {
		if ((r = hub_commit_tree(c->hub, &d->head, &d->tree, e)))
			return r;
		return hub_tree_files(c->hub, &d->tree, c->mapping->git_path, &d->on_head, e);
	}
	return oid_is_zero(tip) ? ERR_OK : hub_commit_tree(c->hub, tip, &d->tree, e);
}

/* ---- what changes ---- */

static int compare_files(const void *key, const void *item)
{
	return strcmp(key, ((const struct tree_file *)item)->path);
}

/* What the first parent holds for a file of the mapping; NULL when nothing. */
static const struct oid *on_parent(const struct draft *d, const struct row *row, const char *file)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	const struct tree_file *f;

	if (!d->unpushed || d->diverged)
		return entry->state == ENTRY_PRESENT && str_eq(entry->file, file) ? &entry->raw
										  : NULL;
	if (!d->on_head.count)
		return NULL;
	f = bsearch(file, d->on_head.items, d->on_head.count, sizeof(*f), compare_files);
	return f ? &f->id : NULL;
}

static void change(struct cycle *c, struct draft *d, const char *file, const struct oid *id)
{
	d->changes = array_grow(d->changes, d->count, &d->cap, sizeof(*d->changes));
	d->changes[d->count] = (struct tree_change){ .path = git_side_path(c, file) };
	if (id)
		d->changes[d->count].id = *id;
	d->count++;
}

static void tell(struct draft *d, const struct row *row, enum message_verb verb)
{
	d->told = array_grow(d->told, d->told_count, &d->told_cap, sizeof(*d->told));
	d->told[d->told_count++] = (struct message_change){
		.verb = verb,
		.path = row->path,
		.side = (int)row->origin - 1,
		.object_id = row->side[SIDE_WORKSPACE].id,
		.file = row_is_file(row),
	};
}

/* A file that was renamed stays executable. */
static void keep_mode(struct cycle *c, struct draft *d, const struct row *row)
{
	const struct row *from = row->renamed_from;
	cleanup_free char *old = NULL;
	uint32_t mode;
	struct oid id;

	if (!from || !from->side[SIDE_GIT].file)
		return;
	old = git_side_path(c, from->side[SIDE_GIT].file);
	if (hub_tree_find(c->hub, &d->tree, old, &id, &mode, NULL) == ERR_OK)
		d->changes[d->count - 1].mode = mode;
}

static int draft_put(struct cycle *c, struct draft *d, struct row *row, struct err *e)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	cleanup_buf struct buf data = BUF_INIT(SIZE_MAX / 2);
	const struct oid *parent;
	struct given *given;
	struct oid blob;
	char *file;
	int r;

	blob = row->agreed.blob;
	if (row->agreed.kind == VERSION_FILE)
		file = xstrdup(row->path);
	else if ((r = content_give(&c->content, row, SIDE_GIT,
				   content_fresh_format(c->mapping, SIDE_GIT, row->agreed.format),
				   &data, &file, e)))
		return r;
	d->given = array_grow(d->given, d->given_count, &d->given_cap, sizeof(*d->given));
	given = &d->given[d->given_count++];
	*given = (struct given){ .path = git_side_path(c, file), .file = file, .row = row };
	if (row->agreed.kind == VERSION_NOTEBOOK &&
	    (r = hub_blob_put(c->hub, buf_str(&data), data.len, &blob, e)))
		return r;
	given->blob = blob;
	parent = on_parent(d, row, file);
	if (parent && oid_equal(parent, &blob))
		return ERR_OK;
	change(c, d, file, &blob);
	keep_mode(c, d, row);
	if (entry->state == ENTRY_PRESENT && !str_eq(entry->file, file))
		change(c, d, entry->file, NULL);
	tell(d, row, parent || entry->state == ENTRY_PRESENT ? MESSAGE_UPDATE : MESSAGE_ADD);
	return ERR_OK;
}

/* Whether what the branch has under that name is a file's, not this notebook's, or the other way
 * round. */
static bool is_other(struct cycle *c, const struct row *row, const char *file)
{
	const struct row *other = table_find_file(&c->table, SIDE_GIT, file);

	return other && other != row;
}

/* The row agrees with the remote, but our unpushed commits may say otherwise: take that back. */
static void draft_take_back(struct cycle *c, struct draft *d, struct row *row)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	const struct oid *parent;

	if (entry->state == ENTRY_PRESENT) {
		parent = on_parent(d, row, entry->file);
		if (parent && oid_equal(parent, &entry->raw))
			return;
		change(c, d, entry->file, &entry->raw);
		tell(d, row, MESSAGE_UPDATE);
		return;
	}
	if (on_parent(d, row, row->path) && !is_other(c, row, row->path) && files_wanted(c)) {
		change(c, d, row->path, NULL);
		tell(d, row, MESSAGE_DELETE);
	}
	for (enum notebook_language lang = 0; lang <= NOTEBOOK_LANGUAGES; lang++) {
		bool ipynb = lang == NOTEBOOK_LANGUAGES;
		cleanup_free char *file = notebook_name_make(
			row->path, ipynb ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE,
			ipynb ? NOTEBOOK_PYTHON : lang);

		if (!on_parent(d, row, file) || table_find(&c->plain, file) ||
		    is_other(c, row, file))
			continue;
		change(c, d, file, NULL);
		tell(d, row, MESSAGE_DELETE);
	}
}

static int compare_given(const void *a, const void *b)
{
	return strcmp(((const struct given *)a)->path, ((const struct given *)b)->path);
}

/* A path that turns from a file into a notebook, or the other way round, is not removed. */
static void drop_overridden(struct draft *d)
{
	size_t kept = 0;

	if (d->given_count)
		qsort(d->given, d->given_count, sizeof(*d->given), compare_given);
	for (size_t i = 0; i < d->count; i++) {
		const struct given key = { .path = (void *)(uintptr_t)d->changes[i].path };

		if (d->given_count && oid_is_zero(&d->changes[i].id) &&
		    bsearch(&key, d->given, d->given_count, sizeof(key), compare_given))
			free(key.path);
		else
			d->changes[kept++] = d->changes[i];
	}
	d->count = kept;
}

/* Whether the remote has the file: then somebody else may have put it there. */
static int is_on_remote(struct cycle *c, const char *file, bool *out, struct err *e)
{
	cleanup_free char *path = git_side_path(c, file);
	struct oid tree, id;
	int r;

	*out = false;
	if (oid_is_zero(&c->git.tip))
		return ERR_OK;
	if ((r = hub_commit_tree(c->hub, &c->git.tip, &tree, e)))
		return r;
	r = hub_tree_find(c->hub, &tree, path, &id, NULL, e);
	*out = r == ERR_OK;
	return r == ERR_ABSENT ? ERR_OK : r;
}

/* The path of a file that no row knows; NULL when there is nothing of it to take back. Owned. */
static char *unknown_path(struct cycle *c, const char *file)
{
	struct notebook_name name = { .stem = NULL };
	char *path = notebook_name_parse(&name, file) ? name.stem
		     : files_wanted(c)                ? xstrdup(file)
						      : NULL;

	if (path && !table_find(&c->table, path) && !table_find(&c->table, file) &&
	    !table_find(&c->plain, file) && filter_takes(&c->filter, path, file, NULL))
		return path;
	free(path);
	return NULL;
}

/* What our unpushed commits brought, and was deleted since, may have no row any more. */
static int draft_take_back_unknown(struct cycle *c, struct draft *d, struct err *e)
{
	int r = ERR_OK;

	for (size_t i = 0; !r && i < d->on_head.count; i++) {
		const char *file = d->on_head.items[i].path;
		cleanup_free char *path = unknown_path(c, file);
		bool theirs;

		if (path && !(r = is_on_remote(c, file, &theirs, e)) && !theirs) {
			struct row *row = table_get(&c->table, path);

			row_busy(row);
			draft_take_back(c, d, row);
		}
	}
	return r;
}

static int draft_fill(struct cycle *c, struct draft *d, struct row **rows, size_t count,
		      struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct row *row = rows[i];
		struct err why = ERR_INIT;

		if (row->todo.action[SIDE_GIT] == PLAN_PUT) {
			if (draft_put(c, d, row, &why) == ERR_INVALID)
				cycle_refused(c, row, SIDE_GIT, &why);
			else if (why.code) {
				*e = why;
				return why.code;
			}
		} else if (row->todo.action[SIDE_GIT] == PLAN_DELETE) {
			change(c, d, row->side[SIDE_GIT].file, NULL);
			if (on_parent(d, row, row->side[SIDE_GIT].file))
				tell(d, row, MESSAGE_DELETE);
		} else if (row->todo.action[SIDE_GIT] == PLAN_SETTLED && d->unpushed &&
			   !d->diverged) {
			draft_take_back(c, d, row);
		}
	}
	return draft_take_back_unknown(c, d, e);
}

/* ---- committing ---- */

/* Our commits that were not pushed have nothing any more that the remote has not: to merge them would
 * be a commit without a change. */
static int drop_commits(struct cycle *c, struct draft *d, struct err *e)
{
	cleanup_free char *ref = head_ref(c);
	int r = hub_ref_set(c->hub, ref, &c->git.tip, &d->head, "nbsync: the remote has it", e);

	log_info("branch '%s' has all that our unpushed commits brought: they are not needed",
		 c->mapping->branch);
	d->head = c->git.tip;
	d->unpushed = d->diverged = false;
	return r;
}

static int write_commit(struct cycle *c, struct draft *d, const struct cycle_request *request,
			struct err *e)
{
	cleanup_buf struct buf message = BUF_INIT(1024 * 1024);
	cleanup_free char *ref = head_ref(c);
	struct oid parents[2], tree, commit;
	struct commit_spec spec = {
		.parents = parents,
		.committer_name = c->mapping->author_name,
		.committer_email = c->mapping->author_email,
	};
	int r;

	drop_overridden(d);
	if ((r = hub_tree_update(c->hub, &d->tree, d->changes, d->count, &tree, e)))
		return r;
	if (oid_equal(&tree, &d->tree))
		return d->diverged ? drop_commits(c, d, e) : ERR_OK;
	message_write(&message, c->mapping->name, request->summary, d->told, d->told_count);
	spec.message = buf_str(&message);
	spec.tree = tree;
	if (d->unpushed && !d->diverged)
		parents[spec.parent_count++] = d->head;
	else if (!oid_is_zero(&c->git.tip))
		parents[spec.parent_count++] = c->git.tip;
	if (d->diverged)
		parents[spec.parent_count++] = d->head;
	if ((r = hub_commit(c->hub, &spec, &commit, e)) ||
	    (r = hub_ref_set(c->hub, ref, &commit, &d->head, "nbsync: commit", e)))
		return r;
	d->head = commit;
	d->unpushed = true;
	c->report->commits++;
	log_info("committed %zu changes to branch '%s'", d->told_count, c->mapping->branch);
	return ERR_OK;
}

/* ---- pushing ---- */

static bool push_rate_allows(struct cycle *c, int64_t now)
{
	int64_t oldest = c->git.pushes_ms[0];
	size_t n = ARRAY_SIZE(c->git.pushes_ms);

	if (oldest && now - oldest < PUSH_WINDOW_MS) {
		report_wake(c->report, PUSH_WINDOW_MS - (now - oldest));
		return false;
	}
	memmove(c->git.pushes_ms, c->git.pushes_ms + 1, (n - 1) * sizeof(int64_t));
	c->git.pushes_ms[n - 1] = now;
	return true;
}

/* The remote holds our commit: the side holds what was agreed. */
static int pushed(struct cycle *c, struct draft *d, struct row **rows, size_t count, struct err *e)
{
	int r;

	c->git.tip = d->head;
	c->report->pushes++;
	if ((r = state_see_commit(&c->state, SIDE_GIT, &d->head, e)))
		return r;
	for (size_t i = 0; i < d->given_count; i++) {
		struct given *given = &d->given[i];
		struct row *row = given->row;

		entry_set_present(row, SIDE_GIT, &row->agreed, &given->blob, given->file);
		state_set_base(&c->state, row, SIDE_GIT, &row->agreed);
		row->todo.action[SIDE_GIT] = PLAN_SETTLED;
		c->report->side[SIDE_GIT].written++;
	}
	for (size_t i = 0; i < count; i++)
		if (rows[i]->todo.action[SIDE_GIT] == PLAN_DELETE)
			cycle_deleted(c, rows[i], SIDE_GIT);
	return ERR_OK;
}

/* Somebody pushed first: fetch, plan again on top of it, and push the result; but not for ever. */
static int rejected(struct cycle *c, struct err *e)
{
	c->git.fetched_ms = 0;
	if (++c->git.rejections > REJECTIONS_MAX) {
		c->git.rejections = 0;
		return err_set(e, ERR_RETRY,
			       "branch '%s' of '%s' moved before each of %d pushes: nbsync tries "
			       "again at the next poll",
			       c->mapping->branch, c->git.url, REJECTIONS_MAX + 1);
	}
	c->unsettled = true;
	return ERR_OK;
}

static int push(struct cycle *c, struct draft *d, struct row **rows, size_t count, struct err *e)
{
	struct remote remote;
	int r;

	if ((r = git_side_allowed(c, POLICY_PUSH, e)) || (r = git_side_remote(c, &remote, e)))
		return r;
	if (!push_rate_allows(c, cycle_now_ms()))
		return ERR_OK;
	cycle_progress(c, "push", 0, 0);
	r = remote_push(c->hub, &remote, &d->head, e);
	if (r == ERR_CONFLICT)
		return rejected(c, e);
	c->git.rejections = 0;
	return r ? r : pushed(c, d, rows, count, e);
}

/* ---- when ---- */

static size_t count_waiting(struct row **rows, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += rows[i]->todo.action[SIDE_GIT] == PLAN_PUT ||
		     rows[i]->todo.action[SIDE_GIT] == PLAN_DELETE;
	return n;
}

/* After a restart the clock of the quiet time is that of the last agreed state. */
static void start_clock(struct cycle *c, int64_t now)
{
	int64_t age_ms = ((int64_t)time(NULL) - c->state.agreed_at_s) * 1000;

	if (age_ms < 0 || age_ms > c->mapping->commit_max_wait_ms)
		age_ms = c->mapping->commit_max_wait_ms;
	if (!c->git.waiting_since_ms)
		c->git.waiting_since_ms = now - age_ms;
	if (!c->git.changed_ms)
		c->git.changed_ms = now - age_ms;
}

/* Whether to commit now; otherwise says in the report what waits, and for what. */
static bool commit_due(struct cycle *c, const struct cycle_request *request, size_t waiting)
{
	int64_t now = cycle_now_ms(), quiet, limit, rest;

	if (request->commit)
		return true;
	if (c->mapping->commit == CONFIG_COMMIT_MANUAL) {
		free(c->report->waiting);
		c->report->waiting_paths = waiting;
		c->report->waiting = xasprintf("%zu change%s for 'nbsync commit %s -m SUMMARY'",
					       waiting, waiting == 1 ? " waits" : "s wait",
					       c->mapping->name);
		return false;
	}
	start_clock(c, now);
	quiet = c->git.changed_ms + c->mapping->commit_quiet_ms;
	limit = c->git.waiting_since_ms + c->mapping->commit_max_wait_ms;
	rest = (quiet < limit ? quiet : limit) - now;
	if (request->hurry || rest <= 0)
		return true;
	report_wake(c->report, rest);
	free(c->report->waiting);
	c->report->waiting_paths = waiting;
	c->report->waiting = xasprintf("%zu changes will be committed in %" PRId64 " s", waiting,
				       (rest + 999) / 1000);
	return false;
}

static int commit_waiting(struct cycle *c, struct draft *d, const struct cycle_request *request,
			  struct row **rows, size_t count, struct err *e)
{
	int r;

	if ((r = git_side_allowed(c, POLICY_COMMIT, e)) || (r = draft_fill(c, d, rows, count, e)) ||
	    (r = write_commit(c, d, request, e)))
		return r;
	c->git.waiting_since_ms = 0;
	c->git.changed_ms = 0;
	return ERR_OK;
}

int git_publish(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	struct row **rows;
	struct draft d = { 0 };
	size_t count, waiting;
	int r;

	if ((r = draft_start(c, &d, e))) {
		draft_release(&d);
		return r;
	}
	/* Our own commits that were not pushed may disagree with rows that are at rest. */
	rows = d.unpushed ? table_sorted(&c->table, &count) : table_busy_sorted(&c->table, &count);
	waiting = count_waiting(rows, count);
	if (waiting && !commit_due(c, request, waiting))
		goto out;
	if ((waiting || d.unpushed) && (r = commit_waiting(c, &d, request, rows, count, e)))
		goto out;
	if (d.unpushed)
		r = push(c, &d, rows, count, e);
out:
	draft_release(&d);
	free(rows);
	return r;
}
