/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What gitignore(5) says, case by case: checked against our matcher and against the real git.
 */

#include <stdbool.h>
#include <stddef.h>

struct ignore_case {
	const char *root;   /* the ignore file of the root; NULL: none */
	const char *folder; /* a folder with an ignore file of its own; NULL: none */
	const char *nested; /* that file */
	const char *path;   /* with a '/' behind it: a folder */
	bool ignored;
};
extern const struct ignore_case ignore_cases[];
extern const size_t ignore_case_count;
