/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The control socket: Varlink messages over a unix stream socket, each JSON text ended by a NUL.
 * Only our own user and root may talk to it; everybody else is disconnected, and the log tells about
 * it, less and less often. Whoever holds many connections, never ends a call or never takes a reply
 * keeps nobody else out (crowd.h), and is disconnected after CONTROL_PATIENCE_MS.
 */

#include <uv.h>

#include "base/err.h"
#include "daemon/control/varlink.h"

#define CONTROL_PATIENCE_MS 10000 /* for a whole call to arrive and its reply to be taken */
/* Bytes of replies that nobody has taken yet, of all connections; the slowest are closed. */
#define CONTROL_REPLIES_MAX VARLINK_REPLY_MAX

struct control;

/*
 * Listens at path (mode 0600; its directory is created with 0700). A socket that a killed daemon
 * left is replaced; one that answers is ERR_RETRY, anything that is no socket ERR_CONFIG.
 * service is borrowed until control_free().
 */
int control_new(struct control **out, uv_loop_t *loop, const char *path,
		const struct varlink_service *service, struct err *e);

/* Removes the socket, closes all connections, frees itself from the loop. NULL is fine. */
void control_free(struct control *c);
