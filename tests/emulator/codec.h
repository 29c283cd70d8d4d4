/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Base64 for the content of JSON bodies, SHA-256 for /__emulator/dump. Pure functions. */

#include "base/buf.h"

/* Appends the padded standard alphabet; false when out's maximum would be passed. */
bool codec_base64(struct buf *out, const void *data, size_t len);

/* Appends the bytes that text stands for. White space is skipped, padding may be missing. False
 * for any other character, a length that no bytes encode to, or a full buffer. */
bool codec_unbase64(struct buf *out, const char *text);

/* 64 lower-case hexadecimal digits and a NUL. */
#define CODEC_SHA256_SIZE 65
void codec_sha256(char out[static CODEC_SHA256_SIZE], const void *data, size_t len);
