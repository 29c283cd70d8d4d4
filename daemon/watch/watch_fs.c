/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of magic numbers, from linux/magic.h and the file systems' own headers. Overlay is not in
 * it: inotify works there for everything that passes through the overlay itself.
 */

#include "daemon/watch/watch_fs.h"

#include <stddef.h>
#include <sys/vfs.h>

#include "base/util.h"

static const struct {
	unsigned long type;
	const char *name;
} remote_types[] = {
	{ 0x6969, "nfs" },      { 0x517B, "smb" },        { 0xFE534D42, "smb2" },
	{ 0xFF534D42, "cifs" }, { 0x65735546, "fuse" },   { 0x01021997, "9p" },
	{ 0x00C36400, "ceph" }, { 0x5346414F, "afs" },    { 0x6B414653, "afs" },
	{ 0x73757245, "coda" }, { 0x0BD00BD0, "lustre" }, { 0x7461636F, "ocfs2" },
	{ 0x01161970, "gfs2" }, { 0x786F4256, "vboxsf" }, { 0x47504653, "gpfs" },
};

const char *watch_fs_remote_type(unsigned long type)
{
	for (size_t i = 0; i < ARRAY_SIZE(remote_types); i++)
		if (remote_types[i].type == type)
			return remote_types[i].name;
	return NULL;
}

const char *watch_fs_remote(const char *dir)
{
	struct statfs st;

	/* f_type is a signed word whose upper half is the sign of a 32-bit magic number or zero. */
	return statfs(dir, &st) == 0 ? watch_fs_remote_type((unsigned long)st.f_type & 0xFFFFFFFF)
				     : NULL;
}
