/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub as a directory. It appears complete or not at all: it is built beside its place and
 * renamed there. On opening, its shape is checked (it must be a plain bare repository of ours, so
 * that no alternates, links, includes or extensions lead anywhere else), and what a killed process
 * left behind is swept.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"
#include "git/hub/internal.h"

#define cleanup_dir __attribute__((cleanup(dir_close)))

static void dir_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

DIR *hub_dir_open(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d;

	if (fd < 0)
		return NULL;
	d = fdopendir(fd);
	if (!d)
		close(fd);
	return d;
}

static bool is_dots(const char *name)
{
	return str_eq(name, ".") || str_eq(name, "..");
}

/* Never ERR_ABSENT, which callers take for "this notebook was deleted": a missing folder of the hub
 * is ERR_CONFIG. */
static int fail(struct err *e, const char *what, const char *path)
{
	int errnum = errno;
	int r = err_errno(e, errnum, "%s '%s'", what, path);

	if (r != ERR_ABSENT)
		return r;
	return err_set(e, ERR_CONFIG, "%s '%s': %s", what, path, strerror(errnum));
}

int hub_dir_sync(const char *path, struct err *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? fail(e, "cannot write to disk", path) : ERR_OK;
}

/* ---- creating ---- */

/* rm -r, never following links. */
static bool remove_tree(int at, const char *name)
{
	cleanup_dir DIR *d = hub_dir_open(at, name);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		if (is_dots(entry->d_name))
			continue;
		step_here("remove an unfinished hub");
		if (unlinkat(dirfd(d), entry->d_name, 0) < 0 &&
		    !remove_tree(dirfd(d), entry->d_name))
			return false;
	}
	return unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

static int init_repository(const char *path, struct err *e)
{
	git_repository_init_options options;
	git_repository *repo = NULL;
	git_config *config = NULL;
	int rc;

	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_NO_REINIT;
	options.initial_head = "main";
	rc = git_repository_init_ext(&repo, path, &options);
	if (!rc)
		rc = git_repository_config(&config, repo);
	/* The chains under refs/nbsync are the history; reflogs would only grow beside them. */
	if (!rc)
		rc = git_config_set_bool(config, "core.logAllRefUpdates", 0);
	/* libgit2 takes this for the size from which an object is not worth a search for deltas. That
	 * search is two thirds of the time of a flush, and finds little among new notebooks. */
	if (!rc)
		rc = git_config_set_int64(config, "pack.deltaCacheSize", 1);
	git_config_free(config);
	git_repository_free(repo);
	return rc ? libgit2_fail(e, rc, "cannot create the hub '%s'", path) : ERR_OK;
}

/* A new repository is some thirty small files: one call puts them all on disk. */
static int sync_all(const char *path, struct err *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || syncfs(fd) < 0 ? fail(e, "cannot write to disk", path) : ERR_OK;
}

static int sync_parent(const char *path, struct err *e)
{
	cleanup_free char *parent = xstrdup(path);
	char *slash = strrchr(parent, '/');

	if (slash == parent)
		slash++;
	*slash = '\0';
	return hub_dir_sync(parent, e);
}

static int create(const char *dir, struct err *e)
{
	cleanup_free char *fresh = xasprintf("%s.new", dir);
	int r;

	if (!remove_tree(AT_FDCWD, fresh))
		return fail(e, "cannot remove the unfinished hub", fresh);
	step_here("create a hub");
	if (mkdir(fresh, 0700) < 0)
		return fail(e, "cannot create the hub", dir);
	if ((r = init_repository(fresh, e)) || (r = sync_all(fresh, e)))
		return r;
	step_here("put a hub in place");
	/* Replaces an empty directory, fails on any other. */
	if (rename(fresh, dir) < 0)
		return fail(e, "cannot create the hub", dir);
	return sync_parent(dir, e);
}

/* ---- checking ---- */

static int refuse(struct err *e, const char *dir, const char *why)
{
	return err_set(
		e, ERR_BUG,
		"'%s' is not a hub of nbsyncd (%s): restore it from a backup, or move it away "
		"to start with a new one",
		dir, why);
}

struct expected {
	const char *name;
	mode_t type; /* S_IFDIR, S_IFREG; 0: must not exist, unless as an empty file */
	const char *why;
};

static const struct expected shape[] = {
	{ "HEAD", S_IFREG, "no file HEAD" },
	{ "config", S_IFREG, "no file config" },
	{ "objects", S_IFDIR, "no folder objects" },
	{ "objects/pack", S_IFDIR, "no folder objects/pack" },
	{ "refs", S_IFDIR, "no folder refs" },
	{ "objects/info/alternates", 0, "it borrows objects: objects/info/alternates" },
	{ "objects/info/http-alternates", 0, "it borrows objects: objects/info/http-alternates" },
	{ "commondir", 0, "it is a part of another repository: commondir" },
	{ "gitdir", 0, "it is a part of another repository: gitdir" },
	{ ".git", 0, "it has a working tree: .git" },
	/* libgit2 1.7 and later writes an empty one during each fetch, and then removes it. */
	{ "shallow", 0, "its history is cut: shallow" },
	{ "info/grafts", 0, "its history is rewritten: info/grafts" },
};

static int check_shape(const char *dir, struct err *e)
{
	cleanup_dir DIR *d = hub_dir_open(AT_FDCWD, dir);
	struct stat st;

	if (!d)
		return refuse(e, dir, "not a folder, or a symbolic link");
	if (fstat(dirfd(d), &st) < 0)
		return fail(e, "cannot look at the hub", dir);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, ERR_CONFIG,
			       "the hub '%s' can be written by others: chown it to the user that "
			       "nbsyncd runs as, and chmod it to 0700",
			       dir);
	for (size_t i = 0; i < ARRAY_SIZE(shape); i++) {
		bool there = fstatat(dirfd(d), shape[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		bool empty = there && S_ISREG(st.st_mode) && st.st_size == 0;

		if (shape[i].type ? !there || (st.st_mode & S_IFMT) != shape[i].type
				  : there && !empty)
			return refuse(e, dir, shape[i].why);
	}
	return ERR_OK;
}

static int check_setting(const git_config_entry *entry, void *payload)
{
	const char **bad = payload;
	const char *name = entry->name; /* libgit2 has lower-cased section and key */

	if (str_starts(name, "extensions.") || str_starts(name, "include.") ||
	    str_starts(name, "includeif.") || str_eq(name, "core.worktree"))
		*bad = "its config has extensions, includes or a working tree";
	else if (str_eq(name, "core.bare") && !str_eq(entry->value, "true"))
		*bad = "its config says that it is not bare";
	else if (str_eq(name, "core.repositoryformatversion") && !str_eq(entry->value, "0"))
		*bad = "its config asks for a newer repository format";
	return 0;
}

static int check_config(const char *dir, struct err *e)
{
	cleanup_free char *path = xasprintf("%s/config", dir);
	git_config *config = NULL;
	const char *bad = NULL;
	int rc;

	rc = git_config_open_ondisk(&config, path);
	if (!rc)
		rc = git_config_foreach(config, check_setting, &bad);
	git_config_free(config);
	if (rc)
		return libgit2_fail(e, rc, "the hub's file '%s' cannot be read", path);
	return bad ? refuse(e, dir, bad) : ERR_OK;
}

/* ---- sweeping ---- */

typedef bool (*is_waste_fn)(const char *name);

static bool is_lock(const char *name)
{
	return str_ends(name, ".lock");
}

/* libgit2's names for objects and packs that are not yet in their place. */
static bool is_unfinished(const char *name)
{
	return str_starts(name, "tmp_object") || str_starts(name, "pack_git2_") || is_lock(name);
}

static void sweep(int at, const char *name, is_waste_fn is_waste, bool deep)
{
	cleanup_dir DIR *d = hub_dir_open(at, name);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		if (is_dots(entry->d_name))
			continue;
		if (entry->d_type != DT_DIR && is_waste(entry->d_name)) {
			step_here("sweep a hub");
			unlinkat(dirfd(d), entry->d_name, 0);
		} else if (deep && entry->d_type == DT_DIR) {
			sweep(dirfd(d), entry->d_name, is_waste, deep);
		}
	}
}

/* An index without its pack: the pack did not come yet, or has just been removed. */
static void sweep_lone_indexes(int at)
{
	cleanup_dir DIR *d = hub_dir_open(at, "objects/pack");
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		size_t len = strlen(entry->d_name);
		cleanup_free char *pack = NULL;

		if (!str_ends(entry->d_name, ".idx"))
			continue;
		pack = xasprintf("%.*s.pack", (int)(len - strlen(".idx")), entry->d_name);
		if (faccessat(dirfd(d), pack, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
			continue;
		step_here("sweep a hub");
		unlinkat(dirfd(d), entry->d_name, 0);
	}
}

/*
 * The hub is private, and its only user is the process that holds the mapping's flock, which is
 * this one. So every lock in it was left by a process that was killed, and would block its
 * reference for ever. A failure is ignored: whoever meets the lock then reports it.
 */
static void sweep_leftovers(const char *dir)
{
	cleanup_dir DIR *d = hub_dir_open(AT_FDCWD, dir);

	if (!d)
		return;
	sweep(dirfd(d), ".", is_lock, false);
	sweep(dirfd(d), "refs", is_lock, true);
	sweep(dirfd(d), "objects", is_unfinished, false);
	sweep(dirfd(d), "objects/pack", is_unfinished, false);
	sweep_lone_indexes(dirfd(d));
}

/* ---- the whole ---- */

static bool is_missing_or_empty(const char *dir)
{
	cleanup_dir DIR *d = hub_dir_open(AT_FDCWD, dir);
	struct dirent *entry;

	if (!d)
		return errno == ENOENT;
	while ((entry = readdir(d)))
		if (!is_dots(entry->d_name))
			return false;
	return true;
}

int hub_dir_check(const char *dir, struct err *e)
{
	struct stat st;
	int r;

	if (is_missing_or_empty(dir))
		return err_set(e, ERR_ABSENT, "there is no hub '%s' yet", dir);
	if (stat(dir, &st) == 0 && st.st_uid != geteuid())
		return err_set(e, ERR_CONFIG,
			       "the hub '%s' belongs to another user: read it as the user that "
			       "nbsyncd runs as (uid %u)",
			       dir, (unsigned)st.st_uid);
	r = check_shape(dir, e);
	return r ? r : check_config(dir, e);
}

int hub_dir_prepare(const char *dir, struct err *e)
{
	int r;

	if (is_missing_or_empty(dir))
		return create(dir, e);
	if ((r = check_shape(dir, e)) || (r = check_config(dir, e)))
		return r;
	sweep_leftovers(dir);
	return ERR_OK;
}

int hub_refuse_reader(const struct hub *h, struct err *e)
{
	if (!h->reader)
		return ERR_OK;
	return err_set(e, ERR_BUG, "the hub '%s' was opened for reading only", h->dir);
}
