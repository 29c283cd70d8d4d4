/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text is cut into lines here, each line is checked, section lines are read here too (inih cuts
 * their names at 49 bytes), and every other line goes through inih on its own. So nothing inih
 * remembers between lines can matter, and each key has the number of its line.
 */

#include "format/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

#define BOM        "\xEF\xBB\xBF"
#define UNREADABLE "line is neither 'key = value' nor a section nor a comment"

struct reading {
	const struct ini_sink *sink;
	unsigned line;
	char section[INI_LINE_MAX + 1];
	bool section_broken; /* the section line above could not be read */
	bool ok;
};

static void complain(struct reading *r, const char *sentence)
{
	r->ok = false;
	r->sink->problem(r->sink->payload, r->line, sentence);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_comment_sign(char c)
{
	return c == ';' || c == '#';
}

/* What is wrong with the bytes of a line; NULL when nothing is. */
static const char *line_fault(const char *line, size_t len)
{
	if (len > INI_LINE_MAX)
		return "line is longer than 8000 bytes";
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c == '\0')
			return "line contains a NUL byte";
		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return "line contains a control character";
	}
	if (!utf8_valid(line, len))
		return "line is not valid UTF-8";
	if (memmem(line, len, BOM, strlen(BOM)))
		return "line contains a byte order mark";
	return NULL;
}

/* Copies the name between the brackets, blanks at its ends dropped and inside made single. */
static void copy_name(char *out, const char *name, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_blank(name[i]))
			out[n++] = name[i];
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

/* line starts with '['. */
static void read_section(struct reading *r, const char *line)
{
	const char *end = strchr(line, ']');
	const char *rest = end ? end + 1 : NULL;

	r->section_broken = true;
	if (!end) {
		complain(r, "section has no closing ']'");
		return;
	}
	while (is_blank(*rest))
		rest++;
	if (*rest != '\0' && !(is_comment_sign(*rest) && rest > end + 1)) {
		complain(r, "text behind the ']' of a section");
		return;
	}
	copy_name(r->section, line + 1, (size_t)(end - line - 1));
	if (r->section[0] == '\0' || strpbrk(r->section, "[;#")) {
		complain(r, "section has no usable name");
		return;
	}
	r->section_broken = false;
	if (r->sink->section)
		r->sink->section(r->sink->payload, r->section, r->line);
}

/* inih's callback: one key of one line. */
static int on_entry(void *payload, const char *section, const char *key, const char *value)
{
	struct reading *r = payload;

	(void)section;
	if (*key == '\0')
		complain(r, "line has no key in front of '='");
	else if (is_comment_sign(*value))
		complain(r, "value starts with a comment sign");
	else if (!r->section_broken)
		r->sink->entry(r->sink->payload, r->section, key, value, r->line);
	return 1;
}

/* line starts with neither a blank, a comment sign nor '['. */
static void read_entry(struct reading *r, const char *line)
{
	/* inih would take "key: value" as well. */
	if (line[strcspn(line, "=:")] != '=' || ini_parse_string(line, on_entry, r) != 0)
		complain(r, UNREADABLE);
}

static void read_line(struct reading *r, const char *line, size_t len)
{
	char copy[INI_LINE_MAX + 1];
	const char *problem;
	const char *start;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	problem = line_fault(line, len);
	if (problem) {
		complain(r, problem);
		return;
	}
	memcpy(copy, line, len);
	copy[len] = '\0';
	for (start = copy; is_blank(*start);)
		start++;
	if (*start == '[')
		read_section(r, start);
	else if (*start != '\0' && !is_comment_sign(*start))
		read_entry(r, start);
	explicit_bzero(copy, len); /* any line may hold a token */
}

/* Debian's inih has its limits and habits in variables; they are shared by the whole process, and
 * this is the only place that sets them. */
static void set_up_inih(void)
{
	static char comment_signs[] = ";#";

	ini_max_line = INI_LINE_MAX + 3; /* line, newline, NUL */
	ini_use_stack = true;
	ini_allow_multiline = false;
	ini_allow_bom = false;
	ini_allow_no_value = false;
	ini_allow_inline_comments = true;
	ini_start_comment_prefixes = comment_signs;
	ini_inline_comment_prefixes = comment_signs;
	ini_stop_on_first_error = true;
}

/* inih keeps each line on the stack, and any line may hold a token: overwrites where it stood. With
 * AddressSanitizer, which gives functions stacks of their own, it is inih's that counts. */
__attribute__((noinline, no_sanitize_address)) static void wipe_stack(void)
{
	char used[4 * INI_LINE_MAX];

	explicit_bzero(used, sizeof(used));
}

bool ini_read(const char *text, size_t len, const struct ini_sink *sink)
{
	struct reading r = { .sink = sink, .ok = true };
	const char *end = text + len;

	if (len > INI_FILE_MAX) {
		r.line = 1;
		complain(&r, "file is larger than 1 MiB");
		return false;
	}
	set_up_inih();
	if (len >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		text += strlen(BOM);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		r.line++;
		read_line(&r, text, (size_t)(stop - text));
		text = newline ? newline + 1 : end;
	}
	wipe_stack();
	return r.ok;
}

/* Whether the open file may be trusted. */
static int check_ini_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_CONFIG, "cannot examine '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CONFIG, "'%s' is not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(e, ERR_CONFIG, "'%s' belongs to user %u, not to root or to user %u",
			       path, st.st_uid, geteuid());
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, ERR_CONFIG, "'%s' can be written by others; chmod go-w '%s'",
			       path, path);
	return 0;
}

struct source {
	int dir;          /* AT_FDCWD, or the directory that name is in */
	const char *name; /* what is opened */
	const char *path; /* what it is called in sentences */
	int flags;        /* O_NOFOLLOW or 0 */
};

static int open_file(int *fd, const struct source *s, struct err *e)
{
	struct stat st;
	int errnum;

	*fd = openat(s->dir, s->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | s->flags);
	if (*fd >= 0)
		return check_ini_file(*fd, s->path, e);
	errnum = errno;
	if (errnum == ELOOP && (s->flags & O_NOFOLLOW))
		return err_set(e, ERR_CONFIG,
			       "'%s' is a symbolic link; put the file itself in its place",
			       s->path);
	if (errnum == ENOENT && fstatat(s->dir, s->name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		return err_set(e, ERR_ABSENT, "'%s' does not exist", s->path);
	return err_set(e, ERR_CONFIG, "cannot open '%s': %s", s->path, strerror(errnum));
}

static int load(struct buf *out, const struct source *s, struct err *e)
{
	cleanup_fd int fd = -1;
	char piece[16 * 1024];
	int r = open_file(&fd, s, e);
	ssize_t n;

	if (r)
		return r;
	buf_release(out);
	*out = BUF_INIT(INI_FILE_MAX);
	buf_reserve(out, INI_FILE_MAX); /* a buffer that moves would leave its bytes behind */
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = err_set(e, ERR_CONFIG, "cannot read '%s': %s", s->path,
				    strerror(errno));
		else if (!buf_add(out, piece, (size_t)n))
			r = err_set(e, ERR_CONFIG, "'%s' is larger than 1 MiB", s->path);
		if (r)
			break;
	}
	explicit_bzero(piece, sizeof(piece));
	return r;
}

int ini_load(struct buf *out, const char *path, struct err *e)
{
	const struct source s = { .dir = AT_FDCWD, .name = path, .path = path };

	return load(out, &s, e);
}

int ini_load_in(struct buf *out, int dir, const char *name, const char *path, struct err *e)
{
	const struct source s = { .dir = dir, .name = name, .path = path, .flags = O_NOFOLLOW };

	return load(out, &s, e);
}
