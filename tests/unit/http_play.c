/* SPDX-License-Identifier: Apache-2.0 */
/* The play: the server's part runs on its threads and asserts nothing, the client's notes what it
 * asks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_play.h"

#define ANSWER_MAX (64u * 1024)
#define PATIENCE   500 /* times 10 ms */

/* --- the server ----------------------------------------------------------------------------- */

/* How many of the first n requests have this name; all: SIZE_MAX. */
static unsigned arrived(struct play *p, const char *what, size_t n)
{
	const struct http_server_request *r;
	unsigned found = 0;

	for (unsigned i = 0; i < n && (r = http_server_request(p->server, i)); i++) {
		cleanup_free char *is = xasprintf("%s %s", r->method, r->target);

		found += str_eq(is, what);
	}
	return found;
}

unsigned play_arrived(struct play *p, const char *what)
{
	return arrived(p, what, SIZE_MAX);
}

static void hold(struct play *p, const struct rule *rule)
{
	unsigned wanted = rule->arrivals ? rule->arrivals : 1, tries = 0;

	while (rule->until && play_arrived(p, rule->until) < wanted) {
		if (++tries > PATIENCE) {
			p->waited_in_vain = 1;
			return;
		}
		http_server_sleep_ms(10);
	}
	http_server_sleep_ms(rule->ms);
}

/* And nothing more while the client is there. */
static void send_half(struct http_reply *reply, const char *body)
{
	cleanup_free char *head = xasprintf("HTTP/1.1 200 Test\r\nContent-Length: %zu\r\n\r\n",
					    strlen(body));

	http_reply_text(reply, head);
	http_reply_raw(reply, body, strlen(body) / 2);
	while (http_reply_open(reply))
		http_server_sleep_ms(10);
	http_reply_close(reply);
}

static void serve(struct http_reply *reply, const struct http_server_request *request,
		  void *payload)
{
	struct play *p = payload;
	cleanup_free char *is = xasprintf("%s %s", request->method, request->target);
	cleanup_free char *body = xcalloc(1, p->body + 16);
	unsigned number = arrived(p, is, request->number) + 1;
	const struct rule *rule = p->rules;
	unsigned before = 0;

	while (rule && rule->what &&
	       (!str_eq(rule->what, is) || (rule->times && number > before + rule->times))) {
		before += str_eq(rule->what, is) ? rule->times : 0;
		rule++;
	}
	if (p->body)
		memset(body, 'x', p->body);
	else
		snprintf(body, 16, "%u", number);
	if (rule && rule->what)
		hold(p, rule);
	if (rule && rule->what && rule->status == -1) {
		http_reply_reset(reply);
		return;
	}
	if (rule && rule->what && rule->status == -2) {
		send_half(reply, body);
		return;
	}
	http_reply(reply, rule && rule->what && rule->status ? rule->status : 200, NULL, body,
		   strlen(body));
}

/* --- the client ----------------------------------------------------------------------------- */

const char *play_path(const struct http_request *r)
{
	return strchr(r->url + strlen("http://"), '/');
}

/* Notes an event and looks up what to say to it. */
static int64_t say(struct play *p, const char *verb, const struct http_request *r, int64_t usual)
{
	cleanup_free char *event = xasprintf("%s %s %s", verb, r->method, play_path(r));
	size_t len = strlen(p->log);

	snprintf(p->log + len, PLAY_LOG - len, "%s\n", event);
	for (size_t i = 0; p->answers && p->answers[i].what; i++) {
		const struct answer *a = &p->answers[i];

		if (!str_eq(a->what, event) || p->asked[i]++ < a->skip ||
		    (a->times && p->used[i] == a->times))
			continue;
		p->used[i]++;
		return a->ms;
	}
	return usual;
}

static int64_t before(void *payload, const struct http_request *r)
{
	struct play *p = payload;
	bool is_ahead = r >= p->ahead && r < p->ahead + PLAY_MAX;

	if (!is_ahead && r->ahead)
		snprintf(p->seen[r - p->requests], sizeof(p->seen[0]), "%s",
			 buf_str(&r->ahead->answer.body));
	return say(p, "before", r, 0);
}

static int64_t retry(void *payload, const struct http_request *r)
{
	return say(payload, "retry", r, r->answer.result || r->answer.status >= 300 ? 10 : -1);
}

void play_start(struct play *p)
{
	struct err e = ERR_INIT;

	p->server = http_server_start(serve, p);
	p->count = (size_t)p->lanes * p->each;
	assert_true(p->count <= PLAY_MAX);
	for (unsigned i = 0; i < p->count; i++) {
		unsigned lane = i / p->each + 1;
		cleanup_free char *path = xasprintf("/%u/%u", lane, i % p->each + 1);

		p->urls[i] = http_server_url(p->server, path);
		p->ahead[i] = (struct http_request){ .method = "GET",
						     .url = p->urls[i],
						     .response_max = ANSWER_MAX };
		p->requests[i] = (struct http_request){
			.method = "POST",
			.url = p->urls[i],
			.body = { .data = "x", .len = 1 },
			.response_max = ANSWER_MAX,
			.lane = lane,
			.ahead = p->without[i] ? NULL : &p->ahead[i],
		};
	}
	assert_int_equal(http_new(&p->http, "nbsyncd/0.1.0", NULL, &p->limits, &p->cancel, &e),
			 ERR_OK);
}

int play_run(struct play *p)
{
	const struct http_hooks hooks = { .before = before, .retry = retry, .payload = p };
	struct err e = ERR_INIT;

	return http_run(p->http, p->requests, p->count, &hooks, &e);
}

void play_stop(struct play *p)
{
	http_free(p->http);
	http_server_stop(p->server);
	for (size_t i = 0; i < p->count; i++) {
		http_request_release(&p->requests[i]);
		http_request_release(&p->ahead[i]);
		free(p->urls[i]);
	}
}

void play_check_memory(const struct play *p)
{
	size_t left = 0;

	for (size_t i = 0; i < p->count; i++)
		left += p->requests[i].answer.body.len;
	assert_int_equal(p->http->memory.used, left);
}

void play_all(struct play *p)
{
	play_start(p);
	assert_int_equal(play_run(p), ERR_OK);
	if (p->waited_in_vain)
		fail_msg("the server has waited in vain; the hooks:\n%s", p->log);
	for (size_t i = 0; i < p->count; i++)
		if (p->requests[i].answer.result || p->requests[i].answer.status != 200)
			fail_msg("%zu ended as %d, %ld, '%s'", i, p->requests[i].answer.result,
				 p->requests[i].answer.status, p->requests[i].answer.error.text);
	play_check_memory(p);
}

void play_check_count(struct play *p, const char *what, unsigned count)
{
	if (play_arrived(p, what) != count)
		fail_msg("'%s' arrived %u times, not %u; the hooks:\n%s", what,
			 play_arrived(p, what), count, p->log);
}

void play_check_order(const struct play *p, const char *events)
{
	cleanup_free char *all = xstrdup(events);
	const char *at = p->log;
	char *rest = all;

	for (char *event; (event = strsep(&rest, "\n")) && *event;) {
		cleanup_free char *line = xasprintf("%s\n", event);

		at = strstr(at, line);
		if (!at)
			fail_msg("no '%s' where it should be; the hooks:\n%s", event, p->log);
		at += strlen(line);
	}
}

unsigned play_events(const struct play *p, const char *event)
{
	cleanup_free char *line = xasprintf("%s\n", event);
	unsigned n = 0;

	for (const char *at = p->log; (at = strstr(at, line)); at += strlen(line))
		n++;
	return n;
}
