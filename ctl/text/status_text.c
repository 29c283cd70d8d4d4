/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table whose columns are as wide as what stands in them, and below it the sentences, each with
 * the name of its mapping in front so that a line found by grep explains itself. Shows what the
 * daemon said and judges nothing, apart from the exit code.
 */

#include "ctl/text/status_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/side.h"
#include "ctl/text/result_text.h"
#include "log/escape.h"

#define COLUMNS     7
#define CELL_MAX    200
#define BAR_WIDTH   20
#define COMMAND_MAX (64 * 1024)
#define LIST_LINES  20 /* of each list of one mapping; --json shows all that the daemon keeps */

static const char *const titles[COLUMNS] = { "MAPPING", "STATE",  "GIT", "WORKSPACE",
					     "LOCAL",   "SYNCED", "NEXT" };

struct row {
	struct buf cells[COLUMNS];
};

/* What a terminal shows of it: characters, not bytes. */
static size_t width(const struct buf *cell)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->len; i++)
		n += ((unsigned char)cell->data[i] & 0xC0) != 0x80;
	return n;
}

/* A distance in time in its largest unit: "4 s", "12 min", "3 h", "2 d". */
static void add_span(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "min" }, { 1000, "s" } };

	for (size_t i = 0; i < 4; i++) {
		if (ms < units[i].ms && i < 3)
			continue;
		buf_addf(out, "%lld %s", (long long)(ms / units[i].ms), units[i].unit);
		return;
	}
}

static void add_side(struct buf *out, const struct json *mapping, const char *name)
{
	const struct json *side = json_get(json_get(mapping, "sides"), name);
	const char *state = json_str(side, "state");
	int64_t notebooks = json_int(side, "notebooks", -1);

	if (!side)
		buf_add_str(out, "-");
	else if (!str_eq(state, "ok"))
		escape_masked_str(out, state ? state : "unknown");
	else if (notebooks < 0)
		buf_add_str(out, "ok");
	else
		buf_addf(out, "%lld", (long long)notebooks);
}

static void add_synced(struct buf *out, const struct json *mapping, int64_t now_ms)
{
	int64_t at = json_int(mapping, "last_success_ms", 0);

	if (at <= 0) {
		buf_add_str(out, "never");
		return;
	}
	add_span(out, now_ms > at ? now_ms - at : 0);
	buf_add_str(out, " ago");
}

static void add_next(struct buf *out, const struct json *mapping)
{
	int64_t next = json_int(mapping, "next_ms", -1);

	if (next < 0) {
		buf_add_str(out, "-");
		return;
	}
	buf_add_str(out, "in ");
	add_span(out, next);
}

static void fill_row(struct row *row, const struct json *mapping, int64_t now_ms)
{
	escape_masked_str(&row->cells[0], json_str_or(mapping, "name", "?"));
	escape_masked_str(&row->cells[1], json_str_or(mapping, "state", "?"));
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		add_side(&row->cells[2 + s], mapping, side_names[s]);
	add_synced(&row->cells[5], mapping, now_ms);
	add_next(&row->cells[6], mapping);
}

static void add_row(struct buf *out, const struct row *row, const size_t widths[static COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t pad = i + 1 < COLUMNS ? widths[i] - width(&row->cells[i]) + 2 : 0;

		buf_addf(out, "%s%*s", buf_str(&row->cells[i]), (int)pad, "");
	}
	buf_add_char(out, '\n');
}

static void add_table(struct buf *out, const struct json *mappings, int64_t now_ms)
{
	size_t count = json_count(mappings) + 1;
	struct row *rows = xcalloc(count, sizeof(*rows));
	size_t widths[COLUMNS] = { 0 };
	const struct json *m = json_first(mappings);

	for (size_t r = 0; r < count; r++) {
		for (size_t i = 0; i < COLUMNS; i++) {
			rows[r].cells[i] = BUF_INIT(CELL_MAX);
			if (r == 0)
				buf_add_str(&rows[r].cells[i], titles[i]);
		}
		if (r > 0) {
			fill_row(&rows[r], m, now_ms);
			m = json_next(m);
		}
		for (size_t i = 0; i < COLUMNS; i++)
			if (width(&rows[r].cells[i]) > widths[i])
				widths[i] = width(&rows[r].cells[i]);
	}
	for (size_t r = 0; r < count; r++) {
		add_row(out, &rows[r], widths);
		for (size_t i = 0; i < COLUMNS; i++)
			buf_release(&rows[r].cells[i]);
	}
	free(rows);
}

/* ---- the lines below the table ---- */

/* "etl: workspace held: sentence". Nothing when there is no sentence. */
static void add_line(struct buf *out, const char *mapping, const char *what, const char *sentence)
{
	if (!sentence || !*sentence)
		return;
	escape_masked_str(out, mapping);
	buf_add_str(out, ": ");
	escape_masked_str(out, what);
	buf_add_str(out, ": ");
	escape_masked_str(out, sentence);
	buf_add_char(out, '\n');
}

static void add_progress(struct buf *out, const char *mapping, const struct json *progress)
{
	int64_t done = json_int(progress, "done", 0), total = json_int(progress, "total", 0);
	const char *phase = json_str(progress, "phase");
	cleanup_buf struct buf bar = BUF_INIT(CELL_MAX);

	if (!phase)
		return;
	if (total > 0 && done >= 0 && done <= total) {
		int filled = (int)((double)done / (double)total * BAR_WIDTH);

		buf_add_char(&bar, '[');
		for (int i = 0; i < BAR_WIDTH; i++)
			buf_add_char(&bar, i < filled ? '#' : '.');
		buf_addf(&bar, "] %lld of %lld", (long long)done, (long long)total);
	} else {
		buf_add_str(&bar, "…");
	}
	add_line(out, mapping, phase, buf_str(&bar));
}

static void add_sides(struct buf *out, const char *mapping, const struct json *m)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct json *side = json_get(json_get(m, "sides"), side_names[s]);
		cleanup_free char *what = xasprintf("%s %s", side_names[s],
						    json_str_or(side, "state", ""));

		add_line(out, mapping, what, json_str(side, "sentence"));
	}
}

static void add_cut(struct buf *out, const char *mapping, const char *what, int64_t total)
{
	cleanup_free char *rest = NULL;

	if (total <= LIST_LINES)
		return;
	rest = xasprintf("%lld more, see --json", (long long)(total - LIST_LINES));
	add_line(out, mapping, what, rest);
}

static void add_held(struct buf *out, const char *mapping, const struct json *m)
{
	const struct json *held = json_get(m, "held");
	int lines = 0;

	for (const struct json *h = json_first(held); h && lines < LIST_LINES; h = json_next(h)) {
		const char *path = json_str(h, "path"), *side = json_str(h, "side");
		cleanup_free char *what = xasprintf("held '%s' (%s)", path ? path : "?",
						    side ? side : "?");

		add_line(out, mapping, what,
			 json_str(h, "sentence") ? json_str(h, "sentence") : json_str(h, "reason"));
		lines++;
	}
	add_cut(out, mapping, "held", json_int(m, "held_total", (int64_t)json_count(held)));
}

static void add_conflicts(struct buf *out, const char *mapping, const struct json *m)
{
	const struct json *conflicts = json_get(m, "conflicts");
	int lines = 0;

	for (const struct json *c = json_first(conflicts); c && lines < LIST_LINES;
	     c = json_next(c)) {
		const char *path = json_str(c, "path"), *file = json_str(c, "file");
		const char *sentence = json_str(c, "sentence");
		cleanup_free char *what = xasprintf("conflict in '%s'", path ? path : "?");
		cleanup_free char *text = xasprintf(
			"%s%s'%s'", sentence ? sentence : "",
			sentence && *sentence ? "; the other version is " : "the other version is ",
			file ? file : "?");

		add_line(out, mapping, what, text);
		escape_masked_str(out, mapping);
		buf_add_str(out, ": to resolve it: ");
		hint_resolve(out, mapping, m, c);
		buf_add_char(out, '\n');
		lines++;
	}
	add_cut(out, mapping, "conflicts",
		json_int(m, "conflicts_total", (int64_t)json_count(conflicts)));
}

static void add_confirm(struct buf *out, const char *mapping, const struct json *m)
{
	cleanup_buf struct buf command = BUF_INIT(COMMAND_MAX);

	if (!hint_confirm(&command, mapping, m))
		return;
	escape_masked_str(out, mapping);
	buf_addf(out, ": to confirm it: %s\n", buf_str(&command));
}

/* The policy's note is the same for all mappings and stands once, at the end. */
static void add_notes(struct buf *out, const char *mapping, const struct json *m,
		      const char *policy)
{
	const struct json *notes = json_get(m, "notes");

	for (const struct json *n = json_first(notes); n; n = json_next(n))
		if (!str_eq(json_text(n), policy))
			add_line(out, mapping, "note", json_text(n));
}

static void add_details(struct buf *out, const struct json *m, const char *policy)
{
	const char *name = json_str(m, "name");
	const char *state = json_str(m, "state");

	if (!name)
		name = "?";
	add_progress(out, name, json_get(m, "progress"));
	add_line(out, name, state ? state : "?", json_str(m, "sentence"));
	add_sides(out, name, m);
	add_held(out, name, m);
	add_conflicts(out, name, m);
	add_line(out, name, "waiting", json_str(m, "waiting.sentence"));
	add_line(out, name, "watching", json_str(m, "watching.sentence"));
	add_notes(out, name, m, policy);
	add_confirm(out, name, m);
}

void status_text(const struct json *reply, int64_t now_ms, struct buf *out)
{
	const struct json *mappings = json_get(reply, "mappings");
	const char *policy = json_str(reply, "daemon.policy");

	if (json_count(mappings))
		add_table(out, mappings, now_ms);
	else
		buf_add_str(out, "no mapping is configured; 'nbsync add' writes one\n");
	for (const struct json *m = json_first(mappings); m; m = json_next(m))
		add_details(out, m, policy);
	add_line(out, "nbsyncd", "the old configuration stays in force",
		 json_str(reply, "daemon.reload_error"));
	add_line(out, "nbsyncd", "policy", policy);
}

int status_exit(const struct json *reply)
{
	const struct json *mappings = json_get(reply, "mappings");

	for (const struct json *m = json_first(mappings); m; m = json_next(m))
		if (result_attention(m))
			return EXIT_ATTENTION;
	return EXIT_DONE;
}
