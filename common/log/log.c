/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one sink of all log lines: format, redact, escape, write with a single write(2).
 *
 * A line is at most LINE_MAX_BYTES long, which pipes and the journal take in one piece, so lines of
 * several processes on one stderr never mix. The order matters: a secret is masked before the text
 * is cut (half a token is still a leak) and before it is escaped. Not done here: rate limits, time
 * stamps (the journal has them) and files.
 */

#include "log/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/escape.h"
#include "secret/secret.h"

#define LINE_MAX_BYTES 4096 /* PIPE_BUF on Linux: the largest write that is atomic */
#define CUT_MARK       "..."

static struct {
	enum log_level max;
	bool journal;
	char *mapping; /* owned: " mapping=NAME", escaped; NULL for none */
} sink = { .max = LOG_LEVEL_INFO };

/* Whether stderr is the very stream that systemd connected to the journal, and not a file that
 * somebody redirected it to later. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2 || fstat(STDERR_FILENO, &st))
		return false;
	return st.st_dev == dev && st.st_ino == ino;
}

void log_init(enum log_level max, const char *mapping)
{
	struct buf field = BUF_INIT(512);

	sink.max = max;
	sink.journal = stderr_is_journal();
	free(sink.mapping);
	sink.mapping = NULL;
	if (!mapping)
		return;
	buf_add_str(&field, " mapping=");
	escape_masked_str(&field, mapping);
	sink.mapping = buf_steal(&field, NULL);
}

bool log_is_due(uint64_t *count)
{
	++*count;
	return (*count & (*count - 1)) == 0;
}

bool log_level_parse(const char *word, enum log_level *out)
{
	static const struct {
		const char *word;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_LEVEL_ERROR },   { "warning", LOG_LEVEL_WARNING },
		{ "notice", LOG_LEVEL_NOTICE }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (str_eq(word, levels[i].word)) {
			*out = levels[i].level;
			return true;
		}
	}
	return false;
}

/* The start of a line: the journal's priority, or a word for people where it matters. */
static void add_prefix(struct buf *line, enum log_level level)
{
	if (sink.journal)
		buf_addf(line, "<%d>", (int)level);
	else if (level == LOG_LEVEL_ERROR)
		buf_add_str(line, "error: ");
	else if (level == LOG_LEVEL_WARNING)
		buf_add_str(line, "warning: ");
	else if (level == LOG_LEVEL_DEBUG)
		buf_add_str(line, "debug: ");
}

static void write_line(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody reads; a log must not stop its program */
		data += n;
		len -= (size_t)n;
	}
}

PRINTF_LIKE(2, 0)
static void log_line(enum log_level level, const char *fmt, va_list ap)
{
	const char *tail = sink.mapping ? sink.mapping : "";
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	cleanup_buf struct buf line = BUF_INIT(LINE_MAX_BYTES);
	cleanup_free char *raw = NULL;
	int saved = errno;

	if (level > sink.max)
		return;
	raw = xvasprintf(fmt, ap);
	buf_add_str(&text, raw);
	secret_redact(&text);

	add_prefix(&line, level);
	line.max = LINE_MAX_BYTES - strlen(tail) - strlen(CUT_MARK) - 1;
	if (!escape_add(&line, buf_str(&text), text.len)) {
		line.full = false;
		line.max += strlen(CUT_MARK);
		buf_add_str(&line, CUT_MARK);
	}
	line.max = LINE_MAX_BYTES;
	buf_addf(&line, "%s\n", tail);
	write_line(line.data, line.len);
	errno = saved;
}

#define DEFINE_LOG(name, level)             \
	void name(const char *fmt, ...)     \
	{                                   \
		va_list ap;                 \
                                            \
		va_start(ap, fmt);          \
		log_line((level), fmt, ap); \
		va_end(ap);                 \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG(log_notice, LOG_LEVEL_NOTICE)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
