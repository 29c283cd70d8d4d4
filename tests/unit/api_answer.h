/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Answers of the Workspace API without a network. */

#include <stdio.h>

#include "workspace/error.h"

#define JSON "application/json"

/* An answer without a network; buf_release(&r.response) it. */
static inline struct http_request answer(long status, const char *type, const char *body)
{
	struct http_request r = { .status = status,
				  .response = BUF_INIT(1024u * 1024),
				  .retry_after_s = -1 };

	snprintf(r.content_type_in, sizeof(r.content_type_in), "%s", type);
	buf_add_str(&r.response, body);
	return r;
}
