/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fault does to a request. One table names every action; fault_before() and fault_after()
 * are the two moments at which one can act.
 */

#include "tests/emulator/fault_action.h"

#include <stdlib.h>

#include "tests/emulator/browser.h"
#include "tests/emulator/emulator.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/request.h"

static const struct {
	const char *name;
	const char *help;
} actions[FAULT_KINDS] = {
	[FAULT_STATUS] = { "status",
			   "not carried out; replies status with body, or with error_code "
			   "and message; content_type, retry_after" },
	[FAULT_ENDPOINT] = { "endpoint-not-found", "not carried out; 404 ENDPOINT_NOT_FOUND" },
	[FAULT_EMPTY] = { "empty", "not carried out; 200 {}: an empty listing" },
	[FAULT_CLOSE] = { "close", "not carried out; the connection is closed without a reply" },
	[FAULT_LOST] = { "lost", "carried out; the connection is closed without a reply" },
	[FAULT_RESET] = { "reset", "carried out; the connection is reset behind bytes of the "
				   "reply's body (default: half)" },
	[FAULT_DRIP] = { "drip", "carried out; the reply's body comes bytes by bytes (default 1), "
				 "every_ms apart (default 10)" },
	[FAULT_PARTIAL] = { "partial", "a recursive deletion stops half way with 500" },
	[FAULT_USER] = { "user", "a user does user ({\"edit\"|\"delete\"|\"rename\": ...}, as the "
				 "control endpoints take it) before or, with after, behind it" },
	[FAULT_DELAY] = { "delay", "carried out after delay_ms, which every action may have" },
};

static const char *const members[] = {
	"action",       "delay_ms",    "status", "error_code", "message", "body",
	"content_type", "retry_after", "bytes",  "every_ms",   "after",   "user",
};

bool fault_action_member(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (str_eq(members[i], name))
			return true;
	return false;
}

const char *fault_action_name(const struct fault_action *a)
{
	return actions[a->kind].name;
}

void fault_action_print_help(struct buf *out)
{
	json_out_open(out, "actions", '{');
	for (unsigned i = 0; i < FAULT_KINDS; i++)
		json_out_str(out, actions[i].name, actions[i].help);
	json_out_close(out, '}');
}

void fault_action_unref(struct fault_action *a)
{
	if (!a || --a->references > 0)
		return;
	free(a->error_code);
	free(a->message);
	free(a->body);
	free(a->content_type);
	json_free(a->user);
	free(a);
}

static int parse_kind(enum fault_kind *out, const char *name, struct err *e)
{
	for (unsigned i = 0; name && i < FAULT_KINDS; i++)
		if (str_eq(actions[i].name, name)) {
			*out = (enum fault_kind)i;
			return ERR_OK;
		}
	return err_set(e, ERR_INVALID, "there is no action '%s'", name ? name : "");
}

int fault_action_parse(struct fault_action **out, const struct json *v, struct err *e)
{
	const struct json *user = json_get(v, "user");
	struct fault_action *a;
	enum fault_kind kind = FAULT_STATUS;
	int code = parse_kind(&kind, json_str(v, "action"), e);

	if (code != ERR_OK)
		return code;
	if (kind == FAULT_USER && !json_is_object(user))
		return err_set(e, ERR_INVALID, "action 'user' needs the object 'user'");
	if (kind == FAULT_STATUS && json_int(v, "status", 0) < 100)
		return err_set(e, ERR_INVALID, "action 'status' needs the number 'status'");
	a = xcalloc(1, sizeof(*a));
	*a = (struct fault_action){
		.references = 1,
		.kind = kind,
		.delay_ms = json_int(v, "delay_ms", 0),
		.status = (unsigned)json_int(v, "status", 0),
		.error_code = xstrdup(json_str(v, "error_code")),
		.message = xstrdup(json_str(v, "message")),
		.body = xstrdup(json_str(v, "body")),
		.content_type = xstrdup(json_str(v, "content_type")),
		.retry_after_s = json_int(v, "retry_after", -1),
		.bytes = json_int(v, "bytes", kind == FAULT_DRIP ? 1 : -1),
		.ms = json_int(v, "every_ms", 10),
		.after = json_bool(v, "after", false),
		.user = user ? json_object() : NULL,
	};
	if (user)
		json_add_copy(a->user, "user", user);
	*out = a;
	return ERR_OK;
}

static void reply_status(struct request *r, const struct fault_action *a)
{
	if (a->body) {
		buf_clear(&r->reply);
		buf_add_str(&r->reply, a->body);
		r->content_type = a->content_type;
		r->status = a->status;
	} else {
		reply_error(r, a->status, a->error_code, "%s", a->message ? a->message : "");
	}
	r->retry_after_s = a->retry_after_s;
}

static void user_acts(struct request *r, const struct fault_action *a)
{
	struct err e = ERR_INIT;

	if (browser_act(r->emulator, json_get(a->user, "user"), &e) != ERR_OK)
		reply_error(r, 500, "INTERNAL_ERROR", "the fault rule's user: %s", e.text);
}

void fault_before(struct request *r)
{
	const struct fault_action *a = r->fault;

	if (a->kind == FAULT_STATUS)
		reply_status(r, a);
	else if (a->kind == FAULT_ENDPOINT)
		reply_error(r, 404, "ENDPOINT_NOT_FOUND", "No API found for '%s %s'", r->method,
			    r->url);
	else if (a->kind == FAULT_EMPTY)
		reply_ok(r);
	else if (a->kind == FAULT_CLOSE)
		reply_error(r, 500, NULL, "closed");
	else if (a->kind == FAULT_USER && !a->after)
		user_acts(r, a);
	r->partial = a->kind == FAULT_PARTIAL;
}

void fault_after(struct request *r)
{
	const struct fault_action *a = r->fault;

	if (a->kind == FAULT_CLOSE || a->kind == FAULT_LOST)
		r->cut = REPLY_NONE;
	if (a->kind == FAULT_RESET) {
		r->cut = REPLY_RESET;
		r->cut_after = a->bytes >= 0 ? (size_t)a->bytes : r->reply.len / 2;
	}
	if (a->kind == FAULT_DRIP) {
		r->drip_bytes = a->bytes > 0 ? (size_t)a->bytes : 1;
		r->drip_ms = a->ms;
	}
	if (a->kind == FAULT_USER && a->after)
		user_acts(r, a);
}
