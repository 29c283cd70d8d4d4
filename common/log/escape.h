/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Control bytes, DEL, invalid UTF-8 and bidi controls become C escapes, so that a notebook's name
 * can never forge a second line.
 */

#include "base/buf.h"

/* Appends the text escaped. False when out is full; it then ends with a whole character. */
bool escape_add(struct buf *out, const char *text, size_t len);

/* The same after masking what secret_redact() masks: for sentences, the status, and whatever else
 * quotes remote text. */
void escape_masked(struct buf *out, const char *text, size_t len);
void escape_masked_str(struct buf *out, const char *text);
