/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON of REST bodies, and what an answer means. The first byte chooses status, type and framing, the
 * rest is the body: nothing is absence but a whole 404 of JSON whose error_code says so, whatever is
 * said is one line of bounded length, and what parses prints to what parses to the same.
 */

#include "fuzz.h"

#include "workspace/error.h"

static void check_json(const char *text, size_t len)
{
	cleanup_json struct json *value = NULL, *again = NULL;
	cleanup_free char *printed = NULL, *twice = NULL;
	struct err e = ERR_INIT;

	if (json_parse(&value, text, len, len, &e)) {
		MUST(e.code == ERR_INVALID && e.text[0]);
		return;
	}
	printed = json_print(value, false);
	MUST(json_parse(&again, printed, strlen(printed), SIZE_MAX, &e) == 0);
	twice = json_print(again, false);
	MUST(str_eq(printed, twice));
}

/* The one form that says that something is absent. */
static bool says_absent(const struct http_answer *r)
{
	cleanup_json struct json *body = NULL;

	return r->status == 404 && !r->part && !r->ended_by_close &&
	       str_starts(r->content_type, "application/json") &&
	       !json_parse(&body, buf_str(&r->body), r->body.len, API_BODY_MAX, NULL) &&
	       json_is_object(body) &&
	       str_eq(json_str(body, "error_code"), "RESOURCE_DOES_NOT_EXIST");
}

static void check_answer(const struct http_answer *r, enum api_answer asked)
{
	struct api_error a;
	struct err e = ERR_INIT;
	int code;

	if (!api_error_parse(&a, r, asked)) {
		MUST(r->status / 100 == 2 && !r->part && !r->ended_by_close && r->status != 206);
		return;
	}
	code = api_error_set(&a, "dev", "look at", "/a", &e);
	MUST(code != ERR_OK && code == e.code && e.text[0]);
	MUST(!strpbrk(e.text, "\r\n\x1b"));
	if (code == ERR_ABSENT)
		MUST(says_absent(r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const long statuses[] = { 200, 404, 400, 403, 409, 429, 500, 202 };
	static const char *const types[] = { "application/json", "text/html", "text/plain",
					     "application/json; charset=utf-8" };
	struct http_answer r = { .retry_after_s = -1, .body = BUF_INIT(1u << 20) };

	if (!len || !buf_add(&r.body, data + 1, len - 1))
		return 0;
	r.status = statuses[data[0] & 7];
	r.part = (data[0] & 0xE0) == 0xE0;
	r.ended_by_close = (data[0] & 0xE0) == 0xC0;
	snprintf(r.content_type, sizeof(r.content_type), "%s", types[data[0] >> 3 & 3]);
	check_json((const char *)data + 1, len - 1);
	for (int asked = API_LOOK; asked <= API_CHANGE; asked++)
		check_answer(&r, (enum api_answer)asked);
	buf_release(&r.body);
	return 0;
}
