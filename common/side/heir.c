/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renames of earlier cycles, read from the chain of agreed states when an edit turns up under a name
 * that is not agreed any more. Nothing else has to remember them, and a restart forgets none.
 */

#include "side/heir.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "side/past.h"

#define ARRIVALS_MAX 1000 /* in one commit: a first sync is no rename */

/* A path that came in a commit. */
struct arrival {
	char *path; /* owned */
	struct version version;
};

struct search {
	const struct side_context *context;
	const char *path;    /* of the row */
	struct version gone; /* what the commit that is being read removed there; absent: nothing */
	struct arrival *arrivals;
	size_t count, cap;
	char *found; /* owned */
	bool over;
	struct tree_reading reading;
	struct err *e;
	int r;
};

/* tree_diff.file */
static bool note_arrival_or_loss(void *payload, const struct tree_difference *d)
{
	bool went = oid_is_zero(&d->new_id), came = oid_is_zero(&d->old_id);
	struct search *s = payload;
	struct version v;
	char *path;

	if (!went && !came)
		return true;
	path = state_path(d->path, went ? &d->old_id : &d->new_id, &v);
	if (path && went && strcmp(path, s->path) == 0)
		s->gone = v;
	if (!path || went || strcmp(path, s->path) == 0 || s->count == ARRIVALS_MAX) {
		free(path);
		return true;
	}
	s->arrivals = array_grow(s->arrivals, s->count, &s->cap, sizeof(*s->arrivals));
	s->arrivals[s->count++] = (struct arrival){ path, v };
	return true;
}

static void forget_arrivals(struct search *s)
{
	while (s->count)
		free(s->arrivals[--s->count].path);
}

/* The one arrival with the content of what went; of several the one that kept its name. */
static int choose(struct search *s)
{
	size_t alike = 0, namesakes = 0;
	const char *any = NULL, *namesake = NULL;

	for (size_t i = 0; i < s->count; i++) {
		const struct arrival *a = &s->arrivals[i];
		bool same;
		int r = past_same(s->context, &s->gone, &a->version, &same, s->e);

		if (r)
			return r;
		if (!same)
			continue;
		any = a->path;
		alike++;
		if (strcmp(path_base(a->path), path_base(s->path)) != 0)
			continue;
		namesake = a->path;
		namesakes++;
	}
	if (namesakes == 1)
		s->found = xstrdup(namesake);
	else if (alike == 1)
		s->found = xstrdup(any);
	return ERR_OK;
}

static int read_commit(struct search *s, const struct commit_info *commit)
{
	const struct tree_diff diff = {
		.file = note_arrival_or_loss,
		.payload = s,
		.reading = &s->reading,
	};
	int r = hub_commit_diff(s->context->hub, commit, "", &diff, s->e);

	if (r)
		return r;
	s->over = !version_absent(&s->gone);
	r = s->over ? choose(s) : ERR_OK;
	forget_arrivals(s);
	return r;
}

/* hub_walk.visit */
static bool visit_agreed(void *payload, const struct commit_info *commit)
{
	struct search *s = payload;

	s->r = context_cancelled(s->context) ? err_set(s->e, ERR_CANCELLED, "asked to stop")
					     : read_commit(s, commit);
	return !s->r && !s->over && s->reading.cost < PAST_COST_MAX;
}

int heir_find(const struct side_context *c, const struct row *row, char **path, struct err *e)
{
	struct search search = { .context = c, .path = row->path, .e = e };
	const struct hub_walk walk = { PAST_COMMITS_MAX, visit_agreed, &search };
	int r;

	*path = NULL;
	if (oid_is_zero(&c->state.agreed))
		return ERR_OK;
	r = hub_walk(c->hub, &c->state.agreed, &walk, e);
	tree_reading_release(&search.reading);
	forget_arrivals(&search);
	free(search.arrivals);
	*path = search.found;
	return r ? r : search.r;
}
