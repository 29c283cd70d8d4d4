/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A script that changes its kind: which side changes it, which way, with which setting of files, and
 * what the other sides did meanwhile; and what is to be true when all has settled. All sides held
 * the same in "load.py" before.
 */

#include "tests/source_text.h"
#include "tests/world/world.h"

#define NB      PY "load = 1\n"
#define NB_EDIT PY "load = 2\n"
#define MOD     "load = 1\n"
#define MOD_TOO "load = 1\n\n\ndef load():\n    return 1\n"

struct kind_edit {
	enum side_id side;
	const char *text; /* of load.py; NULL: deleted */
};

#define KIND_EDITS_MAX 3
struct kind_case {
	const char *name;
	bool all;           /* files = all, or none */
	const char *before; /* on all sides; NULL: nothing */
	struct kind_edit edits[KIND_EDITS_MAX];
	size_t edit_count;
	/* What stands there in the end; NULL: nothing. */
	const char *after[SIDE_COUNT];
	/* Held in the end: a path, with a word of the reason or its sentence; NULL: nothing is. */
	const char *held, *why;
	unsigned copies; /* of conflicts, on the local side */
};

extern const struct kind_case kind_cases[];
extern const size_t kind_case_count;
