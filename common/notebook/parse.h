/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "notebook/model/model.h"

/* Parses what was just written: without copying, the caller keeps text alive; and without limits.
 * Source must be free of CRLF. */
int parse_borrowed(struct notebook **out, struct span text, enum notebook_format format,
		   enum notebook_language language, struct err *e);

/* No limits, for what we made ourselves. */
extern const struct notebook_limits parse_unlimited;

/* Whether there is a line end and every one of them is CR LF. */
bool parse_all_crlf(const char *data, size_t len);
