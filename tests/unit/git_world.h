/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A world of its own for each test of common/git: a temporary folder, in memory where that can be,
 * with a hub in it, and the git program, which is the judge of what we write. Test programs only.
 */

#include "git/hub/hub.h"

struct world {
	char *dir;     /* owned */
	char *hub_dir; /* owned: <dir>/hub.git */
	struct hub *hub;
};

/* For cmocka_run_group_tests(): git_start() and an environment in which git is deterministic and
 * reads no settings of this machine. */
int world_group_setup(void **state);
int world_group_teardown(void **state);

/* For each test; *state is the struct world. Teardown runs git fsck --strict over the hub. */
int world_setup(void **state);
int world_teardown(void **state);

bool world_has_git(void);

/* Asserts success, with the error's sentence. */
void world_ok(int r, const struct err *e);

/* Runs a shell command in the world's folder; its exit code. */
int world_try(const struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same, which must succeed. */
void world_run(const struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Its output without the last newline. Owned. */
char *world_out(const struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* git fsck --full --strict finds nothing wrong in the bare repository dir. */
void world_fsck(const struct world *w, const char *dir);

void world_reopen(struct world *w);
/* Puts every loose object into a pack, referred to or not. */
void world_pack(const struct world *w);

struct oid world_blob(struct world *w, const char *text);
/* The tree with this file put in, or taken out when text is NULL. */
struct oid world_put(struct world *w, const struct oid *tree, const char *path, const char *text);
/* "a=1 b/c=2" as a tree: names and contents. */
struct oid world_tree(struct world *w, const char *files);
/* A commit on what ref points to, if it does, with this file written (path NULL: none), and ref moved to
 * it. spec: message, committer, time; parents beside that one; the tree to begin with, when it is not
 * the one of that parent. */
struct oid world_grow(struct world *w, const char *ref, const char *path, const char *text,
		      struct commit_spec spec);
/* A commit on parent (may be NULL or zero) at second when_s. */
struct oid world_commit(struct world *w, const struct oid *tree, const struct oid *parent,
			const char *message, int64_t when_s);
/* The same with a committer of that name. */
struct oid world_commit_by(struct world *w, const char *committer, const struct oid *tree,
			   const struct oid *parent, const char *message, int64_t when_s);

/* A test in a world of its own. */
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
/* The first line of a test: skips it without the git program. */
#define NEEDS_GIT()                                         \
	do {                                                \
		if (!world_has_git()) {                     \
			print_message("no git: skipped\n"); \
			skip();                             \
		}                                           \
	} while (0)
