/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync convert as Git calls it: a clean filter that takes away what a run leaves, and the text
 * form of a notebook for git diff. Git stops at a program that fails, in the middle of an add, a
 * checkout or a log; so what is no notebook, or one that cannot be converted, passes through
 * unchanged with a line on standard error. Only when the bytes cannot be read or written is that
 * a failure.
 *
 * The name of the file decides nothing: for textconv Git gives temporary files any name.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/cli/cli.h"
#include "ctl/convert/convert.h"

static bool write_out(const char *data, size_t len)
{
	return fwrite(data, 1, len, stdout) == len;
}

/* Up to CONVERT_FILE_MAX bytes; *more tells that others follow. */
static bool read_notebook(FILE *in, struct buf *data, bool *more)
{
	static char part[65536];
	size_t n;
	int c;

	while (data->len + sizeof(part) <= CONVERT_FILE_MAX &&
	       (n = fread(part, 1, sizeof(part), in)) > 0)
		buf_add(data, part, n);
	c = getc(in);
	*more = c != EOF;
	if (*more)
		ungetc(c, in);
	return !ferror(in);
}

static bool pass_rest(FILE *in)
{
	static char part[65536];
	size_t n;

	while ((n = fread(part, 1, sizeof(part), in)) > 0)
		if (!write_out(part, n))
			return false;
	return !ferror(in);
}

static int filter_notebook(const struct convert_options *o, const char *name,
			   const struct buf *data, struct buf *out, struct err *e)
{
	bool filter = o->git == CONVERT_FILTER;
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct notebook_dropped dropped = { 0 };
	cleanup_notebook struct notebook *nb = NULL;
	int rc = notebook_parse(&nb, buf_str(data), data->len,
				NOTEBOOK_AS(NOTEBOOK_IPYNB, NOTEBOOK_PYTHON), e);

	if (rc)
		return rc;
	if (o->language_set)
		notebook_take_language(nb, o->language);
	options.outputs = o->outputs;
	options.run_state = true;
	options.dropped = &dropped;
	rc = notebook_write(nb, filter ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE, &options, out, e);
	if (!rc && filter && o->verbose)
		convert_tell_dropped(name, &dropped);
	return rc;
}

static void say_unchanged(const char *name, const char *why)
{
	cli_say("%s: passed through unchanged: %s", name, why);
}

/* False when the bytes could not be read or written. */
static bool run_filter(const struct convert_options *o, FILE *in, const char *name)
{
	cleanup_buf struct buf data = BUF_INIT(CONVERT_FILE_MAX), out = BUF_INIT(CONVERT_OUT_MAX);
	enum notebook_language ignored;
	struct err e = ERR_INIT;
	bool more;

	if (!read_notebook(in, &data, &more))
		return false;
	if (more) {
		say_unchanged(name, "it is larger than any notebook");
		return write_out(buf_str(&data), data.len) && pass_rest(in);
	}
	/* an empty file is what Git compares a new one with; source has no outputs, and is text */
	if (!data.len || convert_source_language(&ignored, &data))
		return write_out(buf_str(&data), data.len);
	if (filter_notebook(o, name, &data, &out, &e)) {
		say_unchanged(name, e.text);
		return write_out(buf_str(&data), data.len);
	}
	return write_out(buf_str(&out), out.len);
}

int convert_for_git(const struct convert_options *o, const char *path)
{
	bool filter = o->git == CONVERT_FILTER;
	const char *name = path ? path : "standard input";
	FILE *in = filter || convert_is_stdio(path) ? stdin : fopen(path, "rbe");
	bool well = in && run_filter(o, in, name) && fflush(stdout) == 0;

	if (!well)
		cli_say("cannot pass '%s' through: %s", name, strerror(errno));
	if (in && in != stdin)
		fclose(in);
	return well ? EXIT_DONE : EXIT_FAILED;
}
