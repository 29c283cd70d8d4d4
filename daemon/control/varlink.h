/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service side of Varlink (https://varlink.org): one call as JSON text in, one reply as JSON
 * text out. No I/O; control.c moves the NUL-terminated messages. "more" is answered by one reply,
 * which the protocol allows; "upgrade" is refused.
 */

#include "base/buf.h"
#include "format/json.h"

#define VARLINK_MESSAGE_MAX (1024 * 1024)      /* bytes of a call, without its NUL */
#define VARLINK_REPLY_MAX   (64 * 1024 * 1024) /* bytes of a reply */

/* Errors of the protocol itself, in org.varlink.service. */
#define VARLINK_INVALID_PARAMETER "org.varlink.service.InvalidParameter"

/*
 * A method: fills out (an object) with its reply's parameters and returns NULL, or returns the
 * error's name and fills out with the error's parameters. parameters is an object, perhaps empty.
 */
typedef const char *(*varlink_fn)(void *payload, const struct json *parameters, struct json *out);

struct varlink_method {
	const char *name; /* without the interface: "Status" */
	varlink_fn run;
};

struct varlink_service {
	const char *vendor;
	const char *product;
	const char *version;
	const char *url;
	const char *interface;   /* "org.nbsync.Daemon" */
	const char *description; /* in Varlink's interface language */
	const struct varlink_method *methods;
	size_t method_count;
	void *payload; /* of the methods */
};

/*
 * Answers one call; reply (emptied first) receives the text without its NUL, or nothing when the
 * call is "oneway". ERR_INVALID: not a Varlink call; the connection is to be closed.
 */
int varlink_answer(const struct varlink_service *service, const char *call, size_t len,
		   struct buf *reply, struct err *e);

/* For methods: an InvalidParameter error that names the parameter. */
const char *varlink_invalid(struct json *out, const char *parameter);
