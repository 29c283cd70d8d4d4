/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writes JSON straight into a buffer. A listing of 10,000 objects is the emulator's hottest reply;
 * building a tree of values first would cost ten times as much.
 *
 * Each function appends one member (key) or element (key NULL) and a comma; closing takes the last
 * comma back. json_out_end() finishes the text. Strings must be valid UTF-8.
 */

#include "base/buf.h"

void json_out_open(struct buf *out, const char *key, char bracket); /* '{' or '[' */
void json_out_close(struct buf *out, char bracket);                 /* '}' or ']' */
void json_out_str(struct buf *out, const char *key, const char *value);
void json_out_strn(struct buf *out, const char *key, const char *value, size_t len);
void json_out_int(struct buf *out, const char *key, int64_t value);
void json_out_bool(struct buf *out, const char *key, bool value);
void json_out_end(struct buf *out);
