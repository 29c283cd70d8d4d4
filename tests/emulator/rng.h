/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A small seeded generator (splitmix64): the same seed and the same requests give the same order
 * of listings and the same faults. Not for secrets.
 */

#include "base/util.h"

struct rng {
	uint64_t state;
};

static inline uint64_t rng_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static inline uint64_t rng_next(struct rng *r)
{
	r->state += 0x9e3779b97f4a7c15u;
	return rng_mix(r->state);
}

/* 0 to bound - 1; bound must not be 0. The bias of the remainder does not matter here. */
static inline uint64_t rng_below(struct rng *r, uint64_t bound)
{
	return rng_next(r) % bound;
}

/* True in percent of 100 calls. Draws nothing when the answer is certain. */
static inline bool rng_chance(struct rng *r, int64_t percent)
{
	if (percent <= 0 || percent >= 100)
		return percent >= 100;
	return (int64_t)rng_below(r, 100) < percent;
}
