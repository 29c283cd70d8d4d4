/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How calls are sent. The two hooks of http_run() carry all of it: before() holds a call back (rate
 * limit, Retry-After, a batch that has stopped), after() decides whether to send it again.
 *
 * A batch stops as a whole when the token is refused, when the server cannot be reached and when it
 * stays busy beyond our patience: ten thousand calls must not find that out one by one. What was
 * answered until then stays answered.
 *
 * A call may have a last look ahead of it (last_look.c), which is sent in its place right before
 * each of its attempts, or while the call before it in the lane is answered, and has the call's
 * number.
 */

#include "workspace/call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "fs/secret_file.h"
#include "workspace/error.h"

/* Milliseconds after which a call that has to go alone asks again whether it may. */
#define ALONE_POLL_MS 20

static uint32_t any_number(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != (ssize_t)sizeof(n))
		n = (uint32_t)clock_monotonic_ms();
	return n;
}

/* --- before an attempt ---------------------------------------------------------------------- */

/* Whether it has begun; what was sent early and made void does not count. */
static bool has_begun(const struct batch *b, size_t i)
{
	return b->requests[i].answer.attempts || (b->looks && b->looks[i].answer.attempts);
}

/* How long the server's Retry-After keeps this call waiting; stops the batch when that is longer
 * than RETRY_BUDGET_MS. */
static int64_t quiet_left(struct batch *b, size_t i, int64_t now)
{
	int64_t left = b->w->quiet_ms - now;
	int64_t waited = has_begun(b, i) ? now - b->calls[i].first_ms : 0;

	if (left <= 0)
		return 0;
	if (waited + left > RETRY_BUDGET_MS)
		err_set(&b->stop, ERR_RETRY, "workspace '%s' asks for %lld s without requests",
			b->w->name, (long long)(left + 999) / 1000);
	return left;
}

/* Whether this request is an export with outputs=NONE: the call itself, or the look ahead of a
 * change. */
static bool is_export(const struct batch *b, const struct call *c, bool is_look)
{
	return c->plain_url && is_look == (b->kind == CALL_CHANGE);
}

static int64_t before(void *payload, const struct http_request *request)
{
	struct batch *b = payload;
	bool is_look, looked;
	size_t i = batch_call_of(b, request, &is_look);
	struct http_request *r = is_look ? &b->looks[i] : &b->requests[i];
	struct call *c = &b->calls[i];
	int64_t now = clock_monotonic_ms(), wait;

	looked = c->look && !is_look;
	if (b->stop.code || (b->lane_ended && b->lane_ended[b->requests[i].lane]))
		return HTTP_SKIP;
	if (b->full && (!has_begun(b, i) || (c->alone && b->alone != c)))
		return HTTP_SKIP;
	if (c->alone && b->alone && b->alone != c)
		return ALONE_POLL_MS;
	wait = quiet_left(b, i, now);
	if (b->stop.code)
		return HTTP_SKIP;
	if (!wait && looked && !last_look_allows(b, i, &c->refusal))
		return HTTP_SKIP;
	/* A wait between the look and the change would make the look old, so the rate limit is
	 * waited for before the look. */
	if (!wait && !looked && b->limit)
		wait = rate_window_take(b->limit, now);
	if (wait)
		return wait;
	if (!has_begun(b, i) || (c->alone && !b->alone))
		c->first_ms = now;
	if (c->alone)
		b->alone = c;
	if (b->kind == CALL_CHANGE && !is_look)
		b->w->changes_sent++;
	/* outputs=NONE is left out where it was refused. */
	if (is_export(b, c, is_look) && (c->plain || b->w->sends_all_outputs))
		r->url = c->plain_url;
	/* The token may have changed since the last attempt, and the old one's memory with it. */
	r->credentials.bearer = b->w->token.text;
	c->token_number = b->w->token_number;
	return 0;
}

/* --- after an attempt ----------------------------------------------------------------------- */

/* Reads the token file again. False: it has no other token. */
static bool reread_token(struct batch *b)
{
	struct workspace *w = b->w;
	cleanup_secret struct secret fresh = { 0 };
	struct err e = ERR_INIT;

	if (b->token_reread || !w->token_file)
		return false;
	b->token_reread = true;
	if (secret_read(&fresh, w->token_file, &e)) {
		err_set(&b->stop, ERR_CONFIG, "workspace '%s' refused the token; %s", w->name,
			e.text);
		return false;
	}
	if (str_eq(fresh.text, w->token.text))
		return false;
	secret_release(&w->token);
	w->token = fresh;
	fresh = (struct secret){ 0 };
	w->token_number++;
	return true;
}

static int64_t after_bad_token(struct batch *b, const struct call *c, const struct api_error *a)
{
	const struct workspace *w = b->w;

	if (c->token_number != w->token_number || reread_token(b))
		return 0;
	if (b->stop.code)
		return -1;
	if (w->token_file)
		err_set(&b->stop, ERR_CONFIG,
			"workspace '%s' refused the token (%ld): put a new token into '%s'",
			w->name, a->status, w->token_file);
	else
		err_set(&b->stop, ERR_CONFIG,
			"workspace '%s' refused the token (%ld): put a new token into its profile",
			w->name, a->status);
	return -1;
}

/* The call will not be sent again. Stops the batch when the others would fail in the same way. */
static void settle(struct batch *b, const struct retry_input *in, const struct http_request *r,
		   const struct api_error *a)
{
	if (in->answered && (in->status == 429 || in->status == 503))
		api_error_set(a, b->w->name, b->verb, NULL, &b->stop);
	else if (!in->answered && r->answer.unsent)
		b->stop = r->answer.error;
	else if (in->answered)
		b->settled++;
}

static void keep_quiet(struct workspace *w, const struct retry_input *in)
{
	int64_t until = clock_monotonic_ms() + retry_quiet_ms(in->retry_after_s);

	if ((in->status == 429 || in->status == 503) && until > w->quiet_ms)
		w->quiet_ms = until;
}

static void take(struct batch *b, size_t i)
{
	b->take(b, i);
	buf_release(&b->requests[i].answer.body);
	b->calls[i].taken = true;
}

/* The answer of call i is final. Of a refusal, only so much is looked at. */
static void answered(struct batch *b, size_t i)
{
	struct http_request *r = &b->requests[i];

	if (b->kind == CALL_CHANGE || r->answer.status != 200)
		buf_trim(&r->answer.body, API_BODY_MAX);
	if (b->alone == &b->calls[i])
		b->alone = NULL;
	b->arrived += r->answer.body.len;
	b->full = b->room && b->arrived >= b->room;
	if (b->take)
		take(b, i);
}

/* Whether an export is to be asked for once more, without outputs=NONE. How a server refuses that
 * is documented nowhere, so whatever is refused with 400 is asked for without it, too; only where
 * that works, outputs=NONE was the reason. */
static bool refuses_no_outputs(struct batch *b, struct call *c, const struct http_request *r,
			       const struct api_error *a, bool failed)
{
	if (r->answer.result)
		return false;
	if (r->url == c->plain_url) {
		if (c->plain && !failed)
			b->w->sends_all_outputs = true;
		return false;
	}
	c->plain = failed && a->status == 400 && a->err == ERR_INVALID && !a->too_large;
	return c->plain;
}

/* Whether what was too large is to be asked for alone. */
static bool goes_alone(struct call *c, struct http_request *r)
{
	if (!r->answer.too_large || !c->most || c->alone)
		return false;
	c->alone = true;
	r->response_max = c->most;
	return true;
}

static int64_t judge_attempt(struct batch *b, const struct http_request *r)
{
	bool is_look;
	struct call *c = &b->calls[batch_call_of(b, r, &is_look)];
	struct api_error a = { 0 };
	bool failed = r->answer.result == ERR_OK &&
		      api_error_parse(&a, &r->answer, batch_asked(b, r));
	struct retry_input in = {
		.answered = r->answer.result == ERR_OK,
		.hopeless = r->answer.result != ERR_RETRY,
		.unsent = r->answer.unsent,
		.status = r->answer.status,
		.transient = failed && a.transient,
		.idempotent = is_look || !c->once,
		.retry_after_s = r->answer.retry_after_s,
		.attempts = r->answer.attempts,
		.elapsed_ms = clock_monotonic_ms() - c->first_ms,
		.random = any_number(),
	};
	int64_t wait;

	if (failed && a.bad_token)
		return after_bad_token(b, c, &a);
	if (is_export(b, c, is_look) && refuses_no_outputs(b, c, r, &a, failed))
		return 0;
	if (!is_look && goes_alone(c, &b->requests[c - b->calls]))
		return 0;
	if (failed && (a.err == ERR_ABSENT || a.missing_parent) && b->lane_ended && !is_look)
		b->lane_ended[r->lane] = true;
	keep_quiet(b->w, &in);
	wait = retry_wait_ms(&in);
	if (wait < 0)
		settle(b, &in, r, &a);
	return wait;
}

static int64_t after(void *payload, const struct http_request *r)
{
	struct batch *b = payload;
	int64_t wait = judge_attempt(b, r);
	bool is_look;
	size_t i = batch_call_of(b, r, &is_look);

	if (wait < 0 && !is_look)
		answered(b, i);
	return wait;
}

/* --- the whole ------------------------------------------------------------------------------ */

int batch_run(struct batch *b, struct err *e)
{
	const struct http_hooks hooks = { .before = before, .retry = after, .payload = b };
	int code = http_run(b->w->http, b->requests, b->count, &hooks, e);

	if (code)
		return code;
	for (size_t i = 0; b->take && i < b->count; i++)
		if (!b->calls[i].taken)
			take(b, i);
	if (b->stop.code == ERR_CONFIG || (b->stop.code && !b->settled)) {
		*e = b->stop;
		return e->code;
	}
	return ERR_OK;
}
