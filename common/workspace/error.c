/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error bodies, in two steps: read whatever shape came (find the code, the reason and the message),
 * then judge by tables. The message is looked at in full but kept only escaped and cut. The sentence
 * for it stands in error_text.c.
 *
 * Deliberately strict about "does not exist" and generous about everything else: a wrong guess there
 * deletes somebody's notebook, a wrong guess elsewhere costs a retry.
 */

#include "workspace/error.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "format/json.h"
#include "log/escape.h"
#include "log/log.h"
#include "path/path.h"

#define ABSENT_CODE        "RESOURCE_DOES_NOT_EXIST"
#define FULL_CODE          "MAX_CHILD_NODE_SIZE_EXCEEDED"
#define NOTEBOOK_SIZE_CODE "MAX_NOTEBOOK_SIZE_EXCEEDED"
#define READ_SIZE_CODE     "MAX_READ_SIZE_EXCEEDED"
#define SIZE_CODES         "_SIZE_EXCEEDED" /* what these have in common */

/* What a code says; of unknown codes and missing ones the status decides. */
static const struct {
	const char *code;
	int err;
} catalogue[] = {
	{ "ABORTED", ERR_CONFLICT },
	{ "ALREADY_EXISTS", ERR_CONFLICT },
	{ "BAD_REQUEST", ERR_INVALID },
	{ "CANCELLED", ERR_RETRY },
	{ "CUSTOMER_UNAUTHORIZED", ERR_CONFIG },
	{ "DATA_LOSS", ERR_RETRY },
	{ "DEADLINE_EXCEEDED", ERR_RETRY },
	{ "DIRECTORY_NOT_EMPTY", ERR_CONFLICT },
	{ "DIRECTORY_PROTECTED", ERR_CONFIG },
	{ "ENDPOINT_NOT_FOUND", ERR_CONFIG },
	{ "FEATURE_DISABLED", ERR_CONFIG },
	{ "INTERNAL_ERROR", ERR_RETRY },
	{ "INVALID_PARAMETER_VALUE", ERR_INVALID },
	{ "INVALID_STATE", ERR_CONFLICT },
	{ FULL_CODE, ERR_INVALID },
	{ NOTEBOOK_SIZE_CODE, ERR_INVALID },
	{ READ_SIZE_CODE, ERR_INVALID },
	{ "NOT_IMPLEMENTED", ERR_CONFIG },
	{ "PERMISSION_DENIED", ERR_CONFIG },
	{ "REQUEST_LIMIT_EXCEEDED", ERR_RETRY },
	{ "RESOURCE_ALREADY_EXISTS", ERR_CONFLICT },
	{ "RESOURCE_CONFLICT", ERR_CONFLICT },
	{ ABSENT_CODE, ERR_ABSENT },
	{ "RESOURCE_EXHAUSTED", ERR_RETRY },
	{ "TEMPORARILY_UNAVAILABLE", ERR_RETRY },
	{ "UNAUTHENTICATED", ERR_CONFIG },
	{ "UNAVAILABLE", ERR_RETRY },
};

static const struct {
	long status;
	int err;
} by_status[] = {
	{ 400, ERR_INVALID },  { 401, ERR_CONFIG },  { 403, ERR_CONFIG },  { 405, ERR_CONFIG },
	{ 409, ERR_CONFLICT }, { 413, ERR_INVALID }, { 414, ERR_INVALID }, { 501, ERR_CONFIG },
};

/* Texts with which official clients try again, whatever the status. */
static const char *const transient_texts[] = {
	"Please try again later",
	"Timed out after ",
	"deadline exceeded",
	"REQUEST_LIMIT_EXCEEDED",
	"RPC token bucket limit has been exceeded",
	"UnknownWorkerEnvironmentException",
	"does not have any associated worker environments",
	"There is no worker environment with id",
	"Unknown worker environment",
	"ClusterNotReadyException",
};

/* Those of them that say that it took too long. */
static const char *const timeout_texts[] = { "Timed out after ", "deadline exceeded" };

static const char *const too_large_texts[] = {
	"exceeded max size",
	"Size exceeds",
	"size exceeded limit",
};

void api_quote(char out[static API_QUOTE_MAX], const char *text, size_t len)
{
	cleanup_buf struct buf quoted = BUF_INIT(API_QUOTE_MAX - 1);

	escape_masked(&quoted, text, len < API_BODY_MAX ? len : API_BODY_MAX);
	snprintf(out, API_QUOTE_MAX, "%s", buf_str(&quoted));
}

/* --- reading ------------------------------------------------------------------------------- */

/* The length of a code at the start of text: capitals and underscores, at least three. */
static size_t code_span(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	return n >= 3 && n < sizeof(((struct api_error *)NULL)->code) ? n : 0;
}

static void set_code(char *out, size_t size, const char *text)
{
	size_t n = text ? code_span(text) : 0;

	if (n && !text[n])
		snprintf(out, size, "%s", text);
}

/* "CODE: text": takes the code if there is none yet. */
static const char *take_prefix(struct api_error *a, const char *text)
{
	size_t n = code_span(text);

	if (!n || text[n] != ':' || text[n + 1] != ' ')
		return text;
	if (!a->code[0])
		snprintf(a->code, sizeof(a->code), "%.*s", (int)n, text);
	return text + n + 2;
}

static bool contains_any(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(text, list[i]))
			return true;
	return false;
}

/* "Path (/x) doesn't exist." and the like: what the server says of a missing object. */
static bool says_missing(const char *text)
{
	return str_starts(text, "Path (") &&
	       (strstr(text, ") doesn't exist") || strstr(text, ") does not exist"));
}

#define MISSING_IN_OTHER_WORDS "says that it is missing, but not as the API says it"

/* Everything that is read out of the whole message. */
static void read_message(struct api_error *a, const char *text)
{
	text = take_prefix(a, text);
	api_quote(a->message, text, strlen(text));
	a->missing_parent = str_starts(text, "The parent folder (") &&
			    strstr(text, ") does not exist");
	if (a->status == 404 && !a->code[0] && !a->missing_parent && says_missing(text))
		a->odd = MISSING_IN_OTHER_WORDS;
	a->transient = contains_any(text, transient_texts, ARRAY_SIZE(transient_texts));
	a->timed_out = contains_any(text, timeout_texts, ARRAY_SIZE(timeout_texts));
	a->too_large = contains_any(text, too_large_texts, ARRAY_SIZE(too_large_texts));
	a->wrong_type = a->status == 400 &&
			(strstr(text, "type mismatch") || strstr(text, "node type"));
	a->bad_token = a->status == 403 && strcasestr(text, "invalid access token");
	a->exists = a->wrong_type || (a->status == 400 && strstr(text, "already exists"));
}

/* The type application/json, with or without parameters. */
static bool is_json(const struct http_answer *r)
{
	static const char type[] = "application/json";
	size_t n = sizeof(type) - 1;

	return strncasecmp(r->content_type, type, n) == 0 &&
	       strchr("; \t", r->content_type[n]) != NULL;
}

/* The first of details[].reason; NULL: there is none. */
static const char *reason_of(const struct json *body)
{
	const struct json *detail = json_first(json_get(body, "details"));
	const char *reason = NULL;

	for (; detail && !reason; detail = json_next(detail))
		reason = json_str(detail, "reason");
	return reason;
}

static bool is_too_large(const char *code)
{
	return str_eq(code, NOTEBOOK_SIZE_CODE) || str_eq(code, READ_SIZE_CODE);
}

/* {"error_code", "message", "details"}; API 1.2 has "error", SCIM "detail". */
static void read_members(struct api_error *a, const struct json *body, const struct http_answer *r)
{
	const char *text = json_str(body, "message");

	set_code(a->code, sizeof(a->code), json_str(body, "error_code"));
	a->absent = str_eq(a->code, ABSENT_CODE) && is_json(r) && a->status == 404 && !r->part &&
		    !r->ended_by_close;
	if (!text)
		text = json_str(body, "error");
	if (!text)
		text = json_str(body, "error.message");
	if (!text)
		text = json_str(body, "detail");
	set_code(a->reason, sizeof(a->reason), reason_of(body));
	read_message(a, text ? text : "");
}

static bool starts_as_page(const struct http_answer *r)
{
	const char *text = buf_str(&r->body);

	text += strspn(text, " \t\r\n");
	return strncasecmp(text, "<!doctype html", 14) == 0 || strncasecmp(text, "<html", 5) == 0;
}

static bool is_page(const struct http_answer *r)
{
	return strncasecmp(r->content_type, "text/html", 9) == 0 || starts_as_page(r);
}

/* Old servers put the error's text between <pre> and </pre>. */
static void read_page(struct api_error *a, const struct http_answer *r)
{
	const char *text = buf_str(&r->body);
	const char *from = strcasestr(text, "<pre>");
	const char *to = from ? strcasestr(from, "</pre>") : NULL;
	cleanup_free char *inside = to ? xstrndup(from + 5, (size_t)(to - from - 5)) : NULL;

	a->web_page = !inside;
	if (inside)
		read_message(a, inside);
}

/* The body as a JSON object; NULL when it is anything else. json_free() it. */
static struct json *parse_object(const struct http_answer *r)
{
	struct json *body = NULL;

	if (r->body.len > API_BODY_MAX ||
	    json_parse(&body, buf_str(&r->body), r->body.len, API_BODY_MAX, NULL) != ERR_OK)
		return NULL;
	if (json_is_object(body))
		return body;
	json_free(body);
	return NULL;
}

bool api_says_something(const struct json *member)
{
	const char *text = json_text(member);

	if (!member || json_is_null(member) || (text && !text[0]))
		return false;
	return text || json_is_object(member) || json_is_array(member) ||
	       json_bool(member, "", false) || json_int(member, "", 0);
}

static const char *const error_members[] = { "error_code", "error", "message" };

bool api_is_error_member(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(error_members); i++)
		if (str_eq(name, error_members[i]))
			return true;
	return false;
}

bool api_object_is_error(const struct json *object, const char **text)
{
	for (size_t i = 0; i < ARRAY_SIZE(error_members); i++) {
		const struct json *member = json_get(object, error_members[i]);

		if (!api_says_something(member))
			continue;
		if (text)
			*text = json_text(member) ? json_text(member) : error_members[i];
		return true;
	}
	return false;
}

/* A 2xx may still be an error; a notebook that has a cell about errors is not one, nor a file of
 * JSON that has messages. The search spares parsing every exported notebook. */
static bool is_hidden_error(const struct http_answer *r, enum api_answer asked)
{
	cleanup_json struct json *body = NULL;
	const char *text = buf_str(&r->body);

	if (text[strspn(text, " \t\r\n")] != '{')
		return false;
	if (asked == API_CONTENT && !memmem(r->body.data, r->body.len, "\"error_code\"", 12) &&
	    !memmem(r->body.data, r->body.len, SIZE_CODES, strlen(SIZE_CODES)))
		return false;
	body = parse_object(r);
	if (!body)
		return false;
	if (asked != API_CONTENT)
		return api_object_is_error(body, NULL);
	return !json_get(body, "nbformat") &&
	       (api_says_something(json_get(body, "error_code")) || is_too_large(reason_of(body)));
}

/* Why a 2xx is no answer to what was asked, NULL when it is one. */
static const char *oddity(const struct http_answer *r, enum api_answer asked)
{
	if (r->part || r->status == 206)
		return "sent only a part of the answer";
	if (r->ended_by_close)
		return "sent an answer that may have been cut: only the end of the connection "
		       "ended it";
	if (r->status == 200 || (asked == API_CHANGE && (r->status == 201 || r->status == 204)))
		return NULL;
	return "did not answer with 200";
}

static void read_body(struct api_error *a, const struct http_answer *r)
{
	cleanup_json struct json *body = parse_object(r);
	cleanup_free char *text = NULL;

	if (body) {
		read_members(a, body, r);
	} else if (is_page(r)) {
		read_page(a, r);
	} else if (r->body.len) {
		text = xstrndup(r->body.data, API_BODY_MAX);
		read_message(a, text);
	}
}

/* --- judging ------------------------------------------------------------------------------- */

static int err_of_code(const char *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(catalogue); i++)
		if (str_eq(catalogue[i].code, code))
			return catalogue[i].err;
	return ERR_OK;
}

static int err_of_status(long status)
{
	for (size_t i = 0; i < ARRAY_SIZE(by_status); i++)
		if (by_status[i].status == status)
			return by_status[i].err;
	return status >= 300 && status < 400 ? ERR_CONFIG : ERR_RETRY;
}

static int judge(const struct api_error *a)
{
	int err = err_of_code(a->code);

	if (a->exists)
		return ERR_CONFLICT;
	if (a->full || is_too_large(a->reason) || (a->too_large && a->status == 400))
		return ERR_INVALID;
	if (err == ERR_ABSENT && !a->absent)
		return ERR_RETRY;
	if (a->transient && err != ERR_ABSENT)
		return ERR_RETRY;
	return err ? err : err_of_status(a->status);
}

/* What the codes add to what the message said. */
static void apply_codes(struct api_error *a)
{
	if (str_eq(a->reason, "WORKSPACE_OBJECT_TYPE_MISMATCH"))
		a->wrong_type = a->exists = true;
	if (str_eq(a->code, "RESOURCE_ALREADY_EXISTS") || str_eq(a->code, "ALREADY_EXISTS") ||
	    (a->status == 409 && !a->code[0]))
		a->exists = true;
	if (is_too_large(a->code) || is_too_large(a->reason) || a->status == 413)
		a->too_large = true;
	if (str_eq(a->code, "DEADLINE_EXCEEDED") || a->status == 408 || a->status == 504)
		a->timed_out = true;
	if (a->status == 401)
		a->bad_token = true;
	a->full = str_eq(a->code, FULL_CODE) || str_eq(a->reason, FULL_CODE);
	if ((a->too_large || a->full) && a->reason[0] && !err_of_code(a->code))
		snprintf(a->code, sizeof(a->code), "%s", a->reason);
}

bool api_error_parse(struct api_error *out, const struct http_answer *r, enum api_answer asked)
{
	bool success = r->status >= 200 && r->status < 300;
	const char *odd = success ? oddity(r, asked) : NULL;

	*out = (struct api_error){ .asked = asked, .status = r->status };
	if (success && !odd && !is_hidden_error(r, asked) && !starts_as_page(r))
		return false;
	api_quote(out->location, r->location, strlen(r->location));
	if (odd) {
		out->odd = odd;
		out->err = ERR_RETRY;
		return true;
	}
	read_body(out, r);
	if (r->status == 404 && !out->absent && str_eq(out->code, ABSENT_CODE))
		out->odd = MISSING_IN_OTHER_WORDS;
	apply_codes(out);
	out->err = judge(out);
	return true;
}
