/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/trees.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/world/files.h"

static bool is_folder(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool contains(char **names, const char *name)
{
	for (; *names; names++)
		if (str_eq(*names, name))
			return true;
	return false;
}

static void mirror_file(const char *from, const char *to)
{
	cleanup_buf struct buf new = BUF_INIT(FILES_MAX), old = BUF_INIT(FILES_MAX);
	bool there = files_read(to, &old);
	struct stat st;

	files_read(from, &new);
	if (there && new.len == old.len && memcmp(buf_str(&new), buf_str(&old), new.len) == 0)
		return;
	files_write(to, buf_str(&new), new.len);
	if (stat(from, &st) || chmod(to, st.st_mode & 07777))
		files_die("cannot copy '%s'", from);
}

static void mirror(const char *from, const char *to, char **names)
{
	for (; *names; names++) {
		cleanup_free char *source = xasprintf("%s/%s", from, *names);
		cleanup_free char *target = xasprintf("%s/%s", to, *names);
		bool folder = is_folder(source);

		if (is_folder(target) != folder)
			files_remove(target);
		if (folder) {
			files_mkdirs(target);
			tree_mirror(source, target, NULL);
		} else {
			mirror_file(source, target);
		}
	}
}

void tree_mirror(const char *from, const char *to, const char *except)
{
	char **wanted = files_names(from), **there = files_names(to);
	struct stat st;

	for (char **name = there; *name; name++) {
		cleanup_free char *path = xasprintf("%s/%s", to, *name);

		if (!contains(wanted, *name) && !str_eq(*name, except))
			files_remove(path);
	}
	mirror(from, to, wanted);
	if (stat(from, &st) || chmod(to, st.st_mode & 07777))
		files_die("cannot copy '%s'", from);
	files_names_free(wanted);
	files_names_free(there);
}
