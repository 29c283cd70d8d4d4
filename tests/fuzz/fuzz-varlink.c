/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client may send over the control socket: calls that end with a NUL. Each is answered by one
 * JSON object, or by none if it is oneway, or ends the connection with a sentence; replies are in
 * proportion to calls.
 */

#include "fuzz.h"

#include "daemon/control/varlink.h"

static const char *run_echo(void *payload, const struct json *parameters, struct json *out)
{
	MUST(payload == NULL);
	MUST(json_is_object(parameters));
	json_add_copy(out, "echo", parameters);
	return json_bool(parameters, "fail", false) ? "org.example.Fuzz.Failed" : NULL;
}

static const struct varlink_method methods[] = { { "Echo", run_echo } };

static const struct varlink_service service = {
	.vendor = "acme",
	.product = "fuzz",
	.version = "1",
	.url = "https://acme.example",
	.interface = "org.example.Fuzz",
	.description = "interface org.example.Fuzz\n",
	.methods = methods,
	.method_count = 1,
};

static void check_reply(const char *call, size_t len, const struct buf *reply)
{
	cleanup_json struct json *asked = NULL, *answer = NULL;
	struct err e = ERR_INIT;

	MUST(json_parse(&asked, call, len, VARLINK_MESSAGE_MAX, &e) == ERR_OK);
	MUST(json_str(asked, "method"));
	MUST(json_bool(asked, "oneway", false) == (reply->len == 0));
	if (!reply->len)
		return;
	MUST(reply->len <= 6 * len + 2000);
	MUST(!memchr(reply->data, '\0', reply->len));
	MUST(json_parse(&answer, reply->data, reply->len, reply->len, &e) == ERR_OK);
	MUST(json_is_object(json_get(answer, "parameters")));
	MUST(!json_get(answer, "error") || json_str(answer, "error"));
}

/* False ends the connection. */
static bool answer_one(const char *call, size_t len)
{
	cleanup_buf struct buf reply = BUF_INIT(VARLINK_REPLY_MAX);
	struct err e = ERR_INIT;
	int r = varlink_answer(&service, call, len, &reply, &e);

	MUST(r == ERR_OK || r == ERR_INVALID);
	if (r == ERR_OK) {
		check_reply(call, len, &reply);
		return true;
	}
	MUST(reply.len == 0);
	MUST(e.text[0]);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *at = (const char *)data, *end;

	while (len && (end = memchr(at, '\0', len))) {
		size_t n = (size_t)(end - at);

		if (!answer_one(at, n))
			return 0;
		at += n + 1;
		len -= n + 1;
	}
	return 0;
}
