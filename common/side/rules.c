/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore files, as the local side or the branch brings them.
 *
 * The next rules are built beside those in force and take over what did not change: a look costs a
 * comparison of stamps (of a stat, or a blob's id), and only an edited file is read again. They are
 * put in force before the look that uses them and stay only if that look succeeds, so that a root
 * that is not mounted does not end all rules.
 *
 * Deliberately not read: .git/info/exclude and core.excludesFile, which belong to one clone.
 */

#include "side/rules.h"

#include "log/log.h"
#include "memory/rules.h"

#define NOTES_MAX 10

void rules_take(struct rules_loading *l, struct rules_reading *r)
{
	if (!r->why.code &&
	    ignore_add(&l->next, &r->source, buf_str(r->data), r->data->len, &r->why))
		err_wrap(&r->why, "cannot use '%s'", r->path);
	if (r->why.code)
		ignore_add_problem(&l->next, &l->c->filter.rules, &r->source, r->why.text);
}

bool rules_take_known(struct rules_loading *l, const struct rules_reading *r)
{
	const struct ignore *rules = &l->c->filter.rules;
	const struct ignore_file *known = ignore_find(rules, r->source.folder, r->source.kind);

	if (!known || !oid_equal(&known->stamp, &r->source.stamp))
		return false;
	ignore_share(&l->next, rules, r->source.folder, r->source.kind);
	return true;
}

/* ---- in force ---- */

/* Every row is planned again; the other sides are looked at in full. */
static void note_change(struct side_context *c)
{
	c->rules_changed = true;
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		row_dirty(row);
}

void rules_commit(struct side_context *c, struct ignore *before)
{
	const struct ignore *rules = &c->filter.rules;
	struct err e = ERR_INIT;

	if (!ignore_same(before, rules)) {
		log_notice("the ignore files changed: %zu patterns in %zu files", rules->patterns,
			   rules->files);
		note_change(c);
		if (rules_remember(c->hub, rules, &e))
			log_warning("cannot remember the ignore files: %s", e.text);
	}
	ignore_release(before);
}

void rules_undo(struct side_context *c, struct ignore *before)
{
	filter_swap(&c->filter, before);
	ignore_release(before);
}

/* ---- what cannot be used ---- */

static void report_problem(struct side_context *c, const struct ignore_folder *f,
			   const struct ignore_file *file)
{
	if (file->rules)
		report_note(c->report, "%s; what it said before still holds", file->problem);
	else if (*f->path)
		report_note(c->report,
			    "%s; new notebooks below '%s' are left alone until it can be used",
			    file->problem, f->path);
	else
		report_note(c->report, "%s; new notebooks are left alone until it can be used",
			    file->problem);
}

void rules_report(struct side_context *c)
{
	const struct ignore *rules = &c->filter.rules;
	size_t count = 0;

	for (size_t i = 0; i < rules->count; i++)
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++)
			if (rules->folders[i].file[k].problem && count++ < NOTES_MAX)
				report_problem(c, &rules->folders[i], &rules->folders[i].file[k]);
	if (count > NOTES_MAX)
		report_note(c->report, "%zu more ignore files cannot be used", count - NOTES_MAX);
}
