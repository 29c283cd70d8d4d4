/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of files that a sweep finds in a folder of people's. The first bytes are what two files look
 * like, the rest is a name: only names that we make are taken for ours, each for one kind of ours, and
 * all that are made are read back as what they were made of.
 */

#include "fuzz.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "fs/fs_beneath.h"
#include "path/path.h"

#define HEX "0123456789abcdef"

/* Whether a name is made of these parts: 'x' is a hexadecimal digit, everything else itself. */
static bool has_form(const char *name, const char *form)
{
	for (; *form; form++, name++)
		if (!*name || (*form == 'x' ? !strchr(HEX, *name) : *name != *form))
			return false;
	return true;
}

static void check_found(const char *name)
{
	static const char numbers[] = "xxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xxxxxxxx-";
	cleanup_free char *aside = xasprintf("%s%s", PATH_TEMP_PREFIX, numbers), *again = NULL;
	struct fs_aside a;

	MUST(!fs_temp_is_name(name) ||
	     (has_form(name, PATH_TEMP_PREFIX) && str_ends(name, ".tmp") &&
	      strlen(name) == strlen(PATH_TEMP_PREFIX) + 16 + strlen(".tmp") &&
	      strspn(name + strlen(PATH_TEMP_PREFIX), HEX) == 16));
	if (!fs_aside_parse(&a, AT_FDCWD, name))
		return;
	MUST(!fs_temp_is_name(name) && has_form(name, aside));
	MUST(strlen(name) > strlen(aside) && strlen(name) <= NAME_MAX);
	MUST(str_eq(a.name, name) && str_eq(a.target, name + strlen(aside)));
	again = xasprintf(PATH_TEMP_PREFIX "%016" PRIx64 "-%016" PRIx64 "-", a.expected, a.ours);
	MUST(str_starts(name, again));
}

static void check_made(const char *target, const struct stat *expected, const struct stat *ours)
{
	struct fs_aside a, b;
	size_t len;

	fs_aside_init(&a, AT_FDCWD, target, expected, ours);
	check_found(a.name);
	MUST(fs_aside_parse(&b, AT_FDCWD, a.name));
	MUST(b.expected == a.expected && b.ours == a.ours && !a.ours == !ours);
	len = strlen(b.target);
	MUST(strncmp(b.target, target, len) == 0);
	MUST(!target[len] || strlen(a.name) > NAME_MAX - 4);
	MUST(utf8_valid(b.target, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_free char *name = NULL;
	struct stat expected = { 0 }, ours = { 0 };

	if (len < 4)
		return 0;
	expected.st_ino = data[0];
	expected.st_size = data[1];
	ours.st_ino = data[2];
	name = xstrndup((const char *)data + 4, len - 4);
	check_found(name);
	if (path_check(name, NULL) == 0 && !strchr(name, '/'))
		check_made(name, &expected, data[3] & 1 ? &ours : NULL);
	return 0;
}
