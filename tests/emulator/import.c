/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/2.0/workspace/import, as a form or as JSON. The messages are those that clients of real
 * workspaces have recorded, and so is the order of the checks as far as it shows in them: parent,
 * content, size, type clash or existence.
 */

#include <string.h>
#include <strings.h>

#include "tests/emulator/codec.h"
#include "tests/emulator/content.h"
#include "tests/emulator/dispatch.h"
#include "tests/emulator/emulator.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/workspace_api.h"

/* ---- what may go wrong ---- */

/* The shapes in which real workspaces were seen to say it. */
static void reply_exists(struct request *r, const char *path)
{
	const char *alias = r->path.alias;

	switch ((enum exists_shape)knob(&r->emulator->knobs, KNOB_EXISTS_SHAPE)) {
	case EXISTS_400_CODE:
		reply_error(r, 400, "RESOURCE_ALREADY_EXISTS",
			    "%s%s already exists. Please pass overwrite=true to overwrite it.",
			    alias, path);
		break;
	case EXISTS_409_CODE:
	case EXISTS_409_BARE:
		reply_error(r, 409,
			    knob(&r->emulator->knobs, KNOB_EXISTS_SHAPE) == EXISTS_409_CODE
				    ? "ALREADY_EXISTS"
				    : NULL,
			    "Node with name %s%s already exists. Please pass overwrite=true to "
			    "update it.",
			    alias, path);
		break;
	case EXISTS_400_EMPTY_CODE:
		reply_error(r, 400, "", "Path (%s%s) already exists.", alias, path);
		break;
	case EXISTS_400_PREFIXED:
		reply_error(r, 400, "",
			    "RESOURCE_ALREADY_EXISTS: %s%s already exists. Please pass "
			    "overwrite=true to overwrite it.",
			    alias, path);
		break;
	}
}

static bool too_large(struct request *r, size_t len, enum knob which)
{
	int64_t limit = knob(&r->emulator->knobs, which);

	if (limit < 0 || len <= (size_t)limit)
		return false;
	reply_error(r, 400, "MAX_NOTEBOOK_SIZE_EXCEEDED",
		    "File size imported is (%zu bytes), exceeded max size (%lld bytes)", len,
		    (long long)limit);
	return true;
}

static enum knob limit_of(const struct store_content *object)
{
	if (object->type != NODE_NOTEBOOK)
		return KNOB_FILE_MAX;
	return object->format == NOTEBOOK_IPYNB ? KNOB_IPYNB_MAX : KNOB_SOURCE_MAX;
}

static void reply_other_type(struct request *r, const char *path, enum node_type asked,
			     enum node_type actual)
{
	reply_error(
		r, 400, "INVALID_PARAMETER_VALUE",
		"Cannot overwrite the asset at %s%s due to type mismatch (asked: %s, actual: %s)",
		r->path.alias, path, node_type_name(asked), node_type_name(actual));
}

/* A notebook's full name is that with the extension of its format. */
static const char *full_extension(enum notebook_format format, enum notebook_language language)
{
	return format == NOTEBOOK_IPYNB ? "ipynb" : content_extension(language);
}

/* The notebook that has the full name of a file; NULL: none. */
static struct node *notebook_called(struct store *s, const struct node *dir, const char *name)
{
	const char *dot = strrchr(name, '.');
	struct node *n = dot ? store_child(s, dir, name, (size_t)(dot - name)) : NULL;

	return n && n->type == NODE_NOTEBOOK &&
			       strcasecmp(dot + 1, full_extension(n->format, n->language)) == 0
		       ? n
		       : NULL;
}

/* The file that has the full name of a notebook; NULL: none. */
static struct node *file_called(struct store *s, const struct node *dir, const struct content *c)
{
	cleanup_free char *name = xasprintf("%s.%s", c->name,
					    full_extension(c->object.format, c->object.language));
	struct node *n = store_child(s, dir, name, strlen(name));

	return n && n->type == NODE_FILE ? n : NULL;
}

/* What has the full name that an object will have anew, in the place of old or of nothing: it must be
 * unique in a folder. */
static struct node *same_full_name(struct store *s, const struct node *dir, const struct content *c,
				   const struct node *old)
{
	if (c->object.type == NODE_NOTEBOOK &&
	    (!old || old->format != c->object.format || old->language != c->object.language))
		return file_called(s, dir, c);
	return c->object.type == NODE_FILE && !old ? notebook_called(s, dir, c->name) : NULL;
}

/* Whether something is in the way of the object; replies if so. */
static bool clashes(struct request *r, const struct node *dir, const struct content *c,
		    bool overwrite)
{
	struct knobs *k = &r->emulator->knobs;
	cleanup_free char *parent = wspath_parent(r->path.path);
	cleanup_free char *path = xasprintf("%s/%s", str_eq(parent, "/") ? "" : parent, c->name);
	struct node *old = store_child(r->emulator->store, dir, c->name, strlen(c->name));
	struct node *same = same_full_name(r->emulator->store, dir, c, old);

	if (!old && !same)
		return false;
	if (!overwrite)
		reply_exists(r, path);
	else if (old && old->type != c->object.type)
		reply_other_type(r, path, c->object.type, old->type);
	else if (same)
		reply_error(r, 400, "INVALID_PARAMETER_VALUE",
			    "Requested node type [%s] is different from the existing node type "
			    "[%s]",
			    node_type_name(c->object.type), node_type_name(same->type));
	else if (k->value[KNOB_STALE_CLASHES] > 0) {
		k->value[KNOB_STALE_CLASHES]--;
		reply_error(r, 400, "RESOURCE_ALREADY_EXISTS", "Node named '%s' already exists",
			    c->name);
	}
	return r->status != 0;
}

/* ---- importing ---- */

/* Understands format and language; false when it replied. */
static bool read_format(struct request *r, const struct import *in, struct content_source *out)
{
	const char *format = in->format ? in->format : "SOURCE";

	if (str_eq(format, "AUTO")) {
		out->format = CONTENT_AUTO;
	} else if (str_eq(format, "RAW")) {
		out->format = CONTENT_RAW;
	} else if (str_eq(format, "JUPYTER")) {
		out->format = CONTENT_JUPYTER;
	} else if (str_eq(format, "SOURCE")) {
		out->format = CONTENT_SOURCE;
		if (!in->language)
			reply_error(r, 400, "INVALID_PARAMETER_VALUE",
				    "The zip archive contains no items.");
		else if (!notebook_language_parse(in->language, &out->language))
			reply_error(r, 400, "INVALID_PARAMETER_VALUE",
				    "%s is not a supported language.", in->language);
	} else if (str_eq(format, "HTML") || str_eq(format, "DBC") ||
		   str_eq(format, "R_MARKDOWN")) {
		reply_error(r, 501, "NOT_IMPLEMENTED", "The emulator does not import %s.", format);
	} else {
		reply_error(r, 400, "INVALID_PARAMETER_VALUE", "%s is not a valid format.", format);
	}
	return r->status == 0;
}

static struct node *need_parent(struct request *r)
{
	cleanup_free char *parent = wspath_parent(r->path.path);
	struct node *dir = store_find(r->emulator->store, parent);

	if (dir && dir->type == NODE_DIRECTORY && !str_eq(r->path.path, "/"))
		return dir;
	reply_error(r, 404, "RESOURCE_DOES_NOT_EXIST", "The parent folder (%s%s) does not exist.",
		    r->path.alias, parent);
	return NULL;
}

static bool throttled(struct request *r)
{
	struct knobs *k = &r->emulator->knobs;

	if (knobs_take(&k->imports, knob(k, KNOB_IMPORTS_PER_S), monotonic_ns()))
		return false;
	reply_error(r, 429, "REQUEST_LIMIT_EXCEEDED", "Too many imports, try again later.");
	r->retry_after_s = 1;
	return true;
}

void workspace_import(struct request *r, const struct import *in, struct node **out)
{
	struct emulator *em = r->emulator;
	cleanup_content struct content c = { 0 };
	struct content_source source = { .data = in->data, .len = in->len };
	struct err e = ERR_INIT;
	struct node *dir;

	*out = NULL;
	if (!request_has_path(r) || throttled(r) || !read_format(r, in, &source))
		return;
	dir = need_parent(r);
	if (!dir)
		return;
	source.name = wspath_name(r->path.path);
	if (content_make(&c, &source, &em->knobs, &em->rng, &e) != ERR_OK) {
		reply_err(r, &e);
		return;
	}
	if (too_large(r, in->len, limit_of(&c.object)) || clashes(r, dir, &c, in->overwrite))
		return;
	if (store_put(em->store, dir, c.name, &c.object, out, &e) != ERR_OK)
		reply_err(r, &e);
}

/* ---- the endpoint ---- */

static void import_form(struct request *r)
{
	const struct buf *content = request_field(r, "content");
	struct node *n;
	struct import in = {
		.format = request_arg(r, "format"),
		.language = request_arg(r, "language"),
		.overwrite = request_flag(r, "overwrite"),
		.data = content ? buf_str(content) : "",
		.len = content ? content->len : 0,
	};

	workspace_import(r, &in, &n);
	if (!n)
		return;
	json_out_open(&r->reply, NULL, '{');
	json_out_int(&r->reply, "object_id", n->id);
	json_out_close(&r->reply, '}');
	reply_ok(r);
}

static void import_json(struct request *r)
{
	const char *base64 = json_str(r->json, "content");
	struct buf bytes = BUF_INIT(REQUEST_BODY_MAX);
	struct node *n;
	struct import in = {
		.format = json_str(r->json, "format"),
		.language = json_str(r->json, "language"),
		.overwrite = json_bool(r->json, "overwrite", false),
	};

	if (base64 && !codec_unbase64(&bytes, base64)) {
		reply_error(r, 400, "INVALID_PARAMETER_VALUE", "The content is not valid base64.");
	} else if (!too_large(r, bytes.len, KNOB_JSON_MAX)) {
		in.data = buf_str(&bytes);
		in.len = bytes.len;
		workspace_import(r, &in, &n);
		if (n)
			reply_ok(r);
	}
	buf_release(&bytes);
}

static void import_object(struct request *r)
{
	if (r->is_form)
		import_form(r);
	else if (request_has_json(r))
		import_json(r);
}

const struct route import_routes[] = {
	{ "POST", "/api/2.0/workspace/import", "workspace/import", ROUTE_CHANGES, import_object },
	{ 0 },
};
