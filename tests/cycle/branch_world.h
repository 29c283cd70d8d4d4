/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What tests of the branch share: other branches, another configuration, and what is asked about. */

#include <stdlib.h>
#include <string.h>

#include "tests/world/expectations.h"

static inline void run_git(struct world *w, const char *arguments)
{
	cleanup_free char *command = xasprintf("cd '%s' && git %s", w->remote, arguments);

	assert_int_equal(system(command), 0);
}

static inline bool git_says(struct world *w, const char *repository, const char *arguments)
{
	cleanup_free char *command = xasprintf("git -C '%s' %s >/dev/null 2>&1", repository,
					       arguments);

	(void)w;
	return system(command) == 0;
}

/* Somebody changes the configuration; the next cycle goes by it. */
static inline void set_key(struct world *w, char *struct_key, const char *value)
{
	char **key = (char **)(void *)struct_key;

	world_close(w);
	free(*key);
	*key = xstrdup(value);
}

static inline struct config_mapping *mapping(struct world *w)
{
	return (struct config_mapping *)(uintptr_t)config_mapping(w->config, "etl");
}

static inline void set_branch(struct world *w, const char *value)
{
	set_key(w, (char *)&mapping(w)->branch, value);
}

static inline bool git_held(const struct world *w, const char *part)
{
	const char *sentence = w->report.side[SIDE_GIT].sentence;

	return w->report.side[SIDE_GIT].held && sentence && strstr(sentence, part);
}

/* a, b, c on main, agreed everywhere; the rest of the repository on all branches. */
static inline struct world *three_notebooks(void)
{
	struct world *w = world_with(NULL);

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	assert_int_not_equal(world_settle(w), 0);
	run_git(w, "symbolic-ref HEAD refs/heads/main");
	return w;
}

/* On dev a is another one, b is not there, and there is a d. */
static inline void make_dev(struct world *w)
{
	run_git(w, "update-ref refs/heads/keep main");
	world_write(w, SIDE_GIT, "a.py", PY "dev\n");
	world_delete(w, SIDE_GIT, "b.py");
	world_write(w, SIDE_GIT, "d.py", PY "dev\n");
	run_git(w, "update-ref refs/heads/dev main");
	run_git(w, "update-ref refs/heads/main keep");
	run_git(w, "update-ref -d refs/heads/keep");
}

static inline const struct report *create(struct world *w, const char *from)
{
	struct cycle_request request = { .full = true, .hurry = true, .create_from = from };

	return world_request(w, &request);
}

static inline void confirm_what_waits(struct world *w)
{
	assert_non_null(w->report.confirm);
	assert_int_equal(confirm(w, w->report.confirm)->answer.code, ERR_OK);
	assert_false(w->report.side[SIDE_GIT].held);
}
