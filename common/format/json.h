/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON for REST bodies, the control socket and the worker's pipe. The only user of cJSON; never
 * used for notebooks, which must keep every byte.
 *
 * Parsing is stricter than cJSON's: size first, valid UTF-8, no raw control characters, no escaped
 * NUL, no half surrogate pair, depth at most JSON_DEPTH_MAX, nothing behind the value, no duplicate
 * keys, no number of more than 60 bytes. Keys are matched case-sensitively. Every number is printed
 * and copied as it stood; json_int() is exact for all of int64_t, and json_id() returns the digits.
 *
 * In four files: json_scan.c reads strictly, json.c parses and gets, json_build.c builds and
 * prints, json_redact.c masks.
 */

#include "base/buf.h"
#include "base/err.h"

#define JSON_DEPTH_MAX 128

struct json; /* one value; children are borrowed from their root */

#define cleanup_json __attribute__((cleanup(json_free_p)))
void json_free(struct json *root); /* only for what json_parse or json_object/array returned */
void json_free_p(struct json **root);

/* text need not be NUL-terminated. max bytes at most. ERR_INVALID names line and column. Takes time
 * in proportion to the text, and up to 30 times its size in memory. */
int json_parse(struct json **out, const char *text, size_t len, size_t max, struct err *e);

/*
 * Typed getters. path is dotted keys and [n]: "objects[3].path". The plain form returns a default
 * when the value is missing, null or of another type; the json_need_ form says so in a sentence
 * (ERR_INVALID "reply has no text 'content'").
 */
const struct json *json_get(const struct json *at, const char *path); /* NULL when missing */
const char *json_str(const struct json *at, const char *path);        /* NULL; borrowed */
const char *json_str_or(const struct json *at, const char *path, const char *fallback);
int64_t json_int(const struct json *at, const char *path, int64_t fallback);
bool json_bool(const struct json *at, const char *path, bool fallback);
/* A whole number's or a string's digits as text in id (ids may pass 2^53): false when neither. */
bool json_id(const struct json *at, const char *path, char id[static 24]);
int json_need_str(const struct json *at, const char *path, const char **out, struct err *e);

size_t json_count(const struct json *array); /* 0 for anything but an array or object */
/* Iterates children: for (c = json_first(a); c; c = json_next(c)). */
const struct json *json_first(const struct json *parent);
const struct json *json_next(const struct json *child);
const char *json_key(const struct json *child); /* the key in an object, else NULL */
bool json_is_object(const struct json *v);
bool json_is_array(const struct json *v);
bool json_is_str(const struct json *v);
bool json_is_null(const struct json *v);
const char *json_text(const struct json *v); /* a string value itself, else NULL */

/* Building. Values are copied; add functions return the new child (borrowed). Invalid UTF-8 is
 * replaced by U+FFFD. key NULL appends to an array; a key is the caller's promise that the object
 * does not have it yet. */
struct json *json_object(void);
struct json *json_array(void);
void json_add_str(struct json *at, const char *key, const char *value); /* NULL value: null */
void json_add_int(struct json *at, const char *key, int64_t value);
void json_add_bool(struct json *at, const char *key, bool value);
struct json *json_add_object(struct json *at, const char *key);
struct json *json_add_array(struct json *at, const char *key);
void json_add_copy(struct json *at, const char *key, const struct json *value);

/* Has every text below v redacted (secret/secret.h). For whatever leaves the program as JSON:
 * printed text cannot be redacted, as a mask may end beyond the quotes. Keys are left alone. */
void json_redact(struct json *v);

/* One line without spaces, or indented for people. Whatever could move a cursor or turn text around
 * is an escape ("\u009b"). The caller frees the result. */
char *json_print(const struct json *v, bool pretty);
