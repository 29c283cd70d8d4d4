/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs from and to files. Small ones take the way of all objects, through the slice; large ones are
 * written as loose objects piece by piece, because neither slice nor pack can be built without
 * holding them.
 *
 * libgit2 would stream into the backend of the highest priority, which is the slice; so large blobs
 * have an object database of their own over the same folder.
 */

#include <errno.h>
#include <git2/odb_backend.h>
#include <stdio.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs.h"
#include "git/hub/internal.h"

#define PIECE (128 * 1024)

static int read_failed(struct err *e, ssize_t n)
{
	if (n < 0)
		return err_errno(e, errno, "cannot read a file");
	return err_set(e, ERR_RETRY, "a file became shorter while being read");
}

/* ---- putting ---- */

static int put_small(struct hub *h, int fd, size_t len, struct oid *out, struct err *e)
{
	cleanup_free char *data = xmalloc(len + 1);
	size_t at = 0;

	while (at < len) {
		ssize_t n = pread(fd, data + at, len - at, (off_t)at);

		if (n <= 0)
			return read_failed(e, n);
		at += (size_t)n;
	}
	return hub_blob_put(h, data, len, out, e);
}

static int open_large(struct hub *h, struct err *e)
{
	cleanup_free char *objects = xasprintf("%s/objects", h->dir);
	git_odb_backend *loose = NULL;
	git_odb *odb = NULL;
	int rc;

	if (h->large)
		return ERR_OK;
	rc = git_odb_new(&odb);
	if (!rc)
		rc = git_odb_backend_loose(&loose, objects, -1, 1, 0, 0);
	if (!rc) {
		rc = git_odb_add_backend(odb, loose, 1);
		if (rc)
			loose->free(loose);
	}
	if (rc) {
		git_odb_free(odb);
		return libgit2_fail(e, rc, "cannot open the objects of the hub '%s'", h->dir);
	}
	h->large = odb;
	return ERR_OK;
}

/* The id of a file's content. A file that is known already need not be written again. */
static bool is_known(struct hub *h, int fd, struct oid *out)
{
	git_oid id;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (git_odb_hashfile(&id, path, GIT_OBJECT_BLOB))
		return false;
	*out = oid_from_git(&id);
	return hub_has(h, out);
}

static int feed(git_odb_stream *stream, int fd, uint64_t len, struct err *e)
{
	cleanup_free char *piece = xmalloc(PIECE);
	uint64_t at = 0;

	while (at < len) {
		size_t want = len - at < PIECE ? (size_t)(len - at) : PIECE;
		ssize_t n = pread(fd, piece, want, (off_t)at);
		int rc;

		if (n <= 0)
			return read_failed(e, n);
		rc = git_odb_stream_write(stream, piece, (size_t)n);
		if (rc)
			return libgit2_fail(e, rc, "cannot write to the hub");
		at += (uint64_t)n;
	}
	return ERR_OK;
}

static int put_large(struct hub *h, int fd, uint64_t len, struct oid *out, struct err *e)
{
	cleanup_free char *objects = xasprintf("%s/objects", h->dir);
	git_odb_stream *stream = NULL;
	git_oid id;
	int r, rc;

	if ((r = hub_refuse_reader(h, e)) || (r = open_large(h, e)))
		return r;
	step_here("object");
	rc = git_odb_open_wstream(&stream, h->large, (git_object_size_t)len, GIT_OBJECT_BLOB);
	if (rc)
		return libgit2_fail(e, rc, "cannot write to the hub '%s'", h->dir);
	r = feed(stream, fd, len, e);
	if (!r) {
		rc = git_odb_stream_finalize_write(&id, stream);
		if (rc)
			r = libgit2_fail(e, rc, "cannot write to the hub '%s'", h->dir);
	}
	git_odb_stream_free(stream);
	if (r)
		return r;
	*out = oid_from_git(&id);
	h->writes++;
	/* libgit2 syncs the object and its folder, but not the folder that a new folder is in. */
	return hub_dir_sync(objects, e);
}

int hub_blob_put_file(struct hub *h, int fd, uint64_t len, struct oid *out, struct err *e)
{
	if (len <= HUB_BLOB_LARGE)
		return put_small(h, fd, (size_t)len, out, e);
	return is_known(h, fd, out) ? ERR_OK : put_large(h, fd, len, out, e);
}

/* ---- getting ---- */

int hub_blob_size(struct hub *h, const struct oid *id, uint64_t *out, struct err *e)
{
	git_oid g = oid_to_git(id);
	git_object_t type;
	char hex[41];
	size_t len;
	int rc = git_odb_read_header(&len, &type, h->odb, &g);

	oid_hex(id, hex);
	if (rc)
		return libgit2_fail(e, rc, "cannot read object %s from the hub '%s'", hex, h->dir);
	if (type != GIT_OBJECT_BLOB)
		return err_set(e, ERR_INVALID, "object %s is not a file's content", hex);
	*out = len;
	return ERR_OK;
}

int hub_blob_copy(struct hub *h, const struct oid *id, int fd, struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	struct err why = ERR_INIT;
	int r = hub_loose_copy(h, id, fd, &why);

	if (r != ERR_ABSENT) {
		if (r)
			*e = why;
		return r;
	}
	r = hub_blob_get(h, id, &data, e);
	if (r)
		return r;
	r = fs_add(fd, buf_str(&data), data.len);
	return r ? err_errno(e, -r, "cannot write a file") : ERR_OK;
}
