/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of scenario.h in a world. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/names.h"
#include "tests/crash/scenario.h"
#include "tests/world/clock.h"
#include "tests/world/files.h"

static bool has_side(const struct world *w, enum side_id side)
{
	return config_has_side(config_mapping(w->config, "etl"), side);
}

/* ---- acts ---- */

static char *many_path(const struct act *a, unsigned i)
{
	return xasprintf("%s%02u.py", a->path, i);
}

static char *many_text(unsigned i)
{
	return xasprintf(PY "value = %u\n", i);
}

static void act_on_many(struct world *w, const struct act *a)
{
	for (unsigned i = 0; i < a->n; i++) {
		cleanup_free char *path = many_path(a, i), *text = many_text(i);

		if (a->verb == ACT_WRITE_MANY)
			world_write(w, a->side, path, text);
		else
			world_delete(w, a->side, path);
	}
}

/* Conflict copies at the top of the local side, which is where scenarios have them. */
static unsigned each_copy(struct world *w, bool delete)
{
	char **names = files_names(w->local);
	unsigned n = 0;

	for (char **name = names; *name; name++) {
		if (!strstr(*name, ".conflict-"))
			continue;
		n++;
		if (delete)
			world_delete(w, SIDE_LOCAL, *name);
	}
	files_names_free(names);
	return n;
}

static void lock_branch(const struct world *w, bool locked)
{
	cleanup_free char *lock = xasprintf("%s/refs/heads/main.lock", w->remote);

	if (locked)
		files_write(lock, "", 0);
	else
		files_remove(lock);
}

static void commit_by_hand(struct world *w, const char *summary)
{
	struct cycle_request commit = { .full = true, .commit = true, .summary = summary };

	world_request(w, &commit);
	world_close(w);
}

static void act(struct world *w, const struct act *a)
{
	switch (a->verb) {
	case ACT_WRITE:
		world_write(w, a->side, a->path, a->text);
		break;
	case ACT_WRITE_MANY:
	case ACT_DELETE_MANY:
		act_on_many(w, a);
		break;
	case ACT_DELETE:
		world_delete(w, a->side, a->path);
		break;
	case ACT_RENAME:
		world_rename(w, a->side, a->path, a->text);
		break;
	case ACT_MKDIR:
		world_mkdir(w, a->side, a->path);
		break;
	case ACT_DELETE_COPIES:
		if (!each_copy(w, true))
			files_die("there are no conflict copies");
		break;
	case ACT_FAULT:
		world_fault(w, (enum world_fault)a->n, a->path);
		break;
	case ACT_SETTLE:
		if (!world_settle(w))
			files_die("the past does not settle");
		break;
	case ACT_PASS:
		clock_pass((int64_t)a->n * 3600 * 1000);
		break;
	case ACT_LOCK:
		lock_branch(w, a->n);
		break;
	case ACT_COMMIT:
		commit_by_hand(w, a->text);
		break;
	default:
		break;
	}
}

/* ---- expectations ---- */

static char *expect_text(struct world *w, enum side_id side, const char *path, const char *text)
{
	cleanup_free char *found = world_read(w, side, path);

	if (world_texts_alike(found, text))
		return NULL;
	return xasprintf("'%s' of the %s side is\n%s\ninstead of\n%s\n", path, side_names[side],
			 found ? found : "(none)", text ? text : "(none)");
}

static char *expect_part(struct world *w, enum side_id side, const char *path, const char *text)
{
	cleanup_free char *found = world_read(w, side, path);

	if (found && strstr(found, text))
		return NULL;
	return xasprintf("'%s' of the %s side has no '%s':\n%s\n", path, side_names[side], text,
			 found ? found : "(none)");
}

static char *expect_everywhere(struct world *w, const char *path, const char *text)
{
	char *wrong = NULL;

	for (enum side_id s = 0; s < SIDE_COUNT && !wrong; s++)
		if (has_side(w, s))
			wrong = expect_text(w, s, path, text);
	return wrong;
}

static char *expect_many(struct world *w, const struct act *a)
{
	char *wrong = NULL;

	for (unsigned i = 0; i < a->n && !wrong; i++) {
		cleanup_free char *path = many_path(a, i), *text = many_text(i);

		wrong = expect_everywhere(w, path, a->text ? text : NULL);
	}
	return wrong;
}

static char *expect_act(struct world *w, const struct act *a)
{
	unsigned n;

	switch (a->verb) {
	case EXPECT_TEXT:
		return expect_text(w, a->side, a->path, a->text);
	case EXPECT_PART:
		return expect_part(w, a->side, a->path, a->text);
	case EXPECT_EVERYWHERE:
		return expect_everywhere(w, a->path, a->text);
	case EXPECT_MANY:
		return expect_many(w, a);
	case EXPECT_COPIES:
		n = each_copy(w, false);
		return n == a->n ? NULL : xasprintf("%u conflict copies instead of %u\n", n, a->n);
	case EXPECT_HELD:
		return world_report_holds(&w->report) ? NULL : xstrdup("nothing is held\n");
	default:
		return NULL;
	}
}

char *scenario_play(struct world *w, const struct act *acts)
{
	char *wrong = NULL;

	for (; acts->verb && !wrong; acts++) {
		act(w, acts);
		wrong = expect_act(w, acts);
	}
	return wrong;
}

char *scenario_history(const struct world *w)
{
	cleanup_free char *command = xasprintf(
		"cd '%s' && git log --reverse --format='%%P %%s|' main | sed 's/^[0-9a-f]* "
		"[0-9a-f]\\{40\\}.* /merge: /; s/^[0-9a-f]* *//'",
		w->remote);
	cleanup_buf struct buf out = BUF_UNBOUNDED;
	FILE *pipe = popen(command, "re");
	char line[512];

	while (pipe && fgets(line, sizeof(line), pipe))
		buf_add(&out, line, strcspn(line, "\n"));
	if (!pipe || pclose(pipe) != 0)
		files_die("cannot read the history");
	return xstrdup(buf_str(&out));
}

char *scenario_difference(const char *what, const char *happened, const char *expected,
			  const char *found)
{
	if (str_eq(expected, found))
		return NULL;
	return xasprintf("%s\n---- without %s:\n%s---- with it:\n%s----", what, happened, expected,
			 found);
}
