/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A commit of any bytes, as a Git server may send it: not one, with a sentence, or one whose words come
 * from these bytes, and which 'nbsync log' shows in one line that can move no cursor and as JSON that
 * says the same. As a message of ours the bytes are read back as they were written.
 */

#include "fuzz.h"

#include <unistd.h>

#include "ctl/text/log_text.h"
#include "format/json.h"
#include "git/hub/internal.h"
#include "git/libgit2/start.h"
#include "memory/history_cut.h"
#include "secret/secret.h"
#include "tests/temp_dir.h"

#define COMMITS_MAX 2000 /* that a hub keeps in memory, before a new one is opened */

static struct {
	char *dir, *hub_dir; /* owned */
	struct hub *hub;
	unsigned count;
} world;

static void remove_world(void)
{
	hub_free(world.hub);
	git_stop();
	free(world.hub_dir);
	MUST(temp_dir_remove(world.dir) == 0);
	free(world.dir);
}

static void open_hub(void)
{
	struct err e = ERR_INIT;

	if (!world.hub_dir) {
		world.dir = temp_dir_new();
		MUST(world.dir && git_start(&e) == 0);
		world.hub_dir = xasprintf("%s/hub.git", world.dir);
		atexit(remove_world);
	}
	if (world.hub && world.count++ < COMMITS_MAX)
		return;
	hub_free(world.hub); /* and what it has not flushed */
	MUST(hub_open(&world.hub, world.hub_dir, &e) == 0);
	world.count = 0;
}

/* ---- what is shown ---- */

static void check_shown(const char *text, size_t len)
{
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &cp);
		MUST(n && !utf8_is_control(cp) && !utf8_is_bidi(cp));
	}
}

/* Both are the same but for what looks like a token, and what is no UTF-8. */
static void check_word(const struct json *line, const char *key, const char *word)
{
	cleanup_buf struct buf expected = BUF_INIT(FUZZ_OUT_MAX);
	const char *shown = json_str(line, key);

	buf_add_str(&expected, word);
	secret_redact(&expected);
	MUST(shown && (str_eq(shown, buf_str(&expected)) || !utf8_valid(word, strlen(word))));
}

static void check_log(const struct commit_info *commit)
{
	cleanup_free char *subject = xstrndup(commit->message, strcspn(commit->message, "\n"));
	cleanup_buf struct buf text = BUF_INIT(FUZZ_OUT_MAX), line = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_json struct json *parsed = NULL;
	struct history_item item = { .revision = commit->id,
				     .when_s = commit->when_s,
				     .path = "etl/a",
				     .author = commit->author,
				     .subject = subject };
	struct err e = ERR_INIT;
	char hex[41];

	oid_hex(&commit->id, hex);
	log_text(&item, &text);
	check_shown(buf_str(&text), text.len);
	MUST(strncmp(buf_str(&text), hex, 10) == 0 && strstr(buf_str(&text), "  etl/a  "));
	log_json(&item, &line);
	check_shown(buf_str(&line), line.len);
	MUST(json_parse(&parsed, buf_str(&line), line.len, SIZE_MAX, &e) == 0);
	check_word(parsed, "subject", subject);
	check_word(parsed, "author", commit->author);
	MUST(json_int(parsed, "when_s", -1) == commit->when_s);
}

/* ---- what is read ---- */

static size_t count_of(const char *text, size_t len, const char *word)
{
	size_t count = 0, n = strlen(word);

	for (const char *at = text; (at = memmem(at, len - (size_t)(at - text), word, n)); at += n)
		count++;
	return count;
}

static void check_words(const struct commit_info *commit, const char *raw, size_t len)
{
	size_t message = strlen(commit->message), author = strlen(commit->author);

	MUST(commit->message[0] != '\n');
	MUST(!message || memmem(raw, len, commit->message, message));
	MUST(author >= strlen(" <>") && commit->author[author - 1] == '>');
	MUST(commit->parent_count <= count_of(raw, len, "parent "));
	MUST(!history_is_record(commit) || strstr(commit->author, " <nbsync@localhost>"));
}

static void check_raw(const char *raw, size_t len)
{
	struct commit_info commit;
	struct err e = ERR_INIT;
	git_oid id;
	struct oid ours;

	/* libgit2 keeps only the last one, and forgets to free the others. */
	if (count_of(raw, len, "\nencoding ") > 1)
		return;
	if (git_odb_write(&id, world.hub->odb, raw, len, GIT_OBJECT_COMMIT))
		return;
	ours = oid_from_git(&id);
	if (hub_commit_info(world.hub, &ours, &commit, &e)) {
		MUST(fuzz_is_sentence(e.text));
		return;
	}
	check_words(&commit, raw, len);
	check_log(&commit);
	commit_info_release(&commit);
}

/* ---- what is written ---- */

static void check_written(const char *text, size_t len)
{
	cleanup_free char *message = xstrndup(text, len);
	struct commit_spec spec = { .message = message,
				    .committer_name = "Ana",
				    .committer_email = "ana@acme.example",
				    .when_s = 1700000000 };
	struct commit_info commit;
	struct err e = ERR_INIT;
	struct oid id;

	/* A tree that is there: the empty one. */
	MUST(hub_tree_update(world.hub, &(struct oid){ 0 }, NULL, 0, &spec.tree, &e) == 0);
	MUST(hub_commit(world.hub, &spec, &id, &e) == 0);
	MUST(hub_commit_info(world.hub, &id, &commit, &e) == 0);
	MUST(str_eq(commit.message, message + strspn(message, "\n")));
	MUST(str_eq(commit.author, "Ana <ana@acme.example>") && commit.when_s == spec.when_s);
	check_log(&commit);
	commit_info_release(&commit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	open_hub();
	check_raw((const char *)data, len);
	check_written((const char *)data, len);
	return 0;
}
