/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Answers of the Workspace API without a network. */

#include <stdio.h>

#include "workspace/error.h"

#define JSON "application/json"

/* An answer without a network; buf_release(&r.body) it. */
static inline struct http_answer answer(long status, const char *type, const char *body)
{
	struct http_answer r = { .status = status,
				 .body = BUF_INIT(1024u * 1024),
				 .retry_after_s = -1 };

	snprintf(r.content_type, sizeof(r.content_type), "%s", type);
	buf_add_str(&r.body, body);
	return r;
}
