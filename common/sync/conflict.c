/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other version of a clash, kept where people see it: beside the notebook, on the local side if
 * there is one, else in the workspace. It never travels (names_ignored), and it is listed until it
 * is removed or renamed. The bytes are the ones the losing side held, which are in the hub as well; in
 * another place than that side's own they are without outputs that do not travel.
 */

#include <stdlib.h>

#include "base/clock.h"
#include "log/log.h"
#include "path/path.h"
#include "side/copy_name.h"
#include "sync/internal.h"

#define NAMES_TRIED 60

/* Where copies stand: on the local side if there is one. */
static struct slot *home(struct cycle *c)
{
	return &c->sides[c->sides[SIDE_LOCAL].side ? SIDE_LOCAL : SIDE_WORKSPACE];
}

int conflict_read(struct cycle *c, struct row *copy, struct oid *raw, char **file, struct err *e)
{
	struct slot *at = home(c);

	if (at->held.code)
		return err_set(e, ERR_RETRY, "'%s' cannot be read while the %s side is held",
			       copy->path, side_names[at->side->id]);
	return at->side->ops->copy_read(at->side, copy, raw, file, e);
}

int conflict_remove(struct cycle *c, struct row *copy, struct err *e)
{
	struct side *side = home(c)->side;
	struct state *st = &c->context.state;
	cleanup_free char *file = NULL;
	struct oid raw;
	int r;

	if ((r = conflict_read(c, copy, &raw, &file, e)))
		return r;
	state_see_file(st, side->id, file, &raw);
	if ((r = state_save_seen(st, "seen: a copy that is no longer needed", e)) ||
	    (r = side->ops->copy_remove(side, copy, file, &raw, e)))
		return r;
	state_see_file(st, side->id, file, NULL);
	table_remove(&c->context.copies, copy->path);
	return ERR_OK;
}

static bool keeps(struct cycle *c, struct row *copy, const struct row *row, const struct oid *raw)
{
	cleanup_free char *file = NULL;
	struct err ignored = ERR_INIT;
	struct oid there;

	if (conflict_read(c, copy, &there, &file, &ignored))
		return false;
	return oid_equal(&there, raw) || (!row_is_file(row) && home(c)->side->ops->respells &&
					  content_alike(&c->context.content, file, &there, raw));
}

/* Whether a copy of this version stands there already: a cycle may have been killed after writing it. */
static bool already_kept(struct cycle *c, const struct row *row, const struct oid *raw)
{
	for (struct row *copy = table_next(&c->context.copies, NULL); copy;
	     copy = table_next(&c->context.copies, copy)) {
		cleanup_free char *original = NULL;

		if (copy_of(&c->context, copy->path, &original, NULL) &&
		    str_eq(original, row->path) && keeps(c, copy, row, raw))
			return true;
	}
	return false;
}

/* A copy's name has the time in seconds: an earlier clash of the same second may have taken it. */
static int keep_as_new(struct cycle *c, const struct row *row, enum side_id side,
		       const struct oid *raw, struct err *e)
{
	struct side *at = home(c)->side;
	int64_t now_s = clock_unix_ms() / 1000;
	int r = ERR_CONFLICT;

	for (int64_t s = now_s; r == ERR_CONFLICT && s < now_s + NAMES_TRIED; s++) {
		cleanup_free char *file = NULL;

		if ((r = at->ops->copy_name(at, row, side, s, &file, e)))
			return r;
		r = at->ops->copy_write(at, row, file, raw, e);
		if (!r)
			log_notice("'%s': the %s side's version is kept as '%s'", row->path,
				   side_names[side], file);
	}
	return r;
}

static int keep(struct cycle *c, struct row *row, enum side_id side, struct err *e)
{
	const struct entry *loser = &row->side[side];
	const struct slot *at = home(c);
	struct oid raw = loser->raw;
	int r;

	if (at->held.code)
		return err_set(
			e, ERR_RETRY,
			"two versions clash, and the other one cannot be kept beside it while "
			"the %s side is held",
			side_names[at->side->id]);
	/* On another side than its own the copy is without outputs that do not travel. */
	if (!row_is_file(row) && side != at->side->id &&
	    (r = content_plain(&c->context.content, loser->file, &loser->raw, &raw, e)))
		return r;
	if (already_kept(c, row, &raw))
		return ERR_OK;
	return keep_as_new(c, row, side, &raw, e);
}

int conflict_keep(struct cycle *c, struct row *row, struct err *e)
{
	bool both = c->context.mapping->conflict == CONFIG_CONFLICT_KEEP_BOTH;
	int r;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!row->todo.lost[s])
			continue;
		if (both && (r = keep(c, row, s, e)))
			return r;
		/* What lost becomes the base of its side, so that it does not clash once more in each
		 * cycle until the side has taken the agreed version. */
		state_set_base(&c->context.state, row, s, &row->side[s].version);
	}
	return ERR_OK;
}
