/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side as the cycle sees it, and what a branch cannot have of a plan.
 */

#include "side/git/git.h"

#include <stdlib.h>

#include "http/http.h"
#include "side/git/clone.h"
#include "side/git/files/attributes.h"
#include "side/git/files/name.h"
#include "side/git/internal.h"
#include "side/past.h"
#include "side/root.h"

#define GIT_FILE_MAX ((uint64_t)100 * 1024 * 1024) /* bytes: what Git hosts take */

static void forget(struct side *side)
{
	((struct git_side *)side)->looked = false;
}

static void agreed(struct side *side, int64_t now_ms)
{
	struct git_side *s = (struct git_side *)side;

	s->changed_ms = now_ms;
	if (!s->waiting_since_ms)
		s->waiting_since_ms = now_ms;
}

static int check_name(const struct side *side, const struct row *row, const char *file,
		      struct err *e)
{
	const struct git_side *s = (const struct git_side *)side;
	int r = git_check_name(side->context, row, file, e);

	/* Not because of its name. */
	if (!r && git_attributes_check(side->context, &s->attributes, file, NULL, e))
		r = e->code = ERR_DENIED;
	return r;
}

/* libgit2 holds an object in memory to push it, and the usual hosts refuse such a file anyway. */
static void check(struct side *side, struct row *row)
{
	struct err e = ERR_INIT;
	uint64_t size;

	if (row->todo.agreed.kind != VERSION_FILE || row->todo.action[SIDE_GIT] != PLAN_PUT)
		return;
	if (str_starts(side->context->mapping->git, "file://"))
		return;
	if (hub_blob_size(side->context->hub, &row->todo.agreed.blob, &size, NULL) ||
	    size <= GIT_FILE_MAX)
		return;
	err_set(&e, ERR_INVALID,
		"'%s' is larger than the 100 MB that Git hosts take: it is kept out of the branch",
		row->path);
	report_held(side->context->report, row->path, SIDE_GIT, HOLD_TOO_LARGE, e.text);
	row->todo.action[SIDE_GIT] = PLAN_NOTHING;
}

static int past(struct side *side, struct past *pasts, size_t count, struct err *e)
{
	struct side_context *c = side->context;
	const struct git_side *s = (const struct git_side *)side;
	char claim[OID_HEX];
	const struct past_source source = {
		.context = c,
		.claim = claim,
		.tip = s->tip,
		.since = git_place_entered(s),
		.dealt = git_place_dealt(s),
		.folder = c->mapping->git_path,
	};

	root_claim(c, claim);
	return past_read(&source, pasts, count, e);
}

static int look(struct side *side, const struct side_look *what, struct err *e)
{
	int r = git_look(side, what, e);

	if (!r)
		git_clone_take_over((struct git_side *)side);
	return r;
}

/* Nothing is committed before its user has pushed; what was said of the changes is kept until then. */
static int wait_for_clone(struct side *side, const struct side_publish *request, struct err *e)
{
	struct side_publish later = *request;
	const char *why = side->context->report->waiting.sentence;
	int r;

	later.away = true;
	if ((r = git_publish(side, &later, e)))
		return r;
	return request->commit && why ? err_set(e, ERR_RETRY, "%s", why) : ERR_OK;
}

/* The branch of a working tree that the mapping goes along with has its part in when to commit, and
 * moves on afterwards, also to what others pushed. */
static int publish(struct side *side, const struct side_publish *request, struct err *e)
{
	struct git_side *s = (struct git_side *)side;
	int r;

	if (git_clone_waits(s))
		return wait_for_clone(side, request, e);
	r = git_publish(side, request, e);
	git_clone_follow(s);
	return r;
}

static void close_side(struct side *side)
{
	struct git_side *s = (struct git_side *)side;

	attributes_release(&s->attributes);
	free(s->url);
	secret_release(&s->token);
	http_free(s->http);
	policy_set_release(&s->policy);
	summaries_release(&s->summaries);
	refusals_release(&s->refusals);
	free(s);
}

struct side *git_side_new(struct side_context *c)
{
	static const struct side_ops ops = {
		.look = look,
		.forget = forget,
		.check_name = check_name,
		.past = past,
		.check = check,
		.agreed = agreed,
		.publish = publish,
		.close = close_side,
	};
	struct git_side *s = xcalloc(1, sizeof(*s));

	s->side = (struct side){ &ops, SIDE_GIT, c };
	return &s->side;
}
