/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one state of the emulated workspace. Everything runs on one thread (server.c), so nothing
 * here is locked; a handler reaches all of it through its request.
 */

#include "tests/emulator/faults.h"
#include "tests/emulator/knobs.h"
#include "tests/emulator/request_log.h"
#include "tests/emulator/rng.h"
#include "tests/emulator/store.h"
#include "tests/emulator/tokens.h"

struct emulator {
	struct store *store;    /* owned */
	struct knobs knobs;     /* server-wide modes, see knobs.h */
	struct faults faults;   /* rules that break single requests, see faults.h */
	struct tokens tokens;   /* who may come in */
	struct request_log log; /* what was asked lately */
	struct rng rng;         /* seeded; drives order, odds and omissions */
	const char *user;       /* borrowed from the command line */
	bool stop;              /* set when the loop has to end */
};
