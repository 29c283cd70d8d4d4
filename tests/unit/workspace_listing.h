/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A listing as a text, against a script. Include cmocka.h before this. */

#include <string.h>

#include "base/buf.h"
#include "workspace_script.h"

#define OBJECT(type, path) "{\"object_type\":\"" type "\",\"path\":\"" path "\"}"
#define LIST(objects)      "{\"objects\":[" objects "]}"

/* Paths, each with "/" behind folders, joined by blanks; what is held as "?path", its sentences among
 * the problems, which are "!code path: sentence". */
static inline void note_problem(void *payload, const char *path, const struct err *why)
{
	buf_addf(payload, "!%s %s: %s\n", err_name(why->code), path, why->text);
}

static inline int list_to_text(struct script_fixture *f, const char *dir, struct buf *out,
			       struct buf *problems, struct err *e)
{
	struct workspace_listing l;
	int code = workspace_list(f->workspace, dir, &l, problems ? note_problem : NULL, problems,
				  e);

	if (code) {
		assert_null(l.items);
		assert_int_equal(l.count, 0);
	}
	for (size_t i = 0; i < l.count; i++) {
		bool folder = l.items[i].type == WORKSPACE_DIRECTORY ||
			      l.items[i].type == WORKSPACE_REPO;

		buf_addf(out, "%s%s ", l.items[i].path, folder ? "/" : "");
		assert_true(!i || strcmp(l.items[i - 1].path, l.items[i].path) < 0);
	}
	for (size_t i = 0; i < l.held_count; i++) {
		buf_addf(out, "?%s ", l.held[i].path);
		if (problems)
			buf_addf(problems, "?%s\n", l.held[i].why);
	}
	workspace_listing_release(&l);
	return code;
}

/* Lists dir against a script and compares. expected NULL: must fail with code and sentence. */
static inline void check(const struct script_step *steps, size_t count, const char *dir,
			 const char *expected, const char *expected_problems)
{
	cleanup_buf struct buf out = BUF_INIT(1u << 20), problems = BUF_INIT(1u << 20);
	struct script_fixture f;
	struct err e = ERR_INIT;

	script_start(&f, steps, count);
	if (list_to_text(&f, dir, &out, &problems, &e))
		fail_msg("%s", e.text);
	assert_string_equal(buf_str(&out), expected);
	assert_string_equal(buf_str(&problems), expected_problems);
	script_stop(&f);
}

static inline void check_fails(const struct script_step *steps, size_t count, const char *dir,
			       int code, const char *sentence)
{
	cleanup_buf struct buf out = BUF_INIT(1u << 20), problems = BUF_INIT(1u << 20);
	struct script_fixture f;
	struct err e = ERR_INIT;

	script_start(&f, steps, count);
	assert_int_equal(list_to_text(&f, dir, &out, &problems, &e), code);
	assert_string_equal(e.text, sentence);
	assert_string_equal(buf_str(&problems), "");
	script_stop(&f);
}

#define CHECK(steps, dir, expected, problems) \
	check(steps, ARRAY_SIZE(steps), dir, expected, problems)
#define CHECK_FAILS(steps, dir, code, sentence) \
	check_fails(steps, ARRAY_SIZE(steps), dir, code, sentence)
