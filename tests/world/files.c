/* SPDX-License-Identifier: Apache-2.0 */
/* Plain files, see files.h. Nothing is synced: what is tested here are processes that die. */

#include "tests/world/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/temp_dir.h"

#define NEW_PREFIX ".new-"

void files_die(const char *fmt, ...)
{
	int errnum = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, errnum ? ": %s\n" : "\n", strerror(errnum));
	abort();
}

char *files_temp_dir(void)
{
	char *dir = temp_dir_new();

	if (!dir)
		files_die("no place for a test world");
	return dir;
}

void files_mkdirs(const char *dir)
{
	cleanup_free char *parent = NULL;

	if (mkdir(dir, 0755) == 0 || errno == EEXIST)
		return;
	if (errno != ENOENT)
		files_die("cannot create '%s'", dir);
	parent = xstrndup(dir, (size_t)(strrchr(dir, '/') - dir));
	files_mkdirs(parent);
	if (mkdir(dir, 0755) < 0)
		files_die("cannot create '%s'", dir);
}

/* By names in open folders: to walk the whole path for each costs half as much again. */
static void remove_folder(int parent, const char *name)
{
	struct dirent *entry;
	DIR *d = NULL;
	int fd;

	if (fchmodat(parent, name, S_IRWXU, 0) == 0 && /* a test may have locked it */
	    (fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0)
		d = fdopendir(fd);
	if (!d)
		files_die("cannot remove '%s'", name);
	while ((entry = readdir(d))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (entry->d_type == DT_DIR || unlinkat(dirfd(d), entry->d_name, 0) < 0)
			remove_folder(dirfd(d), entry->d_name);
	}
	closedir(d);
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0)
		files_die("cannot remove '%s'", name);
}

void files_remove(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		remove_folder(AT_FDCWD, path);
}

void files_write(const char *path, const void *data, size_t len)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *dir = xstrndup(path, (size_t)(slash - path));
	cleanup_free char *temp = xasprintf("%s/" NEW_PREFIX "%.200s", dir, slash + 1);
	cleanup_fd int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 && errno == ENOENT) {
		files_mkdirs(dir);
		fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	}
	if (fd < 0 || write(fd, data, len) != (ssize_t)len || rename(temp, path) < 0)
		files_die("cannot write '%s'", path);
}

bool files_read(const char *path, struct buf *out)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILES_MAX)
		files_die("cannot read '%s'", path);
	if (out->max < out->len + (size_t)st.st_size)
		out->max = out->len + (size_t)st.st_size;
	buf_reserve(out, (size_t)st.st_size);
	n = read(fd, out->data + out->len, (size_t)st.st_size);
	if (n != st.st_size)
		files_die("cannot read '%s'", path);
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return true;
}

bool files_exist(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void files_rename(const char *from, const char *to)
{
	cleanup_free char *dir = xstrndup(to, (size_t)(strrchr(to, '/') - to));

	files_mkdirs(dir);
	if (rename(from, to) < 0)
		files_die("cannot rename '%s' to '%s'", from, to);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **files_names(const char *dir)
{
	char **names = xcalloc(1, sizeof(*names));
	size_t count = 0, cap = 1;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") ||
		    str_starts(entry->d_name, NEW_PREFIX))
			continue;
		names = array_grow(names, count + 1, &cap, sizeof(*names));
		names[count++] = xstrdup(entry->d_name);
		names[count] = NULL;
	}
	if (d)
		closedir(d);
	qsort(names, count, sizeof(*names), compare_names);
	return names;
}

void files_names_free(char **names)
{
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}
