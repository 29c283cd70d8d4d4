/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks and permissions of repositories on this machine's file systems.
 *
 * libgit2 runs no hooks. A push through it would walk past what the owner of a repository put in its
 * way (pre-receive), and past what others wait for (post-receive), so such a repository is not
 * pushed to. We run no hook ourselves either: a program of somebody else would run as the user of
 * the daemon. libgit2 knows core.sharedRepository only when it creates a repository; here what Git
 * does with chmod comes from the umask, because the service may not set the group bit of folders
 * (RestrictSUIDSGID=), which they inherit.
 */

#include "git/remote/file_rules.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARE_GROUP     0660
#define SHARE_EVERYBODY 0664
#define GROUPS_MAX      1024

/* ---- who may ---- */

bool file_share_parse(file_share *out, const char *value)
{
	static const struct {
		const char *word;
		file_share share;
	} words[] = {
		{ "umask", 0 },
		{ "group", SHARE_GROUP },
		{ "all", SHARE_EVERYBODY },
		{ "world", SHARE_EVERYBODY },
		{ "everybody", SHARE_EVERYBODY },
	};
	static const file_share numbers[] = { 0, SHARE_GROUP, SHARE_EVERYBODY };
	char *end;
	long mode;
	int yes;

	*out = SHARE_GROUP;
	if (!value)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(value, words[i].word)) {
			*out = words[i].share;
			return true;
		}
	mode = strtol(value, &end, 8);
	if (*end) {
		if (git_config_parse_bool(&yes, value))
			return false;
		*out = yes ? SHARE_GROUP : 0;
		return true;
	}
	if (mode >= 0 && (size_t)mode < ARRAY_SIZE(numbers))
		*out = numbers[mode];
	else
		*out = -(int)(mode & 0666);
	return *out >= 0 || (mode & 0600) == 0600;
}

mode_t file_share_umask(file_share share, mode_t mask)
{
	mode_t bits = (mode_t)abs(share);

	bits |= (bits & 0444) >> 2; /* a folder that may be read may be entered */
	if (share < 0)
		return ~bits & 0777;
	return mask & ~bits;
}

static int share_of(file_share *out, git_config *config)
{
	git_config_entry *entry = NULL;
	int rc = git_config_get_entry(&entry, config, "core.sharedrepository");

	*out = 0;
	if (rc)
		return rc == GIT_ENOTFOUND ? 0 : rc;
	rc = file_share_parse(out, entry->value) ? 0 : GIT_EINVALID;
	git_config_entry_free(entry);
	return rc;
}

int file_share_read(file_share *out, git_repository *repo, const char *url, struct err *e)
{
	git_config *config = NULL;
	int rc = git_repository_config_snapshot(&config, repo);

	if (!rc)
		rc = share_of(out, config);
	git_config_free(config);
	if (rc == GIT_EINVALID)
		return err_set(e, ERR_CONFIG,
			       "core.sharedRepository of '%s' is no value that Git knows: mend it "
			       "there",
			       url);
	return rc ? libgit2_fail(e, rc, "cannot read the configuration of '%s'", url) : ERR_OK;
}

int file_share_folder(file_share share, const char *path)
{
	struct stat st;

	if (!(abs(share) & 060))
		return 0;
	if (stat(path, &st) < 0)
		return errno;
	if (st.st_mode & S_ISGID)
		return 0;
	return chmod(path, (st.st_mode & 07777) | S_ISGID) < 0 ? errno : 0;
}

static bool in_group(gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	int count = getgroups(GROUPS_MAX, groups);

	for (int i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return getegid() == gid;
}

bool file_share_with_us(const char *path)
{
	cleanup_free char *file = xasprintf("%s/config", path);
	git_config *config = NULL;
	file_share share = 0;
	struct stat st = { .st_uid = geteuid() };

	if (stat(path, &st) == 0 && git_config_open_ondisk(&config, file) == 0 &&
	    share_of(&share, config))
		share = 0;
	git_config_free(config);
	return st.st_uid != geteuid() &&
	       ((abs(share) & 006) || ((abs(share) & 060) && in_group(st.st_gid)));
}

/* ---- hooks ---- */

/* What a push runs in a bare repository: githooks(5). */
static const char *const hooks[] = { "pre-receive",           "update",       "proc-receive",
				     "reference-transaction", "post-receive", "post-update" };

/* Where the hooks are; relative names are those of the repository. Owned. NULL: nobody can tell. */
static char *hooks_folder(git_repository *repo, git_config *config)
{
	const char *dir = git_repository_commondir(repo);
	git_buf path = { 0 };
	int rc = git_config_get_path(&path, config, "core.hookspath");
	char *out = NULL;

	if (rc == GIT_ENOTFOUND)
		out = xasprintf("%shooks", dir);
	else if (!rc)
		out = xasprintf("%s%s", path.ptr[0] == '/' ? "" : dir, path.ptr);
	git_buf_dispose(&path);
	return out;
}

/* Executable by anybody, which is more than Git asks for: who else pushes there may run it. */
static int check_hook(const char *folder, const char *name, const char *url, struct err *e)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? ERR_OK
			       : err_set(e, ERR_CONFIG,
					 "cannot tell whether '%s' has a hook '%s': %s", url, name,
					 strerror(errno));
	if (S_ISDIR(st.st_mode) || !(st.st_mode & 0111))
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "'%s' has a hook '%s', which nbsync does not run and does not walk past: "
		       "have a Git server offer the repository over https, or take the hook away",
		       url, name);
}

/* Newer versions of Git take hooks from the configuration, too: hook.<name>.event. */
static int note_event(const git_config_entry *entry, void *payload)
{
	const char **found = payload;

	if (!str_starts(entry->name, "hook.") || !str_ends(entry->name, ".event"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (str_eq(entry->value, hooks[i]))
			*found = hooks[i];
	return 0;
}

static int check_folder_and_events(git_repository *repo, git_config *config, const char *url,
				   struct err *e)
{
	cleanup_free char *folder = hooks_folder(repo, config);
	const char *event = NULL;
	int r = ERR_OK;

	if (!folder || git_config_foreach(config, note_event, &event))
		return err_set(e, ERR_CONFIG,
			       "cannot tell where the hooks of '%s' are: see its "
			       "core.hooksPath",
			       url);
	if (event)
		return err_set(
			e, ERR_CONFIG,
			"the configuration of '%s' has a hook '%s', which nbsync does not run "
			"and does not walk past: have a Git server offer the repository over "
			"https, or take the hook away",
			url, event);
	for (size_t i = 0; i < ARRAY_SIZE(hooks) && !r; i++)
		r = check_hook(folder, hooks[i], url, e);
	return r;
}

int file_check_hooks(git_repository *repo, const char *url, struct err *e)
{
	git_config *config = NULL;
	int rc = git_repository_config_snapshot(&config, repo), r;

	if (rc)
		return libgit2_fail(e, rc, "cannot read the configuration of '%s'", url);
	r = check_folder_and_events(repo, config, url, e);
	git_config_free(config);
	return r;
}
