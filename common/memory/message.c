/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit messages that name the notebooks. A reader of git log sees what changed, a filter finds
 * our commits by their trailers. What people write as trailers stays that: a review system that wants
 * a Change-Id or a sign-off finds them in the one block of trailers that Git reads, the last
 * paragraph. Nothing is made up that nobody said, such as a sign-off.
 */

#include "memory/message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "git/libgit2/text.h"
#include "path/path.h"
#include "secret/secret.h"

#define SUBJECT_MAX  72
#define LISTED_MAX   100
#define OBJECTS_MAX  1000
#define OBJECT_ID    "Nbsync-Object-Id: "
#define WORKSPACE    "Nbsync-Workspace: "
#define NO_CHARACTER "\xef\xbf\xbd" /* U+FFFD */

static const char *const verbs[] = { "Add", "Update", "Delete" };

/* The one verb for all changes; a mixture is an update. */
static enum message_verb common_verb(const struct message_change *changes, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (changes[i].verb != changes[0].verb)
			return MESSAGE_UPDATE;
	return changes[0].verb;
}

/* Length of the deepest folder that holds all paths; 0 for the root. */
static size_t common_folder(const struct message_change *changes, size_t count)
{
	const char *first = changes[0].path, *slash = strrchr(first, '/');
	size_t len = slash ? (size_t)(slash - first) : 0;

	for (size_t i = 1; i < count && len; i++) {
		while (len &&
		       (strncmp(changes[i].path, first, len) != 0 || changes[i].path[len] != '/')) {
			while (len && first[--len] != '/')
				;
		}
	}
	return len;
}

/* Adds text, cut so that the line stays within SUBJECT_MAX, never inside a UTF-8 character. */
static void add_cut(struct buf *out, size_t line_start, const char *text)
{
	size_t room = SUBJECT_MAX - (out->len - line_start), len = strlen(text);

	if (len <= room) {
		buf_add_str(out, text);
		return;
	}
	buf_add(out, text, path_cut(text, room - 3));
	buf_add_str(out, "...");
}

static bool all_notebooks(const struct message_change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (changes[i].file)
			return false;
	return true;
}

static void add_subject(struct buf *out, const struct message_change *changes, size_t count)
{
	size_t start = out->len, folder;

	buf_addf(out, "%s ", verbs[common_verb(changes, count)]);
	if (count == 1) {
		add_cut(out, start, changes[0].path);
		return;
	}
	buf_addf(out, "%zu %s", count, all_notebooks(changes, count) ? "notebooks" : "files");
	folder = common_folder(changes, count);
	if (folder) {
		cleanup_free char *dir = xstrndup(changes[0].path, folder);

		buf_add_str(out, " in ");
		add_cut(out, start, dir);
	}
}

/* ---- what a person said ---- */

struct summary {
	char *subject;  /* owned; NULL when nothing was said */
	char *body;     /* owned; ends with a newline, or is empty */
	char *trailers; /* owned; as the body */
};

static void summary_release(struct summary *s)
{
	free(s->subject);
	free(s->body);
	free(s->trailers);
}

/* Without control characters, which would act on the terminal of whoever reads git log. Bytes that are no
 * UTF-8 are replaced, or two of them could become one when what is between them goes. */
static void add_printable(struct buf *out, const char *text)
{
	size_t left = strlen(text), len;
	uint32_t cp;

	for (; left; text += len, left -= len) {
		len = utf8_decode(text, left, &cp);
		if (!len) {
			buf_add_str(out, NO_CHARACTER);
			len = 1;
		} else if (cp == '\n' || cp == '\t' || !utf8_is_control(cp)) {
			buf_add(out, text, len);
		}
	}
}

/* Adds the lines of a text but for those that look like ours, which nobody else says: who reads them
 * believes them. */
static void add_foreign(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		if (strncasecmp(text, "Nbsync-", strlen("Nbsync-")) != 0)
			buf_add(out, text, len);
		text += len;
	}
}

/* Takes the trailers off the body, which is tidy: they are its last paragraph or nothing. */
static void split_trailers(struct summary *s)
{
	size_t last = strlen(s->body);

	while (last && !(last > 1 && s->body[last - 1] == '\n' && s->body[last - 2] == '\n'))
		last--;
	if (!s->body[last] || !git_text_is_trailers(s->body + last)) {
		s->trailers = xstrdup("");
		return;
	}
	s->trailers = xstrdup(s->body + last);
	s->body[last ? last - 1 : 0] = '\0';
}

/* The first line is the subject, what follows it the body. Only here can somebody have written a
 * secret; the rest of a message is names that the commit itself has. */
static void read_summary(struct summary *out, const char *summary)
{
	cleanup_buf struct buf printable = BUF_UNBOUNDED, said = BUF_UNBOUNDED;
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	const char *rest;
	size_t first;

	*out = (struct summary){ 0 };
	if (!summary)
		return;
	add_printable(&printable, summary);
	rest = buf_str(&printable);
	add_foreign(&said, rest + strspn(rest, " \t\n"));
	secret_redact_whole(&said);
	git_text_tidy(&text, buf_str(&said));
	rest = buf_str(&text);
	rest += strspn(rest, " \t");
	if (!*rest)
		return;
	first = strcspn(rest, "\n");
	out->subject = xstrndup(rest, first);
	rest += first;
	out->body = xstrdup(rest + strspn(rest, "\n"));
	split_trailers(out);
}

/* ---- the whole ---- */

static void add_list(struct buf *out, const struct message_change *changes, size_t count)
{
	buf_add_char(out, '\n');
	for (size_t i = 0; i < count && i < LISTED_MAX; i++)
		buf_addf(out, "%s %s\n", verbs[changes[i].verb], changes[i].path);
	if (count > LISTED_MAX)
		buf_addf(out, "and %zu more\n", count - LISTED_MAX);
}

static bool all_in_workspace(const struct message_change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!changes[i].in_workspace)
			return false;
	return true;
}

/* Git reads one block of trailers, the last paragraph: said is what a person had in theirs. */
static void add_trailers(struct buf *out, const char *said, const char *mapping,
			 const struct message_change *changes, size_t count)
{
	unsigned sides = 0;

	buf_addf(out, "\n%sNbsync-Mapping: %s\n", said, mapping);
	for (size_t i = 0; i < count; i++)
		sides |= changes[i].sides;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (sides & 1u << s)
			buf_addf(out, "Nbsync-Side: %s\n", side_names[s]);
	for (size_t i = 0, listed = 0; i < count && listed < OBJECTS_MAX; i++) {
		if (!changes[i].object_id || !*changes[i].object_id)
			continue;
		buf_addf(out, OBJECT_ID "%s\n", changes[i].object_id);
		listed++;
	}
}

void message_write(struct buf *out, const char *mapping, const char *workspace, const char *summary,
		   const struct message_change *changes, size_t count)
{
	struct summary said;

	read_summary(&said, summary);
	if (said.subject)
		buf_add_str(out, said.subject);
	else
		add_subject(out, changes, count);
	buf_add_char(out, '\n');
	if (said.subject && *said.body)
		buf_addf(out, "\n%s", said.body);
	if (said.subject || count > 1)
		add_list(out, changes, count);
	add_trailers(out, said.subject ? said.trailers : "", mapping, changes, count);
	if (*workspace && all_in_workspace(changes, count))
		buf_addf(out, WORKSPACE "%s\n", workspace);
	summary_release(&said);
}

/* Whether a line is that trailer with just that value. */
static bool has_trailer(const char *message, const char *name, const char *value)
{
	size_t len = strlen(value);

	for (const char *line = message; len && line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_starts(line, name) && strncmp(line + strlen(name), value, len) == 0 &&
		    strchr("\r\n", line[strlen(name) + len]))
			return true;
	}
	return false;
}

bool message_has_object(const char *message, const char *object_id)
{
	return has_trailer(message, OBJECT_ID, object_id);
}

bool message_has_workspace(const char *message, const char *workspace)
{
	return has_trailer(message, WORKSPACE, workspace);
}
