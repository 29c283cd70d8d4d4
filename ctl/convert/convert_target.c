/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the result of one conversion goes. A file that has the name of the target but for the
 * case of its extension, load.R for load.r, is the notebook's counterpart: a second file beside
 * it would be a second notebook. Reads no content and writes nothing.
 */

#include "ctl/convert/convert.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "path/path.h"

bool convert_is_stdio(const char *path)
{
	return strcmp(path, "-") == 0;
}

bool convert_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool convert_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The extension's letters, each in upper case whose bit is set. */
static void spell(char *extension, unsigned capitals)
{
	for (unsigned i = 0; extension[i]; i++)
		extension[i] = (char)(capitals >> i & 1 ? toupper((unsigned char)extension[i])
							: tolower((unsigned char)extension[i]));
}

/* Gives *target the spelling of the file that stands there. The longest extension has five letters,
 * so that asking for each spelling takes less time than reading a large folder. */
static int find_spelling(char *target, struct err *e)
{
	char *extension = target + (path_ext(path_base(target)) - target) + 1;
	unsigned found = 0, count = 0, end = 1u << strlen(extension);

	if (convert_exists(target))
		return 0;
	for (unsigned capitals = 1; capitals < end; capitals++) {
		spell(extension, capitals);
		if (!convert_exists(target))
			continue;
		found = capitals;
		count++;
	}
	spell(extension, count == 1 ? found : 0);
	if (count < 2)
		return 0;
	return err_set(e, ERR_INVALID,
		       "'%s' stands there in more than one spelling; remove all but one", target);
}

static char *below_output(const char *output, const char *rel, enum notebook_format format,
			  enum notebook_language language)
{
	struct notebook_name inside;
	cleanup_free char *name = NULL;

	notebook_name_parse(&inside, rel); /* it parses, as the path that it ends did */
	name = notebook_name_make(inside.stem, format, language);
	notebook_name_release(&inside);
	return path_join(output, name);
}

int convert_target(char **out, const struct conversion *c, struct err *e)
{
	enum notebook_language language = notebook_language(c->notebook);
	const struct convert_options *o = c->run->options;
	const struct convert_job *job = c->job;

	if (o->output && (convert_is_stdio(o->output) ||
			  (c->run->count == 1 && !o->recursive && !convert_is_folder(o->output))))
		*out = xstrdup(o->output);
	else if (!o->output && o->update)
		*out = xstrdup(o->update);
	else if (convert_is_stdio(job->path))
		*out = xstrdup("-");
	else if (c->to == c->name->format)
		*out = o->output ? path_join(o->output, job->rel) : xstrdup(job->path);
	else {
		*out = o->output ? below_output(o->output, job->rel, c->to, language)
				 : notebook_name_make(c->name->stem, c->to, language);
		return find_spelling(*out, e);
	}
	return 0;
}
