/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of requests. An entry's strings are static but for the path, so noting a request costs
 * one small allocation.
 */

#include "tests/emulator/request_log.h"

#include <stdlib.h>

#include "tests/emulator/faults.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/request.h"

void request_log_release(struct request_log *log)
{
	for (size_t i = 0; log->ring && i < REQUEST_LOG_SIZE; i++)
		free(log->ring[i].path);
	free(log->ring);
	*log = (struct request_log){ 0 };
}

/* The methods that can have a route, as static text; the rest is of no interest. */
static const char *method_name(const char *method)
{
	static const char *const known[] = { "GET", "POST", "PATCH", "DELETE", "PUT", "HEAD" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (str_eq(known[i], method))
			return known[i];
	return "OTHER";
}

void request_log_add(struct request_log *log, const struct request *r, int64_t now_ns)
{
	struct request_log_entry *entry;

	if (!log->ring)
		log->ring = xcalloc(REQUEST_LOG_SIZE, sizeof(*log->ring));
	entry = &log->ring[log->next % REQUEST_LOG_SIZE];
	free(entry->path);
	*entry = (struct request_log_entry){
		.seq = ++log->next,
		.arrived_ns = r->arrived_ns,
		.replied_ns = now_ns,
		.method = method_name(r->method),
		.endpoint = r->route ? r->route->name : "",
		.fault = r->fault ? fault_action_name(r->fault) : "",
		.path = xstrdup(r->path.path ? r->path.path : ""),
		.received = r->received,
		.sent = r->reply.len,
		.status = r->cut == REPLY_NONE ? 0 : r->status,
		.changes = r->route && r->route->flags & ROUTE_CHANGES,
	};
}

static void print_entry(const struct request_log_entry *entry, struct buf *out)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "seq", (int64_t)entry->seq);
	json_out_int(out, "arrived_ns", entry->arrived_ns);
	json_out_int(out, "replied_ns", entry->replied_ns);
	json_out_str(out, "method", entry->method);
	json_out_str(out, "endpoint", entry->endpoint);
	json_out_str(out, "path", entry->path);
	json_out_int(out, "status", entry->status);
	json_out_int(out, "received", (int64_t)entry->received);
	json_out_int(out, "sent", (int64_t)entry->sent);
	json_out_bool(out, "changes", entry->changes);
	json_out_str(out, "fault", entry->fault);
	json_out_close(out, '}');
}

void request_log_print(const struct request_log *log, uint64_t since, struct buf *out)
{
	uint64_t first = log->next > REQUEST_LOG_SIZE ? log->next - REQUEST_LOG_SIZE : 0;

	json_out_open(out, NULL, '{');
	json_out_int(out, "next", (int64_t)log->next);
	json_out_open(out, "requests", '[');
	for (uint64_t i = since > first ? since : first; i < log->next; i++)
		print_entry(&log->ring[i % REQUEST_LOG_SIZE], out);
	json_out_close(out, ']');
	json_out_close(out, '}');
}
