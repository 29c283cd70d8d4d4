/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "notebook/model/model.h"

/* Parses without copying; the caller keeps data alive. Source must be free of CRLF. */
int parse_borrowed(struct notebook **out, const char *data, size_t len, enum notebook_format format,
		   enum notebook_language language, const struct notebook_limits *limits,
		   struct err *e);

/* Whether there is a line end and every one of them is CR LF. */
bool parse_all_crlf(const char *data, size_t len);
