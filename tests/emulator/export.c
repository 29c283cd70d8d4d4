/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/2.0/workspace/export. Guessed, because nobody has published them: the values of
 * file_type, and the message when an administrator has switched exports off.
 */

#include <string.h>

#include "tests/emulator/archive.h"
#include "tests/emulator/codec.h"
#include "tests/emulator/content.h"
#include "tests/emulator/dispatch.h"
#include "tests/emulator/emulator.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/workspace_api.h"

enum format { SOURCE, AUTO, RAW, JUPYTER, HTML, DBC, R_MARKDOWN, FORMATS };

static const char *const format_names[FORMATS] = {
	[SOURCE] = "SOURCE",         [AUTO] = "AUTO", [RAW] = "RAW",
	[JUPYTER] = "JUPYTER",       [HTML] = "HTML", [DBC] = "DBC",
	[R_MARKDOWN] = "R_MARKDOWN",
};

/* A finished export. */
struct exported {
	struct buf bytes;
	const char *type; /* file_type; borrowed */
};

static bool read_format(struct request *r, enum format *out)
{
	const char *name = request_arg(r, "format");

	for (unsigned i = 0; i < FORMATS; i++)
		if (str_eq(format_names[i], name ? name : "SOURCE")) {
			*out = (enum format)i;
			return true;
		}
	reply_error(r, 400, "INVALID_PARAMETER_VALUE", "%s is not a valid format.", name);
	return false;
}

static void reply_unexportable(struct request *r, const struct node *n, enum format format)
{
	reply_error(r, 400, "INVALID_PARAMETER_VALUE", "Cannot export %s%s (%s) as %s.",
		    r->path.alias, r->path.path, node_type_name(n->type), format_names[format]);
}

static void to_html(struct buf *out, const char *text, size_t len)
{
	buf_add_str(out, "<!DOCTYPE html>\n<html><body><pre>");
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '<')
			buf_add_str(out, "&lt;");
		else if (text[i] == '&')
			buf_add_str(out, "&amp;");
		else
			buf_add_char(out, text[i]);
	}
	buf_add_str(out, "</pre></body></html>\n");
}

/* ---- a directory ---- */

struct packing {
	struct emulator *emulator;
	struct archive_zip zip;
	size_t top_len; /* bytes of the path that names leave out */
	bool files;     /* not only notebooks */
	struct err error;
};

static void pack(void *payload, struct node *n)
{
	struct packing *p = payload;
	struct buf stored = BUF_INIT(STORE_CONTENT_MAX), text = BUF_INIT(STORE_CONTENT_MAX);
	struct buf name = BUF_INIT(2 * WSPATH_MAX);

	if (p->error.code != ERR_OK || n->type == NODE_DIRECTORY ||
	    (n->type != NODE_NOTEBOOK && !p->files))
		return;
	node_path(n, &name);
	store_read(p->emulator->store, n, &stored, &p->error);
	if (n->type == NODE_NOTEBOOK && p->error.code == ERR_OK) {
		buf_addf(&name, ".%s", content_extension(n->language));
		content_convert(&text, n, buf_str(&stored), stored.len, NOTEBOOK_SOURCE, false,
				&p->error);
	} else {
		buf_add(&text, buf_str(&stored), stored.len);
	}
	archive_zip_add(&p->zip, name.data + p->top_len, buf_str(&text), text.len);
	buf_release(&stored);
	buf_release(&text);
	buf_release(&name);
}

static void export_directory(struct request *r, struct node *n, enum format format,
			     struct exported *out)
{
	struct packing p = { .emulator = r->emulator, .files = format == AUTO };

	if (format != SOURCE && format != AUTO && format != DBC) {
		reply_unexportable(r, n, format);
		return;
	}
	p.top_len = n->parent ? strlen(r->path.path) + 1 : 1;
	archive_zip_init(&p.zip, &out->bytes);
	store_walk(r->emulator->store, n, pack, &p);
	archive_zip_finish(&p.zip);
	out->type = format == AUTO ? "zip" : "dbc";
	if (p.error.code != ERR_OK)
		reply_err(r, &p.error);
}

/* ---- one object ---- */

static void export_notebook(struct request *r, const struct node *n, const struct buf *stored,
			    enum format format, struct exported *out)
{
	bool strip = str_eq(request_arg(r, "outputs"), "NONE") &&
		     knob(&r->emulator->knobs, KNOB_OUTPUTS_NONE) == OUTPUTS_NONE_HONOURED;
	struct buf text = BUF_INIT(STORE_CONTENT_MAX);
	struct archive_zip zip;
	struct err e = ERR_INIT;
	enum notebook_format wanted = format == JUPYTER ? NOTEBOOK_IPYNB
				      : format == RAW   ? n->format
							: NOTEBOOK_SOURCE;

	content_convert(&text, n, buf_str(stored), stored->len, wanted, strip, &e);
	out->type = wanted == NOTEBOOK_IPYNB ? "ipynb" : content_extension(n->language);
	if (e.code != ERR_OK) {
		reply_error(r, 500, "INTERNAL_ERROR", "%s", e.text);
	} else if (format == R_MARKDOWN) {
		reply_unexportable(r, n, format);
	} else if (format == HTML) {
		to_html(&out->bytes, buf_str(&text), text.len);
		out->type = "html";
	} else if (format == DBC) {
		archive_zip_init(&zip, &out->bytes);
		archive_zip_add(&zip, n->name, buf_str(&text), text.len);
		archive_zip_finish(&zip);
		out->type = "dbc";
	} else {
		buf_release(&out->bytes);
		out->bytes = text;
		return;
	}
	buf_release(&text);
}

static void export_file(struct request *r, const struct node *n, struct buf *stored,
			enum format format, struct exported *out)
{
	const char *dot = strrchr(n->name, '.');

	if (format != SOURCE && format != AUTO && format != RAW) {
		reply_unexportable(r, n, format);
		return;
	}
	buf_release(&out->bytes);
	out->bytes = *stored;
	*stored = BUF_INIT(stored->max);
	out->type = dot ? dot + 1 : "";
}

/* ---- the reply ---- */

static void reply_exported(struct request *r, const struct node *n, struct exported *x)
{
	const struct knobs *k = &r->emulator->knobs;
	int64_t limit = knob(k, KNOB_EXPORT_MAX);
	bool direct = request_flag(r, "direct_download");
	bool limited = limit >= 0 && (n->type == NODE_NOTEBOOK || !direct);

	if (limited && x->bytes.len > (size_t)limit) {
		reply_error(r, (unsigned)knob(k, KNOB_TOO_LARGE_STATUS),
			    "MAX_NOTEBOOK_SIZE_EXCEEDED", "Size exceeds %lld bytes",
			    (long long)limit);
		return;
	}
	if (direct) {
		buf_release(&r->reply);
		r->reply = x->bytes;
		r->content_type = "application/octet-stream";
		x->bytes = BUF_INIT(0);
	} else {
		buf_add_str(&r->reply, "{\"content\":\"");
		codec_base64(&r->reply, buf_str(&x->bytes), x->bytes.len);
		buf_add_str(&r->reply, "\",");
		json_out_str(&r->reply, "file_type", x->type);
		json_out_close(&r->reply, '}');
	}
	reply_ok(r);
}

static bool refused(struct request *r, const struct node *n)
{
	struct knobs *k = &r->emulator->knobs;

	if (request_arg(r, "outputs") && knob(k, KNOB_OUTPUTS_NONE) == OUTPUTS_NONE_REFUSED) {
		reply_error(r, 400, "INVALID_PARAMETER_VALUE", "Unknown parameter: outputs");
	} else if (knob(k, KNOB_EXPORT_DISABLED) && n->type == NODE_NOTEBOOK) {
		reply_error(r, 403, "PERMISSION_DENIED",
			    "Notebook export has been disabled by the workspace administrator.");
	} else if (!knobs_take(&k->exports, knob(k, KNOB_EXPORTS_PER_S), monotonic_ns())) {
		reply_error(r, 429, "REQUEST_LIMIT_EXCEEDED", "Too many exports, try again later.");
		r->retry_after_s = 1;
	}
	return r->status != 0;
}

static void export_object(struct request *r)
{
	struct buf stored = BUF_INIT(STORE_CONTENT_MAX);
	struct exported x = { .bytes = BUF_INIT(REPLY_MAX), .type = "" };
	struct node *n = workspace_find(r);
	struct err e = ERR_INIT;
	enum format format;

	if (!n || refused(r, n) || !read_format(r, &format))
		return;
	if (n->type == NODE_DIRECTORY)
		export_directory(r, n, format, &x);
	else if (store_read(r->emulator->store, n, &stored, &e) != ERR_OK)
		reply_err(r, &e);
	else if (n->type == NODE_NOTEBOOK)
		export_notebook(r, n, &stored, format, &x);
	else
		export_file(r, n, &stored, format, &x);
	if (!r->status)
		reply_exported(r, n, &x);
	buf_release(&stored);
	buf_release(&x.bytes);
}

const struct route export_routes[] = {
	{ "GET", "/api/2.0/workspace/export", "workspace/export", 0, export_object },
	{ 0 },
};
