/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * File systems on which a change made elsewhere raises no event here: watching them would look
 * like it works.
 */

/* The name of dir's file system when it is one of those ("nfs", "smb", "fuse", …), else NULL. Also
 * NULL when dir cannot be examined: opening it will say why. */
const char *watch_fs_remote(const char *dir);

/* The same by the number that statfs(2) gives. */
const char *watch_fs_remote_type(unsigned long type);
