/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lanes of requests, each with a question ahead of it, played against a server that follows rules.
 * It holds answers back until it has seen what must have been sent meanwhile, so that nothing is a
 * matter of clocks.
 *
 * The requests are "POST /LANE/N", each with "GET /LANE/N" ahead of it, both from 1.
 */

#include "http/http.h"
#include "http/http_transfer.h"
#include "http_server.h"

#define PLAY_MAX   100   /* requests */
#define PLAY_LOG   32768 /* bytes */
#define PLAY_RULES 16

/* What the server does with the requests of this name; the first rule that is not used up. */
struct rule {
	const char *what;  /* "POST /1/1" */
	const char *until; /* holds the answer until this has arrived … */
	unsigned arrivals; /* … so often; 0: once */
	unsigned ms;       /* and so long after that */
	unsigned times;    /* 0: always */
	int status;        /* 0: 200; -1: the connection is reset; -2: half of an answer, no more */
};

/* What the hooks say to what they are asked; the first rule that is not used up. */
struct answer {
	const char *what; /* "before GET /1/2" */
	int64_t ms;       /* what they return */
	unsigned times;   /* 0: always */
	unsigned skip;    /* the first so many are not meant */
};

struct play {
	const struct rule *rules; /* up to one without a name; NULL: none */
	const struct answer *answers;
	size_t body; /* bytes of each answer; 0: its number among those of its name */
	unsigned lanes, each;
	bool without[PLAY_MAX]; /* nothing goes ahead of this request */
	struct http_limits limits;
	volatile int cancel;
	/* from here on set by the play */
	struct http_server *server;
	struct http *http;
	volatile int waited_in_vain;
	unsigned used[PLAY_RULES], asked[PLAY_RULES];
	char log[PLAY_LOG]; /* of the hooks: "before GET /1/1\n" … */
	char seen[PLAY_MAX]
		 [8]; /* the answer to what went ahead, when before() was asked about each */
	struct http_request requests[PLAY_MAX], ahead[PLAY_MAX];
	char *urls[PLAY_MAX];
	size_t count;
};

/* Ready to run; and what is left of it. */
void play_start(struct play *p);
void play_stop(struct play *p);

/* Runs it once: the code of http_run(). */
int play_run(struct play *p);

/* Starts and runs it; all must succeed, and what waited for something must have seen it. */
void play_all(struct play *p);

/* "/1/1" */
const char *play_path(const struct http_request *r);

/* How many requests of this name the server has seen. */
unsigned play_arrived(struct play *p, const char *what);

/* Answers that nobody has any more have given back their memory. */
void play_check_memory(const struct play *p);

void play_check_count(struct play *p, const char *what, unsigned count);

/* These events, each ending in a line feed, follow each other in the log, others between them. */
void play_check_order(const struct play *p, const char *events);

/* How often it is in the log. */
unsigned play_events(const struct play *p, const char *event);
