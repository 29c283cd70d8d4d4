/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls count, and which of them fails. */

#include "tests/fault/shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FDS_MAX 4096

static const char *watched, *excepted;
static bool fd_below[FDS_MAX];

static const struct shim_fault *armed;
static const struct shim_disk *disk;
static unsigned count, last;
static bool inside; /* the shim's own calls do not count */
static char failed[512];

void shim_watch(const char *dir, const char *except)
{
	watched = dir;
	excepted = except;
}

void shim_arm(const struct shim_fault *fault, unsigned n)
{
	armed = fault;
	count = 0;
	last = n;
	failed[0] = '\0';
}

void shim_disarm(void)
{
	armed = NULL;
}

unsigned shim_count(void)
{
	return count;
}

const char *shim_failed(void)
{
	return failed[0] ? failed : NULL;
}

void shim_disk(const struct shim_disk *d)
{
	disk = d;
}

/* ---- what counts ---- */

static bool is_in(const char *path, const char *dir)
{
	size_t n = dir ? strlen(dir) : 0;

	return n && strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

bool shim_below_fd(int fd)
{
	return fd >= 0 && fd < FDS_MAX && fd_below[fd];
}

bool shim_below(int dirfd, const char *path)
{
	if (path[0] == '/')
		return is_in(path, watched) && !is_in(path, excepted);
	return dirfd != AT_FDCWD && shim_below_fd(dirfd);
}

void shim_note_fd(int fd, bool below)
{
	if (fd >= 0 && fd < FDS_MAX)
		fd_below[fd] = below;
}

/* ---- what fails ---- */

static bool is_due(unsigned calls, bool below, const char *what, const char *path)
{
	size_t start = watched ? strlen(watched) : 0;

	if (!armed || inside || !below || !(armed->calls & calls))
		return false;
	count++;
	if (!last || count < last || (count > last && !armed->lasts))
		return false;
	if (count == last && is_in(path, watched))
		path += start;
	if (count == last)
		snprintf(failed, sizeof(failed), "%s %s", what, path);
	return true;
}

int shim_gate(unsigned calls, bool below, const char *what, const char *path)
{
	if ((armed && !armed->errnum && !disk) || !is_due(calls, below, what, path))
		return 0;
	if (disk) {
		inside = true;
		disk->cut();
	}
	return armed->errnum;
}

size_t shim_portion(unsigned calls, bool below, const char *what, size_t len)
{
	if (!armed || armed->errnum || disk || len < 2 || !is_due(calls, below, what, ""))
		return len;
	return len / 2;
}

void shim_synced(int fd, bool below)
{
	if (!disk || !armed || inside || !below)
		return;
	inside = true;
	disk->synced(fd);
	inside = false;
}

void shim_created(int fd, bool below)
{
	if (!disk || !armed || inside || !below)
		return;
	inside = true;
	disk->created(fd);
	inside = false;
}
