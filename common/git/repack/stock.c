/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of objects as files. libgit2 tells neither which packs there are nor when they were
 * written, and removes nothing; the layout is Git's, documented and the same for twenty years.
 */

#include "git/repack/stock.h"
#include "base/step.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An index has this many bytes around its entries, and so many for each (version 2; objects beyond
 * 2 GiB of pack need 8 more, which only makes the pack look larger). */
#define INDEX_FRAME 1072
#define INDEX_ENTRY 28

static int fail(struct err *e, struct hub *h, const char *what)
{
	return err_errno(e, errno, "cannot %s the objects of the hub '%s'", what, h->dir);
}

static DIR *open_folder(struct hub *h, const char *name)
{
	cleanup_free char *path = xasprintf("%s/objects/%s", h->dir, name);

	return hub_dir_open(AT_FDCWD, path);
}

/* ---- packs ---- */

static bool take_pack(int dir, const char *file, struct stock_pack *out)
{
	size_t len = strlen(file) - strlen(".pack");
	struct stat pack, index;
	char name[sizeof(out->name) + 8];

	*out = (struct stock_pack){ 0 };
	if (len >= sizeof(out->name))
		return false;
	memcpy(out->name, file, len);
	snprintf(name, sizeof(name), "%s.idx", out->name);
	if (fstatat(dir, file, &pack, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstatat(dir, name, &index, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	out->bytes = (uint64_t)pack.st_size;
	out->changed_s = pack.st_mtime;
	if (index.st_size > INDEX_FRAME)
		out->objects = (size_t)(index.st_size - INDEX_FRAME) / INDEX_ENTRY;
	return true;
}

int stock_packs(struct hub *h, struct stock_packs *out, struct err *e)
{
	DIR *d = open_folder(h, "pack");
	struct dirent *entry;

	*out = (struct stock_packs){ 0 };
	if (!d)
		return fail(e, h, "list");
	while ((entry = readdir(d))) {
		struct stock_pack pack;

		if (!str_starts(entry->d_name, "pack-") || !str_ends(entry->d_name, ".pack") ||
		    !take_pack(dirfd(d), entry->d_name, &pack))
			continue;
		out->items = array_grow(out->items, out->count, &out->cap, sizeof(pack));
		out->items[out->count++] = pack;
	}
	closedir(d);
	return ERR_OK;
}

int stock_open(git_odb_backend **out, struct hub *h, const char *name, struct err *e)
{
	cleanup_free char *index = xasprintf("%s/objects/pack/%s.idx", h->dir, name);
	int rc = git_odb_backend_one_pack(out, index);

	return rc ? libgit2_fail(e, rc, "cannot read pack '%s' of the hub '%s'", name, h->dir)
		  : ERR_OK;
}

int stock_remove(struct hub *h, const char *name, struct err *e)
{
	static const char *const extensions[] = { "pack", "idx" };

	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
		cleanup_free char *path = xasprintf("%s/objects/pack/%s.%s", h->dir, name,
						    extensions[i]);

		step_here("remove pack");
		if (unlink(path) < 0 && errno != ENOENT)
			return fail(e, h, "remove");
	}
	return ERR_OK;
}

/* ---- loose objects ---- */

static bool each_in(DIR *d, const char *folder, stock_loose_fn fn, void *payload)
{
	struct dirent *entry;
	bool more = true;

	while (more && (entry = readdir(d))) {
		struct stock_loose object = { .dir = dirfd(d), .name = entry->d_name };
		char hex[48];

		/* Anything else, "." and temporary files among it, is not of that length. */
		if (strlen(entry->d_name) != 2 * OID_SIZE - 2)
			continue;
		snprintf(hex, sizeof(hex), "%s%s", folder, entry->d_name);
		more = !oid_parse(&object.id, hex) || fn(payload, &object);
	}
	return more;
}

/* Which of the 256 folders are there: most hubs have few, and this is asked after each cycle. */
static int list_folders(DIR *objects, bool there[256])
{
	struct dirent *entry;

	while (errno = 0, (entry = readdir(objects)))
		if (strspn(entry->d_name, "0123456789abcdef") == 2 && !entry->d_name[2])
			there[strtoul(entry->d_name, NULL, 16)] = true;
	return errno;
}

static int each_folder(DIR *objects, const bool there[256], stock_loose_fn fn, void *payload)
{
	bool more = true;

	for (unsigned i = 0; more && i < 256; i++) {
		char folder[4];
		DIR *d;

		if (!there[i])
			continue;
		snprintf(folder, sizeof(folder), "%02x", i);
		d = hub_dir_open(dirfd(objects), folder);
		if (!d && errno != ENOENT)
			return errno;
		if (!d)
			continue;
		more = each_in(d, folder, fn, payload);
		closedir(d);
	}
	return 0;
}

int stock_each_loose(struct hub *h, stock_loose_fn fn, void *payload, struct err *e)
{
	DIR *objects = open_folder(h, ".");
	bool there[256] = { false };
	int errnum;

	if (!objects)
		return fail(e, h, "list");
	errnum = list_folders(objects, there);
	if (!errnum)
		errnum = each_folder(objects, there, fn, payload);
	closedir(objects);
	errno = errnum;
	return errnum ? fail(e, h, "list") : ERR_OK;
}
