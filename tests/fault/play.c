/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/words.h"
#include "tests/fault/trees.h"
#include "tests/world/files.h"

unsigned play_failures;

/* ---- the story ---- */

/* At first contact all that the hub knows is new on the disk, the folders above it included. */
static const struct scenario own_scenarios[] = {
	{ .name = "first-prefer-git",
	  .options = { .config = "conflict = prefer-git\n" },
	  .when = { WRITE(L, "a.py", EDIT_1), WRITE(W, "a.py", OTHER_1), WRITE(G, "a.py", OLD) },
	  .then = { EVERYWHERE("a.py", OLD), COPIES(0) } },
};

static const struct scenario *find_scenario(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_scenarios); i++)
		if (str_eq(own_scenarios[i].name, name))
			return &own_scenarios[i];
	for (size_t i = 0; i < edit_scenario_count; i++)
		if (str_eq(edit_scenarios[i].name, name))
			return &edit_scenarios[i];
	for (size_t i = 0; i < name_scenario_count; i++)
		if (str_eq(name_scenarios[i].name, name))
			return &name_scenarios[i];
	files_die("there is no scenario '%s'", name);
}

static void begin(struct play *p)
{
	const struct scenario *s = p->scenario;

	p->w = world_new(&s->options);
	if (s->given[0].verb) {
		scenario_play(p->w, s->given);
		if (!world_settle(p->w))
			files_die("%s: the past does not settle", s->name);
		world_close(p->w);
	}
	scenario_play(p->w, s->when);
	world_note_versions(p->w);
	p->before = world_take_picture(p->w);
	tree_mirror(p->w->dir, p->start, NULL);
}

bool play_work(struct play *p)
{
	struct cycle_request commit = { .full = true, .commit = true, .summary = "As agreed" };
	unsigned n;

	world_reopen(p->w);
	n = world_settle(p->w);
	if (n && p->scenario->commit) {
		world_request(p->w, &commit);
		n = world_settle(p->w);
	}
	return n != 0;
}

void play_rewind(struct play *p)
{
	world_close(p->w);
	tree_mirror(p->start, p->w->dir, NULL);
}

struct play *play_new(const char *name, bool either)
{
	struct play *p = xcalloc(1, sizeof(*p));
	cleanup_free char *wrong = NULL;

	p->scenario = find_scenario(name);
	p->either = either;
	p->start = files_temp_dir();
	begin(p);
	if (!play_work(p))
		wrong = xstrdup("it does not settle");
	else
		wrong = scenario_play(p->w, p->scenario->then);
	world_close(p->w);
	p->sides = play_sides(p);
	p->memory = world_memory(p->w);
	p->after = world_take_picture(p->w);
	if (!wrong)
		wrong = play_judge(p);
	if (!wrong)
		return p;
	play_failed(p, "nothing", wrong);
	play_free(p);
	return NULL;
}

void play_free(struct play *p)
{
	if (p->before)
		world_drop_picture(p->before);
	if (p->after)
		world_drop_picture(p->after);
	world_free(p->w);
	files_remove(p->start);
	free(p->start);
	free(p->sides);
	free(p->memory);
	free(p);
}

/* ---- processes ---- */

static char *read_all(int fd)
{
	struct buf out = BUF_UNBOUNDED;
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&out, chunk, (size_t)n);
	if (out.len)
		return buf_steal(&out, NULL);
	buf_release(&out);
	return NULL;
}

char *play_fork(struct play *p, char *(*work)(struct play *p, void *payload), void *payload,
		int *status)
{
	char *said;
	int ends[2];
	pid_t pid;

	fflush(NULL);
	if (pipe(ends) || (pid = fork()) < 0)
		files_die("cannot fork");
	if (pid == 0) {
		close(ends[0]);
		said = work(p, payload);
		if (said && write(ends[1], said, strlen(said)) < 0)
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	said = read_all(ends[0]);
	close(ends[0]);
	if (waitpid(pid, status, 0) < 0)
		files_die("cannot wait");
	return said;
}

/* ---- judging ---- */

/* "local a.conflict-git-TIME.py" -> "local a.conflict-TIME.py" */
static void add_name(struct buf *out, const char *line, size_t len, bool without_side)
{
	cleanup_free char *name = xstrndup(line, len);
	char *dash = strstr(name, ".conflict-");
	char *time = dash ? strstr(dash, "-TIME") : NULL;

	if (without_side && time)
		buf_addf(out, "%.*s%s", (int)(dash - name) + (int)strlen(".conflict"), name, time);
	else
		buf_add_str(out, name);
}

char *play_sides(struct play *p)
{
	cleanup_free char *snapshot = world_snapshot(p->w);
	struct buf out = BUF_UNBOUNDED;
	const char *line = snapshot, *next;

	for (; *line; line = next) {
		bool content = line[0] == ' ';

		next = strchrnul(line, '\n');
		next += *next == '\n';
		if (content && !p->either)
			buf_add(&out, line, (size_t)(next - line));
		else if (!content && (next - line < 2 || next[-2] != '/'))
			add_name(&out, line, (size_t)(next - line), p->either);
	}
	buf_add_str(&out, "");
	return buf_steal(&out, NULL);
}

/*
 * What the hub remembers, but for what it last saw of files that the undisturbed run does not know:
 * who could not look before a file went, and then was restarted, does not know of it any more.
 */
static char *memory_of(struct play *p)
{
	char *memory = world_memory(p->w);
	char *to = memory, *item = memory, *next;

	for (; *item; item = next) {
		char *end = strchr(item, '\n') + 1;
		cleanup_free char *name = xstrndup(item, (size_t)(end - item));

		for (next = end; *next == ' ';)
			next = strchr(next, '\n') + 1;
		if (str_starts(name, "seen/") && !strstr(p->memory, name))
			continue;
		memmove(to, item, (size_t)(next - item));
		to += next - item;
	}
	*to = '\0';
	return memory;
}

char *play_judge(struct play *p)
{
	cleanup_free char *sides = play_sides(p), *memory = NULL, *marks = NULL;
	int64_t changes = world_changes(p->w);
	char *wrong;

	if ((wrong = scenario_difference("the sides differ", "the accident", p->sides, sides)))
		return wrong;
	memory = memory_of(p);
	if (!p->either && (wrong = scenario_difference("the hub remembers something else",
						       "the accident", p->memory, memory)))
		return wrong;
	marks = world_marks(p->w, true);
	world_reopen(p->w);
	if (!world_report_idle(world_cycle(p->w, true, true)) || world_changes(p->w) != changes)
		return xstrdup("one more cycle still had something to do");
	world_close(p->w);
	wrong = world_moved(p->w, marks, true);
	return wrong ? wrong : world_check(p->w);
}

void play_failed(const struct play *p, const char *accident, const char *what)
{
	play_failures++;
	printf("FAILED %s, %s: %s\n", p->scenario->name, accident, what);
	fflush(stdout);
}

/* ---- how much ---- */

unsigned play_points(unsigned wanted, unsigned total)
{
	const char *text = getenv("NBSYNC_FAULT_POINTS");

	if (text)
		wanted = str_eq(text, "all") ? total : (unsigned)strtoul(text, NULL, 10);
	return wanted < total ? wanted : total;
}

unsigned play_point(unsigned i, unsigned points, unsigned total)
{
	return points < 2 ? 1 : 1 + (unsigned)((uint64_t)i * (total - 1) / (points - 1));
}
