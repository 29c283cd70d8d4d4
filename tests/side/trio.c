/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cycle around sides in memory. It is opened as any other; then the sides that were made for
 * its configuration, which have not looked at anything, give way to those in memory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "git/libgit2/start.h"
#include "log/log.h"
#include "tests/side/trio.h"
#include "tests/temp_dir.h"

/* ---- making ---- */

int trio_begin(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	log_init(LOG_LEVEL_ERROR, NULL);
	return git_start(&e);
}

int trio_end(void **state)
{
	(void)state;
	git_stop();
	return 0;
}

static void configure(struct trio *t, enum side_id without, const char *more)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED, problems = BUF_UNBOUNDED;
	struct err e = ERR_INIT;

	buf_addf(&text, "[daemon]\nstate = %s\n", t->dir);
	buf_add_str(&text, "[workspace dev]\nhost = https://workspace.acme.example\n"
			   "token_file = /nowhere\n[mapping etl]\n");
	if (without != SIDE_GIT)
		buf_add_str(&text, "git = https://git.acme.example/etl.git\n");
	if (without != SIDE_WORKSPACE)
		buf_add_str(&text, "workspace = dev:/Shared/etl\n");
	if (without != SIDE_LOCAL)
		buf_add_str(&text, "local = /nowhere/etl\n");
	if (!more || !strstr(more, "_format"))
		buf_add_str(&text, "local_format = source\ngit_format = source\n");
	buf_add_str(&text, more ? more : "");
	if (config_parse(&t->config, buf_str(&text), text.len, "trio", &problems, &e))
		fail_msg("%s", buf_str(&problems));
}

static void on_progress(void *payload, const char *phase, size_t done, size_t total)
{
	struct trio *t = payload;

	if (str_eq(phase, "act"))
		buf_addf(&t->progress, "%zu/%zu ", done, total);
}

/* Opens the mapping, with the sides in memory in the place of its own: those there are, or new
 * ones. */
static void open_cycle(struct trio *t)
{
	const struct cycle_options options = { .config = t->config,
					       .mapping = "etl",
					       .cancel = &t->cancel,
					       .progress = on_progress,
					       .payload = t };
	struct err e = ERR_INIT;

	if (cycle_open(&t->cycle, &options, &e))
		fail_msg("%s", e.text);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct slot *slot = &t->cycle->sides[s];

		if (!slot->side)
			continue;
		slot->side->ops->close(slot->side);
		if (!t->side[s])
			t->side[s] = memory_side_new(NULL, s, &t->log);
		t->side[s]->context = &t->cycle->context;
		slot->side = t->side[s];
	}
}

struct trio *trio_new(enum side_id without, const char *config)
{
	struct trio *t = xcalloc(1, sizeof(*t));

	t->dir = temp_dir_new();
	t->log = MEMORY_LOG_INIT;
	t->progress = BUF_UNBOUNDED;
	report_init(&t->report);
	configure(t, without, config);
	open_cycle(t);
	return t;
}

void trio_reopen(struct trio *t)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		t->cycle->sides[s].side = NULL;
	cycle_close(t->cycle);
	open_cycle(t);
}

void trio_free(struct trio *t)
{
	cycle_close(t->cycle);
	config_free(t->config);
	report_release(&t->report);
	buf_release(&t->log.text);
	buf_release(&t->progress);
	temp_dir_remove(t->dir);
	free(t->dir);
	free(t);
}

/* ---- people ---- */

void trio_write_everywhere(struct trio *t, const char *file, const char *text)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (t->side[s])
			memory_write(t->side[s], file, text);
}

void trio_write_many(struct trio *t, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);
		cleanup_free char *text = xasprintf("# Databricks notebook source\nn = %zu\n", i);

		trio_write_everywhere(t, file, text);
	}
}

void trio_remove_many(struct trio *t, enum side_id side, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);

		memory_remove(t->side[side], file);
	}
}

/* ---- cycles ---- */

const struct report *trio_request(struct trio *t, const struct cycle_request *request)
{
	report_release(&t->report);
	buf_clear(&t->progress);
	cycle_run(t->cycle, request, &t->report);
	return &t->report;
}

const struct report *trio_cycle(struct trio *t)
{
	const struct cycle_request request = { .full = true, .hurry = true };

	return trio_request(t, &request);
}

const struct report *trio_hinted(struct trio *t, const char *hint)
{
	const struct cycle_request request = { .hints = &hint, .hint_count = 1, .hurry = true };

	return trio_request(t, &request);
}

const struct report *trio_confirm(struct trio *t, const char *token)
{
	cleanup_free char *kept = xstrdup(token);
	const struct cycle_request request = { .full = true, .hurry = true, .confirm = kept };

	return trio_request(t, &request);
}

const struct report *trio_adopt(struct trio *t, const char *path, enum cycle_source from,
				const char *what)
{
	const struct cycle_adopt adopt = { .path = path, .from = from, .what = what };
	const struct cycle_request request = { .full = true, .hurry = true, .adopt = &adopt };

	return trio_request(t, &request);
}

void trio_think(struct trio *t)
{
	struct cycle *c = t->cycle;
	const struct side_look full = { 0 };
	struct err e = ERR_INIT;

	report_release(&t->report);
	report_init(&t->report);
	c->context.report = &t->report;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct side *side = t->side[s];

		c->sides[s].held = ERR_INIT;
		if (side)
			side->ops->look(side, &full, &c->sides[s].held);
	}
	if (cycle_think(c, false, &e))
		fail_msg("%s", e.text);
	c->context.report = NULL;
}

void trio_forget_log(struct trio *t)
{
	buf_clear(&t->log.text);
}

/* ---- what tests say ---- */

struct row *trio_row(const struct trio *t, const char *path)
{
	struct row *row = table_find(&t->cycle->context.table, path);

	if (!row)
		fail_msg("there is no row '%s'", path);
	return row;
}

void expect_text(const struct trio *t, enum side_id side, const char *file, const char *text)
{
	const char *found = memory_read(t->side[side], file);

	if (!str_eq(found, text))
		fail_msg("'%s' of the %s side is '%s', expected '%s'", file, side_names[side],
			 found ? found : "(none)", text ? text : "(none)");
}

void expect_everywhere(const struct trio *t, const char *file, const char *text)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (t->side[s])
			expect_text(t, s, file, text);
}

void expect_actions(const struct trio *t, const char *path, const char *actions)
{
	static const char letters[] = {
		[PLAN_NOTHING] = '-', [PLAN_SETTLED] = '=', [PLAN_BLOCKED] = 'x',
		[PLAN_PUT] = 'w',     [PLAN_DELETE] = 'd',
	};
	const struct row *row = trio_row(t, path);
	char found[SIDE_COUNT + 1] = { 0 };

	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		found[s] = letters[row->todo.action[s]];
	if (!str_eq(found, actions))
		fail_msg("to do for '%s': %s, expected %s", path, found, actions);
}

void expect_agreed(const struct trio *t, const char *path, const char *text)
{
	const struct version *v = &trio_row(t, path)->agreed;
	cleanup_buf struct buf found = BUF_UNBOUNDED;
	struct err e = ERR_INIT;

	if (!version_absent(v) && hub_blob_get(t->cycle->context.hub, &v->blob, &found, &e))
		fail_msg("%s", e.text);
	if (version_absent(v) ? text != NULL : !str_eq(buf_str(&found), text))
		fail_msg("agreed of '%s' is '%s', expected '%s'", path,
			 version_absent(v) ? "(none)" : buf_str(&found), text ? text : "(none)");
}

/* Whether the second word of the line is one of verbs. */
static bool is_asked_for(const char *line, size_t len, const char *verbs)
{
	const char *verb = memchr(line, ' ', len);
	size_t verb_len;

	if (!verb)
		return false;
	verb++;
	verb_len = strcspn(verb, " \n");
	while (verbs) {
		size_t n = strcspn(verbs, "|");

		if (n == verb_len && strncmp(verbs, verb, n) == 0)
			return true;
		verbs = verbs[n] ? verbs + n + 1 : NULL;
	}
	return false;
}

void expect_log(const struct trio *t, const char *verbs, const char *lines)
{
	cleanup_buf struct buf found = BUF_UNBOUNDED;

	for (const char *line = buf_str(&t->log.text); *line;) {
		size_t len = strcspn(line, "\n") + 1;

		if (!verbs || is_asked_for(line, len, verbs))
			buf_add(&found, line, len);
		line += len;
	}
	if (!str_eq(buf_str(&found), lines))
		fail_msg("the sides were asked to do\n%s, expected\n%s", buf_str(&found), lines);
}

static const struct report_path *held(const struct trio *t, const char *path)
{
	for (size_t i = 0; i < t->report.held.count; i++)
		if (str_eq(t->report.held.items[i].path, path))
			return &t->report.held.items[i];
	return NULL;
}

void expect_held(const struct trio *t, const char *path, enum side_id side, const char *reason,
		 const char *sentence)
{
	const struct report_path *found = held(t, path);

	if (!found)
		fail_msg("'%s' is not held", path);
	else if (!str_eq(found->side, side_names[side]) || !str_eq(found->reason, reason) ||
		 !strstr(found->sentence, sentence))
		fail_msg("'%s' is held on the %s side, %s: '%s'", path, found->side, found->reason,
			 found->sentence);
}

void expect_not_held(const struct trio *t, const char *path)
{
	const struct report_path *found = held(t, path);

	if (found)
		fail_msg("'%s' is held: %s", path, found->sentence);
}

void expect_note(const struct trio *t, const char *text)
{
	for (size_t i = 0; i < t->report.notes.count; i++)
		if (strstr(t->report.notes.items[i], text))
			return;
	fail_msg("no note says '%s' (%zu notes, the first: %s)", text, t->report.notes.count,
		 t->report.notes.count ? t->report.notes.items[0] : "");
}

void expect_answer(const struct trio *t, int code, const char *sentence)
{
	const char *answer = t->report.answer.sentence ? t->report.answer.sentence : "(none)";

	if (t->report.answer.code != code || !strstr(answer, sentence))
		fail_msg("the answer is %s, '%s'", err_name(t->report.answer.code), answer);
}

void expect_durable(const struct trio *t)
{
	const struct state *st = &t->cycle->context.state;
	size_t edits = st->agreed_edits.count;

	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		edits += st->base_edits[s].count + st->seen_edits[s].count;
	if (edits)
		fail_msg("%zu changes of the state are not saved", edits);
}

void expect_stillness(struct trio *t)
{
	trio_forget_log(t);
	if (trio_cycle(t)->code)
		fail_msg("%s", t->report.sentence);
	expect_log(t, "put|delete|copy|uncopy", "");
	if (t->report.held.total)
		fail_msg("'%s' is held", t->report.held.items[0].path);
}
