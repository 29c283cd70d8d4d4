/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the hub's folder of objects holds, file by file. Only this folder includes it.
 */

#include "git/hub/internal.h"
#include "git/repack/maintain.h"

struct stock_pack {
	char name[64]; /* "pack-<hex>", without extension */
	size_t objects;
	uint64_t bytes;    /* of the pack itself */
	int64_t changed_s; /* when it was written */
};
struct stock_packs {
	struct stock_pack *items; /* owned */
	size_t count, cap;
};

/* All packs that have an index, in no particular order. free() the items. */
int stock_packs(struct hub *h, struct stock_packs *out, struct err *e);
/* One pack as a database of its own. pack->free(pack) it. */
int stock_open(git_odb_backend **out, struct hub *h, const char *name, struct err *e);
/* Removes pack and index; a missing one is fine. In an order that leaves at most a lone index, which
 * libgit2 passes over and the next hub_open() sweeps. */
int stock_remove(struct hub *h, const char *name, struct err *e);

/* Each loose object: its id, the open folder it is in, its name there. False stops. */
struct stock_loose {
	struct oid id;
	int dir;
	const char *name;
};
typedef bool (*stock_loose_fn)(void *payload, const struct stock_loose *object);
int stock_each_loose(struct hub *h, stock_loose_fn fn, void *payload, struct err *e);
