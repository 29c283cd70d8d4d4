/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From the text of one key to the member of its struct, and back.
 */

#include "base/buf.h"
#include "config/keys.h"

/* "300ms" "10s" "5min" "1h" "180d", without blanks or signs. False when malformed or too large. */
bool value_duration_parse(const char *text, int64_t *ms);
/* "512" "10K" "10M" "1G", in powers of 1024. */
bool value_size_parse(const char *text, int64_t *bytes);
/* In the largest unit that divides the value. */
void value_duration_print(struct buf *out, int64_t ms);
void value_size_print(struct buf *out, int64_t bytes);

/*
 * Reads text into the key's member of section, replacing what was there. Nothing changes on failure:
 * ERR_CONFIG, with a sentence that starts with the key's name: "workers must be …".
 */
int value_read(const struct config_key *key, void *section, const char *text, struct err *e);

/* Appends the value as value_read() would take it; false, and nothing appended, when it is unset or
 * "". */
bool value_print(const struct config_key *key, const void *section, struct buf *out);

void value_release(const struct config_key *key, void *section);
