/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A side in memory. It looks and acts as side.h asks of any side: what it finds goes through
 * content_take() into the rows, what it is given comes from content_give(), and it writes or
 * removes only what stands there as it was last seen (ERR_CONFLICT otherwise).
 *
 * It does not judge names but by the list it was given, knows no folders, and asks nobody whether
 * it is still the same: mass losses are the business of the guards above it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "plan/row.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/rules.h"
#include "side/settled.h"
#include "tests/side/memory_internal.h"

static void note(const struct side *s, const char *verb, const char *what)
{
	struct memory_log *log = own_const(s)->log;

	if (log)
		buf_addf(&log->text, "%s %s%s%s\n", side_names[s->id], verb, *what ? " " : "",
			 what);
}

static int fail_whole(const struct side *s, enum memory_operation operation, struct err *e)
{
	int code = own_const(s)->fails[operation];

	return code ? err_set(e, code, "the %s side does not answer", side_names[s->id]) : ERR_OK;
}

/* ---- looking ---- */

/* The path of the row that a text belongs to, owned; NULL: of none. */
static char *row_path(const struct side *s, const struct text *it)
{
	bool files = files_wanted(s->context);
	struct notebook_name name;
	char *path;

	if (!notebook_name_parse(&name, it->file))
		return files ? xstrdup(it->file) : NULL;
	if (name.format == NOTEBOOK_SOURCE &&
	    !file_is_notebook(it->file, it->content, strlen(it->content)))
		path = files ? xstrdup(it->file) : NULL;
	else
		path = xstrdup(name.stem);
	notebook_name_release(&name);
	return path;
}

static void take(struct side *s, struct row *row, const struct text *it)
{
	struct side_context *x = s->context;
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct err e = ERR_INIT;
	struct version v;
	struct oid raw;

	buf_add_str(&text, it->content);
	if (it->held)
		err_set(&e, ERR_INVALID, "'%s' cannot be read", it->file);
	else
		content_take(&x->content, row, &(struct content_bytes){ s->id, it->file, &text },
			     &v, &raw, &e);
	if (e.code) {
		entry_hold(row, s->id, HOLD_UNPARSABLE, it->file, e.text);
	} else {
		entry_set_present(row, s->id, &v, &raw, it->file);
		if (s->id == SIDE_WORKSPACE)
			snprintf(row->side[s->id].id, sizeof(row->side[s->id].id), "%d", it->id);
	}
	entry_found(row, s->id);
}

static void look_at(struct side *s, const struct text *it)
{
	struct side_context *x = s->context;
	cleanup_free char *path = it->passed_over ? NULL : row_path(s, it);

	if (!path)
		return;
	if (copy_of(x, it->file, NULL, NULL))
		table_get(&x->copies, it->file);
	else if (filter_takes(&x->filter, path, it->file, table_find(&x->table, path)))
		take(s, table_get(&x->table, path), it);
}

static bool is_hinted(const char *file, const char *hint)
{
	return str_eq(file, hint) || path_is_below(file, hint);
}

static void look_at_hint(struct side *s, const char *hint)
{
	struct side_context *x = s->context;
	const struct memory_side *m = own(s);

	note(s, "look", hint);
	for (size_t i = 0; i < m->count; i++)
		if (is_hinted(m->texts[i].file, hint))
			look_at(s, &m->texts[i]);
	for (struct row *row = table_next(&x->table, NULL); row; row = table_next(&x->table, row)) {
		const struct entry *entry = &row->side[s->id];

		if (entry->state != ENTRY_ABSENT && is_hinted(entry->file, hint) &&
		    !entry_is_found(row, s->id))
			entry_set_absent(row, s->id);
	}
}

/* Puts the rules that the test said in force. */
static int take_rules(struct side *s, struct err *e)
{
	cleanup_free char *rules = steal(&own(s)->rules);
	const struct ignore_source source = { .folder = "", .kind = IGNORE_NBSYNC };
	struct ignore next = { 0 };
	int r;

	if (!rules)
		return ERR_OK;
	r = ignore_add(&next, &source, rules, strlen(rules), e);
	if (r) {
		ignore_release(&next);
		return r;
	}
	filter_swap(&s->context->filter, &next);
	rules_commit(s->context, &next);
	return ERR_OK;
}

static int look(struct side *s, const struct side_look *what, struct err *e)
{
	struct side_context *x = s->context;
	struct memory_side *m = own(s);
	int r;

	if (!what->hints)
		note(s, "look", what->fetch ? "full, asking" : "full");
	if ((r = fail_whole(s, MEMORY_LOOK, e)) || (r = take_rules(s, e)))
		return r;
	table_probe(&x->table, s->id);
	for (size_t i = 0; what->hints && i < what->hint_count; i++)
		look_at_hint(s, what->hints[i]);
	for (size_t i = 0; !what->hints && i < m->count; i++)
		look_at(s, &m->texts[i]);
	if (what->hints)
		return ERR_OK;
	filter_spare(&x->filter, &x->table, s->id);
	table_settle_probes(&x->table, s->id);
	return ERR_OK;
}

static void forget(struct side *s)
{
	note(s, "forget", "");
}

static bool blocked(const struct side *s, const struct row *row)
{
	return memory_marked(s, BLOCKED, row->path) != NULL;
}

static int check_name(const struct side *s, const struct row *row, const char *file, struct err *e)
{
	(void)row;
	return memory_marked(s, NAME_REFUSED, file)
		       ? err_bad_name(e, 0, "the %s side cannot have the name '%s'",
				      side_names[s->id], file)
		       : ERR_OK;
}

static void check(struct side *s, struct row *row)
{
	note(s, "check", row->path);
	if (!memory_marked(s, ROW_REFUSED, row->path) || row->todo.action[s->id] <= PLAN_BLOCKED)
		return;
	report_held(s->context->report, row->path, s->id, HOLD_REFUSED, "not here");
	row->todo.action[s->id] = PLAN_NOTHING;
}

static void agreed(struct side *s, int64_t now_ms)
{
	note(s, "agreed", now_ms > 0 ? "" : "at no time");
}

/* What the test said is to fail there fails. */
static int fail_next(const struct side *s, const struct row *row, struct err *e)
{
	struct mark *failure = memory_marked(s, FAILS_NEXT, row->path);

	if (!failure)
		return ERR_OK;
	err_set(e, failure->code, "'%s' fails", row->path);
	failure->code = ERR_OK;
	return e->code;
}

static int let_go(struct side *s, struct row *row, struct err *e)
{
	const struct entry *entry = &row->side[s->id];
	struct text *it = entry->state == ENTRY_HELD ? memory_find(s, entry->file) : NULL;

	if (!it || !it->question)
		return err_set(e, ERR_ABSENT, "'%s' is not asked about", row->path);
	if (fail_next(s, row, e))
		return e->code;
	it->passed_over = true;
	entry_set_absent(row, s->id);
	state_see(&s->context->state, row, s->id);
	return ERR_OK;
}

/* ---- acting ---- */

/* Whether what stands at file is what the row's entry says; nothing, where that names another. */
static int check_seen(const struct side *s, const struct row *row, const char *file, struct err *e)
{
	const struct entry *entry = &row->side[s->id];
	const struct text *it = memory_find(s, file);
	struct oid raw;

	if (it)
		hub_hash(it->content, strlen(it->content), &raw);
	if (entry->state == ENTRY_PRESENT && str_eq(entry->file, file)
		    ? it && oid_equal(&raw, &entry->raw)
		    : !it)
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "'%s' changed meanwhile", file);
}

static int put(struct side *s, struct row *row, struct err *e)
{
	struct side_context *x = s->context;
	cleanup_given struct content_given given = CONTENT_GIVEN_INIT;
	bool plain = row->agreed.kind == VERSION_FILE;
	cleanup_free char *old = NULL;
	int r;

	if (plain) {
		given.file = xstrdup(row->path);
		given.version = row->agreed;
		r = hub_blob_get(x->hub, &row->agreed.blob, &given.data, e);
	} else {
		r = content_give(&x->content, row, s->id, NULL, &given, e);
	}
	if (r || (r = check_seen(s, row, given.file, e)))
		return r;
	if (row->side[s->id].state == ENTRY_PRESENT && !str_eq(row->side[s->id].file, given.file))
		old = xstrdup(row->side[s->id].file);
	memory_write(s, given.file, buf_str(&given.data));
	if (old)
		memory_remove(s, old);
	return side_written(x, row, s->id, &given, e);
}

static int delete_text(struct side *s, struct row *row, struct err *e)
{
	const char *file = row->side[s->id].file;
	int r = check_seen(s, row, file, e);

	if (r)
		return r;
	memory_remove(s, file);
	side_deleted(s->context, row, s->id);
	return ERR_OK;
}

static void act(struct side *s, struct row *row, enum plan_action action)
{
	struct memory_side *m = own(s);
	struct err why = ERR_INIT;

	if (row->todo.action[s->id] != action || context_cancelled(s->context))
		return;
	note(s, action == PLAN_PUT ? "put" : "delete", row->path);
	if (m->on_act)
		m->on_act(m->payload, s, row->path);
	if (!fail_next(s, row, &why) && action == PLAN_PUT)
		put(s, row, &why);
	else if (!why.code)
		delete_text(s, row, &why);
	if (why.code)
		side_refused(s->context, row, s->id, &why);
}

static int apply(struct side *s, struct row **rows, size_t count, struct err *e)
{
	cleanup_free char *size = xasprintf("%zu", count);
	int r;

	note(s, "apply", size);
	if ((r = fail_whole(s, MEMORY_ACT, e)))
		return r;
	for (size_t i = 0; i < count; i++) {
		act(s, rows[i], PLAN_PUT);
		act(s, rows[i], PLAN_DELETE);
	}
	return ERR_OK;
}

static int publish(struct side *s, const struct side_publish *request, struct err *e)
{
	struct row **rows;
	size_t count;
	int r;

	note(s, "publish", request->commit ? "now" : "");
	if ((r = fail_whole(s, MEMORY_ACT, e)))
		return r;
	rows = table_listed_sorted(&s->context->table, &count);
	for (size_t i = 0; i < count; i++)
		act(s, rows[i], PLAN_DELETE);
	for (size_t i = 0; i < count; i++)
		act(s, rows[i], PLAN_PUT);
	free(rows);
	return ERR_OK;
}

/* ---- copies of clashes ---- */

static int copy_name(const struct side *s, const struct row *row, enum side_id of, int64_t at_s,
		     char **file, struct err *e)
{
	(void)s;
	(void)e;
	*file = copy_name_make(row, of, at_s, 255);
	return ERR_OK;
}

static int copy_write(struct side *s, const struct row *row, const char *file,
		      const struct oid *raw, struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	int r;

	(void)row;
	if ((r = fail_whole(s, MEMORY_COPY, e)))
		return r;
	if (memory_find(s, file))
		return err_set(e, ERR_CONFLICT, "'%s' is there already", file);
	if ((r = hub_blob_get(s->context->hub, raw, &data, e)))
		return r;
	memory_write(s, file, buf_str(&data));
	table_get(&s->context->copies, file);
	note(s, "copy", row->path);
	return ERR_OK;
}

static int copy_read(struct side *s, struct row *copy, struct oid *raw, char **file, struct err *e)
{
	const struct text *it = memory_find(s, copy->path);

	if (!it)
		return err_set(e, ERR_ABSENT, "'%s' does not exist", copy->path);
	*file = xstrdup(it->file);
	return hub_blob_put(s->context->hub, it->content, strlen(it->content), raw, e);
}

static int copy_remove(struct side *s, struct row *copy, const char *file, const struct oid *raw,
		       struct err *e)
{
	(void)copy;
	(void)raw;
	if (fail_whole(s, MEMORY_COPY, e))
		return e->code;
	if (state_unrecorded(&s->context->state))
		return err_set(e, ERR_BUG, "'%s' is to go and is not recorded", file);
	memory_remove(s, file);
	note(s, "uncopy", "");
	return ERR_OK;
}

/* ---- making ---- */

static void close_side(struct side *s)
{
	struct memory_side *m = own(s);

	while (m->count)
		memory_remove(s, m->texts[0].file);
	for (size_t i = 0; i < m->mark_count; i++)
		free(m->marks[i].path);
	free(m->rules);
	free(m->texts);
	free(m->marks);
	free(m);
}

#define OPS_OF_ALL                                                                    \
	.look = look, .forget = forget, .blocked = blocked, .check_name = check_name, \
	.check = check, .agreed = agreed, .close = close_side

struct side *memory_side_new(struct side_context *x, enum side_id id, struct memory_log *log)
{
	static const struct side_ops acting = {
		OPS_OF_ALL,
		.apply = apply,
		.let_go = let_go,
		.copy_name = copy_name,
		.copy_write = copy_write,
		.copy_read = copy_read,
		.copy_remove = copy_remove,
	};
	static const struct side_ops publishing = { OPS_OF_ALL, .publish = publish };
	struct memory_side *m = xcalloc(1, sizeof(*m));

	m->side = (struct side){ id == SIDE_GIT ? &publishing : &acting, id, x };
	m->log = log;
	return &m->side;
}
