/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of http/: the places of one http_run(), each of which has one request after the other, and
 * what they share. Only http_run.c and http_place.c include this.
 */

#include "http/http_transfer.h"

/* A request on its way, or what goes ahead of it. Stays where it is: callbacks hold its address. */
struct slot {
	struct http_request *r; /* NULL: free */
	bool led;               /* what goes ahead of r has been answered … */
	bool early;             /* … or asked, and that before the turn of r … */
	int64_t asked_ms;       /* … at this time */
	int64_t wake_ms;        /* when not running: ask before() at this time */
	uint64_t number;        /* of the attempt, counted over all places */
	struct transfer transfer;
};

/* One place among those in flight: the request whose turn it is, and the next one of its lane, of which
 * nothing but what goes ahead of it is sent before its own turn. */
struct place {
	struct slot slots[2];
	/* Whose turn it is; the other one has no r unless something goes ahead of it. */
	unsigned turn;
	size_t index;   /* of the request whose turn it is */
	bool patient;   /* in this lane, nothing is asked early any more */
	int64_t ask_ms; /* nor before this time: before() says so */
};

struct run {
	struct http *http;
	struct http_request *requests;
	size_t count;
	size_t next; /* the first request that no place has taken */
	const struct http_hooks *hooks;
	struct place *places; /* owned */
	size_t place_count;
	uint64_t attempts; /* started */
};

/* The slot of the request whose turn it is; of the next one. */
struct slot *place_turn(struct place *p);
struct slot *place_next(struct place *p);

/* Gives a place that is not sending something to do. False: there is nothing left. */
bool place_work(struct run *run, struct place *p);

/* The attempt in this slot of the place has ended as curl_code (a CURLcode): goes on from there. */
void place_collect(struct run *run, struct place *p, struct slot *s, int curl_code);

/* From when on what goes ahead of the next request may be asked; -1: not now, whatever the time. */
int64_t place_early_ms(struct place *p);

/* Asks it, if it is time. Returns whether something was sent. */
bool place_ask_early(struct run *run, struct place *p);

/* As if nothing had ever been sent. */
void http_forget_result(struct http_request *r);
