/* SPDX-License-Identifier: Apache-2.0 */
/* Telling a story of two machines at each of its points, and judging its end. Everything is in this
 * process: the step of A in which B wakes is a call, so each telling is the same each time. */

#include "tests/cycle/twins.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/cycle/twins_internal.h"
#include "tests/world/clock.h"
#include "tests/world/files.h"

#define NBSYNC_STEPS
#include "base/step.h"

#define CALM_ROUNDS    24 /* until both have nothing to do, twice in a row */
#define POINTS_DEFAULT 2
#define TOLD_MOST      3 /* points of a story that went wrong: the rest says the same */
#define CONFIG         "commit_quiet = 30s\ncommit_max_wait = 300s\n"

static const struct variant variants[] = {
	{ "plain", "", "" },
	{ "prefer-local", "conflict = prefer-local\n", "" },
	{ "prefer-workspace", "conflict = prefer-workspace\n", "" },
	{ "prefer-git", "conflict = prefer-git\n", "" },
	{ "ipynb-at-b", "", "local_format = ipynb\n" },
	{ "ipynb-in-git", "git_format = ipynb\n", "" },
};

/* Whose steps are told. */
static struct telling *now;

/* ---- points ---- */

/* Whether another machine could tell before from after; or this one, later. */
static bool is_point(const struct telling *t, const char *what)
{
	static const char *const starts[] = {
		"act",    "list",   "stat",     "export",       "look once more",
		"import", "delete", "answered", "fetched pack", "pushed",
		"mkdirs", "ref ",   "the push",
	};
	bool too_late = str_starts(what, "import") || str_starts(what, "delete");

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (str_starts(what, starts[i]))
			return !(t->story->both_write && too_late);
	return false;
}

void step_here(const char *what)
{
	struct telling *t = now;

	if (!t || !t->counts || !is_point(t, what) || ++t->points != t->wakes_at)
		return;
	t->counts = false;
	t->where = xstrdup(what);
	telling_do(t, t->story->wakes, false);
	t->counts = true;
}

/* ---- the end ---- */

static bool is_calm(const struct world *w)
{
	return world_report_idle(&w->report) && !w->report.waiting.paths &&
	       !cycle_unsettled(w->cycle);
}

/* Both are awake, and by and by nobody has to wait for the other any more. */
static void calm_down(struct telling *t)
{
	unsigned calm = 0;

	for (unsigned i = 0; calm < 2 && i < CALM_ROUNDS && !t->wrong; i++) {
		const struct cycle_request full = { .full = true };

		calm++;
		for (unsigned m = 0; m < MACHINES; m++) {
			telling_cycle(t, &t->machines[m], &full);
			if (!is_calm(t->machines[m].w))
				calm = 0;
		}
		clock_pass(LONG * 1000);
	}
	if (calm < 2)
		telling_wrong(t, "it does not come to rest");
}

static void expect_no_copy(struct telling *t, const struct machine *m, const char *folder)
{
	cleanup_free char *dir = xasprintf("%s/%s", m->w->local, folder);
	char **names = files_names(dir);

	for (char **name = names; *name; name++) {
		cleanup_free char *path = xasprintf("%s%s/", folder, *name);

		if (strstr(*name, ".conflict-"))
			telling_wrong(t, "%s has '%s%s'", telling_name(t, m), folder, *name);
		else if (!strchr(*name, '.'))
			expect_no_copy(t, m, path);
	}
	files_names_free(names);
}

static void expect_linear(struct telling *t)
{
	unsigned merges = world_merges(t->machines[0].w);

	if (merges)
		telling_wrong(t, "%u merges on the branch", merges);
}

static void judge(struct telling *t)
{
	cleanup_free char *lost = NULL;

	for (unsigned i = 0; i < MACHINES; i++) {
		const struct world *w = t->machines[i].w;

		expect_no_copy(t, &t->machines[i], "");
		if (w->report.conflicts.total)
			telling_wrong(t, "%s tells of a clash", i ? "B" : "A");
		if (world_report_holds(&w->report))
			telling_wrong(t, "%s holds something", i ? "B" : "A");
	}
	telling_do(t, t->story->ends, false);
	expect_linear(t);
	lost = t->wrong ? NULL : world_check(t->machines[0].w);
	if (lost)
		telling_wrong(t, "%s", lost);
}

/* ---- a telling ---- */

static void begin(struct telling *t)
{
	cleanup_free char *of_a = xasprintf(CONFIG "%s", t->variant->both);
	cleanup_free char *of_b = xasprintf("%s%s", of_a, t->variant->only_b);
	const struct world_options a = { .config = of_a }, b = { .config = of_b };

	t->machines[0].w = world_new(&a);
	t->machines[1].w = world_join(t->machines[0].w, &b);
	telling_do(t, t->story->given, false);
	calm_down(t);
	if (t->wrong)
		files_die("%s: before anything happened: %s", t->story->name, t->wrong);
}

/* Where B wakes. */
struct moment {
	unsigned point; /* right before that; 0, or more than there are: at the end */
	const struct variant *variant;
};

/* What was wrong is owned by the caller. */
static char *play_at(const struct twin_story *s, const struct moment *at, unsigned *points,
		     char **where)
{
	struct telling t = { .story = s, .wakes_at = at->point, .variant = at->variant };

	now = &t;
	begin(&t);
	telling_do(&t, s->plays, true);
	*points = t.points;
	if (!t.where)
		telling_do(&t, s->wakes, false);
	if (!t.wrong)
		calm_down(&t);
	if (!t.wrong)
		judge(&t);
	now = NULL;
	for (unsigned i = MACHINES; i--;) {
		machine_forget_hints(&t.machines[i]);
		world_free(t.machines[i].w);
	}
	*where = t.where ? t.where : xstrdup("the end");
	return t.wrong;
}

static unsigned points_wanted(void)
{
	const char *text = getenv("NBSYNC_TWIN_POINTS");

	if (str_eq(text, "all"))
		return UINT32_MAX;
	return text ? (unsigned)strtoul(text, NULL, 10) : POINTS_DEFAULT;
}

static unsigned told; /* of this story */

static bool try_one(const struct twin_story *s, const struct moment *at, unsigned *points)
{
	cleanup_free char *where = NULL, *found = NULL;

	found = play_at(s, at, points, &where);
	if (found && told++ < TOLD_MOST)
		printf("FAILED %s, B wakes before step %u (%s), %s: %s\n", s->name, at->point,
		       where, at->variant->name, found);
	return !found;
}

/* How many went wrong of how many. */
static unsigned play_points(const struct twin_story *s, const struct variant *variant,
			    unsigned wanted, unsigned *played)
{
	unsigned nth = (unsigned)(variant - variants);
	struct moment at = { .variant = variant };
	unsigned total, points, failed = !try_one(s, &at, &total);
	unsigned of = wanted < total ? wanted : total;

	/* Each variant has other points. */
	for (unsigned i = 0; i < of; i++) {
		at.point = 1 + (unsigned)(((uint64_t)i * ARRAY_SIZE(variants) + nth) * total / of /
					  ARRAY_SIZE(variants));
		failed += !try_one(s, &at, &points);
	}
	*played += 1 + of;
	return failed;
}

static bool play(const struct twin_story *s)
{
	unsigned wanted = points_wanted(), played = 0, failed = 0;

	told = 0;
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		failed += play_points(s, &variants[i],
				      i && wanted != UINT32_MAX ? wanted / 3 : wanted, &played);
	printf("%-60s %4u played, %4u failed\n", s->name, played, failed);
	fflush(stdout);
	return !failed;
}

/* The first one unless it has that name. */
static const struct variant *variant_named(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(variants); i++)
		if (str_eq(variants[i].name, name))
			return &variants[i];
	return &variants[0];
}

int twins_main(const struct twin_story *stories, size_t count, int argc, char **argv)
{
	unsigned part = 0, parts = 1, failed = 0;
	bool numbers = argc > 1 && sscanf(argv[1], "%u/%u", &part, &parts) == 2;
	struct moment only = { .point = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0,
			       .variant = variant_named(argc > 3 ? argv[3] : NULL) };

	world_begin();
	for (size_t i = 0; i < count; i++) {
		unsigned points;

		if (numbers || argc < 2 ? i % parts != part : !str_eq(stories[i].name, argv[1]))
			continue;
		failed += !(argc > 2 ? try_one(&stories[i], &only, &points) : play(&stories[i]));
	}
	world_end();
	printf("%u stories failed\n", failed);
	return failed > 0;
}
