/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much there is on disk, without opening any of it: what a repack is decided by.
 */

#include "git/repack/maintain.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "git/repack/stock.h"

static bool count_loose(void *payload, const struct stock_loose *object)
{
	struct hub_usage *u = payload;
	struct stat st;

	if (fstatat(object->dir, object->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size <= HUB_PACKED_MAX) {
		u->loose++;
		u->loose_bytes += (uint64_t)st.st_size;
	}
	return true;
}

int hub_usage(struct hub *h, struct hub_usage *out, struct err *e)
{
	struct stock_packs packs;
	size_t objects = 0;
	int r;

	*out = (struct hub_usage){ 0 };
	r = stock_packs(h, &packs, e);
	if (r)
		return r;
	for (size_t i = 0; i < packs.count; i++)
		objects += packs.items[i].objects;
	for (size_t i = 0; i < packs.count; i++) {
		out->packs += packs.items[i].objects <= repack_limit(objects) / 2;
		out->pack_bytes += packs.items[i].bytes;
	}
	free(packs.items);
	return stock_each_loose(h, count_loose, out, e);
}

uint64_t hub_writes(const struct hub *h)
{
	return h->writes;
}
