/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands before the loose objects of a repository and refuses those that end too early, as a bad disk
 * or a copy that was cut short leaves them: libgit2 1.5 inflates such a file for ever.
 *
 * It has no object itself. What is whole, otherwise damaged or not loose is left to libgit2, which
 * asks its packs first; so each loose object is inflated twice, and repacking keeps them few.
 */

#include <fcntl.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "git/libgit2/libgit2.h"

#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h> /* where newer versions have git_error_set_str() */
#endif

#define PIECE         (16 * 1024)
#define PACK_PRIORITY 2 /* of libgit2's packs; of equals, the first that was added is asked first */

struct guard {
	git_odb_backend parent; /* must be first: libgit2 knows only this part */
	char *objects;          /* owned; the directory */
};

/* Inflates all there is: false when the stream has its end, or is damaged in another way. */
static bool stream_is_cut(int fd)
{
	unsigned char from[PIECE], to[PIECE];
	z_stream z = { 0 };
	int state = Z_OK;

	if (inflateInit(&z) != Z_OK)
		abort();
	while (state == Z_OK) {
		if (!z.avail_in) {
			ssize_t n = read(fd, from, sizeof(from));

			if (n <= 0)
				break;
			z.next_in = from;
			z.avail_in = (unsigned)n;
		}
		z.next_out = to;
		z.avail_out = sizeof(to);
		state = inflate(&z, Z_NO_FLUSH);
	}
	inflateEnd(&z);
	return state == Z_OK;
}

static int guard_read(void **data, size_t *len, git_object_t *type, git_odb_backend *backend,
		      const git_oid *id)
{
	const struct guard *g = (const struct guard *)(const void *)backend;
	cleanup_free char *path = NULL;
	cleanup_fd int fd = -1;
	char hex[41];

	(void)data;
	(void)len;
	(void)type;
	git_oid_tostr(hex, sizeof(hex), id);
	path = xasprintf("%s/%.2s/%s", g->objects, hex, hex + 2);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || !stream_is_cut(fd))
		return GIT_PASSTHROUGH;
	git_error_set_str(GIT_ERROR_ODB, "a loose object ends too early");
	return GIT_ERROR;
}

/* The first bytes are all that libgit2 reads for that. */
static int guard_read_header(size_t *len, git_object_t *type, git_odb_backend *backend,
			     const git_oid *id)
{
	(void)len;
	(void)type;
	(void)backend;
	(void)id;
	return GIT_ENOTFOUND;
}

static void guard_free(git_odb_backend *backend)
{
	struct guard *g = (struct guard *)(void *)backend;

	free(g->objects);
	free(g);
}

int loose_guard_add(git_repository *repo)
{
	struct guard *g = xcalloc(1, sizeof(*g));
	git_odb *odb = NULL;
	int rc = git_repository_odb(&odb, repo);

	g->parent.version = GIT_ODB_BACKEND_VERSION;
	g->parent.read = guard_read;
	g->parent.read_header = guard_read_header;
	g->parent.free = guard_free;
	g->objects = xasprintf("%sobjects", git_repository_commondir(repo));
	if (!rc)
		rc = git_odb_add_backend(odb, &g->parent, PACK_PRIORITY);
	git_odb_free(odb);
	if (rc)
		guard_free(&g->parent);
	return rc;
}
