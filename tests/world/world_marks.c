/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks that every write leaves, also one that puts what stood there already: where all references
 * of both repositories stand, which file a name is on the local side and when it was changed, and how
 * many changing requests the workspace has had. What nbsync counts itself plays no part.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "path/path.h"
#include "tests/world/files.h"
#include "tests/world/world_internal.h"

/* Loose references, as Git reads them: a lock is none. (To ask Git itself, four times for each death of
 * tests/crash, was a quarter of the time it takes.) */
static void add_loose(struct buf *out, const char *what, const char *repository, const char *folder,
		      bool bases)
{
	cleanup_free char *dir = xasprintf("%s/%s", repository, folder);
	char **names = files_names(dir);

	for (char **name = names; *name; name++) {
		cleanup_free char *ref = xasprintf("%s/%s", folder, *name);
		cleanup_free char *path = xasprintf("%s/%s", repository, ref);
		struct stat st;

		if (lstat(path, &st) < 0)
			files_die("cannot look at '%s'", path);
		if (S_ISDIR(st.st_mode)) {
			add_loose(out, what, repository, ref, bases);
		} else if (!str_ends(ref, ".lock") &&
			   (bases || !str_starts(ref, "refs/nbsync/base/"))) {
			buf_addf(out, "%s %s ", what, ref);
			files_read(path, out);
		}
	}
	files_names_free(names);
}

static void add_references(struct buf *out, const char *what, const char *repository, bool bases)
{
	cleanup_free char *packed = xasprintf("%s/packed-refs", repository);

	if (!files_exist(repository))
		return;
	add_loose(out, what, repository, "refs", bases);
	files_read(packed, out);
}

static void add_files(struct buf *out, const char *root, const char *folder)
{
	cleanup_free char *dir = folder[0] ? xasprintf("%s/%s", root, folder) : xstrdup(root);
	char **names = files_names(dir);

	for (char **name = names; *name; name++) {
		cleanup_free char *path = path_join(folder, *name);
		cleanup_free char *whole = xasprintf("%s/%s", root, path);
		struct stat st;

		if (lstat(whole, &st) < 0)
			files_die("cannot look at '%s'", whole);
		buf_addf(out, "local %s %ju %jd.%09ld\n", path, (uintmax_t)st.st_ino,
			 (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
		if (S_ISDIR(st.st_mode))
			add_files(out, root, path);
	}
	files_names_free(names);
}

char *world_marks(struct world *w, bool bases)
{
	struct buf out = BUF_UNBOUNDED;

	add_references(&out, "hub", w->hub, bases);
	add_references(&out, "git", w->remote, true);
	add_files(&out, w->local, "");
	buf_addf(&out, "workspace %" PRId64 "\n", world_changes(w));
	return buf_steal(&out, NULL);
}

char *world_moved(struct world *w, const char *marks, bool bases)
{
	cleanup_free char *now = world_marks(w, bases);
	const char *is = now, *was = marks;

	while (*is && *was) {
		size_t n = strcspn(is, "\n"), m = strcspn(was, "\n");

		if (n != m || memcmp(is, was, n) != 0)
			break;
		is += n + 1;
		was += m + 1;
	}
	if (!*is && !*was)
		return NULL;
	return xasprintf("'%.*s' is '%.*s' now", (int)strcspn(was, "\n"), was,
			 (int)strcspn(is, "\n"), is);
}
