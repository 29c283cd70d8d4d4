/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and directories are known by their inode. A content is read from the file when it is synced,
 * so nothing has to be known about how it came there. An inode that nothing is known about was
 * never synced.
 */

#include "tests/fault/power.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/world/files.h"

struct name {
	char *text; /* owned */
	ino_t ino;
	bool folder;
};

/* What the disk has of an inode. */
struct inode {
	ino_t ino;
	struct buf content; /* of a file */
	struct name *names; /* of a directory; owned */
	size_t name_count, name_cap;
};

static struct inode *inodes;
static size_t inode_count, inode_cap;
static const char *top, *survivors;
static ino_t left_out;
static enum power_loss how;

/* ---- what is on the disk ---- */

static struct inode *find(ino_t ino)
{
	for (size_t i = 0; i < inode_count; i++)
		if (inodes[i].ino == ino)
			return &inodes[i];
	return NULL;
}

static void empty(struct inode *inode)
{
	for (size_t i = 0; i < inode->name_count; i++)
		free(inode->names[i].text);
	inode->name_count = 0;
	buf_clear(&inode->content);
}

static struct inode *get(ino_t ino)
{
	struct inode *inode = find(ino);

	if (inode) {
		empty(inode);
		return inode;
	}
	inodes = array_grow(inodes, inode_count, &inode_cap, sizeof(*inodes));
	inode = &inodes[inode_count++];
	*inode = (struct inode){ .ino = ino, .content = BUF_INIT(FILES_MAX) };
	return inode;
}

static void forget(ino_t ino)
{
	struct inode *inode = find(ino);

	if (!inode)
		return;
	empty(inode);
	buf_release(&inode->content);
	free(inode->names);
	*inode = inodes[--inode_count];
}

static void keep_names(struct inode *inode, const char *dir)
{
	char **names = files_names(dir);

	for (char **name = names; *name; name++) {
		cleanup_free char *path = xasprintf("%s/%s", dir, *name);
		struct stat st;

		if (lstat(path, &st))
			files_die("cannot look at '%s'", path);
		if (st.st_ino == left_out)
			continue;
		inode->names = array_grow(inode->names, inode->name_count, &inode->name_cap,
					  sizeof(*inode->names));
		inode->names[inode->name_count++] = (struct name){ .text = xstrdup(*name),
								   .ino = st.st_ino,
								   .folder = S_ISDIR(st.st_mode) };
	}
	files_names_free(names);
}

static void keep(const char *path, bool deep)
{
	struct inode *inode;
	struct stat st;
	char **names;

	if (stat(path, &st))
		files_die("cannot look at '%s'", path);
	if (st.st_ino == left_out)
		return;
	inode = get(st.st_ino);
	if (!S_ISDIR(st.st_mode)) {
		files_read(path, &inode->content);
		return;
	}
	keep_names(inode, path);
	if (!deep)
		return;
	names = files_names(path);
	for (char **name = names; *name; name++) {
		cleanup_free char *inner = xasprintf("%s/%s", path, *name);

		keep(inner, true);
	}
	files_names_free(names);
}

void power_on(const char *dir, const char *except)
{
	struct stat st;

	if (stat(except, &st))
		files_die("cannot look at '%s'", except);
	top = dir;
	left_out = st.st_ino;
	while (inode_count)
		forget(inodes[0].ino);
	keep(dir, true);
}

void power_lose(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		files_die("cannot look at '%s'", path);
	forget(st.st_ino);
}

static void synced(int fd)
{
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", fd);

	if (fd < 0)
		keep(top, true);
	else
		keep(path, false);
}

/* A number that was used before tells nothing. */
static void created(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0)
		forget(st.st_ino);
}

/* ---- what is left ---- */

static void restore_names(const struct inode *inode, const char *to)
{
	files_mkdirs(to);
	for (size_t i = 0; inode && i < inode->name_count; i++) {
		const struct name *name = &inode->names[i];
		cleanup_free char *path = xasprintf("%s/%s", to, name->text);
		const struct inode *inner = find(name->ino);

		if (name->folder)
			restore_names(inner, path);
		else
			files_write(path, inner ? buf_str(&inner->content) : "",
				    inner ? inner->content.len : 0);
	}
}

static void tear(const char *from, const char *to, ino_t ino)
{
	cleanup_buf struct buf now = BUF_INIT(FILES_MAX);
	const struct inode *inode = find(ino);

	files_read(from, &now);
	if (!inode || inode->content.len != now.len ||
	    memcmp(buf_str(&inode->content), buf_str(&now), now.len) != 0)
		now.len = how == POWER_TEARS_DATA ? now.len / 2 : 0;
	files_write(to, buf_str(&now), now.len);
}

static void copy_torn(const char *from, const char *to)
{
	char **names = files_names(from);

	files_mkdirs(to);
	for (char **name = names; *name; name++) {
		cleanup_free char *source = xasprintf("%s/%s", from, *name);
		cleanup_free char *target = xasprintf("%s/%s", to, *name);
		struct stat st;

		if (lstat(source, &st))
			files_die("cannot look at '%s'", source);
		if (st.st_ino == left_out)
			continue;
		if (S_ISDIR(st.st_mode))
			copy_torn(source, target);
		else
			tear(source, target, st.st_ino);
	}
	files_names_free(names);
}

static void cut(void)
{
	struct stat st;

	if (stat(top, &st))
		files_die("cannot look at '%s'", top);
	if (how == POWER_LOSES_ALL)
		restore_names(find(st.st_ino), survivors);
	else
		copy_torn(top, survivors);
	_exit(POWER_EXIT);
}

const struct shim_disk *power_disk(enum power_loss loss, const char *after)
{
	static const struct shim_disk disk = { cut, synced, created };

	how = loss;
	survivors = after;
	return &disk;
}
