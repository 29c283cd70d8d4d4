/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power fails. For each scenario: before the n-th effect on the disk everything stops, and only
 * what was synced is left (power.h). What people wrote before was on the disk, but where it says
 * "while saving"; the workspace is elsewhere. After each cut both repositories must be whole, no
 * notebook may be torn, and another process ends where it would have ended without the cut.
 *
 *   test-power PART/PARTS     every PARTS-th scenario, beginning with PART
 *   test-power NAME [LOSS N]  one scenario; one cut
 *
 * NBSYNC_FAULT_POINTS in the environment: how many effects of each, evenly spread; "all".
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/play.h"
#include "tests/fault/power.h"
#include "tests/fault/trees.h"
#include "tests/world/files.h"
#include "tests/world/world_internal.h"

#define POINTS 8

static const struct shim_fault effects = { "power cut", SHIM_EFFECTS, 1, false };

static const char *const losses[] = {
	[POWER_LOSES_ALL] = "what was not synced is lost",
	[POWER_LOSES_DATA] = "contents that were not synced are empty",
	[POWER_TEARS_DATA] = "contents that were not synced are torn",
};

static const char *const scenarios[] = {
	"first-local",    "first-prefer-git", "edit-local",     "edit-workspace", "edit-git",
	"delete-local",   "delete-git",       "rename-local",   "merge-all",      "clash-all",
	"clash-resolved", "move-folder-git",  "commit-by-hand", "mass-local",
};

/* Those in which people save on the local side. */
static const char *const saving[] = { "edit-local", "merge-all", "clash-local-git" };

static unsigned cuts;

struct point {
	enum power_loss loss;
	unsigned n;
	bool saving; /* what people wrote on the local side was not on the disk yet */
	const char *store, *after;
};

static void lose_edits(struct play *p)
{
	for (const struct act *a = p->scenario->when; a->verb; a++) {
		cleanup_free char *path = xasprintf("%s/%s", p->w->local, a->path);

		if (a->verb == ACT_WRITE && a->side == SIDE_LOCAL)
			power_lose(path);
	}
}

static char *suffer(struct play *p, void *payload)
{
	const struct point *point = payload;

	power_on(p->w->dir, point->store);
	if (point->saving)
		lose_edits(p);
	shim_disk(power_disk(point->loss, point->after));
	shim_arm(&effects, point->n);
	play_work(p);
	return NULL;
}

static unsigned count_effects(struct play *p)
{
	unsigned n;

	play_rewind(p);
	shim_arm(&effects, 0);
	play_work(p);
	world_close(p->w);
	n = shim_count();
	shim_disarm();
	return n;
}

static char *judge(struct play *p)
{
	char *wrong = world_between(p->w, p->before, p->after);

	if (!wrong && !play_work(p))
		wrong = xstrdup("it does not settle");
	return wrong ? wrong : play_judge(p);
}

/* Whether all is there of count versions, which *w holds only for this question. */
static bool is_there(struct world *w, struct world_version *versions, size_t count)
{
	cleanup_free char *wrong = NULL;

	w->versions = versions;
	w->version_count = count;
	wrong = world_check(w);
	return !wrong;
}

/* A file that was torn while somebody saved it looks like an edit, or is held. What can be demanded:
 * whatever stands or is recorded right after the cut is there in the end. */
static char *judge_saved(struct play *p)
{
	struct world *w = p->w;
	struct world_version *all = w->versions;
	size_t count = w->version_count, kept = 0;
	struct world_version *known = xcalloc(count, sizeof(*known));
	char *wrong = NULL;

	for (size_t i = 0; i < count; i++)
		if (is_there(w, &all[i], 1))
			known[kept++] = all[i];
	if (!play_work(p))
		wrong = xstrdup("it does not settle");
	world_close(w);
	if (!wrong && !is_there(w, known, kept))
		wrong = xstrdup("a version that was known after the cut is lost");
	w->versions = all;
	w->version_count = count;
	free(known);
	return wrong;
}

static void try_point(struct play *p, struct point point)
{
	cleanup_free char *wrong = NULL, *accident = NULL, *after = files_temp_dir();
	int status;

	cuts++;
	play_rewind(p);
	point.store = p->w->store;
	point.after = after;
	wrong = play_fork(p, suffer, &point, &status);
	if (!wrong && (!WIFEXITED(status) || WEXITSTATUS(status) != POWER_EXIT) && status)
		wrong = xasprintf("the process ended with status %#x", (unsigned)status);
	if (!wrong && WEXITSTATUS(status) == POWER_EXIT)
		tree_mirror(after, p->w->dir, "workspace");
	if (!wrong)
		wrong = world_fsck(p->w);
	if (!wrong)
		wrong = point.saving ? judge_saved(p) : judge(p);
	files_remove(after);
	if (!wrong)
		return;
	accident = xasprintf("power cut %u, %s", point.n, losses[point.loss]);
	play_failed(p, accident, wrong);
}

static void try_loss(struct play *p, enum power_loss loss, bool is_saving, unsigned only)
{
	unsigned total = count_effects(p), points = play_points(POINTS, total);

	if (only) {
		try_point(p, (struct point){ .loss = loss, .n = only, .saving = is_saving });
		return;
	}
	for (unsigned i = 0; i < points; i++)
		try_point(p, (struct point){ .loss = loss,
					     .n = play_point(i, points, total),
					     .saving = is_saving });
}

static void play(const char *name, bool is_saving, int loss, unsigned only)
{
	struct play *p = play_new(name, false);
	unsigned before = cuts;

	if (!p)
		return;
	shim_watch(p->w->dir, p->w->store);
	for (int i = POWER_LOSES_ALL; i <= POWER_TEARS_DATA; i++)
		if (loss < 0 || i == loss)
			try_loss(p, (enum power_loss)i, is_saving, only);
	shim_watch(NULL, NULL);
	play_free(p);
	printf("%-28s %4u cuts%s\n", name, cuts - before, is_saving ? " while saving" : "");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned part = 0, parts = 1;
	bool numbers = argc > 1 && sscanf(argv[1], "%u/%u", &part, &parts) == 2;

	world_begin();
	if (argc > 1 && !numbers) {
		play(argv[1], false, argc > 2 ? atoi(argv[2]) : -1,
		     argc > 3 ? (unsigned)atoi(argv[3]) : 0);
	} else {
		for (unsigned i = part; i < ARRAY_SIZE(scenarios); i += parts)
			play(scenarios[i], false, -1, 0);
		for (unsigned i = part; i < ARRAY_SIZE(saving); i += parts)
			play(saving[i], true, -1, 0);
	}
	world_end();
	printf("%u power cuts, %u failures\n", cuts, play_failures);
	return play_failures > 0;
}
