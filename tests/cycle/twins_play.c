/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in stories of two machines, and what is expected of the places. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "memory/history.h"
#include "tests/cycle/twins_internal.h"
#include "tests/world/clock.h"
#include "tests/world/files.h"
#include "tests/world/world_internal.h"

#define NBSYNC_STEPS
#include "base/step.h"

void telling_wrong(struct telling *t, const char *fmt, ...)
{
	va_list ap;

	if (t->wrong)
		return;
	va_start(ap, fmt);
	t->wrong = xvasprintf(fmt, ap);
	va_end(ap);
}

const char *telling_name(const struct telling *t, const struct machine *m)
{
	return m == t->machines ? "A" : "B";
}

/* ---- acts ---- */

static void hint(struct machine *m, const char *path)
{
	if (m->hint_count == HINTS_MAX)
		files_die("more hints than a story should need");
	m->hints[m->hint_count++] = twin_file(m->w, SIDE_LOCAL, path);
}

void machine_forget_hints(struct machine *m)
{
	while (m->hint_count)
		free(m->hints[--m->hint_count]);
}

void telling_cycle(struct telling *t, struct machine *m, const struct cycle_request *request)
{
	const struct report *r = world_request(m->w, request);

	if (r->code)
		telling_wrong(t, "the cycle of %s failed: %s", telling_name(t, m), r->sentence);
	if (request->adopt && r->answer.code)
		telling_wrong(t, "what was asked for failed: %s", r->answer.sentence);
	if (r->confirm)
		telling_wrong(t, "%s asks for a human", telling_name(t, m));
	machine_forget_hints(m);
}

struct wanted {
	struct hub *hub;
	const struct config_mapping *mapping;
	const char *path, *text;
	char hex[41];
};

static bool find_revision(void *payload, const struct history_item *item)
{
	struct wanted *wanted = payload;
	cleanup_buf struct buf text = BUF_INIT(FILES_MAX);
	struct history_found found = { 0 };
	struct err e = ERR_INIT;
	char hex[41];
	bool same;

	oid_hex(&item->revision, hex);
	if (history_find(&(struct history_revision){ wanted->hub, wanted->mapping, hex },
			 wanted->path, &found, &e) ||
	    hub_blob_get(wanted->hub, &found.blob, &text, &e))
		return true;
	same = world_texts_alike(buf_str(&text), wanted->text);
	if (same)
		memcpy(wanted->hex, hex, sizeof(hex));
	free(found.file);
	return !same;
}

static void restore(struct telling *t, struct machine *m, const struct twin_act *a)
{
	struct wanted wanted = { .mapping = config_mapping(m->w->config, "etl"),
				 .path = a->path,
				 .text = a->text };
	struct cycle_adopt adopt = { .path = a->path,
				     .from = CYCLE_FROM_REVISION,
				     .what = wanted.hex };
	struct cycle_request request = { .full = true, .adopt = &adopt };
	struct err e = ERR_INIT;

	world_ok(hub_open_reader(&wanted.hub, m->w->hub, &e), &e);
	world_ok(history_walk(wanted.hub, wanted.mapping, a->path, find_revision, &wanted, &e), &e);
	hub_free(wanted.hub);
	if (!wanted.hex[0])
		telling_wrong(t, "the history of '%s' has not what is wanted", a->path);
	else
		telling_cycle(t, m, &request);
}

static char *many_path(const struct twin_act *a, unsigned i)
{
	return xasprintf("%s%02u.py", a->path, i);
}

static char *many_text(unsigned i)
{
	return xasprintf(CELLS("first = %u", "second = %u", "third = 3"), i, 100 + i);
}

static void save_many(struct machine *m, const struct twin_act *a)
{
	for (unsigned i = 0; i < a->n; i++) {
		cleanup_free char *path = many_path(a, i), *text = many_text(i);

		twin_write(m->w, a->side, path, text);
	}
}

static void edit_cell(struct telling *t, struct machine *m, const struct twin_act *a)
{
	cleanup_free char *old = twin_read(m->w, a->side, a->path), *text = NULL;
	cleanup_free char *start = xstrndup(a->text, strcspn(a->text, "="));
	const char *line = old ? strstr(old, start) : NULL;

	if (!line) {
		telling_wrong(t, "there is no '%s' in '%s' to be edited", start, a->path);
		return;
	}
	text = xasprintf("%.*s%s%s", (int)(line - old), old, a->text, strchrnul(line, '\n'));
	twin_write(m->w, a->side, a->path, text);
}

static void rename_one(struct world *w, const struct twin_act *a)
{
	cleanup_free char *from = twin_file(w, a->side, a->path);
	cleanup_free char *to = twin_file(w, a->side, a->text);

	world_rename(w, a->side, from, to);
}

/* What a person does. */
static void act(struct telling *t, struct machine *m, const struct twin_act *a)
{
	if (a->verb == TWIN_SAVE)
		twin_write(m->w, a->side, a->path, a->text);
	else if (a->verb == TWIN_CELL)
		edit_cell(t, m, a);
	else if (a->verb == TWIN_MANY)
		save_many(m, a);
	else if (a->verb == TWIN_RENAME)
		rename_one(m->w, a);
	else
		return;
	world_note_versions(m->w);
	if (a->side == SIDE_LOCAL && a->verb != TWIN_MANY)
		hint(m, a->path);
	if (a->side == SIDE_LOCAL && a->verb == TWIN_RENAME)
		hint(m, a->text);
}

/* What its daemon does. */
static void work(struct telling *t, struct machine *m, const struct twin_act *a)
{
	struct cycle_request request = { .full = true };

	if (a->verb == TWIN_HINTED) {
		request = (struct cycle_request){ .hints = (const char *const *)m->hints,
						  .hint_count = m->hint_count };
		telling_cycle(t, m, &request);
	} else if (a->verb == TWIN_FULL) {
		telling_cycle(t, m, &request);
	} else if (a->verb == TWIN_COMMIT) {
		request.commit = true;
		telling_cycle(t, m, &request);
	} else if (a->verb == TWIN_RESTART) {
		world_close(m->w);
	}
}

/* On one line, without what all notebooks have; owned by the caller. */
static char *told(const char *text)
{
	struct buf out = BUF_UNBOUNDED;

	if (!text)
		return xstrdup("not there");
	if (str_starts(text, PY))
		text += strlen(PY);
	while (*text) {
		bool cell = str_starts(text, SEP);

		if (cell)
			buf_add_str(&out, " | ");
		else
			buf_add_char(&out, *text == '\n' ? ' ' : *text);
		text += cell ? strlen(SEP) : 1;
	}
	return buf_steal(&out, NULL);
}

static void expect_text(struct telling *t, const char *path, const char *text)
{
	for (unsigned i = 0; i < MACHINES; i++) {
		for (enum side_id s = 0; s < SIDE_COUNT; s++) {
			cleanup_free char *found = twin_read(t->machines[i].w, s, path);

			cleanup_free char *is = told(found), *should = told(text);

			if (!world_texts_alike(found, text))
				telling_wrong(t, "'%s' of the %s side at %s is '%s', not '%s'",
					      path, side_names[s], i ? "B" : "A", is, should);
		}
	}
}

static void expect_many(struct telling *t, const struct twin_act *a)
{
	for (unsigned i = 0; i < a->n; i++) {
		cleanup_free char *path = many_path(a, i), *text = many_text(i);

		expect_text(t, path, a->text ? NULL : text);
	}
}

void telling_do(struct telling *t, const struct twin_act *acts, bool counts)
{
	for (; acts->verb; acts++) {
		struct machine *m = &t->machines[acts->machine];

		t->counts = counts;
		step_here("act");
		t->counts = counts && (acts->verb == TWIN_HINTED || acts->verb == TWIN_FULL ||
				       acts->verb == TWIN_COMMIT || acts->verb == TWIN_RESTORE);
		act(t, m, acts);
		work(t, m, acts);
		t->counts = false;
		if (acts->verb == TWIN_RESTORE)
			restore(t, m, acts);
		else if (acts->verb == TWIN_PASS)
			clock_pass((int64_t)acts->n * 1000);
		else if (acts->verb == TWIN_IS)
			expect_text(t, acts->path, acts->text);
		else if (acts->verb == TWIN_MANY_ARE)
			expect_many(t, acts);
	}
}
