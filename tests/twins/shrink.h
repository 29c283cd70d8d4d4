/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/twins/program.h"

/* Plays a program in a process of its own. What is wrong, owned by the caller; NULL: all is well. */
char *shrink_play(const struct program *p);
/* Makes a program that goes wrong shorter, as long as it goes wrong in the same words. */
void shrink(struct program *p, char **wrong);
