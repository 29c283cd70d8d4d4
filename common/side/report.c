/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects what a cycle has to say and turns it into the worker protocol's result event. Lists are
 * cut at REPORT_PATHS_MAX so that ten thousand held paths do not become a ten-megabyte line.
 */

#include "side/report.h"

#include <stdlib.h>

void report_init(struct report *r)
{
	*r = (struct report){ .next_ms = -1 };
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		r->side[s].notebooks = -1;
}

static void paths_release(struct report_paths *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].path);
		free(p->items[i].side);
		free(p->items[i].reason);
		free(p->items[i].sentence);
	}
	free(p->items);
}

void report_release(struct report *r)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		free(r->side[s].sentence);
	for (size_t i = 0; i < r->notes.count; i++)
		free(r->notes.items[i]);
	free(r->notes.items);
	paths_release(&r->held);
	paths_release(&r->conflicts);
	free(r->sentence);
	free(r->waiting.sentence);
	free(r->confirm);
	free(r->answer.sentence);
	*r = (struct report){ 0 };
}

static void paths_add(struct report_paths *p, const char *path, const char *side,
		      const char *reason, const char *sentence)
{
	p->total++;
	if (p->count >= REPORT_PATHS_MAX)
		return;
	p->items = array_grow(p->items, p->count, &p->cap, sizeof(*p->items));
	p->items[p->count++] = (struct report_path){
		.path = xstrdup(path),
		.side = xstrdup(side),
		.reason = xstrdup(reason),
		.sentence = xstrdup(sentence),
	};
}

void report_held(struct report *r, const char *path, enum side_id side, enum hold_reason reason,
		 const char *sentence)
{
	paths_add(&r->held, path, side_names[side], hold_reason_name(reason), sentence);
}

void report_conflict(struct report *r, const char *path, const char *file, const char *sentence)
{
	paths_add(&r->conflicts, path, NULL, file, sentence);
}

void report_note(struct report *r, const char *fmt, ...)
{
	va_list ap;

	r->notes.items = array_grow(r->notes.items, r->notes.count, &r->notes.cap,
				    sizeof(*r->notes.items));
	va_start(ap, fmt);
	r->notes.items[r->notes.count++] = xvasprintf(fmt, ap);
	va_end(ap);
}

void report_answer(struct report *r, int code, const char *fmt, ...)
{
	va_list ap;

	if (r->answer.sentence)
		return;
	va_start(ap, fmt);
	r->answer.sentence = xvasprintf(fmt, ap);
	va_end(ap);
	r->answer.code = code;
}

void report_waiting(struct report *r, size_t paths, const char *fmt, ...)
{
	va_list ap;

	free(r->waiting.sentence);
	va_start(ap, fmt);
	r->waiting.sentence = xvasprintf(fmt, ap);
	va_end(ap);
	r->waiting.paths = paths;
}

void report_wake(struct report *r, int64_t ms)
{
	if (ms >= 0 && (r->next_ms < 0 || ms < r->next_ms))
		r->next_ms = ms;
}

static void add_sides(struct json *result, const struct report *r)
{
	struct json *sides = json_add_object(result, "sides");

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct report_side *from = &r->side[s];
		struct json *side;

		if (!from->present)
			continue;
		side = json_add_object(sides, side_names[s]);
		json_add_str(side, "state", from->held ? "held" : "ok");
		json_add_str(side, "sentence", from->sentence ? from->sentence : "");
		json_add_int(side, "notebooks", from->notebooks);
	}
}

static void add_counts(struct json *result, const struct report *r)
{
	struct json *counts = json_add_object(result, "counts");
	struct json *written = json_add_object(counts, "written");
	struct json *deleted = json_add_object(counts, "deleted");

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!r->side[s].present)
			continue;
		json_add_int(written, side_names[s], (int64_t)r->side[s].written);
		json_add_int(deleted, side_names[s], (int64_t)r->side[s].deleted);
	}
	json_add_int(counts, "commits", (int64_t)r->commits);
	json_add_int(counts, "pushes", (int64_t)r->pushes);
	json_add_int(counts, "requests", (int64_t)r->requests);
}

static void add_paths(struct json *result, const struct report *r)
{
	struct json *held = json_add_array(result, "held");
	struct json *conflicts;

	for (size_t i = 0; i < r->held.count; i++) {
		const struct report_path *p = &r->held.items[i];
		struct json *item = json_add_object(held, NULL);

		json_add_str(item, "path", p->path);
		json_add_str(item, "side", p->side);
		json_add_str(item, "reason", p->reason);
		json_add_str(item, "sentence", p->sentence);
	}
	json_add_int(result, "held_total", (int64_t)r->held.total);
	conflicts = json_add_array(result, "conflicts");
	for (size_t i = 0; i < r->conflicts.count; i++) {
		const struct report_path *p = &r->conflicts.items[i];
		struct json *item = json_add_object(conflicts, NULL);

		json_add_str(item, "path", p->path);
		json_add_str(item, "file", p->reason);
		json_add_str(item, "sentence", p->sentence);
	}
	json_add_int(result, "conflicts_total", (int64_t)r->conflicts.total);
}

struct json *report_json(const struct report *r)
{
	struct json *result = json_object(), *waiting, *notes, *answer;

	json_add_str(result, "event", "result");
	json_add_str(result, "code", err_name(r->code));
	json_add_str(result, "sentence", r->sentence ? r->sentence : "");
	json_add_bool(result, "full", r->full);
	json_add_int(result, "duration_ms", r->duration_ms);
	json_add_int(result, "next_ms", r->next_ms);
	add_sides(result, r);
	add_counts(result, r);
	add_paths(result, r);
	if (r->confirm)
		json_add_str(result, "confirm", r->confirm);
	if (r->answer.sentence) {
		answer = json_add_object(result, "answer");
		json_add_str(answer, "code", err_name(r->answer.code));
		json_add_str(answer, "sentence", r->answer.sentence);
	}
	waiting = json_add_object(result, "waiting");
	json_add_int(waiting, "paths", (int64_t)r->waiting.paths);
	json_add_str(waiting, "sentence", r->waiting.sentence ? r->waiting.sentence : "");
	notes = json_add_array(result, "notes");
	for (size_t i = 0; i < r->notes.count; i++)
		json_add_str(notes, NULL, r->notes.items[i]);
	return result;
}
