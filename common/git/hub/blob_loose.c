/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads loose objects. A blob without holding it: a zlib stream of "blob <bytes>", NUL, content. libgit2
 * does so as well, but maps the whole file, which for half a gigabyte is no less memory to whoever
 * counts.
 *
 * The stream's own check sum is verified, and the length; so is the id, by whoever reads back what
 * was written.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "fs/fs.h"
#include "git/hub/internal.h"

#define PIECE      (64 * 1024)
#define HEADER_MAX 32
#define TREE_MAX   (16 * 1024 * 1024) /* bytes */

struct loose {
	int in, out;
	z_stream z;
	char header[HEADER_MAX]; /* as far as it has come */
	size_t header_len;
	bool started;  /* the header is complete */
	uint64_t left; /* bytes of content that are still to come */
	unsigned char from[PIECE], to[PIECE];
};

static int damaged(struct err *e, const char *hex)
{
	return err_set(e, ERR_BUG, "object %s of the hub is damaged", hex);
}

/* Takes the header's bytes from the front of what was inflated; false: that is no blob. */
static bool take_header(struct loose *l, const unsigned char **data, size_t *len)
{
	while (*len && !l->started) {
		char c = (char)*(*data)++;

		(*len)--;
		if (l->header_len == HEADER_MAX)
			return false;
		l->header[l->header_len++] = c;
		l->started = c == '\0';
	}
	if (!l->started || l->left != UINT64_MAX)
		return true;
	if (!str_starts(l->header, "blob "))
		return false;
	l->left = strtoull(l->header + strlen("blob "), NULL, 10);
	return true;
}

static int take(struct loose *l, size_t len, const char *hex, struct err *e)
{
	const unsigned char *data = l->to;
	int r;

	if (!take_header(l, &data, &len) || len > l->left)
		return damaged(e, hex);
	if (l->started)
		l->left -= len;
	r = fs_add(l->out, data, len);
	return r ? err_errno(e, -r, "cannot write a file") : ERR_OK;
}

/* Inflates until the stream's end. */
static int inflate_all(struct loose *l, const char *hex, struct err *e)
{
	int state = Z_OK, r = ERR_OK;

	while (!r && state == Z_OK) {
		if (!l->z.avail_in) {
			ssize_t n = read(l->in, l->from, sizeof(l->from));

			if (n <= 0)
				return damaged(e, hex);
			l->z.next_in = l->from;
			l->z.avail_in = (unsigned)n;
		}
		l->z.next_out = l->to;
		l->z.avail_out = sizeof(l->to);
		state = inflate(&l->z, Z_NO_FLUSH);
		if (state != Z_OK && state != Z_STREAM_END)
			return damaged(e, hex);
		r = take(l, sizeof(l->to) - l->z.avail_out, hex, e);
	}
	if (!r && (!l->started || l->left))
		return damaged(e, hex);
	return r;
}

int hub_loose_copy(struct hub *h, const struct oid *id, int fd, struct err *e)
{
	cleanup_free struct loose *l = xcalloc(1, sizeof(*l));
	cleanup_free char *path = NULL;
	char hex[41];
	int r;

	oid_hex(id, hex);
	path = xasprintf("%s/objects/%.2s/%s", h->dir, hex, hex + 2);
	l->in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (l->in < 0)
		return err_set(e, errno == ENOENT ? ERR_ABSENT : ERR_BUG,
			       "cannot read object %s from the hub '%s'", hex, h->dir);
	l->out = fd;
	l->left = UINT64_MAX;
	if (inflateInit(&l->z) != Z_OK)
		abort();
	r = inflate_all(l, hex, e);
	inflateEnd(&l->z);
	close(l->in);
	return r;
}

/* ---- a tree at once, for tree_raw.c ---- */

/* libgit2's own reading of one that was cut off never ends, and its guard against that inflates each twice. */

static char *inflate_tree(z_stream *z, size_t *len)
{
	char header[HEADER_MAX] = "", *end, *data;
	size_t have;

	z->next_out = (unsigned char *)header;
	z->avail_out = sizeof(header) - 1;
	if (inflate(z, Z_SYNC_FLUSH) < Z_OK || !str_starts(header, "tree "))
		return NULL;
	have = sizeof(header) - 1 - z->avail_out;
	*len = strtoull(header + strlen("tree "), &end, 10);
	if (*end || ++end > header + have || *len > TREE_MAX ||
	    (have -= (size_t)(end - header)) > *len)
		return NULL;
	/* One byte more, so that the stream's end, with its check sum, is reached. */
	data = xmalloc(*len + 1);
	memcpy(data, end, have);
	z->next_out = (unsigned char *)data + have;
	z->avail_out = (unsigned)(*len + 1 - have);
	if (inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_out == 1)
		return data;
	free(data);
	return NULL;
}

void *hub_loose_tree(struct hub *h, const struct oid *id, size_t *len)
{
	cleanup_free unsigned char *file = NULL;
	cleanup_free char *path = NULL;
	cleanup_fd int fd = -1;
	z_stream z = { 0 };
	struct stat st;
	void *data;
	char hex[41];

	oid_hex(id, hex);
	path = xasprintf("%s/objects/%.2s/%s", h->dir, hex, hex + 2);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > TREE_MAX)
		return NULL;
	file = xmalloc((size_t)st.st_size + 1);
	if (read(fd, file, (size_t)st.st_size) != st.st_size)
		return NULL;
	z.next_in = file;
	z.avail_in = (unsigned)st.st_size;
	if (inflateInit(&z) != Z_OK)
		abort();
	data = inflate_tree(&z, len);
	inflateEnd(&z);
	return data;
}
