/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last look before something is overwritten or deleted: one question about one object, sent right
 * before the request that changes it, in its place.
 *
 * The API has no "if it is still that version". A look at many objects, before a rate limit then
 * lets their changes through one by one, is minutes old for the last of them; so each has its own.
 * What remains is one round trip. In a folder, whose changes go one after the other, the look ahead
 * of the next one is on its way beside the change before it, or each would cost two round trips: so
 * what remains there is one round trip and the server's work on that one, and no more than
 * HTTP_AHEAD_MS until the change is sent. A change that is sent once more, because the server was
 * busy or its answer was lost, is looked at once more, and so is the one behind it.
 *
 * Whether what stands there is what the caller means to replace, the caller decides.
 */

#include "workspace/call.h"
#include "workspace/error.h"
#include "workspace/object.h"

#include <string.h>

void batch_look_first(struct batch *b, size_t i, const char *object,
		      const struct workspace_last_look *look)
{
	struct call *c = &b->calls[i];

	if (!b->looks)
		b->looks = xcalloc(b->count, sizeof(*b->looks));
	c->look = look;
	c->looked_at = xstrdup(object);
	if (look->content) {
		c->look_url = export_url(b, object, look->form, &c->plain_url);
	} else {
		cleanup_free char *escaped = http_escape(object, false);

		c->look_url = xasprintf("%s" CALL_API
					"/workspace/get-status?path=%s&return_export_info=true",
					b->w->origin, escaped);
	}
	b->looks[i] = (struct http_request){
		.method = "GET",
		.url = c->look_url,
		.response_max = look->content ? export_max(look->form) : CALL_REPLY_MAX,
	};
	b->requests[i].ahead = &b->looks[i];
}

static int moved(const struct batch *b, size_t i, const char *how, struct err *why)
{
	const struct http_answer *last = &b->requests[i].answer;
	const struct call *c = &b->calls[i];
	char shown[API_QUOTE_MAX];

	api_quote(shown, c->looked_at, strlen(c->looked_at));
	if (last->attempts && last->result)
		return err_set(
			why, ERR_CONFLICT,
			"'%s' %s in the workspace, perhaps by this very request, whose answer "
			"did not arrive: it is looked at anew",
			shown, how);
	return err_set(why, ERR_CONFLICT, "'%s' %s in the workspace meanwhile", shown, how);
}

static int read_object(const struct batch *b, size_t i, struct workspace_object *out,
		       struct err *why)
{
	cleanup_json struct json *reply = NULL;
	int code = request_reply(b, &b->looks[i], &reply, why);

	return code ? code : object_read(out, reply, why);
}

bool last_look_allows(const struct batch *b, size_t i, struct err *why)
{
	const struct call *c = &b->calls[i];
	const struct buf *content = c->look->content ? &b->looks[i].answer.body : NULL;
	struct workspace_object object = { 0 };
	int code;

	*why = ERR_INIT;
	code = request_check(b, &b->looks[i], "look at", c->looked_at, why);
	if (!code && !content)
		code = read_object(b, i, &object, why);
	if (code == ERR_ABSENT)
		code = moved(b, i, "was removed", why);
	else if (!code && !c->look->still(c->look->payload, content ? NULL : &object, content))
		code = moved(b, i, "changed", why);
	workspace_object_release(&object);
	return !code;
}
