/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing: limits, the one copy of the bytes, and the choice of reader. A source file in which
 * every line ends in CR LF is read as if it ended its lines in LF and written back with CR LF; one
 * that mixes them keeps its bytes, and its cells' texts have LF (model_plain_lines()). What cannot
 * be read and is plainly something else, such as a pointer of Git LFS, is refused as what it is.
 */

#include "notebook/parse.h"

#include <string.h>
#include <strings.h>

#include "notebook/ipynb/ipynb.h"
#include "notebook/notebook.h"
#include "notebook/source/source.h"

static struct notebook_limits effective(const struct notebook_limits *limits)
{
	struct notebook_limits l = { 0 };

	if (limits)
		l = *limits;
	if (!l.bytes)
		l.bytes = NOTEBOOK_BYTES_DEFAULT;
	if (!l.cells)
		l.cells = NOTEBOOK_CELLS_DEFAULT;
	if (!l.depth)
		l.depth = NOTEBOOK_DEPTH_DEFAULT;
	return l;
}

bool parse_all_crlf(const char *data, size_t len)
{
	const char *p = data, *end = data + len, *lf;
	bool any = false;

	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p)))) {
		if (lf == data || lf[-1] != '\r')
			return false;
		any = true;
		p = lf + 1;
	}
	return any;
}

/* Copies without the CR of each CR LF; the result is followed by a NUL. */
static char *without_cr(const char *data, size_t *len)
{
	char *copy = memory_block(*len + 1), *o = copy;
	const char *p = data, *end = data + *len, *lf;

	for (; (lf = memchr(p, '\n', (size_t)(end - p))); p = lf + 1) {
		memcpy(o, p, (size_t)(lf - 1 - p));
		o += lf - 1 - p;
		*o++ = '\n';
		if (lf + 1 == end)
			break;
	}
	if (!lf) {
		memcpy(o, p, (size_t)(end - p));
		o += end - p;
	}
	*o = '\0';
	*len = (size_t)(o - copy);
	return copy;
}

static char *plain_copy(const char *data, size_t len)
{
	char *copy = memory_block(len + 1);

	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

/* ---- files that are something else ---- */

static bool starts_with(struct span text, const char *with)
{
	return text.len >= strlen(with) && strncasecmp(text.at, with, strlen(with)) == 0;
}

static bool is_utf16(struct span text)
{
	static const char *const starts[] = { "\xFF\xFE", "\xFE\xFF", "{\0", "\0{", "#\0", "\0#" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (text.len >= 2 && memcmp(text.at, starts[i], 2) == 0)
			return true;
	return false;
}

/* Git LFS: the first key of a pointer is its version (git-lfs, docs/spec.md). */
const char *notebook_other_kind(const char *data, size_t len)
{
	struct span text = { data, len };
	static const char *const pages[] = { "<!doctype html", "<html", "<head", "<?xml" };

	if (is_utf16(text))
		return "not a notebook but text in UTF-16, save it as UTF-8 first";
	if (starts_with(text, "version https://git-lfs.github.com/spec/") ||
	    starts_with(text, "version https://hawser.github.com/spec/"))
		return "not a notebook but a pointer of Git LFS, get the file by 'git lfs pull' "
		       "first";
	if (starts_with(text, "\xEF\xBB\xBF"))
		text = (struct span){ text.at + 3, text.len - 3 };
	while (text.len && memchr(" \t\r\n", *text.at, 4))
		text = (struct span){ text.at + 1, text.len - 1 };
	if (!text.len)
		return "the file is empty";
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (starts_with(text, pages[i]))
			return "not a notebook but an HTML page, export or download it as a "
			       "notebook";
	return NULL;
}

static int read_bytes(struct notebook **out, struct notebook *nb,
		      const struct notebook_limits *limits, struct err *e)
{
	int rc = nb->format == NOTEBOOK_SOURCE ? source_read(nb, limits, e)
					       : ipynb_read(nb, limits, e);

	if (rc) {
		const char *kind = notebook_other_kind(nb->bytes, nb->len);

		if (rc == ERR_INVALID && kind)
			model_invalid(e, nb->bytes, 0, kind);
		notebook_free(nb);
		return rc;
	}
	*out = nb;
	return 0;
}

int notebook_parse(struct notebook **out, const char *data, size_t len,
		   const struct notebook_reading *as, struct err *e)
{
	struct notebook_limits l = effective(as->limits);
	struct notebook *nb;

	*out = NULL;
	if (len > l.bytes)
		return err_set(e, ERR_INVALID, "%zu bytes are more than the limit of %zu", len,
			       l.bytes);
	nb = model_new(as->format, as->language);
	nb->len = len;
	nb->crlf = as->format == NOTEBOOK_SOURCE && parse_all_crlf(data, len);
	nb->bytes = nb->own_bytes = nb->crlf ? without_cr(data, &nb->len) : plain_copy(data, len);
	return read_bytes(out, nb, &l, e);
}

int notebook_parse_take(struct notebook **out, struct buf *data, const struct notebook_reading *as,
			struct err *e)
{
	struct notebook_limits l = effective(as->limits);
	struct notebook *nb;
	int rc;

	/* CRLF files are copied anyway, and small. */
	if (data->len > l.bytes ||
	    (as->format == NOTEBOOK_SOURCE && parse_all_crlf(buf_str(data), data->len))) {
		rc = notebook_parse(out, buf_str(data), data->len, as, e);
		buf_release(data);
		return rc;
	}
	*out = NULL;
	nb = model_new(as->format, as->language);
	nb->bytes = nb->own_bytes = buf_steal(data, &nb->len);
	return read_bytes(out, nb, &l, e);
}

const struct notebook_limits parse_unlimited = { SIZE_MAX, SIZE_MAX, SIZE_MAX };

int parse_borrowed(struct notebook **out, struct span text, enum notebook_format format,
		   enum notebook_language language, struct err *e)
{
	struct notebook *nb = model_new(format, language);

	*out = NULL;
	nb->bytes = text.at;
	nb->len = text.len;
	return read_bytes(out, nb, &parse_unlimited, e);
}
