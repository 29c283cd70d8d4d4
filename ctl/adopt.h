/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What resolve, restore and discard have in common: a version that a human chose becomes the one of a
 * notebook, or of everything below a folder, on all sides. They differ in where it comes from.
 */

#include "ctl/cli/cli.h"
#include "sync/cycle.h"

/* words: [MAPPING] PATH, ended by NULL; others are refused with usage. Returns the exit code. */
int adopt_run(const struct cli *cli, const char *usage, char *const *words, enum cycle_source from,
	      const char *what);
