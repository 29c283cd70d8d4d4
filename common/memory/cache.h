/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the sides looked like, so that a restart need not read unchanged notebooks again. It is about
 * speed only: a cache that is missing, torn or of other settings is ignored. Format: cache.c.
 */

#include "memory/state.h"

/* All borrowed. */
struct cache {
	const char *dir; /* of the mapping's state */
	const struct config_mapping *mapping;
	struct state *state;
	struct table *plain; /* files that are no notebooks: only stat (local), raw (git) */
};

/* Fills the entries of rows that the state has, and plain. */
void cache_load(const struct cache *c);
/* Writes the cache, unless nothing changed since it was read or written, or the state has something that
 * is not durable. What fails is only logged. */
void cache_save(const struct cache *c);
