/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One line per decision, on stderr, for journald and for people.
 *
 * Every line passes one sink, which escapes (log/escape.h) and redacts (every secret registered by
 * secret_set(), and whatever looks like a token). When stderr is the journal
 * (JOURNAL_STREAM is set) each line starts with its "<priority>".
 */

#include "base/buf.h"
#include "base/util.h"

enum log_level {
	LOG_LEVEL_ERROR = 3, /* the syslog priorities */
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Call once at start. Lines above max are dropped. mapping (may be NULL) is appended to every line
 * as " mapping=NAME"; it is copied. */
void log_init(enum log_level max, const char *mapping);
bool log_level_parse(const char *word, enum log_level *out); /* error warning notice info debug */

void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_notice(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* For an event that somebody else can repeat at will: counts it, and says whether this one is worth
 * a line: the first is, and each that doubles the number. */
bool log_is_due(uint64_t *count);
