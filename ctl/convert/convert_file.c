/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One notebook of nbsync convert: read, converted, written; or checked, which writes nothing.
 */

#include "ctl/convert/convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/cli/cli.h"
#include "fs/fs.h"
#include "path/path.h"

/* ---- reading ---- */

static int read_stdin(struct buf *out, struct err *e)
{
	char part[65536];
	size_t n;

	while ((n = fread(part, 1, sizeof(part), stdin)) > 0)
		buf_add(out, part, n);
	if (ferror(stdin))
		return err_errno(e, errno, "cannot read standard input");
	if (out->full)
		return err_set(e, ERR_INVALID, "more than %zu bytes", out->max);
	return 0;
}

bool convert_source_language(enum notebook_language *out, const struct buf *data)
{
	for (int l = 0; l < NOTEBOOK_LANGUAGES; l++)
		if (notebook_is_source(buf_str(data), data->len, (enum notebook_language)l)) {
			*out = (enum notebook_language)l;
			return true;
		}
	return false;
}

/* What the bytes themselves say: JSON begins with a brace, source with a comment marker. */
static void guess_format(struct notebook_name *name, const struct buf *data)
{
	const char *p = buf_str(data);

	if (strncmp(p, "\xEF\xBB\xBF", 3) == 0)
		p += 3;
	p += strspn(p, " \t\r\n");
	name->format = *p == '{' ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	convert_source_language(&name->language, data);
}

static int name_of(struct notebook_name *name, const char *path, const struct buf *data,
		   const struct convert_options *o, struct err *e)
{
	if (convert_is_stdio(path)) {
		memset(name, 0, sizeof(*name));
		name->stem = xstrdup("notebook");
		guess_format(name, data);
	} else if (!notebook_name_parse(name, path)) {
		return err_set(e, ERR_INVALID,
			       "'%s' is no notebook's name (.py .sql .scala .r .ipynb)", path);
	}
	if (o->language_set)
		name->language = o->language;
	return 0;
}

static int load_notebook(struct notebook **out, struct notebook_name *name, const char *path,
			 const struct convert_options *o, struct err *e)
{
	cleanup_buf struct buf data = BUF_INIT(CONVERT_FILE_MAX);
	int rc = convert_is_stdio(path) ? read_stdin(&data, e)
					: fs_load(path, CONVERT_FILE_MAX, &data, e);

	if (!rc)
		rc = name_of(name, path, &data, o, e);
	if (!rc)
		rc = notebook_parse_take(out, &data, NOTEBOOK_AS(name->format, name->language), e);
	if (!rc && o->language_set && name->format == NOTEBOOK_IPYNB)
		notebook_take_language(*out, o->language);
	return rc;
}

/* ---- writing ---- */

static int write_stdout(const struct buf *text, struct err *e)
{
	if (fwrite(buf_str(text), 1, text->len, stdout) == text->len && fflush(stdout) == 0)
		return 0;
	return err_errno(e, errno, "cannot write to standard output");
}

/* Notes a folder that fs_sync_folder() is due for; most files go where the one before went. */
static void note_folder(struct convert_run *run, const char *path)
{
	cleanup_free char *dir = path_dir(path);

	if (!*dir && *path == '/')
		dir = xstrdup("/");
	if (run->folder_count && str_eq(run->folders[run->folder_count - 1], dir))
		return;
	run->folders = array_grow(run->folders, run->folder_count, &run->folder_cap,
				  sizeof(*run->folders));
	run->folders[run->folder_count++] = steal(&dir);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int convert_sync(struct convert_run *run, struct err *e)
{
	int rc = 0;

	if (run->folder_count)
		qsort(run->folders, run->folder_count, sizeof(*run->folders), compare_names);
	for (size_t i = 0; i < run->folder_count && !rc; i++)
		if (!i || !str_eq(run->folders[i], run->folders[i - 1]))
			rc = fs_sync_folder(run->folders[i], e);
	return rc;
}

/* Through a symbolic link to the file itself, keeping its mode. */
static int write_file(struct convert_run *run, const char *path, const struct buf *text,
		      struct err *e)
{
	cleanup_free char *real = realpath(path, NULL);
	mode_t mask = umask(0);
	struct stat st;
	int rc;

	umask(mask);
	if (!real || stat(real, &st))
		st.st_mode = S_IFREG | (0666 & ~mask);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "cannot write '%s': it is not a regular file", path);
	rc = fs_store_one(real ? real : path, buf_str(text), text->len, st.st_mode & 0777, e);
	if (!rc)
		note_folder(run, real ? real : path);
	return rc;
}

static int claim(struct convert_run *run, const char *target, struct err *e)
{
	for (size_t i = 0; i < run->written_count; i++)
		if (strcmp(run->written[i], target) == 0)
			return err_set(e, ERR_INVALID, "'%s' would be written twice", target);
	run->written[run->written_count++] = xstrdup(target);
	return 0;
}

static int store_notebook(struct convert_run *run, const char *target, const struct buf *text,
			  struct err *e)
{
	cleanup_free char *dir = path_dir(target);
	int rc;

	if (convert_is_stdio(target))
		return write_stdout(text, e);
	rc = claim(run, target, e);
	if (!rc && *dir)
		rc = fs_mkdirs(dir, 0777, e);
	return rc ? rc : write_file(run, target, text, e);
}

/* ---- one file ---- */

static int update(const struct notebook *nb, const char *counterpart,
		  const struct convert_options *o, struct buf *text, struct err *e)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_notebook struct notebook *old = NULL;
	struct notebook_name name = { .stem = NULL };
	struct convert_options by_name = *o;
	int rc;

	by_name.language_set = false;
	rc = load_notebook(&old, &name, counterpart, &by_name, e);
	if (rc && !strstr(e->text, counterpart))
		err_wrap(e, "cannot update '%s'", counterpart);
	options.outputs = o->outputs;
	if (!rc)
		rc = notebook_update(old, nb, &options, text, e);
	notebook_name_release(&name);
	return rc;
}

void convert_tell_dropped(const char *path, const struct notebook_dropped *dropped)
{
	cleanup_buf struct buf what = BUF_INIT(CLI_TEXT_MAX);

	if (dropped->outputs)
		buf_addf(&what, ", outputs (%zu)", dropped->outputs);
	if (dropped->counts)
		buf_addf(&what, ", execution_count (%zu)", dropped->counts);
	for (size_t i = 0; i < NOTEBOOK_RUN_KEYS; i++)
		if (dropped->keys[i])
			buf_addf(&what, ", %s (%zu)", notebook_run_key(i), dropped->keys[i]);
	if (dropped->widgets)
		buf_add_str(&what, ", widget state");
	cli_say("%s: dropped: %s", path, what.len ? buf_str(&what) + 2 : "nothing");
}

static int write_new(const struct conversion *c, const char *target, struct buf *text,
		     struct err *e)
{
	const struct convert_options *o = c->run->options;
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct notebook_dropped dropped = { 0 };
	struct notebook_name target_name;
	int rc = c->to == NOTEBOOK_IPYNB ? notebook_refuse_block(c->notebook, e) : 0;

	if (rc)
		return rc;
	if (o->outputs_set || o->strip)
		options.outputs = o->outputs;
	else
		options.outputs = NOTEBOOK_OUTPUTS_KEEP;
	if (!notebook_name_parse(&target_name, target))
		target_name.stem = xstrdup(c->name->stem);
	options.name = path_base(target_name.stem);
	options.run_state = o->strip;
	options.dropped = &dropped;
	/* Nothing of the user's own file goes. */
	options.private = c->to == notebook_format(c->notebook);
	rc = notebook_write(c->notebook, c->to, &options, text, e);
	if (!rc && o->strip && o->verbose)
		convert_tell_dropped(convert_is_stdio(target) ? "standard output" : target,
				     &dropped);
	notebook_name_release(&target_name);
	return rc;
}

static enum notebook_format format_for(const struct convert_options *o, enum notebook_format from)
{
	if (o->strip)
		return from;
	if (o->to_set)
		return o->to;
	return from == NOTEBOOK_SOURCE ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
}

static int convert(const struct conversion *c, struct err *e)
{
	const struct convert_options *o = c->run->options;
	bool same_format = c->to == c->name->format;
	cleanup_free char *target = NULL;
	cleanup_buf struct buf text = BUF_INIT(CONVERT_OUT_MAX);
	int rc = convert_target(&target, c, e);

	if (rc)
		return rc;
	if (same_format && !o->strip && !o->output && !o->update)
		return err_set(e, ERR_INVALID,
			       "'%s' has this format already; name another file with --output",
			       c->job->path);
	if (o->update)
		rc = update(c->notebook, o->update, o, &text, e);
	else if (!same_format && !o->overwrite && !convert_is_stdio(target) &&
		 convert_exists(target))
		rc = update(c->notebook, target, o, &text, e);
	else
		rc = write_new(c, target, &text, e);
	return rc ? rc : store_notebook(c->run, target, &text, e);
}

/* ---- the proof ---- */

static int expect_same(const struct buf *text, const struct buf *data, const char *how,
		       struct err *e)
{
	if (text->len == data->len && memcmp(buf_str(text), buf_str(data), data->len) == 0)
		return 0;
	return err_set(e, ERR_BUG, "%s changes bytes: please report this", how);
}

static int check_way_back(const struct notebook *nb, const struct buf *data, struct err *e)
{
	enum notebook_format format = notebook_format(nb) == NOTEBOOK_SOURCE ? NOTEBOOK_IPYNB
									     : NOTEBOOK_SOURCE;
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_buf struct buf there = BUF_INIT(CONVERT_OUT_MAX), back = BUF_INIT(CONVERT_OUT_MAX);
	cleanup_notebook struct notebook *other = NULL;
	struct notebook_limits all = { .bytes = CONVERT_OUT_MAX };
	int rc = notebook_refuse_block(nb, e);

	if (!rc)
		rc = notebook_write(nb, format, &options, &there, e);
	if (!rc)
		rc = notebook_parse(&other, buf_str(&there), there.len,
				    &(struct notebook_reading){ .format = format,
								.language = notebook_language(nb),
								.limits = &all },
				    e);
	if (!rc)
		rc = notebook_update(nb, other, &options, &back, e);
	return rc ? rc : expect_same(&back, data, "converting there and back", e);
}

static int check_conversion(const struct convert_job *job, const struct notebook *nb, struct err *e)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_buf struct buf data = BUF_INIT(CONVERT_FILE_MAX), text = BUF_INIT(CONVERT_OUT_MAX);
	int rc = fs_load(job->path, CONVERT_FILE_MAX, &data, e);

	options.outputs = NOTEBOOK_OUTPUTS_KEEP;
	options.private = true;
	if (!rc)
		rc = notebook_write(nb, notebook_format(nb), &options, &text, e);
	if (!rc)
		rc = expect_same(&text, &data, "reading and writing", e);
	if (!rc)
		rc = check_way_back(nb, &data, e);
	if (!rc)
		cli_print("%s: ok, %zu cells", job->path, notebook_cell_count(nb));
	return rc;
}

int convert_file(struct convert_run *run, const struct convert_job *job, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;
	struct notebook_name name = { .stem = NULL };
	int rc = load_notebook(&nb, &name, job->path, run->options, e);
	struct conversion c = { run, job, nb, &name, format_for(run->options, name.format) };

	if (!rc)
		rc = run->options->check ? check_conversion(job, nb, e) : convert(&c, e);
	notebook_name_release(&name);
	return rc;
}
