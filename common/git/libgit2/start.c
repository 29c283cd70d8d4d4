/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping libgit2, once per process. Everything that would let something from outside
 * decide for us is closed here: configuration files outside the hub, the environment, and libgit2's
 * own network transports, all of which are replaced by one that refuses. What remains is the
 * transport that remote.c hands to each remote.
 */

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <git2/sys/transport.h>

#include "git/libgit2/libgit2.h"
#include "git/libgit2/start.h"

#ifndef LIBGIT2_VERSION_CHECK /* came with 1.6 */
#define LIBGIT2_VERSION_CHECK(major, minor, revision) 0
#endif

#define PACK_OBJECTS_MAX (5 * 1000 * 1000)      /* objects in one pack from a server */
#define OBJECT_MAX       (512ull * 1024 * 1024) /* one object, unpacked */
#define CACHE_MAX        (32l * 1024 * 1024)    /* objects that libgit2 keeps parsed */
#define CACHED_TREE_MAX  (256 * 1024)           /* the largest tree worth keeping */
#define MAPPED_WINDOW    (1024 * 1024)          /* of a pack */
#define MAPPED_MAX       (8 * 1024 * 1024)
#define OPEN_PACKS_MAX   128

static const char *const schemes[] = {
	"https", "http", "git", "ssh", "ssh+git", "git+ssh", "file"
};

/* ---- the environment ---- */

static bool ends_with_fold(const char *s, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len >= n && strncasecmp(s + len - n, suffix, n) == 0;
}

static bool is_unwanted(const char *name, size_t len)
{
	return str_starts(name, "GIT_") || str_starts(name, "SSH_") ||
	       str_starts(name, "SSL_CERT_") || str_starts(name, "SUDO_UID=") ||
	       ends_with_fold(name, len, "_proxy");
}

/* Variables that redirect Git or libcurl, or (SUDO_UID) widen whose repositories are trusted. */
static void clean_environment(void)
{
	char **v = environ;

	while (v && *v) {
		size_t len = strcspn(*v, "=");
		cleanup_free char *name = xstrndup(*v, len);

		if (is_unwanted(*v, len) && unsetenv(name) == 0)
			v = environ; /* the array has changed */
		else
			v++;
	}
}

/* ---- libgit2 ---- */

static int set_limits(void)
{
	int rc = 0;

	for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
		rc |= git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
	/* Without it libgit2 syncs nothing at all. */
	rc |= git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	rc |= git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	rc |= git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)PACK_OBJECTS_MAX);
	rc |= git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_MAX);
	rc |= git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE,
			       (size_t)CACHED_TREE_MAX);
	rc |= git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)MAPPED_WINDOW);
	rc |= git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)MAPPED_MAX);
	/* One descriptor per pack, and a process has 1024. */
	rc |= git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, (size_t)OPEN_PACKS_MAX);
#if LIBGIT2_VERSION_CHECK(1, 9, 5)
	rc |= git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, (size_t)OBJECT_MAX);
#endif
	return rc;
}

/* Never reached while every remote brings its own transport. */
static int refuse_transport(git_transport **out, git_remote *owner, void *payload)
{
	(void)owner;
	(void)payload;
	*out = NULL;
	return GIT_EAUTH;
}

static int refuse_transports(void)
{
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		rc = git_transport_register(schemes[i], refuse_transport, NULL);
		if (rc && rc != GIT_EEXISTS)
			return rc;
	}
	return 0;
}

static bool is_old(void)
{
	int major, minor, revision;

	git_libgit2_version(&major, &minor, &revision);
	return major * 10000 + minor * 100 + revision < 10501;
}

int git_start(struct err *e)
{
	int rc, code;

	clean_environment();
	if ((rc = git_alloc_set()) < 0 || (rc = git_libgit2_init()) < 0)
		return libgit2_fail(e, rc, "cannot initialise libgit2");
	if (is_old()) {
		git_libgit2_shutdown();
		return err_set(e, ERR_BUG, "libgit2 is older than 1.5.1: install a newer one");
	}
	if ((rc = set_limits()) || (rc = refuse_transports())) {
		code = libgit2_fail(e, rc, "cannot set up libgit2");
		git_libgit2_shutdown();
		return code;
	}
	return ERR_OK;
}

void git_stop(void)
{
	git_libgit2_shutdown();
}
