/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and directories of our own (state, caches, configuration) by absolute path. Nobody races us
 * for these, so there is no root to stay below and no expected version; durability is the same.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs_beneath.h"
#include "path/path.h"

/* What is synced inside a new folder is lost with it as long as its own name is not on the disk. */
static int sync_parent(const char *dir, struct err *e)
{
	cleanup_free char *parent = path_dir(dir);
	const char *path = *parent ? parent : dir[0] == '/' ? "/" : ".";
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	/* Some folders may be passed through and not be read: then nothing can be done. */
	if (fd < 0)
		return errno == EACCES ? 0 : err_errno(e, errno, "cannot open folder '%s'", path);
	r = fs_sync_dir(fd);
	return r ? err_errno(e, -r, "cannot create folder '%s'", dir) : 0;
}

static int make_one(const char *dir, mode_t mode, struct err *e)
{
	struct stat st;

	step_here("create a folder of ours");
	if (mkdir(dir, mode) == 0)
		return sync_parent(dir, e);
	if (errno != EEXIST)
		return err_errno(e, errno, "cannot create folder '%s'", dir);
	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_CONFIG, "cannot create folder '%s': a file has this name",
			       dir);
	return 0;
}

int fs_mkdirs(const char *dir, mode_t mode, struct err *e)
{
	cleanup_free char *path = xstrdup(dir);

	for (char *at = path + 1; *path && *at; at++) {
		int r;

		if (*at != '/')
			continue;
		*at = '\0';
		r = make_one(path, mode, e);
		*at = '/';
		if (r)
			return r;
	}
	return make_one(path, mode, e);
}

/* Who holds the lock, from what the holder wrote into it. */
static int lock_held(int fd, const char *path, struct err *e)
{
	char pid[16] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	if (n > 0)
		pid[strspn(pid, "0123456789")] = '\0';
	if (n <= 0 || !*pid)
		return err_set(e, ERR_RETRY, "'%s' is locked by another process", path);
	return err_set(e, ERR_RETRY, "'%s' is locked by process %s", path, pid);
}

int fs_lock(int *out, const char *dir, struct err *e)
{
	cleanup_free char *path = path_join(dir, "lock");
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(e, errno, "cannot open lock '%s'", path);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return lock_held(fd, path, e);
		return err_errno(e, errno, "cannot lock '%s'", path);
	}
	/* The number is for people; the lock holds without it. */
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%d\n", (int)getpid());
	*out = steal_fd(&fd);
	return 0;
}

int fs_load(const char *path, size_t max, struct buf *out, struct err *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return beneath_error(e, errno, "read", path);
	return fs_read_open(fd, path, max, out, NULL, e);
}

/* One line after the other from what was read; what is left is the beginning of the next. */
static int take_lines(struct buf *text, bool (*line)(void *payload, char *line), void *payload,
		      bool *more)
{
	char *at = text->data, *end = text->data + text->len, *newline;

	while (*more && (newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (memchr(at, '\0', (size_t)(newline - at)))
			return ERR_INVALID;
		*newline = '\0';
		*more = line(payload, at);
		at = newline + 1;
	}
	text->len = (size_t)(end - at);
	memmove(text->data, at, text->len);
	return text->len < FS_LINE_MAX ? ERR_OK : ERR_INVALID;
}

int fs_load_lines(const char *path, bool (*line)(void *payload, char *line), void *payload,
		  struct err *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_buf struct buf text = BUF_INIT((size_t)2 * FS_LINE_MAX);
	bool more = true;
	ssize_t n;

	if (fd < 0)
		return beneath_error(e, errno, "read", path);
	buf_reserve(&text, text.max - 1);
	while (more) {
		n = read(fd, text.data + text.len, FS_LINE_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return beneath_error(e, errno, "read", path);
		text.len += (size_t)n;
		if (n == 0 && text.len)
			return err_set(e, ERR_INVALID, "'%s' ends within a line", path);
		if (n == 0)
			break;
		if (take_lines(&text, line, payload, &more))
			return err_set(e, ERR_INVALID, "a line of '%s' is too long, or no text",
				       path);
	}
	return ERR_OK;
}

/* synced: the folder, too. */
static int store(struct fs_temp *t, const char *path, const struct fs_content *content, mode_t mode,
		 bool synced, struct err *e)
{
	int r = fs_temp_open(t, t->dfd, 0600);

	if (r == 0 && fchmod(t->fd, mode))
		r = -errno;
	if (r == 0 && content->fill) {
		step_here("write a temporary file");
		r = content->fill(content->payload, t->fd, e);
		if (r)
			return r;
		r = fs_temp_finish(t);
	} else if (r == 0) {
		r = fs_temp_fill(t, content->data, content->len);
	}
	if (r == 0)
		r = fs_rename(t->dfd, t->name, path_base(path), 0);
	if (r == 0) {
		t->name[0] = '\0';
		r = synced ? fs_sync_dir(t->dfd) : 0;
	}
	return r ? err_errno(e, -r, "cannot write '%s'", path) : 0;
}

static int store_in_folder(const char *path, const struct fs_content *content, mode_t mode,
			   bool synced, struct err *e)
{
	cleanup_free char *parent = path_dir(path);
	const char *dir = *parent ? parent : path[0] == '/' ? "/" : ".";
	cleanup_fd int dfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct fs_temp temp = { .dfd = dfd, .fd = -1 };
	int r;

	if (dfd < 0)
		return err_errno(e, errno, "cannot write '%s'", path);
	r = store(&temp, path, content, mode, synced, e);
	fs_temp_drop(&temp);
	return r;
}

int fs_store_with(const char *path, fs_fill_fn fill, void *payload, mode_t mode, struct err *e)
{
	const struct fs_content content = { .fill = fill, .payload = payload };

	return store_in_folder(path, &content, mode, true, e);
}

int fs_store(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	const struct fs_content content = { .data = data, .len = len };

	return store_in_folder(path, &content, mode, true, e);
}

int fs_store_one(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	const struct fs_content content = { .data = data, .len = len };

	return store_in_folder(path, &content, mode, false, e);
}

int fs_sync_folder(const char *dir, struct err *e)
{
	cleanup_fd int dfd = open(*dir ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dfd < 0 ? -errno : fs_sync_dir(dfd);

	return r ? err_errno(e, -r, "cannot write the folder '%s'", dir) : 0;
}

int fs_root_identity(int root, char out[static FS_IDENTITY_SIZE], struct err *e)
{
	struct statfs fs;
	struct fs_stat st;
	uint64_t id = 0;
	int r;

	r = fs_stat(root, "", &st, e);
	if (r)
		return r;
	if (fstatfs(root, &fs))
		return err_errno(e, errno, "cannot examine the file system of the directory");
	memcpy(&id, &fs.f_fsid, sizeof(id));
	snprintf(out, FS_IDENTITY_SIZE, "inode %" PRIu64 " of file system %" PRIx64, st.ino,
		 id ? id : st.dev);
	return ERR_OK;
}

char *fs_real(const char *path)
{
	cleanup_free char *head = xstrdup(path);

	for (;;) {
		cleanup_free char *real = realpath(head, NULL);
		char *slash = strrchr(head, '/');

		if (real) {
			const char *rest = path + strlen(head);

			return xasprintf("%s%s", *rest && str_eq(real, "/") ? "" : real, rest);
		}
		if (!slash || slash == head)
			return xstrdup(path);
		*slash = '\0';
	}
}

int fs_free_space(const char *dir, uint64_t *bytes, unsigned *percent, struct err *e)
{
	struct statvfs fs;

	if (statvfs(dir, &fs))
		return err_errno(e, errno, "cannot examine the file system of '%s'", dir);
	if (fs.f_blocks == 0) { /* it does not know, so it does not limit us either */
		*bytes = UINT64_MAX;
		*percent = 100;
		return 0;
	}
	*bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	*percent = (unsigned)((uint64_t)fs.f_bavail * 100 / fs.f_blocks);
	return 0;
}
