/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What tests of cycles say about a world. Include cmocka.h before this.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/source_text.h"
#include "tests/world/files.h"
#include "tests/world/world.h"

/* ---- worlds ---- */

static inline int set_up(void **state)
{
	*state = world_new(NULL);
	return 0;
}

static inline int set_up_without_local(void **state)
{
	*state = world_new(&(struct world_options){ .without[SIDE_LOCAL] = true });
	return 0;
}

/* All sides, and these lines in the configuration. */
static inline struct world *world_with(const char *config)
{
	return world_new(&(struct world_options){ .config = config });
}

static inline int tear_down(void **state)
{
	world_free(*state);
	return 0;
}

/* A test in a world of its own, in *state. */
#define IN_A_WORLD(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* ---- cycles ---- */

/* A hurried cycle that looks at these local paths only. */
static inline const struct report *hinted_at(struct world *w, const char *const *hints,
					     size_t count)
{
	struct cycle_request request = { .hints = hints, .hint_count = count, .hurry = true };

	return world_request(w, &request);
}

static inline const struct report *hinted(struct world *w, const char *hint)
{
	return hinted_at(w, &hint, 1);
}

/* A person says that the plan of this token is meant. */
static inline const struct report *confirm(struct world *w, const char *token)
{
	cleanup_free char *kept = xstrdup(token); /* it may be the one in the report */
	struct cycle_request request = { .full = true, .hurry = true, .confirm = kept };

	return world_request(w, &request);
}

static inline void commit(struct world *w, const char *summary)
{
	struct cycle_request request = { .full = true, .commit = true, .summary = summary };

	world_request(w, &request);
	assert_int_equal(w->report.code, ERR_OK);
}

/* A person puts this version in the place of the agreed one; what came of it is in the report. */
static inline const struct report *adopt(struct world *w, const char *path, enum cycle_source from,
					 const char *what)
{
	struct cycle_adopt chosen = { .path = path, .from = from, .what = what };
	struct cycle_request request = { .full = true, .hurry = true, .adopt = &chosen };

	return world_request(w, &request);
}

/* The same, which must succeed. */
static inline void adopt_ok(struct world *w, const char *path, enum cycle_source from,
			    const char *what)
{
	if (adopt(w, path, from, what)->answer.code)
		fail_msg("%s: %s", path, w->report.answer.sentence);
}

/* ---- what they say ---- */

static inline void expect(struct world *w, enum side_id side, const char *file, const char *text)
{
	cleanup_free char *found = world_read(w, side, file);

	if (!str_eq(found, text))
		fail_msg("%s of the %s side: '%s', expected '%s'", file, side_names[side],
			 found ? found : "(none)", text ? text : "(none)");
}

static inline void expect_everywhere(struct world *w, const char *file, const char *text)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (config_has_side(&w->config->mappings[0], s))
			expect(w, s, file, text);
}

static inline void expect_nothing_lost(struct world *w)
{
	cleanup_free char *wrong = world_check(w);

	if (wrong)
		fail_msg("%s", wrong);
}

/* Both repositories are, to git. */
static inline void expect_sound(struct world *w)
{
	cleanup_free char *wrong = world_fsck(w);

	if (wrong)
		fail_msg("%s", wrong);
}

static inline void settle(struct world *w)
{
	if (!world_settle(w))
		fail_msg("the world does not settle");
	expect_nothing_lost(w);
}

/* The first entry of what is held at this path; NULL. */
static inline const struct report_path *held(const struct report *r, const char *path)
{
	for (size_t i = 0; i < r->held.count; i++)
		if (str_eq(r->held.items[i].path, path))
			return &r->held.items[i];
	return NULL;
}

static inline void expect_reason(const struct report *r, const char *path, const char *reason)
{
	const struct report_path *found = held(r, path);

	if (!found || !str_eq(found->reason, reason))
		fail_msg("'%s' is %s: %s, expected: %s", path, found ? "held" : "not held",
			 found ? found->reason : "", reason);
}

static inline void expect_note(const struct report *r, const char *text)
{
	for (size_t i = 0; i < r->notes.count; i++)
		if (strstr(r->notes.items[i], text))
			return;
	fail_msg("no note says '%s' (%zu notes, the first: %s)", text, r->notes.count,
		 r->notes.count ? r->notes.items[0] : "");
}

/* Nothing happens at all, whatever the cycles look at: the sides stay as they are, byte for
 * byte. */
static inline void expect_stillness(struct world *w)
{
	cleanup_free char *before = world_snapshot(w), *after = NULL;

	for (int i = 0; i < 2; i++) {
		const struct report *r = world_cycle(w, true, true);

		if (r->code)
			fail_msg("%s", r->sentence);
		assert_true(world_report_idle(r));
	}
	after = world_snapshot(w);
	assert_string_equal(before, after);
}

static inline char *local_path(const struct world *w, const char *name)
{
	return xasprintf("%s/%s", w->local, name);
}

static inline void write_versions(struct world *w, const char *file)
{
	world_write(w, SIDE_LOCAL, file, PY "local\n");
	world_write(w, SIDE_WORKSPACE, file, PY "workspace\n");
	world_write(w, SIDE_GIT, file, PY "git\n");
}
