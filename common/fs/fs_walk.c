/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking a tree: one open and one reading of each directory, one fstatat of each entry relative to
 * its directory's descriptor, no allocation per entry. The names of all open directories lie on one
 * stack, so a tree of any size needs the memory of its largest chain of directories.
 *
 * What is missing from a walk is taken for deleted by the caller, so a directory whose entries
 * cannot be trusted to be complete (unreadable, changed while it was read, another file system
 * mounted over it, a repository of its own) is visited with a problem, never passed over.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/step.h"
#include "fs/fs_beneath.h"
#include "path/path.h"

#define READ_TRIES 3

struct walk {
	fs_visit_fn visit; /* NULL: a sweep, which only wants our temporary files */
	void *payload;
	dev_t dev;       /* of the start */
	struct buf path; /* of the entry being visited */
	struct err problem;
	struct buf names; /* stack of names, each with its NUL */
	size_t *at;       /* owned: stack of offsets into names */
	size_t count, cap;
};

/* One open directory: its names are at[first] to at[last - 1], sorted. */
struct level {
	DIR *dir; /* owned */
	size_t first, last;
	size_t names_mark; /* length of the stack below this level */
	bool has_git;
};

static bool is_dot_git(const char *name)
{
	return strcmp(name, ".git") == 0;
}

static void level_close(struct walk *w, struct level *l)
{
	w->count = l->first;
	w->names.len = l->names_mark;
	closedir(l->dir);
}

/* Puts all names of the directory on the stack. */
static int level_list(struct walk *w, struct level *l)
{
	struct dirent *d;

	w->count = l->first;
	w->names.len = l->names_mark;
	l->has_git = false;
	for (;;) {
		errno = 0;
		d = readdir(l->dir);
		if (!d)
			break;
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (is_dot_git(d->d_name))
			l->has_git = true;
		w->at = array_grow(w->at, w->count, &w->cap, sizeof(*w->at));
		w->at[w->count++] = w->names.len;
		buf_add(&w->names, d->d_name, strlen(d->d_name) + 1);
	}
	l->last = w->count;
	return -errno;
}

/* Names that begin with a dot come first, so that an ignore file is read before what it may
 * exclude. */
static int compare_names(const void *a, const void *b, void *names)
{
	const char *x = (const char *)names + *(const size_t *)a;
	const char *y = (const char *)names + *(const size_t *)b;

	if ((*x == '.') != (*y == '.'))
		return *x == '.' ? -1 : 1;
	return strcmp(x, y);
}

static bool same_version(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/*
 * Reads and sorts the names. An entry that is renamed while a directory is being read may show up
 * twice or not at all, so it is read again when its time stamp moved. Takes fd over in any case.
 */
static int level_open(struct walk *w, struct level *l, int fd)
{
	struct stat before, after;
	int r = -EAGAIN;

	*l = (struct level){ .first = w->count, .names_mark = w->names.len };
	l->dir = fdopendir(fd);
	if (!l->dir) {
		r = -errno;
		close(fd);
		return r;
	}
	for (int tries = 0; tries < READ_TRIES && r == -EAGAIN; tries++) {
		rewinddir(l->dir);
		r = fstat(fd, &before) ? -errno : level_list(w, l);
		if (r == 0 && fstat(fd, &after))
			r = -errno;
		if (r == 0 && !same_version(&before, &after))
			r = -EAGAIN;
	}
	if (r)
		level_close(w, l);
	else if (l->last > l->first)
		qsort_r(w->at + l->first, l->last - l->first, sizeof(*w->at), compare_names,
			w->names.data);
	return r;
}

static int walk_refuse(struct err *e, const char *rel, const char *why)
{
	return err_set(e, ERR_INVALID, "folder '%s' %s and is left alone", rel, why);
}

static unsigned depth_of(const char *path)
{
	unsigned depth = 1;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* Opens the directory at w->path. Returns false, with w->problem set, when it must not be entered;
 * *gone when it does not exist any more. */
static bool walk_enter(struct walk *w, struct level *l, int dfd, const char *name, bool *gone)
{
	const char *rel = buf_str(&w->path);
	int fd = -1, r = 0;

	if (depth_of(rel) > PATH_DEPTH_MAX) {
		walk_refuse(&w->problem, rel, "is too deep");
		return false;
	}
	fd = openat(dfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	r = fd < 0 ? -errno : level_open(w, l, fd);
	*gone = r == -ENOENT;
	if (r == -EAGAIN || r == -ENOTDIR || r == -ELOOP)
		err_set(&w->problem, ERR_RETRY, "folder '%s' changed while being read", rel);
	else if (r)
		beneath_error(&w->problem, -r, "read", rel);
	if (r)
		return false;
	if (!l->has_git)
		return true;
	walk_refuse(&w->problem, rel, "holds a Git repository of its own");
	level_close(w, l);
	return false;
}

static bool visit(struct walk *w, const struct fs_stat *st)
{
	return !w->visit || w->visit(w->payload, buf_str(&w->path), st, &w->problem);
}

static void walk_level(struct walk *w, struct level *l);

/* Its folder named the entry a moment ago: somebody removes it, or the file system is going away. */
static void vanished(struct walk *w)
{
	err_set(&w->problem, ERR_ABSENT, "'%s' vanished while its folder was read",
		buf_str(&w->path));
}

/* A directory that is mounted here from elsewhere, maybe from the same file system. */
static bool is_mount(int dfd, const char *name)
{
	struct statx x = { 0 };

	return statx(dfd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &x) == 0 &&
	       (x.stx_attributes_mask & x.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static void walk_dir(struct walk *w, int dfd, const char *name, const struct stat *raw,
		     const struct fs_stat *st)
{
	struct level l;
	bool gone = false, entered = false;

	if (raw->st_dev != w->dev || is_mount(dfd, name))
		walk_refuse(&w->problem, buf_str(&w->path), "is another file system");
	else if (!is_dot_git(name))
		entered = walk_enter(w, &l, dfd, name, &gone);
	if (gone)
		vanished(w);
	if (visit(w, st) && entered)
		walk_level(w, &l);
	if (entered)
		level_close(w, &l);
}

/* The entry at w->path, whose last component starts at offset name_at. */
static void walk_entry(struct walk *w, int dfd, size_t name_at)
{
	const char *name = w->path.data + name_at;
	struct fs_stat st = { .kind = FS_OTHER };
	struct stat raw;
	int r = fs_entry_stat(dfd, name, &raw);

	w->problem.code = ERR_OK;
	w->problem.text[0] = '\0';
	if (r) {
		if (r == -ENOENT)
			vanished(w);
		else
			beneath_error(&w->problem, -r, "examine", buf_str(&w->path));
		visit(w, &st);
		return;
	}
	fs_stat_from(&st, &raw);
	if (st.kind == FS_DIR)
		walk_dir(w, dfd, name, &raw, &st);
	else
		visit(w, &st);
}

/* A sweep: decides about a file of ours that a killed process has left. */
static void sweep_entry(int dfd, const char *name)
{
	char rescued[NAME_MAX + 1];
	struct fs_aside aside;
	struct stat st;

	if (fs_entry_stat(dfd, name, &st) || !S_ISREG(st.st_mode))
		return;
	step_here("sweep a temporary file");
	if (fs_temp_is_name(name))
		unlinkat(dfd, name, 0);
	else if (fs_aside_parse(&aside, dfd, name))
		fs_aside_settle(&aside, rescued);
}

static void walk_level(struct walk *w, struct level *l)
{
	size_t base = w->path.len;
	int dfd = dirfd(l->dir);

	for (size_t i = l->first; i < l->last; i++) {
		size_t name_at = base + (base > 0);

		/* The name is copied: the stack may move while deeper levels are on it. */
		if (base > 0)
			buf_add_char(&w->path, '/');
		buf_add_str(&w->path, w->names.data + w->at[i]);
		if (!str_starts(w->path.data + name_at, PATH_TEMP_PREFIX))
			walk_entry(w, dfd, name_at);
		else if (!w->visit)
			sweep_entry(dfd, w->path.data + name_at);
		w->path.len = base;
		w->path.data[base] = '\0';
	}
}

bool fs_in_nested_repo(int root, const char *rel)
{
	struct stat st;

	for (size_t n = 0; rel[n]; n++) {
		cleanup_free char *dir = NULL;
		cleanup_fd int fd = -1;

		if (rel[n] != '/')
			continue;
		dir = xstrndup(rel, n);
		fd = beneath_open(root, dir, O_PATH | O_DIRECTORY);
		if (fd >= 0 && fs_entry_stat(fd, ".git", &st) == 0)
			return true;
	}
	return false;
}

static int walk_from(struct walk *w, int root, const char *rel, struct err *e)
{
	int fd = beneath_open(root, rel, O_RDONLY | O_DIRECTORY), r;
	struct level l;
	struct stat st;

	if (fd < 0)
		return beneath_error(e, -fd, "read folder", rel);
	if (fstat(fd, &st)) {
		r = -errno;
		close(fd);
		return beneath_error(e, -r, "examine folder", rel);
	}
	w->dev = st.st_dev;
	r = level_open(w, &l, fd);
	if (r)
		return beneath_error(e, -r, "read folder", rel);
	if (*rel && l.has_git) {
		r = walk_refuse(e, rel, "holds a Git repository of its own");
	} else {
		buf_add_str(&w->path, rel);
		walk_level(w, &l);
	}
	level_close(w, &l);
	return r;
}

static int walk_run(struct walk *w, int root, const char *rel, struct err *e)
{
	int r;

	w->path = BUF_UNBOUNDED;
	w->names = BUF_UNBOUNDED;
	r = walk_from(w, root, rel, e);
	buf_release(&w->path);
	buf_release(&w->names);
	free(w->at);
	return r;
}

int fs_walk(int root, const char *rel, fs_visit_fn visit_entry, void *payload, struct err *e)
{
	struct walk w = { .visit = visit_entry, .payload = payload };

	if (fs_in_nested_repo(root, rel))
		return walk_refuse(e, rel, "is part of another Git repository");
	return walk_run(&w, root, rel, e);
}

void fs_sweep_temps(int root)
{
	struct walk w = { 0 };
	struct err ignored = ERR_INIT;

	walk_run(&w, root, "", &ignored);
}
