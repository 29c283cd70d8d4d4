/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A disk that keeps only what was synced. fsync() of a file keeps its content, of a directory its
 * entries, both as they are at that moment; nothing else survives a power cut, or only what
 * power_loss says.
 */

#include "tests/fault/shim.h"

enum power_loss {
	POWER_LOSES_ALL,  /* names and contents are as they were when they were last synced */
	POWER_LOSES_DATA, /* names are as they are; a content that was not synced is empty */
	POWER_TEARS_DATA, /* the same, but its first half is there */
};

/* Everything in dir, but for the folder except in it, is on the disk now. */
void power_on(const char *dir, const char *except);
/* But for the content of this file, which nobody has synced yet. */
void power_lose(const char *path);
/* To shim_disk(). A cut leaves what survives in the directory after, and ends the process. */
#define POWER_EXIT 78
const struct shim_disk *power_disk(enum power_loss loss, const char *after);
