/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A workspace for unit tests that follows a script: a table of what is asked and what is answered.
 * Each request takes the first step that matches and is not used up; a request that no step expects
 * is answered with 418, which no test takes for success.
 */

#include "http_server.h"
#include "workspace/workspace.h"

enum script_how {
	SCRIPT_ANSWER,
	SCRIPT_RESET,       /* half of the answer, then a TCP reset */
	SCRIPT_CLOSE,       /* no answer at all */
	SCRIPT_UNTIL_CLOSE, /* an answer that only the end of the connection ends */
	SCRIPT_CUT,         /* the same, cut after half of the body */
};

struct script_step {
	const char *method;  /* NULL: any */
	const char *target;  /* "/api/2.0" and this at the start of the target */
	const char *has;     /* this in the body or the headers; NULL: anything */
	unsigned times;      /* how often; 0: always */
	int status;          /* 0: 200 */
	const char *headers; /* each ends in CRLF; NULL: a JSON content type */
	const char *body;    /* NULL: "{}" */
	size_t body_len;     /* 0: strlen(body) */
	enum script_how how;
	unsigned delay_ms;
	/* The answer waits until such a request has arrived ("GET /workspace/list", the start of
	 * it), 10 s at most: then it is the 418, too. */
	const char *until;
};

struct script;

struct script_fixture {
	struct script *script;
	struct http_server *server;
	struct http *http;
	struct workspace *workspace; /* named "dev", with the token of token_file */
	char *origin;
	char *token_file; /* holds "token-one" */
	volatile int cancel;
};

/* steps are borrowed. */
void script_start(struct script_fixture *f, const struct script_step *steps, size_t count);
void script_stop(struct script_fixture *f);

void script_set_token(struct script_fixture *f, const char *token);

/* How many requests began with this method and target ("POST /workspace/mkdirs"). */
unsigned script_count(struct script_fixture *f, const char *what);
/* The number-th such request (from 0), or NULL. */
const struct http_server_request *script_request(struct script_fixture *f, const char *what,
						 unsigned number);

/* script_start() with an array of steps. */
#define START(f, steps) script_start(&(f), steps, ARRAY_SIZE(steps))

/* The body of a 404 about an object that is not there. */
#define MISSING(path)                                                           \
	"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"Path (" path \
	") doesn't exist.\"}"
