/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync convert: notebooks from one format to the other, as files, folders or in a pipe. Works
 * alone: no configuration, no daemon, no network.
 *
 * A target that exists already is taken as the notebook's counterpart and updated, so that its
 * outputs, ids and spelling survive; --overwrite writes a new file instead. Targets are written
 * whole or not at all. One bad file does not stop the others.
 */

#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/cli/cli.h"
#include "ctl/commands.h"
#include "ctl/convert/convert.h"
#include "fs/fs.h"
#include "log/escape.h"
#include "path/path.h"

#define SHOWN_MAX   60 /* bytes of a name, while it is converted */
#define KEPT_MEMORY (512 * 1024 * 1024)

static const char usage[] =
	"usage: nbsync convert [OPTION...] FILE...\n"
	"       nbsync convert -r [OPTION...] --to FORMAT FOLDER...\n"
	"       nbsync convert --filter [NAME] | --textconv FILE\n"
	"       nbsync convert --install-git [DIR] | --uninstall-git [DIR]\n"
	"\n"
	"Converts notebooks between Databricks source (.py .sql .scala .r) and Jupyter (.ipynb).\n"
	"FILE may be '-' for standard input. A target that exists is updated.\n"
	"\n"
	"  -t, --to source|ipynb      the format to write (default: the other one)\n"
	"  -o, --output OUT           a file, a folder for several files, or '-' (default: beside\n"
	"                             each file; standard output for standard input)\n"
	"  -u, --update OLD           write into a copy of OLD, which goes to OUT or back to OLD\n"
	"  -l, --language LANGUAGE    python, sql, scala or r, whatever name or metadata say\n"
	"      --outputs MODE         strip, keep or keep-tagged the outputs of cells that change\n"
	"      --strip-outputs        remove what runs left in .ipynb files, in place without -o\n"
	"      --overwrite            write targets anew instead of updating them\n"
	"  -c, --check                write nothing; prove that each file survives both "
	"directions\n"
	"  -r, --recursive            the notebooks in folders, hidden folders left out\n"
	"      --exclude PATTERN      with --recursive: not these, as in a .gitignore; "
	"repeatable\n"
	"  -v, --verbose              say what --strip-outputs dropped from each file\n";

/* ---- sentences ---- */

/* "cell 3, line 2: why" and "line 3, column 2: why" become "cell 3:2: why" and "3:2: why", so that
 * together with the file's name they are what editors understand. */
static void complain(struct convert_run *run, const char *path, const struct err *e)
{
	size_t a, b;
	int n = 0;

	run->failed++;
	if (sscanf(e->text, "cell %zu, line %zu: %n", &a, &b, &n) == 2 && n)
		cli_say("%s:cell %zu:%zu: %s", path, a, b, e->text + n);
	else if (sscanf(e->text, "line %zu, column %zu: %n", &a, &b, &n) == 2 && n)
		cli_say("%s:%zu:%zu: %s", path, a, b, e->text + n);
	else if (strstr(e->text, path))
		cli_say("%s", e->text);
	else
		cli_say("%s: %s", path, e->text);
}

static void show_progress(const struct convert_run *run, size_t i)
{
	const char *name = run->jobs[i].rel;
	cleanup_buf struct buf shown = BUF_INIT(SHOWN_MAX);

	if (run->count < 2 || !isatty(STDERR_FILENO))
		return;
	escape_masked_str(&shown, name);
	fprintf(stderr, "\r\033[K%zu/%zu %s", i + 1, run->count, buf_str(&shown));
}

static void end_progress(const struct convert_run *run)
{
	if (run->count > 1 && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void run_job(struct convert_run *run, const struct convert_job *job)
{
	struct err e = ERR_INIT;

	if (convert_file(run, job, &e)) {
		end_progress(run);
		complain(run, job->path, &e);
	}
}

/* ---- which files ---- */

static void add_job(struct convert_run *run, const char *path, const char *rel)
{
	run->jobs = array_grow(run->jobs, run->count, &run->cap, sizeof(*run->jobs));
	run->jobs[run->count++] = (struct convert_job){ xstrdup(path), xstrdup(rel) };
}

struct folder {
	struct convert_run *run;
	const char *path;
	int root;
};

/* Whether a script of a folder is a notebook at all. */
static bool is_notebook(const struct folder *folder, const char *rel,
			const struct notebook_name *name)
{
	cleanup_buf struct buf data = BUF_INIT(CONVERT_FILE_MAX);

	return name->format == NOTEBOOK_IPYNB ||
	       (fs_read(folder->root, rel, CONVERT_FILE_MAX, &data, NULL, NULL) == 0 &&
		notebook_is_source(buf_str(&data), data.len, name->language));
}

static bool is_wanted(const struct folder *folder, const char *rel)
{
	const struct convert_options *o = folder->run->options;
	struct notebook_name name;
	bool wanted;

	if (!notebook_name_parse(&name, rel))
		return false;
	if (o->check)
		wanted = true;
	else if (o->strip)
		wanted = name.format == NOTEBOOK_IPYNB;
	else
		wanted = name.format != o->to;
	wanted = wanted && is_notebook(folder, rel, &name);
	notebook_name_release(&name);
	return wanted;
}

/* Hidden folders hold what programs keep for themselves: copies of notebooks (.ipynb_checkpoints),
 * environments, repositories. */
static bool is_left_out(const struct folder *folder, const char *rel, const struct fs_stat *st)
{
	bool is_folder = st->kind == FS_DIR;

	return (is_folder && *path_base(rel) == '.') ||
	       ignore_path(&folder->run->exclude, rel, is_folder) == IGNORE_MATCHED;
}

static bool visit(void *payload, const char *rel, const struct fs_stat *st,
		  const struct err *problem)
{
	const struct folder *folder = payload;
	cleanup_free char *path = path_join(folder->path, rel);

	if (problem->code == ERR_ABSENT || is_left_out(folder, rel, st))
		return false;
	if (problem->code)
		complain(folder->run, path, problem);
	else if (st->kind == FS_FILE && is_wanted(folder, rel))
		add_job(folder->run, path, rel);
	return st->kind == FS_DIR;
}

static void add_folder(struct convert_run *run, const char *path)
{
	struct folder folder = { run, path, -1 };
	struct err e = ERR_INIT;
	int rc = fs_root_open(&folder.root, path, &e);

	if (!rc)
		rc = fs_walk(folder.root, "", visit, &folder, &e);
	if (folder.root >= 0)
		close(folder.root);
	if (rc)
		complain(run, path, &e);
}

static void release_run(struct convert_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		free(run->jobs[i].path);
		free(run->jobs[i].rel);
	}
	for (size_t i = 0; i < run->written_count; i++)
		free(run->written[i]);
	for (size_t i = 0; i < run->folder_count; i++)
		free(run->folders[i]);
	free(run->written);
	free(run->folders);
	free(run->jobs);
	ignore_release(&run->exclude);
}

static int run_all(const struct convert_options *o, char **paths, int count)
{
	const struct ignore_source exclude = { .folder = "", .kind = IGNORE_NBSYNC };
	struct convert_run run = { .options = o };
	struct err e = ERR_INIT;

	if (ignore_add(&run.exclude, &exclude, buf_str(&o->exclude), o->exclude.len, &e)) {
		cli_say("the patterns of --exclude: %s", e.text);
		return EXIT_USAGE;
	}
	for (int i = 0; i < count; i++)
		if (o->recursive && convert_is_folder(paths[i]))
			add_folder(&run, paths[i]);
		else
			add_job(&run, paths[i], path_base(paths[i]));
	run.written = xcalloc(run.count, sizeof(*run.written));
	for (size_t i = 0; i < run.count; i++) {
		show_progress(&run, i);
		run_job(&run, &run.jobs[i]);
	}
	end_progress(&run);
	if (convert_sync(&run, &e)) {
		run.failed++;
		cli_say("%s", e.text);
	}
	release_run(&run);
	return run.failed ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the command line ---- */

static int refuse(const char *why)
{
	fprintf(stderr, "nbsync: %s; see 'nbsync convert --help'\n", why);
	return EXIT_USAGE;
}

static bool parse_outputs(const char *word, enum notebook_outputs *out)
{
	static const char *const words[] = { "strip", "keep", "keep-tagged" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum notebook_outputs)i;
			return true;
		}
	return false;
}

static bool parse_format(const char *word, enum notebook_format *out)
{
	*out = strcmp(word, "ipynb") == 0 ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	return *out == NOTEBOOK_IPYNB || strcmp(word, "source") == 0;
}

static const char *contradiction_for_git(const struct convert_options *o, char **paths, int count)
{
	if (o->to_set || o->output || o->update || o->strip || o->overwrite || o->check ||
	    o->recursive || o->exclude.len)
		return "what is for Git goes with --language, --outputs and --verbose only";
	if (o->git >= CONVERT_INSTALL && (o->language_set || o->outputs_set || o->verbose))
		return "--install-git and --uninstall-git take a folder and no other option";
	if (count > 1 || (o->git == CONVERT_TEXTCONV && !count))
		return "what is for Git takes one name";
	if (count && !*paths[0])
		return "the name of a file is empty";
	return NULL;
}

/* Why the options do not go together, or NULL. */
static const char *contradiction(const struct convert_options *o, char **paths, int count)
{
	if (o->git)
		return contradiction_for_git(o, paths, count);
	if (!count)
		return "convert needs a file";
	if (o->strip && o->to_set)
		return "--strip-outputs and --to exclude each other";
	if (o->update && (count > 1 || o->recursive))
		return "--update takes one file";
	if (o->update && (o->strip || o->overwrite))
		return "--update excludes --strip-outputs and --overwrite";
	if (o->recursive && !o->to_set && !o->strip && !o->check)
		return "a folder needs --to, --strip-outputs or --check";
	if (o->exclude.len && !o->recursive)
		return "--exclude needs --recursive";
	for (int i = 0; i < count; i++) {
		if (!*paths[i])
			return "the name of a file is empty";
		if (convert_is_stdio(paths[i]) && o->check)
			return "--check needs files";
		if (convert_is_folder(paths[i]) && !o->recursive)
			return "a folder needs --recursive";
	}
	return NULL;
}

/* False for what is no single pattern. */
static bool add_pattern(struct buf *patterns, const char *word)
{
	struct glob glob;

	if (strchr(word, '\n') || strlen(word) > GLOB_LEN_MAX ||
	    !glob_parse(&glob, word, strlen(word)))
		return false;
	buf_add_str(patterns, word);
	buf_add_char(patterns, '\n');
	return true;
}

/* One option; false when its argument makes no sense. */
static bool take_option(struct convert_options *o, int opt)
{
	switch (opt) {
	case 't':
		o->to_set = true;
		return parse_format(optarg, &o->to);
	case 'o':
		o->output = optarg;
		return *optarg;
	case 'u':
		o->update = optarg;
		return *optarg;
	case 'l':
		o->language_set = true;
		return notebook_language_parse(optarg, &o->language);
	case 'O':
		o->outputs_set = true;
		return parse_outputs(optarg, &o->outputs);
	case 's':
		o->strip = true;
		return true;
	case 'w':
		o->overwrite = true;
		return true;
	case 'c':
		o->check = true;
		return true;
	case 'r':
		o->recursive = true;
		return true;
	case 'F':
		o->git = CONVERT_FILTER;
		return true;
	case 'T':
		o->git = CONVERT_TEXTCONV;
		return true;
	case 'I':
		o->git = CONVERT_INSTALL;
		return true;
	case 'U':
		o->git = CONVERT_UNINSTALL;
		return true;
	case 'v':
		o->verbose = true;
		return true;
	case 'x':
		return add_pattern(&o->exclude, optarg);
	default:
		return false;
	}
}

static int run_command(struct convert_options *o, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "to", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "update", required_argument, NULL, 'u' },
		{ "language", required_argument, NULL, 'l' },
		{ "outputs", required_argument, NULL, 'O' },
		{ "strip-outputs", no_argument, NULL, 's' },
		{ "overwrite", no_argument, NULL, 'w' },
		{ "check", no_argument, NULL, 'c' },
		{ "recursive", no_argument, NULL, 'r' },
		{ "exclude", required_argument, NULL, 'x' },
		{ "filter", no_argument, NULL, 'F' },
		{ "textconv", no_argument, NULL, 'T' },
		{ "install-git", no_argument, NULL, 'I' },
		{ "uninstall-git", no_argument, NULL, 'U' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *why;
	int opt;

	while ((opt = getopt_long(argc, argv, "t:o:u:l:crvh", longopts, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (opt == '?')
			return refuse("this option is unknown or lacks its argument");
		if (!take_option(o, opt)) {
			cli_say("argument '%s' is not understood; see 'nbsync convert --help'",
				optarg);
			return EXIT_USAGE;
		}
	}
	why = contradiction(o, argv + optind, argc - optind);
	if (why)
		return refuse(why);
	if (o->git == CONVERT_FILTER || o->git == CONVERT_TEXTCONV)
		return convert_for_git(o, argv[optind]);
	if (o->git)
		return convert_install(o, optind < argc ? argv[optind] : ".");
	return run_all(o, argv + optind, argc - optind);
}

int cmd_convert(int argc, char **argv)
{
	struct convert_options o = { .outputs = NOTEBOOK_OUTPUTS_STRIP,
				     .exclude = BUF_INIT(CLI_TEXT_MAX) };
	int code;

	/* Keeps freed memory for the next file, instead of giving it back to the system. */
	mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
	mallopt(M_MMAP_THRESHOLD, KEPT_MEMORY);
	code = run_command(&o, argc, argv);
	buf_release(&o.exclude);
	return code;
}
