/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The ways in which a text may be written that redaction has to know, for tests. */

#include "base/buf.h"

enum encoding {
	ENC_PLAIN,
	ENC_UPPER,
	ENC_SWAPPED, /* every other letter in the other case */
	ENC_HEX,
	ENC_HEX_UPPER,
	ENC_HEX_SPACED, /* as hexdump(1) prints it */
	ENC_BASE64,
	ENC_BASE64_URL,
	ENC_BASE64_LINES, /* 76 columns */
	ENC_JSON_U,       /* every byte as \u00xx */
	ENC_JSON_U_UPPER,
	ENC_JSON, /* what JSON has to escape */
	ENC_JSON_TWICE,
	ENC_C_X, /* every byte as \xhh */
	ENC_PERCENT,
	ENC_PERCENT_LOWER,
	ENC_PERCENT_TWICE,
	ENC_URL,    /* what a URL has to escape */
	ENC_ENTITY, /* &#NN; */
	ENC_ENTITY_X,
	ENC_LINES, /* broken every 7 bytes by a line end */
	ENC_CRLF,
	ENC_ESCAPED_LINES, /* by backslash n */
	ENC_FOLDED,        /* by a backslash, a line end and blanks */
	ENC_COUNT
};

/* Appends text in that encoding. */
void encode(struct buf *out, enum encoding how, const char *text, size_t len);
