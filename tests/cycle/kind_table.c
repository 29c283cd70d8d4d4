/* SPDX-License-Identifier: Apache-2.0 */
/* The table of test-kinds.c. */

#include "tests/cycle/kind_table.h"

#define L SIDE_LOCAL
#define W SIDE_WORKSPACE
#define G SIDE_GIT

/* clang-format off */
#define EDITS(...) \
	.edits = { __VA_ARGS__ }, \
	.edit_count = sizeof((struct kind_edit[]){ __VA_ARGS__ }) / sizeof(struct kind_edit)
#define AFTER(git, workspace, local) .after = { [G] = git, [W] = workspace, [L] = local }
#define ALL(text) AFTER(text, text, text)
#define HELD(path, reason) .held = path, .why = reason

const struct kind_case kind_cases[] = {
	/* ---- files = all: a notebook becomes a module ---- */
	{ "git", true, NB, EDITS({ G, MOD }), ALL(MOD) },
	{ "workspace", true, NB, EDITS({ W, MOD }), ALL(MOD) },
	{ "local asks", true, NB, EDITS({ L, MOD }), AFTER(NB, NB, MOD),
	  HELD("load", "lost its first line") },
	{ "git and workspace alike", true, NB, EDITS({ G, MOD }, { W, MOD }), ALL(MOD) },
	{ "git and local alike", true, NB, EDITS({ G, MOD }, { L, MOD }), ALL(MOD) },
	{ "git and local differ", true, NB, EDITS({ G, MOD }, { L, MOD_TOO }), ALL(MOD), .copies = 1 },
	{ "workspace and local alike", true, NB, EDITS({ W, MOD }, { L, MOD }), ALL(MOD) },
	{ "git and workspace differ", true, NB, EDITS({ G, MOD }, { W, MOD_TOO }), ALL(MOD),
	  .copies = 1 },
	{ "all alike", true, NB, EDITS({ G, MOD }, { W, MOD }, { L, MOD }), ALL(MOD) },
	{ "git, edited in the workspace", true, NB, EDITS({ G, MOD }, { W, NB_EDIT }),
	  AFTER(MOD, NB_EDIT, NB), HELD("load", "would have one name") },
	{ "git, edited locally", true, NB, EDITS({ G, MOD }, { L, NB_EDIT }),
	  AFTER(MOD, NB, NB_EDIT), HELD("load.py", "would have one name") },
	{ "workspace, edited in git", true, NB, EDITS({ W, MOD }, { G, NB_EDIT }),
	  AFTER(NB_EDIT, MOD, NB), HELD("load", "would have one name") },
	{ "workspace, edited locally", true, NB, EDITS({ W, MOD }, { L, NB_EDIT }),
	  AFTER(NB, MOD, NB_EDIT), HELD("load.py", "would have one name") },
	{ "git, deleted in the workspace", true, NB, EDITS({ G, MOD }, { W, NULL }), ALL(MOD) },
	{ "git, deleted locally", true, NB, EDITS({ G, MOD }, { L, NULL }), ALL(MOD) },
	{ "workspace, deleted in git", true, NB, EDITS({ W, MOD }, { G, NULL }), ALL(MOD) },
	{ "local asks, edited in git", true, NB, EDITS({ L, MOD }, { G, NB_EDIT }),
	  AFTER(NB_EDIT, NB_EDIT, MOD), HELD("load", "lost its first line") },
	{ "local asks, deleted in git", true, NB, EDITS({ L, MOD }, { G, NULL }),
	  AFTER(NULL, NULL, MOD), HELD("load", "lost its first line") },

	/* ---- files = all: a module becomes a notebook ---- */
	{ "git, back", true, MOD, EDITS({ G, NB }), ALL(NB) },
	{ "workspace, back", true, MOD, EDITS({ W, NB }), ALL(NB) },
	{ "local, back", true, MOD, EDITS({ L, NB }), ALL(NB) },
	{ "all alike, back", true, MOD, EDITS({ G, NB }, { W, NB }, { L, NB }), ALL(NB) },
	{ "git, edited in the workspace, back", true, MOD, EDITS({ G, NB }, { W, MOD_TOO }),
	  AFTER(NB, MOD_TOO, MOD), HELD("load.py", "would have one name") },
	{ "git, edited locally, back", true, MOD, EDITS({ G, NB }, { L, MOD_TOO }),
	  AFTER(NB, MOD, MOD_TOO), HELD("load", "would have one name") },
	{ "workspace, edited in git, back", true, MOD, EDITS({ W, NB }, { G, MOD_TOO }),
	  AFTER(MOD_TOO, NB, MOD), HELD("load", "would have one name") },
	{ "local, edited in the workspace, back", true, MOD, EDITS({ L, NB }, { W, MOD_TOO }),
	  AFTER(MOD, MOD_TOO, NB), HELD("load.py", "would have one name") },
	{ "git, deleted in the workspace, back", true, MOD, EDITS({ G, NB }, { W, NULL }), ALL(NB) },
	{ "local, deleted in git, back", true, MOD, EDITS({ L, NB }, { G, NULL }), ALL(NB) },

	/* ---- files = none: it goes like any other, or comes like any other ---- */
	{ "git, none", false, NB, EDITS({ G, MOD }), AFTER(MOD, NULL, NULL) },
	{ "workspace, none", false, NB, EDITS({ W, MOD }), AFTER(NULL, MOD, NULL) },
	{ "local asks, none", false, NB, EDITS({ L, MOD }), AFTER(NB, NB, MOD),
	  HELD("load", "lost its first line") },
	{ "git and workspace, none", false, NB, EDITS({ G, MOD }, { W, MOD }),
	  AFTER(MOD, MOD, NULL) },
	{ "git and local, none", false, NB, EDITS({ G, MOD }, { L, MOD_TOO }),
	  AFTER(MOD, NULL, MOD_TOO) },
	{ "workspace and local, none", false, NB, EDITS({ W, MOD }, { L, MOD_TOO }),
	  AFTER(NULL, MOD, MOD_TOO) },
	{ "git, edited in the workspace, none", false, NB, EDITS({ G, MOD }, { W, NB_EDIT }),
	  AFTER(MOD, NB_EDIT, NB_EDIT), HELD("load", "not managed by this mapping") },
	{ "git, edited locally, none", false, NB, EDITS({ G, MOD }, { L, NB_EDIT }),
	  AFTER(MOD, NB_EDIT, NB_EDIT), HELD("load", "not managed by this mapping") },
	{ "local asks, deleted in git, none", false, NB, EDITS({ L, MOD }, { G, NULL }),
	  AFTER(NULL, NULL, MOD) },
	{ "all, none", false, NB, EDITS({ G, MOD }, { W, MOD }, { L, MOD }), ALL(MOD) },
	{ "git, deleted elsewhere, none", false, NB, EDITS({ G, MOD }, { W, NULL }, { L, NULL }),
	  AFTER(MOD, NULL, NULL) },
	{ "git, back, none", false, NULL, EDITS({ G, MOD }, { G, NB }), ALL(NB) },
	{ "local, back, none", false, NULL, EDITS({ L, MOD }, { L, NB }), ALL(NB) },
	{ "workspace, back, none", false, NULL, EDITS({ W, MOD }, { W, NB }), ALL(NB) },
	{ "git, back beside a script, none", false, NULL, EDITS({ L, MOD }, { G, NB }),
	  AFTER(NB, NB, MOD), HELD("load", "stands where the notebook is to be written") },
};
/* clang-format on */
const size_t kind_case_count = ARRAY_SIZE(kind_cases);
