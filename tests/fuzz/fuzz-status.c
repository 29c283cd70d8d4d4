/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What 'nbsync status' and 'nbsync sync' make of any answer of the daemon, in which names and sentences
 * are other people's: whole lines of UTF-8 in which nothing can move a cursor, and commands that a
 * person may paste into a shell as they stand.
 */

#include "fuzz.h"

#include "ctl/text/result_text.h"
#include "ctl/text/status_text.h"

#define NOW_MS  INT64_C(1790000000000)
#define MAPPING "it's $(mine)"
#define PLAIN   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@%+=:,-"

static void check_lines(const struct buf *out)
{
	const char *text = buf_str(out);
	uint32_t cp;

	MUST(!out->full);
	for (size_t i = 0, n; i < out->len; i += n) {
		n = utf8_decode(text + i, out->len - i, &cp);
		MUST(n && (cp == '\n' || !utf8_is_control(cp)) && !utf8_is_bidi(cp));
	}
	MUST(!out->len || text[out->len - 1] == '\n');
}

/* Reads one word as a shell does, and appends what it is; where the word ends. */
static const char *shell_word(const char *at, struct buf *word)
{
	while (*at && *at != ' ') {
		if (str_starts(at, "\\'")) {
			buf_add_char(word, '\'');
			at += 2;
		} else if (*at == '\'') {
			size_t n = strcspn(at + 1, "'");

			MUST(at[n + 1] == '\'');
			buf_add(word, at + 1, n);
			at += n + 2;
		} else {
			MUST(strchr(PLAIN, *at));
			buf_add_char(word, *at++);
		}
	}
	return at;
}

/* "nbsync confirm", the mapping and one word. */
static void check_confirm(const struct json *result)
{
	cleanup_buf struct buf out = BUF_INIT(FUZZ_OUT_MAX), mapping = BUF_INIT(FUZZ_OUT_MAX),
			       token = BUF_INIT(FUZZ_OUT_MAX);
	const char *at;

	if (!hint_confirm(&out, MAPPING, result))
		return;
	MUST(str_starts(buf_str(&out), "nbsync confirm "));
	at = shell_word(buf_str(&out) + strlen("nbsync confirm "), &mapping);
	MUST(str_eq(buf_str(&mapping), MAPPING) && *at == ' ');
	MUST(!*shell_word(at + 1, &token) && token.len);
}

/* "nbsync resolve", perhaps options, the mapping and the path; then what its choices mean. */
static void check_resolve(const struct json *result, const struct json *conflict)
{
	cleanup_buf struct buf out = BUF_INIT(FUZZ_OUT_MAX), mapping = BUF_INIT(FUZZ_OUT_MAX);
	const char *path = json_str(conflict, "path"), *at;
	bool dash = path && *path == '-';

	hint_resolve(&out, MAPPING, result, conflict);
	at = buf_str(&out) + strlen("nbsync resolve ");
	MUST(str_starts(buf_str(&out), "nbsync resolve "));
	for (int i = 0; dash && i < 2; i++) {
		cleanup_buf struct buf option = BUF_INIT(FUZZ_OUT_MAX);

		at = shell_word(at, &option) + 1;
		MUST(str_starts(buf_str(&option), "--"));
	}
	at = shell_word(at, &mapping);
	MUST(str_eq(buf_str(&mapping), MAPPING) && *at == ' ');
	buf_clear(&mapping);
	at = shell_word(at + 1, &mapping);
	MUST(dash ? !*at : str_starts(at, " --"));
}

static void check_result(const struct json *result)
{
	cleanup_buf struct buf out = BUF_INIT(FUZZ_OUT_MAX);
	const struct json *conflicts = json_get(result, "conflicts");
	int code = result_exit(result);

	result_text(MAPPING, result, &out);
	check_lines(&out);
	MUST(code >= 0 && code < 128);
	check_confirm(result);
	for (const struct json *c = json_first(conflicts); c; c = json_next(c))
		check_resolve(result, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_buf struct buf out = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_json struct json *reply = NULL;
	const struct json *mappings;
	int code;

	if (json_parse(&reply, (const char *)data, len, len, NULL))
		return 0;
	status_text(reply, NOW_MS, &out);
	check_lines(&out);
	code = status_exit(reply);
	MUST(code >= 0 && code < 128);
	mappings = json_get(reply, "mappings");
	for (const struct json *m = json_first(mappings); m; m = json_next(m))
		check_result(m);
	check_result(reply);
	return 0;
}
