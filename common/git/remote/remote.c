/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning and the end of a fetch and of a push: the policy is asked, the way is chosen by the
 * URL's scheme, and only when everything is in the hub the tracking reference moves.
 */

#include "git/remote/remote.h"

#include <stdlib.h>

#include "git/remote/link.h"

static int check_branch(const char *branch, const char *ref, struct err *e)
{
	int valid = 0;

	if (branch[0] != '-' && git_reference_name_is_valid(&valid, ref) == 0 && valid)
		return ERR_OK;
	return err_set(e, ERR_CONFIG, "'%s' is not a valid name for a branch", branch);
}

static void link_release(struct link *l)
{
	free(l->branch_ref);
	free(l->tracking_ref);
	free(l->refused);
	buf_release(&l->said);
}

/* link_release() in any case. */
static int link_begin(struct link *l, struct hub *h, const struct remote *remote, bool push,
		      struct err *e)
{
	int r;

	*l = (struct link){ .h = h, .r = remote, .push = push, .said = BUF_INIT(LINK_SAID_MAX) };
	l->branch_ref = xasprintf("refs/heads/%s", remote->branch);
	l->tracking_ref = xasprintf("refs/remotes/origin/%s", remote->branch);
	if ((r = check_branch(remote->branch, l->branch_ref, e)) ||
	    (r = remote->allow(remote->allow_payload, remote->url, push ? "push" : "fetch", e)))
		return r;
	r = hub_ref_get(h, l->tracking_ref, &l->known, e);
	/* The other handles on this repository see only what is on disk. */
	return r && r != ERR_ABSENT ? r : hub_flush(h, e);
}

static bool is_file(const struct remote *remote)
{
	return str_starts(remote->url, "file:///");
}

static int check_scheme(const struct remote *remote, struct err *e)
{
	if (is_file(remote) || str_starts(remote->url, "https://") ||
	    str_starts(remote->url, "http://"))
		return ERR_OK;
	return err_set(e, ERR_CONFIG, "'%s' is neither an https:// nor a file:/// URL",
		       remote->url);
}

static int track(struct link *l, const struct oid *tip, struct err *e)
{
	if (oid_is_zero(tip) || oid_equal(tip, &l->known))
		return ERR_OK;
	return hub_ref_set(l->h, l->tracking_ref, tip, NULL, l->push ? "push" : "fetch", e);
}

int remote_fetch(struct hub *h, const struct remote *remote, struct oid *tip,
		 struct remote_branches *branches, struct err *e)
{
	struct remote_state state = { .empty = true };
	struct link l;
	int r;

	*branches = (struct remote_branches){ 0 };
	r = check_scheme(remote, e);
	if (r)
		return r;
	r = link_begin(&l, h, remote, false, e);
	l.branches = branches;
	if (!r)
		r = is_file(remote) ? remote_file_fetch(&l, &state, e)
				    : remote_smart_fetch(&l, &state, e);
	if (!r)
		r = track(&l, &state.tip, e);
	link_release(&l);
	*tip = r ? (struct oid){ 0 } : state.tip;
	branches->empty = !r && state.empty;
	return r;
}

int remote_push(struct hub *h, const struct remote *remote, const struct oid *commit,
		struct remote_push_end *end, struct err *e)
{
	struct link l;
	int r;

	*end = (struct remote_push_end){ 0 };
	r = check_scheme(remote, e);
	if (r)
		return r;
	r = link_begin(&l, h, remote, true, e);
	l.commit = commit;
	if (!r)
		r = is_file(remote) ? remote_file_push(&l, commit, e)
				    : remote_smart_push(&l, commit, e);
	end->unknown = r && l.sent && !l.refused;
	if (r == ERR_CONFIG && l.refused)
		end->refused = steal(&l.refused);
	if (!r)
		r = track(&l, commit, e);
	link_release(&l);
	return r;
}
