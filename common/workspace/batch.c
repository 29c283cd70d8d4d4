/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch is made of: its requests, and afterwards what became of each. How it is sent stands in
 * call.c.
 */

#include "workspace/call.h"

#include <stdlib.h>
#include <string.h>

#include "workspace/error.h"

void batch_init(struct batch *b, struct workspace *w, enum call_kind kind, const char *verb,
		size_t count)
{
	*b = (struct batch){
		.w = w,
		.kind = kind,
		.verb = verb,
		.count = count,
		.requests = xcalloc(count, sizeof(*b->requests)),
		.calls = xcalloc(count, sizeof(*b->calls)),
		.stop = ERR_INIT,
	};
	if (kind == CALL_EXPORT)
		b->limit = &w->exports;
	else if (kind == CALL_CHANGE)
		b->limit = &w->changes;
}

void batch_release(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		http_request_release(&b->requests[i]);
		if (b->looks)
			http_request_release(&b->looks[i]);
		free(b->calls[i].url);
		free(b->calls[i].plain_url);
		free(b->calls[i].looked_at);
		free(b->calls[i].look_url);
		free(b->calls[i].body);
	}
	free(b->requests);
	free(b->looks);
	free(b->calls);
	free(b->lane_ended);
	*b = (struct batch){ 0 };
}

void batch_end_lanes(struct batch *b, unsigned lanes)
{
	b->lane_ended = xcalloc(lanes, sizeof(*b->lane_ended));
}

char *batch_url(const struct batch *b, const char *endpoint)
{
	return xasprintf("%s" CALL_API "%s", b->w->origin, endpoint);
}

void batch_get(struct batch *b, size_t i, const char *endpoint, const char *query,
	       size_t response_max)
{
	b->calls[i].url = xasprintf("%s" CALL_API "%s?%s", b->w->origin, endpoint, query);
	b->requests[i] = (struct http_request){
		.method = "GET",
		.url = b->calls[i].url,
		.response_max = response_max,
	};
}

void batch_post(struct batch *b, size_t i, const char *endpoint, struct json *body)
{
	struct call *c = &b->calls[i];

	c->url = batch_url(b, endpoint);
	c->body = json_print(body, false);
	json_free(body);
	b->requests[i] = (struct http_request){
		.method = "POST",
		.url = c->url,
		.body = { .data = c->body, .len = strlen(c->body) },
		.response_max = CALL_REPLY_MAX,
	};
}

/* --- exports ------------------------------------------------------------------------------- */

static const char *query_of(enum workspace_form form)
{
	return form == WORKSPACE_AS_SOURCE ? "format=SOURCE&direct_download=true"
					   : "format=JUPYTER&direct_download=true";
}

size_t export_max(enum workspace_form form)
{
	return form == WORKSPACE_AS_SOURCE ? WORKSPACE_SOURCE_MAX : WORKSPACE_IPYNB_MAX;
}

char *export_url(const struct batch *b, const char *path, enum workspace_form form, char **plain)
{
	cleanup_free char *canonical = workspace_path_canonical(path);
	cleanup_free char *escaped = http_escape(canonical, false);
	char *url = xasprintf("%s" CALL_API "/workspace/export?path=%s&%s", b->w->origin, escaped,
			      query_of(form));

	*plain = NULL;
	if (form != WORKSPACE_AS_JUPYTER)
		return url;
	*plain = url;
	return xasprintf("%s&outputs=NONE", url);
}

void batch_get_export(struct batch *b, size_t i, const char *path, enum workspace_form form)
{
	struct call *c = &b->calls[i];

	c->url = export_url(b, path, form, &c->plain_url);
	b->requests[i] = (struct http_request){
		.method = "GET",
		.url = c->url,
		.response_max = WORKSPACE_SOURCE_MAX,
	};
	if (form != WORKSPACE_AS_SOURCE)
		c->most = WORKSPACE_IPYNB_MAX;
}

/* --- answers ------------------------------------------------------------------------------- */

size_t batch_call_of(const struct batch *b, const struct http_request *r, bool *is_look)
{
	*is_look = b->looks && r >= b->looks && r < b->looks + b->count;
	return (size_t)(r - (*is_look ? b->looks : b->requests));
}

enum api_answer batch_asked(const struct batch *b, const struct http_request *r)
{
	bool is_look;
	size_t i = batch_call_of(b, r, &is_look);

	if (is_look)
		return b->calls[i].look->content ? API_CONTENT : API_LOOK;
	if (b->kind == CALL_CHANGE)
		return API_CHANGE;
	return b->kind == CALL_EXPORT ? API_CONTENT : API_LOOK;
}

bool batch_was_kept_back(const struct batch *b, size_t i)
{
	const struct http_request *r = &b->requests[i];

	return r->answer.result == ERR_CANCELLED && !b->calls[i].refusal.code && b->lane_ended &&
	       b->lane_ended[r->lane];
}

bool batch_is_later(const struct batch *b, size_t i)
{
	return b->full && b->requests[i].answer.result == ERR_CANCELLED && !b->stop.code &&
	       (!b->requests[i].answer.attempts || b->calls[i].alone);
}

bool batch_lacks_parent(const struct batch *b, size_t i)
{
	const struct http_request *r = &b->requests[i];
	struct api_error a;

	return r->answer.result == ERR_OK && api_error_parse(&a, &r->answer, batch_asked(b, r)) &&
	       (a.err == ERR_ABSENT || a.missing_parent);
}

int request_check(const struct batch *b, const struct http_request *r, const char *verb,
		  const char *path, struct err *e)
{
	char object[API_QUOTE_MAX];
	struct api_error a;

	if (r->answer.result == ERR_OK) {
		if (!api_error_parse(&a, &r->answer, batch_asked(b, r)))
			return ERR_OK;
		return api_error_set(&a, b->w->name, verb, path, e);
	}
	*e = r->answer.result == ERR_CANCELLED && b->stop.code ? b->stop : r->answer.error;
	if (r->answer.slow && !path)
		return err_wrap(e, "cannot %s", verb);
	if ((e->code != ERR_INVALID && !r->answer.slow) || !path)
		return e->code;
	api_quote(object, path, strlen(path));
	return err_wrap(e, "cannot %s '%s'", verb, object);
}

int batch_check(const struct batch *b, size_t i, const char *path, struct err *e)
{
	if (!b->calls[i].refusal.code)
		return request_check(b, &b->requests[i], b->verb, path, e);
	*e = b->calls[i].refusal;
	return e->code;
}

int request_reply(const struct batch *b, const struct http_request *r, struct json **out,
		  struct err *e)
{
	if (json_parse(out, buf_str(&r->answer.body), r->answer.body.len, r->response_max, e)) {
		e->code = ERR_RETRY; /* the reply is broken, not the object */
		return err_wrap(e, "workspace '%s' sent an unreadable answer", b->w->name);
	}
	if (json_is_object(*out))
		return ERR_OK;
	json_free(*out);
	*out = NULL;
	return err_set(e, ERR_RETRY, "workspace '%s' sent an unreadable answer: no JSON object",
		       b->w->name);
}

int batch_reply(const struct batch *b, size_t i, const char *path, struct json **out, struct err *e)
{
	int code = batch_check(b, i, path, e);

	*out = NULL;
	return code ? code : request_reply(b, &b->requests[i], out, e);
}
