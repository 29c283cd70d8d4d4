/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The round trips that every notebook must survive. */

#include "fuzz_notebook.h"

/* Source of a notebook says all that counts, its environment included. */
static inline void check_canonical(const struct notebook *a, const struct notebook *b)
{
	cleanup_buf struct buf x = BUF_INIT(FUZZ_OUT_MAX), y = BUF_INIT(FUZZ_OUT_MAX);

	notebook_canonical(a, NOTEBOOK_OUTPUTS_STRIP, &x);
	notebook_canonical(b, NOTEBOOK_OUTPUTS_STRIP, &y);
	MUST(x.len == y.len && memcmp(x.data, y.data, x.len) == 0);
}

/* Back from the other format: into the original byte for byte, into a new file canonically equal
 * (or refused, when the text has come by a form that this format cannot spell). */
static inline void check_back(const struct notebook *nb, const struct notebook *other,
			      const char *text, size_t len)
{
	cleanup_buf struct buf updated = BUF_INIT(FUZZ_OUT_MAX), fresh = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_notebook struct notebook *again = NULL;
	struct notebook_options options = fuzz_options();
	struct err e = ERR_INIT;
	int rc;

	MUST(notebook_update(nb, other, &options, &updated, &e) == 0);
	MUST(updated.len == len && memcmp(buf_str(&updated), text, len) == 0);
	rc = notebook_write(other, notebook_format(nb), &options, &fresh, &e);
	MUST(rc == 0 || rc == ERR_INVALID);
	if (rc)
		return;
	again = fuzz_reparse(&fresh, notebook_format(nb), notebook_language(nb));
	MUST(notebook_equal(nb, again));
	if (notebook_format(nb) == NOTEBOOK_SOURCE)
		check_canonical(nb, again);
}

static inline void check_strip(const struct notebook *nb)
{
	cleanup_buf struct buf stripped = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_notebook struct notebook *bare = NULL;
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct err e = ERR_INIT;

	MUST(notebook_write(nb, notebook_format(nb), &options, &stripped, &e) == 0);
	bare = fuzz_reparse(&stripped, notebook_format(nb), notebook_language(nb));
	MUST(notebook_equal(nb, bare));
	MUST(!notebook_has_outputs(bare));
}

static inline void check_round_trips(const struct notebook *nb, const char *text, size_t len)
{
	enum notebook_format format = notebook_format(nb);
	enum notebook_format other_format = format == NOTEBOOK_SOURCE ? NOTEBOOK_IPYNB
								      : NOTEBOOK_SOURCE;
	cleanup_buf struct buf own = BUF_INIT(FUZZ_OUT_MAX), converted = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_notebook struct notebook *other = NULL;
	struct notebook_options options = fuzz_options();
	struct err e = ERR_INIT;
	int rc;

	MUST(notebook_write(nb, format, &options, &own, &e) == 0);
	MUST(own.len == len && memcmp(buf_str(&own), text, len) == 0);
	check_strip(nb);
	rc = notebook_write(nb, other_format, &options, &converted, &e);
	MUST(rc == 0 || (rc == ERR_INVALID && e.text[0] && converted.len == 0));
	if (rc)
		return;
	other = fuzz_reparse(&converted, other_format, notebook_language(nb));
	MUST(notebook_equal(nb, other));
	check_back(nb, other, text, len);
}
