/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit messages that name the notebooks. A reader of git log sees what changed, a filter finds
 * our commits by their trailers.
 */

#include "memory/message.h"

#include <string.h>

#include "path/path.h"
#include "secret/secret.h"

#define SUBJECT_MAX 72
#define LISTED_MAX  100
#define OBJECTS_MAX 1000
#define OBJECT_ID   "Nbsync-Object-Id: "

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

/* A summary is one line: what follows its first line goes into the body. Blank lines in front of it are
 * none: a commit would have no subject. Only here can somebody have written a secret; the rest of a
 * message is names that the commit itself has. */
static void add_summary(struct buf *out, const char *summary)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	const char *said;
	size_t first;

	buf_add_str(&text, summary + strspn(summary, " \t\r\n"));
	secret_redact_whole(&text);
	said = buf_str(&text);
	first = strcspn(said, "\n");
	buf_add(out, said, first);
	if (said[first] && said[first + 1])
		buf_addf(out, "\n\n%s", said + first + 1);
}

static void add_list(struct buf *out, const struct message_change *changes, size_t count)
{
	buf_add_char(out, '\n');
	for (size_t i = 0; i < count && i < LISTED_MAX; i++)
		buf_addf(out, "%s %s\n", verbs[changes[i].verb], changes[i].path);
	if (count > LISTED_MAX)
		buf_addf(out, "and %zu more\n", count - LISTED_MAX);
}

static void add_trailers(struct buf *out, const char *mapping, const struct message_change *changes,
			 size_t count)
{
	unsigned sides = 0;

	buf_addf(out, "\nNbsync-Mapping: %s\n", mapping);
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

void message_write(struct buf *out, const char *mapping, const char *summary,
		   const struct message_change *changes, size_t count)
{
	if (summary)
		add_summary(out, summary);
	else
		add_subject(out, changes, count);
	buf_add_char(out, '\n');
	if (summary || count > 1)
		add_list(out, changes, count);
	add_trailers(out, mapping, changes, count);
}

bool message_has_object(const char *message, const char *object_id)
{
	size_t len = strlen(object_id);

	for (const char *line = message; len && line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_starts(line, OBJECT_ID) &&
		    strncmp(line + strlen(OBJECT_ID), object_id, len) == 0 &&
		    strchr("\r\n", line[strlen(OBJECT_ID) + len]))
			return true;
	}
	return false;
}
