/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync convert --install-git: what makes one repository use nbsync as filter and text form of its
 * .ipynb files, and --uninstall-git, which takes back exactly that.
 *
 * Two files of the repository's own directory get a block between two lines of ours, at their end;
 * nothing else in them changes, and nothing outside of them. Settings of somebody else for the same
 * files are a reason to refuse: a filter of Git LFS that no longer runs would commit the files
 * themselves.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/cli/cli.h"
#include "ctl/convert/convert.h"
#include "fs/fs.h"
#include "git/libgit2/checkout.h"
#include "git/libgit2/start.h"
#include "path/path.h"

#define TEXT_MAX   ((size_t)16 << 20)
#define ATTRIBUTES "*.ipynb filter=nbsync diff=nbsync\n"
#define BEGIN      "# begin: nbsync convert --install-git"
/* the same, where the line above had no end, which goes with the block */
#define BEGIN_JOINED "\n" BEGIN ", with the end of the line above\n"
#define BEGIN_PLAIN  BEGIN "\n"
#define END          "# end: nbsync convert --install-git\n"

/* How a line of ours begins and ends; what stands between depends on where nbsync is. */
static const struct {
	const char *start, *end;
} our_lines[] = {
	{ "[filter \"nbsync\"]\n", "" },
	{ "\tclean = \"'", "' convert --filter -- %f\"\n" },
	{ "\trequired = false\n", "" },
	{ "[diff \"nbsync\"]\n", "" },
	{ "\ttextconv = \"'", "' convert --textconv --\"\n" },
	{ ATTRIBUTES, "" },
};

/* One of the two files. */
struct git_file {
	char *path;      /* owned */
	char *real;      /* owned; without symbolic links */
	struct buf text; /* owned; as it is now */
	struct buf body; /* owned; our lines */
	mode_t mode;
	bool exists;
};

static void git_file_release(struct git_file *t)
{
	free(t->path);
	free(t->real);
	buf_release(&t->text);
	buf_release(&t->body);
}

static int git_file_load(struct git_file *t, const char *common, const char *name, struct err *e)
{
	struct stat st;

	*t = (struct git_file){ .path = xasprintf("%s%s", common, name),
				.text = BUF_INIT(TEXT_MAX),
				.body = BUF_INIT(TEXT_MAX),
				.mode = 0644 };
	t->real = realpath(t->path, NULL);
	t->exists = t->real != NULL;
	if (!t->exists) {
		int errnum = errno;

		t->real = xstrdup(t->path);
		if (errnum != ENOENT)
			return err_errno(e, errnum, "cannot read '%s'", t->path);
		return lstat(t->path, &st) ? 0
					   : err_set(e, ERR_CONFIG,
						     "'%s' is a symbolic link that leads nowhere; "
						     "mend it, or remove it first",
						     t->path);
	}
	if (stat(t->real, &st) == 0)
		t->mode = st.st_mode & 0777;
	return fs_load(t->real, TEXT_MAX, &t->text, e);
}

/* ---- the block ---- */

struct block {
	size_t start, body, end, after; /* offsets: of the block, of our lines, of END, behind it */
};

static bool find_block(const struct buf *text, struct block *b)
{
	const char *data = buf_str(text), *joined = strstr(data, BEGIN_JOINED);
	const char *at = joined ? joined : strstr(data, BEGIN_PLAIN), *end;

	if (!at || !(end = strstr(at, END)))
		return false;
	b->start = (size_t)(at - data);
	b->body = b->start + strlen(joined ? BEGIN_JOINED : BEGIN_PLAIN);
	b->end = (size_t)(end - data);
	b->after = b->end + strlen(END);
	return true;
}

static bool is_our_line(const char *line)
{
	size_t len = (size_t)(strchr(line, '\n') + 1 - line);

	for (size_t i = 0; i < ARRAY_SIZE(our_lines); i++) {
		size_t start = strlen(our_lines[i].start), end = strlen(our_lines[i].end);

		if (len >= start + end && str_starts(line, our_lines[i].start) &&
		    memcmp(line + len - end, our_lines[i].end, end) == 0)
			return true;
	}
	return false;
}

/* ERR_CONFIG when somebody wrote between our lines. */
static int check_block(const struct git_file *t, const struct block *b, struct err *e)
{
	const char *line = buf_str(&t->text) + b->body, *end = buf_str(&t->text) + b->end;

	for (; line < end; line = strchr(line, '\n') + 1)
		if (!is_our_line(line))
			return err_set(e, ERR_CONFIG,
				       "'%s' was changed between the lines '%s' and its end; "
				       "remove them by hand",
				       t->path, BEGIN);
	return 0;
}

/* ---- writing ---- */

/* Somebody may have written between git_file_load() and the lock. */
static int check_unchanged(const struct git_file *t, struct err *e)
{
	cleanup_buf struct buf now = BUF_INIT(TEXT_MAX);
	int rc = fs_load(t->real, TEXT_MAX, &now, e);

	if (rc == ERR_ABSENT && !t->exists) {
		*e = ERR_INIT;
		return 0;
	}
	if (!rc &&
	    (now.len != t->text.len || memcmp(buf_str(&now), buf_str(&t->text), now.len) != 0))
		rc = err_set(e, ERR_RETRY, "'%s' was changed meanwhile; run this again", t->path);
	return rc;
}

/* As Git does it: nobody changes the file while NAME.lock is there. */
static int git_file_store(const struct git_file *t, const struct buf *text, struct err *e)
{
	cleanup_free char *lock = xasprintf("%s.lock", t->real), *dir = path_dir(t->real);
	int rc = fs_mkdirs(dir, 0777, e);
	cleanup_fd int fd = rc ? -1 : open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (rc)
		return rc;
	if (fd < 0)
		return err_errno(e, errno, "cannot lock '%s'", t->path);
	rc = text->full ? err_set(e, ERR_INVALID, "'%s' is too large to add to", t->path)
			: check_unchanged(t, e);
	if (!rc && text->len)
		rc = fs_store(t->real, buf_str(text), text->len, t->mode, e);
	else if (!rc && unlink(t->real))
		rc = err_errno(e, errno, "cannot remove '%s'", t->path);
	unlink(lock);
	return rc;
}

static void tell(const struct git_file *t, const char *what)
{
	const char *line = buf_str(&t->body), *lf;

	cli_print("%s '%s'", what, t->path);
	for (; (lf = strchr(line, '\n')); line = lf + 1) {
		cleanup_free char *shown = xstrndup(line, (size_t)(lf - line));

		cli_print("    %s", *shown == '\t' ? shown + 1 : shown);
	}
}

static int install(struct git_file *t, struct err *e)
{
	cleanup_buf struct buf text = BUF_INIT(TEXT_MAX);
	const char *old = buf_str(&t->text);
	bool joined = t->text.len && old[t->text.len - 1] != '\n';
	struct block b;
	int rc = 0;

	if (find_block(&t->text, &b)) {
		if (b.end - b.body == t->body.len &&
		    memcmp(old + b.body, buf_str(&t->body), t->body.len) == 0) {
			tell(t, "already in");
			return 0;
		}
		rc = check_block(t, &b, e);
		buf_add(&text, old, b.body);
		buf_add(&text, buf_str(&t->body), t->body.len);
		buf_add(&text, old + b.end, t->text.len - b.end);
	} else {
		buf_add(&text, old, t->text.len);
		buf_add_str(&text, joined ? BEGIN_JOINED : BEGIN_PLAIN);
		buf_add(&text, buf_str(&t->body), t->body.len);
		buf_add_str(&text, END);
	}
	if (!rc)
		rc = git_file_store(t, &text, e);
	if (!rc)
		tell(t, "added to");
	return rc;
}

static int uninstall(struct git_file *t, struct err *e)
{
	cleanup_buf struct buf text = BUF_INIT(TEXT_MAX);
	struct block b;
	int rc;

	if (!find_block(&t->text, &b)) {
		cli_print("nothing of nbsync in '%s'", t->path);
		return 0;
	}
	rc = check_block(t, &b, e);
	if (rc)
		return rc;
	buf_add(&text, buf_str(&t->text), b.start);
	/* the line above needs its end when another follows now */
	if (buf_str(&t->text)[b.start] == '\n' && b.after < t->text.len)
		buf_add_char(&text, '\n');
	buf_add(&text, buf_str(&t->text) + b.after, t->text.len - b.after);
	buf_clear(&t->body);
	buf_add(&t->body, buf_str(&t->text) + b.body, b.end - b.body);
	rc = git_file_store(t, &text, e);
	if (!rc)
		tell(t, "removed from");
	return rc;
}

/* ---- what the lines are ---- */

/* This program in quotes for the shell, as part of a quoted value in Git's configuration. */
static int add_program(struct buf *out, struct err *e)
{
	cleanup_free char *path = realpath("/proc/self/exe", NULL);

	if (!path)
		return err_errno(e, errno, "cannot tell where this program is");
	if (strpbrk(path, "'\"\\\n"))
		return err_set(e, ERR_CONFIG,
			       "the path of this program '%s' has a quote or a backslash in it, "
			       "which Git's configuration cannot hold safely",
			       path);
	buf_addf(out, "'%s'", path);
	return 0;
}

static int make_body(struct buf *out, struct err *e)
{
	cleanup_buf struct buf program = BUF_INIT(TEXT_MAX);
	int rc = add_program(&program, e);

	if (!rc)
		buf_addf(out,
			 "[filter \"nbsync\"]\n"
			 "\tclean = \"%s convert --filter -- %%f\"\n"
			 "\trequired = false\n"
			 "[diff \"nbsync\"]\n"
			 "\ttextconv = \"%s convert --textconv --\"\n",
			 buf_str(&program), buf_str(&program));
	return rc;
}

/* ---- settings of others ---- */

/* Whether a section of this name stands in the file outside of our block. */
static bool has_section(const struct git_file *t, const char *section)
{
	const char *data = buf_str(&t->text);
	struct block b = { 0 };
	bool ours = find_block(&t->text, &b);

	for (const char *at = data; (at = strstr(at, section)); at++) {
		size_t offset = (size_t)(at - data);

		if (!ours || offset < b.start || offset >= b.after)
			return true;
	}
	return false;
}

static int check_others(const char *common, const struct git_file *config, struct err *e)
{
	static const char *const attributes[] = { "filter", "diff" };

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		cleanup_free char *value = NULL;
		cleanup_free char *section = xasprintf("[%s \"nbsync\"]", attributes[i]);
		int rc = checkout_attribute(&value, common, "notebook.ipynb", attributes[i], e);

		if (rc)
			return rc;
		if (value && !str_eq(value, "nbsync"))
			return err_set(e, ERR_CONFIG,
				       "the attributes of this repository give .ipynb files "
				       "%s=%s, which nbsync would replace; remove it first",
				       attributes[i], value);
		if (has_section(config, section))
			return err_set(e, ERR_CONFIG,
				       "'%s' has a section %s already; remove it first, by 'git "
				       "config --remove-section %s.nbsync'",
				       config->path, section, attributes[i]);
	}
	return 0;
}

/* Attributes name a filter only while there is one. */
static int change(const struct convert_options *o, const char *common, struct git_file *config,
		  struct git_file *attributes, struct err *e)
{
	int rc;

	if (o->git == CONVERT_UNINSTALL) {
		rc = uninstall(attributes, e);
		return rc ? rc : uninstall(config, e);
	}
	rc = check_others(common, config, e);
	if (!rc)
		rc = make_body(&config->body, e);
	buf_add_str(&attributes->body, ATTRIBUTES);
	if (!rc)
		rc = install(config, e);
	return rc ? rc : install(attributes, e);
}

int convert_install(const struct convert_options *o, const char *dir)
{
	cleanup_free char *common = NULL;
	struct git_file config = { .path = NULL }, attributes = { .path = NULL };
	struct err e = ERR_INIT;
	int rc = git_start(&e);

	if (!rc)
		rc = checkout_find(&common, dir, &e);
	if (!rc)
		rc = git_file_load(&config, common, "config", &e);
	if (!rc)
		rc = git_file_load(&attributes, common, "info/attributes", &e);
	if (!rc)
		rc = change(o, common, &config, &attributes, &e);
	git_file_release(&config);
	git_file_release(&attributes);
	if (!rc)
		return EXIT_DONE;
	cli_say("%s", e.text);
	return EXIT_FAILED;
}
