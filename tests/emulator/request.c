/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and replies as handlers see them: arguments wherever they came from, errors in
 * Databricks' shape.
 */

#include "tests/emulator/request.h"

#include <stdlib.h>
#include <string.h>

#include "tests/emulator/faults.h"
#include "tests/emulator/json_out.h"

struct request *request_new(struct emulator *emulator)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->emulator = emulator;
	r->body = BUF_INIT(REQUEST_BODY_MAX);
	r->reply = BUF_INIT(REPLY_MAX);
	r->path.alias = "";
	r->rest = "";
	r->retry_after_s = -1;
	return r;
}

void request_free(struct request *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->field_count; i++)
		buf_release(&r->fields[i].data);
	free(r->url);
	buf_release(&r->body);
	json_free(r->json);
	wspath_release(&r->path);
	fault_action_unref(r->fault);
	buf_release(&r->reply);
	free(r);
}

void request_prepare(struct request *r)
{
	bool file = r->route && r->route->flags & ROUTE_FILE;
	cleanup_free char *rest = file ? xasprintf("/%s", r->rest) : NULL;
	const char *path;

	if (!r->is_form && !file && r->body.len > 0 &&
	    json_parse(&r->json, r->body.data, r->body.len, REQUEST_BODY_MAX, NULL) != ERR_OK)
		r->json = NULL;
	path = file ? rest : request_arg(r, "path");
	if (path)
		wspath_parse(&r->path, path, &r->path_error);
	else
		err_set(&r->path_error, ERR_INVALID, "Missing required field: path");
}

const struct buf *request_field(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (str_eq(r->fields[i].name, name))
			return &r->fields[i].data;
	return NULL;
}

const char *request_arg(const struct request *r, const char *name)
{
	const struct buf *field = request_field(r, name);
	const char *query;

	if (field)
		return buf_str(field);
	query = request_query(r, name);
	if (query)
		return query;
	return r->json ? json_str(r->json, name) : NULL;
}

bool request_flag(const struct request *r, const char *name)
{
	const char *text = request_arg(r, name);

	if (text)
		return str_eq(text, "true");
	return r->json && json_bool(r->json, name, false);
}

bool request_has_path(struct request *r)
{
	if (!r->path.path)
		reply_error(r, 400, "INVALID_PARAMETER_VALUE", "%s", r->path_error.text);
	return r->path.path != NULL;
}

bool request_has_json(struct request *r)
{
	if (!r->json || !json_is_object(r->json))
		reply_error(r, 400, "MALFORMED_REQUEST", "Could not parse request object.");
	return r->status == 0;
}

void reply_error(struct request *r, unsigned status, const char *code, const char *fmt, ...)
{
	cleanup_free char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	buf_clear(&r->reply);
	json_out_open(&r->reply, NULL, '{');
	if (code)
		json_out_str(&r->reply, "error_code", code);
	json_out_str(&r->reply, "message", message);
	json_out_close(&r->reply, '}');
	json_out_end(&r->reply);
	r->status = status;
	r->content_type = NULL;
}

void reply_err(struct request *r, const struct err *e)
{
	if (e->code == ERR_INVALID)
		reply_error(r, 400, "INVALID_PARAMETER_VALUE", "%s", e->text);
	else if (e->code == ERR_ABSENT)
		reply_error(r, 404, "RESOURCE_DOES_NOT_EXIST", "%s", e->text);
	else
		reply_error(r, 500, "INTERNAL_ERROR", "%s", e->text);
}

void reply_ok(struct request *r)
{
	if (r->reply.len == 0 && !r->content_type)
		buf_add_str(&r->reply, "{}");
	if (!r->content_type)
		json_out_end(&r->reply);
	r->status = 200;
}
