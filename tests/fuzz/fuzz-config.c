/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration of any bytes: refused as a whole, with a sentence for each problem, the first of
 * which is the error; or taken, and then what config_dump() writes is taken too and dumps the same.
 * No secret can stand in it, so whatever is in a sentence came from the text.
 */

#include "fuzz.h"

#include "config/config.h"
#include "format/ini.h"

#define NAME "fuzz.ini"

/* Lines of text, the last of which need not be ended. */
static unsigned long count_lines(const char *text, size_t len)
{
	unsigned long lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

/* "fuzz.ini:LINE: sentence", or without a line. */
static void check_problem(const char *line, unsigned long lines)
{
	const char *at = line + strlen(NAME ":");
	char *end;

	MUST(utf8_valid(line, strlen(line)));
	if (!str_starts(line, NAME ":"))
		return;
	if (*at >= '0' && *at <= '9') {
		unsigned long number = strtoul(at, &end, 10);

		MUST(number >= 1 && number <= lines && str_starts(end, ": "));
		at = end + 1;
	}
	MUST(at[0] == ' ' && at[1] && at[1] != ' ');
}

static void check_problems(const struct buf *problems, const struct err *e, unsigned long lines)
{
	cleanup_free char *text = xstrdup(buf_str(problems));
	char *rest = text, *line;

	MUST(fuzz_is_sentence(e->text));
	MUST(*text && str_ends(text, "\n"));
	MUST(strncmp(text, e->text, strlen(e->text)) == 0);
	while ((line = strsep(&rest, "\n")) && *line)
		check_problem(line, lines);
	MUST(!line || !rest); /* no line is empty but the last */
}

/* What is in force can be handed to a worker: it reads the same. */
static void check_dump(const struct config *c)
{
	cleanup_buf struct buf first = BUF_INIT(FUZZ_OUT_MAX), second = BUF_INIT(FUZZ_OUT_MAX);
	struct config *again = NULL;
	struct err e = ERR_INIT;

	config_dump(c, &first);
	if (first.len > INI_FILE_MAX)
		return;
	MUST(config_parse(&again, buf_str(&first), first.len, "dump", NULL, &e) == 0);
	MUST(again->mapping_count == c->mapping_count);
	MUST(again->workspace_count == c->workspace_count);
	config_dump(again, &second);
	MUST(strcmp(buf_str(&first), buf_str(&second)) == 0);
	config_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_buf struct buf problems = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_free char *text = xmemdup((const char *)data, len);
	struct config *c = NULL;
	struct err e = ERR_INIT;
	int r;

	setenv("HOME", "/home/ana", 1);
	setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
	r = config_parse(&c, text, len, NAME, &problems, &e);
	MUST(r == 0 || r == ERR_CONFIG);
	MUST((r == 0) == (c != NULL));
	if (r) {
		check_problems(&problems, &e, count_lines(text, len));
		return 0;
	}
	MUST(problems.len == 0);
	check_dump(c);
	config_free(c);
	return 0;
}
