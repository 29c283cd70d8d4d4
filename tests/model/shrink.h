/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Finding the shortest program that still goes wrong. */

#include "tests/model/steps.h"

/* Plays a program in a process of its own, so that whatever happens to it is only an answer. NULL, or
 * what is wrong, owned by the caller. */
char *shrink_play(const struct program *p);

/* Takes steps away as long as something is still wrong; *wrong, owned by the caller, says what, and
 * is replaced. */
void shrink(struct program *p, char **wrong);
