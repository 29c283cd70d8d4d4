/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_update(): the cells of one notebook in the file of another. The result is read back and
 * compared; if bytes that were taken over do not fit their new neighbours, everything is encoded
 * anew before the update is refused.
 */

#include "notebook/update.h"

#include "notebook/ipynb/ipynb.h"
#include "notebook/notebook.h"
#include "notebook/parse.h"
#include "notebook/source/source.h"
#include "notebook/verify.h"
#include "notebook/write.h"

static int attempt(const struct update *up, struct buf *out, struct err *e)
{
	int rc = 0;

	buf_clear(out);
	if (up->old->format == NOTEBOOK_SOURCE)
		rc = source_update(up, out, e);
	else
		rc = ipynb_update(up, out, e);
	if (!rc)
		rc = write_check_room(out, e);
	if (!rc)
		rc = verify_updated(up, (struct span){ buf_str(out), out->len }, e);
	if (!rc && up->old->format == NOTEBOOK_SOURCE && !up->old->crlf &&
	    parse_all_crlf(buf_str(out), out->len))
		rc = err_set(e, ERR_INVALID, "every line would end in CR LF and lose its CR");
	return rc;
}

static int add_bytes(const struct notebook *old, const char *data, size_t len, struct buf *out,
		     struct err *e)
{
	size_t start = out->len;
	int rc;

	if (old->crlf)
		write_with_crlf(out, data, len);
	else
		buf_add(out, data, len);
	rc = write_check_room(out, e);
	if (rc)
		write_take_back(out, start);
	return rc;
}

static int check_language(const struct notebook *old, const struct notebook *nb, struct err *e)
{
	if (old->format == NOTEBOOK_SOURCE && nb->foreign)
		return err_set(e, ERR_INVALID,
			       "the notebook's language is none that Databricks source has");
	if (old->format == NOTEBOOK_SOURCE && old->language != nb->language)
		return err_set(e, ERR_INVALID, "the notebook is %s and the file is %s",
			       notebook_language_name(nb->language),
			       notebook_language_name(old->language));
	return 0;
}

int update_matched(const struct update *with, struct buf *out, struct err *e)
{
	struct update up = *with;
	cleanup_buf struct buf text = BUF_INIT(out->max);
	int rc = check_language(up.old, up.nb, e);

	if (rc)
		return rc;
	rc = attempt(&up, &text, e);
	if (rc) {
		up.fresh = true;
		rc = attempt(&up, &text, e);
	}
	if (rc)
		return rc;
	return add_bytes(up.old, text.data, text.len, out, e);
}

static int parse_result(struct notebook **out, struct buf *text, const struct notebook *like,
			struct err *e)
{
	return notebook_parse_take(out, text,
				   &(struct notebook_reading){ .format = like->format,
							       .language = like->language,
							       .limits = &parse_unlimited },
				   e);
}

int update_parse(struct notebook **out, const struct update *with, struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	int rc = update_matched(with, &text, e);

	return rc ? rc : parse_result(out, &text, with->old, e);
}

int update_copy(struct notebook **out, const struct notebook *nb, struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	int rc;

	options.outputs = NOTEBOOK_OUTPUTS_KEEP;
	options.private = true;
	rc = notebook_write(nb, nb->format, &options, &text, e);
	return rc ? rc : parse_result(out, &text, nb, e);
}

static bool environment_differs(const struct update *up)
{
	return up->old->format == NOTEBOOK_SOURCE ? source_environment_differs(up)
						  : ipynb_environment_differs(up);
}

int notebook_update(const struct notebook *old, const struct notebook *nb,
		    const struct notebook_options *options, struct buf *out, struct err *e)
{
	cleanup_match struct match match = { 0 };
	struct update up = { .old = old, .nb = nb, .options = options, .match = &match };

	if (notebook_agree(old, nb, options->outputs) && !environment_differs(&up))
		return add_bytes(old, old->bytes, old->len, out, e);
	match_cells(&match, old, nb);
	update_settle_last(&match, old, nb);
	return update_matched(&up, out, e);
}
