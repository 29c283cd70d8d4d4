/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The happy path with a daemon: look at its status, ask, learn the number of the cycle that will do
 * it, look at the status until that number is reached, read its end from "answers".
 *
 * Possible failure modes are:
 * - no daemon answers: nothing was asked, and the sentence names --once;
 * - it stops, or is another one, while we wait: what became of the request is not known;
 * - the mapping is gone from its configuration: the same;
 * - so many cycles ended meanwhile that it forgot ours: the same.
 * There is no bound on the waiting: a first cycle may rightly take an hour, and the daemon itself
 * ends what makes no progress.
 */

#include "ctl/cli/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ctl/cli/client.h"
#include "ctl/cli/foreground.h"
#include "ctl/cli/progress.h"
#include "sync/source.h"

#define INTERFACE   "org.nbsync.Daemon."
#define POLL_MIN_MS 20
#define POLL_MAX_MS 500
#define ENDED_TRIES 5
#define NOT_KNOWN   "what became of it is not known: see 'nbsync log', then ask again"
#define ANEW        "nbsyncd was started or configured anew meanwhile; " NOT_KNOWN

/* ---- the daemon's status ---- */

static void pause_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Status may be asked again, since asking changes nothing. A daemon that stops is soon gone, or
 * restarted. */
static int read_status(struct json **out, const struct ask *a, struct err *e)
{
	int r;

	for (int tries = 0;; tries++) {
		r = client_call(a->socket, INTERFACE "Status", NULL, out, e);
		if (r != ERR_CANCELLED || tries == ENDED_TRIES)
			return r;
		*e = ERR_INIT;
		pause_ms(POLL_MIN_MS << tries);
	}
}

static const struct json *find_mapping(const struct json *status, const char *name)
{
	const struct json *mappings = json_get(status, "mappings");

	for (const struct json *m = json_first(mappings); m; m = json_next(m))
		if (str_eq(json_str(m, "name"), name))
			return m;
	return NULL;
}

static struct json *copy(const struct json *object)
{
	struct json *out = json_object();

	for (const struct json *m = json_first(object); m; m = json_next(m))
		json_add_copy(out, json_key(m), m);
	return out;
}

static int unknown_mapping(const char *name)
{
	struct err e;

	err_set(&e, ERR_INVALID, "nbsyncd has no mapping '%s'; 'nbsync status' lists all", name);
	return cli_fail(&e);
}

/* ---- open, close, look ---- */

static int fail_to_reach(struct err *e)
{
	cleanup_free char *text = xstrdup(e->text);

	if (e->code == ERR_ABSENT)
		err_set(e, ERR_ABSENT, "%s, or add --once to do without it", text);
	return cli_fail_call(e);
}

static int open_daemon(struct ask *a)
{
	cleanup_json struct json *status = NULL;
	struct err e = ERR_INIT;
	int code;

	a->socket = a->cli->socket ? xstrdup(a->cli->socket) : NULL;
	if (!a->socket && a->config)
		a->socket = client_socket(a->config);
	if (!a->socket && (code = cli_socket(&a->socket, a->cli)))
		return code;
	if (read_status(&status, a, &e))
		return fail_to_reach(&e);
	a->started_ms = json_int(status, "daemon.started_ms", 0);
	return EXIT_DONE;
}

int ask_open(struct ask *a, const struct cli *cli, const struct config *config)
{
	struct err e = ERR_INIT;

	*a = (struct ask){ .cli = cli, .config = config };
	if (!cli->once)
		return open_daemon(a);
	if (foreground_start(&e))
		return cli_fail(&e);
	a->here = true;
	return EXIT_DONE;
}

void ask_close(struct ask *a)
{
	free(a->socket);
	if (a->here)
		foreground_stop();
	*a = (struct ask){ 0 };
}

static int run_here(struct json **out, const struct ask *a, const char *mapping,
		    const struct cycle_request *request)
{
	struct err e = ERR_INIT;

	return foreground_run(out, a->config, mapping, request, &e) ? cli_fail(&e) : EXIT_DONE;
}

int ask_state(struct json **out, struct ask *a, const char *mapping)
{
	static const struct cycle_request look = { 0 };
	cleanup_json struct json *status = NULL;
	struct err e = ERR_INIT;

	*out = NULL;
	if (a->here)
		return run_here(out, a, mapping, &look);
	if (read_status(&status, a, &e))
		return cli_fail_call(&e);
	if (!find_mapping(status, mapping))
		return unknown_mapping(mapping);
	*out = copy(find_mapping(status, mapping));
	return EXIT_DONE;
}

int ask_complete(const struct json *state, const char *mapping, struct err *e)
{
	const char *sentence = json_str(state, "sentence");
	int code = err_parse(json_str(state, "code"));

	if (!json_int(state, "cycles", 1))
		return err_set(e, ERR_RETRY, "mapping '%s' was not looked at yet: try again soon",
			       mapping);
	if (code)
		return err_set(e, code, "mapping '%s': %s", mapping,
			       sentence && *sentence ? sentence : "the last cycle failed");
	return ERR_OK;
}

/* ---- asking ---- */

/* The method for a request, and its parameters beside the mapping. */
static const char *method_of(const struct cycle_request *request, struct json *params)
{
	if (request->adopt) {
		json_add_str(params, "path", request->adopt->path);
		json_add_str(params, "from", cycle_source_names[request->adopt->from]);
		json_add_str(params, "what", request->adopt->what);
		return INTERFACE "Adopt";
	}
	if (request->confirm) {
		json_add_str(params, "token", request->confirm);
		return INTERFACE "Confirm";
	}
	if (request->create_from) {
		json_add_str(params, "from", request->create_from);
		return INTERFACE "CreateBranch";
	}
	if (request->commit) {
		json_add_str(params, "summary", request->summary);
		return INTERFACE "Commit";
	}
	json_add_bool(params, "full", true);
	return INTERFACE "Sync";
}

int ask_start(struct json **cycles, struct ask *a, const char *mapping,
	      const struct cycle_request *request)
{
	cleanup_json struct json *params = json_object(), *reply = NULL;
	const char *method = method_of(request, params);
	struct err e = ERR_INIT;

	*cycles = NULL;
	json_add_str(params, "mapping", mapping);
	if (client_call(a->socket, method, params, &reply, &e)) {
		if (e.code == ERR_CANCELLED)
			err_set(&e, ERR_RETRY, ANEW);
		return cli_fail_call(&e);
	}
	*cycles = copy(json_get(reply, "cycles"));
	return EXIT_DONE;
}

/* ---- waiting ---- */

static const struct json *find_answer(const struct json *state, int64_t cycle)
{
	const struct json *answers = json_get(state, "answers");

	for (const struct json *one = json_first(answers); one; one = json_next(one))
		if (json_int(one, "cycle", -1) == cycle)
			return one;
	return NULL;
}

/* The mapping's state, with what the answer knows better: that cycle's own part of it. */
static struct json *merge(const struct json *state, const struct json *answer)
{
	struct json *out = copy(answer);

	for (const struct json *m = json_first(state); m; m = json_next(m))
		if (!json_get(out, json_key(m)))
			json_add_copy(out, json_key(m), m);
	return out;
}

/* Whether the waiting is over; then *end, or an error whose sentence was not printed yet. */
static bool look_for_end(struct json **end, const struct ask *a, const char *mapping, int64_t cycle,
			 struct err *e)
{
	cleanup_json struct json *status = NULL;
	const struct json *state, *answer;

	if (read_status(&status, a, e)) {
		if (e->code == ERR_ABSENT || e->code == ERR_CANCELLED)
			err_set(e, ERR_RETRY, "nbsyncd stopped meanwhile; " NOT_KNOWN);
		return true;
	}
	state = find_mapping(status, mapping);
	if (!state || json_int(status, "daemon.started_ms", 0) != a->started_ms) {
		err_set(e, ERR_RETRY, ANEW);
		return true;
	}
	if (json_int(state, "cycles", 0) < cycle) {
		progress_show(json_str(state, "progress.phase") ? json_str(state, "progress.phase")
								: json_str(state, "state"),
			      json_int(state, "progress.done", 0),
			      json_int(state, "progress.total", 0));
		return false;
	}
	answer = find_answer(state, cycle);
	if (answer)
		*end = merge(state, answer);
	else
		err_set(e, ERR_RETRY, "too much was asked of nbsyncd meanwhile; " NOT_KNOWN);
	return true;
}

int ask_wait(struct json **end, struct ask *a, const char *mapping, int64_t cycle)
{
	struct err e = ERR_INIT;
	long ms = POLL_MIN_MS;

	*end = NULL;
	while (!look_for_end(end, a, mapping, cycle, &e)) {
		pause_ms(ms);
		ms = ms * 3 / 2 < POLL_MAX_MS ? ms * 3 / 2 : POLL_MAX_MS;
	}
	progress_end();
	return e.code ? cli_fail(&e) : EXIT_DONE;
}

/* The number under the mapping's own name, whatever characters that has. */
static int64_t cycle_of(const struct json *cycles, const char *mapping)
{
	for (const struct json *c = json_first(cycles); c; c = json_next(c))
		if (str_eq(json_key(c), mapping))
			return json_int(c, "", -1);
	return -1;
}

int ask_run(struct json **end, struct ask *a, const char *mapping,
	    const struct cycle_request *request)
{
	cleanup_json struct json *cycles = NULL;
	int status;

	*end = NULL;
	if (a->here)
		return run_here(end, a, mapping, request);
	status = ask_start(&cycles, a, mapping, request);
	if (status || !a->cli->wait)
		return status;
	return ask_wait(end, a, mapping, cycle_of(cycles, mapping));
}

int ask_once(struct json **end, const struct cli *cli, const struct config *config,
	     const char *mapping, const struct cycle_request *request)
{
	struct ask ask;
	int status = ask_open(&ask, cli, config);

	if (!status)
		status = ask_run(end, &ask, mapping, request);
	ask_close(&ask);
	return status;
}

/* ---- answers ---- */

int ask_answer(const struct json *end)
{
	const char *sentence = json_str(end, "answer.sentence");
	struct err e = ERR_INIT;

	if (!sentence) {
		/* The cycle did not get as far as that. */
		sentence = json_str(end, "sentence");
		err_set(&e, err_parse(json_str(end, "code")), "%s",
			sentence && *sentence ? sentence : "the cycle gave no answer");
		e.code = e.code ? e.code : ERR_BUG;
		return cli_fail(&e);
	}
	if (str_eq(json_str(end, "answer.code"), err_name(ERR_OK))) {
		cli_print("%s", sentence);
		return EXIT_DONE;
	}
	err_set(&e, err_parse(json_str(end, "answer.code")), "%s", sentence);
	return cli_fail(&e);
}
