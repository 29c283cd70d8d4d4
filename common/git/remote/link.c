/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both ways to a remote share: progress and cancelling, limits, the meaning of a refusal.
 */

#include "git/remote/link.h"

#include <inttypes.h>

int link_tick(struct link *l)
{
	const struct remote *r = l->r;

	if (r->progress)
		r->progress(r->progress_payload, l->push ? "push" : "fetch");
	if (!r->cancel || !*r->cancel)
		return 0;
	err_set(&l->error, ERR_CANCELLED, "cancelled while talking to '%s'", r->url);
	return GIT_EUSER;
}

int link_tick_pack(int stage, uint32_t current, uint32_t total, void *payload)
{
	int rc = link_tick(payload);

	(void)current;
	(void)total;
	return git_pack_may_stop(stage) ? rc : 0;
}

int link_count(struct link *l, size_t bytes)
{
	uint64_t max = l->r->pack_max ? l->r->pack_max : REMOTE_PACK_MAX;

	l->received += bytes;
	if (l->received <= max)
		return 0;
	err_set(&l->error, ERR_CONFIG,
		"branch '%s' of '%s' is too large: its server sends more than %" PRIu64 " bytes",
		l->r->branch, l->r->url, max);
	return GIT_EUSER;
}

int link_fail(struct link *l, int rc, const char *what, struct err *e)
{
	if (l->error.code)
		return err_set(e, l->error.code, "%s", l->error.text);
	return libgit2_fail(e, rc, "cannot %s '%s'", what, l->r->url);
}

int link_check_refs(const struct link *l, size_t count, struct err *e)
{
	if (count <= REMOTE_REFS_MAX)
		return ERR_OK;
	return err_set(e, ERR_CONFIG, "'%s' has %zu references, more than %d", l->r->url, count,
		       REMOTE_REFS_MAX);
}

int link_check_forward(struct link *l, const struct remote_state *now, const struct oid *commit,
		       struct err *e)
{
	const struct oid *tip = &now->tip;
	bool forward = false;
	int r = ERR_OK;

	/* A first commit of ours beside the branches of others would have nothing in common with them. */
	if (oid_is_zero(tip) && !now->empty && !now->stands)
		return err_set(e, ERR_CONFLICT, "'%s' has branches, but no branch '%s' any more",
			       l->r->url, l->r->branch);
	if (oid_is_zero(tip))
		return ERR_OK;
	if (hub_has(l->h, tip))
		r = hub_is_ancestor(l->h, tip, commit, &forward, e);
	if (r || forward)
		return r;
	return err_set(e, ERR_CONFLICT, "branch '%s' of '%s' has moved: fetch, then push again",
		       l->r->branch, l->r->url);
}
