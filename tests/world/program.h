/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the random programs of tests/model and tests/twins have in common, whatever their steps are. */

#include <stdbool.h>
#include <stdint.h>

/* A random number; *state is the seed first. The same on every machine (splitmix64). */
uint64_t program_chance(uint64_t *state);

/* Plays a program in a process of its own, so that whatever happens to it is only an answer: what play
 * says is wrong, owned by the caller, or how the process ended; NULL: all is well. */
char *program_play_apart(char *(*play)(const void *program), const void *program);

/* Whether two such answers say the same, but for numbers and hashes: a shorter program that goes wrong
 * in another way is another matter. Only the first line counts, the rest tells what stands where. */
bool program_answers_alike(const char *a, const char *b);
