/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a path must look like to be made at a place, judged as it will be written. Each answer
 * includes path_check(): whether its names may travel at all. Where the facts come from stands in
 * the header, beside each place.
 *
 * Not judged: whether another name is the same to the place (guard.c), and what a single file system
 * refuses, which turns out when the path is written.
 */

#include <string.h>
#include <strings.h>

#include "path/path_internal.h"

#define WORKSPACE_MOUNT   "/Workspace"
#define WORKSPACE_LEN_MAX 4095 /* PATH_MAX without its NUL */

/* Bytes that a superscript 1, 2 or 3 has in UTF-8, which Windows takes for the digit; 0: it is none. */
static size_t superscript(const char *at, size_t len)
{
	static const char *const digits[] = { "\u00B9", "\u00B2", "\u00B3" };

	for (size_t i = 0; i < ARRAY_SIZE(digits); i++)
		if (len >= 2 && memcmp(at, digits[i], 2) == 0)
			return 2;
	return 0;
}

/* A device of Windows: its name up to a dot, a colon or spaces before them. */
static bool is_device(const char *name, size_t len)
{
	static const struct {
		const char *name;
		bool numbered;
	} devices[] = {
		{ "con", false },    { "prn", false },     { "aux", false }, { "nul", false },
		{ "conin$", false }, { "conout$", false }, { "com", true },  { "lpt", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		size_t n = strlen(devices[i].name);

		if (len < n || strncasecmp(name, devices[i].name, n) != 0)
			continue;
		if (devices[i].numbered) {
			size_t digit = superscript(name + n, len - n);

			if (!digit)
				digit = n < len && name[n] >= '1' && name[n] <= '9';
			if (!digit)
				continue;
			n += digit;
		}
		while (n < len && name[n] == ' ')
			n++;
		if (n == len || name[n] == '.' || name[n] == ':')
			return true;
	}
	return false;
}

static int check_windows(const char *name, size_t len, struct err *e)
{
	if (is_device(name, len))
		return path_refuse(e, name, len, "is a device on Windows");
	if (strcspn(name, "<>:\"|?*") < len)
		return path_refuse(e, name, len,
				   "has one of <>:\"|?*, which Windows has in no file's name");
	return ERR_OK;
}

static int check_macos(const char *name, size_t len, struct err *e)
{
	if (!path_is_assigned(name, len))
		return path_refuse(e, name, len,
				   "has a character that macOS does not know (Unicode has not "
				   "assigned it)");
	/* No code point takes more than 1.5 units a byte, so that most names need not be taken
	 * apart. */
	if (len > PATH_UNITS_MAX / 2 && path_units(name, len) > PATH_UNITS_MAX)
		return path_refuse(e, name, len,
				   "has more than the 255 UTF-16 units of a name on macOS");
	return ERR_OK;
}

/* Bytes of the whole path at the place, and how many it may have. */
static size_t whole_length(enum path_place place, const char *below, const char *rel, size_t *max)
{
	size_t len = strlen(below) + (*below && !str_ends(below, "/")) + strlen(rel);

	*max = place == PATH_WORKSPACE ? WORKSPACE_LEN_MAX : PATH_LEN_MAX;
	return place == PATH_WORKSPACE ? len + strlen(WORKSPACE_MOUNT) : len;
}

int path_check_at(enum path_place place, const char *below, const char *rel, struct err *e)
{
	size_t max, len = whole_length(place, below, rel, &max);
	int r;

	r = path_check(rel, e);
	if (r)
		return r;
	if (len > max)
		return path_too_long(e, len, max);
	if (place != PATH_ANYWHERE)
		return ERR_OK;
	for (const char *at = rel;;) {
		size_t n = strcspn(at, "/");

		if ((r = check_windows(at, n, e)) || (r = check_macos(at, n, e)))
			return r;
		if (at[n] == '\0')
			return ERR_OK;
		at += n + 1;
	}
}

/* UTF-16 units: a lead byte makes one, that of four bytes two. */
static size_t utf16_units(const char *text)
{
	size_t units = 0;

	for (const char *p = text; *p; p++)
		units += ((unsigned char)*p & 0xC0) != 0x80 ? 1u + ((unsigned char)*p >= 0xF0) : 0;
	return units;
}

bool path_is_long_on_windows(const char *below, const char *rel)
{
	return utf16_units(below) + (*below != '\0') + utf16_units(rel) > PATH_WINDOWS_MAX;
}
