/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The temporary file has no name from the beginning (O_TMPFILE), so that no crash can leave it
 * behind; where a file system has none of those, it is unlinked as soon as it exists.
 */

#include "git/remote/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void spool_init(struct spool *s, const char *dir)
{
	*s = (struct spool){ .dir = dir, .head = BUF_INIT(SPOOL_MEMORY), .fd = -1 };
}

void spool_release(struct spool *s)
{
	if (s->map)
		munmap(s->map, s->map_len);
	if (s->fd >= 0)
		close(s->fd);
	buf_release(&s->head);
	spool_init(s, s->dir);
}

static int spool_fail(const struct spool *s, struct err *e)
{
	return err_set(e, ERR_RETRY, "cannot keep a pack in a temporary file in '%s': %s", s->dir,
		       strerror(errno));
}

static int open_file(const char *dir)
{
	cleanup_free char *name = NULL;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	name = xasprintf("%s/tmp_spool.lock", dir);
	unlink(name);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlink(name);
	return fd;
}

static int write_all(struct spool *s, const char *data, size_t len, struct err *e)
{
	while (len) {
		ssize_t n = pwrite(s->fd, data, len, (off_t)s->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return spool_fail(s, e);
		data += n;
		len -= (size_t)n;
		s->len += (uint64_t)n;
	}
	return ERR_OK;
}

static int to_file(struct spool *s, struct err *e)
{
	int r;

	s->fd = open_file(s->dir);
	if (s->fd < 0)
		return spool_fail(s, e);
	s->len = 0;
	r = write_all(s, buf_str(&s->head), s->head.len, e);
	buf_release(&s->head);
	return r;
}

int spool_add(struct spool *s, const void *data, size_t len, struct err *e)
{
	int r = ERR_OK;

	if (s->fd < 0 && buf_add(&s->head, data, len)) {
		s->len += len;
		return ERR_OK;
	}
	if (s->fd < 0)
		r = to_file(s, e);
	if (r)
		return r;
	return write_all(s, data, len, e);
}

int spool_read(struct spool *s, void *data, size_t size, size_t *got, struct err *e)
{
	uint64_t left = s->len - s->read_at;
	ssize_t n = (ssize_t)(size < left ? size : left);

	*got = 0;
	if (s->fd < 0) {
		if (n)
			memcpy(data, buf_str(&s->head) + s->read_at, (size_t)n);
	} else {
		do
			n = pread(s->fd, data, size, (off_t)s->read_at);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return spool_fail(s, e);
	}
	s->read_at += (uint64_t)n;
	*got = (size_t)n;
	return ERR_OK;
}

int spool_map(struct spool *s, const void **data, size_t *len, struct err *e)
{
	*len = (size_t)s->len;
	*data = buf_str(&s->head);
	if (s->fd < 0 || s->map) {
		*data = s->map ? s->map : *data;
		return ERR_OK;
	}
	s->map = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, s->fd, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return spool_fail(s, e);
	}
	s->map_len = *len;
	*data = s->map;
	return ERR_OK;
}
