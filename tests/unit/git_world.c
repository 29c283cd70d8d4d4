/* SPDX-License-Identifier: Apache-2.0 */
/* Asserting helpers around a temporary hub and the git program. */

#include "git_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/libgit2/start.h"
#include "tests/temp_dir.h"

static void set_environment(void)
{
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_AUTHOR_NAME", "Ana", 1);
	setenv("GIT_AUTHOR_EMAIL", "ana@acme.example", 1);
	setenv("GIT_COMMITTER_NAME", "Ana", 1);
	setenv("GIT_COMMITTER_EMAIL", "ana@acme.example", 1);
}

int world_group_setup(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	if (git_start(&e)) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	set_environment();
	return 0;
}

int world_group_teardown(void **state)
{
	(void)state;
	git_stop();
	return 0;
}

bool world_has_git(void)
{
	static int status = -1;

	if (status < 0)
		status = system("git --version >/dev/null 2>&1");
	return status == 0;
}

void world_ok(int r, const struct err *e)
{
	if (r)
		fail_msg("%s: %s", err_name(r), e->text);
}

int world_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e = ERR_INIT;

	w->dir = temp_dir_new();
	assert_non_null(w->dir);
	w->hub_dir = xasprintf("%s/hub.git", w->dir);
	world_ok(hub_open(&w->hub, w->hub_dir, &e), &e);
	*state = w;
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;

	hub_free(w->hub);
	if (world_has_git())
		world_fsck(w, w->hub_dir);
	assert_int_equal(temp_dir_remove(w->dir), 0);
	free(w->dir);
	free(w->hub_dir);
	free(w);
	return 0;
}

void world_pack(const struct world *w)
{
	world_run(w, "find hub.git/objects/?? -type f | sed 's|.*/\\(..\\)/|\\1|' | "
		     "git -C hub.git pack-objects -q objects/pack/pack >/dev/null && "
		     "git -C hub.git prune-packed -q");
}

void world_reopen(struct world *w)
{
	struct err e = ERR_INIT;

	hub_free(w->hub);
	w->hub = NULL;
	world_ok(hub_open(&w->hub, w->hub_dir, &e), &e);
}

/* ---- the shell ---- */

static char *PRINTF_LIKE(2, 0) command_line(const struct world *w, const char *fmt, va_list ap)
{
	cleanup_free char *command = xvasprintf(fmt, ap);

	return xasprintf("cd '%s' && (%s) 2>>'%s/stderr'", w->dir, command, w->dir);
}

int world_try(const struct world *w, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	line = command_line(w, fmt, ap);
	va_end(ap);
	return system(line);
}

void world_run(const struct world *w, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	line = command_line(w, fmt, ap);
	va_end(ap);
	if (system(line) != 0)
		fail_msg("failed: %s", line);
}

char *world_out(const struct world *w, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	char *out = xcalloc(1, 64 * 1024);
	size_t len;
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	line = command_line(w, fmt, ap);
	va_end(ap);
	f = popen(line, "re");
	assert_non_null(f);
	len = fread(out, 1, 64 * 1024 - 1, f);
	if (pclose(f) != 0)
		fail_msg("failed: %s", line);
	while (len && out[len - 1] == '\n')
		out[--len] = '\0';
	return out;
}

/* HEAD may point to a branch that nobody made; everything else that git mentions is a fault. */
void world_fsck(const struct world *w, const char *dir)
{
	cleanup_free char *out = world_out(
		w, "git -C '%s' fsck --full --strict --no-dangling 2>&1; echo \"exit $?\"", dir);
	static const char notices[] = "notice: HEAD points to an unborn branch (main)\n"
				      "notice: No default references\n";
	const char *text = out;

	if (str_starts(text, notices))
		text += strlen(notices);
	else if (str_starts(text, "notice: HEAD points to an unborn branch (main)\n"))
		text = strchr(text, '\n') + 1;
	assert_string_equal(text, "exit 0");
}

/* ---- objects ---- */

struct oid world_blob(struct world *w, const char *text)
{
	struct err e = ERR_INIT;
	struct oid id;

	world_ok(hub_blob_put(w->hub, text, strlen(text), &id, &e), &e);
	return id;
}

struct oid world_put(struct world *w, const struct oid *tree, const char *path, const char *text)
{
	static const struct oid zero;
	struct tree_change change = { .path = path };
	struct err e = ERR_INIT;
	struct oid out;

	if (text)
		change.id = world_blob(w, text);
	world_ok(hub_tree_update(w->hub, tree ? tree : &zero, &change, 1, &out, &e), &e);
	return out;
}

struct oid world_commit_by(struct world *w, const char *committer, const struct oid *tree,
			   const struct oid *parent, const char *message, int64_t when_s)
{
	struct commit_spec spec = {
		.tree = *tree,
		.parents = parent,
		.parent_count = parent && !oid_is_zero(parent) ? 1 : 0,
		.message = message,
		.committer_name = committer,
		.committer_email = "nbsync@acme.example",
		.when_s = when_s,
	};
	struct err e = ERR_INIT;
	struct oid id;

	world_ok(hub_commit(w->hub, &spec, &id, &e), &e);
	return id;
}

struct oid world_commit(struct world *w, const struct oid *tree, const struct oid *parent,
			const char *message, int64_t when_s)
{
	return world_commit_by(w, "nbsync", tree, parent, message, when_s);
}

struct oid world_tree(struct world *w, const char *files)
{
	cleanup_free char *text = xstrdup(files);
	struct oid tree = { 0 };
	char *rest = text, *word;

	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');

		if (!equals)
			continue;
		*equals = '\0';
		tree = world_put(w, &tree, word, equals + 1);
	}
	return tree;
}

struct oid world_grow(struct world *w, const char *ref, const char *path, const char *text,
		      struct commit_spec spec)
{
	struct oid parents[2], id;
	struct err e = ERR_INIT;
	size_t n = 0;

	if (hub_ref_get(w->hub, ref, &parents[n], &e) == ERR_OK) {
		if (oid_is_zero(&spec.tree))
			world_ok(hub_commit_tree(w->hub, &parents[n], &spec.tree, &e), &e);
		n++;
	}
	for (size_t i = 0; i < spec.parent_count; i++)
		parents[n++] = spec.parents[i];
	spec.parents = parents;
	spec.parent_count = n;
	if (path)
		spec.tree = world_put(w, &spec.tree, path, text);
	world_ok(hub_commit(w->hub, &spec, &id, &e), &e);
	world_ok(hub_ref_set(w->hub, ref, &id, NULL, "test", &e), &e);
	return id;
}
