/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Notebooks as parts of a fuzz target's input. */

#include "fuzz.h"

#include "notebook/notebook.h"

/* A part of the input: its first byte says what it is (p q s r for source of the four languages,
 * anything else .ipynb), the rest is the text. NULL when it is no notebook; the refusal must then
 * be ERR_INVALID with a sentence. */
static inline struct notebook *fuzz_parse(const uint8_t *data, size_t len)
{
	static const char letters[] = "pqsr";
	const char *letter = len ? memchr(letters, data[0], 4) : NULL;
	struct notebook_limits limits = { .bytes = (size_t)1 << 20, .cells = 500 };
	struct notebook *nb = NULL;
	struct err e = ERR_INIT;
	int rc;

	if (!len)
		return NULL;
	rc = notebook_parse(&nb, (const char *)data + 1, len - 1,
			    &(struct notebook_reading){
				    .format = letter ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB,
				    .language = letter ? (enum notebook_language)(letter - letters)
						       : NOTEBOOK_PYTHON,
				    .limits = &limits },
			    &e);
	MUST(rc == 0 || rc == ERR_INVALID);
	MUST((rc == 0) == (nb != NULL));
	MUST(rc == 0 || e.text[0]);
	return nb;
}

/* Parses a result, which must be a notebook. */
static inline struct notebook *fuzz_reparse(const struct buf *text, enum notebook_format format,
					    enum notebook_language language)
{
	struct notebook_limits limits = { .bytes = SIZE_MAX, .cells = SIZE_MAX };
	struct notebook *nb = NULL;
	struct err e = ERR_INIT;

	MUST(notebook_parse(&nb, buf_str(text), text->len,
			    &(struct notebook_reading){
				    .format = format, .language = language, .limits = &limits },
			    &e) == 0);
	return nb;
}

static inline struct notebook_options fuzz_options(void)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.outputs = NOTEBOOK_OUTPUTS_KEEP;
	options.private = true;
	return options;
}
