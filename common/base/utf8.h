/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * UTF-8 as RFC 3629 defines it (no overlong forms, no surrogates, nothing above U+10FFFF), and the
 * kinds of code points that must not travel in names or reach a terminal.
 */

#include "base/util.h"

/* Reads one code point: the length in bytes, 1 to 4, of the valid sequence that text starts with; 0
 * when there is none (also when len is 0; *cp is then untouched). NUL is a sequence of length 1. */
size_t utf8_decode(const char *text, size_t len, uint32_t *cp);

/* Writes cp, which must be a valid code point, and returns its length in bytes. No NUL is added. */
size_t utf8_encode(char out[static 4], uint32_t cp);

/* Whether all of text consists of valid sequences. The empty text does. */
bool utf8_valid(const char *text, size_t len);

/* Takes out what is no valid sequence: the beginning of a character that "%.64s" has cut. Only for
 * sentences made of text that was valid. */
void utf8_mend_cuts(char *text);

bool utf8_is_control(uint32_t cp);   /* below U+0020, DEL, U+0080-009F, and U+2028, 2029 */
bool utf8_is_bidi(uint32_t cp);      /* U+061C, 200E, 200F, 202A-202E, 2066-2069 */
bool utf8_is_ignorable(uint32_t cp); /* U+200B-200D, 206A-206F, FEFF */
