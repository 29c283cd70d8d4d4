/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_write(): a notebook's own bytes in its own format, a new file in the other.
 */

#include "notebook/write.h"

#include <string.h>

#include "notebook/ipynb/ipynb.h"
#include "notebook/notebook.h"
#include "notebook/parse.h"
#include "notebook/source/source.h"
#include "notebook/verify.h"

void write_with_crlf(struct buf *out, const char *data, size_t len)
{
	const char *end = data + len, *lf;

	for (; data < end && (lf = memchr(data, '\n', (size_t)(end - data))); data = lf + 1) {
		buf_add(out, data, (size_t)(lf - data));
		buf_add(out, "\r\n", 2);
	}
	buf_add(out, data, (size_t)(end - data));
}

int write_check_room(const struct buf *out, struct err *e)
{
	if (out->full)
		return err_set(e, ERR_INVALID, "the result is larger than the limit of %zu bytes",
			       out->max);
	return 0;
}

void write_take_back(struct buf *out, size_t start)
{
	if (out->len <= start)
		return;
	out->len = start;
	out->data[start] = '\0';
}

static struct span added(const struct buf *out, size_t start)
{
	return (struct span){ out->data + start, out->len - start };
}

/* What of the hub's own must not leave it goes out of what was written. */
static int leave_out_private(const struct notebook *nb, struct buf *out, size_t start,
			     struct err *e)
{
	cleanup_notebook struct notebook *written = NULL;
	cleanup_buf struct buf text = BUF_INIT(out->max);
	int rc = parse_borrowed(&written, added(out, start), NOTEBOOK_IPYNB, nb->language, e);

	if (rc)
		return err_wrap(e, "the result cannot be read back");
	ipynb_drop_private(written, &text);
	out->len = start;
	buf_add(out, text.data, text.len);
	return write_check_room(out, e);
}

static int write_own(const struct notebook *nb, const struct notebook_options *options,
		     struct buf *out, struct err *e)
{
	size_t start = out->len;
	int rc;

	memory_reserve(out, nb->len);
	if (nb->crlf)
		write_with_crlf(out, nb->bytes, nb->len);
	else if (nb->format == NOTEBOOK_IPYNB && options->outputs != NOTEBOOK_OUTPUTS_KEEP)
		ipynb_strip_outputs(nb, options, out);
	else
		buf_add(out, nb->bytes, nb->len);
	rc = write_check_room(out, e);
	if (!rc && nb->format == NOTEBOOK_IPYNB && !options->private && ipynb_has_private(nb))
		rc = leave_out_private(nb, out, start, e);
	if (!rc && nb->format == NOTEBOOK_IPYNB && options->run_state)
		rc = verify_stripped(nb, added(out, start), e);
	return rc;
}

static int write_new(const struct notebook *nb, enum notebook_format format,
		     const struct notebook_options *options, struct buf *out, struct err *e)
{
	size_t start = out->len;
	int rc = 0;

	if (format == NOTEBOOK_SOURCE)
		rc = source_write(nb, options, out, e);
	else
		rc = ipynb_write(nb, options, out, e);
	if (!rc)
		rc = write_check_room(out, e);
	if (!rc)
		rc = verify_written(nb, added(out, start), format, nb->language, e);
	return rc;
}

int notebook_refuse_block(const struct notebook *nb, struct err *e)
{
	return nb->format == NOTEBOOK_SOURCE ? environment_refuse_rest(&nb->environment, e) : 0;
}

int notebook_write(const struct notebook *nb, enum notebook_format format,
		   const struct notebook_options *options, struct buf *out, struct err *e)
{
	size_t start = out->len;
	int rc;

	/* Room for what usually comes, so that growing does not copy it; a refusal shows later. */
	if (format == NOTEBOOK_IPYNB && nb->format != format && nb->len < out->max / 4)
		buf_reserve(out, nb->len + nb->len / 2);
	rc = nb->format == format ? write_own(nb, options, out, e)
				  : write_new(nb, format, options, out, e);
	if (rc)
		write_take_back(out, start);
	return rc;
}
