/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Texts in tests and what they are parsed to: a text that cannot be parsed fails the test. Include
 * cmocka.h before this.
 */

#include <string.h>

#include "config/config.h"
#include "format/json.h"
#include "policy/policy.h"

static inline struct config *parsed_config(const char *text, const char *name)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;

	if (config_parse(&c, text, strlen(text), name, NULL, &e))
		fail_msg("%s", e.text);
	return c;
}

static inline struct policy *parsed_policy(const char *text, const char *name)
{
	struct policy *p = NULL;
	struct err e = ERR_INIT;

	if (policy_parse(&p, text, strlen(text), name, &e))
		fail_msg("%s", e.text);
	return p;
}

static inline struct json *parsed_json(const char *text)
{
	struct json *v = NULL;
	struct err e = ERR_INIT;

	if (json_parse(&v, text, strlen(text), strlen(text), &e))
		fail_msg("%s: %s", text, e.text);
	return v;
}

/* The problems that a table expects of a file, in which "@" at the start of a line stands for
 * "NAME:". Owned. */
static inline char *problems_of(const char *name, const char *expected)
{
	struct buf out = BUF_INIT(16384);

	for (const char *c = expected; *c; c++) {
		if (*c == '@' && (c == expected || c[-1] == '\n'))
			buf_addf(&out, "%s:", name);
		else
			buf_add_char(&out, *c);
	}
	return buf_steal(&out, NULL);
}
