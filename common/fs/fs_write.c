/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing somebody's files: write and remove, each with the version that must stand there.
 *
 * The happy path of a replacement:
 *   1. temporary file beside the target: owner and mode of the target, write, fsync, close;
 *   2. the target is still the expected version, and nobody has it open for writing;
 *   3. exchange the two names;
 *   4. what came out is still that version: unlink it;
 *   5. fsync of the directory.
 * Failure modes: the version differs in 2 (nothing was touched), or in 4 (it is put back): both are
 * ERR_CONFLICT. A kill leaves the temporary file, or the old file aside: fs_aside.c knows what to
 * do with it. Where the file system cannot exchange (NFS), 3 and 4 are a plain rename, and an edit
 * that slips in between 2 and 3 is lost: a gap of microseconds.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs_beneath.h"
#include "path/path.h"

#define ACL_XATTR     "system.posix_acl_access"
#define ACL_SIZE_MAX  4096
#define NEW_FILE_MODE 0666
#define KEPT_MODE     0777 /* of a replaced file: no setuid, setgid or sticky bit */

/* One change of one entry. */
struct change {
	const char *rel;  /* borrowed: for sentences */
	const char *name; /* borrowed: the last component of rel */
	int dfd;          /* owned: its directory */
	struct stat old;  /* what stands there, if anything is expected to */
};

static int conflict(struct err *e, const struct change *c, const char *what)
{
	return err_set(e, ERR_CONFLICT, "'%s' %s", c->rel, what);
}

/* The folder was there a moment ago: that it is gone is ERR_RETRY, not ERR_ABSENT. */
static int write_failed(struct err *e, const char *rel, int errnum)
{
	if (errnum == ENOENT)
		return err_set(e, ERR_CONFLICT,
			       "cannot write '%s': its folder was removed meanwhile", rel);
	if (errnum == ENOTDIR)
		return err_set(e, ERR_INVALID,
			       "cannot write '%s': a file stands where its folder should be", rel);
	return beneath_error(e, errnum, "write", rel);
}

/* As write_failed(), for what makes an entry of that name: the file system may have no room for it
 * (eCryptfs takes 143 bytes), or not take its characters (vfat, CIFS: EINVAL; JFS, ZFS, folders that
 * ignore case: EILSEQ). That is this path's trouble and nobody else's. */
static int name_failed(struct err *e, const char *rel, int errnum)
{
	if (errnum != ENAMETOOLONG && errnum != EILSEQ && errnum != EINVAL)
		return write_failed(e, rel, errnum);
	return err_bad_name(
		e, errnum,
		"cannot write '%s': the file system here takes no such name (%s): give it "
		"another one",
		rel, strerror(errnum));
}

/* Whether the target is the expected version and stays so while nobody opens it anew. */
static int check_target(struct change *c, const struct fs_stat *expect, struct err *e)
{
	struct fs_stat now;
	int r = fs_entry_stat(c->dfd, c->name, &c->old);

	if (r == -ENOENT && !expect)
		return 0;
	if (r == -ENOENT)
		return conflict(e, c, "was removed meanwhile");
	if (r)
		return beneath_error(e, -r, "examine", c->rel);
	if (!expect)
		return conflict(e, c, "appeared meanwhile");
	fs_stat_from(&now, &c->old);
	if (now.kind != FS_FILE || !fs_stat_same(&now, expect))
		return conflict(e, c, "was changed meanwhile");
	if (fs_has_writer(c->dfd, c->name))
		return conflict(e, c, "is being written by another program");
	return 0;
}

/* Decides about the old version, which is aside now. */
static int settle(const struct change *c, const struct fs_aside *a, struct err *e)
{
	char rescued[NAME_MAX + 1];

	switch (fs_aside_settle(a, rescued)) {
	case FS_ASIDE_GONE:
		return 0;
	case FS_ASIDE_BACK:
		return conflict(e, c, "was changed meanwhile");
	case FS_ASIDE_RESCUED:
		return err_set(
			e, ERR_CONFLICT,
			"'%s' was changed twice meanwhile; the older version is kept as '%s'",
			c->rel, rescued);
	default:
		return err_set(e, ERR_RETRY, "cannot finish '%s': its old version is still '%s'",
			       c->rel, a->name);
	}
}

/* Gives the new file the owner and group of the old one, as far as we may: whether the group is
 * right in the end. */
static bool keep_owner(int fd, const struct stat *old)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	if (st.st_uid == old->st_uid && st.st_gid == old->st_gid)
		return true;
	return fchown(fd, old->st_uid, old->st_gid) == 0 || fchown(fd, (uid_t)-1, old->st_gid) == 0;
}

/* Copies the access control list, if there is one and the file system has them. */
static void keep_acl(int fd, int old)
{
	char acl[ACL_SIZE_MAX];
	ssize_t n = fgetxattr(old, ACL_XATTR, acl, sizeof(acl));

	if (n > 0 && fsetxattr(fd, ACL_XATTR, acl, (size_t)n, 0))
		return; /* the mode stands; it is the list's mask, so nobody gained a right */
}

/* A replacement looks to others as the file that it replaces. Where we may not give it the old
 * group, our own group gets no more than what everybody has. */
static int keep_attributes(const struct fs_temp *t, const struct change *c)
{
	cleanup_fd int old = openat(c->dfd, c->name,
				    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool same_group = keep_owner(t->fd, &c->old);
	mode_t mode = c->old.st_mode & KEPT_MODE;

	if (!same_group)
		mode = (mode & ~(mode_t)S_IRWXG) | (mode & S_IRWXO) << 3;
	if (fchmod(t->fd, mode))
		return -errno;
	if (same_group && old >= 0)
		keep_acl(t->fd, old);
	return 0;
}

/* Step 1. written receives the stat of the new content before anybody can reach it. */
static int prepare(struct fs_temp *t, const struct change *c, bool replaces,
		   const struct fs_content *content, struct stat *written, struct err *e)
{
	int r = fs_temp_open(t, c->dfd, replaces ? 0600 : NEW_FILE_MODE);

	if (r == 0 && replaces)
		r = keep_attributes(t, c);
	if (r == 0 && content->fill) {
		int code = content->fill(content->payload, t->fd, e);

		if (code)
			return code;
		r = fs_temp_finish(t);
	} else if (r == 0) {
		r = fs_temp_fill(t, content->data, content->len);
	}
	if (r == 0)
		r = fs_entry_stat(c->dfd, t->name, written);
	return r ? write_failed(e, c->rel, -r) : 0;
}

/* Puts a new file in place; fails when something stands there. */
static int place_new(struct fs_temp *t, const struct change *c, struct err *e)
{
	int r;

	fs_reach(FS_POINT_CHECKED, c->rel);
	r = fs_rename_new(c->dfd, t->name, c->name);
	if (r == 0)
		t->name[0] = '\0';
	if (r == -EEXIST)
		return conflict(e, c, "appeared meanwhile");
	return r ? name_failed(e, c->rel, -r) : 0;
}

/* Steps 3 and 4 where the file system cannot exchange. */
static int place_plainly(struct fs_temp *t, const struct change *c, struct err *e)
{
	int r = fs_rename(c->dfd, t->name, c->name, 0);

	if (r)
		return write_failed(e, c->rel, -r);
	t->name[0] = '\0';
	return 0;
}

/* Steps 2 to 4. */
static int place_over(struct fs_temp *t, struct change *c, const struct fs_stat *expect,
		      const struct stat *written, struct err *e)
{
	struct fs_aside aside;
	int r;

	fs_aside_init(&aside, c->dfd, c->name, &c->old, written);
	r = fs_rename(c->dfd, t->name, aside.name, 0);
	if (r)
		return write_failed(e, c->rel, -r);
	memcpy(t->name, aside.name, sizeof(t->name));
	r = check_target(c, expect, e);
	if (r)
		return r;
	fs_reach(FS_POINT_CHECKED, c->rel);
	r = fs_rename(c->dfd, aside.name, c->name, RENAME_EXCHANGE);
	if (r == -ENOENT)
		return conflict(e, c, "was removed meanwhile");
	if (r == -EINVAL)
		return place_plainly(t, c, e);
	if (r)
		return write_failed(e, c->rel, -r);
	t->name[0] = '\0'; /* what has this name now is not ours to unlink */
	fs_reach(FS_POINT_EXCHANGED, c->rel);
	return settle(c, &aside, e);
}

/* The stat by which the caller recognises our version later. When the file was edited or replaced
 * since the rename, that is the stat from before: it will not match, and the edit will be seen. Where
 * an edit may yet leave the same stat, for a second or two, it is one that nothing matches. */
static void stat_placed(struct fs_stat *now, const struct change *c, const struct stat *written)
{
	struct stat st;

	if (fs_entry_stat(c->dfd, c->name, &st) || st.st_ino != written->st_ino ||
	    st.st_size != written->st_size || st.st_mtim.tv_sec != written->st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != written->st_mtim.tv_nsec)
		st = *written;
	fs_stat_from(now, &st);
	if (fs_tells_seconds(now->ctime_ns))
		now->ctime_ns = 0;
}

static int write_entry(struct change *c, const struct fs_content *content,
		       const struct fs_stat *expect, struct fs_stat *now, struct err *e)
{
	struct fs_temp temp = { .fd = -1 };
	struct stat written;
	int r = check_target(c, expect, e);

	if (r)
		return r;
	r = prepare(&temp, c, expect != NULL, content, &written, e);
	if (r == 0)
		r = expect ? place_over(&temp, c, expect, &written, e) : place_new(&temp, c, e);
	fs_temp_drop(&temp);
	if (r)
		return r;
	if (now)
		stat_placed(now, c, &written);
	r = fs_sync_dir(c->dfd);
	return r ? beneath_error(e, -r, "flush", c->rel) : 0;
}

int fs_write(int root, const char *rel, const struct fs_content *content,
	     const struct fs_stat *expect, struct fs_stat *now, struct err *e)
{
	struct change c = { .rel = rel, .dfd = -1 };
	int r;

	c.dfd = beneath_make_parent(root, rel, &c.name);
	if (c.dfd < 0)
		return name_failed(e, rel, -c.dfd);
	r = write_entry(&c, content, expect, now, e);
	close(c.dfd);
	return r;
}

static int remove_entry(struct change *c, const struct fs_stat *expect, struct err *e)
{
	struct fs_aside aside;
	int r = fs_entry_stat(c->dfd, c->name, &c->old);

	if (r == -ENOENT)
		return 0;
	r = check_target(c, expect, e);
	if (r)
		return r;
	fs_aside_init(&aside, c->dfd, c->name, &c->old, NULL);
	fs_reach(FS_POINT_CHECKED, c->rel);
	r = fs_rename(c->dfd, c->name, aside.name, RENAME_NOREPLACE);
	if (r == -EINVAL) /* the name is random enough without the flag */
		r = fs_rename(c->dfd, c->name, aside.name, 0);
	if (r == -ENOENT)
		return 0;
	if (r)
		return beneath_error(e, -r, "remove", c->rel);
	fs_reach(FS_POINT_EXCHANGED, c->rel);
	r = settle(c, &aside, e);
	if (r)
		return r;
	r = fs_sync_dir(c->dfd);
	return r ? beneath_error(e, -r, "flush", c->rel) : 0;
}

void fs_remove_empty_parents(int root, const char *rel)
{
	cleanup_free char *dir = path_dir(rel);

	while (*dir) {
		const char *name;
		cleanup_fd int parent = beneath_parent(root, dir, O_RDONLY, &name);
		char *slash = strrchr(dir, '/');

		step_here("remove a folder");
		if (parent >= 0 && unlinkat(parent, name, AT_REMOVEDIR) == 0)
			fs_sync_dir(parent);
		else if (parent != -ENOENT && (parent < 0 || errno != ENOENT))
			return; /* not because it is gone already */
		*(slash ? slash : dir) = '\0';
	}
}

int fs_remove(int root, const char *rel, const struct fs_stat *expect, struct err *e)
{
	struct change c = { .rel = rel, .dfd = -1 };
	int r = 0;

	c.dfd = beneath_parent(root, rel, O_RDONLY, &c.name);
	if (c.dfd < 0 && c.dfd != -ENOENT && c.dfd != -ENOTDIR)
		return beneath_error(e, -c.dfd, "remove", rel);
	if (c.dfd >= 0) {
		r = remove_entry(&c, expect, e);
		close(c.dfd);
	}
	if (r == 0)
		fs_remove_empty_parents(root, rel);
	return r;
}
