/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 10: kill -9 at any instruction, then a restart, ends in the same state as if nothing had
 * happened. For each scenario: once without a death, which is the end to compare with and tells the
 * number of steps (base/step.h); then for the n-th step: the same start, a process that dies there,
 * another one that goes on. At the moment of the death no notebook is half written or missing
 * (promise 1), in the end no version is lost (promise 2), everything is as without the death, and
 * one more cycle has nothing to do and sends nothing. Between the two, by turns, the cache of what the
 * sides looked like is lost, torn, as old as the story or another world's, and the first listing of the
 * workspace does not show every second notebook that was in it when the story began.
 *
 *   test-crash PART/PARTS   every PARTS-th scenario, beginning with PART
 *   test-crash NAME [N]     one scenario; only its N-th step
 *
 * NBSYNC_CRASH_POINTS in the environment: how many steps of each scenario, evenly spread; "all".
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/crash/scenario.h"
#include "tests/crash/steps.h"
#include "tests/world/files.h"

#define POINTS_DEFAULT 6
#define FSCK_EVERY     8

static unsigned failures;

/* What the undisturbed run ended in. */
struct ending {
	unsigned steps;
	char **names; /* of the steps; owned */
	char *sides, *memory;
	struct world_picture *before, *after;
};

static void ending_release(struct ending *end)
{
	for (unsigned n = 0; end->names && n < end->steps; n++)
		free(end->names[n]);
	free(end->names);
	free(end->sides);
	free(end->memory);
	if (end->before)
		world_drop_picture(end->before);
	if (end->after)
		world_drop_picture(end->after);
}

/* ---- what befalls a state directory ---- */

enum fate { FATE_NONE, FATE_LOST, FATE_TORN, FATE_OLD, FATE_FOREIGN, FATES };

/* Of the same story in another world, at its end. */
static struct buf foreign_cache = BUF_UNBOUNDED;

static char *cache_of(const struct world *w)
{
	return xasprintf("%s/look.cache", w->state);
}

/* Where the one from before the story is kept. */
static char *old_cache_of(const struct world *w)
{
	return xasprintf("%s/old.cache", w->dir);
}

static void copy_cache(const char *from, const char *to, size_t part)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;

	if (!files_exist(from))
		return;
	files_read(from, &text);
	files_write(to, buf_str(&text), text.len / part);
}

static void befall_cache(const struct world *w, enum fate fate)
{
	cleanup_free char *cache = cache_of(w), *old = old_cache_of(w);

	if (fate == FATE_LOST)
		files_remove(cache);
	else if (fate == FATE_TORN)
		copy_cache(cache, cache, 2);
	else if (fate == FATE_OLD)
		copy_cache(old, cache, 1);
	else if (fate == FATE_FOREIGN && foreign_cache.len)
		files_write(cache, buf_str(&foreign_cache), foreign_cache.len);
}

/* Every second notebook that was there before the story is not listed, or is again. */
static void omit_some(const struct scenario *s, struct world *w, bool omit)
{
	for (unsigned i = 0, n = 0; s->given[i].verb; i++) {
		cleanup_free char *stem = NULL;

		if (s->given[i].verb != ACT_WRITE || n++ % 2)
			continue;
		stem = xstrndup(s->given[i].path, strcspn(s->given[i].path, "."));
		(omit ? world_fault : world_mend_one)(w, WORLD_LISTING_OMITS, stem);
	}
}

/* ---- one run ---- */

static void keep_cache(const struct world *w)
{
	cleanup_free char *cache = cache_of(w), *old = old_cache_of(w);

	copy_cache(cache, old, 1);
}

/* Which branch the configuration names. */
static void follow(struct world *w, const char *branch)
{
	struct config_mapping *m = (struct config_mapping *)(uintptr_t)config_mapping(w->config,
										      "etl");

	free(m->branch);
	m->branch = xstrdup(branch);
}

static void begin_main(struct world *w)
{
	cleanup_free char *command = xasprintf("git -C '%s' update-ref refs/heads/main old",
					       w->remote);

	if (system(command))
		files_die("%s", command);
	follow(w, "main");
}

/* The moment at which the story begins: nobody has the mapping open. */
static struct world *begin(const struct scenario *s)
{
	struct world *w = world_new(&s->options);

	if (s->from_old)
		follow(w, "old");
	if (s->given[0].verb) {
		scenario_play(w, s->given);
		if (!world_settle(w))
			files_die("%s: the past does not settle", s->name);
		world_close(w);
		keep_cache(w);
	}
	if (s->from_old)
		begin_main(w);
	scenario_play(w, s->when);
	world_note_versions(w);
	return w;
}

static const struct scenario *played;

/* People do not die, and what they did once they do not do again. */
static void on_phase(struct world *w, const char *phase)
{
	const struct scenario *s = played;
	cleanup_free char *done = xasprintf("%s/meanwhile", w->dir);

	if (!str_eq(phase, "push") || files_exist(done))
		return;
	steps_pause(true);
	scenario_play(w, s->meanwhile);
	world_note_versions(w);
	files_write(done, "", 0);
	steps_pause(false);
}

static void watch(const struct scenario *s, struct world *w)
{
	played = s;
	w->on_phase = s->meanwhile[0].verb ? on_phase : NULL;
}

/* What a process does with the mapping until there is nothing left to do. */
static bool work(const struct scenario *s, struct world *w)
{
	struct cycle_request commit = { .full = true, .commit = true, .summary = "As agreed" };
	bool settled;

	watch(s, w);
	world_reopen(w);
	settled = world_settle(w) != 0;
	while (settled && s->from_old && w->report.confirm) {
		cleanup_free char *token = xstrdup(w->report.confirm);
		struct cycle_request confirm = { .full = true, .hurry = true, .confirm = token };

		world_request(w, &confirm);
		settled = world_settle(w) != 0;
	}
	if (settled && s->commit) {
		world_request(w, &commit);
		settled = world_settle(w) != 0;
	}
	return settled;
}

/* ---- judging ---- */

static void fail(const struct scenario *s, unsigned n, const char *step, const char *what)
{
	failures++;
	if (n)
		printf("FAILED %s, killed before step %u (%s): %s\n", s->name, n, step, what);
	else
		printf("FAILED %s: %s\n", s->name, what);
}

/* What is left without the observations. Whoever lost the cache may not know under which name a
 * side had what is gone, and then keeps it in mind as seen: more than it must. */
static char *without_seen(const char *memory)
{
	cleanup_buf struct buf out = BUF_UNBOUNDED;

	while (*memory) {
		const char *end = strchr(memory, '\n');
		const char *next = end ? strchr(end + 1, '\n') : NULL; /* of the line with the id */

		if (!next)
			break;
		if (!str_starts(memory, "seen/"))
			buf_add(&out, memory, (size_t)(next + 1 - memory));
		memory = next + 1;
	}
	return xstrdup(buf_str(&out));
}

static char *judge_memory(const char *expected, const char *found, enum fate fate)
{
	cleanup_free char *most = without_seen(expected), *of = without_seen(found);
	bool whole = fate == FATE_NONE;

	return scenario_difference("the hub remembers something else", "a death",
				   whole ? expected : most, whole ? found : of);
}

static char *judge_end(const struct scenario *s, struct world *w, const struct ending *end,
		       enum fate fate)
{
	cleanup_free char *sides = world_snapshot(w), *memory = NULL, *marks = NULL;
	cleanup_free char *history = s->history ? scenario_history(w) : NULL;
	int64_t changes = world_changes(w);
	char *wrong;

	if ((wrong = scenario_difference("the sides differ", "a death", end->sides, sides)))
		return wrong;
	if ((wrong = scenario_difference("the branch has other commits", "a death", s->history,
					 history)))
		return wrong;
	memory = world_memory(w);
	if ((wrong = judge_memory(end->memory, memory, fate)))
		return wrong;
	marks = world_marks(w, true);
	world_reopen(w);
	if (!world_report_idle(world_cycle(w, true, true)) ||
	    (!s->retries && world_changes(w) != changes))
		return xstrdup("one more cycle still had something to do");
	world_close(w);
	wrong = s->retries ? NULL : world_moved(w, marks, true);
	return wrong ? wrong : world_check(w);
}

/* ---- the scenario without a death ---- */

static bool undisturbed(const struct scenario *s, struct ending *end)
{
	struct world *w = begin(s);
	cleanup_free char *wrong = NULL, *cache = NULL;

	*end = (struct ending){ .before = world_take_picture(w) };
	steps_arm(0);
	if (!work(s, w))
		wrong = xstrdup("it does not settle");
	steps_pause(true);
	end->steps = steps_count();
	end->names = xcalloc(end->steps, sizeof(*end->names));
	for (unsigned n = 0; n < end->steps; n++)
		end->names[n] = xstrdup(steps_name(n + 1));
	if (!wrong)
		wrong = scenario_play(w, s->then);
	world_close(w);
	cache = cache_of(w);
	if (files_exist(cache)) {
		buf_clear(&foreign_cache);
		files_read(cache, &foreign_cache);
	}
	end->after = world_take_picture(w);
	end->sides = world_snapshot(w);
	end->memory = world_memory(w);
	if (!wrong)
		wrong = judge_end(s, w, end, FATE_NONE);
	if (!wrong)
		wrong = world_fsck(w);
	world_free(w);
	if (wrong)
		fail(s, 0, NULL, wrong);
	return !wrong;
}

/* ---- and with one ---- */

/* Whether the child died where it should, or came to its end before. */
static bool die_at(const struct scenario *s, struct world *w, unsigned n)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		files_die("cannot fork");
	if (pid == 0) {
		steps_arm(n);
		work(s, w);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) < 0)
		files_die("cannot wait");
	return WIFEXITED(status) && (WEXITSTATUS(status) == STEPS_EXIT || WEXITSTATUS(status) == 0);
}

static enum fate fate_at(const struct scenario *s, unsigned n)
{
	return s->by_id ? FATE_NONE : (enum fate)(n % FATES);
}

/* Where people deleted something in the workspace too, a listing without the rest would show nothing at
 * all, which waits for a human. */
static bool may_omit(const struct scenario *s)
{
	for (unsigned i = 0; s->when[i].verb; i++)
		if (s->when[i].side == SIDE_WORKSPACE &&
		    (s->when[i].verb == ACT_DELETE || s->when[i].verb == ACT_DELETE_MANY))
			return false;
	return true;
}

/* What the next process finds, and what its first cycle sees. */
static void befall(const struct scenario *s, struct world *w, unsigned n)
{
	befall_cache(w, fate_at(s, n));
	if (n / FATES % 2 == 0 || !may_omit(s))
		return;
	watch(s, w);
	omit_some(s, w, true);
	world_cycle(w, true, true);
	world_close(w);
	omit_some(s, w, false);
}

static void disturbed(const struct scenario *s, const struct ending *end, unsigned n, bool fsck)
{
	struct world *w = begin(s);
	cleanup_free char *wrong = NULL;

	if (!die_at(s, w, n))
		wrong = xstrdup("the process died in another way");
	if (!wrong && !s->meanwhile[0].verb) /* which is neither before nor after */
		wrong = world_between(w, end->before, end->after);
	if (!wrong)
		befall(s, w, n);
	if (!wrong && !work(s, w))
		wrong = xstrdup("it does not settle");
	if (!wrong)
		wrong = judge_end(s, w, end, fate_at(s, n));
	if (!wrong && fsck)
		wrong = world_fsck(w);
	world_free(w);
	if (wrong)
		fail(s, n, end->names[n - 1], wrong);
}

/* Steps 1 to end->steps, or wanted of them, the first and the last included. */
static unsigned play_points(const struct scenario *s, const struct ending *end, unsigned wanted)
{
	unsigned total = end->steps, points = wanted && wanted < total ? wanted : total;
	unsigned seen = failures;

	for (unsigned i = 0; i < points; i++) {
		unsigned n = points < 2 ? 1
					: 1 + (unsigned)((uint64_t)i * (total - 1) / (points - 1));

		disturbed(s, end, n, i % FSCK_EVERY == 0 || i == points - 1);
		if (failures - seen >= 3) /* the rest says the same */
			return i + 1;
	}
	return points;
}

static void play(const struct scenario *s, unsigned wanted, unsigned only)
{
	struct ending end;
	unsigned before = failures, points = 0;

	if (s->broken) {
		printf("%-32s not played: %s\n", s->name, s->broken);
		return;
	}
	if (undisturbed(s, &end)) {
		points = only ? 1 : play_points(s, &end, wanted);
		if (only)
			disturbed(s, &end, only, true);
	}
	printf("%-32s %4u steps, %4u deaths%s\n", s->name, end.steps, points,
	       failures > before ? ", FAILED" : "");
	fflush(stdout);
	ending_release(&end);
}

/* A file that includes step.h and is not among meson's step_sources would be silent. */
static void expect_steps(void)
{
	static const char *const starts[] = {
		"create a hub",
		"create a temporary file",
		"sync a temporary file",
		"exchange two files",
		"unlink the old version",
		"sync a folder",
		"object",
		"ref refs/nbsync/agreed",
		"ref refs/nbsync/base/",
		"fetched pack",
		"pushed pack",
		"pushed reference",
		"import",
		"answered",
	};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (steps_saw(starts[i]))
			continue;
		failures++;
		printf("FAILED: no step was ever '%s'\n", starts[i]);
	}
}

static unsigned points_wanted(void)
{
	const char *text = getenv("NBSYNC_CRASH_POINTS");

	if (str_eq(text, "all"))
		return 0;
	return text ? (unsigned)strtoul(text, NULL, 10) : POINTS_DEFAULT;
}

static const struct scenario *scenario(unsigned i)
{
	if (i < edit_scenario_count)
		return &edit_scenarios[i];
	i -= (unsigned)edit_scenario_count;
	return i < name_scenario_count ? &name_scenarios[i] : NULL;
}

int main(int argc, char **argv)
{
	unsigned part = 0, parts = 1;
	const struct scenario *s;
	bool numbers = argc > 1 && sscanf(argv[1], "%u/%u", &part, &parts) == 2;

	world_begin();
	for (unsigned i = 0; (s = scenario(i)); i++) {
		if (numbers || argc < 2 ? i % parts == part : str_eq(s->name, argv[1]))
			play(s, points_wanted(), argc > 2 ? (unsigned)atoi(argv[2]) : 0);
	}
	buf_release(&foreign_cache);
	world_end();
	if (numbers)
		expect_steps();
	printf("%u failures\n", failures);
	return failures > 0;
}
