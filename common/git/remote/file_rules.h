/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a repository on this machine's file systems asks of whoever pushes there: that its hooks are
 * run, and who may read and write what is put there. For file.c and file_ref.c.
 */

#include <sys/types.h>

#include "git/libgit2/libgit2.h"

/* core.sharedRepository as permission bits of files: 0: as the umask says; above 0: at least these;
 * below 0: exactly these. */
typedef int file_share;

/* What a value of core.sharedRepository means, as git-config(1) says; NULL: it has none ("= true").
 * False when Git would refuse it. */
bool file_share_parse(file_share *out, const char *value);

/* The umask under which new files (0666, a pack 0444) and folders (0777) get the permissions that are
 * shared; mask is the umask until now. */
mode_t file_share_umask(file_share share, mode_t mask);

/* How the repository is shared. ERR_CONFIG when its setting makes no sense; url is for the sentence. */
int file_share_read(file_share *out, git_repository *repo, const char *url, struct err *e);

/* A new folder of a shared repository: what is put there later belongs to the same group. 0, or an
 * errno. */
int file_share_folder(file_share share, const char *path);

/* Whether the repository at path, which belongs to another user, is one that its owner shares with
 * us: we are in its group, or it is everybody's. Reads its configuration as data. */
bool file_share_with_us(const char *path);

/* ERR_CONFIG, with the hook's name: a push would have to run a hook there, or nobody can tell. */
int file_check_hooks(git_repository *repo, const char *url, struct err *e);
