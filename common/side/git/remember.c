/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hub remembers of commits of ours that the remote may not have.
 *
 *   refs/nbsync/summaries   blob: what people said of them (summaries.h)
 *   refs/heads/<branch>     the drafts as they were made last: they may have been sent
 *   refs/nbsync/sent        chain of pushes of which it is not known yet what became of them, and
 *                           which that branch does not tell: each commit has the pushed one as its
 *                           first parent, the one before in the chain as its second, and as its
 *                           message the numbers of the summaries
 *
 * A push is remembered before it goes out, and forgotten when its answer is known and what that
 * means is durable: by the branch, as long as that stands there and no summary goes along, which is
 * what nearly every push is like; in the chain otherwise. So drafts may be made again at any time: an
 * older one that a server took after all, although the connection broke, is still recognised.
 *
 * What stands under refs/nbsync is never shown to a remote.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "side/git/files/name.h"
#include "side/git/internal.h"

#define REF_SUMMARIES "refs/nbsync/summaries"
#define REF_SENT      "refs/nbsync/sent"
#define SENT_MAX      100 /* pushes without an answer that are looked at */

/* ---- summaries ---- */

int remember_load(struct git_side *s, struct err *e)
{
	struct hub *hub = s->side.context->hub;
	cleanup_buf struct buf document = BUF_INIT(SUMMARIES_MAX);
	struct oid blob;
	int r;

	if (s->summaries_loaded)
		return ERR_OK;
	r = hub_ref_get(hub, REF_SUMMARIES, &blob, e);
	if (r && r != ERR_ABSENT)
		return r;
	if (!r && ((r = hub_blob_get(hub, &blob, &document, e)) ||
		   (r = summaries_parse(&s->summaries, &document, e))))
		return r;
	s->summaries_loaded = true;
	return ERR_OK;
}

int remember_summaries(struct git_side *s, struct err *e)
{
	struct hub *hub = s->side.context->hub;
	cleanup_buf struct buf document = BUF_INIT(SUMMARIES_MAX);
	struct oid blob;
	int r;

	/* As long as it is not written the hub says something else. */
	s->summaries_loaded = false;
	summaries_print(&s->summaries, &document);
	if (document.full)
		return err_set(e, ERR_INVALID, "the summaries of what waits are too long");
	if (!s->summaries.count)
		r = hub_ref_delete(hub, REF_SUMMARIES, e);
	else if (!(r = hub_blob_put(hub, buf_str(&document), document.len, &blob, e)))
		r = hub_ref_set(hub, REF_SUMMARIES, &blob, NULL, "nbsync: summaries", e);
	if (r)
		summaries_release(&s->summaries);
	s->summaries_loaded = !r;
	return r;
}

/* ---- pushes without an answer ---- */

/* Zero when there is none. */
static int get_sent(struct git_side *s, struct oid *out, struct err *e)
{
	int r = hub_ref_get(s->side.context->hub, REF_SENT, out, e);

	if (r != ERR_ABSENT)
		return r;
	*out = (struct oid){ 0 };
	return ERR_OK;
}

/* The push that stands at *at, which moves on to the one before it (zero: none). *info is the caller's
 * unless it fails. */
static int next_sent(struct git_side *s, struct oid *at, struct commit_info *info, struct err *e)
{
	int r = hub_commit_info(s->side.context->hub, at, info, e);

	if (!r)
		*at = info->parent_count > 1 ? info->parents[1] : (struct oid){ 0 };
	return r;
}

/* Whether head is one of the chain. In doubt not. */
static bool is_in_chain(struct git_side *s, const struct oid *head)
{
	bool is = false;
	struct oid at;

	if (get_sent(s, &at, NULL))
		return false;
	for (int i = 0; i < SENT_MAX && !oid_is_zero(&at) && !is; i++) {
		struct commit_info info;

		if (next_sent(s, &at, &info, NULL))
			return false;
		is = oid_equal(&info.first_parent, head);
		commit_info_release(&info);
	}
	return is;
}

/* One more in the chain, whose last one is before. */
static int add_sent(struct git_side *s, const struct oid *head, const struct oid *before,
		    const unsigned *numbers, size_t count, struct err *e)
{
	struct hub *hub = s->side.context->hub;
	cleanup_buf struct buf message = BUF_UNBOUNDED;
	struct oid parents[2] = { *head, *before }, commit;
	struct commit_spec spec = {
		.parents = parents,
		.parent_count = oid_is_zero(before) ? 1 : 2,
		.committer_name = "nbsync",
		.committer_email = "nbsync@localhost",
	};
	int r = hub_commit_tree(hub, head, &spec.tree, e);

	if (r)
		return r;
	for (size_t i = 0; i < count; i++)
		buf_addf(&message, "%u\n", numbers[i]);
	spec.message = buf_str(&message);
	if ((r = hub_commit(hub, &spec, &commit, e)))
		return r;
	return hub_ref_set(hub, REF_SENT, &commit, NULL, "nbsync: push", e);
}

int remember_sent(struct git_side *s, const struct oid *head, const unsigned *numbers, size_t count,
		  struct err *e)
{
	struct oid before;
	int r;

	s->not_sent = (struct oid){ 0 };
	if (!count)
		return ERR_OK;
	r = get_sent(s, &before, e);
	return r ? r : add_sent(s, head, &before, numbers, count, e);
}

int remember_not_sent(struct git_side *s, const struct oid *head, struct err *e)
{
	struct hub *hub = s->side.context->hub;
	struct commit_info info = { 0 };
	struct oid last;
	int r;

	s->not_sent = *head;
	if ((r = get_sent(s, &last, e)) || oid_is_zero(&last) ||
	    (r = hub_commit_info(hub, &last, &info, e)))
		return r;
	if (!oid_equal(&info.first_parent, head))
		r = ERR_OK;
	else if (info.parent_count > 1)
		r = hub_ref_set(hub, REF_SENT, &info.parents[1], &last, "nbsync: no push", e);
	else
		r = hub_ref_delete(hub, REF_SENT, e);
	commit_info_release(&info);
	return r;
}

/* How a commit that may have been sent stands to tip: whether it is there, and whether it still can be. */
static int compare_with_tip(struct git_side *s, const struct oid *commit, const struct oid *tip,
			    bool *arrived, bool *may_come, struct err *e)
{
	struct hub *hub = s->side.context->hub;
	int r;

	*arrived = false;
	*may_come = oid_is_zero(tip);
	if (*may_come)
		return ERR_OK;
	r = hub_is_ancestor(hub, commit, tip, arrived, e);
	if (r || *arrived)
		return r;
	return hub_is_ancestor(hub, tip, commit, may_come, e);
}

/* Whether it is known what became of head, or the chain remembers it. */
static int is_answered(struct git_side *s, const struct oid *head, bool *out, struct err *e)
{
	bool arrived, may_come;
	int r;

	*out = oid_is_zero(head) || oid_equal(head, &s->tip) || oid_equal(head, &s->not_sent) ||
	       is_in_chain(s, head);
	if (*out)
		return ERR_OK;
	r = compare_with_tip(s, head, &s->tip, &arrived, &may_come, e);
	*out = arrived || !may_come;
	return r;
}

int remember_move_head(struct git_side *s, const char *ref, const struct oid *head,
		       const struct oid *to, const char *why, struct err *e)
{
	struct oid before;
	bool answered;
	int r = is_answered(s, head, &answered, e);

	if (!r && !answered && !(r = get_sent(s, &before, e)))
		r = add_sent(s, head, &before, NULL, 0, e);
	return r ? r : hub_ref_set(s->side.context->hub, ref, to, head, why, e);
}

int remember_all_done(struct git_side *s, struct err *e)
{
	return hub_ref_delete(s->side.context->hub, REF_SENT, e);
}

static void read_numbers(const char *message, struct sent *out)
{
	size_t cap = 0;
	char *end;

	for (;;) {
		unsigned long number = strtoul(message, &end, 10);

		if (end == message)
			return;
		out->numbers = array_grow(out->numbers, out->count, &cap, sizeof(*out->numbers));
		out->numbers[out->count++] = (unsigned)number;
		message = end;
	}
}

/* One push of the chain. */
static int check_sent(struct git_side *s, const struct oid *tip, const struct commit_info *info,
		      struct sent *out, struct err *e)
{
	bool arrived, may_come;
	int r = compare_with_tip(s, &info->first_parent, tip, &arrived, &may_come, e);

	if (r)
		return r;
	if (arrived) {
		out->found = info->first_parent;
		read_numbers(info->message, out);
	} else if (may_come) {
		out->pending = true;
	}
	return ERR_OK;
}

int remember_find(struct git_side *s, const struct oid *tip, struct sent *out, struct err *e)
{
	struct oid at;
	int r;

	*out = (struct sent){ 0 };
	if ((r = get_sent(s, &at, e)))
		return r;
	for (int i = 0; i < SENT_MAX && !oid_is_zero(&at) && oid_is_zero(&out->found); i++) {
		struct commit_info info;

		if ((r = next_sent(s, &at, &info, e)))
			return r;
		r = check_sent(s, tip, &info, out, e);
		commit_info_release(&info);
		if (r)
			return r;
	}
	return ERR_OK;
}

bool remember_was_sent(struct git_side *s, const struct oid *commit)
{
	cleanup_free char *ref = git_head(s->side.context);
	struct oid head;

	if (!hub_ref_get(s->side.context->hub, ref, &head, NULL) && oid_equal(&head, commit))
		return !oid_equal(&head, &s->not_sent);
	return is_in_chain(s, commit);
}
