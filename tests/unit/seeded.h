/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Random numbers of a test that can be played again: xorshift, from a seed that the test sets. */

#include <stdint.h>
#include <stdlib.h>

static uint64_t rng_state; /* not 0 */

static inline unsigned random_below(unsigned n)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (unsigned)((rng_state >> 16) % n);
}

/* A number that the environment may set. */
static inline unsigned long from_env(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoul(value, NULL, 10) : otherwise;
}
