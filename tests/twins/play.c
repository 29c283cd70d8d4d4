/* SPDX-License-Identifier: Apache-2.0 */
/* Playing a program of two machines: people as they come, also in the middle of a cycle, and the cycles
 * of one machine in the middle of the other's. */

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/twins/twins.h"
#include "tests/world/clock.h"
#include "tests/world/files.h"
#include "tests/world/world_internal.h"

#define MINUTE_MS   60000
#define MAX_WAIT_MS 400000 /* after which nobody waits for anybody any more */
#define TRIES       24     /* rounds until nothing is left to do */
#define CONFIG      "commit_quiet = 30s\ncommit_max_wait = 300s\nconflict = "

static void run_step(struct twins *t, const struct step *s);

/* ---- in the middle of a cycle ---- */

/* Whether it may be done now: a machine has one cycle at a time, and only one is within another. */
static bool is_possible(const struct twins *t, const struct step *s)
{
	return s->verb <= VERB_DELETE || (!t->nested && t->machines[s->machine] != t->running);
}

static void do_now(struct twins *t, size_t i)
{
	const struct step *s = t->waiting[i];
	const struct world *outer = t->running;

	t->waiting[i] = NULL;
	if (s->verb <= VERB_DELETE) {
		twins_do(t, s);
		return;
	}
	t->nested = true;
	run_step(t, s);
	t->nested = false;
	t->running = outer;
}

static void on_phase(struct world *w, const char *name)
{
	struct twins *t = w->payload;
	enum phase phase = PHASE_RECORD;

	while (phase < PHASE_REQUEST && !str_eq(phase_names[phase], name))
		phase++;
	if (phase == PHASE_REQUEST)
		return;
	if (t->dies == phase)
		_exit(0);
	for (size_t i = 0; i < t->waiting_count && !t->dies; i++)
		if (t->waiting[i] && t->waiting[i]->during == phase &&
		    is_possible(t, t->waiting[i]))
			do_now(t, i);
}

/* One of them between two requests. Not between a last look and its own request: that one round trip is
 * nobody's. */
static void on_request(void *payload, const char *verb, const char *path)
{
	struct twins *t = payload;

	(void)path;
	if (t->dies == PHASE_REQUEST)
		_exit(0);
	if (str_eq(verb, "import") || str_eq(verb, "delete"))
		return;
	for (size_t i = 0; i < t->waiting_count && !t->dies; i++) {
		if (!t->waiting[i] || t->waiting[i]->during != PHASE_REQUEST ||
		    !is_possible(t, t->waiting[i]))
			continue;
		do_now(t, i);
		return;
	}
}

/* What no cycle came for. */
static void do_waiting(struct twins *t)
{
	for (size_t i = 0; i < t->waiting_count; i++) {
		const struct step *s = t->waiting[i];

		if (!s)
			continue;
		t->waiting[i] = NULL;
		if (s->verb <= VERB_DELETE)
			twins_do(t, s);
		else
			run_step(t, s);
	}
	t->waiting_count = 0;
}

/* ---- cycles ---- */

static bool is_disturbed(const struct twins *t)
{
	for (size_t i = 0; i < t->waiting_count; i++)
		if (t->waiting[i])
			return true;
	return t->nested;
}

static void cycle(struct twins *t, struct world *w, const struct cycle_request *request)
{
	/* It will see all that stands there now. */
	if (request->full && !is_disturbed(t))
		world_note_versions(w);
	t->running = w;
	world_request(w, request);
	t->running = NULL;
	if (!t->nested)
		do_waiting(t);
}

static void forget_hints(struct twins *t, unsigned machine)
{
	while (t->hint_count[machine])
		free(t->hints[machine][--t->hint_count[machine]]);
}

/* New hints may come while it runs. */
static void run_hinted(struct twins *t, unsigned machine)
{
	char **hints = t->hints[machine];
	size_t count = t->hint_count[machine];
	struct cycle_request request = { .hints = (const char *const *)hints, .hint_count = count };

	t->hints[machine] = NULL;
	t->hint_count[machine] = t->hint_cap[machine] = 0;
	cycle(t, t->machines[machine], &request);
	for (size_t i = 0; i < count; i++)
		free(hints[i]);
	free(hints);
}

/* In a process that shares nothing with this one but the files. */
static void run_and_die(struct twins *t, const struct step *s)
{
	struct world *w = t->machines[s->machine];
	int status;
	pid_t pid;

	world_close(w);
	world_remote_close(w);
	pid = fork();
	if (pid < 0)
		files_die("cannot fork");
	if (pid == 0) {
		t->dies = (enum phase)s->during;
		world_cycle(w, true, false);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		twins_wrong(t, "a cycle that was to be killed ended with status %d", status);
}

/* ---- until nothing is left to do ---- */

static bool is_calm(const struct world *w)
{
	return world_report_idle(&w->report) && !w->report.waiting.paths &&
	       !cycle_unsettled(w->cycle) && !w->report.confirm;
}

/* Somebody says yes to whatever asks. */
static void come_to_rest(struct twins *t)
{
	unsigned calm = 0;

	for (unsigned i = 0; calm < 2 && i < TRIES && !t->wrong; i++) {
		calm++;
		for (unsigned m = 0; m < MACHINES; m++) {
			struct world *w = t->machines[m];
			cleanup_free char *token = xstrdup(w->report.confirm);

			cycle(t, w, &(struct cycle_request){ .full = true, .confirm = token });
			if (!is_calm(w))
				calm = 0;
		}
		clock_pass(MAX_WAIT_MS);
	}
	if (calm < 2)
		twins_wrong(t, "it does not come to rest");
}

static void settle(struct twins *t)
{
	do_waiting(t);
	for (unsigned m = 0; m < MACHINES; m++)
		forget_hints(t, m);
	come_to_rest(t);
	if (!t->wrong)
		twins_judge(t);
}

/* ---- steps ---- */

static void run_step(struct twins *t, const struct step *s)
{
	struct world *w = t->machines[s->machine];
	struct cycle_request full = { .full = true, .commit = s->verb == VERB_COMMIT };

	if (s->verb == VERB_HINTED) {
		run_hinted(t, s->machine);
	} else if (s->verb == VERB_FULL || s->verb == VERB_COMMIT) {
		forget_hints(t, s->machine);
		cycle(t, w, &full);
	} else if (s->verb == VERB_KILL) {
		run_and_die(t, s);
	} else if (s->verb == VERB_REOPEN) {
		world_reopen(w);
	} else if (s->verb == VERB_PASS) {
		clock_pass(s->cell ? MAX_WAIT_MS : MINUTE_MS);
	} else {
		settle(t);
	}
}

static void play_step(struct twins *t, const struct step *s)
{
	if (s->during && s->verb != VERB_KILL)
		t->waiting[t->waiting_count++] = s;
	else if (s->verb <= VERB_DELETE)
		twins_do(t, s);
	else
		run_step(t, s);
}

static void open_twins(struct twins *t, const struct program *p)
{
	cleanup_free char *config = xasprintf(CONFIG "%s\n", p->conflict);
	const struct world_options options = { .config = config };

	t->program = p;
	t->machines[0] = world_new(&options);
	t->machines[1] = world_join(t->machines[0], &options);
	for (unsigned m = 0; m < MACHINES; m++) {
		t->machines[m]->payload = t;
		t->machines[m]->on_phase = on_phase;
	}
	t->waiting = xcalloc(p->count + 1, sizeof(*t->waiting));
	world_on_request(on_request, t);
}

static void close_twins(struct twins *t)
{
	world_on_request(NULL, NULL);
	for (unsigned m = MACHINES; m--;) {
		forget_hints(t, m);
		free(t->hints[m]);
		world_free(t->machines[m]);
	}
	for (unsigned lane = 0; lane < LANES; lane++)
		lane_release(&t->lanes[lane]);
	free(t->waiting);
	free(t);
}

char *twins_play(const struct program *p)
{
	struct twins *t = xcalloc(1, sizeof(*t));
	char *wrong;

	open_twins(t, p);
	twins_begin(t);
	settle(t);
	for (size_t i = 0; i < p->count && !t->wrong; i++)
		play_step(t, &p->steps[i]);
	if (!t->wrong)
		settle(t);
	if (!t->wrong)
		twins_judge_end(t);
	wrong = steal(&t->wrong);
	close_twins(t);
	return wrong;
}
