/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a request. Requests to /__emulator/ skip everything but their handler, so that a test
 * can always look in and always repair what it broke.
 */

#include "tests/emulator/dispatch.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "tests/emulator/archive.h"
#include "tests/emulator/emulator.h"

int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static bool is_control(const struct request *r)
{
	return r->route && r->route->flags & ROUTE_CONTROL;
}

void dispatch_admit(struct request *r)
{
	request_prepare(r);
	if (!is_control(r))
		faults_strike(&r->emulator->faults, &r->emulator->rng, r);
}

static void refuse_access(struct request *r)
{
	const struct knobs *k = &r->emulator->knobs;
	const char *path = r->path.path;

	if (!path)
		return;
	if (knobs_access(k, ACCESS_HIDDEN, path))
		reply_error(r, 404, "RESOURCE_DOES_NOT_EXIST", "Path (%s%s) doesn't exist.",
			    r->path.alias, path);
	else if (knobs_access(k, ACCESS_DENIED, path) ||
		 (r->route->flags & ROUTE_CHANGES && knobs_access(k, ACCESS_READ_ONLY, path)))
		reply_error(r, 403, "PERMISSION_DENIED",
			    "%s does not have sufficient permissions on %s%s.", r->emulator->user,
			    r->path.alias, path);
}

/* Everything that can keep a request from its handler; sets the status if something does. */
static void guard(struct request *r)
{
	if (r->fault)
		fault_before(r);
	if (r->status)
		return;
	if (r->too_large)
		reply_error(r, 413, "BAD_REQUEST", "The request body exceeds %u bytes.",
			    REQUEST_BODY_MAX);
	else if (!r->route)
		reply_error(r, 404, "ENDPOINT_NOT_FOUND", "No API found for '%s %s'", r->method,
			    r->url);
	else if (!(r->route->flags & ROUTE_OPEN) &&
		 !tokens_allow(&r->emulator->tokens, request_header(r, "Authorization"),
			       monotonic_ns()))
		reply_error(r, 401, "UNAUTHENTICATED",
			    "Request had invalid authentication credentials.");
	else
		refuse_access(r);
}

/* A page in a browser on the same machine must not reach the control endpoints. */
static void run_control(struct request *r)
{
	if (request_header(r, "Origin"))
		reply_error(r, 403, "PERMISSION_DENIED", "Not from a web page.");
	else
		r->route->handle(r);
}

static void compress(struct request *r)
{
	const char *accepted = request_header(r, "Accept-Encoding");
	int64_t over = knob(&r->emulator->knobs, KNOB_GZIP_OVER);
	struct buf packed = BUF_INIT(REPLY_MAX);

	if (over < 0 || r->reply.len <= (size_t)over || !accepted || !strstr(accepted, "gzip") ||
	    !archive_gzip(&packed, r->reply.data, r->reply.len)) {
		buf_release(&packed);
		return;
	}
	buf_release(&r->reply);
	r->reply = packed;
	r->gzipped = true;
}

void dispatch_run(struct request *r)
{
	if (is_control(r)) {
		run_control(r);
		return;
	}
	guard(r);
	if (!r->status)
		r->route->handle(r);
	assert(r->status);
	if (r->fault)
		fault_after(r);
	compress(r);
	request_log_add(&r->emulator->log, r, monotonic_ns());
}
