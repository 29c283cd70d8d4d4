/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rules that break single requests. A rule says which requests it strikes (endpoint, path, method,
 * how many, how likely) and what happens to them; the table of actions is in faults.c and in
 * README.md. Rules are asked in the order in which they were added: delays add up, and the first
 * other rule that matches decides.
 */

#include "base/err.h"
#include "format/json.h"
#include "tests/emulator/rng.h"

struct request;

enum fault_kind {
	FAULT_STATUS,   /* this reply instead */
	FAULT_ENDPOINT, /* 404 ENDPOINT_NOT_FOUND instead */
	FAULT_EMPTY,    /* 200 {} instead: an empty listing */
	FAULT_CLOSE,    /* not carried out, closed without a reply */
	FAULT_LOST,     /* carried out, closed without a reply */
	FAULT_RESET,    /* carried out, reset in the middle of the reply's body */
	FAULT_DRIP,     /* carried out, the reply's body comes in small pieces */
	FAULT_PARTIAL,  /* a recursive deletion stops half way with 500 */
	FAULT_USER,     /* a user changes something just before or after */
	FAULT_DELAY,    /* nothing but delay_ms */
	FAULT_KINDS
};

/* What a rule does; shared by the rule and the requests it struck. */
struct fault_action {
	unsigned references;
	enum fault_kind kind;
	int64_t delay_ms; /* before the request is carried out */
	unsigned status;
	char *error_code; /* owned, and so on; NULL when not given */
	char *message;
	char *body;         /* instead of error_code and message */
	char *content_type; /* of body */
	int64_t retry_after_s;
	int64_t bytes; /* of a drip's pieces; before a reset, -1: half */
	int64_t ms;    /* between a drip's pieces */
	bool after;    /* the user acts after the request */
	struct json *user;
};

struct fault_rule {
	int64_t id;
	char *endpoint; /* owned; substrings to find, NULL: any */
	char *path;
	char *method;    /* NULL: any */
	int64_t skip;    /* so many matching requests pass first */
	int64_t count;   /* so many are struck; -1: all */
	int64_t percent; /* odds of each */
	int64_t hits;
	struct fault_action *action;
};

struct faults {
	struct fault_rule *rules; /* owned */
	size_t count;
	size_t cap;
	int64_t next_id;
};

void faults_release(struct faults *f);

/* Adds the rule that a JSON object describes; ERR_INVALID says what is wrong with it. */
int faults_add(struct faults *f, const struct json *v, int64_t *id, struct err *e);

/* Finds what strikes r: sets r->fault (NULL: nothing) and r->delay_ms, and counts. */
void faults_strike(struct faults *f, struct rng *rng, struct request *r);

/* What r->fault does before the request is carried out (afterwards r->status is set when it shall
 * not be), and what it does to the finished reply. */
void fault_before(struct request *r);
void fault_after(struct request *r);

/* {"rules":[...],"actions":{name: explanation}} */
void faults_print(const struct faults *f, struct buf *out);

const char *fault_action_name(const struct fault_action *a); /* static */
void fault_action_unref(struct fault_action *a);
