/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files make up the configuration. A file that others could write is not read at all: it names
 * the repositories we push to and the tokens we use.
 */

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/reader.h"
#include "format/ini.h"

#define SYSTEM_FILE "/etc/nbsyncd/nbsyncd.ini"
#define USER_FILE   "/.config/nbsyncd/nbsyncd.ini"
#define SUFFIX      ".ini"

static_assert(CONFIG_FILE_MAX == INI_FILE_MAX && CONFIG_LINE_MAX == INI_LINE_MAX,
	      "config.h promises what ini.h does");

/* The first file that exists, by any permission: one that cannot be read must be reported, not
 * skipped. Owned by the caller; NULL when there is none. */
static char *find_file(void)
{
	const char *home = getenv("HOME");
	char *file;

	if (geteuid() != 0 && home && *home) {
		file = xasprintf("%s%s", home, USER_FILE);
		if (access(file, F_OK) == 0 || errno != ENOENT)
			return file;
		free(file);
	}
	return access(SYSTEM_FILE, F_OK) == 0 || errno != ENOENT ? xstrdup(SYSTEM_FILE) : NULL;
}

static void add_file(struct reader *r, const char *file)
{
	cleanup_buf struct buf text = { 0 };
	struct err e = ERR_INIT;

	if (ini_load(&text, file, &e))
		problem_add(&r->problems, NULL, 0, "%s", e.text);
	else
		reader_add(r, buf_str(&text), text.len, file);
}

static int is_drop_in(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && str_ends(entry->d_name, SUFFIX);
}

/* Byte order, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_drop_ins(struct reader *r, const char *file)
{
	size_t stem = strlen(file) - (str_ends(file, SUFFIX) ? strlen(SUFFIX) : 0);
	cleanup_free char *dir = xasprintf("%.*s.d", (int)stem, file);
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_drop_in, by_name);

	if (count < 0 && errno != ENOENT)
		problem_add(&r->problems, NULL, 0, "cannot list '%s': %s", dir, strerror(errno));
	for (int i = 0; i < count; i++) {
		cleanup_free char *path = xasprintf("%s/%s", dir, entries[i]->d_name);

		add_file(r, path);
		free(entries[i]);
	}
	free(entries);
}

int config_load(struct config **out, const char *file, struct buf *problems, struct err *e)
{
	cleanup_free char *found = file ? xstrdup(file) : find_file();
	struct reader r;

	*out = NULL;
	if (!found) {
		err_set(e, ERR_CONFIG,
			"there is no configuration: write '%s' or '~%s', see nbsyncd.ini(5)",
			SYSTEM_FILE, USER_FILE);
		if (problems)
			buf_addf(problems, "%s\n", e->text);
		return ERR_CONFIG;
	}
	reader_init(&r, found, problems);
	add_file(&r, found);
	add_drop_ins(&r, found);
	return reader_end(&r, out, e);
}

int config_parse(struct config **out, const char *text, size_t len, const char *name,
		 struct buf *problems, struct err *e)
{
	struct reader r;

	reader_init(&r, name, problems);
	reader_add(&r, text, len, name);
	return reader_end(&r, out, e);
}
