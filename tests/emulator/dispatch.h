/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What happens to a request between its last byte and the first byte of its reply: route, faults,
 * token, access, handler, compression, log. server.c calls the two functions in turn and waits
 * r->delay_ms between them.
 */

#include "tests/emulator/request.h"

void dispatch_admit(struct request *r);

/* Afterwards r->status is set, and r->cut and r->drip_bytes say how the reply goes out. */
void dispatch_run(struct request *r);

int64_t monotonic_ns(void);
