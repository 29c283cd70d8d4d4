/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An INI text of any bytes. Lines are told in order and within the text, each of them once at most;
 * what is handed on is clean; what is written back from it reads the same; line ends and a last
 * newline make no difference.
 */

#include "fuzz.h"

#include "format/ini.h"

struct heard {
	struct buf log;  /* everything that was said, a line each */
	struct buf text; /* the keys as a file of their own */
	size_t lines;    /* of the text */
	unsigned last;   /* the line that was last told about */
	unsigned problems;
};

static void hear_line(struct heard *h, unsigned line)
{
	MUST(line > h->last && line <= h->lines);
	h->last = line;
}

/* One line of UTF-8 without blanks at its ends. */
static void check_clean(const char *text)
{
	size_t len = strlen(text);

	MUST(len <= INI_LINE_MAX && utf8_valid(text, len));
	for (size_t i = 0; i < len; i++)
		MUST((unsigned char)text[i] >= 0x20 || text[i] == '\t');
	MUST(len == 0 || !strchr(" \t", text[0]));
	MUST(len == 0 || !strchr(" \t", text[len - 1]));
}

static void on_section(void *payload, const char *name, unsigned line)
{
	struct heard *h = payload;

	hear_line(h, line);
	check_clean(name);
	MUST(*name && !strpbrk(name, "[];#\t") && !strstr(name, "  "));
	buf_addf(&h->log, "[%s]\n", name);
}

static void on_entry(void *payload, const char *section, const char *key, const char *value,
		     unsigned line)
{
	struct heard *h = payload;

	hear_line(h, line);
	check_clean(section);
	check_clean(key);
	check_clean(value);
	MUST(*key && !strpbrk(key, "=:") && !strchr(";#[", *key));
	MUST(!*value || !strchr(";#", *value));
	buf_addf(&h->log, "%s|%s|%s\n", section, key, value);
	if (*section)
		buf_addf(&h->text, "[%s]\n", section);
	buf_addf(&h->text, "%s = %s\n", key, value);
}

static void on_problem(void *payload, unsigned line, const char *sentence)
{
	struct heard *h = payload;

	hear_line(h, line);
	MUST(fuzz_is_sentence(sentence));
	h->problems++;
	buf_addf(&h->log, "! %s\n", sentence);
}

static void hear(struct heard *h, const char *text, size_t len)
{
	struct ini_sink sink = { on_section, on_entry, on_problem, h };
	bool good;

	*h = (struct heard){ .log = BUF_INIT(FUZZ_OUT_MAX),
			     .text = BUF_INIT(FUZZ_OUT_MAX),
			     .lines = 1 };
	for (size_t i = 0; i < len; i++)
		h->lines += text[i] == '\n';
	good = ini_read(text, len, &sink);
	MUST(good == (h->problems == 0));
}

static void release(struct heard *h)
{
	buf_release(&h->log);
	buf_release(&h->text);
}

static void must_say(const struct heard *expected, const struct buf *text)
{
	struct heard h;

	hear(&h, buf_str(text), text->len);
	MUST(strcmp(buf_str(&h.log), buf_str(&expected->log)) == 0);
	release(&h);
}

/* What was handed on, as a file: it is read without a problem, and as the same keys. */
static void check_written(const struct heard *first)
{
	struct heard second;

	hear(&second, buf_str(&first->text), first->text.len);
	MUST(second.problems == 0);
	MUST(strcmp(buf_str(&first->text), buf_str(&second.text)) == 0);
	release(&second);
}

/* The same text with other line ends, and with a newline at its end. */
static void check_line_ends(const struct heard *h, const char *text, size_t len)
{
	cleanup_buf struct buf other = BUF_INIT(FUZZ_OUT_MAX);

	buf_add(&other, text, len);
	if (len && text[len - 1] != '\n')
		buf_add_char(&other, '\n');
	must_say(h, &other);
	if (memchr(text, '\r', len))
		return;
	buf_clear(&other);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			buf_add_char(&other, '\r');
		buf_add_char(&other, text[i]);
	}
	must_say(h, &other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_free char *text = xmemdup((const char *)data, len);
	struct heard h;

	hear(&h, text, len);
	check_written(&h);
	if (len)
		check_line_ends(&h, text, len);
	release(&h);
	return 0;
}
