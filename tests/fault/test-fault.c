/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that fail. For each scenario and each kind of fault: the n-th call on a file of ours fails,
 * once or from then on, while a process works; another one goes on without. After the first no
 * notebook is half written and no descriptor is left open, what was not done has a sentence, and
 * what was said to be done is done; in the end everything is as if nothing had failed.
 *
 *   test-fault PART/PARTS        every PARTS-th scenario, beginning with PART
 *   test-fault NAME [FAULT [N]]  one scenario
 *
 * NBSYNC_FAULT_POINTS in the environment: how many calls of each, evenly spread; "all".
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/play.h"
#include "tests/fault/shim.h"

#define POINTS     4
#define FSCK_EVERY 8
#define CYCLES_MAX 4 /* of a process that something fails for */
#define HANG_S     120

#define WRITES     (SHIM_CREATE | SHIM_WRITE | SHIM_MKDIR | SHIM_RENAME | SHIM_LINK | SHIM_RESIZE)
#define ALL_FILES  (SHIM_ALLOCATE - 1)

static const struct shim_fault faults[] = {
	{ "no space", WRITES | SHIM_SYNC, ENOSPC, true },
	{ "quota", WRITES, EDQUOT, true },
	{ "read only", WRITES | SHIM_MODIFY | SHIM_REMOVE | SHIM_MARK, EROFS, true },
	{ "disk error", ALL_FILES & ~(unsigned)SHIM_LOCK, EIO, false },
	{ "disk dies", ALL_FILES & ~(unsigned)(SHIM_LOCK | SHIM_CLOSE), EIO, true },
	{ "interrupted",
	  SHIM_OPEN | SHIM_READ | SHIM_WRITE | SHIM_SYNC | SHIM_CLOSE | SHIM_LOCK | SHIM_RESIZE,
	  EINTR, false },
	{ "descriptors", SHIM_OPEN, EMFILE, false },
	{ "mapping", SHIM_MAP, ENOMEM, false },
	{ "part of it", SHIM_READ | SHIM_WRITE, 0, false },
};
/* Where the process may die at once: that is our policy for memory. */
static const struct shim_fault memory = { "memory", SHIM_ALLOCATE, ENOMEM, false };

static const char *const scenarios[] = {
	"first-local",    "clash-local-workspace", "edit-local",     "edit-workspace",
	"edit-git",       "delete-local",          "delete-git",     "rename-local",
	"merge-all",      "clash-local-git",       "clash-resolved", "move-folder-git",
	"commit-by-hand", "delete-git-edit-local", "mass-local",     "language-local",
};

static unsigned runs;
static bool has_memory; /* of which we decide */

/* ---- in the process that something fails for ---- */

static unsigned open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A sentence that says nothing is as bad as none. */
static bool is_clear(const char *sentence)
{
	return sentence && strlen(sentence) > 10 && !strstr(sentence, "(null)") &&
	       !strstr(sentence, "no reason given") && !strstr(sentence, ": Success");
}

static char *judge_sentences(const struct report *r)
{
	if (r->code && !is_clear(r->sentence))
		return xasprintf("the cycle failed (%s) and says '%s'", err_name(r->code),
				 r->sentence);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (r->side[s].held && !is_clear(r->side[s].sentence))
			return xasprintf("the %s side is held and says '%s'", side_names[s],
					 r->side[s].sentence);
	for (size_t i = 0; i < r->held.count; i++)
		if (!is_clear(r->held.items[i].sentence))
			return xasprintf("'%s' is held and says '%s'", r->held.items[i].path,
					 r->held.items[i].sentence);
	return NULL;
}

/* All is said to be well: then it has to be. */
static char *judge_silence(struct play *p)
{
	cleanup_free char *now = NULL;

	shim_disarm();
	now = play_sides(p);
	return str_eq(now, p->sides) ? NULL
				     : xasprintf("it claims to be done, but there is\n%s", now);
}

static char *work(struct play *p)
{
	struct err e = ERR_INIT;
	const struct report *r;
	char *wrong = NULL;

	if (world_open(p->w, &e))
		return is_clear(e.text) ? NULL : xasprintf("opening failed with '%s'", e.text);
	for (unsigned i = 0; i < CYCLES_MAX && !wrong; i++) {
		r = world_cycle(p->w, true, true);
		wrong = judge_sentences(r);
		if (wrong)
			break;
		if (!r->code && !world_report_holds(r) && !r->notes.count && world_report_idle(r) &&
		    !cycle_unsettled(p->w->cycle) && !p->scenario->commit) {
			wrong = judge_silence(p);
			break;
		}
	}
	return wrong;
}

struct point {
	const struct shim_fault *fault;
	unsigned n;
};

/* libgit2 1.5 never closes a lock file whose fsync() failed. */
static bool failed_sync(void)
{
	return shim_failed() && str_starts(shim_failed(), "fsync");
}

static char *suffer(struct play *p, void *payload)
{
	const struct point *point = payload;
	unsigned before = open_descriptors();
	char *wrong;

	alarm(HANG_S);
	shim_arm(point->fault, point->n);
	wrong = work(p);
	world_close(p->w);
	shim_disarm();
	if (!wrong && open_descriptors() != before && !failed_sync())
		wrong = xasprintf("%u descriptors are open instead of %u", open_descriptors(),
				  before);
	if (wrong && shim_failed()) {
		cleanup_free char *told = wrong;

		wrong = xasprintf("(%s) %s", shim_failed(), told);
	}
	return wrong;
}

/* ---- outside ---- */

static unsigned count_calls(struct play *p, const struct shim_fault *fault)
{
	unsigned n;

	play_rewind(p);
	shim_arm(fault, 0);
	world_reopen(p->w);
	for (unsigned i = 0; i < 2; i++)
		world_cycle(p->w, true, true);
	world_close(p->w);
	n = shim_count();
	shim_disarm();
	return n;
}

static void try_point(struct play *p, struct point point, bool fsck)
{
	cleanup_free char *wrong = NULL, *accident = NULL;
	int status;

	runs++;
	play_rewind(p);
	wrong = play_fork(p, suffer, &point, &status);
	if (!wrong && status && !(point.fault == &memory && WTERMSIG(status) == SIGABRT))
		wrong = xasprintf("the process died of signal %d, status %d", WTERMSIG(status),
				  WEXITSTATUS(status));
	if (!wrong)
		wrong = world_between(p->w, p->before, p->after);
	if (!wrong && !play_work(p))
		wrong = xstrdup("it does not settle");
	if (!wrong)
		wrong = play_judge(p);
	if (!wrong && fsck)
		wrong = world_fsck(p->w);
	if (!wrong)
		return;
	accident = xasprintf("%s at call %u", point.fault->name, point.n);
	play_failed(p, accident, wrong);
}

static void try_fault(struct play *p, const struct shim_fault *fault, unsigned only)
{
	unsigned total = count_calls(p, fault), points = play_points(POINTS, total);

	if (only) {
		try_point(p, (struct point){ fault, only }, true);
		return;
	}
	for (unsigned i = 0; i < points; i++)
		try_point(p, (struct point){ fault, play_point(i, points, total) },
			  runs % FSCK_EVERY == 0);
}

static void play(const char *name, const char *fault, unsigned only)
{
	struct play *p = play_new(name, str_starts(name, "clash-local-"));
	cleanup_free char *store = NULL;
	unsigned before = runs;

	if (!p)
		return;
	store = xstrdup(p->w->store);
	shim_watch(p->w->dir, store);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (!fault || str_eq(faults[i].name, fault))
			try_fault(p, &faults[i], only);
	if (has_memory && (!fault || str_eq(memory.name, fault)))
		try_fault(p, &memory, only);
	shim_watch(NULL, NULL);
	play_free(p);
	printf("%-28s %4u faults\n", name, runs - before);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned part = 0, parts = 1;
	bool numbers = argc > 1 && sscanf(argv[1], "%u/%u", &part, &parts) == 2;

	world_begin();
	has_memory = shim_memory();
	if (argc > 1 && !numbers)
		play(argv[1], argc > 2 ? argv[2] : NULL, argc > 3 ? (unsigned)atoi(argv[3]) : 0);
	else
		for (unsigned i = part; i < ARRAY_SIZE(scenarios); i += parts)
			play(scenarios[i], NULL, 0);
	world_end();
	printf("%u faults, %u failures\n", runs, play_failures);
	return play_failures > 0;
}
