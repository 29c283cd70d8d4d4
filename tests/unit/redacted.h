/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "secret/secret.h"

/* What secret_redact() makes of this text. Owned. */
static inline char *redacted(const char *text)
{
	struct buf b = BUF_INIT(4096);

	buf_add_str(&b, text);
	secret_redact(&b);
	return buf_steal(&b, NULL);
}
