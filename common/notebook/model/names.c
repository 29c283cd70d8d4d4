/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file names may hold notebooks, and how the Workspace API spells languages. Decides by name
 * alone; whether a script of such a name really is a notebook, notebook_is_source() decides.
 */

#include "notebook/model/types.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *extension;
	enum notebook_format format;
	enum notebook_language language;
} extensions[] = {
	{ ".py", NOTEBOOK_SOURCE, NOTEBOOK_PYTHON },   { ".sql", NOTEBOOK_SOURCE, NOTEBOOK_SQL },
	{ ".scala", NOTEBOOK_SOURCE, NOTEBOOK_SCALA }, { ".r", NOTEBOOK_SOURCE, NOTEBOOK_R },
	{ ".ipynb", NOTEBOOK_IPYNB, NOTEBOOK_PYTHON },
};

static const char *const language_names[NOTEBOOK_LANGUAGES] = { "PYTHON", "SQL", "SCALA", "R" };

static bool ends_with(const char *s, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len >= n && strncasecmp(s + len - n, suffix, n) == 0;
}

/* Whether something stands before the extension in the last component. */
static bool has_base(const char *path, size_t stem_len)
{
	return stem_len > 0 && path[stem_len - 1] != '/';
}

bool notebook_name_parse(struct notebook_name *out, const char *path)
{
	size_t len = strlen(path), n;

	memset(out, 0, sizeof(*out));
	if (ends_with(path, len, ".designer.ipynb"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
		if (!ends_with(path, len, extensions[i].extension))
			continue;
		n = len - strlen(extensions[i].extension);
		if (!has_base(path, n))
			return false;
		out->stem = xstrndup(path, n);
		out->format = extensions[i].format;
		out->language = extensions[i].language;
		return true;
	}
	return false;
}

bool notebook_name_is_ipynb(const char *path)
{
	struct notebook_name name;
	bool is = notebook_name_parse(&name, path) && name.format == NOTEBOOK_IPYNB;

	notebook_name_release(&name);
	return is;
}

void notebook_name_release(struct notebook_name *name)
{
	free(name->stem);
	memset(name, 0, sizeof(*name));
}

char *notebook_name_make(const char *stem, enum notebook_format format,
			 enum notebook_language language)
{
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
		if (extensions[i].format == format &&
		    (format == NOTEBOOK_IPYNB || extensions[i].language == language))
			return xasprintf("%s%s", stem, extensions[i].extension);
	abort(); /* a language outside the enum */
}

const char *notebook_language_name(enum notebook_language language)
{
	return language_names[language];
}

bool notebook_language_parse(const char *name, enum notebook_language *out)
{
	for (size_t i = 0; i < NOTEBOOK_LANGUAGES; i++)
		if (strcasecmp(name, language_names[i]) == 0) {
			*out = (enum notebook_language)i;
			return true;
		}
	return false;
}
