/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notebooks are imported with the format AUTO, by which the workspace decides what they are, and
 * its rule is not published. If it takes one for a plain file, no notebook appears, or an old one
 * stays as it was, and the file stands beside it under the name with the extension. That is ours to
 * remove, or it would be a new file everywhere, or in everybody's way.
 *
 * It is ours if the answer to the import has its id, or none; if no file was known to stand there
 * before; if it is not the object that was the notebook; and if it holds, right before it is
 * removed, the very bytes that were sent. In any other case it stays, and is only reported.
 */

#include "side/workspace/stray.h"

#include <string.h>

#include "side/settled.h"
#include "side/workspace/row.h"

#define TAKEN_FOR_FILE "the workspace took '%s' for a plain file and not for a notebook"
#define ADVICE         "create the notebook there by hand, or ignore it"

/* Whether something stood there when the cycle looked; also the notebook itself, moved (same
 * id). */
static bool stood_before(const struct workspace_side *s, const struct workspace_sent *sent,
			 const char *id)
{
	const char *path = workspace_relative(s, sent->path);
	const struct row *row = path ? table_find(&s->side.context->table, path) : NULL;

	return !path || table_find(&s->occupied, path) ||
	       (row && entry_may_stand(row, SIDE_WORKSPACE)) ||
	       (id[0] && str_eq(id, sent->row->side[SIDE_WORKSPACE].id));
}

static bool is_what_was_sent(void *payload, const struct workspace_object *o,
			     const struct buf *content)
{
	const struct buf *sent = payload;

	return !o && content->len == sent->len &&
	       memcmp(buf_str(content), buf_str(sent), sent->len) == 0;
}

/* The file is recorded before it is removed, like everything: its bytes may stand nowhere else. */
static int remove_stray(struct workspace_side *s, const struct workspace_sent *sent, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *name = xasprintf(STATE_FILES "%s", workspace_relative(s, sent->path));
	struct buf *data = &sent->given->data;
	struct oid raw;
	int r;
	const struct workspace_last_look look = { .content = true,
						  .form = WORKSPACE_AS_SOURCE,
						  .still = is_what_was_sent,
						  .payload = data };

	if ((r = hub_blob_put(c->hub, buf_str(data), data->len, &raw, e)))
		return r;
	state_see_file(&c->state, SIDE_WORKSPACE, name, &raw);
	r = state_save_seen(&c->state, "seen: a file that a notebook became", e);
	if (!r)
		r = s->api->remove(s->workspace, sent->path, &look, e);
	if (!r)
		state_see_file(&c->state, SIDE_WORKSPACE, name, NULL);
	return r;
}

/* A file with this id stands there: removes it if it is ours, and reports it. False: it has nothing
 * to do with what was sent. */
static bool settle_stray(struct workspace_side *s, const struct workspace_sent *sent,
			 const char *id)
{
	struct err why = ERR_INIT, left = ERR_INIT;

	if (sent->id[0] && id[0] && !str_eq(sent->id, id))
		return false;
	if (stood_before(s, sent, id)) {
		if (!sent->id[0])
			return false;
		err_set(&why, ERR_INVALID,
			TAKEN_FOR_FILE "; something stood there before, so it is left: look at "
				       "what it holds now",
			sent->path);
	} else if (!remove_stray(s, sent, &left)) {
		err_set(&why, ERR_INVALID, TAKEN_FOR_FILE "; it was removed again: " ADVICE,
			sent->path);
	} else if (sent->id[0]) {
		err_set(&why, ERR_INVALID,
			TAKEN_FOR_FILE ", which is left (%s): move it away, then " ADVICE,
			sent->path, left.text);
	} else {
		return false;
	}
	side_refused(s->side.context, sent->row, SIDE_WORKSPACE, &why);
	return true;
}

bool workspace_stray(struct workspace_side *s, const struct workspace_sent *sent)
{
	struct workspace_result *result = NULL;
	struct err ignored = ERR_INIT;
	bool is_stray;

	if (row_is_file(sent->row) || str_eq(sent->object, sent->path) ||
	    s->api->stat(s->workspace, &sent->path, 1, &result, &ignored))
		return false;
	is_stray = !result[0].code && result[0].object.type == WORKSPACE_FILE &&
		   settle_stray(s, sent, result[0].object.id);
	workspace_results_free(result, 1);
	return is_stray;
}
