/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/2.0/preview/scim/v2/Me: who the token belongs to. There is one user, the command line's.
 */

#include "tests/emulator/emulator.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/request.h"

static void me(struct request *r)
{
	const char *user = r->emulator->user;
	struct buf *out = &r->reply;

	json_out_open(out, NULL, '{');
	json_out_open(out, "schemas", '[');
	json_out_str(out, NULL, "urn:ietf:params:scim:schemas:core:2.0:User");
	json_out_close(out, ']');
	json_out_str(out, "id", "7701");
	json_out_str(out, "userName", user);
	json_out_str(out, "displayName", user);
	json_out_bool(out, "active", true);
	json_out_open(out, "emails", '[');
	json_out_open(out, NULL, '{');
	json_out_str(out, "type", "work");
	json_out_str(out, "value", user);
	json_out_bool(out, "primary", true);
	json_out_close(out, '}');
	json_out_close(out, ']');
	json_out_open(out, "groups", '[');
	json_out_open(out, NULL, '{');
	json_out_str(out, "display", "users");
	json_out_close(out, '}');
	json_out_close(out, ']');
	json_out_close(out, '}');
	reply_ok(r);
}

const struct route scim_routes[] = {
	{ "GET", "/api/2.0/preview/scim/v2/Me", "scim/Me", 0, me },
	{ 0 },
};
