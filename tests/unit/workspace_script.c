/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted workspace: steps are taken under a lock, answers sent outside of it. */

#include "workspace_script.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define API "/api/2.0"

struct script {
	pthread_mutex_t mutex; /* of used */
	const struct script_step *steps;
	unsigned *used; /* how often each step was taken */
	size_t count;
	struct script_fixture *fixture; /* borrowed */
};

static bool matches(const struct script_step *step, const struct http_server_request *r)
{
	if (step->method && !str_eq(step->method, r->method))
		return false;
	if (!str_starts(r->target, API) || !str_starts(r->target + strlen(API), step->target))
		return false;
	return !step->has || memmem(r->body, r->body_len, step->has, strlen(step->has)) ||
	       strstr(r->headers, step->has);
}

static const struct script_step *take_step(struct script *s, const struct http_server_request *r)
{
	const struct script_step *found = NULL;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->count && !found; i++) {
		if (!matches(&s->steps[i], r) ||
		    (s->steps[i].times && s->used[i] == s->steps[i].times))
			continue;
		s->used[i]++;
		found = &s->steps[i];
	}
	pthread_mutex_unlock(&s->mutex);
	return found;
}

static void send_half(struct http_reply *reply)
{
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"objects\":[");
	http_server_sleep_ms(30);
	http_reply_reset(reply);
}

/* An answer without a length; len bytes of its body are sent. */
static void send_until_close(struct http_reply *reply, const struct script_step *step,
			     const char *body, size_t len)
{
	cleanup_free char *head = xasprintf(
		"HTTP/1.1 %d Test\r\n%s\r\n", step->status ? step->status : 200,
		step->headers ? step->headers : "Content-Type: application/json\r\n");

	http_reply_text(reply, head);
	http_reply_raw(reply, body, len);
	http_reply_close(reply);
}

/* False: in vain. */
static bool wait_until(const struct script *s, const char *arrived)
{
	unsigned tries = 0;

	while (arrived && !script_count(s->fixture, arrived)) {
		if (++tries > 1000)
			return false;
		http_server_sleep_ms(10);
	}
	return true;
}

static void follow_script(struct http_reply *reply, const struct http_server_request *r,
			  void *payload)
{
	const struct script_step *step = take_step(payload, r);
	const char *body = step && step->body ? step->body : "{}";

	if (!step || !wait_until(payload, step->until)) {
		http_reply_json(reply, 418, "{\"message\":\"not in the script\"}");
		return;
	}
	http_server_sleep_ms(step->delay_ms);
	if (step->how == SCRIPT_RESET)
		send_half(reply);
	else if (step->how == SCRIPT_CLOSE)
		http_reply_close(reply);
	else if (step->how == SCRIPT_UNTIL_CLOSE)
		send_until_close(reply, step, body, strlen(body));
	else if (step->how == SCRIPT_CUT)
		send_until_close(reply, step, body, strlen(body) / 2);
	else
		http_reply(reply, step->status ? step->status : 200,
			   step->headers ? step->headers : "Content-Type: application/json\r\n",
			   body, step->body_len ? step->body_len : strlen(body));
}

void script_set_token(struct script_fixture *f, const char *token)
{
	FILE *file = fopen(f->token_file, "w");

	if (!file || fchmod(fileno(file), 0600) != 0 || fprintf(file, "%s\n", token) < 0 ||
	    fclose(file) != 0)
		abort();
}

void script_start(struct script_fixture *f, const struct script_step *steps, size_t count)
{
	struct workspace_settings settings = { .name = "dev" };
	struct err e = ERR_INIT;

	*f = (struct script_fixture){ .script = xcalloc(1, sizeof(*f->script)) };
	*f->script = (struct script){ .steps = steps,
				      .count = count,
				      .fixture = f,
				      .used = xcalloc(count, sizeof(unsigned)) };
	pthread_mutex_init(&f->script->mutex, NULL);
	f->server = http_server_start(follow_script, f->script);
	f->origin = http_server_url(f->server, "");
	f->token_file = xasprintf("/tmp/nbsync-test-token-%ld", (long)getpid());
	script_set_token(f, "token-one");
	settings.host = f->origin;
	settings.token_file = f->token_file;
	if (http_new(&f->http, "nbsyncd/0.1.0", NULL, NULL, &f->cancel, &e) ||
	    workspace_new(&f->workspace, f->http, &settings, &e))
		abort();
}

void script_stop(struct script_fixture *f)
{
	workspace_free(f->workspace);
	http_free(f->http);
	http_server_stop(f->server);
	pthread_mutex_destroy(&f->script->mutex);
	free(f->script->used);
	free(f->script);
	unlink(f->token_file);
	free(f->token_file);
	free(f->origin);
}

const struct http_server_request *script_request(struct script_fixture *f, const char *what,
						 unsigned number)
{
	const struct http_server_request *r;

	for (unsigned i = 0; (r = http_server_request(f->server, i)); i++) {
		cleanup_free char *is = xasprintf("%s %s", r->method, r->target + strlen(API));

		if (str_starts(is, what) && number-- == 0)
			return r;
	}
	return NULL;
}

unsigned script_count(struct script_fixture *f, const char *what)
{
	unsigned n = 0;

	while (script_request(f, what, n))
		n++;
	return n;
}
