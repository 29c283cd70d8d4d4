/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The strict reader that runs over a text before cJSON sees it. Internal to json*.c.
 */

#include "base/util.h"

/* The longest number that is accepted, in bytes; cJSON copies a number into a buffer of 64. */
#define JSON_NUMBER_MAX 60

/* A number that a double or cJSON's printing would not give back as it stood. */
struct json_number {
	size_t index; /* it is the index-th number of the text, counted from 0 */
	size_t at;    /* where its text starts */
	size_t len;
};

struct json_scan {
	const char *text; /* borrowed */
	size_t len;
	size_t at;           /* where reading stands; after a failure, where the problem is */
	const char *problem; /* set by a failure: what is wrong there; static text */

	size_t numbers;           /* numbers seen */
	struct json_number *kept; /* owned: in the order of the text */
	size_t kept_count, kept_cap;

	size_t keys;       /* keys seen, in all objects */
	size_t wanted_key; /* the key whose place is wanted */
	size_t key_at;     /* that place, once it was passed */
};

void json_scan_init(struct json_scan *s, const char *text, size_t len);
void json_scan_release(struct json_scan *s);

/* Reads the whole text: false when it is not exactly one JSON value by the rules of json.h. */
bool json_scan_run(struct json_scan *s);

/* Line and column (in characters) of an offset, both counted from 1. */
void json_scan_place(const char *text, size_t at, size_t *line, size_t *column);
