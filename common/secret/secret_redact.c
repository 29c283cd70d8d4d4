/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masking: a copy of a text in which stretches are replaced by the mask. The finders of
 * secret/redact.h decide what is hidden; the caller says whether the text is words or a name.
 */

#include "secret/secret.h"

#include <stdlib.h>
#include <string.h>

#include "secret/redact.h"

#define MASK "***"

/* Puts MASK in the place of each stretch that is hidden. */
static void replace_hidden(struct buf *text, const bool *hide)
{
	cleanup_buf struct buf out = BUF_UNBOUNDED;
	size_t n;

	for (size_t at = 0; at < text->len; at += n) {
		for (n = 1; at + n < text->len && hide[at + n] == hide[at];)
			n++;
		if (hide[at])
			buf_add_str(&out, MASK);
		else
			buf_add(&out, text->data + at, n);
	}
	explicit_bzero(text->data, text->len);
	out.max = text->max;
	buf_release(text);
	*text = out;
	out = BUF_INIT(0);
}

void secret_redact(struct buf *text)
{
	cleanup_free bool *hide = xcalloc(text->len, sizeof(*hide));
	bool any = secret_find(buf_str(text), text->len, hide);

	if (redact_find_shapes(buf_str(text), text->len, hide))
		any = true;
	if (any)
		replace_hidden(text, hide);
}

void secret_redact_whole(struct buf *text)
{
	cleanup_free bool *hide = xcalloc(text->len, sizeof(*hide));

	if (secret_find_whole(buf_str(text), text->len, hide))
		replace_hidden(text, hide);
}
