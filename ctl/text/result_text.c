/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cycle's result as people read it. Shows what the cycle said and judges nothing, apart from the
 * exit code. A command that is suggested can be copied into a shell as it stands, whatever characters
 * a notebook's name has.
 */

#include "ctl/text/result_text.h"

#include <string.h>

#include "config/config.h"
#include "filter/names.h"
#include "log/escape.h"
#include "notebook/notebook.h"

#define PLAIN    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@%+=:,-"
#define WORD_MAX 8192 /* bytes of one word of a command */

/* ---- commands for a shell ---- */

static void add_word(struct buf *out, const char *word)
{
	cleanup_buf struct buf safe = BUF_INIT(WORD_MAX);
	const char *text;

	escape_masked_str(&safe, word);
	text = buf_str(&safe);
	if (*text && !text[strspn(text, PLAIN)]) {
		buf_addf(out, " %s", text);
		return;
	}
	buf_add_str(out, " '");
	for (const char *c = text; *c; c++)
		buf_add_str(out, *c == '\'' ? "'\\''" : (char[]){ *c, '\0' });
	buf_add_char(out, '\'');
}

bool hint_confirm(struct buf *out, const char *mapping, const struct json *result)
{
	const char *token = json_str(result, "confirm");

	if (!token || !*token)
		return false;
	buf_add_str(out, "nbsync confirm");
	add_word(out, mapping);
	add_word(out, token);
	return true;
}

const char *conflict_side(const struct json *conflict)
{
	const char *file = json_str_or(conflict, "file", "");
	struct notebook_name name = { 0 };
	enum side_id side;
	bool known;

	notebook_name_parse(&name, file);
	known = names_is_conflict(name.stem ? name.stem : file, NULL, &side);
	notebook_name_release(&name);
	return known ? side_names[side] : NULL;
}

/* A side that the mapping has and that did not lose: it holds what was agreed. */
static const char *side_that_stayed(const struct json *result, const char *lost)
{
	for (int s = SIDE_COUNT - 1; s >= 0; s--)
		if (!str_eq(side_names[s], lost) &&
		    json_get(json_get(result, "sides"), side_names[s]))
			return side_names[s];
	return NULL;
}

void hint_resolve(struct buf *out, const char *mapping, const struct json *result,
		  const struct json *conflict)
{
	const char *lost = conflict_side(conflict), *path = json_str_or(conflict, "path", "");
	const char *stayed = side_that_stayed(result, lost);
	bool dash = path[0] == '-';

	buf_add_str(out, "nbsync resolve");
	if (dash)
		buf_addf(out, " --%s --", stayed ? stayed : "local");
	add_word(out, mapping);
	add_word(out, path);
	if (dash)
		return;
	if (stayed)
		buf_addf(out, " --%s (what is there now) or", stayed);
	buf_addf(out, " --%s (the other version)", lost ? lost : "file FILE");
}

/* ---- the result ---- */

/* "  held 'etl/x' (local): sentence", each part but the first may be empty. */
static void add_result_line(struct buf *out, const char *what, const char *path, const char *side,
			    const char *sentence)
{
	if (!*sentence)
		return;
	buf_addf(out, "  %s", what);
	if (*path) {
		buf_add_str(out, ": ");
		escape_masked_str(out, path);
	}
	if (*side) {
		buf_add_str(out, " (");
		escape_masked_str(out, side);
		buf_add_char(out, ')');
	}
	buf_add_str(out, ": ");
	escape_masked_str(out, sentence);
	buf_add_char(out, '\n');
}

static int64_t count_of(const struct json *result, const char *what, const char *side)
{
	return json_int(json_get(json_get(json_get(result, "counts"), what), side), "", 0);
}

static void add_result_sides(struct buf *out, const struct json *result)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct json *side = json_get(json_get(result, "sides"), side_names[s]);

		if (!side)
			continue;
		buf_addf(out, "  %-9s ", side_names[s]);
		if (str_eq(json_str(side, "state"), "ok")) {
			buf_addf(out, "%lld notebooks, %lld written, %lld deleted\n",
				 (long long)json_int(side, "notebooks", -1),
				 (long long)count_of(result, "written", side_names[s]),
				 (long long)count_of(result, "deleted", side_names[s]));
			continue;
		}
		escape_masked_str(out, json_str_or(side, "state", ""));
		buf_add_str(out, ": ");
		escape_masked_str(out, json_str_or(side, "sentence", ""));
		buf_add_char(out, '\n');
	}
}

static void add_result_conflicts(struct buf *out, const char *mapping, const struct json *result)
{
	const struct json *conflicts = json_get(result, "conflicts");

	for (const struct json *c = json_first(conflicts); c; c = json_next(c)) {
		cleanup_free char *sentence = xasprintf("%s; the other version is '%s'",
							json_str_or(c, "sentence", ""),
							json_str_or(c, "file", ""));

		add_result_line(out, "conflict", json_str_or(c, "path", ""), "", sentence);
		buf_add_str(out, "    ");
		hint_resolve(out, mapping, result, c);
		buf_add_char(out, '\n');
	}
}

static void add_result_confirm(struct buf *out, const char *mapping, const struct json *result)
{
	cleanup_buf struct buf command = BUF_INIT(2 * WORD_MAX);

	if (hint_confirm(&command, mapping, result))
		buf_addf(out, "  to confirm: %s\n", buf_str(&command));
}

void result_text(const char *mapping, const struct json *result, struct buf *out)
{
	const char *sentence = json_str_or(result, "sentence", "");
	const struct json *held = json_get(result, "held"), *notes = json_get(result, "notes");

	escape_masked_str(out, mapping);
	buf_add_str(out, ": ");
	if (!*sentence)
		sentence = str_eq(json_str(result, "code"), "ok") ? "done" : "failed";
	escape_masked_str(out, sentence);
	buf_add_char(out, '\n');
	add_result_sides(out, result);
	for (const struct json *h = json_first(held); h; h = json_next(h))
		add_result_line(out, "held", json_str_or(h, "path", ""), json_str_or(h, "side", ""),
				json_str_or(h, "sentence", ""));
	add_result_conflicts(out, mapping, result);
	add_result_line(out, "waiting", "", "", json_str_or(result, "waiting.sentence", ""));
	for (const struct json *n = json_first(notes); n; n = json_next(n))
		add_result_line(out, "note", "", "", json_text(n) ? json_text(n) : "");
	add_result_confirm(out, mapping, result);
}

bool result_attention(const struct json *result)
{
	const struct json *sides = json_get(result, "sides");

	if (str_eq(json_str(result, "state"), "held") || json_count(json_get(result, "held")) ||
	    json_int(result, "held_total", 0) > 0 || json_count(json_get(result, "conflicts")) ||
	    json_str(result, "confirm"))
		return true;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (str_eq(json_str(json_get(sides, side_names[s]), "state"), "held"))
			return true;
	return false;
}

int result_exit(const struct json *result)
{
	int code = err_parse(json_str(result, "code"));

	if (code)
		return err_exit(code);
	return result_attention(result) ? EXIT_ATTENTION : EXIT_DONE;
}
