/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message of a commit: a summary (empty: none), the id of an object, and paths, with record
 * separators between them; the first byte of a path says which change it is and where it came from.
 * Whatever the words are, the last paragraph is one that Git takes for trailers and ends with ours, the
 * subject says something and fits, no word of a person is lost, nothing in it acts on a terminal, and
 * nobody takes the commit for a record of ours.
 */

#include <ctype.h>

#include "fuzz.h"

#include "base/strlist.h"
#include "git/libgit2/start.h"
#include "git/libgit2/text.h"
#include "memory/history_cut.h"
#include "memory/message.h"
#include "path/path.h"

#define CHANGES_MAX 130 /* more than a message lists */
#define SUBJECT_MAX 72
#define LISTED_MAX  100
#define MAPPING     "etl"
#define WORKSPACE   "ab12"

static const char *const verbs[] = { "Add", "Update", "Delete" };

struct told {
	char *summary, *id; /* owned; summary NULL when there is none */
	struct message_change changes[CHANGES_MAX];
	size_t count;
	struct strlist paths; /* of the changes */
};

static void take_change(struct told *t, const uint8_t *data, size_t len)
{
	struct message_change *c = &t->changes[t->count];
	char *path;

	if (!len || t->count == CHANGES_MAX)
		return;
	path = xstrndup((const char *)data + 1, len - 1);
	if (path_check(path, NULL)) {
		free(path);
		return;
	}
	*c = (struct message_change){ .verb = (enum message_verb)(data[0] % ARRAY_SIZE(verbs)),
				      .path = strlist_keep(&t->paths, path),
				      .sides = data[0] >> 2 & 7u,
				      .object_id = t->id,
				      .file = data[0] & 0x20,
				      .in_workspace = data[0] & 0x40 };
	t->count++;
}

static void take(struct told *t, const uint8_t *data, size_t len)
{
	const uint8_t *rest;
	size_t rest_len, n = fuzz_split(data, len, &rest, &rest_len);

	*t = (struct told){ .summary = n ? xstrndup((const char *)data, n) : NULL };
	/* Whoever asks for a commit refuses a summary that says nothing. */
	if (t->summary && !t->summary[strspn(t->summary, " \t\r\n")])
		free(steal(&t->summary));
	n = fuzz_split(rest, rest_len, &data, &len);
	t->id = xstrndup((const char *)rest, n);
	t->id[strspn(t->id, "0123456789")] = '\0';
	while (len) {
		n = fuzz_split(data, len, &rest, &rest_len);
		take_change(t, data, n);
		data = rest;
		len = rest_len;
	}
}

static void release(struct told *t)
{
	strlist_release(&t->paths);
	free(t->summary);
	free(t->id);
}

/* The end of the last paragraph, from what was told. */
static void expect_trailers(struct buf *out, const struct told *t)
{
	bool in_workspace = true;
	unsigned sides = 0;

	for (size_t i = 0; i < t->count; i++) {
		sides |= t->changes[i].sides;
		in_workspace &= t->changes[i].in_workspace;
	}
	buf_add_str(out, "\nNbsync-Mapping: " MAPPING "\n");
	for (unsigned s = 0; s < SIDE_COUNT; s++)
		if (sides >> s & 1)
			buf_addf(out, "Nbsync-Side: %s\n", side_names[s]);
	for (size_t i = 0; *t->id && i < t->count; i++)
		buf_addf(out, "Nbsync-Object-Id: %s\n", t->id);
	if (in_workspace)
		buf_add_str(out, "Nbsync-Workspace: " WORKSPACE "\n");
}

static void check_subject(const struct told *t, const char *text)
{
	size_t len = strcspn(text, "\n");
	cleanup_free char *subject = xstrndup(text, len);

	MUST(subject[strspn(subject, " \t\r")]);
	if (t->summary)
		return;
	MUST(len <= SUBJECT_MAX && utf8_valid(text, len));
	if (t->count == 1)
		MUST(str_starts(subject, verbs[t->changes[0].verb]) &&
		     (str_ends(subject, t->changes[0].path) || str_ends(subject, "...")));
}

/* Only the letters and digits, which nothing takes out of a text. Owned by the caller. */
static char *letters(const char *text)
{
	char *out = xstrdup(text), *to = out;

	for (; *text; text++)
		if (isalnum((unsigned char)*text))
			*to++ = *text;
	*to = '\0';
	return out;
}

/* Whether the subject is the one change: also where nothing is left of what the summary says. */
static bool is_automatic(const struct told *t, const char *text)
{
	const struct message_change *c = &t->changes[0];
	cleanup_free char *subject = xasprintf("%s %s", verbs[c->verb], c->path);

	size_t len = strlen(subject);

	return strncmp(text, subject, len < SUBJECT_MAX - 8 ? len : SUBJECT_MAX - 8) == 0;
}

/* The letters of each line of the summary are there, but for lines that only we may say, and each of
 * the first changes. */
static void check_body(const struct told *t, const char *text)
{
	cleanup_free char *copy = xstrdup(t->summary), *all = letters(text);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		cleanup_free char *said = letters(line);

		MUST(strstr(all, said) || strncasecmp(said, "nbsync", 6) == 0);
	}
	if (t->count == 1 && is_automatic(t, text))
		return;
	for (size_t i = 0; i < t->count && i < LISTED_MAX; i++) {
		cleanup_free char *listed = xasprintf("\n%s %s\n", verbs[t->changes[i].verb],
						      t->changes[i].path);

		MUST(strstr(text, listed));
	}
}

static void check(const struct told *t, const struct buf *message)
{
	cleanup_buf struct buf trailers = BUF_INIT(FUZZ_OUT_MAX);
	char author[] = "nbsync <nbsync@localhost>";
	struct commit_info commit = { .author = author, .message = message->data };
	const char *text = buf_str(message);
	uint32_t cp;

	for (size_t i = 0, n; i < message->len; i += n ? n : 1)
		if ((n = utf8_decode(text + i, message->len - i, &cp)))
			MUST(cp == '\n' || cp == '\t' || !utf8_is_control(cp));
	MUST(!message->full && strlen(text) == message->len);
	MUST(utf8_valid(text, message->len) ||
	     (t->summary && !utf8_valid(t->summary, strlen(t->summary))));
	expect_trailers(&trailers, t);
	MUST(str_ends(text, buf_str(&trailers)));
	text += message->len;
	while (!str_starts(text, "\n\n"))
		text--;
	MUST(git_text_is_trailers(text + 2));
	text = buf_str(message);
	check_subject(t, text);
	check_body(t, text);
	MUST(!history_is_record(&commit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_buf struct buf message = BUF_INIT(FUZZ_OUT_MAX);
	static bool started;
	struct err e = ERR_INIT;
	struct told t;

	MUST(started || git_start(&e) == 0);
	started = true;
	take(&t, data, len);
	if (t.count) {
		message_write(&message, MAPPING, WORKSPACE, t.summary, t.changes, t.count);
		check(&t, &message);
	}
	release(&t);
	return 0;
}
