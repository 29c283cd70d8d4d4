/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may stay connected to the control socket when many want to. Pure: connections are told by
 * what is known of them, and the time is passed in.
 *
 * No process can keep another one out: who holds the most connections loses one of them, first one
 * that has nothing to be sent, of these the one that has been there longest.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CROWD_MAX      32 /* connections at once */
#define CROWD_PEER_MAX 8  /* of them, those of one process */
/* A guest that is alone of its process has this long to send its call before it may have to make
 * room. So a newcomer waits at most this long for each that came before it. */
#define CROWD_GRACE_MS 100

struct crowd_guest {
	pid_t pid;
	bool writing;     /* a reply is being written to it */
	int64_t since_ms; /* when it came, or last took a reply */
};

struct crowd_verdict {
	enum { CROWD_ADMIT, CROWD_REPLACE, CROWD_WAIT } what;
	size_t guest;    /* CROWD_REPLACE: this one has to go first */
	int64_t wait_ms; /* CROWD_WAIT: decide again after that time */
};

/* Whether a process that has connected may stay, with these guests there, the oldest first. */
struct crowd_verdict crowd_decide(const struct crowd_guest *guests, size_t count, pid_t newcomer,
				  int64_t now_ms);

/* The guest that is being written to and has taken nothing for longest, other than the one at
 * index except; count when there is none. It goes when the replies to all need too much memory. */
size_t crowd_slowest(const struct crowd_guest *guests, size_t count, size_t except);
